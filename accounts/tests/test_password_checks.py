"""Wrong passwords of users who are logged in: counted by name, over all addresses."""

from datetime import timedelta

from axes.models import AccessAttempt
from django.conf import settings
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient, APITestCase

from accounts.failures import SIGNED_IN
from accounts.models import User
from accounts.slow_names import FREE_FAILURES, MAX_PAUSE
from testing.builders.accounts import client_of, make_staff, make_user
from testing.cases import APIAssertions
from testing.throttles import rates

AUTH, CHANGE_PAGE = "/api/auth", "/admin/password_change/"
HOME, AWAY = "198.51.100.7", "203.0.113.200"
NEW = "down-the-rabbit-hole"


def change_form(old):
    return {"old_password": old, "new_password1": NEW, "new_password2": NEW}


class WrongPasswordTests(APIAssertions, APITestCase):
    def setUp(self):
        super().setUp()
        self.enterContext(rates())
        self.alice = make_user("alice", "pass123", email="alice@example.com")
        self.addresses = (f"192.0.2.{number}" for number in range(1, 255))

    def checks(self, client):
        """Return every call that checks the password of a user who is logged in."""
        email, new = f"x{User.objects.count()}@example.com", {"new_password": NEW}
        return {
            "erase": lambda password, **address: client.delete(
                f"{AUTH}/me/", {"password": password}, **address
            ),
            "change the address": lambda password, **address: client.patch(
                f"{AUTH}/me/", {"email": email, "current_password": password}, **address
            ),
            "change the password": lambda password, **address: client.post(
                f"{AUTH}/password/change/", {**new, "current_password": password}, **address
            ),
            "confirm": lambda password, **address: client.post(
                f"{AUTH}/confirm/", {"password": password}, **address
            ),
        }

    def log_in(self, address=AWAY, username="alice"):
        body = {"username": username, "password": "pass123"}
        return APIClient().post(f"{AUTH}/login/", body, REMOTE_ADDR=address)

    def fail_from_everywhere(self, check, times):
        """Send wrong passwords, each from another address; wait for the pauses."""
        for _ in range(times):
            AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(seconds=MAX_PAUSE))
            response = check("wrong", REMOTE_ADDR=next(self.addresses))
            self.assertEqual(response.status_code, 400)
        AccessAttempt.objects.update(attempt_time=timezone.now())

    def test_failures_of_one_name_make_the_next_try_later_at_every_address(self):
        for name, check in self.checks(client_of(self.alice)).items():
            with self.subTest(name):
                AccessAttempt.objects.all().delete()
                self.fail_from_everywhere(check, FREE_FAILURES + 2)
                response = check("pass123", REMOTE_ADDR=AWAY)
                self.assert_problem(response, 429, "throttled")
                self.assertEqual(response["Retry-After"], "4")

    def test_all_of_them_count_together(self):
        checks = list(self.checks(client_of(self.alice)).values())
        for number in range(FREE_FAILURES):
            self.fail_from_everywhere(checks[number % len(checks)], 1)
        for check in checks:
            self.assertEqual(check("pass123", REMOTE_ADDR=AWAY).status_code, 429)
        self.assertTrue(User.objects.get().check_password("pass123"))

    def test_five_failures_at_one_address_lock_that_address_out(self):
        check = self.checks(client_of(self.alice))["confirm"]
        statuses = [
            check("wrong", REMOTE_ADDR=AWAY).status_code for _ in range(settings.AXES_FAILURE_LIMIT)
        ]
        self.assertEqual(statuses, [400] * (settings.AXES_FAILURE_LIMIT - 1) + [429])
        self.assertEqual(check("pass123", REMOTE_ADDR=AWAY).status_code, 429)
        self.assertEqual(check("pass123", REMOTE_ADDR=HOME).status_code, 204)

    def test_they_neither_slow_log_ins_down_nor_log_ins_them(self):
        check = self.checks(client_of(self.alice))["confirm"]
        self.fail_from_everywhere(check, FREE_FAILURES + 5)
        self.assertEqual(self.log_in().status_code, 200)
        AccessAttempt.objects.all().delete()

        def guess(password, **address):
            body = {"username": "alice", "password": password}
            response = APIClient().post(f"{AUTH}/login/", body, **address)
            response.status_code = 400 if response.status_code == 401 else response.status_code
            return response

        self.fail_from_everywhere(guess, FREE_FAILURES + 5)
        self.assertEqual(check("pass123", REMOTE_ADDR="203.0.113.9").status_code, 204)

    def test_nobody_makes_failures_for_another_by_the_name_that_he_types(self):
        for _ in range(settings.AXES_FAILURE_LIMIT):
            body = {"username": f"{SIGNED_IN}alice", "password": "wrong"}
            APIClient().post(f"{AUTH}/login/", body, REMOTE_ADDR=HOME)
        check = self.checks(client_of(self.alice))["confirm"]
        self.assertEqual(check("pass123", REMOTE_ADDR=HOME).status_code, 204)

    def test_other_users_and_addresses_of_earlier_log_ins_are_free(self):
        self.log_in(HOME)
        self.fail_from_everywhere(self.checks(client_of(self.alice))["confirm"], FREE_FAILURES + 5)
        bob = self.checks(client_of(make_user("bob", "pass123")))
        self.assertEqual(bob["confirm"]("pass123", REMOTE_ADDR=AWAY).status_code, 204)
        alice = self.checks(client_of(self.alice))
        self.assertEqual(alice["confirm"]("pass123", REMOTE_ADDR=AWAY).status_code, 429)
        self.assertEqual(alice["confirm"]("pass123", REMOTE_ADDR=HOME).status_code, 204)

    def test_the_page_of_the_admin_for_a_new_password_counts_too(self):
        staff = make_staff("staff", "pass123")
        page, check = Client(), self.checks(client_of(staff))["confirm"]
        page.force_login(staff)

        def fail(password, **address):
            response = page.post(CHANGE_PAGE, change_form(password), **address)
            self.assertContains(response, "old password was entered incorrectly")
            response.status_code = 400
            return response

        self.fail_from_everywhere(fail, FREE_FAILURES)
        self.assertEqual(check("pass123", REMOTE_ADDR=AWAY).status_code, 429)
        response = page.post(CHANGE_PAGE, change_form("pass123"), REMOTE_ADDR=AWAY)
        self.assertEqual(response.status_code, 429)
        self.assertTemplateUsed(response, "locked_out.html")
        AccessAttempt.objects.all().delete()
        response = page.post(CHANGE_PAGE, change_form("pass123"), REMOTE_ADDR=AWAY)
        self.assertEqual(response.status_code, 302)

    def test_what_was_typed_is_not_stored(self):
        page = Client()
        page.force_login(make_staff("staff", "pass123"))
        page.post(CHANGE_PAGE, change_form("nearly-right"))
        page.post("/admin/confirm/", {"password": "nearly-right", "code": "nearly-right"})
        self.checks(client_of(self.alice))["erase"]("nearly-right")
        stored = str(list(AccessAttempt.objects.values()))
        self.assertEqual(stored.count("SIGNED IN"), 2)
        for typed in ("nearly-right", NEW):
            self.assertNotIn(typed, stored)

    def test_an_erasure_deletes_the_failures(self):
        check = self.checks(client_of(self.alice))["erase"]
        check("wrong")
        self.assertTrue(AccessAttempt.objects.exists())
        self.assertEqual(check("pass123").status_code, 204)
        self.assertFalse(AccessAttempt.objects.exists())
