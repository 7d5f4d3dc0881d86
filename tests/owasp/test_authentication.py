"""Broken authentication: API2."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import jwt
from django.conf import settings
from django.test import TestCase
from django.utils import timezone
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from accounts.models import User
from accounts.services import tokens_of
from testing.builders.accounts import client_of, make_staff, make_user

ME = "/api/auth/me/"


def rows_of(model):
    return list(model.objects.order_by("pk").values())


def base64url(data):
    data = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def signed_as(header, claims, key=None):
    """Return a token with this header, which PyJWT might reject, signed with HS256."""
    text = f"{base64url(header)}.{base64url(claims)}"
    key = settings.SECRET_KEY if key is None else key
    return f"{text}.{base64url(hmac.digest(key.encode(), text.encode(), hashlib.sha256))}"


class BrokenAuthenticationTests(TestCase):
    """API2. For forged, expired, revoked and swapped tokens see accounts.tests.test_tokens."""

    @classmethod
    def setUpTestData(cls):
        cls.alice = make_user("alice", "pass123")

    def claims(self, **changes):
        return AccessToken.for_user(self.alice).payload | changes

    def status(self, token, **kwargs):
        return self.client.get(
            ME, headers={"Authorization": f"Bearer {token}"}, **kwargs
        ).status_code

    def test_a_token_that_this_test_signs_is_accepted(self):
        self.assertEqual(self.status(signed_as({"alg": "HS256"}, self.claims())), 200)

    def test_the_header_of_a_token_does_not_choose_how_it_is_verified(self):
        own = {"kty": "oct", "k": base64url(b"eve")}
        for header in [
            *({"alg": name} for name in ("none", "None", "NONE", "", "hs256", None, 7, [], {})),
            *({"alg": name} for name in ("RS256", "ES256", "PS256", "EdDSA", "HS384")),
            {},
        ]:
            with self.subTest(header=header):
                self.assertEqual(self.status(signed_as(header, self.claims())), 401)
                text = f"{base64url(header)}.{base64url(self.claims())}"
                self.assertEqual(self.status(f"{text}."), 401)
        for more in [
            {"jwk": own},
            {"jku": "https://evil.example"},
            {"kid": "../../dev/null"},
            {"kid": []},
            {"kid": None},
        ]:
            for key in ("eve", "", "only-for-development"):
                with self.subTest(header=more, key=key):
                    token = signed_as({"alg": "HS256", **more}, self.claims(), key)
                    self.assertEqual(self.status(token), 401)

    def test_a_token_without_an_existing_user_is_rejected(self):
        for user_id in [
            -1,
            0,
            2**63,
            10**40,
            "-1",
            "9" * 40,
            None,
            "nobody",
            "",
            1.5,
            [1],
            {"pk": 1},
        ]:
            claims = self.claims(user_id=user_id)
            with self.subTest(user_id=user_id):
                self.assertEqual(self.status(signed_as({"alg": "HS256"}, claims)), 401)
                refresh = RefreshToken.for_user(self.alice).payload | {"user_id": user_id}
                token = signed_as({"alg": "HS256"}, refresh)
                for url in ("refresh", "logout"):
                    response = self.client.post(
                        f"/api/auth/{url}/", {"refresh": token}, content_type="application/json"
                    )
                    self.assertEqual(response.status_code, 401)

    def test_a_token_without_a_required_claim_is_rejected(self):
        for name in ("user_id", "token_type", "exp", "jti", "hash_password"):
            claims = self.claims()
            del claims[name]
            with self.subTest(without=name):
                self.assertEqual(self.status(signed_as({"alg": "HS256"}, claims)), 401)

    def test_a_token_from_the_future_is_rejected(self):
        later = int((timezone.now() + timedelta(hours=1)).timestamp())
        for name in ("iat", "nbf"):
            with self.subTest(claim=name):
                token = signed_as({"alg": "HS256"}, self.claims(**{name: later}))
                self.assertEqual(self.status(token), 401)

    def test_two_authorization_headers_are_rejected(self):
        """Servers join the two values with a comma."""
        good = tokens_of(self.alice)["access"]
        for joined in (f"{good},Bearer {good}", f"{good}, Bearer x", f"x, Bearer {good}"):
            self.assertEqual(self.status(joined), 401)

    def test_a_token_is_read_only_from_the_header(self):
        good = tokens_of(self.alice)["access"]
        for name in ("token", "access", "access_token", "jwt", "Authorization"):
            with self.subTest(name=name):
                self.client.cookies[name] = good
                self.assertEqual(self.client.get(ME, {name: good}).status_code, 401)
                response = self.client.patch(ME, {name: good}, content_type="application/json")
                self.assertEqual(response.status_code, 401)

    def test_admin_sessions_do_not_open_the_api_nor_tokens_the_admin(self):
        staff = make_staff()
        self.assertEqual(client_of(staff).get("/admin/").status_code, 302)
        self.client.force_login(staff)
        self.assertEqual(self.client.get(ME).status_code, 401)
        self.assertEqual(self.client.post("/api/shows/1/book/").status_code, 401)

    def test_a_token_loses_the_rights_that_its_user_loses(self):
        staff = make_staff()
        client = client_of(staff)
        self.assertEqual(client.get("/api/screens/").status_code, 200)
        User.objects.filter(pk=staff.pk).update(is_staff=False)
        self.assertEqual(client.get("/api/screens/").status_code, 403)
        User.objects.filter(pk=staff.pk).update(is_active=False)
        self.assertEqual(client.get("/api/screens/").status_code, 401)

    def test_a_token_contains_no_secret(self):
        claims = jwt.decode(tokens_of(self.alice)["access"], options={"verify_signature": False})
        self.assertEqual(
            claims.keys(),
            {
                *("token_type", "exp", "iat", "jti", "iss", "aud"),
                *("user_id", "hash_password", "session"),
            },
        )
        self.assertNotIn(self.alice.password, json.dumps(claims))
