import json

from rest_framework.test import APITestCase

from accounts.models import User
from testing.builders.accounts import make_user
from testing.cases import APIAssertions
from testing.throttles import rates

URL = "/api/auth/me/"


class MeTests(APIAssertions, APITestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice = make_user("alice", "pass123", email="alice@example.com", last_name="Liddell")
        cls.bob = make_user("bob", email="bob@example.com")

    def setUp(self):
        super().setUp()
        self.client = self.client_of(self.alice)

    def body(self, **changes):
        return {
            "id": self.alice.number,
            "username": "alice",
            "email": "alice@example.com",
            "email_verified": True,
            "new_email": "",
            "first_name": "",
            "last_name": "Liddell",
        } | changes

    def row(self):
        return User.objects.values().get(pk=self.alice.pk)

    def test_me_is_the_user_of_the_token(self):
        response = self.client.get(URL)
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.json(), self.body())

    def test_names_can_be_changed(self):
        changes = {"first_name": "Alice", "last_name": ""}
        response = self.client.patch(URL, changes)
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.json(), self.body(**changes))
        self.assertEqual(self.row(), self.row() | changes)

    def test_fields_that_are_not_sent_stay(self):
        before = self.row()
        response = self.client.patch(URL, {"first_name": "Alice"})
        self.assertEqual(response.json(), self.body(first_name="Alice"))
        self.assertEqual(self.row(), before | {"first_name": "Alice"})

    def test_other_fields_cannot_be_changed(self):
        before = self.row()
        response = self.client.patch(
            URL,
            {
                "id": self.bob.pk,
                "username": "queen",
                "email_verified": False,
                "new_email": "queen@example.com",
            },
        )
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.json(), self.body())
        self.assertEqual(self.row(), before)
        rights = {
            "password": "pass123",
            "is_staff": True,
            "is_superuser": True,
            "is_active": False,
            "date_joined": "2001-01-01T00:00:00Z",
        }
        response = self.client.patch(URL, rights)
        self.assert_problem(response, 400, "invalid", fields=set(rights))
        self.assertEqual(self.row(), before)

    def test_malformed_names_and_emails_are_rejected(self):
        before = self.row()
        for field, value in (
            *(("email", value) for value in (None, 7, [], "alice", "a\0@example.com")),
            ("email", "a" * 245 + "@example.com"),
            *(("first_name", value) for value in (None, True, [], "a\0", "\ud800", "a" * 151)),
            ("last_name", "a" * 151),
        ):
            with self.subTest(field=field, value=value):
                # json.dumps can encode half a surrogate pair, the test client cannot.
                response = self.client.patch(
                    URL, json.dumps({field: value}), content_type="application/json"
                )
                self.assert_problem(response, 400, "invalid", fields={field})
        self.assertEqual(self.row(), before)

    def test_other_methods_are_not_allowed(self):
        for method in ("put", "post"):
            with self.subTest(method=method):
                response = getattr(self.client, method)(URL, self.body())
                self.assert_problem(response, 405, "method_not_allowed")
        self.assertTrue(User.objects.filter(pk=self.alice.pk).exists())

    def test_me_needs_a_token(self):
        self.client.credentials()
        for method in ("get", "patch"):
            with self.subTest(method=method):
                response = getattr(self.client, method)(URL)
                self.assert_problem(response, 401, "not_authenticated")

    def test_me_costs_one_query_and_other_names_five(self):
        with rates():
            with self.assertNumQueries(1):
                self.client.get(URL)
            with self.assertNumQueries(5):
                self.client.patch(URL, {"first_name": "Alice"})

    def test_the_id_does_not_count_users(self):
        numbers = [
            self.client.get(URL).json()["id"],
            self.client_of(self.bob).get(URL).json()["id"],
        ]
        self.assertGreater(abs(numbers[0] - numbers[1]), 1_000_000)
