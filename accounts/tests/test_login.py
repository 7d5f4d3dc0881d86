import json
from datetime import timedelta
from unittest import mock

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.hashers import MD5PasswordHasher
from django.utils import timezone
from rest_framework.test import APITestCase

from accounts.models import User
from testing.answers import problem_in
from testing.builders.accounts import make_user
from testing.throttles import rates

URL = "/api/auth/login/"


class LoginTests(APITestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice = make_user("alice", "pass123")
        cls.inactive = make_user("inactive", "pass123", is_active=False)
        cls.no_password = make_user("no_password")

    def log_in(self, username="alice", password="pass123"):
        body = {"username": username, "password": password}
        # json.dumps can send what the test client cannot: half a surrogate pair.
        return self.client.post(URL, json.dumps(body), content_type="application/json")

    def test_a_login_answers_two_tokens_and_the_access_token_works(self):
        before = timezone.now()
        response = self.log_in()
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.json().keys(), {"access", "refresh"})
        self.alice.refresh_from_db()
        self.assertGreaterEqual(self.alice.last_login, before)
        me = self.client.get(
            "/api/auth/me/", headers={"authorization": f"Bearer {response.json()['access']}"}
        )
        self.assertEqual(me.json()["username"], "alice")

    def test_a_login_opens_no_session(self):
        self.assertFalse(self.log_in().cookies)

    def test_the_name_may_be_typed_in_another_unicode_form(self):
        self.assertEqual(self.log_in(" ａlice ").status_code, 200)

    def test_the_password_must_match_to_the_last_space(self):
        self.assertEqual(self.log_in(password="pass123 ").status_code, 401)

    def test_every_failure_gets_the_same_answer(self):
        wrong = self.log_in(password="wrong")
        self.assertEqual(wrong.status_code, 401)
        self.assertEqual(wrong["WWW-Authenticate"], 'Bearer realm="api"')
        self.assertEqual(
            problem_in(wrong),
            {
                "type": "about:blank",
                "title": "Unauthorized",
                "status": 401,
                "code": "wrong_credentials",
                "detail": "The user name or password is wrong.",
            },
        )
        for username in ("unknown", "inactive", "no_password"):
            with self.subTest(username=username):
                response = self.log_in(username)
                self.assertEqual(response.status_code, 401)
                self.assertEqual(problem_in(response), problem_in(wrong))
        self.assertFalse(User.objects.exclude(last_login=None).exists())

    def test_every_failure_costs_one_password_hash(self):
        for username in ("alice", "unknown", "inactive", "no_password"):
            with (
                self.subTest(username=username),
                mock.patch.object(
                    MD5PasswordHasher, "encode", autospec=True, side_effect=MD5PasswordHasher.encode
                ) as encode,
            ):
                self.log_in(username, "wrong")
                self.assertEqual(encode.call_count, 1)

    def test_a_login_that_is_no_login_is_refused_before_it_is_tried(self):
        for changes in (
            *({"username": value} for value in ("", None, [], "a\0", "\ud800", "\ufdfa" * 150)),
            *({"password": value} for value in ("", None, [], "a\0", "\ud800", "x" * 129)),
        ):
            with self.subTest(changes=changes):
                response = self.log_in(**changes)
                self.assertEqual(response.status_code, 400)
                self.assertEqual(
                    {error["field"] for error in response.json()["errors"]}, changes.keys()
                )
        self.assertFalse(AccessAttempt.objects.exists())

    def test_a_login_forgets_the_failures_before_it(self):
        for _ in range(settings.AXES_FAILURE_LIMIT - 1):
            self.assertEqual(self.log_in(password="wrong").status_code, 401)
        self.assertEqual(self.log_in().status_code, 200)
        self.assertFalse(AccessAttempt.objects.exists())
        for _ in range(settings.AXES_FAILURE_LIMIT - 1):
            self.assertEqual(self.log_in(password="wrong").status_code, 401)

    def test_a_login_costs_six_queries(self):
        with rates(), self.assertNumQueries(6):
            self.log_in()

    def test_a_failure_costs_ten_queries_whether_or_not_the_user_is_known(self):
        with rates():
            for username in ("alice", "unknown"):
                with self.subTest(username=username), self.assertNumQueries(10):
                    self.log_in(username, "wrong")

    def test_the_access_token_lasts_a_quarter_of_an_hour(self):
        token = self.log_in().json()["access"]
        later = timezone.now() + timedelta(minutes=15, seconds=1)
        with mock.patch("rest_framework_simplejwt.tokens.aware_utcnow", return_value=later):
            response = self.client.get(
                "/api/auth/me/", headers={"authorization": f"Bearer {token}"}
            )
        self.assertEqual(response.status_code, 401)
        self.assertEqual(response.json()["code"], "token_not_valid")
