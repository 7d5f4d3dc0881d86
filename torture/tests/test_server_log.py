"""Unhandled exceptions are found in the real log of the service."""

import io
import logging
from unittest import mock

from django.conf import settings
from django.db import OperationalError
from django.test import TestCase
from pythonjsonlogger.json import JsonFormatter

from bookings.services import selling
from testing.builders.accounts import client_of, make_user
from testing.builders.movies import make_show
from torture.server_log import count_unhandled_exceptions


class ServerLogTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.show, cls.user = make_show(), make_user()

    def setUp(self):
        options = settings.LOGGING["formatters"]["json"]
        handler = logging.StreamHandler(io.StringIO())
        handler.setFormatter(
            JsonFormatter(
                options["format"], style=options["style"], rename_fields=options["rename_fields"]
            )
        )
        self.log = handler.stream
        for logger in (logging.getLogger("core"), logging.getLogger("django")):
            for patched in (
                mock.patch.object(logger, "handlers", [handler]),
                mock.patch.object(logger, "propagate", False),
            ):
                self.enterContext(patched)

    def count_after(self, error):
        """Return the count after a booking that this error stops."""
        client = client_of(self.user)
        client.raise_request_exception = False
        with mock.patch.object(selling, "ensure_within_limit", side_effect=error):
            client.post(f"/api/shows/{self.show.pk}/book/", {"seat_number": "1"})
        return count_unhandled_exceptions(self.log.getvalue().splitlines())

    def test_an_unhandled_exception_counts_once(self):
        self.assertEqual(self.count_after(ZeroDivisionError("bug")), 1)

    def test_an_unavailable_database_does_not_count(self):
        self.assertEqual(self.count_after(OperationalError("server closed the connection")), 0)

    def test_lines_of_the_server_do_not_count(self):
        lines = ["[INFO] Starting granian", "[1]", '{"level": "INFO"}', '{"level": "ERROR"}']
        self.assertEqual(count_unhandled_exceptions(lines), 0)
