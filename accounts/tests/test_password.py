import json
import re
from datetime import timedelta
from unittest import mock

from django.contrib.auth.tokens import PasswordResetTokenGenerator, default_token_generator
from django.core import mail as django_mail
from django.core.cache import cache
from django.test import TransactionTestCase, override_settings
from django.utils.http import urlsafe_base64_encode
from rest_framework.test import APIClient, APITestCase

from accounts.services import tokens_of
from testing.builders.accounts import client_of, make_user
from testing.cases import APIAssertions
from testing.clock import later
from testing.jobs import run_jobs
from testing.races import at_once
from testing.throttles import rates

CHANGE = "/api/auth/password/change/"
RESET = "/api/auth/password/reset/"
CONFIRM = "/api/auth/password/reset/confirm/"
SIMILARITY = "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"
MALFORMED_PASSWORDS = ("", None, True, [], "a\0b", "\ud800", "x" * 129)


def send(client, url, body):
    """Post JSON, also with half a surrogate pair, which the test client cannot encode."""
    return client.post(url, json.dumps(body), content_type="application/json")


def link_of(user):
    """Return the values of a reset mail."""
    return {
        "uid": urlsafe_base64_encode(str(user.number).encode()),
        "token": default_token_generator.make_token(user),
    }


class PasswordChangeTests(APIAssertions, APITestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice = make_user("alice", "pass123")

    def setUp(self):
        super().setUp()
        self.client = self.client_of(self.alice)

    def change(self, current="pass123", new="down-the-rabbit-hole"):
        return send(self.client, CHANGE, {"current_password": current, "new_password": new})

    def assert_password(self, password):
        self.alice.refresh_from_db()
        self.assertTrue(self.alice.check_password(password))

    def test_a_change_sets_the_password_and_answers_a_pair_that_works(self):
        response = self.change()
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.json().keys(), {"access", "refresh"})
        self.assert_password("down-the-rabbit-hole")
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {response.json()['access']}")
        self.assertEqual(self.client.get("/api/auth/me/").json()["username"], "alice")

    def test_a_change_invalidates_every_older_token(self):
        other_device = tokens_of(self.alice)
        self.change()
        self.assertEqual(self.client.get("/api/auth/me/").status_code, 401)
        refreshed = self.client.post("/api/auth/refresh/", {"refresh": other_device["refresh"]})
        self.assertEqual(refreshed.status_code, 401)

    def test_the_current_password_must_be_right(self):
        response = self.change(current="wrong")
        errors = [("current_password", "wrong_password")]
        self.assert_problem(response, 400, "invalid", errors=errors)
        self.assert_password("pass123")

    @override_settings(AUTH_PASSWORD_VALIDATORS=[{"NAME": SIMILARITY}])
    def test_the_password_rules_compare_with_the_user(self):
        response = self.change(new="alice2")
        errors = [("new_password", "password_too_similar")]
        self.assert_problem(response, 400, "invalid", errors=errors)
        self.assert_password("pass123")

    def test_malformed_passwords_are_rejected(self):
        with rates():
            for value in MALFORMED_PASSWORDS:
                with self.subTest(value=value):
                    response = self.change(new=value)
                    self.assert_problem(response, 400, "invalid", fields={"new_password"})
        self.assert_password("pass123")

    def test_a_change_needs_a_token(self):
        self.client.credentials()
        response = self.change()
        self.assert_problem(response, 401, "not_authenticated")
        self.assert_password("pass123")

    def test_a_change_costs_seven_queries(self):
        with rates(), self.assertNumQueries(7):  # two are a savepoint
            self.change()


