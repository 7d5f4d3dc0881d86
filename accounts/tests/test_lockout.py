import math
import re
from io import StringIO

from axes.models import AccessAttempt
from django.conf import settings
from django.core.management import call_command
from django.db.models import F
from django.test import override_settings
from django.utils import timezone
from rest_framework.test import APITestCase

from accounts.models import User
from testing.builders.accounts import make_user
from testing.cases import APIAssertions
from testing.throttles import rates

URL = "/api/auth/login/"
COOL_OFF = settings.AXES_COOLOFF_TIME
PROBLEM = {"type", "title", "status", "code", "detail", "request_id"}


class LockoutTests(APIAssertions, APITestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice = make_user("alice", "pass123")
        cls.bob = make_user("bob", "pass123")

    def log_in(self, username="alice", password="pass123", **request):
        return self.client.post(URL, {"username": username, "password": password}, **request)

    def fail(self, times=settings.AXES_FAILURE_LIMIT, username="alice", **request):
        """Send that many wrong passwords; return the last response."""
        for _ in range(times):
            response = self.log_in(username, "wrong", **request)
        return response

    def move_back(self, span):
        AccessAttempt.objects.update(attempt_time=F("attempt_time") - span)

    def assert_locked(self, response):
        return self.assert_problem(response, 429, "throttled")

    def test_the_fifth_failure_locks_out_and_says_for_how_long(self):
        self.assertEqual(self.fail(4).status_code, 401)
        response = self.fail(1)
        body = self.assert_locked(response)
        self.assertEqual(body.keys(), PROBLEM)
        self.assertEqual(body["title"], "Too Many Requests")
        self.assertEqual(
            body["detail"],
            f"Too many failed attempts. Try again in {response['Retry-After']} seconds.",
        )
        self.assertEqual(AccessAttempt.objects.get().failures_since_start, 5)

    def test_the_right_password_is_locked_out_too(self):
        self.fail()
        self.assert_locked(self.log_in())
        self.alice.refresh_from_db()
        self.assertIsNone(self.alice.last_login)

    def test_an_unknown_name_is_locked_out_in_the_same_way(self):
        self.assert_locked(self.fail(username="unknown"))
        self.assertFalse(User.objects.filter(username="unknown").exists())

    def test_another_unicode_form_of_the_name_is_the_same_name(self):
        self.fail()
        self.assert_locked(self.log_in("ａlice"))

    def test_another_user_is_not_locked_out(self):
        self.fail()
        self.assertEqual(self.log_in("bob").status_code, 200)

    def test_another_address_is_not_locked_out(self):
        self.fail()
        self.assertEqual(self.log_in(REMOTE_ADDR="192.0.2.7").status_code, 200)

    def test_a_forwarded_address_is_ignored(self):
        for number in range(settings.AXES_FAILURE_LIMIT):
            response = self.fail(1, HTTP_X_FORWARDED_FOR=f"192.0.2.{number}")
        self.assert_locked(response)
        self.assert_locked(self.log_in(HTTP_X_FORWARDED_FOR="192.0.2.99"))

    def test_another_browser_does_not_restart_the_count(self):
        for number in range(settings.AXES_FAILURE_LIMIT):
            response = self.fail(1, HTTP_USER_AGENT=f"browser {number}")
        self.assert_locked(response)

    def test_retry_after_is_the_time_until_the_lock_ends(self):
        self.fail()
        self.move_back(COOL_OFF / 3)
        end = AccessAttempt.objects.get().attempt_time + COOL_OFF
        longest = math.ceil((end - timezone.now()).total_seconds())
        wait = int(self.log_in()["Retry-After"])
        least = math.ceil((end - timezone.now()).total_seconds())
        self.assertLessEqual(least, wait)
        self.assertLessEqual(wait, longest)

    def test_retry_after_is_correct_for_failures_from_two_browsers(self):
        self.fail(4, HTTP_USER_AGENT="one")
        self.move_back(COOL_OFF / 3)
        response = self.fail(1, HTTP_USER_AGENT="two")
        self.assert_locked(response)
        self.assertLessEqual(int(response["Retry-After"]), COOL_OFF.total_seconds() * 2 / 3)

    def test_the_lock_ends_after_the_cool_off(self):
        self.fail()
        self.move_back(COOL_OFF)
        self.assertEqual(self.log_in().status_code, 200)

    def test_attempts_during_the_lock_do_not_extend_it(self):
        self.fail()
        self.move_back(COOL_OFF / 2)
        self.fail(3)
        self.move_back(COOL_OFF / 2)
        self.assertEqual(self.log_in().status_code, 200)

    def admin_page(self):
        form = {"username": "alice", "password": "wrong"}
        return self.client.post("/admin/login/", form, format="multipart")

    @override_settings(DEBUG=True)
    def test_in_development_the_answer_says_how_to_lift_the_lock(self):
        detail = self.assert_locked(self.fail())["detail"]
        self.assertRegex(detail, r"seconds\. In development, `\S+ manage\.py axes_reset` lifts all")
        self.assertContains(
            self.admin_page(), "<code>.venv/bin/python manage.py axes_reset</code>", status_code=429
        )
        [command] = re.findall("manage.py ([a-z_]+)`", detail)

        call_command(command, stdout=StringIO())

        self.assertEqual(self.log_in().status_code, 200)

    def test_in_production_neither_answer_names_the_command(self):
        self.assertNotIn(b"axes_reset", self.fail().content)
        page = self.admin_page()
        self.assertEqual(page.status_code, 429)
        self.assertNotIn(b"axes_reset", page.content)

    def test_a_locked_attempt_costs_three_queries(self):
        self.fail()
        with rates(), self.assertNumQueries(3):
            self.log_in()
