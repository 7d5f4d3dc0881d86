"""Seats kept for a customer for a few minutes: which, at what price, and why not."""

from datetime import timedelta
from decimal import Decimal

from django.test import TestCase, override_settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.tests.answers import errors_in
from bookings.models import Booking, Order
from movies.models import SeatCategory
from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.bookings import block_seat, make_order
from testing.builders.movies import (
    make_cinema,
    make_price_list,
    make_screen,
    make_seating_plan,
    make_show,
)
from testing.cache import RememberingTests
from testing.warm import known

PRICES = {
    ("Standard", "Adult"): Decimal("11.00"),
    ("Standard", "Child"): Decimal("7.50"),
    ("Premium", "Adult"): Decimal("14.25"),
    ("Premium", "Child"): Decimal("9.00"),
}


class HoldTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob = make_user("alice"), make_user("bob")
        cls.price_list = make_price_list(PRICES, currency="EUR")
        cls.screen = make_screen(
            cinema=make_cinema(name="Lumière", currency="EUR"), name="Screen 2"
        )
        cls.show = make_show(
            screen=cls.screen,
            seating_plan=make_seating_plan("A  ssssssss\nB  pppppp\n"),
            price_list=cls.price_list,
        )

    def hold(self, *seat_numbers, user=None, show=None, **body):
        """These seats, or what the body says."""
        if seat_numbers:
            body["seat_numbers"] = seat_numbers
        return self.post(body, user=user, show=show)

    def post(self, body, *, user=None, show=None, **kwargs):
        client = client_of(user or self.alice)
        client.raise_request_exception = False  # a 500 is an answer to look at
        pk = getattr(show or self.show, "pk", show)
        return client.post(f"/api/shows/{pk}/hold/", body, **kwargs)

    def assert_held(self, response):
        self.assertEqual(response.status_code, 201, response.content)
        body = response.json()
        self.assertEqual(body["status"], "held")
        return body

    def assert_refused(self, response, status, code):
        self.assertEqual(response.status_code, status, response.content)
        body = response.json()
        self.assertEqual((body["code"], response["Content-Type"][:24]), (code, PROBLEM))
        return body

    def assert_names(self, response, code, *seat_numbers):
        self.assertEqual(
            response.json()["seats"], [{"seat_number": n, "code": code} for n in seat_numbers]
        )


PROBLEM = "application/problem+json"


