import base64
import json
from collections import Counter
from datetime import timedelta

import jwt
from django.conf import settings
from django.core.cache import cache
from django.test import TransactionTestCase
from rest_framework.test import APIClient, APITestCase
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from accounts.services import tokens_of
from testing.builders.accounts import make_user
from testing.cases import APIAssertions
from testing.races import at_once
from testing.throttles import rates

ME, REFRESH, LOGOUT = "/api/auth/me/", "/api/auth/refresh/", "/api/auth/logout/"


def base64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def forgeries(token):
    """Return forged tokens with the payload of a valid one, by their names."""
    head, payload, signature = token.split(".")
    claims = jwt.decode(token, options={"verify_signature": False})
    return {
        "garbage": "garbage",
        "three dots": "...",
        "not ascii": "ü.ü.ü",
        "no signature": f"{head}.{payload}.",
        "other payload": f"{head}.{base64url(json.dumps(claims | {'x': 1}).encode())}.{signature}",
        "header nested deeply": f"{base64url(b'[' * 1200)}.{payload}.{signature}",
        "other key": jwt.encode(claims, "x" * 64, "HS256"),
        "other algorithm": jwt.encode(claims, settings.SECRET_KEY.ljust(64), "HS512"),
        "no algorithm": jwt.encode(claims, None, "none"),
        "other kind of token": jwt.encode(
            claims | {"token_type": "sliding"}, settings.SECRET_KEY, "HS256"
        ),
        "no end": jwt.encode(
            {name: value for name, value in claims.items() if name != "exp"},
            settings.SECRET_KEY,
            "HS256",
        ),
    }


