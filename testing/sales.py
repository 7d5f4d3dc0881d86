"""Selling in tests: customers' requests, their assertions, and a show with prices."""

import threading
from unittest import mock

from django.test import TestCase

from bookings.occupancy import Occupancy, occupancy_of
from bookings.services import locking
from testing.builders.accounts import make_user
from testing.builders.movies import (
    make_cinema,
    make_price_list,
    make_screen,
    make_seating_plan,
    make_show,
)
from testing.cases import APIAssertions
from testing.prices import STANDARD_AND_PREMIUM


class CustomerRequests(APIAssertions):
    """Mixin for test cases: `self.show` and `self.alice` are the defaults."""

    def ask(self, what, *seat_numbers, show=None, user=None, **body):
        """POST to `shows/{show}/{what}/`, such as hold, book or quote."""
        show_id = getattr(show or self.show, "pk", show)
        return self._post(f"shows/{show_id}/{what}", seat_numbers, user, body)

    def act(self, what, order, *seat_numbers, user=None, **body):
        """POST to `orders/{order}/{what}/`, such as confirm, cancel or move."""
        return self._post(f"orders/{order}/{what}", seat_numbers, user, body)

    def assert_seats_refused(self, response, status, code, *seat_numbers):
        """Assert a problem that names exactly these seats, one by one and in its sentence."""
        seats = [{"seat_number": number, "code": code} for number in seat_numbers]
        body = self.assert_problem(response, status, code, seats=seats)
        for number in seat_numbers:
            self.assertIn(number, body["detail"])
        return body

    def _post(self, path, seat_numbers, user, body):
        if seat_numbers:
            body["seat_numbers"] = seat_numbers
        return self.client_of(user or self.alice).post(f"/api/{path}/", body)


class SaleTestCase(CustomerRequests, TestCase):
    """Two customers, and a show in euros with standard seats A1 to A8 and premium B1 to B6."""

    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob = make_user("alice"), make_user("bob")
        cls.price_list = make_price_list(STANDARD_AND_PREMIUM, currency="EUR")
        cls.screen = make_screen(
            cinema=make_cinema(name="Lumière", currency="EUR"), name="Screen 2"
        )
        cls.show = make_show(
            screen=cls.screen,
            seating_plan=make_seating_plan("A  ssssssss\nB  pppppp\n"),
            price_list=cls.price_list,
        )


def first_reads_see_no_seats_taken():
    """Return a patch by which each thread's first read of a show's occupancy finds it empty.

    Only the unique constraint sees the race then. The retry reads the seats as they are.
    """
    first_read = threading.local()

    def look(*args, **kwargs):
        query = occupancy_of(*args, **kwargs)
        if not hasattr(first_read, "is_over"):
            first_read.is_over = True
            return query.then(lambda _: Occupancy({}, {}))
        return query

    return mock.patch.object(locking, "occupancy_of", look)