class OrderTests(HoldTests):
    def test_held_seats_are_answered_as_an_order_and_kept(self):
        before = timezone.now()
        body = self.assert_held(
            self.hold(
                seats=[
                    {"seat_number": "A1", "ticket_type": "Child"},
                    {"seat_number": " b02 "},
                ]
            )
        )
        after = timezone.now()

        order = Order.objects.get()
        lines = {line.seat_number: line for line in order.bookings.all()}
        expected_lines = [
            {
                "id": lines[number].pk,
                "seat_number": number,
                "ticket_type": ticket_type,
                "status": "held",
                "price": price,
                "refund": None,
                "cancelled_at": None,
                "cancel_reason": "",
            }
            for number, ticket_type, price in [
                ("A1", "Child", "7.50"),
                ("B2", "Adult", "14.25"),
            ]
        ]
        times = ("starts_at", "created_at", "expires_at", "extendable_until")
        self.assertEqual(
            {name: value for name, value in body.items() if name not in times},
            {
                "code": order.code,
                "status": "held",
                "show": self.show.pk,
                "movie_title": "Alien",
                "cinema_name": "Lumière",
                "screen_name": "Screen 2",
                "total": "21.75",
                "currency": "EUR",
                "payment_reference": "",
                "bookings": expected_lines,
                "choice": None,
                "warnings": [],
            },
        )
        self.assertEqual(
            (order.customer, order.show, order.status, order.total, order.currency),
            (self.alice, self.show, "held", Decimal("21.75"), "EUR"),
        )
        self.assertTrue(before <= order.created_at <= after)
        self.assertEqual(order.expires_at, order.created_at + timedelta(seconds=600))
        self.assertEqual(order.extendable_until, order.created_at + timedelta(seconds=1200))
        for name in times[1:]:
            self.assertEqual(parse_datetime(body[name]), getattr(order, name))
        for line in lines.values():
            self.assertEqual(
                (line.show, line.status, line.expires_at, line.booked_at, line.currency),
                (self.show, "held", order.expires_at, None, "EUR"),
            )

    def test_times_carry_the_offset_of_the_cinema(self):
        show = make_show(screen=make_screen(cinema=make_cinema(time_zone="Asia/Tokyo")))
        body = self.assert_held(self.hold("1", show=show))
        for name in ("starts_at", "created_at", "expires_at", "extendable_until"):
            self.assertTrue(body[name].endswith("+09:00"), body[name])

    def test_ticket_types_go_with_the_seats_in_their_order(self):
        for body, sold in [
            (
                {"seat_numbers": ["B1", "A1"], "ticket_types": ["Child", "Adult"]},
                [("B1", "Child", "9.00"), ("A1", "Adult", "11.00")],
            ),
            (
                {"seats": [{"seat_number": "B2", "ticket_type": "child"}, {"seat_number": "A2"}]},
                [("B2", "Child", "9.00"), ("A2", "Adult", "11.00")],
            ),
            (
                {"best": 2, "category": "premium", "ticket_types": ["Adult", "Child"]},
                [("B3", "Adult", "14.25"), ("B4", "Child", "9.00")],
            ),
        ]:
            with self.subTest(body=body):
                lines = self.assert_held(self.hold(**body))["bookings"]
                self.assertEqual(
                    [(ln["seat_number"], ln["ticket_type"], ln["price"]) for ln in lines], sold
                )

    def test_what_was_held_for_a_price_is_booked_for_it(self):
        order = self.assert_held(self.hold("A1", "B1", ticket_types=["Child", "Adult"]))
        self.price_list.prices.update(amount=Decimal("99"))

        url = f"/api/orders/{order['code']}/"
        booked = client_of(self.alice).post(f"{url}confirm/").json()

        for body in (booked, client_of(self.alice).get(url).json()):
            self.assertEqual((body["status"], body["total"]), ("booked", "21.75"))
            self.assertEqual([line["price"] for line in body["bookings"]], ["7.50", "14.25"])

    def test_a_free_show_costs_nothing_and_has_no_ticket_types(self):
        show = make_show(screen=self.screen, total_seats=20)
        for body in (
            {"best": 1, "ticket_types": ["Adult"]},
            {"seats": [{"seat_number": "1", "ticket_type": "Adult"}]},
        ):
            self.assert_refused(self.hold(show=show, **body), 400, "ticket_type_unknown")

        body = self.assert_held(self.hold("1", "2", show=show))

        self.assertEqual((body["total"], body["currency"]), ("0.00", "EUR"))
        self.assertEqual(
            [(line["price"], line["ticket_type"]) for line in body["bookings"]],
            [("0.00", None)] * 2,
        )

    def test_a_hold_ends_at_the_latest_with_the_sale(self):
        now = timezone.now()
        for starts, closes in [
            (timedelta(minutes=5), None),
            (timedelta(hours=2), timedelta(minutes=5)),
            (timedelta(minutes=5), timedelta(minutes=9)),
        ]:
            with self.subTest(starts=starts, closes=closes):
                show = make_show(starts_at=now + starts, sales_close_at=closes and now + closes)
                self.assert_held(self.hold("1", show=show))
                order = Order.objects.get(show=show)
                five_minutes = now + timedelta(minutes=5)
                self.assertEqual(
                    (order.expires_at, order.extendable_until), (five_minutes, five_minutes)
                )

    def test_unknown_fields_change_nothing(self):
        body = self.assert_held(
            self.hold("A1", status="booked", total="0", expires_at="2099-01-01T00:00:00Z")
        )
        self.assertEqual(body["total"], "11.00")
        self.assertLess(parse_datetime(body["expires_at"]), timezone.now() + timedelta(hours=1))