class TokenTestCase(APIAssertions, APITestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice = make_user("alice", "pass123")
        cls.tokens = tokens_of(cls.alice)

    def me(self, access):
        return self.client.get(ME, headers={"authorization": f"Bearer {access}"})

    def refresh(self, refresh):
        return self.send(REFRESH, refresh)

    def log_out(self, refresh):
        return self.send(LOGOUT, refresh)

    def send(self, url, refresh):
        # json.dumps can encode half a surrogate pair, the test client cannot.
        body = json.dumps({"refresh": refresh})
        return self.client.post(url, body, content_type="application/json")

    def assert_not_valid(self, response):
        body = self.assert_problem(response, 401, "token_not_valid", title="Unauthorized")
        self.assertEqual(body.keys(), {"type", "title", "status", "code", "detail", "request_id"})
        self.assertEqual(
            body["detail"], "The token is invalid or has expired. Log in again, or refresh it."
        )

    def assert_all_not_valid(self):
        """Assert that neither token works anywhere, and that none is blacklisted or issued."""
        self.assert_not_valid(self.me(self.tokens["access"]))
        self.assert_not_valid(self.refresh(self.tokens["refresh"]))
        self.assert_not_valid(self.log_out(self.tokens["refresh"]))
        self.assertFalse(BlacklistedToken.objects.exists())
        self.assertEqual(OutstandingToken.objects.count(), 1)


class RefreshTests(TokenTestCase):
    def test_a_refresh_answers_a_new_pair_that_works(self):
        response = self.refresh(self.tokens["refresh"])
        pair = response.json()
        self.assertEqual(response.status_code, 200)
        self.assertEqual(pair.keys(), {"access", "refresh"})
        self.assertNotEqual(pair["refresh"], self.tokens["refresh"])
        self.assertEqual(self.me(pair["access"]).json()["username"], "alice")
        self.assertEqual(self.refresh(pair["refresh"]).status_code, 200)

    def test_a_refresh_token_works_once(self):
        self.refresh(self.tokens["refresh"])
        self.assert_not_valid(self.refresh(self.tokens["refresh"]))
        self.assert_not_valid(self.log_out(self.tokens["refresh"]))
        used = BlacklistedToken.objects.get()
        self.assertEqual(used.token.token, self.tokens["refresh"])
        self.assertEqual(OutstandingToken.objects.filter(user=self.alice).count(), 2)

    def test_a_refresh_needs_no_access_token_and_ignores_one(self):
        self.client.credentials(HTTP_AUTHORIZATION="Bearer rubbish")
        self.assertEqual(self.refresh(self.tokens["refresh"]).status_code, 200)

    def test_malformed_tokens_are_a_400(self):
        for value in ("", None, [], {}, True, "a\0b", "\ud800", "x" * 2049):
            for url in (REFRESH, LOGOUT):
                with self.subTest(url=url, value=value):
                    response = self.send(url, value)
                    self.assert_problem(response, 400, "invalid", fields={"refresh"})

    def test_a_refresh_costs_eleven_queries(self):
        with rates(), self.assertNumQueries(11):
            self.refresh(self.tokens["refresh"])


class LogoutTests(TokenTestCase):
    def test_a_log_out_invalidates_the_refresh_token(self):
        response = self.log_out(self.tokens["refresh"])
        self.assertEqual((response.status_code, response.content), (204, b""))
        self.assertEqual(BlacklistedToken.objects.get().token.token, self.tokens["refresh"])
        self.assert_not_valid(self.refresh(self.tokens["refresh"]))
        self.assert_not_valid(self.log_out(self.tokens["refresh"]))

    def test_a_log_out_does_not_affect_other_devices(self):
        other = tokens_of(self.alice)
        self.log_out(self.tokens["refresh"])
        self.assertEqual(self.refresh(other["refresh"]).status_code, 200)

    def test_a_log_out_costs_eight_queries(self):
        with rates(), self.assertNumQueries(8):
            self.log_out(self.tokens["refresh"])


class RevokedTests(TokenTestCase):
    def test_tokens_of_a_deactivated_user_are_rejected(self):
        self.alice.is_active = False
        self.alice.save(update_fields=["is_active"])
        self.assert_all_not_valid()

    def test_tokens_of_a_deleted_user_are_rejected(self):
        self.alice.delete()
        self.assert_all_not_valid()

    def test_tokens_older_than_the_password_are_rejected(self):
        self.alice.set_password("another")
        self.alice.save(update_fields=["password"])
        self.assert_all_not_valid()

    def test_expired_tokens_are_rejected(self):
        access, refresh = AccessToken.for_user(self.alice), RefreshToken(self.tokens["refresh"])
        for token in (access, refresh):
            token.set_exp(lifetime=timedelta(seconds=-1))
        self.assert_not_valid(self.me(access))
        self.assert_not_valid(self.refresh(str(refresh)))
        self.assert_not_valid(self.log_out(str(refresh)))


class AttackTests(TokenTestCase):
    def test_a_refresh_token_does_not_work_as_an_access_token(self):
        self.assert_not_valid(self.me(self.tokens["refresh"]))

    def test_an_access_token_does_not_work_as_a_refresh_token(self):
        self.assert_not_valid(self.refresh(self.tokens["access"]))
        self.assert_not_valid(self.log_out(self.tokens["access"]))
        self.assertFalse(BlacklistedToken.objects.exists())

    def test_a_forged_access_token_is_rejected(self):
        for name, token in forgeries(self.tokens["access"]).items():
            with self.subTest(name):
                self.assert_not_valid(self.me(token))

    def test_a_forged_refresh_token_is_rejected(self):
        for name, token in forgeries(self.tokens["refresh"]).items():
            with self.subTest(name):
                self.assert_not_valid(self.refresh(token))
                self.assert_not_valid(self.log_out(token))
        self.assertFalse(BlacklistedToken.objects.exists())

    def test_a_malformed_bearer_header_is_rejected(self):
        for header in ("Bearer", "Bearer a b", "Bearer \xff"):
            with self.subTest(header=header):
                response = self.client.get(ME, headers={"authorization": header})
                self.assert_not_valid(response)

    def test_another_scheme_is_ignored(self):
        for header in ("", "Basic YWxpY2U6cGFzczEyMw==", self.tokens["access"]):
            with self.subTest(header=header):
                response = self.client.get(ME, headers={"authorization": header})
                self.assert_problem(response, 401, "not_authenticated")

    def test_every_401_names_the_scheme(self):
        for response in (
            self.client.get(ME),
            self.me("garbage"),
            self.refresh("garbage"),
            self.log_out("garbage"),
        ):
            with self.subTest(response.request["PATH_INFO"], code=response.json()["code"]):
                self.assertEqual(response.status_code, 401)
                self.assertEqual(response.headers.get("WWW-Authenticate"), 'Bearer realm="api"')


class RefreshRaceTests(TransactionTestCase):
    def setUp(self):
        cache.clear()  # a TransactionTestCase does not roll it back

    def test_one_of_eight_concurrent_refreshes_gets_the_new_pair(self):
        token = tokens_of(make_user("alice"))["refresh"]
        responses = at_once([lambda: APIClient().post(REFRESH, {"refresh": token})] * 8)
        self.assertEqual(
            Counter((r.status_code, r.json().get("code")) for r in responses),
            {(200, None): 1, (401, "token_not_valid"): 7},
        )
        self.assertEqual(BlacklistedToken.objects.count(), 1)
        self.assertEqual(OutstandingToken.objects.count(), 2)
