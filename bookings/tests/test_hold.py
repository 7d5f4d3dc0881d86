"""Holding seats: which ones, at which price, until when, and why not."""

from datetime import timedelta
from decimal import Decimal

from django.test import override_settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from bookings.models import Booking, Order
from bookings.tests.cases import HoldTestCase
from core.db.transactions import waits_at_begin
from movies.models import SeatCategory
from testing.builders.accounts import make_staff, make_user
from testing.builders.bookings import block_seat, make_order
from testing.builders.movies import make_cinema, make_screen, make_seating_plan, make_show
from testing.cache import CacheEnabled
from testing.clock import past
from testing.warm import warm_caches


class OrderTests(HoldTestCase):
    def test_held_seats_are_answered_as_an_order_and_stored(self):
        since = timezone.now()
        body = self.assert_held(
            self.hold(
                seats=[
                    {"seat_number": "A1", "ticket_type": "Child"},
                    {"seat_number": " b02 "},
                ]
            )
        )
        until = timezone.now()

        order = Order.objects.get()
        bookings = {booking.seat_number: booking for booking in order.bookings.all()}
        expected_bookings = [
            {
                "id": bookings[number].number,
                "show": self.show.pk,
                "seat_number": number,
                "zone": "Hall",
                "row": number[0],
                "seat": number[1],
                "category": category,
                "ticket_type": ticket_type,
                "status": "held",
                "price": price,
                "refund": None,
                "cancelled_at": None,
                "cancel_reason": "",
            }
            for number, category, ticket_type, price in [
                ("A1", "Standard", "Child", "7.50"),
                ("B2", "Premium", "Adult", "14.25"),
            ]
        ]
        times = ("starts_at", "created_at", "expires_at", "extendable_until")
        self.assertEqual(
            {name: body[name] for name in body if name not in [*times, "expires_in"]},
            {
                "code": order.code,
                "status": "held",
                "show": self.show.pk,
                "movie": self.show.movie_id,
                "movie_title": "Alien",
                "poster_url": "",
                "cinema_name": "Lumière",
                "screen_name": "Screen 2",
                "time_zone": "Europe/London",
                "total": "21.75",
                "currency": "EUR",
                "paid": "0.00",
                "due": "21.75",
                "refundable": "0.00",
                "payment_reference": "",
                "bookings": expected_bookings,
                "former_bookings": [],
                "choice": None,
                "warnings": [],
            },
        )
        self.assertEqual(
            (order.customer, order.show, order.status, order.total, order.currency),
            (self.alice, self.show, "held", Decimal("21.75"), "EUR"),
        )
        self.assertTrue(since <= order.created_at <= until)
        self.assertEqual(order.expires_at, order.created_at + timedelta(seconds=600))
        self.assertEqual(order.extendable_until, order.created_at + timedelta(seconds=1200))
        self.assertIn(body["expires_in"], (598, 599))
        for name in times[1:]:
            self.assertEqual(parse_datetime(body[name]), getattr(order, name))
        for booking in bookings.values():
            self.assertEqual(
                (
                    booking.show,
                    booking.status,
                    booking.expires_at,
                    booking.booked_at,
                    booking.currency,
                ),
                (self.show, "held", order.expires_at, None, "EUR"),
            )

    def test_times_have_the_offset_of_the_cinema(self):
        show = make_show(screen=make_screen(cinema=make_cinema(time_zone="Asia/Tokyo")))
        body = self.assert_held(self.hold("1", show=show))
        for name in ("starts_at", "created_at", "expires_at", "extendable_until"):
            self.assertTrue(body[name].endswith("+09:00"), body[name])

    def test_ticket_types_belong_to_the_seats_in_their_order(self):
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
                bookings = self.assert_held(self.hold(**body))["bookings"]
                self.assertEqual(
                    [(b["seat_number"], b["ticket_type"], b["price"]) for b in bookings], sold
                )

    def test_held_seats_are_booked_at_the_price_of_the_hold(self):
        order = self.assert_held(self.hold("A1", "B1", ticket_types=["Child", "Adult"]))
        self.price_list.prices.update(amount=Decimal("99"))

        booked = self.act("confirm", order["code"]).json()

        shown = self.client_of(self.alice).get(f"/api/orders/{order['code']}/").json()
        for body in (booked, shown):
            self.assertEqual((body["status"], body["total"]), ("booked", "21.75"))
            self.assertEqual([booking["price"] for booking in body["bookings"]], ["7.50", "14.25"])

    def test_free_show_costs_nothing_and_has_no_ticket_types(self):
        show = make_show(screen=self.screen, total_seats=20)
        for body in (
            {"best": 1, "ticket_types": ["Adult"]},
            {"seats": [{"seat_number": "1", "ticket_type": "Adult"}]},
        ):
            self.assert_problem(self.hold(show=show, **body), 400, "ticket_type_unknown")

        body = self.assert_held(self.hold("1", "2", show=show))

        self.assertEqual((body["total"], body["currency"]), ("0.00", "EUR"))
        self.assertEqual(
            [(booking["price"], booking["ticket_type"]) for booking in body["bookings"]],
            [("0.00", None)] * 2,
        )

    def test_hold_ends_with_the_sales_at_the_latest(self):
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

    def test_unknown_fields_are_refused(self):
        unknown = {"status": "booked", "total": "0", "expires_at": "2099-01-01T00:00:00Z"}
        response = self.hold("A1", **unknown)
        self.assert_problem(response, 400, "invalid", fields=set(unknown))
        self.assertFalse(Booking.objects.exists())


