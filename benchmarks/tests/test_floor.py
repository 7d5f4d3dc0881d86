"""The floor does the same work as the service, so that the comparison is fair."""

from django.test import TestCase, override_settings

from bookings.models import Booking, Order
from testing.builders.accounts import client_of, make_user
from testing.builders.movies import make_screen, make_show

# Columns that differ between any two bookings.
UNIQUE = {"id", "code", "order_id", "request_id", "booked_request_id"}
TIMES = {"created_at", "booked_at"}


@override_settings(ROOT_URLCONF="benchmarks.urls")
class FloorTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.user = make_user()

    def setUp(self):
        self.client = client_of(self.user)
        self.show = make_show(price="9.50", screen=make_screen())

    def book(self, seat_number, under):
        path = f"/{under}/shows/{self.show.pk}/book/"
        return self.client.post(path, {"seat_number": seat_number})

    def test_floor_writes_the_rows_of_the_service(self):
        answers = [self.book("1", "api"), self.book("2", "benchmark")]

        self.assertEqual([answer.status_code for answer in answers], [201, 201])
        service, floor = (self.rows_of(answer.json()) for answer in answers)
        service["booking"]["seat_number"] = "2"
        self.assertEqual(service, floor)

    def rows_of(self, answer):
        """Return the order and its booking, without the columns that must differ."""
        order = Order.objects.values().get(code=answer["order"])
        booking = Booking.objects.values().get(order__code=answer["order"])
        self.assertEqual(booking["order_id"], order["id"])
        self.assertEqual(
            {row[name] for row in (order, booking) for name in TIMES & row.keys()},
            {order["created_at"]},
        )
        self.assertEqual(len(booking["request_id"]), 32)
        self.assertEqual(booking["request_id"], booking["booked_request_id"])
        for row in (order, booking):
            for name in (UNIQUE | TIMES) & row.keys():
                del row[name]
        return {"order": order, "booking": booking}

    def test_floor_answers_like_the_service(self):
        service, floor = self.book("1", "api").json(), self.book("2", "benchmark").json()

        varying = {"id", "order", "seat_number", "created_at"}
        self.assertEqual(
            {name: floor[name] for name in floor.keys() - varying},
            {name: service[name] for name in floor.keys() - varying},
        )

    def test_floor_refuses_a_sold_seat_and_writes_nothing(self):
        self.book("1", "api")

        self.assertEqual(self.book("1", "benchmark").status_code, 409)
        self.assertEqual(Order.objects.count(), 1)
