from django.test import TestCase

from bookings.metrics import SEATS
from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.bookings import make_order
from testing.builders.movies import make_show


class SeatCountTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.staff = make_user("alice"), make_staff()
        cls.show = make_show()

    def assert_counts(self, event, seats, path, body=None, *, user=None):
        before = SEATS.labels(event)._value.get()
        with self.captureOnCommitCallbacks(execute=True):
            response = client_of(user or self.alice).post(f"/api/{path}", body)
        self.assertLess(response.status_code, 300, response.content)
        self.assertEqual(SEATS.labels(event)._value.get() - before, seats)
        return response.json()

    def test_what_happens_to_seats_is_counted(self):
        shows = f"shows/{self.show.pk}"
        order = self.assert_counts("held", 2, f"{shows}/hold/", {"seat_numbers": ["1", "2"]})
        self.assert_counts("confirmed", 2, f"orders/{order['code']}/confirm/")
        self.assert_counts("moved", 2, f"orders/{order['code']}/move/", {"best": 2})
        self.assert_counts("booked", 1, f"{shows}/book/", {"seat_number": "3"})
        self.assert_counts("cancelled", 2, f"orders/{order['code']}/cancel/")
        make_order(user=self.alice, show=self.show, seats=["9"], status="held")
        self.assert_counts("cancelled", 2, f"{shows}/cancel/", user=self.staff)

    def test_a_hold_that_gave_way_is_counted(self):
        order = make_order(user=self.staff, show=self.show, seats=["7", "8"], status="held")
        order.bookings.update(expires_at=order.created_at)
        self.assert_counts("expired", 2, f"shows/{self.show.pk}/hold/", {"seat_numbers": ["7"]})

    def test_what_was_refused_does_not_count(self):
        make_order(user=self.staff, show=self.show, seats=["7"])
        before = SEATS.labels("held")._value.get()
        with self.captureOnCommitCallbacks(execute=True):
            client_of(self.alice).post(
                f"/api/shows/{self.show.pk}/hold/", {"seat_numbers": ["6", "7"]}
            )
        self.assertEqual(SEATS.labels("held")._value.get(), before)