class BestSeatTests(HoldTestCase):
    def numbers(self, response):
        return [booking["seat_number"] for booking in self.assert_held(response)["bookings"]]

    def test_best_seats_are_side_by_side(self):
        response = self.hold(best=3, category="Standard")

        seats = self.numbers(response)
        self.assertEqual(
            response.json()["choice"], {"outcome": "side_by_side", "groups": [list(seats)]}
        )
        self.assertEqual([seat[0] for seat in seats], ["A"] * 3)

    def test_each_customer_gets_other_seats_until_too_few_are_left(self):
        seats = []
        for nth in range(7):
            seats += self.numbers(self.hold(best=2, user=make_user(f"customer{nth}")))
        self.assertEqual(len(set(seats)), 14)

        self.assert_problem(self.hold(best=1), 409, "show_full")

    def test_party_is_split_where_no_row_has_room(self):
        make_order(user=self.bob, show=self.show, seats=["A3", "A6"])
        response = self.hold(best=4, category="Standard")
        self.numbers(response)
        self.assertEqual(response.json()["choice"]["outcome"], "split")
        self.assertEqual(len(response.json()["choice"]["groups"]), 2)

    def test_category_with_too_few_seats_is_full(self):
        response = self.hold(best=7, category="Premium")
        self.assert_problem(response, 409, "show_full", detail="Premium", left=6, asked=7)
        self.assertFalse(Order.objects.exists())

    def test_unknown_category_is_refused_with_the_known_ones(self):
        response = self.hold(best=1, category="Sofa")
        known = ["Standard", "Premium"]
        words = ", ".join(known)
        self.assert_problem(response, 400, "category_unknown", detail=words, categories=known)

    def test_wheelchair_places_are_chosen_only_by_category(self):
        SeatCategory.objects.create(name="Wheelchair", color="#0000aa", is_accessible=True)
        show = make_show(
            screen=self.screen, seating_plan=make_seating_plan("w = Wheelchair\nA  ww_s\n")
        )
        self.assert_problem(self.hold(best=2, show=show), 409, "show_full")
        self.assertEqual(self.numbers(self.hold(best=1, show=show)), ["A3"])
        self.assertEqual(
            self.numbers(self.hold(best=2, category="wheelchair", show=show)), ["A1", "A2"]
        )


