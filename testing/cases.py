"""Mixins of test cases: one client per user, and one assertion for errors."""

from typing import Any

from testing.answers import errors_in, fields_in
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

    def assert_problem(
        self,
        response,
        status,
        code,
        *,
        detail="",
        field=None,
        fields=None,
        errors=None,
        **members: Any,
    ):
        """Assert that the answer is this problem; return its body.

        `detail` must occur in the sentence, `field` among the fields of `errors`. `fields` is the
        set of all of them, `errors` the list of all (field, code) pairs. Each of `members` must be
        equal.
        """
        self.assertEqual(response.status_code, status, response.content)
        self.assertEqual(response["Content-Type"], "application/problem+json")
        body = response.json()
        self.assertEqual((body["status"], body["code"]), (status, code), body)
        self.assertEqual(body["type"], f"/errors/{code}/")
        self.assertTrue(body["title"] and body["detail"], body)
        if "Idempotency-Replayed" not in response:  # it has the request_id of the first answer
            self.assertEqual(body["request_id"], response["X-Request-ID"])
        self.assertIn(detail, body["detail"])
        if field is not None:
            self.assertIn(field, fields_in(response), body)
        if fields is not None:
            self.assertEqual(fields_in(response), fields, body)
        if errors is not None:
            self.assertEqual(errors_in(response), errors, body)
        for name, value in members.items():
            self.assertEqual(body.get(name), value, body)
        return body
