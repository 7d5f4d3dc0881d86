import base64
import json
import time
from datetime import timedelta
from functools import partial
from unittest import mock

import jwt
from django.conf import settings
from django.core.cache import cache
from django.test import TransactionTestCase
from django.utils import timezone
from rest_framework.test import APIClient, APITestCase
from rest_framework_simplejwt.utils import aware_utcnow

from accounts.housekeeping import delete_expired_log_ins
from accounts.models import Session
from accounts.services import tokens_of
from accounts.tokens import AccessToken, RefreshToken
from testing.builders.accounts import make_user
from testing.cases import APIAssertions
from testing.clock import at
from testing.races import at_once
from testing.throttles import rates

ME, REFRESH, LOGOUT = "/api/auth/me/", "/api/auth/refresh/", "/api/auth/logout/"


def base64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def signed(claims, key=None, algorithm="HS256"):
    """Return a token of these claims as the service signs it."""
    [(kid, own)] = settings.JWT_SIGNING_KEYS.items()
    return jwt.encode(claims, key or own, algorithm, headers={"kid": kid})


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
        "header nested deeply": f"{base64url(b'[' * 1100)}.{payload}.{signature}",
        "other key": jwt.encode(claims, "x" * 64, "HS256"),
        "other algorithm": signed(claims, key=settings.SECRET_KEY.ljust(64), algorithm="HS512"),
        "no algorithm": jwt.encode(claims, None, "none"),
        "other kind of token": signed(claims | {"token_type": "sliding"}),
        "no end": signed({name: value for name, value in claims.items() if name != "exp"}),
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
        """Assert that neither token works anywhere, and that the session is as it was."""
        self.assert_not_valid(self.me(self.tokens["access"]))
        self.assert_not_valid(self.refresh(self.tokens["refresh"]))
        self.assert_not_valid(self.log_out(self.tokens["refresh"]))
        for session in Session.objects.all():
            self.assertEqual((session.generation, session.ended_at), (0, None))


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
        with at(timezone.now() + timedelta(seconds=31)):
            self.assert_not_valid(self.refresh(self.tokens["refresh"]))
            self.assert_not_valid(self.log_out(self.tokens["refresh"]))

    def test_a_repeated_refresh_gets_the_same_pair_for_30_seconds(self):
        first = self.refresh(self.tokens["refresh"]).json()
        for seconds in (0, 1, 15, 29):
            with self.subTest(seconds=seconds), at(timezone.now() + timedelta(seconds=seconds)):
                self.assertEqual(self.refresh(self.tokens["refresh"]).json(), first)
        self.assertEqual(Session.objects.get().generation, 1)

    def test_a_repeated_refresh_works_after_the_other_tab_has_gone_on(self):
        first = self.refresh(self.tokens["refresh"]).json()
        second = self.refresh(first["refresh"]).json()
        self.assertEqual(self.refresh(self.tokens["refresh"]).json(), first)
        self.assertEqual(self.refresh(first["refresh"]).json(), second)

    def test_the_window_does_not_begin_again_with_a_repetition(self):
        first = self.refresh(self.tokens["refresh"]).json()
        with at(timezone.now() + timedelta(seconds=20)):
            self.assertEqual(self.refresh(self.tokens["refresh"]).json(), first)
        with at(timezone.now() + timedelta(seconds=40)):
            self.assertEqual(self.refresh(first["refresh"]).status_code, 200)
            self.assert_not_valid(self.refresh(self.tokens["refresh"]))

    def test_two_log_ins_have_pairs_of_their_own(self):
        pairs = [self.tokens, tokens_of(self.alice)]
        new = [self.refresh(pair["refresh"]).json() for pair in pairs]
        self.assertNotEqual(new[0]["refresh"], new[1]["refresh"])
        self.assertNotEqual(new[0]["access"], new[1]["access"])

    def test_a_log_out_ends_the_repetition(self):
        first = self.refresh(self.tokens["refresh"]).json()
        second = self.refresh(first["refresh"]).json()
        self.assertEqual(self.log_out(second["refresh"]).status_code, 204)
        for token in (self.tokens, first, second):
            self.assert_not_valid(self.refresh(token["refresh"]))

    def test_a_log_out_with_the_old_token_ends_its_successors(self):
        first = self.refresh(self.tokens["refresh"]).json()
        second = self.refresh(first["refresh"]).json()
        self.assertEqual(self.log_out(self.tokens["refresh"]).status_code, 204)
        for token in (self.tokens, first, second):
            self.assert_not_valid(self.refresh(token["refresh"]))
            self.assert_not_valid(self.log_out(token["refresh"]))

    def test_a_new_password_ends_the_repetition(self):
        first = self.refresh(self.tokens["refresh"]).json()
        self.alice.set_password("another")
        self.alice.save(update_fields=["password"])
        self.assert_not_valid(self.refresh(self.tokens["refresh"]))
        self.assert_not_valid(self.me(first["access"]))

    def test_a_deactivated_user_cannot_repeat_a_refresh(self):
        self.refresh(self.tokens["refresh"])
        self.alice.is_active = False
        self.alice.save(update_fields=["is_active"])
        self.assert_not_valid(self.refresh(self.tokens["refresh"]))

    def test_a_repeated_refresh_costs_four_queries(self):
        self.refresh(self.tokens["refresh"])
        with rates(), self.assertNumQueries(4):
            self.refresh(self.tokens["refresh"])

    def test_a_refresh_needs_no_access_token_and_ignores_one(self):
        self.client.credentials(HTTP_AUTHORIZATION="Bearer rubbish")
        self.assertEqual(self.refresh(self.tokens["refresh"]).status_code, 200)

    def test_malformed_tokens_are_a_400(self):
        for value in ("", None, [], {}, True, "a\0b", "\ud800", "x" * 2049):
            for url in (REFRESH, LOGOUT):
                with self.subTest(url=url, value=value):
                    response = self.send(url, value)
                    self.assert_problem(response, 400, "invalid", fields={"refresh"})

    def test_a_refresh_costs_five_queries(self):
        with rates(), self.assertNumQueries(5):
            self.refresh(self.tokens["refresh"])


