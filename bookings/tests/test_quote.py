"""What seats would cost, for everybody to ask; nothing is held."""

from datetime import timedelta
from decimal import Decimal

from django.test import TestCase, override_settings
from django.utils import timezone

from accounts.tests.answers import errors_in, problem_in
from bookings.models import Booking, Order
from movies.models import SeatCategory
from testing.builders.accounts import client_of, make_user
from testing.builders.bookings import make_order
from testing.builders.movies import (
    make_cinema,
    make_price_list,
    make_screen,
    make_seating_plan,
    make_show,
)

PRICES = {
    ("Standard", "Adult"): Decimal("11.00"),
    ("Standard", "Child"): Decimal("7.50"),
    ("Premium", "Adult"): Decimal("14.25"),
    ("Premium", "Child"): Decimal("9.00"),
}


class QuoteTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob = make_user("alice"), make_user("bob")
        cls.price_list = make_price_list(PRICES, currency="EUR")
        cls.screen = make_screen(cinema=make_cinema(currency="EUR"))
        cls.show = make_show(
            screen=cls.screen,
            seating_plan=make_seating_plan("A  ssssss\nB  pppp\n"),
            price_list=cls.price_list,
        )

    def quote(self, *, show=None, client=None, **body):
        pk = getattr(show or self.show, "pk", show)
        return (client or self.client_class()).post(
            f"/api/shows/{pk}/quote/", body, content_type="application/json"
        )

    def assert_quoted(self, response):
        self.assertEqual(response.status_code, 200, response.content)
        return response.json()

    def test_it_says_line_by_line_what_seats_would_cost_and_holds_nothing(self):
        seats = [{"seat_number": "b01", "ticket_type": "child"}, {"seat_number": "A1"}]

        body = self.assert_quoted(self.quote(seats=seats))

        self.assertEqual(
            body,
            {
                "show": self.show.pk,
                "total": "20.00",
                "currency": "EUR",
                "lines": [
                    {
                        "seat_number": "B1",
                        "category": "Premium",
                        "ticket_type": "Child",
                        "price": "9.00",
                    },
                    {
                        "seat_number": "A1",
                        "category": "Standard",
                        "ticket_type": "Adult",
                        "price": "11.00",
                    },
                ],
                "choice": None,
                "warnings": [],
            },
        )
        self.assertFalse(Order.objects.exists() or Booking.objects.exists())

    def test_the_best_that_are_quoted_are_the_best_that_are_held(self):
        make_order(user=self.bob, show=self.show, seats=["A3", "A4", "B2"])
        for body in (
            {"best": 2},
            {"best": 4},
            {"best": 1, "category": "premium", "ticket_types": ["Child"]},
        ):
            with self.subTest(body=body):
                quoted = self.assert_quoted(self.quote(**body))
                held = client_of(self.alice).post(f"/api/shows/{self.show.pk}/hold/", body).json()
                self.assertEqual(
                    [quoted[name] for name in ("total", "currency", "choice", "warnings")],
                    [held[name] for name in ("total", "currency", "choice", "warnings")],
                )
                names = ("seat_number", "ticket_type", "price")
                self.assertEqual(
                    [[line[name] for name in names] for line in quoted["lines"]],
                    [[line[name] for name in names] for line in held["bookings"]],
                )

    def test_a_free_show_costs_nothing(self):
        body = self.assert_quoted(self.quote(show=make_show(screen=self.screen), best=2))
        self.assertEqual(body["total"], "0.00")
        self.assertEqual(
            [(line["ticket_type"], line["price"]) for line in body["lines"]], [(None, "0.00")] * 2
        )

    def test_whoever_is_logged_in_may_ask_too(self):
        self.assert_quoted(self.quote(client=client_of(self.alice), best=1))

    def test_a_hold_that_is_over_is_quoted_and_left_as_it_is(self):
        lapsed = timezone.now() - timedelta(seconds=1)
        order = make_order(
            user=self.bob, show=self.show, seats=["A1", "A2"], status="held", expires_at=lapsed
        )
        self.assert_quoted(self.quote(seat_numbers=["A1"]))
        order.refresh_from_db()
        self.assertEqual(order.status, "held")
        self.assertEqual(set(order.bookings.values_list("status", flat=True)), {"held"})

    def assert_refused(self, response, status, code):
        self.assertEqual(response.status_code, status, response.content)
        self.assertEqual(response.json()["code"], code)
        self.assertEqual(response["Content-Type"], "application/problem+json")

    @override_settings(MAX_SEATS_PER_ORDER=5)
    def test_what_a_hold_refuses_a_quote_refuses_in_the_same_words(self):
        make_order(user=self.bob, show=self.show, seats=["A2", "B1"])
        SeatCategory.objects.create(name="Couple", color="#aa0000", is_sold_in_pairs=True)
        couples = make_show(
            screen=self.screen, seating_plan=make_seating_plan("c = Couple\nA  cccc\n")
        )
        strict = make_show(
            screen=make_screen(cinema=self.screen.cinema, single_seats="reject"),
            seating_plan=make_seating_plan("A  sssss\n"),
        )
        make_order(user=self.bob, show=strict, seats=["A1"])
        now, hour = timezone.now(), timedelta(hours=1)
        for show, body, status, code in [
            (self.show, {"seat_numbers": ["A1", "A2", "B1"]}, 409, "seat_taken"),
            (self.show, {"best": 4, "category": "Premium"}, 409, "show_full"),
            (self.show, {"best": 6}, 400, "seat_limit"),
            (self.show, {"seat_numbers": ["A1", "A9", "C1"]}, 400, "seat_unknown"),
            (self.show, {"best": 1, "category": "Sofa"}, 400, "category_unknown"),
            (self.show, {"best": 1, "ticket_types": ["Pupil"]}, 400, "ticket_type_unknown"),
            (couples, {"seat_numbers": ["A1", "A3", "A4"]}, 400, "half_a_pair"),
            (strict, {"seat_numbers": ["A3"]}, 400, "single_seat_left"),
            (make_show(cancelled_at=now), {"best": 1}, 409, "show_cancelled"),
            (make_show(starts_at=now - hour), {"best": 1}, 400, "show_started"),
            (make_show(sales_open_at=now + hour), {"best": 1}, 400, "sales_closed"),
            (make_show(sales_close_at=now - hour), {"best": 1}, 400, "sales_closed"),
            (self.show, {}, 400, "invalid"),
            (self.show, {"best": 1, "seat_numbers": ["A1"]}, 400, "invalid"),
            (self.show, {"seat_numbers": ["A1", "a1"]}, 400, "invalid"),
            (self.show, {"best": 2, "ticket_types": ["Adult"]}, 400, "invalid"),
            (self.show, {"best": 10**30}, 400, "invalid"),
        ]:
            with self.subTest(code=code, body=body):
                quoted = self.quote(show=show, **body)
                held = client_of(self.alice).post(f"/api/shows/{show.pk}/hold/", body)
                self.assert_refused(quoted, status, code)
                self.assertEqual(problem_in(quoted), problem_in(held))

    @override_settings(MAX_SEATS_PER_ORDER=2)
    def test_of_two_reasons_quote_and_hold_name_the_same(self):
        body = {"seat_numbers": ["A1", "A2", "C1"]}
        quoted = self.quote(**body)
        held = client_of(self.alice).post(f"/api/shows/{self.show.pk}/hold/", body)
        self.assertEqual(problem_in(quoted), problem_in(held))

    def test_a_seat_number_that_is_none_is_named_by_its_field(self):
        response = self.quote(seats=[{"seat_number": "A1"}, {"seat_number": True}])
        self.assert_refused(response, 400, "invalid")
        self.assertEqual(errors_in(response), [("seats.1.seat_number", "not_a_string")])

    def test_an_unknown_show_is_not_found(self):
        for pk in (self.show.pk + 1000, 10**20):
            self.assert_refused(self.quote(show=pk, best=1), 404, "not_found")

    def test_a_quote_costs_the_same_queries_at_any_size(self):
        self.show.plan.seats  # noqa: B018 - the plan is read once a process
        for count in (1, 5):
            sold = ["B1"] if count == 1 else ["B2", "B3"]
            make_order(user=self.bob, show=self.show, seats=sold)
            seats = [f"A{nth}" for nth in range(1, count + 1)]
            for body in ({"seat_numbers": seats}, {"best": count}):
                # show, movie, screen, cinema, plan, price list; seats, prices
                with self.subTest(body=body), self.assertNumQueries(8):
                    response = self.quote(**body)
                self.assert_quoted(response)
