import json
from datetime import timedelta
from unittest import mock

from axes.models import AccessAttempt
from django.conf import settings
from django.utils import timezone
from rest_framework.test import APITestCase

from accounts.models import User
from testing.answers import problem_in
from testing.builders.accounts import make_user
from testing.cases import APIAssertions
from testing.hashes import counted_hashes
from testing.throttles import rates

URL = "/api/auth/login/"


class LoginTests(APIAssertions, APITestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice = make_user("alice", "pass123")
        cls.inactive = make_user("inactive", "pass123", is_active=False)
        cls.no_password = make_user("no_password")

    def log_in(self, username="alice", password="pass123"):
        body = {"username": username, "password": password}
        # json.dumps can encode half a surrogate pair, the test client cannot.
        return self.client.post(URL, json.dumps(body), content_type="application/json")

    def test_a_log_in_answers_two_tokens_and_the_access_token_works(self):
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

    def test_a_log_in_opens_no_session(self):
        self.assertFalse(self.log_in().cookies)

    def test_the_name_may_have_another_unicode_form(self):
        self.assertEqual(self.log_in(" ａlice ").status_code, 200)

    def test_spaces_around_a_password_count(self):
        self.assertEqual(self.log_in(password="pass123 ").status_code, 401)

    def test_every_failure_gets_the_same_answer(self):
        wrong = self.log_in(password="wrong")
        body = self.assert_problem(wrong, 401, "wrong_credentials", title="Unauthorized")
        self.assertEqual(body.keys(), {"type", "title", "status", "code", "detail", "request_id"})
        self.assertEqual(body["detail"], "The user name or password is wrong.")
        self.assertEqual(wrong["WWW-Authenticate"], 'Bearer realm="api"')
        for username in ("unknown", "inactive", "no_password"):
            with self.subTest(username=username):
                response = self.log_in(username)
                self.assertEqual(response.status_code, 401)
                self.assertEqual(problem_in(response), problem_in(wrong))
        self.assertFalse(User.objects.exclude(last_login=None).exists())

    def test_every_failure_costs_one_password_hash(self):
        for username in ("alice", "unknown", "inactive", "no_password"):
            with self.subTest(username=username), counted_hashes() as encode:
                self.log_in(username, "wrong")
                self.assertEqual(encode.call_count, 1)

    def test_malformed_credentials_are_rejected_and_do_not_count_as_a_failure(self):
        for changes in (
            *({"username": value} for value in ("", None, [], "a\0", "\ud800", "\ufdfa" * 150)),
            *({"password": value} for value in ("", None, [], "a\0", "\ud800", "x" * 129)),
        ):
            with self.subTest(changes=changes):
                response = self.log_in(**changes)
                self.assert_problem(response, 400, "invalid", fields=changes.keys())
        self.assertFalse(AccessAttempt.objects.exists())

    def test_a_log_in_resets_the_count_of_failures(self):
        for _ in range(settings.AXES_FAILURE_LIMIT - 1):
            self.assertEqual(self.log_in(password="wrong").status_code, 401)
        self.assertEqual(self.log_in().status_code, 200)
        self.assertFalse(AccessAttempt.objects.exists())
        for _ in range(settings.AXES_FAILURE_LIMIT - 1):
            self.assertEqual(self.log_in(password="wrong").status_code, 401)

    def test_a_log_in_costs_eight_queries(self):
        with rates(), self.assertNumQueries(8):
            self.log_in()

    def test_a_failure_costs_eleven_queries_whether_or_not_the_user_is_known(self):
        with rates():
            for username in ("alice", "unknown"):
                with self.subTest(username=username), self.assertNumQueries(11):
                    self.log_in(username, "wrong")

    def test_the_access_token_lasts_a_quarter_of_an_hour(self):
        token = self.log_in().json()["access"]
        later = timezone.now() + timedelta(minutes=15, seconds=11)  # and the leeway
        with mock.patch("rest_framework_simplejwt.tokens.aware_utcnow", return_value=later):
            response = self.client.get(
                "/api/auth/me/", headers={"authorization": f"Bearer {token}"}
            )
        self.assert_problem(response, 401, "token_not_valid")
