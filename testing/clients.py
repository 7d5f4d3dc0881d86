"""Who sends a test's requests."""

from testing.builders.accounts import client_of


class ClientsMixin:
    """One client a user and test: a new one takes longer than its requests."""

    def setUp(self):
        super().setUp()
        self._clients = {}

    def client_of(self, user):
        if user.pk not in self._clients:
            self._clients[user.pk] = client_of(user)
        return self._clients[user.pk]
