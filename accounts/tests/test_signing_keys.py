"""Keys of tokens: their rotation, and tokens of version 0.1.0, which name no key."""

import jwt
from django.conf import settings
from django.test import override_settings
from rest_framework.test import APITestCase
from rest_framework_simplejwt.tokens import RefreshToken as TokenWithoutKid

from accounts.authentication import _verified
from accounts.services import tokens_of
from testing.builders.accounts import make_user
from testing.cases import APIAssertions

FIRST, SECOND, OTHER = "1" * 50, "2" * 50, "3" * 50
ME, REFRESH = "/api/auth/me/", "/api/auth/refresh/"


class SigningKeyTestCase(APIAssertions, APITestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice = make_user("alice")

    def setUp(self):
        self.addCleanup(_verified.cache_clear)

    def use_keys(self, **keys):
        _verified.cache_clear()  # as in a server that starts with these keys
        self.enterContext(override_settings(JWT_SIGNING_KEYS=keys))

    def assert_works(self, tokens):
        response = self.client.get(ME, headers={"authorization": f"Bearer {tokens['access']}"})
        self.assertEqual(response.status_code, 200, response.content)
        response = self.client.post(REFRESH, {"refresh": tokens["refresh"]})
        self.assertEqual(response.status_code, 200, response.content)
        return response.json()

    def assert_rejected(self, tokens):
        response = self.client.get(ME, headers={"authorization": f"Bearer {tokens['access']}"})
        self.assert_problem(response, 401, "token_not_valid")
        response = self.client.post(REFRESH, {"refresh": tokens["refresh"]})
        self.assert_problem(response, 401, "token_not_valid")

    def kid_of(self, token):
        return jwt.get_unverified_header(token).get("kid")


class RotationTests(SigningKeyTestCase):
    def test_the_first_key_signs_and_its_id_stands_in_the_header(self):
        self.use_keys(b=SECOND, a=FIRST)
        for token in tokens_of(self.alice).values():
            self.assertEqual(self.kid_of(token), "b")
            jwt.decode(token, SECOND, algorithms=["HS256"], audience=settings.JWT_AUDIENCE)

    def test_a_rotation_logs_nobody_out(self):
        self.use_keys(a=FIRST)
        tokens = tokens_of(self.alice)
        for keys, kid in (
            ({"a": FIRST, "b": SECOND}, "a"),  # every server knows the new key
            ({"b": SECOND, "a": FIRST}, "b"),  # the new key signs
            ({"b": SECOND}, "b"),  # the old key is gone
        ):
            with self.subTest(keys=list(keys)):
                self.use_keys(**keys)
                tokens = self.assert_works(tokens)
                self.assertEqual(self.kid_of(tokens["refresh"]), kid)

    def test_a_removed_key_verifies_nothing(self):
        self.use_keys(a=FIRST)
        tokens = tokens_of(self.alice)
        for keys in ({"b": SECOND}, {"a": SECOND}, {"b": FIRST}):
            self.use_keys(**keys)
            self.assert_rejected(tokens)

    def test_a_repeated_refresh_works_with_the_next_key(self):
        self.use_keys(a=FIRST)
        tokens = tokens_of(self.alice)
        self.assert_works(tokens)
        self.use_keys(b=SECOND, a=FIRST)
        self.assert_works(self.assert_works(tokens))


class NamesTests(SigningKeyTestCase):
    def test_tokens_name_issuer_and_audience(self):
        for token in tokens_of(self.alice).values():
            claims = jwt.decode(token, options={"verify_signature": False})
            self.assertEqual(
                (claims["iss"], claims["aud"]), (settings.JWT_ISSUER, settings.JWT_AUDIENCE)
            )

    def test_a_token_of_another_service_with_the_same_key_is_rejected(self):
        for name in ("JWT_ISSUER", "JWT_AUDIENCE"):
            with self.subTest(name), override_settings(**{name: "another"}):
                tokens = tokens_of(self.alice)
            self.assert_rejected(tokens)

    def test_a_token_with_a_kid_needs_both_claims(self):
        [(kid, key)] = settings.JWT_SIGNING_KEYS.items()
        for claim in ("iss", "aud"):
            tokens = {}
            for kind, token in tokens_of(self.alice).items():
                claims = jwt.decode(token, options={"verify_signature": False})
                del claims[claim]
                tokens[kind] = jwt.encode(claims, key, "HS256", headers={"kid": kid})
            self.assert_rejected(tokens)


class TokensWithoutKidTests(SigningKeyTestCase):
    """Version 0.1.0 signed with SECRET_KEY."""

    def old_tokens(self):
        refresh = TokenWithoutKid.for_user(self.alice)
        self.assertIsNone(self.kid_of(str(refresh)))
        return {"access": str(refresh.access_token), "refresh": str(refresh)}

    def test_a_token_of_the_version_before_works(self):
        tokens = self.assert_works(self.old_tokens())
        self.assertEqual([self.kid_of(tokens["refresh"])], list(settings.JWT_SIGNING_KEYS))

    def test_it_works_beside_new_keys_while_its_key_is_listed(self):
        tokens = self.old_tokens()
        self.use_keys(b=SECOND, old=settings.SECRET_KEY)
        self.assert_works(tokens)

    def test_it_is_rejected_without_its_key(self):
        tokens = self.old_tokens()
        self.use_keys(b=SECOND)
        self.assert_rejected(tokens)

    def test_one_with_an_issuer_is_of_another_service(self):
        tokens = {}
        for kind, token in tokens_of(self.alice).items():
            claims = jwt.decode(token, options={"verify_signature": False})
            tokens[kind] = jwt.encode(claims, settings.SECRET_KEY, "HS256")
        self.assert_rejected(tokens)

    def test_an_unknown_kid_is_rejected(self):
        good = tokens_of(self.alice)["access"]
        claims = jwt.decode(good, options={"verify_signature": False})
        for kid in ("", "unknown", "../../dev/null"):
            token = jwt.encode(claims, settings.SECRET_KEY, "HS256", headers={"kid": kid})
            self.assert_rejected({"access": token, "refresh": token})
