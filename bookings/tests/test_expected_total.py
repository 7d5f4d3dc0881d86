"""A sale has the prices of the moment of its lock, and no others than the customer was told."""

from datetime import timedelta
from decimal import Decimal

from django.test import TestCase
from django.utils import timezone

from bookings.models import Booking, Order
from movies import services
from movies.models import Price
from testing.answers import errors_in
from testing.builders.accounts import make_staff, make_user
from testing.builders.movies import make_cinema, make_price_list, make_screen, make_show
from testing.cache import CacheEnabled
from testing.prices import adult
from testing.sales import CustomerRequests


class ExpectedTotalTests(CacheEnabled, CustomerRequests, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.staff = make_user("alice"), make_staff()
        cls.price_list = make_price_list(adult(Standard="9.00"))
        cls.show = make_show(
            price_list=cls.price_list, starts_at=timezone.now() + timedelta(days=3)
        )
        screen = make_screen(cinema=make_cinema(currency="JPY"))
        cls.in_yen = make_show(screen=screen, price=Decimal(1001))
        cls.free = make_show()

    def change_price(self, amount):
        [price] = Price.objects.filter(price_list=self.price_list)
        prices = {(price.category, price.ticket_type): Decimal(amount)}
        services.save_price_list(
            name=self.price_list.name, currency="GBP", prices=prices, price_list=self.price_list
        )

    def requests(self):
        """Yield (action, a function that sends it with a body) for one seat of the show."""
        held = self.ask("hold", "1").json()["code"]
        booked = self.ask("book", seat_number="2").json()["order"]
        yield "quote", lambda **body: self.ask("quote", "3", **body)
        yield "hold", lambda **body: self.ask("hold", "4", **body)
        yield "book", lambda **body: self.ask("book", seat_number="5", **body)
        yield "move of a hold", lambda **body: self.act("move", held, "6", **body)
        yield "move of a booking", lambda **body: self.act("move", booked, "7", **body)

    def test_another_total_is_refused_and_nothing_is_sold(self):
        for action, send in self.requests():
            for total in ("8.99", "9.01", "0", "90", "9.001"):
                rows = Booking.objects.count()
                with self.subTest(action=action, total=total):
                    body = self.assert_problem(send(expected_total=total), 409, "price_changed")
                    self.assertEqual(body["total"], "9.00")
                    self.assertIn("9.00 GBP", body["detail"])
                    self.assertEqual(Booking.objects.count(), rows)

    def test_the_same_total_is_accepted_however_it_is_written(self):
        for (action, send), total in zip(
            self.requests(), ["9.00", "9", "9.0", 9, "9.000"], strict=True
        ):
            with self.subTest(action=action, total=total):
                response = send(expected_total=total)
                self.assertIn(response.status_code, (200, 201), response.content)

    def test_amounts_have_the_digits_of_the_currency(self):
        response = self.ask("hold", "1", "2", show=self.in_yen, expected_total="2000")
        body = self.assert_problem(response, 409, "price_changed")
        self.assertEqual((body["expected_total"], body["total"]), ("2000", "2002"))
        response = self.ask("hold", "1", "2", show=self.in_yen, expected_total="2002")
        self.assertEqual(response.status_code, 201, response.content)
        response = self.ask("hold", "1", show=self.free, expected_total="0.00")
        self.assertEqual(response.status_code, 201, response.content)

    def test_digits_that_the_currency_does_not_have_are_shown(self):
        for show, sent in ((self.in_yen, "1000.5"), (self.in_yen, "1001.001"), (None, "9.001")):
            with self.subTest(sent=sent):
                response = self.ask("hold", "1", show=show or self.show, expected_total=sent)
                body = self.assert_problem(response, 409, "price_changed", detail=f"not {sent} ")
                self.assertEqual(body["expected_total"], sent)

    def test_malformed_totals_are_refused(self):
        for total in (None, "", "x", "-1", "NaN", "1e400", "9,00", [], {}, True, "1" * 30, "9 GBP"):
            for response in (
                self.ask("hold", "1", expected_total=total),
                self.ask("book", seat_number="1", expected_total=total),
            ):
                with self.subTest(total=total):
                    self.assert_problem(response, 400, "invalid")
                    self.assertEqual(errors_in(response)[0][0], "expected_total")

    def test_new_price_applies_to_the_next_sale_although_the_old_one_is_cached(self):
        sends = list(self.requests())
        self.change_price("11.00")
        for action, send in sends[1:]:
            with self.subTest(action=action):
                response = send(expected_total="9.00")
                body = self.assert_problem(response, 409, "price_changed")
                self.assertEqual((body["expected_total"], body["total"]), ("9.00", "11.00"))
                response = send(expected_total="11.00")
                self.assertIn(response.status_code, (200, 201), response.content)

    def test_new_price_of_the_admin_applies_at_once_too(self):
        self.assertEqual(self.ask("hold", "1").json()["total"], "9.00")
        self.client.force_login(self.staff)
        [price] = Price.objects.filter(price_list=self.price_list)
        response = self.client.post(
            f"/admin/movies/pricelist/{self.price_list.pk}/change/",
            {
                "name": self.price_list.name,
                "currency": "GBP",
                "shown_version": self.price_list.version,
                f"price-{price.category_id}-{price.ticket_type_id}": "12.50",
            },
        )
        self.assertEqual(response.status_code, 302, response.content)
        self.assertEqual(self.ask("hold", "2").json()["total"], "12.50")
        self.assertEqual(Order.objects.count(), 2)
