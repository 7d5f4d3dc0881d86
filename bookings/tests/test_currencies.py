"""Amounts have the digits of their currency, from the price to the refund."""

from contextlib import nullcontext
from datetime import timedelta
from decimal import Decimal
from unittest import mock

from django.test import TestCase
from django.utils import timezone

from bookings import integrity
from bookings.integrity import verify
from bookings.models import Booking, Order
from testing.builders.accounts import make_user
from testing.builders.bookings import make_order
from testing.builders.movies import (
    make_cinema,
    make_movie,
    make_price_list,
    make_screen,
    make_seating_plan,
    make_show,
)
from testing.cases import APIAssertions
from testing.prices import adult

# (currency, price of a standard and of a premium seat, what half of the standard price is)
CURRENCIES = [
    ("JPY", "1001", "1500", "501"),
    ("KRW", "15001", "20000", "7501"),
    ("EUR", "10.05", "14.25", "5.03"),
    ("GBP", "9.99", "12.00", "5.00"),
    ("KWD", "2.125", "3.001", "1.063"),
    ("BHD", "0.001", "999999999999.999", "0.001"),
    ("IRR", "1500001.00", "999999999999.00", "750000.50"),
    ("RSD", "900.05", "1200.00", "450.03"),
    ("IQD", "12000.125", "15000.000", "6000.063"),
]


class CurrencyTests(APIAssertions, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice = make_user("alice")
        cls.movie = make_movie()
        cls.plan = make_seating_plan("A  ssss\nB  pppp\n")

    def setUp(self):
        super().setUp()
        # tests run in a transaction already
        self.enterContext(mock.patch.object(integrity, "read_snapshot", nullcontext))

    def show_in(self, currency, standard, premium, **fields):
        cinema = make_cinema(currency=currency, refund_tiers={2: 50})
        return make_show(
            movie=self.movie,
            screen=make_screen(cinema=cinema),
            seating_plan=self.plan,
            price_list=make_price_list(
                adult(Standard=standard, Premium=premium), currency=currency
            ),
            starts_at=timezone.now() + timedelta(days=2),
            **fields,
        )

    def post(self, url, **body):
        response = self.client_of(self.alice).post(f"/api/{url}", body)
        self.assertIn(response.status_code, (200, 201), response.content)
        return response.json()

    def test_amounts_of_a_sale_have_the_digits_of_their_currency(self):
        for currency, standard, premium, half in CURRENCIES:
            with self.subTest(currency=currency):
                show = self.show_in(currency, standard, premium)
                total = f"{Decimal(standard) * 2}"

                quote = self.post(f"shows/{show.pk}/quote/", seat_numbers=["A1", "A2"])
                self.assertEqual(quote["total"], total)
                self.assertEqual([line["price"] for line in quote["lines"]], [standard] * 2)
                seats = self.client.get(f"/api/shows/{show.pk}/seats/").json()["seats"]
                self.assertEqual(seats[0]["prices"], {"Adult": standard})
                self.assertIn(f"{standard} {currency}", seats[0]["text"])
                self.assertEqual(
                    self.client.get(f"/api/shows/{show.pk}/").json()["price_from"],
                    min(standard, premium, key=Decimal),
                )
                order = self.post(f"shows/{show.pk}/hold/", seat_numbers=["A1", "A2"])
                self.assertEqual(order["total"], total)
                url = f"orders/{order['code']}"
                order = self.post(f"{url}/confirm/")
                self.assertEqual(order, self.client_of(self.alice).get(f"/api/{url}/").json())
                preview = self.client_of(self.alice).get(f"/api/{url}/cancel/preview/").json()
                self.assertEqual([seat["refund"] for seat in preview["seats"]], [half] * 2)
                self.assertEqual(preview["refund"], f"{Decimal(half) * 2}")
                moved = self.post(f"{url}/move/", seat_numbers=["B1", "B2"])
                difference = (Decimal(premium) - Decimal(standard)) * 2
                self.assertEqual(moved["difference"], f"{difference}")
                self.assertEqual(moved["refund"], f"{Decimal(standard) * 0}")
                booked = self.post(f"shows/{show.pk}/book/", seat_number="A1")
                self.assertEqual((booked["price"], booked["refund"]), (standard, None))
                cancelled = self.post(f"bookings/{booked['id']}/cancel/")
                self.assertEqual(cancelled["refund"], half)
        self.assertEqual(verify().lines, [])

    def test_order_of_an_unknown_currency_from_before_is_readable(self):
        order = make_order(user=self.alice, show=make_show(), seats=["1"], price=Decimal("10.50"))
        Order.objects.update(currency="XYZ")
        Booking.objects.update(currency="XYZ")

        body = self.client_of(self.alice).get(f"/api/orders/{order.code}/").json()

        self.assertEqual((body["total"], body["currency"]), ("10.50", "XYZ"))

    def test_order_of_before_with_fractions_of_a_yen_can_move_and_be_cancelled(self):
        show = self.show_in("JPY", "500", "800")
        order = make_order(user=self.alice, show=show, seats=["A1", "A2"], price=Decimal("10.50"))
        self.assertEqual(order.total, Decimal("21.00"))
        for seats in (["B1", "B2"], ["A1", "A2"], ["A3", "A4"]):
            self.post(f"orders/{order.code}/move/", seat_numbers=seats)
        cancelled = self.post(f"orders/{order.code}/cancel/")
        self.assertEqual(cancelled["total"], "0")

    def test_price_list_of_before_with_fractions_of_a_yen_is_sold_as_it_is_shown(self):
        show = self.show_in("JPY", "10.50", "11.49")
        quote = self.post(f"shows/{show.pk}/quote/", seat_numbers=["A1", "B1"])
        self.assertEqual([line["price"] for line in quote["lines"]], ["11", "11"])
        order = self.post(f"shows/{show.pk}/hold/", seat_numbers=["A1", "B1"])
        self.assertEqual((order["total"], quote["total"]), ("22", "22"))
        self.assertEqual(Order.objects.get().total, 22)

    def test_wrong_total_is_found_to_the_smallest_unit_of_the_currency(self):
        for currency, off, words in [
            ("KWD", "0.001", "has the total 2.126 KWD"),
            ("JPY", "1", "has the total 1002 JPY"),
            ("JPY", "0.5", "has the total 1001.5 JPY"),
        ]:
            with self.subTest(currency=currency, off=off):
                price = {"KWD": "2.125", "JPY": "1001"}[currency]
                show = self.show_in(currency, price, price)
                order = make_order(user=self.alice, show=show, seats=["A1"], price=Decimal(price))
                self.assertEqual(verify().findings, 0)
                Order.objects.filter(pk=order.pk).update(total=Decimal(price) + Decimal(off))
                [line] = verify().lines
                self.assertIn(words, line)
                Order.objects.filter(pk=order.pk).update(total=Decimal(price))
