"""Quoting the price of seats: public, and nothing is held."""

from datetime import timedelta

from django.test import override_settings
from django.utils import timezone

from bookings.models import Booking, Order
from movies.models import SeatCategory
from testing.answers import errors_in, problem_in
from testing.builders.bookings import make_order
from testing.builders.movies import make_screen, make_seating_plan, make_show
from testing.clock import past
from testing.sales import SaleTestCase


class QuoteTests(SaleTestCase):
    def quote(self, *, show=None, **body):
        """Ask without a login."""
        pk = getattr(show or self.show, "pk", show)
        return self.client_class().post(
            f"/api/shows/{pk}/quote/", body, content_type="application/json"
        )

    def assert_quoted(self, response):
        self.assertEqual(response.status_code, 200, response.content)
        return response.json()

    def test_quote_has_a_price_per_seat_and_holds_nothing(self):
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
                        "zone": "Hall",
                        "row": "B",
                        "seat": "1",
                        "category": "Premium",
                        "ticket_type": "Child",
                        "price": "9.00",
                    },
                    {
                        "seat_number": "A1",
                        "zone": "Hall",
                        "row": "A",
                        "seat": "1",
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

    def test_hold_gets_the_best_seats_of_the_quote(self):
        make_order(user=self.bob, show=self.show, seats=["A3", "A4", "B2"])
        for body in (
            {"best": 2},
            {"best": 4},
            {"best": 1, "category": "premium", "ticket_types": ["Child"]},
        ):
            with self.subTest(body=body):
                quoted = self.assert_quoted(self.quote(**body))
                held = self.ask("hold", **body).json()
                self.assertEqual(
                    [quoted[name] for name in ("total", "currency", "choice", "warnings")],
                    [held[name] for name in ("total", "currency", "choice", "warnings")],
                )
                names = ("seat_number", "ticket_type", "price")
                self.assertEqual(
                    [[line[name] for name in names] for line in quoted["lines"]],
                    [[booking[name] for name in names] for booking in held["bookings"]],
                )

    def test_free_show_costs_nothing(self):
        body = self.assert_quoted(self.quote(show=make_show(screen=self.screen), best=2))
        self.assertEqual(body["total"], "0.00")
        self.assertEqual(
            [(line["ticket_type"], line["price"]) for line in body["lines"]], [(None, "0.00")] * 2
        )

    def test_customers_can_quote_with_a_login_too(self):
        self.assert_quoted(self.ask("quote", best=1))

    def test_quote_treats_a_lapsed_hold_as_free_and_does_not_change_it(self):
        order = make_order(
            user=self.bob, show=self.show, seats=["A1", "A2"], status="held", expires_at=past()
        )
        self.assert_quoted(self.quote(seat_numbers=["A1"]))
        order.refresh_from_db()
        self.assertEqual(order.status, "held")
        self.assertEqual(set(order.bookings.values_list("status", flat=True)), {"held"})

    @override_settings(MAX_SEATS_PER_ORDER=6)
    def test_quote_and_hold_are_refused_with_the_same_problem(self):
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
            (self.show, {"best": 6, "category": "Premium"}, 409, "show_full"),
            (self.show, {"best": 7}, 400, "seat_limit"),
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
                held = self.ask("hold", show=show, **body)
                self.assert_problem(quoted, status, code)
                self.assertEqual(problem_in(quoted), problem_in(held))

    @override_settings(MAX_SEATS_PER_ORDER=2)
    def test_quote_and_hold_report_the_same_of_two_reasons(self):
        body = {"seat_numbers": ["A1", "A2", "C1"]}
        quoted = self.quote(**body)
        held = self.ask("hold", **body)
        self.assertEqual(problem_in(quoted), problem_in(held))

    def test_malformed_seat_number_is_named_by_its_field(self):
        response = self.quote(seats=[{"seat_number": "A1"}, {"seat_number": True}])
        self.assert_problem(response, 400, "invalid")
        self.assertEqual(errors_in(response), [("seats.1.seat_number", "not_a_string")])

    def test_unknown_show_is_not_found(self):
        for pk in (self.show.pk + 1000, 10**20):
            self.assert_problem(self.quote(show=pk, best=1), 404, "not_found")

    def test_quote_costs_the_same_queries_at_any_size(self):
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