class TakenTests(HoldTestCase):
    def test_taken_seats_are_all_named_and_none_is_held(self):
        make_order(user=self.bob, show=self.show, seats=["A2"], status="held")
        make_order(user=self.bob, show=self.show, seats=["B1"])
        block_seat(show=self.show, seat_number="A4", by=make_staff())
        make_order(user=self.alice, show=self.show, seats=["A5"], status="held")

        response = self.hold("A1", "A2", "A3", "A4", "A5", "B1", "B2")

        self.assert_seats_refused(response, 409, "seat_taken", "A2", "A4", "A5", "B1")
        self.assertEqual(Order.objects.count(), 3)
        self.assertFalse(Booking.objects.filter(seat_number__in=["A1", "A3", "B2"]).exists())

    def test_cancelled_and_expired_seats_are_free(self):
        make_order(user=self.bob, show=self.show, seats=["A1"], status="cancelled")
        make_order(user=self.bob, show=self.show, seats=["A2"], status="expired")
        self.assert_held(self.hold("A1", "A2"))

    def test_unknown_seats_are_all_named(self):
        response = self.hold("A1", "A9", "B6", "C1", "7")
        self.assert_seats_refused(response, 400, "seat_unknown", "A9", "C1", "7")
        self.assertFalse(Order.objects.exists())

    def test_couple_seats_are_held_only_in_pairs(self):
        SeatCategory.objects.create(name="Couple", color="#aa0000", is_sold_in_pairs=True)
        show = make_show(
            screen=self.screen, seating_plan=make_seating_plan("c = Couple\nA  cccc_ss\n")
        )
        response = self.hold("A1", "A3", "A4", "A5", show=show)
        self.assert_seats_refused(response, 400, "half_a_pair", "A1")
        self.assertFalse(Order.objects.exists())

        self.assert_held(self.hold("A1", "A2", "A5", show=show))


class LimitTests(HoldTestCase):
    @override_settings(MAX_SEATS_PER_ORDER=3)
    def test_number_of_seats_per_order_is_limited(self):
        for body in (
            {"seat_numbers": ["A1", "A2", "A3", "A4"]},
            {"seats": [{"seat_number": n} for n in range(1, 5)]},
            {"best": 4},
        ):
            with self.subTest(body=body):
                numbers = {"limit": 3, "owned": 0, "asked": 4}
                self.assert_problem(self.hold(**body), 400, "seat_limit", detail="3", **numbers)
        self.assertFalse(Order.objects.exists())
        self.assert_held(self.hold(best=3))

    @override_settings(MAX_SEATS_PER_SHOW=4)
    def test_number_of_seats_per_customer_and_show_is_limited_over_all_orders(self):
        self.assert_held(self.hold("A1"))
        make_order(user=self.alice, show=self.show, seats=["A2"])
        make_order(user=self.alice, show=make_show(), seats=["3"])
        make_order(user=self.bob, show=self.show, seats=["A3"])
        for body in ({"best": 3}, {"seat_numbers": ["B1", "B2", "B3"]}):
            with self.subTest(body=body):
                words, numbers = "you already have 2", {"limit": 4, "owned": 2, "asked": 3}
                self.assert_problem(self.hold(**body), 400, "seat_limit", detail=words, **numbers)
        self.assert_held(self.hold("B1", "B2"))
        self.assert_problem(self.ask("book", seat_number="B3"), 400, "seat_limit")

    @override_settings(MAX_SEATS_PER_SHOW=2)
    def test_cancelled_and_expired_seats_do_not_count(self):
        lapsed = past()
        for seat, fields in [
            ("A1", {"status": "cancelled"}),
            ("A2", {"status": "expired"}),
            ("A3", {"status": "held", "expires_at": lapsed}),
        ]:
            make_order(user=self.alice, show=self.show, seats=[seat], **fields)
        for policy in ("off", "warn"):  # the occupancy is read in two ways
            type(self.screen).objects.update(single_seats=policy)
            with self.subTest(policy=policy):
                order = self.assert_held(self.hold(best=2))
                self.assert_problem(self.hold(best=1), 400, "seat_limit")
                self.act("cancel", order["code"])
        self.assert_held(self.hold("B1", "B2"))


