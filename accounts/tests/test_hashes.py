"""Hashes of passwords: Argon2id, and how older hashes are renewed at a log-in."""

from unittest import mock

from django.contrib.auth.hashers import PBKDF2PasswordHasher, get_hashers, pbkdf2
from django.core.exceptions import ValidationError
from django.test import SimpleTestCase, TestCase, override_settings

from accounts.hashers import Argon2idHasher
from accounts.known_passwords import KnownPasswordValidator
from accounts.models import User
from accounts.services import change_password, tokens_of
from testing.builders.accounts import make_user
from testing.cache import CacheEnabled
from testing.cases import APIAssertions
from testing.hashes import counted_hashes
from testing.throttles import rates

# As in the settings; the runner of the tests replaces them.
HASHERS = [
    "accounts.hashers.Argon2idHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOG_IN, ME, REFRESH = "/api/auth/login/", "/api/auth/me/", "/api/auth/refresh/"


def user_of_before(username="alice", password="pass123"):
    """Return a user whose password version 0.1.0 has hashed, but quicker."""
    user = make_user(username)
    user.password = PBKDF2PasswordHasher().encode(password, "salt", iterations=1)
    user.save()
    return user


def argon2_hasher():
    return get_hashers()[0]


def counting(rounds):
    """Return a pbkdf2 that notes its rounds in the list."""

    def count(password, salt, iterations, **options):
        rounds.append(iterations)
        return pbkdf2(password, salt, iterations, **options)

    return count


@override_settings(PASSWORD_HASHERS=HASHERS)
class RenewalTests(APIAssertions, TestCase):
    def setUp(self):
        self.alice = user_of_before()

    def log_in(self, password="pass123"):
        body = {"username": "alice", "password": password}
        return self.client.post(LOG_IN, body, content_type="application/json")

    def me(self, tokens):
        return self.client.get(ME, headers={"authorization": f"Bearer {tokens['access']}"})

    def refresh(self, tokens):
        return self.client.post(
            REFRESH, {"refresh": tokens["refresh"]}, content_type="application/json"
        )

    def test_a_log_in_renews_the_hash(self):
        self.assertEqual(self.log_in().status_code, 200)
        self.alice.refresh_from_db()
        self.assertTrue(self.alice.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$"))
        renewed = self.alice.password
        self.assertEqual(self.log_in().status_code, 200)
        self.alice.refresh_from_db()
        self.assertEqual(self.alice.password, renewed)

    def test_a_wrong_password_renews_nothing(self):
        before = self.alice.password
        self.assertEqual(self.log_in("wrong").status_code, 401)
        self.alice.refresh_from_db()
        self.assertEqual(self.alice.password, before)

    def test_a_renewed_hash_logs_no_device_out(self):
        tokens = tokens_of(self.alice)
        newer = self.log_in().json()
        for pair in (tokens, newer):
            self.assertEqual(self.me(pair).status_code, 200)
            response = self.refresh(pair)
            self.assertEqual(response.status_code, 200)
            self.assertEqual(self.me(response.json()).status_code, 200)

    def test_it_goes_on_through_several_renewals(self):
        tokens = tokens_of(self.alice)
        self.log_in()
        with mock.patch("accounts.hashers.Argon2idHasher.time_cost", 1):
            self.log_in()
        self.assertEqual(self.me(tokens).status_code, 200)

    def test_a_new_password_ends_the_tokens_of_a_renewed_hash(self):
        tokens = tokens_of(self.alice)
        newer = self.log_in().json()
        self.alice.refresh_from_db()
        change_password(user=self.alice, current_password="pass123", new_password="pass124")
        for pair in (tokens, newer):
            self.assert_problem(self.me(pair), 401, "token_not_valid")

    def test_setting_the_same_password_again_ends_the_tokens_too(self):
        tokens = tokens_of(self.alice)
        self.log_in()
        alice = User.objects.get()
        alice.set_password("pass123")
        alice.save(update_fields=["password"])
        self.assert_problem(self.me(tokens), 401, "token_not_valid")

    def test_a_renewal_does_not_undo_a_new_password(self):
        stale = User.objects.get()
        self.alice.set_password("pass124")
        self.alice.save()
        self.assertTrue(stale.check_password("pass123"))  # it was read before the change
        self.assertTrue(User.objects.get().check_password("pass124"))

    def test_a_password_change_of_a_user_of_before_works(self):
        change_password(user=self.alice, current_password="pass123", new_password="pass124")
        self.assertTrue(User.objects.get().check_password("pass124"))


class QuickPBKDF2(PBKDF2PasswordHasher):
    iterations = 5


@override_settings(PASSWORD_HASHERS=["accounts.hashers.Argon2idHasher", f"{__name__}.QuickPBKDF2"])
class EqualWorkTests(CacheEnabled, TestCase):
    """A name with an old hash must not be found by the time that a wrong password takes."""

    def setUp(self):
        super().setUp()
        self.enterContext(rates())
        make_user("new", "pass123")
        make_user("inactive", "pass123", is_active=False)
        make_user("no_password")

    def work(self, username, password="wrong"):
        """Return the hashes of a log-in: how often Argon2id, and rounds of PBKDF2."""
        body = {"username": username, "password": password}
        rounds = []
        with (
            counted_hashes(Argon2idHasher) as argon2,
            mock.patch.object(argon2_hasher(), "verify", return_value=False) as verify,
            mock.patch("django.contrib.auth.hashers.pbkdf2", counting(rounds)),
        ):
            self.client.post(LOG_IN, body, content_type="application/json")
        return argon2.call_count + verify.call_count, sum(rounds)

    def test_every_failure_costs_the_same_while_there_are_old_hashes(self):
        for iterations in (5, 3):
            user = user_of_before(f"old{iterations}")
            user.password = PBKDF2PasswordHasher().encode("pass123", "salt", iterations=iterations)
            user.save()
        work = {
            name: self.work(name)
            for name in ("old5", "old3", "new", "unknown", "inactive", "no_password")
        }
        self.assertEqual(set(work.values()), {(1, 5)}, work)

    def test_without_old_hashes_none_is_made_and_one_query_an_hour_looks(self):
        self.assertEqual({self.work("new"), self.work("unknown")}, {(1, 0)})
        user_of_before("old")
        self.assertEqual(self.work("unknown"), (1, 0))
        self.clock.now += 3600
        self.assertEqual(self.work("unknown"), (1, 5))

    def test_a_log_in_that_succeeds_makes_no_hash_for_others(self):
        user_of_before("old")
        body = {"username": "new", "password": "pass123"}
        rounds = []
        with mock.patch("django.contrib.auth.hashers.pbkdf2", counting(rounds)):
            response = self.client.post(LOG_IN, body, content_type="application/json")
        self.assertEqual((response.status_code, rounds), (200, []))


class KnownPasswordTests(SimpleTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.validator = KnownPasswordValidator()

    def test_passwords_of_breaches_and_simple_changes_are_refused(self):
        for password in [
            *("password1", "qwertyuiop", "Letmein!", "1q2w3e4r5t", "trustno1"),
            *(
                "P@ssw0rd2026!",
                "Summer2026!",
                "!!dragon!!",
                "Liverpool_1",
                "$unshine99",
                "M0nkey123",
            ),
        ]:
            with self.subTest(password), self.assertRaises(ValidationError) as caught:
                self.validator.validate(password)
            self.assertEqual(caught.exception.code, "password_too_common")

    def test_others_are_accepted(self):
        for password in [
            *("down-the-rabbit-hole", "correct horse battery staple", "x7!kQ2zT", "-_-"),
            *("Tr0ub4dor&3", "9f8a7b6c5d4e", "пароль-длинный", "\U0001f600" * 8),
        ]:
            with self.subTest(password):
                self.validator.validate(password)