class BestSeatTests(HoldTests):
    def numbers(self, response):
        return [line["seat_number"] for line in self.assert_held(response)["bookings"]]

    def test_the_best_are_side_by_side_and_say_so(self):
        response = self.hold(best=3, category="Standard")

        seats = self.numbers(response)
        self.assertEqual(
            response.json()["choice"], {"outcome": "side_by_side", "groups": [list(seats)]}
        )
        self.assertEqual([seat[0] for seat in seats], ["A"] * 3)

    def test_each_gets_other_seats_until_there_are_not_enough(self):
        seats = []
        for nth in range(7):
            seats += self.numbers(self.hold(best=2, user=make_user(f"customer{nth}")))
        self.assertEqual(len(set(seats)), 14)

        self.assert_refused(self.hold(best=1), 409, "show_full")

    def test_a_party_is_split_where_it_must_be(self):
        make_order(user=self.bob, show=self.show, seats=["A3", "A6"])
        response = self.hold(best=4, category="Standard")
        self.numbers(response)
        self.assertEqual(response.json()["choice"]["outcome"], "split")
        self.assertEqual(len(response.json()["choice"]["groups"]), 2)

    def test_a_category_that_has_not_as_many_is_full(self):
        body = self.assert_refused(self.hold(best=7, category="Premium"), 409, "show_full")
        self.assertIn("Premium", body["detail"])
        self.assertFalse(Order.objects.exists())

    def test_a_category_the_hall_does_not_have_is_refused_with_those_it_has(self):
        body = self.assert_refused(self.hold(best=1, category="Sofa"), 400, "category_unknown")
        self.assertIn("Standard, Premium", body["detail"])

    def test_wheelchair_places_are_given_only_by_name(self):
        SeatCategory.objects.create(name="Wheelchair", color="#0000aa", is_accessible=True)
        show = make_show(
            screen=self.screen, seating_plan=make_seating_plan("w = Wheelchair\nA  ww_s\n")
        )
        self.assert_refused(self.hold(best=2, show=show), 409, "show_full")
        self.assertEqual(self.numbers(self.hold(best=1, show=show)), ["A3"])
        self.assertEqual(
            self.numbers(self.hold(best=2, category="wheelchair", show=show)), ["A1", "A2"]
        )


class TakenTests(HoldTests):
    def test_one_seat_that_is_taken_refuses_all_and_every_such_seat_is_named(self):
        make_order(user=self.bob, show=self.show, seats=["A2"], status="held")
        make_order(user=self.bob, show=self.show, seats=["B1"])
        block_seat(show=self.show, seat_number="A4", by=make_staff())
        make_order(user=self.alice, show=self.show, seats=["A5"], status="held")

        response = self.hold("A1", "A2", "A3", "A4", "A5", "B1", "B2")

        self.assert_refused(response, 409, "seat_taken")
        self.assert_names(response, "seat_taken", "A2", "A4", "A5", "B1")
        self.assertEqual(Order.objects.count(), 3)
        self.assertFalse(Booking.objects.filter(seat_number__in=["A1", "A3", "B2"]).exists())

    def test_a_seat_that_was_given_up_is_free(self):
        make_order(user=self.bob, show=self.show, seats=["A1"], status="cancelled")
        make_order(user=self.bob, show=self.show, seats=["A2"], status="expired")
        self.assert_held(self.hold("A1", "A2"))

    def test_seats_the_hall_does_not_have_are_all_named(self):
        response = self.hold("A1", "A9", "B6", "C1", "7")
        self.assert_refused(response, 400, "seat_unknown")
        self.assert_names(response, "seat_unknown", "A9", "C1", "7")
        self.assertFalse(Order.objects.exists())

    def test_couple_seats_are_held_together(self):
        SeatCategory.objects.create(name="Couple", color="#aa0000", is_sold_in_pairs=True)
        show = make_show(
            screen=self.screen, seating_plan=make_seating_plan("c = Couple\nA  cccc_ss\n")
        )
        response = self.hold("A1", "A3", "A4", "A5", show=show)
        self.assert_refused(response, 400, "half_a_pair")
        self.assert_names(response, "half_a_pair", "A1")
        self.assertFalse(Order.objects.exists())

        self.assert_held(self.hold("A1", "A2", "A5", show=show))


