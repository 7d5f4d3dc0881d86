import os
import runpy
from collections import Counter
from unittest import mock

from django.conf import settings
from django.db import connection
from django.test import Client, TransactionTestCase
from rest_framework.test import APIClient, APITestCase

from accounts.models import User
from core.http.throttles import PasswordCheckThrottle
from testing.builders.accounts import make_staff, make_user
from testing.cases import APIAssertions
from testing.races import at_once
from testing.throttles import rates
from tests.test_permissions import url_patterns

SIGN_UP, LOGIN, RESET = "/api/auth/signup/", "/api/auth/login/", "/api/auth/password/reset/"
CHANGE, CONFIRM = "/api/auth/password/change/", "/api/auth/password/reset/confirm/"


def rates_in_settings(throttling):
    """Return the rates of settings.py for a value of THROTTLING."""
    with mock.patch.dict(os.environ, THROTTLING=throttling):
        made = runpy.run_path(str(settings.BASE_DIR / "config" / "settings.py"))
    return made["REST_FRAMEWORK"]["DEFAULT_THROTTLE_RATES"]


class ThrottleTests(APIAssertions, APITestCase):
    def assert_throttled(self, response):
        return self.assert_problem(response, 429, "throttled")

    def test_one_request_too_many_is_rejected_with_retry_after(self):
        with rates(sign_up="2/min"):
            for name in ("alice", "bob"):
                response = self.client.post(SIGN_UP, {"username": name, "password": "pass123"})
                self.assertEqual(response.status_code, 201)
            response = self.client.post(SIGN_UP, {"username": "carol", "password": "pass123"})
        body = self.assert_throttled(response)
        self.assertEqual(body.keys(), {"type", "title", "status", "code", "detail", "request_id"})
        self.assertEqual(body["title"], "Too Many Requests")
        wait = int(response["Retry-After"])
        self.assertTrue(1 <= wait <= 60, wait)
        self.assertIn(f"{wait} second", body["detail"])
        self.assertFalse(User.objects.filter(username="carol").exists())

    def test_every_public_write_open_to_guessing_or_mailing_is_throttled(self):
        for url, scope in (
            *((SIGN_UP, "sign_up"), (LOGIN, "login")),
            *((RESET, "password"), (CONFIRM, "password")),
        ):
            with self.subTest(url=url), rates(**{scope: "1/min"}):
                address = f"192.0.2.{len(url)}"  # each has its own count
                self.assertEqual(self.client.post(url, REMOTE_ADDR=address).status_code, 400)
                self.assert_throttled(self.client.post(url, REMOTE_ADDR=address))

    def test_each_address_has_its_own_limit_but_a_forwarded_address_is_ignored(self):
        with rates(login="1/min"):
            self.client.post(LOGIN)
            self.assert_throttled(self.client.post(LOGIN, HTTP_X_FORWARDED_FOR="192.0.2.7"))
            self.assertEqual(self.client.post(LOGIN, REMOTE_ADDR="192.0.2.7").status_code, 400)

    def test_password_changes_are_throttled_per_user(self):
        alice, bob = (self.client_of(make_user(name)) for name in ("alice", "bob"))
        with rates(password="1/min"):
            self.assertEqual(alice.post(CHANGE).status_code, 400)
            self.assert_throttled(alice.post(CHANGE))
            self.assertEqual(bob.post(CHANGE).status_code, 400)

    def test_every_check_of_a_password_counts_for_its_address_together(self):
        alice, staff = make_user("alice", "pass123"), make_staff("staff", "pass123")
        bob = make_user("bob", "pass123")
        admin = Client()
        admin.force_login(staff)
        wrong = {"current_password": "wrong", "new_password": "another123"}
        checks = [
            lambda **address: self.client.post(LOGIN, **address),
            lambda **address: self.client_of(alice).post(CHANGE, wrong, **address),
            lambda **address: self.client_of(bob).post(CHANGE, wrong, **address),
            lambda **address: Client().post("/admin/login/", {"username": "x"}, **address),
            lambda **address: admin.post("/admin/password_change/", {}, **address),
        ]
        with rates(login=f"{len(checks)}/min"):
            for check in checks:
                self.assertNotEqual(check().status_code, 429)
            for check in checks:
                response = check()
                self.assertEqual(response.status_code, 429)
                self.assertTrue(1 <= int(response["Retry-After"]) <= 60)
                self.assertNotEqual(check(REMOTE_ADDR="192.0.2.7").status_code, 429)

    def test_the_admin_answers_with_a_page(self):
        with rates(login="0/min"):
            page = self.client.post("/admin/login/", {"username": "x"}, format="multipart")
        self.assertContains(page, "too many log-ins from this address", status_code=429)

    def test_every_view_that_checks_a_password_has_the_limit_of_the_address(self):
        checking = {}
        for url, view in url_patterns():
            serializer = getattr(getattr(view, "cls", None), "serializer_class", None)
            fields = {"password", "current_password"} & set(
                serializer().fields if serializer and "/auth/" in url else []
            )
            if fields:
                checking[url] = any(
                    issubclass(each, PasswordCheckThrottle) for each in view.cls.throttle_classes
                )
        self.assertEqual(checking.pop(SIGN_UP), False)  # it compares with nothing
        self.assertTrue({LOGIN, CHANGE} <= checking.keys())
        self.assertTrue(all(checking.values()), checking)

    def test_an_ipv6_line_has_one_count_and_an_ipv4_address_in_ipv6_is_ipv4(self):
        for url, scope in ((LOGIN, "login"), (SIGN_UP, "sign_up"), (RESET, "password")):
            with self.subTest(url=url), rates(**{scope: "2/min"}):
                for first, same, other in (
                    ("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", "2001:db8:0:1::1"),
                    (f"192.0.2.{len(url)}", f"::ffff:192.0.2.{len(url)}", "192.0.2.200"),
                ):
                    statuses = [
                        self.client.post(url, REMOTE_ADDR=address).status_code
                        for address in (first, same, first, other)
                    ]
                    self.assertEqual(statuses, [400, 400, 429, 400])

    def test_the_counts_are_in_the_database_which_all_processes_share(self):
        with rates(login="5/min"):
            self.client.post(LOGIN)
        with connection.cursor() as cursor:
            cursor.execute("SELECT cache_key FROM cache")
            keys = [key for (key,) in cursor.fetchall()]
        self.assertEqual(keys, [":1:throttle_login_127.0.0.1"])

    def test_with_throttling_off_nothing_is_throttled(self):
        with rates(**rates_in_settings("off")):
            statuses = {self.client.post(RESET).status_code for _ in range(35)}
        self.assertEqual(statuses, {400})

    def test_with_throttling_on_the_configured_limits_hold(self):
        with rates(**rates_in_settings("on")):
            statuses = [self.client.post(RESET).status_code for _ in range(21)]
        self.assertEqual(statuses, [400] * 20 + [429])


class ThrottleRaceTests(TransactionTestCase):
    def test_parallel_log_ins_do_not_overwrite_the_count(self):
        with rates(login="4/min"):
            body = {"username": "unknown", "password": "wrong"}
            responses = at_once([lambda: APIClient().post(LOGIN, body)] * 16)
        codes = Counter(response.json()["code"] for response in responses)
        self.assertEqual(codes["throttled"], 12, codes)  # the others: wrong, or hashing_busy