class LogoutTests(TokenTestCase):
    def test_a_log_out_invalidates_the_refresh_token(self):
        response = self.log_out(self.tokens["refresh"])
        self.assertEqual((response.status_code, response.content), (204, b""))
        self.assertIsNotNone(Session.objects.get().ended_at)
        self.assert_not_valid(self.me(self.tokens["access"]))
        self.assert_not_valid(self.refresh(self.tokens["refresh"]))
        self.assert_not_valid(self.log_out(self.tokens["refresh"]))

    def test_a_log_out_does_not_affect_other_devices(self):
        other = tokens_of(self.alice)
        self.log_out(self.tokens["refresh"])
        self.assertEqual(self.refresh(other["refresh"]).status_code, 200)

    def test_a_log_out_costs_five_queries(self):
        with rates(), self.assertNumQueries(5):
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
            token.set_exp(lifetime=timedelta(seconds=-11))
        self.assert_not_valid(self.me(access))
        self.assert_not_valid(self.refresh(str(refresh)))
        self.assert_not_valid(self.log_out(str(refresh)))


class AttackTests(TokenTestCase):
    def test_a_refresh_token_does_not_work_as_an_access_token(self):
        self.assert_not_valid(self.me(self.tokens["refresh"]))

    def test_an_access_token_does_not_work_as_a_refresh_token(self):
        self.assert_not_valid(self.refresh(self.tokens["access"]))
        self.assert_not_valid(self.log_out(self.tokens["access"]))
        self.assertIsNone(Session.objects.get().ended_at)

    def test_a_forged_access_token_is_rejected(self):
        for name, token in forgeries(self.tokens["access"]).items():
            with self.subTest(name):
                self.assert_not_valid(self.me(token))

    def test_a_forged_refresh_token_is_rejected(self):
        for name, token in forgeries(self.tokens["refresh"]).items():
            with self.subTest(name):
                self.assert_not_valid(self.refresh(token))
                self.assert_not_valid(self.log_out(token))
        self.assertIsNone(Session.objects.get().ended_at)

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