class AlternativeTests(HoldTests):
    def alternatives(self, response):
        return self.assert_refused(response, 409, "seat_taken")["alternatives"]

    def assert_can_be_held(self, alternatives, *, show=None, user=None):
        for seats in alternatives:
            with self.subTest(seats=seats):
                self.assert_held(self.hold(*seats, show=show, user=user))

    @override_settings(MAX_SEATS_PER_SHOW=30)
    def test_three_are_offered_as_large_of_the_same_categories_free_and_disjoint(self):
        make_order(user=self.bob, show=self.show, seats=["A4", "B3"])

        found = self.alternatives(self.hold("A3", "A4", "B3"))

        self.assertEqual(len(found), 3)
        for seats in found:
            self.assertEqual(sorted(seat[0] for seat in seats), ["A", "A", "B"])
        flat = [seat for seats in found for seat in seats]
        self.assertEqual(len(set(flat)), 9)
        self.assertTrue(set(flat).isdisjoint({"A4", "B3"}))
        self.assert_can_be_held(found)

    def test_the_first_is_the_nearest(self):
        show = make_show(screen=self.screen, total_seats=20)
        make_order(user=self.bob, show=show, seats=["7"])
        [first], [second], _ = self.alternatives(self.hold("7", show=show))
        self.assertEqual({first, second}, {"6", "8"})

    def test_as_many_as_there_are_and_no_more(self):
        make_order(user=self.bob, show=self.show, seats=["B1", "B2"])
        self.assertEqual(len(self.alternatives(self.hold("B1", "B2"))), 2)
        make_order(user=self.bob, show=self.show, seats=["B4", "B5", "B6"])
        self.assertEqual(self.alternatives(self.hold("B1", "B2")), [])
        self.assertEqual(self.alternatives(self.hold("B1")), [["B3"]])

    def test_a_hold_that_is_over_is_offered_and_one_that_is_not_is_not(self):
        make_order(user=self.bob, show=self.show, seats=["B1", "B2", "B3"])
        make_order(user=self.bob, show=self.show, seats=["B4"], status="held")
        lapsed = timezone.now() - timedelta(seconds=1)
        make_order(user=self.bob, show=self.show, seats=["B5"], status="held", expires_at=lapsed)
        found = self.alternatives(self.hold("B1"))
        self.assertEqual(sorted(found), [["B5"], ["B6"]])
        self.assert_can_be_held(found)

    def test_couple_seats_are_offered_in_pairs(self):
        SeatCategory.objects.create(name="Couple", color="#aa0000", is_sold_in_pairs=True)
        show = make_show(
            screen=self.screen, seating_plan=make_seating_plan("c = Couple\nA  cccccc_ss\n")
        )
        make_order(user=self.bob, show=show, seats=["A3", "A4"])
        found = self.alternatives(self.hold("A3", "A4", show=show))
        self.assertEqual(sorted(found), [["A1", "A2"], ["A5", "A6"]])
        self.assert_can_be_held(found, show=show)

    def test_where_single_seats_are_refused_each_is_accepted_still(self):
        """The nearest that is left may be one that the screen refuses: it is no alternative."""
        screen = make_screen(cinema=self.screen.cinema, single_seats="reject")
        plan = make_seating_plan("A  sssss_sssss\nB  pppppp\n")
        for day, (taken, wanted) in enumerate(
            [
                ("A1 A2 A4 A6 A9 A10 B2 B3", "A9"),
                ("A3 A9 B1 B3 B4", "A1 B3"),
                ("A1 A2 A4 A6 A10 B1 B3 B6", "A8 B1"),
                ("A8", "A4 A8 A9 B6"),
            ],
            start=1,
        ):
            show = make_show(
                screen=screen, seating_plan=plan, starts_at=timezone.now() + timedelta(days=day)
            )
            make_order(user=self.bob, show=show, seats=taken.split())
            found = self.alternatives(self.hold(*wanted.split(), show=show))
            for nth, seats in enumerate(found):
                with self.subTest(taken=taken, seats=seats):
                    response = client_of(make_user(f"customer{day}{nth}")).post(
                        f"/api/shows/{show.pk}/quote/", {"seat_numbers": seats}
                    )
                    self.assertEqual(response.status_code, 200, response.content)

    def test_what_the_customer_has_held_too_long_is_no_alternative(self):
        now = timezone.now()
        make_order(user=self.bob, show=self.show, seats=["B2", "B5", "B6"])
        make_order(
            user=self.alice,
            show=self.show,
            seats=["B1", "B3"],
            status="expired",
            created_at=now - timedelta(seconds=1300),
            expires_at=now - timedelta(seconds=50),
        )
        found = self.alternatives(self.hold("B2"))
        self.assertEqual(found, [["B4"]])
        self.assert_can_be_held(found)


