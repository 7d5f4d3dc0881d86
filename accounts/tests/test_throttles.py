import os
import runpy
from unittest import mock

from django.conf import settings
from django.db import connection
from rest_framework.test import APITestCase

from accounts.models import User
from testing.answers import problem_in
from testing.builders.accounts import client_of, make_user
from testing.throttles import rates

SIGN_UP, LOGIN, RESET = "/api/auth/signup/", "/api/auth/login/", "/api/auth/password/reset/"
CHANGE, CONFIRM = "/api/auth/password/change/", "/api/auth/password/reset/confirm/"


def rates_in_settings(throttling):
    """The rates that settings.py makes of THROTTLING."""
    with mock.patch.dict(os.environ, THROTTLING=throttling):
        made = runpy.run_path(str(settings.BASE_DIR / "config" / "settings.py"))
    return made["REST_FRAMEWORK"]["DEFAULT_THROTTLE_RATES"]


class ThrottleTests(APITestCase):
    def assert_throttled(self, response):
        self.assertEqual(response.status_code, 429)
        self.assertEqual(response.json()["code"], "throttled")

    def test_one_request_too_many_is_told_when_to_come_back(self):
        with rates(sign_up="2/min"):
            for name in ("alice", "bob"):
                response = self.client.post(SIGN_UP, {"username": name, "password": "pass123"})
                self.assertEqual(response.status_code, 201)
            response = self.client.post(SIGN_UP, {"username": "carol", "password": "pass123"})
        self.assertEqual(response.status_code, 429)
        self.assertEqual(response["Content-Type"], "application/problem+json")
        wait = int(response["Retry-After"])
        self.assertTrue(1 <= wait <= 60, wait)
        problem = problem_in(response)
        self.assertIn(f"{wait} second", problem.pop("detail"))
        self.assertEqual(
            problem,
            {
                "type": "about:blank",
                "title": "Too Many Requests",
                "status": 429,
                "code": "throttled",
            },
        )
        self.assertFalse(User.objects.filter(username="carol").exists())

    def test_every_public_write_that_guesses_or_mails_has_a_limit(self):
        for url, scope in (
            *((SIGN_UP, "sign_up"), (LOGIN, "login")),
            *((RESET, "password"), (CONFIRM, "password")),
        ):
            with self.subTest(url=url), rates(**{scope: "1/min"}):
                address = f"192.0.2.{len(url)}"  # each starts its own count
                self.assertEqual(self.client.post(url, REMOTE_ADDR=address).status_code, 400)
                self.assert_throttled(self.client.post(url, REMOTE_ADDR=address))

    def test_another_address_has_its_own_limit_but_a_forwarded_one_has_not(self):
        with rates(login="1/min"):
            self.client.post(LOGIN)
            self.assert_throttled(self.client.post(LOGIN, HTTP_X_FORWARDED_FOR="192.0.2.7"))
            self.assertEqual(self.client.post(LOGIN, REMOTE_ADDR="192.0.2.7").status_code, 400)

    def test_a_password_change_is_limited_by_user(self):
        alice, bob = client_of(make_user("alice")), client_of(make_user("bob"))
        with rates(password="1/min"):
            self.assertEqual(alice.post(CHANGE).status_code, 400)
            self.assert_throttled(alice.post(CHANGE))
            self.assertEqual(bob.post(CHANGE).status_code, 400)

    def test_the_count_is_kept_in_the_database_for_all_processes(self):
        with rates(login="5/min"):
            self.client.post(LOGIN)
        with connection.cursor() as cursor:
            cursor.execute("SELECT cache_key FROM cache")
            keys = [key for (key,) in cursor.fetchall()]
        self.assertEqual(keys, [":1:throttle_login_127.0.0.1"])

    def test_with_throttling_off_nothing_is_limited(self):
        with rates(**rates_in_settings("off")):
            statuses = {self.client.post(RESET).status_code for _ in range(35)}
        self.assertEqual(statuses, {400})

    def test_with_throttling_on_the_real_limits_hold(self):
        with rates(**rates_in_settings("on")):
            statuses = [self.client.post(RESET).status_code for _ in range(21)]
        self.assertEqual(statuses, [400] * 20 + [429])
