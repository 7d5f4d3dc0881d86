import json
from collections import Counter

from django.core.cache import cache
from django.test import TransactionTestCase, override_settings
from rest_framework.test import APIClient, APITestCase

from accounts.models import User
from testing.answers import errors_in
from testing.builders.accounts import make_user
from testing.cases import APIAssertions
from testing.races import at_once
from testing.throttles import rates

URL = "/api/auth/signup/"
RACERS = 8
PRODUCTION_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]


class SignUpTests(APIAssertions, APITestCase):
    def sign_up(self, **changes):
        body = {"username": "alice", "email": "alice@example.com", "password": "pass123"}
        # json.dumps can encode half a surrogate pair, the test client cannot.
        return self.client.post(URL, json.dumps(body | changes), content_type="application/json")

    def test_a_sign_up_answers_only_id_name_and_email(self):
        response = self.sign_up()
        user = User.objects.get()
        self.assertEqual(response.status_code, 201)
        self.assertEqual(
            response.json(), {"id": user.number, "username": "alice", "email": "alice@example.com"}
        )
        self.assertEqual((user.username, user.email), ("alice", "alice@example.com"))
        self.assertTrue(user.check_password("pass123"))
        self.assertNotIn("pass123", user.password)

    def test_unknown_fields_are_ignored_and_give_no_rights(self):
        response = self.sign_up(
            id=4711, is_staff=True, is_superuser=True, is_active=False, groups=[1], x=[1]
        )
        user = User.objects.get()
        self.assertEqual(response.status_code, 201)
        self.assertNotEqual(user.pk, 4711)
        self.assertEqual((user.is_staff, user.is_superuser, user.is_active), (False, False, True))
        self.assertFalse(user.groups.exists())

    def test_names_may_be_sent(self):
        response = self.sign_up(first_name="Alice", last_name="Liddell")
        user = User.objects.get()
        self.assertEqual(response.status_code, 201)
        self.assertEqual((user.first_name, user.last_name), ("Alice", "Liddell"))
        for name in ("first_name", "last_name"):
            response = self.sign_up(username="bob", **{name: "x" * 151})
            self.assert_problem(response, 400, "invalid", fields={name})

    def test_the_password_is_compared_where_it_is_sent_again(self):
        for name in ("password_confirm", "password2"):
            for wrong in ("other", "pass123 ", ""):
                with self.subTest(name=name, wrong=wrong):
                    response = self.sign_up(**{name: wrong})
                    self.assert_problem(response, 400, "invalid", fields={name})
            response = self.sign_up(username=name, email="", **{name: "pass123"})
            self.assertEqual(response.status_code, 201)
        self.assertEqual(User.objects.count(), 2)

    def test_many_users_may_have_no_email(self):
        without = self.client.post(URL, {"username": "alice", "password": "pass123"})
        empty = self.sign_up(username="bob", email="")
        self.assertEqual((without.status_code, empty.status_code), (201, 201))
        self.assertEqual((without.json()["email"], empty.json()["email"]), ("", ""))
        self.assertEqual(User.objects.filter(email="").count(), 2)

    def test_spaces_are_stripped_from_name_and_email_but_not_from_the_password(self):
        response = self.sign_up(
            username=" alice ", email=" alice@example.com ", password="  two spaces  "
        )
        self.assertEqual(response.json()["username"], "alice")
        self.assertEqual(response.json()["email"], "alice@example.com")
        self.assertTrue(User.objects.get().check_password("  two spaces  "))

    def test_a_sign_up_needs_no_token_and_ignores_one(self):
        self.client.credentials(HTTP_AUTHORIZATION="Bearer rubbish")
        self.assertEqual(self.sign_up().status_code, 201)

    def test_missing_fields_are_named(self):
        response = self.client.post(URL, {})
        errors = [("username", "required"), ("password", "required")]
        self.assert_problem(response, 400, "invalid", errors=errors)

    def test_a_body_must_be_an_object(self):
        for body in ([], "alice", 7, None):
            with self.subTest(body=body):
                response = self.client.post(URL, body)
                self.assertEqual(response.status_code, 400)
        self.assertFalse(User.objects.exists())

    def test_malformed_names_are_rejected(self):
        for username in (
            *("", " ", None, True, 7, 7.5, ["alice"], {"a": 1}),
            *("alice\0", "ali\0ce", "ali\ud800ce", "ali ce", "ali/ce", "ali\nce", "<alice>"),
            *("a" * 151, "ﬃ" * 51, "\ufdfa" * 150),  # the last two grow when normalized
        ):
            with self.subTest(username=username):
                response = self.sign_up(username=username)
                self.assert_problem(response, 400, "invalid", fields={"username"})
        self.assertFalse(User.objects.exists())

    def test_malformed_passwords_are_rejected(self):
        for password in ("", None, True, 1234567, 7.5, ["pass123"], "a\0b", "\udfff", "x" * 129):
            with self.subTest(password=password):
                response = self.sign_up(password=password)
                self.assert_problem(response, 400, "invalid", fields={"password"})
        self.assertFalse(User.objects.exists())

    def test_malformed_emails_are_rejected(self):
        for email in (
            *(None, True, 7, ["a@example.com"], "alice", "a@b", "a b@example.com"),
            *("a\0@example.com", "a\ud800@example.com", "a@example.com\nBcc: b@example.com"),
            "a" * 245 + "@example.com",
        ):
            with self.subTest(email=email):
                response = self.sign_up(email=email)
                self.assert_problem(response, 400, "invalid", fields={"email"})
        self.assertFalse(User.objects.exists())

    def test_the_longest_name_and_password_are_accepted(self):
        response = self.sign_up(username="a" * 150, password="x" * 128)
        self.assertEqual(response.status_code, 201)
        self.assertTrue(User.objects.get(username="a" * 150).check_password("x" * 128))

    def test_a_name_may_have_letters_of_any_script(self):
        self.assertEqual(self.sign_up(username="Ольга").json()["username"], "Ольга")

    def test_a_sign_up_costs_five_queries_however_many_users_there_are(self):
        with rates():
            for number in range(2):
                with self.assertNumQueries(5):
                    self.sign_up(username=f"user{number}", email=f"user{number}@example.com")


