"""The Prometheus counter of events of seats."""

from django.test import TestCase
from prometheus_client import REGISTRY

from testing.builders.accounts import make_staff, make_user
from testing.builders.bookings import make_order
from testing.builders.movies import make_show
from testing.cases import APIAssertions


def counted(event):
    """Return how many seats were counted for the event since the process started."""
    return REGISTRY.get_sample_value("seats_total", {"event": event}) or 0


class SeatCountTests(APIAssertions, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.staff = make_user("alice"), make_staff()
        cls.show = make_show()

    def assert_counts(self, event, seats, path, body=None, *, user=None):
        before = counted(event)
        with self.captureOnCommitCallbacks(execute=True):
            response = self.client_of(user or self.alice).post(f"/api/{path}", body)
        self.assertLess(response.status_code, 300, response.content)
        self.assertEqual(counted(event) - before, seats)
        return response.json()

    def test_every_change_of_seats_is_counted(self):
        shows = f"shows/{self.show.pk}"
        order = self.assert_counts("held", 2, f"{shows}/hold/", {"seat_numbers": ["1", "2"]})
        self.assert_counts("confirmed", 2, f"orders/{order['code']}/confirm/")
        self.assert_counts("moved", 2, f"orders/{order['code']}/move/", {"best": 2})
        self.assert_counts("booked", 1, f"{shows}/book/", {"seat_number": "3"})
        self.assert_counts("cancelled", 2, f"orders/{order['code']}/cancel/")
        make_order(user=self.alice, show=self.show, seats=["9"], status="held")
        self.assert_counts("cancelled", 2, f"{shows}/cancel/", user=self.staff)

    def test_expired_hold_is_counted(self):
        order = make_order(user=self.staff, show=self.show, seats=["7", "8"], status="held")
        order.bookings.update(expires_at=order.created_at)
        self.assert_counts("expired", 2, f"shows/{self.show.pk}/hold/", {"seat_numbers": ["7"]})

    def test_refused_requests_are_not_counted(self):
        make_order(user=self.staff, show=self.show, seats=["7"])
        before = counted("held")
        with self.captureOnCommitCallbacks(execute=True):
            self.client_of(self.alice).post(
                f"/api/shows/{self.show.pk}/hold/", {"seat_numbers": ["6", "7"]}
            )
        self.assertEqual(counted("held"), before)
