"""What the tests of payments share: a show with two prices, and a customer who pays."""

from decimal import Decimal

from payments.gateways import trial
from payments.models import TestSession
from testing.builders.accounts import make_user
from testing.builders.bookings import hold_order
from testing.builders.movies import make_price_list, make_show
from testing.cases import APIAssertions


class Paying(APIAssertions):
    """Mixin: `self.alice` holds seats of `self.show`, at 10 GBP each."""

    @classmethod
    def setUpTestData(cls):
        cls.alice = make_user("alice")
        prices = {("Standard", "Adult"): Decimal(10), ("Standard", "Deluxe"): Decimal(15)}
        cls.show = make_show(price_list=make_price_list(prices))

    def hold(self, *seats, user=None):
        return hold_order(user=user or self.alice, show=self.show, seats=seats)

    def post(self, path, body=None, *, user=None):
        return self.client_of(user or self.alice).post(path, body or {}, format="json")

    def open_payment(self, order, **body):
        response = self.post(f"/api/orders/{order.code}/payments/", {"gateway": "test", **body})
        self.assertEqual(response.status_code, 201, response.content)
        return response.json()

    def pay_at_bank(self, payment):
        """Pay a payment that was answered, as the customer does on the page of the gateway."""
        trial.pay(session_id=TestSession.objects.get(key=payment["id"]).pk)

    def assert_order(self, order, status, **members):
        answer = self.client_of(self.alice).get(f"/api/orders/{order.code}/").json()
        self.assertEqual(
            {name: answer[name] for name in ("status", *members)}, {"status": status, **members}
        )
