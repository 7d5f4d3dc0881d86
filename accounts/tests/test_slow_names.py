import math
from datetime import timedelta

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.db.models import F
from django.utils import timezone
from django.utils.http import urlsafe_base64_encode
from rest_framework.test import APITestCase

from accounts.housekeeping import delete_old_addresses
from accounts.models import KnownAddress
from accounts.slow_names import FREE_FAILURES, KNOWN_FOR, MAX_PAUSE
from testing.answers import problem_in
from testing.builders.accounts import make_staff, make_user
from testing.cases import APIAssertions
from testing.hashes import counted_hashes
from testing.throttles import rates

URL = "/api/auth/login/"
HOME, AWAY = "198.51.100.7", "203.0.113.200"


class SlowNameTests(APIAssertions, APITestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice = make_user("alice", "pass123")
        cls.staff = make_staff("staff", "pass123")

    def setUp(self):
        super().setUp()
        self.enterContext(rates())
        self.addresses = (f"192.0.2.{number}" for number in range(1, 255))

    def log_in(self, address=AWAY, username="alice", password="pass123"):
        body = {"username": username, "password": password}
        return self.client.post(URL, body, REMOTE_ADDR=address)

    def attack(self, times=FREE_FAILURES, username="alice"):
        """Send wrong passwords, each from another address; wait for the pauses."""
        for _ in range(times):
            self.pass_time(MAX_PAUSE)
            response = self.log_in(next(self.addresses), username, "wrong")
            self.assert_problem(response, 401, "wrong_credentials")

    def pass_time(self, seconds):
        # Failures stay recent enough to count, so only the latest time moves.
        latest = timezone.now() - timedelta(seconds=seconds)
        AccessAttempt.objects.filter(attempt_time__gt=latest).update(attempt_time=latest)

    def fail_now(self):
        AccessAttempt.objects.update(attempt_time=timezone.now())

    def test_the_pause_doubles_with_each_failure_up_to_a_minute(self):
        self.attack()
        pauses = []
        for _ in range(9):
            self.fail_now()
            response = self.log_in()
            self.assert_problem(response, 429, "throttled")
            pauses.append(int(response["Retry-After"]))
            self.attack(1)
        self.assertEqual(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60])

    def test_failures_within_the_free_ones_slow_nothing_down(self):
        self.attack(FREE_FAILURES - 1)
        self.fail_now()
        self.assertEqual(self.log_in().status_code, 200)

    def test_after_the_pause_the_right_password_works_from_anywhere(self):
        self.attack(FREE_FAILURES + 20)
        self.fail_now()
        self.assert_problem(self.log_in(), 429, "throttled")
        self.pass_time(MAX_PAUSE)
        self.assertEqual(self.log_in().status_code, 200)

    def test_attempts_during_the_pause_do_not_prolong_it_and_hash_nothing(self):
        self.attack(FREE_FAILURES + 10)
        self.pass_time(MAX_PAUSE - 1)
        with counted_hashes() as encode:
            for _ in range(5):
                response = self.log_in(next(self.addresses), password="wrong")
                self.assertEqual(response["Retry-After"], "1")
        encode.assert_not_called()

    def test_an_unknown_name_gets_the_same_answers(self):
        answers = []
        for username in ("alice", "unknown"):
            self.attack(username=username)
            AccessAttempt.objects.update(attempt_time=timezone.now())
            response = self.log_in(username=username)
            answers.append((response.status_code, response["Retry-After"], problem_in(response)))
        self.assertEqual(answers[0], answers[1])

    def test_an_unknown_name_costs_the_same_queries(self):
        for username in ("alice", "unknown"):
            self.attack(username=username)
        self.fail_now()
        for username in ("alice", "unknown"):
            with self.subTest(username=username), self.assertNumQueries(9):
                self.log_in(username=username)

    def test_the_user_logs_in_at_once_from_an_address_of_an_earlier_log_in(self):
        self.assertEqual(self.log_in(HOME).status_code, 200)
        self.attack(FREE_FAILURES + 10)
        self.fail_now()
        self.assert_problem(self.log_in(AWAY), 429, "throttled")
        self.assertEqual(self.log_in(HOME).status_code, 200)

    def test_the_address_of_another_user_or_of_a_wrong_password_is_not_known(self):
        self.log_in(HOME, "staff")
        self.log_in(HOME, password="wrong")
        self.attack()
        self.fail_now()
        self.assert_problem(self.log_in(HOME), 429, "throttled")

    def test_a_known_address_still_has_its_own_limit(self):
        self.log_in(HOME)
        for _ in range(settings.AXES_FAILURE_LIMIT):
            response = self.log_in(HOME, password="wrong")
        self.assert_problem(response, 429, "throttled")
        self.assertGreater(int(response["Retry-After"]), MAX_PAUSE)

    def test_a_log_in_of_the_owner_does_not_reset_the_count_of_others(self):
        self.log_in(HOME)
        self.attack()
        self.log_in(HOME)
        self.fail_now()
        self.assert_problem(self.log_in(AWAY), 429, "throttled")

    def test_a_new_password_by_mail_makes_the_address_known(self):
        self.attack(FREE_FAILURES + 10)
        body = {
            "uid": urlsafe_base64_encode(str(self.alice.number).encode()),
            "token": default_token_generator.make_token(self.alice),
            "new_password": "another123",
        }
        response = self.client.post(
            "/api/auth/password/reset/confirm/", body, REMOTE_ADDR="2001:db8::1"
        )
        self.assertEqual(response.status_code, 204)
        self.fail_now()
        self.assertEqual(self.log_in("2001:db8::2", password="another123").status_code, 200)

    def test_the_admin_counts_with_the_api_and_remembers_addresses_too(self):
        form = {"username": "staff", "password": "pass123"}
        post = {"path": "/admin/login/", "data": form, "format": "multipart"}
        self.assertEqual(self.client.post(**post, REMOTE_ADDR=HOME).status_code, 302)
        self.client.logout()
        self.attack(FREE_FAILURES + 6, username="staff")
        self.fail_now()
        page = self.client.post(**post, REMOTE_ADDR=AWAY)
        self.assertContains(page, "Try again in 1 minute.", status_code=429)
        self.assertEqual(self.client.post(**post, REMOTE_ADDR=HOME).status_code, 302)

    def test_addresses_of_one_ipv6_line_are_one(self):
        for number in range(settings.AXES_FAILURE_LIMIT):
            response = self.log_in(f"2001:db8:0:1::{number}", password="wrong")
        self.assert_problem(response, 429, "throttled")
        self.assert_problem(self.log_in("2001:db8:0:1:ffff::1"), 429, "throttled")
        self.assertGreater(int(self.log_in("2001:db8:0:1::")["Retry-After"]), 600)
        self.assertEqual(self.log_in("2001:db8:0:2::1").status_code, 200)

    def test_an_ipv4_address_in_ipv6_is_the_same_address(self):
        for number in range(settings.AXES_FAILURE_LIMIT):
            address = HOME if number % 2 else f"::ffff:{HOME}"
            response = self.log_in(address, password="wrong")
        self.assert_problem(response, 429, "throttled")
        self.assertEqual(self.log_in(f"::ffff:{AWAY}").status_code, 200)

    def test_an_address_is_forgotten_after_a_while(self):
        self.log_in(HOME)
        self.log_in(AWAY)
        KnownAddress.objects.filter(address=HOME).update(seen_at=F("seen_at") - KNOWN_FOR)
        self.attack()
        self.fail_now()
        self.assert_problem(self.log_in(HOME), 429, "throttled")
        self.assertEqual(delete_old_addresses(), 1)
        self.assertEqual(KnownAddress.objects.get().address, AWAY)

    def test_an_address_is_kept_once(self):
        for _ in range(2):
            self.log_in(HOME)
        known = KnownAddress.objects.get()
        self.assertEqual((known.user, known.address), (self.alice, HOME))
        self.assertLess(math.fabs((timezone.now() - known.seen_at).total_seconds()), 60)
