"""Price lists for the tests of prices."""

from datetime import timedelta

from django.test import TestCase
from django.utils import timezone

from core.money import shown
from testing.builders.accounts import make_staff
from testing.builders.movies import (
    make_cinema,
    make_movie,
    make_price_list,
    make_screen,
    make_seating_plan,
)
from testing.cases import APIAssertions

URL = "/api/price-lists/"
FULL = {
    ("Standard", "Adult"): "11.00",
    ("Standard", "Child"): "7.50",
    ("Premium", "Adult"): "14.00",
    ("Premium", "Child"): "9.00",
}


def rows(prices):
    return [
        {"category": category, "ticket_type": ticket_type, "amount": amount}
        for (category, ticket_type), amount in prices.items()
    ]


class PriceTests(APIAssertions, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff()
        cls.price_list = make_price_list(FULL, name="Evening")
        cls.plan = make_seating_plan("A  ss\nB  pp\n")
        cls.screen = make_screen(cinema=make_cinema(name="Astoria"), seating_plan=cls.plan)
        cls.movie = make_movie()

    def setUp(self):
        super().setUp()
        self.client = self.client_of(self.staff)

    def schedule(self, **changes):
        body = {"movie": self.movie.pk, "screen": self.screen.pk, "language": "en"}
        body |= {"starts_at": timezone.now() + timedelta(days=3), "price_list": self.price_list.pk}
        return self.client.post("/api/shows/", body | changes)

    def put(self, price_list, amounts, **changes):
        body = {"name": price_list.name, "currency": price_list.currency, "prices": rows(amounts)}
        return self.client.put(f"{URL}{price_list.pk}/", body | changes)

    def amounts_of(self, price_list):
        return {
            (price.category.name, price.ticket_type.name): shown(price.amount, price_list.currency)
            for price in price_list.prices.select_related("category", "ticket_type")
        }