class TakenTests(APIAssertions, APITestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice = make_user("alice", email="alice@example.com")

    def assert_taken(self, response, *fields):
        errors = [(field, "unique") for field in fields]
        self.assert_problem(response, 400, "invalid", errors=errors)
        self.assertEqual(User.objects.count(), 1)

    def test_a_taken_name_is_rejected(self):
        response = self.client.post(URL, {"username": "alice", "password": "pass123"})
        self.assert_taken(response, "username")

    def test_another_unicode_form_of_a_taken_name_is_rejected(self):
        for username in ("ａlice", "ａｌｉｃｅ", "ⓐlice", " alice "):
            with self.subTest(username=username):
                response = self.client.post(URL, {"username": username, "password": "pass123"})
                self.assert_taken(response, "username")


@override_settings(AUTH_PASSWORD_VALIDATORS=PRODUCTION_VALIDATORS)
class PasswordRulesTests(APIAssertions, APITestCase):
    def test_production_rejects_weak_passwords(self):
        for password, code in (
            ("wonderland7", "password_too_similar"),  # the name
            ("rabbit-hole", "password_too_similar"),  # the e-mail
            ("x7-Kq", "password_too_short"),
            ("password1", "password_too_common"),
            ("8203719465", "password_entirely_numeric"),
        ):
            with self.subTest(code=code, password=password):
                response = self.client.post(
                    URL,
                    {
                        "username": "wonderland",
                        "email": "rabbit-hole@example.com",
                        "password": password,
                    },
                )
                self.assertEqual(response.status_code, 400)
                self.assertEqual(errors_in(response), [("password", code)])
        self.assertFalse(User.objects.exists())

    def test_production_accepts_a_good_password(self):
        response = self.client.post(
            URL, {"username": "wonderland", "password": "six impossible things"}
        )
        self.assertEqual(response.status_code, 201)


class SignUpRaceTests(TransactionTestCase):
    def setUp(self):
        cache.clear()  # a TransactionTestCase does not roll it back

    def sign_up_at_once(self, bodies):
        return at_once([lambda body=body: APIClient().post(URL, body) for body in bodies])

    def assert_one_winner(self, responses, field):
        self.assertEqual(
            Counter(response.status_code for response in responses), {201: 1, 400: RACERS - 1}
        )
        for response in responses:
            if response.status_code == 400:
                self.assertEqual(errors_in(response), [(field, "unique")])
        self.assertEqual(User.objects.count(), 1)

    def test_one_of_eight_concurrent_sign_ups_gets_the_name(self):
        responses = self.sign_up_at_once([{"username": "alice", "password": "pass123"}] * RACERS)
        self.assert_one_winner(responses, "username")
