import json

from rest_framework.test import APITestCase

from accounts.models import User
from testing.answers import errors_in
from testing.builders.accounts import client_of, make_user
from testing.throttles import rates

URL = "/api/auth/me/"


class MeTests(APITestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice = make_user("alice", email="alice@example.com", last_name="Liddell")
        cls.bob = make_user("bob", email="bob@example.com")

    def setUp(self):
        self.client = client_of(self.alice)

    def body(self, **changes):
        return {
            "id": self.alice.pk,
            "username": "alice",
            "email": "alice@example.com",
            "first_name": "",
            "last_name": "Liddell",
        } | changes

    def row(self):
        return User.objects.values().get(pk=self.alice.pk)

    def test_me_is_the_user_of_the_token(self):
        response = self.client.get(URL)
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.json(), self.body())

    def test_names_and_email_can_be_changed(self):
        changes = {"first_name": "Alice", "last_name": "", "email": "new@example.com"}
        response = self.client.patch(URL, changes)
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.json(), self.body(**changes))
        self.assertEqual(self.row(), self.row() | changes)

    def test_what_is_not_sent_stays(self):
        before = self.row()
        response = self.client.patch(URL, {"first_name": "Alice"})
        self.assertEqual(response.json(), self.body(first_name="Alice"))
        self.assertEqual(self.row(), before | {"first_name": "Alice"})

    def test_nothing_else_can_be_changed(self):
        before = self.row()
        response = self.client.patch(
            URL,
            {
                "id": self.bob.pk,
                "username": "queen",
                "password": "pass123",
                "is_staff": True,
                "is_superuser": True,
                "is_active": False,
                "date_joined": "2001-01-01T00:00:00Z",
            },
        )
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.json(), self.body())
        self.assertEqual(self.row(), before)

    def test_the_email_of_another_is_refused_in_any_case(self):
        for email in ("bob@example.com", "BOB@Example.com"):
            with self.subTest(email=email):
                response = self.client.patch(URL, {"email": email, "first_name": "Alice"})
                self.assertEqual(response.status_code, 400)
                self.assertEqual(errors_in(response), [("email", "unique")])
        self.assertEqual((self.row()["email"], self.row()["first_name"]), ("alice@example.com", ""))

    def test_the_own_email_can_be_spelled_anew_and_be_given_up(self):
        for email in ("Alice@example.com", ""):
            with self.subTest(email=email):
                response = self.client.patch(URL, {"email": email})
                self.assertEqual(response.status_code, 200)
                self.assertEqual(self.row()["email"], email)

    def test_the_domain_of_an_email_is_stored_as_sign_up_stores_it(self):
        self.client.post(
            "/api/auth/signup/",
            {"username": "carol", "email": "Carol@BÜCHER.example", "password": "pass123"},
        )
        response = self.client.patch(URL, {"email": "Alice@BÜCHER.example"})
        self.assertEqual(User.objects.get(username="carol").email, "Carol@bücher.example")
        self.assertEqual(self.row()["email"], "Alice@bücher.example")
        self.assertEqual(response.json()["email"], "Alice@bücher.example")

    def test_values_that_are_no_names_or_emails_are_refused(self):
        before = self.row()
        for field, value in (
            *(("email", value) for value in (None, 7, [], "alice", "a\0@example.com")),
            ("email", "a" * 245 + "@example.com"),
            *(("first_name", value) for value in (None, True, [], "a\0", "\ud800", "a" * 151)),
            ("last_name", "a" * 151),
        ):
            with self.subTest(field=field, value=value):
                # json.dumps can send what the test client cannot: half a surrogate pair.
                response = self.client.patch(
                    URL, json.dumps({field: value}), content_type="application/json"
                )
                self.assertEqual(response.status_code, 400)
                self.assertEqual({name for name, _ in errors_in(response)}, {field})
        self.assertEqual(self.row(), before)

    def test_only_reading_and_patching_are_allowed(self):
        for method in ("put", "post", "delete"):
            with self.subTest(method=method):
                response = getattr(self.client, method)(URL, self.body())
                self.assertEqual(response.status_code, 405)
                self.assertEqual(response.json()["code"], "method_not_allowed")
        self.assertTrue(User.objects.filter(pk=self.alice.pk).exists())

    def test_me_needs_a_token(self):
        self.client.credentials()
        for method in ("get", "patch"):
            with self.subTest(method=method):
                response = getattr(self.client, method)(URL)
                self.assertEqual(response.status_code, 401)
                self.assertEqual(response.json()["code"], "not_authenticated")

    def test_me_costs_one_query_and_a_change_six(self):
        with rates():
            with self.assertNumQueries(1):
                self.client.get(URL)
            with self.assertNumQueries(6):
                self.client.patch(URL, {"email": "new@example.com"})