class PasswordResetTests(APIAssertions, APITestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice = make_user("alice", "pass123", email="Alice@example.com")
        make_user("inactive", "pass123", email="inactive@example.com", is_active=False)
        make_user("no_password", email="none@example.com")
        make_user("no_email", "pass123")

    def reset(self, email):
        response = self.client.post(RESET, {"email": email})
        run_jobs()
        return response

    def test_the_values_of_the_mail_set_a_new_password(self):
        self.reset("alice@example.com")
        (message,) = django_mail.outbox
        uid, token = re.search(r"uid: (\S+)\ntoken: (\S+)", message.body).groups()
        response = self.client.post(
            CONFIRM, {"uid": uid, "token": token, "new_password": "down-the-rabbit-hole"}
        )
        self.assertEqual(response.status_code, 204)
        self.alice.refresh_from_db()
        self.assertTrue(self.alice.check_password("down-the-rabbit-hole"))

    def test_the_mail_goes_to_the_stored_address_and_names_the_account(self):
        self.reset("ALICE@EXAMPLE.COM")
        (message,) = django_mail.outbox
        self.assertEqual(message.recipients(), ["Alice@example.com"])
        self.assertEqual(message.from_email, "tickets@localhost")
        self.assertIn("Hello alice,", message.body)

    @override_settings(PASSWORD_RESET_URL="https://tickets.example/new-password/{uid}/{token}")
    def test_the_mail_links_to_the_page_of_the_front_end(self):
        self.reset("alice@example.com")
        uid = urlsafe_base64_encode(str(self.alice.number).encode())
        (message,) = django_mail.outbox
        self.assertRegex(
            message.body,
            rf"Set a new password here: https://tickets\.example/new-password/{uid}/\w+-\w+\n",
        )

    def test_the_answer_does_not_reveal_whether_an_address_is_known(self):
        known = self.reset("alice@example.com")
        django_mail.outbox.clear()
        for email in ("unknown@example.com", "inactive@example.com", "none@example.com"):
            with self.subTest(email=email):
                response = self.reset(email)
                self.assertEqual(response.status_code, 204)
                self.assertEqual(response.content, known.content)
                self.assertEqual(response.headers.keys(), known.headers.keys())
        self.assertEqual(django_mail.outbox, [])

    def test_a_reset_costs_one_query_whether_or_not_the_address_is_known(self):
        with rates():
            for email in ("alice@example.com", "unknown@example.com"):
                with self.subTest(email=email), self.assertNumQueries(1):
                    self.client.post(RESET, {"email": email})

    def test_a_request_alone_changes_nothing(self):
        self.reset("alice@example.com")
        login = self.client.post("/api/auth/login/", {"username": "alice", "password": "pass123"})
        self.assertEqual(login.status_code, 200)

    def test_malformed_addresses_are_rejected(self):
        for email in ("", None, 7, [], "alice", "a\0@example.com", "a" * 245 + "@example.com"):
            with self.subTest(email=email), rates():
                response = self.reset(email)
                self.assert_problem(response, 400, "invalid", fields={"email"})
        self.assertEqual(django_mail.outbox, [])

    def test_a_mail_waits_for_an_unavailable_mail_server_and_the_answer_is_the_same(self):
        with (
            mock.patch("django.core.mail.EmailMessage.send", side_effect=ConnectionRefusedError),
            self.assertLogs("outbox.worker", "WARNING") as logged,
        ):
            response = self.reset("alice@example.com")
        self.assertEqual(response.status_code, 204)
        self.assertIn("mail server cannot be reached", logged.output[0])
        self.assertNotIn("alice", "".join(logged.output))
        with later(minutes=2):
            run_jobs()
        self.assertEqual(len(django_mail.outbox), 1)

    def test_a_link_is_valid_from_the_sending_of_its_mail_on(self):
        self.client.post(RESET, {"email": "alice@example.com"})
        day_after = PasswordResetTokenGenerator()._now() + timedelta(days=1)
        with mock.patch.object(PasswordResetTokenGenerator, "_now", return_value=day_after):
            run_jobs()
            (message,) = django_mail.outbox
            uid, token = re.search(r"uid: (\S+)\ntoken: (\S+)", message.body).groups()
            body = {"uid": uid, "token": token, "new_password": "down-the-rabbit-hole"}
            self.assertEqual(self.client.post(CONFIRM, body).status_code, 204)


class PasswordResetConfirmTests(APIAssertions, APITestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice = make_user("alice", "pass123", email="alice@example.com")
        cls.bob = make_user("bob", "pass123", email="bob@example.com")
        cls.tokens = tokens_of(cls.alice)
        cls.link = link_of(cls.alice)

    def confirm(self, **changes):
        body = self.link | {"new_password": "down-the-rabbit-hole"} | changes
        return send(self.client, CONFIRM, body)

    def assert_unchanged(self, response, field="token", **expected):
        """Assert a 400 for this field only, and that both passwords are as before."""
        self.assert_problem(response, 400, "invalid", fields={field}, **expected)
        for user in (self.alice, self.bob):
            user.refresh_from_db()
            self.assertTrue(user.check_password("pass123"))

    def test_a_confirmation_sets_the_password_and_invalidates_every_token(self):
        response = self.confirm()
        self.assertEqual((response.status_code, response.content), (204, b""))
        self.alice.refresh_from_db()
        self.assertTrue(self.alice.check_password("down-the-rabbit-hole"))
        refreshed = self.client.post("/api/auth/refresh/", {"refresh": self.tokens["refresh"]})
        self.assertEqual(refreshed.status_code, 401)

    def test_a_link_works_once(self):
        self.confirm(new_password="pass123")
        self.assert_unchanged(self.confirm())

    def test_a_link_is_invalid_after_a_log_in_or_a_new_email(self):
        for change in ({"email": "new@example.com"}, {"last_login": "2026-01-01T00:00:00Z"}):
            with self.subTest(change=change):
                link = link_of(self.alice)
                type(self.alice).objects.filter(pk=self.alice.pk).update(**change)
                self.assert_unchanged(self.confirm(**link))

    def test_a_link_is_valid_for_an_hour(self):
        made = PasswordResetTokenGenerator()._now()
        for age, status in ((timedelta(minutes=61), 400), (timedelta(minutes=59), 204)):
            with (
                self.subTest(age=age),
                mock.patch.object(PasswordResetTokenGenerator, "_now", return_value=made + age),
            ):
                self.assertEqual(self.confirm().status_code, status)

    def test_a_link_works_only_for_its_user(self):
        self.assert_unchanged(self.confirm(uid=link_of(self.bob)["uid"]))

    def test_a_link_of_a_deactivated_user_is_rejected(self):
        self.alice.is_active = False
        self.alice.save(update_fields=["is_active"])
        self.assert_unchanged(self.confirm())

    def test_a_forged_link_is_rejected(self):
        encoded = urlsafe_base64_encode
        with rates():
            for changes in (
                *({"token": value} for value in ("x", "-", "1-1", "ü", "c3v1xz-" + "0" * 32)),
                *({"uid": value} for value in ("x", "!", "ü", "===", encoded(b"\xff"))),
                *({"uid": encoded(value)} for value in (b"alice", b"-1", b"1.5", b"9" * 40)),
            ):
                with self.subTest(changes=changes):
                    self.assert_unchanged(self.confirm(**changes))

    def test_malformed_values_are_rejected_by_field(self):
        with rates():
            for field, value in (
                *(("uid", value) for value in ("", None, [], "a\0b", "\ud800", "x" * 65)),
                *(("token", value) for value in ("", None, [], "a\0b", "\ud800", "x" * 129)),
                *(("new_password", value) for value in MALFORMED_PASSWORDS),
            ):
                with self.subTest(field=field, value=value):
                    self.assert_unchanged(self.confirm(**{field: value}), field)

    @override_settings(AUTH_PASSWORD_VALIDATORS=[{"NAME": SIMILARITY}])
    def test_the_password_rules_compare_with_the_user(self):
        response = self.confirm(new_password="alice2")
        errors = [("new_password", "password_too_similar")]
        self.assert_unchanged(response, "new_password", errors=errors)

    def test_a_confirmation_costs_five_queries(self):
        with rates(), self.assertNumQueries(5):  # two are a savepoint
            self.confirm()


class PasswordRaceTests(TransactionTestCase):
    def setUp(self):
        cache.clear()  # a TransactionTestCase does not roll it back
        self.alice = make_user("alice", "pass123", email="alice@example.com")

    def assert_one_winner(self, responses, status):
        """Assert that exactly one answer has this status, and that its password was set."""
        winners = [n for n, response in enumerate(responses) if response.status_code == status]
        self.assertEqual(len(winners), 1, [response.status_code for response in responses])
        self.assertLess(max(response.status_code for response in responses), 500)
        self.alice.refresh_from_db()
        self.assertTrue(self.alice.check_password(f"new-password-{winners[0]}"))

    def test_one_of_eight_concurrent_changes_is_made(self):
        clients = [client_of(self.alice) for _ in range(8)]
        responses = at_once(
            [
                lambda n=n, client=client: client.post(
                    CHANGE, {"current_password": "pass123", "new_password": f"new-password-{n}"}
                )
                for n, client in enumerate(clients)
            ]
        )
        self.assert_one_winner(responses, 200)

    def test_one_of_eight_concurrent_uses_of_a_link_is_accepted(self):
        link = link_of(self.alice)
        responses = at_once(
            [
                lambda n=n: APIClient().post(CONFIRM, link | {"new_password": f"new-password-{n}"})
                for n in range(8)
            ]
        )
        self.assert_one_winner(responses, 204)