class SaleTests(HoldTestCase):
    def test_seats_are_held_only_while_the_show_is_on_sale(self):
        now, hour = timezone.now(), timedelta(hours=1)
        for fields, status, code in [
            ({"starts_at": now - timedelta(seconds=1)}, 400, "show_started"),
            ({"sales_open_at": now + hour}, 400, "sales_closed"),
            ({"sales_close_at": now - hour}, 400, "sales_closed"),
            ({"cancelled_at": now}, 409, "show_cancelled"),
        ]:
            for body in ({"seat_numbers": ["1"]}, {"best": 1}):
                with self.subTest(code=code, body=body):
                    self.assert_problem(self.hold(show=make_show(**fields), **body), status, code)
        self.assertFalse(Order.objects.exists())

    def test_closed_sale_says_when_it_opens_and_closes_on_the_clocks_of_the_cinema(self):
        screen = make_screen(cinema=make_cinema(time_zone="Asia/Tokyo"))
        opens, closes = (timezone.now() + timedelta(hours=hours) for hours in (1, 2))
        show = make_show(screen=screen, sales_open_at=opens, sales_close_at=closes)

        body = self.assert_problem(self.hold("1", show=show), 400, "sales_closed")

        for name, moment in (("sales_open_at", opens), ("sales_close_at", closes)):
            self.assertTrue(body[name].endswith("+09:00"), body)
            self.assertEqual(parse_datetime(body[name]), moment)
            shown = self.client.get(f"/api/shows/{show.pk}/").json()
            self.assertEqual(body[name], shown[name])
        show = make_show(sales_close_at=past())
        self.assert_problem(self.hold("1", show=show), 400, "sales_closed", sales_open_at=None)

    def test_unknown_show_is_not_found(self):
        for pk in (self.show.pk + 1000, 10**20):
            self.assert_problem(self.hold("1", show=pk), 404, "not_found")

    def test_holding_needs_a_login(self):
        response = self.client.post(f"/api/shows/{self.show.pk}/hold/", {"best": 1})
        self.assert_problem(response, 401, "not_authenticated")
        self.assertFalse(Order.objects.exists())


class RefusedWithoutLockTests(CacheEnabled, HoldTestCase):
    def test_taken_seats_are_refused_without_a_transaction(self):
        make_order(user=self.bob, show=self.show, seats=["B1"])
        self.hold("B1")  # from then on the hall is cached
        for count in (1, 5):
            seats = [f"A{nth}" for nth in range(1, count + 1)]
            make_order(user=self.bob, show=self.show, seats=seats[-1:])
            client = self.client_of(self.alice)
            client.get(f"/api/shows/{self.show.pk}/availability/")
            # user, seats, earlier holds
            with self.subTest(count=count), self.assertNumQueries(3):
                response = client.post(f"/api/shows/{self.show.pk}/hold/", {"seat_numbers": seats})
            self.assertEqual(response.status_code, 409)
        self.assertFalse(Order.objects.filter(customer=self.alice).exists())


class QueryTests(HoldTestCase):
    def test_hold_costs_the_same_queries_however_many_seats_there_are(self):
        show = make_show(screen=self.screen, total_seats=2000, price_list=self.price_list)
        url = f"/api/shows/{show.pk}/hold/"
        for count, seats in ((1, ["1"]), (10, [str(nth) for nth in range(11, 21)])):
            sold = [str(100 * count + nth) for nth in range(count)]
            make_order(user=self.bob, show=show, seats=sold)
            client, friend = (
                self.client_of(make_user(f"c{count}")),
                self.client_of(make_user(f"f{count}")),
            )
            # user; savepoint, lock, prices, seats, holds, earlier holds, keys, order, bookings,
            # event, savepoint; and a look before the lock on SQLite, the customer's lock on
            # PostgreSQL
            with warm_caches(show), self.assertNumQueries(13):
                response = client.post(url, {"seat_numbers": seats})
            self.assertEqual(response.status_code, 201, response.content)
            with warm_caches(show), self.assertNumQueries(13 - waits_at_begin()):
                response = friend.post(url, {"best": count})
            self.assertEqual(response.status_code, 201, response.content)

    def test_taking_seats_of_lapsed_holds_costs_four_more_queries(self):
        lapsed = past()
        url = f"/api/shows/{self.show.pk}/hold/"
        self.show.plan.seats  # noqa: B018 - the plan is read once a process
        for seats in (["A1"], ["A2", "A3", "A4", "A5"]):
            for seat in seats:
                make_order(
                    user=self.bob, show=self.show, seats=[seat], status="held", expires_at=lapsed
                )
            client = self.client_of(self.alice)
            with warm_caches(self.show), self.assertNumQueries(17):
                response = client.post(url, {"seat_numbers": seats})
            self.assertEqual(response.status_code, 201, response.content)