class SingleSeatTests(HoldTests):
    def make_show(self, policy, text="A  sssss\n"):
        screen = make_screen(cinema=self.screen.cinema, single_seats=policy)
        return make_show(screen=screen, seating_plan=make_seating_plan(text))

    def test_a_choice_that_leaves_one_is_refused_with_better_ones(self):
        show = self.make_show("reject")
        make_order(user=self.bob, show=show, seats=["A1"])
        response = self.hold("A3", show=show)
        body = self.assert_refused(response, 400, "single_seat_left")
        self.assert_names(response, "single_seat_left", "A2")
        self.assertTrue(body["alternatives"])
        self.assertFalse(Order.objects.filter(customer=self.alice).exists())

    def test_a_screen_may_only_warn_of_it(self):
        show = self.make_show("warn")
        make_order(user=self.bob, show=show, seats=["A1"])
        [warning] = self.assert_held(self.hold("A3", show=show))["warnings"]
        self.assertEqual(
            (warning["code"], [seat["seat_number"] for seat in warning["seats"]]),
            ("single_seat_left", ["A2"]),
        )

    def test_the_best_of_what_a_customer_may_have_are_given_or_refused_in_plain_words(self):
        """The seats that would leave none single have been held too long already."""
        show = self.make_show("reject")
        now = timezone.now()
        make_order(user=self.bob, show=show, seats=["A1"])
        make_order(
            user=self.alice,
            show=show,
            seats=["A2", "A5"],
            status="expired",
            created_at=now - timedelta(seconds=1300),
            expires_at=now - timedelta(seconds=50),
        )
        response = self.hold(best=2, show=show)
        self.assertIn(response.status_code, (201, 400, 409), response.content)


