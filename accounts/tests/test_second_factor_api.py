"""The second factor of staff at the log-in of the API, and the fresh password of its sessions."""

from datetime import timedelta
from unittest import mock
from uuid import uuid4

from axes.models import AccessAttempt
from django.conf import settings
from django.test import override_settings
from django_otp.plugins.otp_totp.models import TOTPDevice
from rest_framework.test import APITestCase
from rest_framework_simplejwt.tokens import AccessToken as OldAccessToken

from accounts.models import Session, User
from accounts.second_factor.codes import recovery_codes_left
from accounts.services import tokens_of
from accounts.tokens import AccessToken
from testing.builders.accounts import make_staff, make_user
from testing.builders.movies import make_show
from testing.cases import APIAssertions
from testing.second_factor import give_app
from testing.throttles import rates

LOGIN, CONFIRM, ME = "/api/auth/login/", "/api/auth/confirm/", "/api/auth/me/"
REFRESH, CHANGE = "/api/auth/refresh/", "/api/auth/password/change/"


def without_pauses():
    """Within this context django-otp does not slow down after a wrong code."""
    return mock.patch.multiple(TOTPDevice, verify_is_allowed=lambda device: (True, None))


class LogInTests(APIAssertions, APITestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff("staff", "pass123")
        cls.app, cls.recovery_codes = give_app(cls.staff)

    def log_in(self, username="staff", password="pass123", **more):
        return self.client.post(LOGIN, {"username": username, "password": password, **more})

    def test_without_the_code_it_is_asked_for_after_the_right_password_only(self):
        self.assert_problem(self.log_in(), 401, "second_factor_required", detail="Send the code")
        for more in ({}, {"code": self.app.code()}, {"code": ""}):
            with self.subTest(more=more):
                response = self.log_in(password="wrong", **more)
                self.assert_problem(response, 401, "wrong_credentials")
        self.assertFalse(Session.objects.live().exists())

    def test_asking_for_the_code_is_no_failure_and_no_log_in(self):
        with self.assertNoLogs("security", "INFO"):
            self.log_in()
        self.assertFalse(AccessAttempt.objects.exists())
        self.assertIsNone(User.objects.get(pk=self.staff.pk).last_login)

    def test_the_code_of_the_app_logs_in_once(self):
        code = self.app.code()
        response = self.log_in(code=f"{code[:3]} {code[3:]}")
        self.assertEqual(response.status_code, 200)
        access = response.json()["access"]
        me = self.client.get(ME, headers={"authorization": f"Bearer {access}"})
        self.assertEqual(me.status_code, 200)
        self.assert_problem(self.log_in(code=code), 401, "second_factor_wrong")

    def test_a_recovery_code_logs_in_once(self):
        self.assertEqual(self.log_in(code=self.recovery_codes[0]).status_code, 200)
        response = self.log_in(code=self.recovery_codes[0])
        self.assert_problem(response, 401, "second_factor_wrong")
        self.assertEqual(recovery_codes_left(self.staff), 9)

    def test_a_wrong_code_counts_as_a_failed_log_in(self):
        with without_pauses(), self.assertLogs("security", "INFO") as log:
            for _ in range(settings.AXES_FAILURE_LIMIT - 1):
                response = self.log_in(code=self.app.wrong_code())
                self.assert_problem(response, 401, "second_factor_wrong")
            self.assert_problem(self.log_in(code=self.app.wrong_code()), 429, "throttled")
            self.assert_problem(self.log_in(code=self.app.code()), 429, "throttled")
        self.assertIn("Failed log-in 'staff'", log.output[0])

    def test_after_a_wrong_code_the_next_one_has_to_wait(self):
        self.log_in(code=self.app.wrong_code())
        response = self.log_in(code=self.app.code())
        self.assert_problem(response, 429, "throttled", detail="The last code was wrong.")
        self.assertEqual(response["Retry-After"], "1")

    def test_malformed_codes_are_rejected(self):
        for code in (123456, None, [], {}, "x" * 41, "1\0"):
            with self.subTest(code=code):
                self.assert_problem(self.log_in(code=code), 400, "invalid", field="code")
        self.assertFalse(AccessAttempt.objects.exists())

    def test_customers_and_staff_without_a_factor_need_no_code(self):
        make_user("alice", "pass123")
        make_staff("clerk", "pass123")
        for username in ("alice", "clerk"):
            for more in ({}, {"code": ""}):
                with self.subTest(username=username, more=more):
                    self.assertEqual(self.log_in(username, **more).status_code, 200)

    def test_a_factor_costs_one_transaction_more(self):
        with rates(), self.assertNumQueries(12):
            self.assertEqual(self.log_in(code=self.app.code()).status_code, 200)

    def test_a_new_password_does_not_count_as_a_fresh_second_factor(self):
        tokens = tokens_of(self.staff)
        body = {"current_password": "pass123", "new_password": "pass1234"}
        headers = {"authorization": f"Bearer {tokens['access']}"}
        self.assertEqual(self.client.post(CHANGE, body, headers=headers).status_code, 200)
        self.assertIsNone(Session.objects.order_by("created_at").last().confirmed_at)


@override_settings(STAFF_SECOND_FACTOR="required")
class RequiredTests(APIAssertions, APITestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff("staff", "pass123")
        cls.alice = make_user("alice", "pass123")

    def log_in(self, username, **more):
        return self.client.post(LOGIN, {"username": username, "password": "pass123", **more})

    def test_staff_without_a_factor_are_told_where_to_set_one_up(self):
        response = self.log_in("staff")
        words = "/admin/second-factor/set-up/"
        self.assert_problem(response, 403, "second_factor_missing", detail=words)
        wrong = self.client.post(LOGIN, {"username": "staff", "password": "wrong"})
        self.assert_problem(wrong, 401, "wrong_credentials")

    def test_staff_with_a_factor_log_in(self):
        app, _ = give_app(self.staff)
        self.assertEqual(self.log_in("staff", code=app.code()).status_code, 200)

    def test_customers_are_not_affected(self):
        with rates(), self.assertNumQueries(8):
            self.assertEqual(self.log_in("alice").status_code, 200)

    def test_tokens_of_before_do_not_work(self):
        with override_settings(STAFF_SECOND_FACTOR="off"):
            tokens = tokens_of(self.staff)
        headers = {"authorization": f"Bearer {tokens['access']}"}
        self.assert_problem(self.client.get(ME, headers=headers), 401, "token_not_valid")
        response = self.client.post(REFRESH, {"refresh": tokens["refresh"]})
        self.assert_problem(response, 401, "token_not_valid")


class FreshPasswordTests(APIAssertions, APITestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff("staff", "pass123")
        cls.show = make_show()
        cls.tokens = tokens_of(cls.staff)

    def setUp(self):
        super().setUp()
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {self.tokens['access']}")

    def make_stale(self, minutes=15):
        (session,) = Session.objects.all()
        session.confirmed_at -= timedelta(minutes=minutes)
        session.save()

    def cancel(self, **headers):
        return self.client.post(f"/api/shows/{self.show.pk}/cancel/", {}, headers=headers)

    def confirm(self, password="pass123", **more):
        return self.client.post(CONFIRM, {"password": password, **more})

    def test_a_show_is_cancelled_shortly_after_the_log_in(self):
        self.make_stale(minutes=14)
        self.assertEqual(self.cancel().status_code, 200)

    def test_later_it_needs_the_password_again(self):
        self.make_stale()
        self.assert_problem(self.cancel(), 403, "password_needed", detail="auth/confirm/")
        self.show.refresh_from_db()
        self.assertFalse(self.show.is_cancelled)
        self.assertEqual(self.confirm().status_code, 204)
        self.assertEqual(self.cancel().status_code, 200)

    def test_the_refusal_is_not_kept_for_the_idempotency_key(self):
        self.make_stale()
        key = {"idempotency-key": str(uuid4())}
        self.assert_problem(self.cancel(**key), 403, "password_needed")
        self.confirm()
        self.assertEqual(self.cancel(**key).status_code, 200)

    def test_a_refresh_does_not_make_a_session_fresh(self):
        self.make_stale()
        pair = self.client.post(REFRESH, {"refresh": self.tokens["refresh"]}).json()
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access']}")
        self.assert_problem(self.cancel(), 403, "password_needed")

    def test_a_session_of_before_has_to_confirm(self):
        Session.objects.update(confirmed_at=None)
        self.assert_problem(self.cancel(), 403, "password_needed")
        self.assertEqual(self.confirm().status_code, 204)
        self.assertEqual(self.cancel().status_code, 200)

    def test_only_the_session_of_the_token_is_fresh_then(self):
        self.make_stale()
        other = tokens_of(self.staff)
        Session.objects.update(confirmed_at=None)
        self.confirm()
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {other['access']}")
        self.assert_problem(self.cancel(), 403, "password_needed")

    def test_staff_without_the_permission_and_customers_learn_nothing_of_it(self):
        for user in (make_user("alice"), make_user("clerk", is_staff=True)):
            client = self.client_of(user)
            Session.objects.update(confirmed_at=None)
            response = client.post(f"/api/shows/{self.show.pk}/cancel/", {})
            self.assert_problem(response, 403, "permission_denied")

    def test_a_wrong_password_confirms_nothing(self):
        self.make_stale()
        for password in ("wrong", "pass123 "):
            response = self.confirm(password)
            self.assert_problem(response, 400, "invalid", errors=[("password", "wrong_password")])
        self.assert_problem(self.cancel(), 403, "password_needed")

    def test_malformed_bodies_are_rejected(self):
        for body in ({}, {"password": ""}, {"password": None}, {"password": "x", "cod": "1"}):
            with self.subTest(body=body):
                self.assert_problem(self.client.post(CONFIRM, body), 400, "invalid")

    def test_a_user_with_a_factor_sends_the_code_too(self):
        app, recovery_codes = give_app(self.staff)
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens_of(self.staff)['access']}")
        Session.objects.update(confirmed_at=None)
        self.assert_problem(self.confirm(), 400, "invalid", errors=[("code", "required")])
        wrong = self.confirm(code=app.wrong_code())
        self.assert_problem(wrong, 400, "invalid", errors=[("code", "wrong_code")])
        self.assert_problem(self.confirm(code=app.code()), 429, "throttled")
        self.assert_problem(self.cancel(), 403, "password_needed")
        self.assertEqual(self.confirm(code=recovery_codes[0]).status_code, 204)
        self.assertEqual(self.cancel().status_code, 200)

    def test_it_counts_with_the_password_checks_of_the_address(self):
        with rates(login="1/min"):
            self.assertEqual(self.confirm().status_code, 204)
            self.assert_problem(self.confirm(), 429, "throttled")

    def test_it_needs_a_token(self):
        self.client.credentials()
        self.assert_problem(self.confirm(), 401, "not_authenticated")

    def test_a_token_of_version_0_1_0_has_no_session_to_confirm(self):
        token = OldAccessToken.for_user(self.staff)
        token["hash_password"] = self.staff.password_stamp
        access = AccessToken()
        access.payload = {**access.payload, **token.payload}
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
        self.assert_problem(self.cancel(), 403, "password_needed")
        self.assert_problem(self.confirm(), 400, "invalid", detail="Log in again instead.")

    def test_a_confirmation_costs_four_queries(self):
        for _ in range(2):
            with rates(), self.assertNumQueries(4):
                self.confirm()
            tokens_of(self.staff)