class ClockTests(TokenTestCase):
    """Clocks of servers differ: a leeway of ten seconds for every claim of time."""

    def tokens_with(self, **claims):
        """Return (access, refresh) with claims this many seconds from now."""
        now = int(time.time())
        for name in ("access", "refresh"):
            payload = jwt.decode(self.tokens[name], options={"verify_signature": False})
            payload |= {claim: now + seconds for claim, seconds in claims.items()}
            yield signed(payload)

    def test_a_token_from_a_clock_slightly_ahead_is_accepted(self):
        for claims in ({"iat": 1}, {"iat": 8}, {"nbf": 8}, {"exp": -8}):
            with self.subTest(claims):
                access, refresh = self.tokens_with(**claims)
                self.assertEqual(self.me(access).status_code, 200)
                self.assertEqual(self.me(access).status_code, 200)  # it is cached now
                self.assertEqual(self.refresh(refresh).status_code, 200)
                self.assertEqual(self.log_out(refresh).status_code, 204)
                Session.objects.update(generation=0, ended_at=None)

    def test_a_token_from_a_clock_far_ahead_is_rejected(self):
        for claims in ({"iat": 13}, {"nbf": 13}, {"exp": -11}):
            with self.subTest(claims):
                access, refresh = self.tokens_with(**claims)
                self.assert_not_valid(self.me(access))
                self.assert_not_valid(self.refresh(refresh))
                self.assert_not_valid(self.log_out(refresh))

    def test_a_used_token_does_not_work_again_after_a_tidy_within_the_leeway(self):
        _, refresh = self.tokens_with(exp=-2)
        self.assertEqual(self.log_out(refresh).status_code, 204)
        Session.objects.update(expires_at=timezone.now() - timedelta(seconds=2))
        self.assertEqual(delete_expired_log_ins(), 1)
        self.assert_not_valid(self.refresh(refresh))
        self.assert_not_valid(self.log_out(refresh))

    def test_a_cached_token_expires_after_the_leeway(self):
        access, _ = self.tokens_with(exp=5)
        self.assertEqual(self.me(access).status_code, 200)
        later = aware_utcnow() + timedelta(seconds=13)  # whole seconds count, and a test takes some
        with mock.patch("accounts.authentication.aware_utcnow", return_value=later):
            self.assertEqual(self.me(access).status_code, 200)
        later += timedelta(seconds=3)
        with mock.patch("accounts.authentication.aware_utcnow", return_value=later):
            self.assert_not_valid(self.me(access))


class RefreshRaceTests(TransactionTestCase):
    def setUp(self):
        cache.clear()  # a TransactionTestCase does not roll it back

    def test_eight_concurrent_refreshes_get_one_new_pair(self):
        token = tokens_of(make_user("alice"))["refresh"]
        responses = at_once([lambda: APIClient().post(REFRESH, {"refresh": token})] * 8)
        self.assertEqual([r.status_code for r in responses], [200] * 8)
        self.assertEqual(len({r.content for r in responses}), 1)
        self.assertEqual(Session.objects.get().generation, 1)
        pair = responses[0].json()
        self.assertEqual(APIClient().post(REFRESH, {"refresh": pair["refresh"]}).status_code, 200)

    def test_a_log_out_beside_refreshes_leaves_no_token_that_works(self):
        alice = make_user("alice")
        for _ in range(5):
            token = tokens_of(alice)["refresh"]
            urls = [REFRESH] * 4 + [LOGOUT]
            calls = [partial(APIClient().post, url, {"refresh": token}) for url in urls]
            *refreshes, log_out = at_once(calls)
            self.assertEqual(log_out.status_code, 204)
            pairs = {r.content: r.json() for r in refreshes if r.status_code == 200}
            self.assertLessEqual(len(pairs), 1)
            for refresh in [token, *(pair["refresh"] for pair in pairs.values())]:
                answer = APIClient().post(REFRESH, {"refresh": refresh})
                self.assertEqual(answer.status_code, 401)