class LimitTests(HoldTests):
    @override_settings(MAX_SEATS_PER_ORDER=3)
    def test_an_order_has_at_most_so_many_seats(self):
        for body in (
            {"seat_numbers": ["A1", "A2", "A3", "A4"]},
            {"seats": [{"seat_number": n} for n in range(1, 5)]},
            {"best": 4},
        ):
            with self.subTest(body=body):
                response = self.hold(**body)
                self.assertIn("3", self.assert_refused(response, 400, "seat_limit")["detail"])
        self.assertFalse(Order.objects.exists())
        self.assert_held(self.hold(best=3))

    @override_settings(MAX_SEATS_PER_SHOW=4)
    def test_a_customer_has_at_most_so_many_seats_of_a_show_over_all_orders(self):
        self.assert_held(self.hold("A1"))
        make_order(user=self.alice, show=self.show, seats=["A2"])
        make_order(user=self.alice, show=make_show(), seats=["3"])
        make_order(user=self.bob, show=self.show, seats=["A3"])
        for body in ({"best": 3}, {"seat_numbers": ["B1", "B2", "B3"]}):
            with self.subTest(body=body):
                detail = self.assert_refused(self.hold(**body), 400, "seat_limit")["detail"]
                self.assertIn("you already have 2", detail)
        self.assert_held(self.hold("B1", "B2"))
        response = client_of(self.alice).post(
            f"/api/shows/{self.show.pk}/book/", {"seat_number": "B3"}
        )
        self.assert_refused(response, 400, "seat_limit")

    @override_settings(MAX_SEATS_PER_SHOW=2)
    def test_seats_that_were_given_up_do_not_count(self):
        lapsed = timezone.now() - timedelta(seconds=1)
        for seat, fields in [
            ("A1", {"status": "cancelled"}),
            ("A2", {"status": "expired"}),
            ("A3", {"status": "held", "expires_at": lapsed}),
        ]:
            make_order(user=self.alice, show=self.show, seats=[seat], **fields)
        for policy in ("off", "warn"):  # two ways to read who has what
            type(self.screen).objects.update(single_seats=policy)
            with self.subTest(policy=policy):
                order = self.assert_held(self.hold(best=2))
                self.assert_refused(self.hold(best=1), 400, "seat_limit")
                client_of(self.alice).post(f"/api/orders/{order['code']}/cancel/")
        self.assert_held(self.hold("B1", "B2"))


class SaleTests(HoldTests):
    def test_only_seats_of_shows_on_sale_are_held(self):
        now, hour = timezone.now(), timedelta(hours=1)
        for fields, status, code in [
            ({"starts_at": now - timedelta(seconds=1)}, 400, "show_started"),
            ({"sales_open_at": now + hour}, 400, "sales_closed"),
            ({"sales_close_at": now - hour}, 400, "sales_closed"),
            ({"cancelled_at": now}, 409, "show_cancelled"),
        ]:
            for body in ({"seat_numbers": ["1"]}, {"best": 1}):
                with self.subTest(code=code, body=body):
                    self.assert_refused(self.hold(show=make_show(**fields), **body), status, code)
        self.assertFalse(Order.objects.exists())

    def test_an_unknown_show_is_not_found(self):
        for pk in (self.show.pk + 1000, 10**20):
            self.assert_refused(self.hold("1", show=pk), 404, "not_found")

    def test_only_who_is_logged_in_holds(self):
        response = self.client.post(f"/api/shows/{self.show.pk}/hold/", {"best": 1})
        self.assert_refused(response, 401, "not_authenticated")
        self.assertFalse(Order.objects.exists())


