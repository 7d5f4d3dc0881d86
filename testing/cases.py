"""What test cases share: one client per user, and one assertion for errors."""

from typing import Any

from testing.builders.accounts import client_of


class APIAssertions:
    """Mixin for test cases that call the API."""

    def setUp(self):
        super().setUp()
        self._clients = {}

    def client_of(self, user):
        """Return the user's client, one per test: a new one takes longer than its requests."""
        if user.pk not in self._clients:
            self._clients[user.pk] = client_of(user)
        return self._clients[user.pk]

    def assert_problem(self, response, status, code, *, detail="", field=None, **members: Any):
        """Assert that the answer is this problem; return its body.

        `detail` must occur in the sentence, `field` among the fields of `errors`, and each of
        `members` must be equal.
        """
        self.assertEqual(response.status_code, status, response.content)
        self.assertEqual(response["Content-Type"], "application/problem+json")
        body = response.json()
        self.assertEqual((body["status"], body["code"]), (status, code), body)
        self.assertIn(detail, body["detail"])
        if field is not None:
            self.assertIn(field, [error["field"] for error in body["errors"]], body)
        for name, value in members.items():
            self.assertEqual(body.get(name), value, body)
        return body
