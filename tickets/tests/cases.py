"""An order of two seats, and the calls about its tickets."""

from testing.builders.bookings import book_order
from testing.sales import SaleTestCase
from tickets.codes import decode
from tickets.keys import verifying_keys


class TicketTestCase(SaleTestCase):
    """Alice has booked A1 and B2 of a show in euros."""

    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.order = book_order(user=cls.alice, show=cls.show, seats=["A1", "B2"])
        cls.booking = cls.order.bookings.get(seat_number="A1")
        cls.path = f"/api/orders/{cls.order.code}/tickets"

    def get(self, path, user=None):
        return self.client_of(user or self.alice).get(path)

    def renew(self, user=None, order=None, **body):
        path = f"/api/orders/{(order or self.order).code}/tickets/renew/"
        return self.client_of(user or self.alice).post(path, body)

    def codes(self, order=None):
        """Return {seat number: code} as the API tells them."""
        code = (order or self.order).code
        tickets = self.get(f"/api/orders/{code}/tickets/").json()["tickets"]
        return {each["seat_number"]: each["code"] for each in tickets}


def claims_of(code):
    return decode(code, verifying_keys())