class ShapeTests(HoldTests):
    """What is no request for seats is a 400 that names the field."""

    def assert_wrong(self, body, *fields):
        response = self.post(body, content_type="application/json")
        with self.subTest(body=body[:80]):
            self.assert_refused(response, 400, "invalid")
            self.assertEqual([field for field, _ in errors_in(response)], list(fields))

    def test_exactly_one_form_is_sent(self):
        for body in (
            "{}",
            '{"best": 1, "seat_numbers": ["A1"]}',
            '{"best": 1, "seats": [{"seat_number": "A1"}]}',
            '{"seats": [{"seat_number": "A1"}], "seat_numbers": ["A1"]}',
        ):
            self.assert_wrong(body, None)

    def test_a_seat_is_asked_for_once_however_it_is_spelled(self):
        self.assert_wrong('{"seat_numbers": ["A1", "A2", " a01 "]}', "seat_numbers")
        self.assert_wrong('{"seat_numbers": [7, "07"]}', "seat_numbers")
        self.assert_wrong('{"seats": [{"seat_number": "A1"}, {"seat_number": "a1"}]}', "seats")

    def test_options_go_with_their_form(self):
        self.assert_wrong('{"seat_numbers": ["A1"], "category": "Standard"}', "category")
        self.assert_wrong('{"seats": [{"seat_number": "A1"}], "category": "x"}', "category")
        self.assert_wrong(
            '{"seats": [{"seat_number": "A1"}], "ticket_types": ["Adult"]}', "ticket_types"
        )

    def test_there_is_a_ticket_type_for_each_seat_or_none(self):
        for body in (
            '{"seat_numbers": ["A1", "A2"], "ticket_types": ["Adult"]}',
            '{"seat_numbers": ["A1"], "ticket_types": ["Adult", "Adult"]}',
            '{"best": 2, "ticket_types": ["Adult", "Adult", "Child"]}',
        ):
            self.assert_wrong(body, "ticket_types")
        self.assert_held(self.hold("A1", ticket_types=[]))

    def test_ticket_types_that_there_are_not_are_refused(self):
        for body in (
            {"seat_numbers": ["A1", "A2"], "ticket_types": ["Adult", "Pupil"]},
            {"seats": [{"seat_number": "A1", "ticket_type": "%"}]},
            {"best": 1, "ticket_types": ["Adults"]},
        ):
            with self.subTest(body=body):
                detail = self.assert_refused(self.hold(**body), 400, "ticket_type_unknown")
                self.assertIn("there are Adult, Child", detail["detail"])
        self.assertFalse(Order.objects.exists())

    def test_what_is_no_number_of_seats_is_refused(self):
        for text in (
            "0", "-1", "101", "1" + "0" * 30, "1" + "0" * 4000, "1e400", "-1e400", "1.5", "true",
            "false", "null", "[]", "[1]", "{}", '""', '" "', '"two"', '"\\u0000"', '"\\ud800"',
            "[" * 700 + "]" * 700,
        ):  # fmt: skip
            self.assert_wrong(f'{{"best": {text}}}', "best")
        self.assertFalse(Order.objects.exists())

    def test_a_number_of_seats_is_written_in_plain_digits(self):
        """Python would read these as numbers too; a customer who sent "1_0" meant no ten seats."""
        for text in ('"1_0"', '"٢"', '"２"'):
            self.assert_wrong(f'{{"best": {text}}}', "best")

    def test_what_is_no_list_of_seats_is_refused(self):
        for text in (
            "null", "1", "1.5", "true", '"A1"', "{}", '{"0": "A1"}', "[]", '"\\ud800"',
            '["\\ud800"]',
        ):  # fmt: skip
            self.assert_wrong(f'{{"seat_numbers": {text}}}', "seat_numbers")
            self.assert_wrong(f'{{"seats": {text}}}', "seats")
        for text in (
            "null", "true", "1.5", "1.0", "1e400", "[]", '["A1"]', "{}", '""', '"\\u0000"',
            '"A1\\u0000"', "-1", "1" + "0" * 32, '"' + "1" * 33 + '"', '"１"',
            "[" * 700 + "]" * 700,
        ):  # fmt: skip
            self.assert_wrong(f'{{"seat_numbers": ["A1", {text}]}}', "seat_numbers.1")
            self.assert_wrong(
                f'{{"seats": [{{"seat_number": "A1"}}, {{"seat_number": {text}}}]}}',
                "seats.1.seat_number",
            )
        for text in ("null", "1", "true", "[]", "[[]]"):
            self.assert_wrong(f'{{"seats": [{text}]}}', "seats.0")
        self.assert_wrong('{"seats": [{}]}', "seats.0.seat_number")
        many = ",".join(f'"A{n}"' for n in range(1, 102))
        self.assert_wrong(f'{{"seat_numbers": [{many}]}}', "seat_numbers")
        self.assertFalse(Order.objects.exists())

    def test_what_is_no_name_is_refused(self):
        for text in (
            "null", "true", "[]", '["Standard"]', "{}", '""', '" "', '"a\\u0000"',
            '"' + "x" * 51 + '"', "[" * 700 + "]" * 700,
        ):  # fmt: skip
            self.assert_wrong(f'{{"best": 1, "category": {text}}}', "category")
            self.assert_wrong(f'{{"best": 1, "ticket_types": [{text}]}}', "ticket_types.0")
            self.assert_wrong(
                f'{{"seats": [{{"seat_number": "A1", "ticket_type": {text}}}]}}',
                "seats.0.ticket_type",
            )
        for text in ("null", "1", "true", '"Adult"', "{}", '"\\ud800"', '["\\ud800"]'):
            self.assert_wrong(f'{{"best": 1, "ticket_types": {text}}}', "ticket_types")

    def test_what_is_no_json_object_is_refused(self):
        for body in ("", "{", "[]", "null", "7", '"A1"', "NaN", '{"best": NaN}', "[" * 100_000):
            self.assert_wrong(body, None)
        self.assert_wrong('{"best": 1' + "0" * 5000 + "}", None)

    def test_nothing_is_nested_so_deep_that_it_is_an_error_of_the_server(self):
        for depth in range(860, 1010, 15):
            with self.subTest(depth=depth):
                body = f'{{"best": {"[" * depth}{"]" * depth}}}'
                response = self.post(body, content_type="application/json")
                self.assert_refused(response, 400, "invalid")


class RefusedWithoutLockTests(RememberingTests, HoldTests):
    def test_seats_that_are_taken_are_refused_without_a_transaction(self):
        make_order(user=self.bob, show=self.show, seats=["B1"])
        self.hold("B1")  # from then on the hall is known
        for count in (1, 5):
            seats = [f"A{nth}" for nth in range(1, count + 1)]
            make_order(user=self.bob, show=self.show, seats=seats[-1:])
            client = client_of(self.alice)
            # user, seats, earlier holds
            with self.subTest(count=count), self.assertNumQueries(3):
                response = client.post(f"/api/shows/{self.show.pk}/hold/", {"seat_numbers": seats})
            self.assertEqual(response.status_code, 409)
        self.assertFalse(Order.objects.filter(customer=self.alice).exists())


class QueryTests(HoldTests):
    def test_a_hold_costs_the_same_queries_however_many_seats(self):
        show = make_show(screen=self.screen, total_seats=2000, price_list=self.price_list)
        url = f"/api/shows/{show.pk}/hold/"
        for count, seats in ((1, ["1"]), (10, [str(nth) for nth in range(11, 21)])):
            sold = [str(100 * count + nth) for nth in range(count)]
            make_order(user=self.bob, show=show, seats=sold)
            client, friend = client_of(make_user(f"c{count}")), client_of(make_user(f"f{count}"))
            # user, free?; savepoint, lock, seats, earlier holds, order, bookings, savepoint
            with known(show), self.assertNumQueries(9):
                response = client.post(url, {"seat_numbers": seats})
            self.assertEqual(response.status_code, 201, response.content)
            # without the first look: which seats it will be is only known under the lock
            with known(show), self.assertNumQueries(8):
                response = friend.post(url, {"best": count})
            self.assertEqual(response.status_code, 201, response.content)

    def test_taking_over_holds_that_are_over_costs_two_more_however_many(self):
        lapsed = timezone.now() - timedelta(seconds=1)
        url = f"/api/shows/{self.show.pk}/hold/"
        self.show.plan.seats  # noqa: B018 - the plan is read once a process
        for seats in (["A1"], ["A2", "A3", "A4", "A5"]):
            for seat in seats:
                make_order(
                    user=self.bob, show=self.show, seats=[seat], status="held", expires_at=lapsed
                )
            client = client_of(self.alice)
            with known(self.show), self.assertNumQueries(11):
                response = client.post(url, {"seat_numbers": seats})
            self.assertEqual(response.status_code, 201, response.content)
