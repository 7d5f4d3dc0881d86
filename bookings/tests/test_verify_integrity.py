"""The checks of `manage.py verify_integrity`: each finds its damage, and clean data pass."""

import threading
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from unittest import mock

from django.core.management import CommandError, call_command
from django.db import connection
from django.test import TestCase, TransactionTestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bookings import integrity, services
from bookings.errors import SeatTaken
from bookings.integrity import CONSTRAINT
from bookings.models import Booking, Order
from bookings.seat_request import SeatRequest
from movies.models import Show
from outbox.models import Event
from testing.builders.accounts import make_staff, make_user
from testing.builders.bookings import block_seat, book_order, make_booking, make_order
from testing.builders.movies import make_movie, make_seating_plan, make_show
from testing.clock import end_hold, past
from testing.races import at_once

IN_2040 = datetime(2040, 1, 1, tzinfo=UTC)


def verify():
    """Run the command; return (exit code, lines of output, final sentence of a failure)."""
    out = StringIO()
    try:
        call_command("verify_integrity", stdout=out)
    except CommandError as error:
        return error.returncode, out.getvalue().splitlines(), str(error)
    return 0, out.getvalue().splitlines(), ""


def execute(sql):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(sql)


def drop_constraint():
    execute(f"DROP INDEX {CONSTRAINT}")


class DamageTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.staff = make_user("alice"), make_staff()
        cls.show = make_show(total_seats=20)
        cls.order = cls.make_order(["1", "2"])

    @classmethod
    def make_order(cls, seats, **fields):
        fields.setdefault("price", Decimal("10.10"))
        return make_order(user=cls.alice, show=fields.pop("show", cls.show), seats=seats, **fields)

    def setUp(self):
        # tests run in a transaction already
        self.enterContext(mock.patch.object(integrity, "read_snapshot", nullcontext))

    def assert_found(self, *expected):
        """Assert as many lines as arguments; each line contains all of its parts."""
        code, lines, error = verify()
        self.assertEqual(code, 1)
        self.assertEqual(len(lines), len(expected), lines)
        for line, parts in zip(lines, expected, strict=True):
            for part in parts:
                self.assertIn(str(part), line)
        self.assertIn(f"{len(expected)} findings in ", error)

    def test_an_order_whose_last_event_says_something_else_is_found(self):
        order = book_order(user=self.alice, show=self.show, seats=["11"])
        self.assertEqual(verify()[0], 0)
        Event.objects.update(body={"status": "held"})
        self.assert_found([f"Show {self.show.pk}: order {order.code}", "is booked", "says held"])

    def without_check(self, name):
        if connection.vendor == "postgresql":
            execute(f"ALTER TABLE bookings_booking DROP CONSTRAINT {name}")
        else:
            execute("PRAGMA ignore_check_constraints = ON")
            self.addCleanup(execute, "PRAGMA ignore_check_constraints = OFF")

    def test_clean_rows_of_every_kind_pass(self):
        for status, seats in [
            (Order.Status.HELD, ["3", "4"]),
            (Order.Status.EXPIRED, ["5", "6"]),
            (Order.Status.CANCELLED, ["7", "8"]),
            (Order.Status.BOOKED, ["5", "7"]),
        ]:
            self.make_order(seats, status=status)
        block_seat(show=self.show, seat_number="20", by=self.staff)
        # added up as floats, three times 0.10 is more than 0.30
        three = self.make_order(["9", "10", "11"], price=Decimal("0.10"))
        services.cancel_order(order=three, by=self.alice, seat_numbers=["9"])
        services.move_order(
            order=self.order,
            show=make_show(movie=self.show.movie),
            request=SeatRequest(("1", "2")),
            by=self.alice,
        )

        code, [line], error = verify()

        self.assertEqual((code, error), (0, ""))
        self.assertIn("6 orders, 16 bookings, ", line)

    def test_lapsed_holds_before_tidy_pass(self):
        ended = past(hours=1)
        self.make_order(["3"], status=Order.Status.HELD, expires_at=ended)
        Show.objects.filter(pk=self.show.pk).update(cancelled_at=None)
        cancelled = make_show(cancelled_at=timezone.now())
        self.make_order(["3"], show=cancelled, status=Order.Status.HELD, expires_at=ended)
        self.assertEqual(verify()[0], 0)

    def test_seat_taken_twice_is_found(self):
        drop_constraint()
        first = self.order.bookings.get(seat_number="1")
        second = self.make_order(["1"]).bookings.get()
        start = f"Show {self.show.pk}: seat 1 is taken"
        named = f"booking {first.pk} of order {self.order.code}, booked; booking {second.pk} of"
        self.assert_found([CONSTRAINT], [f"{start} 2 times, by {named} order {second.order.code}"])
        held = self.make_order(["1"], status=Order.Status.HELD).bookings.get()
        self.make_order(["1"], status=Order.Status.CANCELLED)
        self.assert_found(
            [CONSTRAINT],
            [f"{start} 3 times, by {named}", f"booking {held.pk} of order {held.order.code}, held"],
        )

    def test_blocked_seat_that_is_held_is_found(self):
        drop_constraint()
        blocked = block_seat(show=self.show, seat_number="3", by=self.staff)
        self.make_order(["3"], status=Order.Status.HELD)
        self.assert_found([CONSTRAINT], ["seat 3", f"by booking {blocked.pk}, blocked; booking "])

    def test_missing_constraint_is_found(self):
        drop_constraint()
        self.assert_found([f"no valid unique constraint {CONSTRAINT}"])

    def test_constraint_with_another_definition_is_found(self):
        active = "status IN ('held', 'booked', 'blocked')"
        for definition in [
            f"INDEX {CONSTRAINT} ON bookings_booking (show_id, seat_number) WHERE {active}",
            f"UNIQUE INDEX {CONSTRAINT} ON bookings_booking (show_id, id) WHERE {active}",
            f"UNIQUE INDEX {CONSTRAINT} ON bookings_booking (show_id, seat_number) "
            "WHERE status IN ('booked', 'blocked')",
        ]:
            drop_constraint()
            execute(f"CREATE {definition}")
            with self.subTest(definition=definition):
                self.assert_found([CONSTRAINT])

    def test_invalid_constraint_is_found(self):
        if connection.vendor != "postgresql":
            self.skipTest("SQLite has no such state.")
        index = f"'{CONSTRAINT}'::regclass"
        execute(f"UPDATE pg_index SET indisvalid = false WHERE indexrelid = {index}")  # noqa: S608
        self.assert_found([CONSTRAINT])

    def test_wrong_total_is_found(self):
        for total in (Decimal("20.19"), Decimal("20.21"), Decimal(0)):
            Order.objects.filter(pk=self.order.pk).update(total=total)
            with self.subTest(total=total):
                self.assert_found(
                    [f"Show {self.show.pk}", self.order.code, self.order.pk, total, "20.20"]
                )

    def test_total_of_a_cancelled_order_is_found(self):
        order = self.make_order(["3"], status=Order.Status.CANCELLED)
        Order.objects.filter(pk=order.pk).update(total=Decimal("10.10"))
        self.assert_found([order.code, "total 10.10", "cost 0.00"])

    def test_total_that_counts_a_cancelled_booking_is_found(self):
        services.cancel_order(order=self.order, by=self.alice, seat_numbers=["2"])
        Order.objects.filter(pk=self.order.pk).update(total=Decimal("20.20"))
        self.assert_found([self.order.code, "total 20.20", "cost 10.10"])

    def test_order_without_bookings_is_found(self):
        order = self.make_order([])
        self.assert_found([order.code, order.pk, "is booked, but of its bookings are none"])

    def test_orders_of_mixed_statuses_are_found(self):
        in_five_minutes = timezone.now() + timedelta(minutes=5)
        held = {"expires_at": in_five_minutes, "extendable_until": in_five_minutes}
        for of_order, of_booking, values in [
            ("booked", "held", {"expires_at": in_five_minutes}),
            ("booked", "expired", {}),
            ("held", "booked", {"expires_at": None, "booked_at": timezone.now()}),
            ("held", "expired", {}),
            ("expired", "held", {}),
            ("expired", "booked", {"expires_at": None, "booked_at": timezone.now()}),
            ("cancelled", "booked", None),
        ]:
            with self.subTest(order=of_order, booking=of_booking):
                order = self.make_order(
                    ["3", "4"],
                    status=of_order,
                    **(held if of_order in ("held", "expired") else {}),
                )
                rows = Booking.objects.filter(order=order, seat_number="3")
                if values is None:
                    rows.update(status="booked", cancelled_at=None, refund=None)
                else:
                    rows.update(status=of_booking, **values)
                code, lines, _ = verify()
                expected = f"is {of_order}, but of its bookings are 1 "
                [line] = [line for line in lines if expected in line]
                self.assertEqual(code, 1)
                self.assertIn(f"1 {of_booking}", line)
                self.assertIn(f"Show {self.show.pk}: order {order.code} (id {order.pk})", line)
                order.bookings.all().delete()
                order.delete()

    def test_active_order_with_only_cancelled_bookings_is_found(self):
        for status in ("held", "booked", "expired"):
            with self.subTest(status=status):
                order = self.make_order(["3"], status=status, price=0)
                order.bookings.update(status="cancelled", cancelled_at=timezone.now(), refund=0)
                self.assert_found([order.code, f"is {status}", "1 cancelled"])
                order.bookings.all().delete()
                order.delete()

    def test_bookings_unlike_their_order_are_found(self):
        booking, other = self.order.bookings.get(seat_number="2"), make_show()
        rows = Booking.objects.filter(pk=booking.pk)
        named = [f"seat 2, booking {booking.pk} of order {self.order.code} (id {self.order.pk})"]
        rows.update(show=other)
        self.assert_found([*named, f"Show {other.pk}", f"show {other.pk}, not {self.show.pk}"])
        rows.update(show=self.show, currency="EUR")
        self.assert_found([*named, "currency EUR, not GBP"])

    def test_bookings_with_another_end_than_their_order_are_found(self):
        order = self.make_order(["3", "4"], status=Order.Status.HELD)
        rows = Booking.objects.filter(order=order, seat_number="4")
        for minutes in (-1, 1):
            rows.update(expires_at=order.expires_at + timedelta(minutes=minutes))
            with self.subTest(minutes=minutes):
                self.assert_found([order.code, "seat 4", "expires_at "])
        self.without_check("only_holds_expire")
        Booking.objects.filter(order=order).update(expires_at=order.expires_at)
        Booking.objects.filter(order=self.order, seat_number="2").update(expires_at=IN_2040)
        self.assert_found([self.order.code, "seat 2", "expires_at 2040", "not None"])

    def test_booking_without_the_end_of_its_order_is_found(self):
        order = self.make_order(["3"], status=Order.Status.HELD)
        self.without_check("held_booking_expires")
        order.bookings.update(expires_at=None)
        self.assert_found([order.code, "seat 3", "expires_at None"])

    def test_seats_outside_the_plan_are_found(self):
        planned = make_show(seating_plan=make_seating_plan("A  ssss\n", name="Small"))
        self.make_order(["A4"], show=planned)
        for show, seat, plan in [
            (self.show, "21", "seats 1 to 20"),
            (self.show, "0", "seats 1 to 20"),
            (self.show, "01", "seats 1 to 20"),
            (self.show, "A1", "seats 1 to 20"),
            (planned, "A5", f"seating plan {planned.seating_plan_id} (Small)"),
            (planned, "1", f"seating plan {planned.seating_plan_id} (Small)"),
        ]:
            for status in (Order.Status.BOOKED, Order.Status.HELD):
                with self.subTest(seat=seat, status=status):
                    order = self.make_order([seat], show=show, status=status)
                    booking = order.bookings.get()
                    self.assert_found(
                        [
                            f"Show {show.pk}: seat {seat} is not in its {plan}",
                            f"booking {booking.pk} of order {order.code}, {status}",
                        ]
                    )
                    booking.delete()
                    order.delete()
        block_seat(show=planned, seat_number="B1", by=self.staff)
        self.assert_found(["seat B1", "blocked"])

    def test_cancelled_and_expired_seats_outside_the_plan_pass(self):
        for status in (Order.Status.CANCELLED, Order.Status.EXPIRED):
            self.make_order(["21"], status=status)
        self.assertEqual(verify()[0], 0)

    def test_lapsed_hold_outside_the_plan_passes(self):
        """Its show may have been given a smaller hall since."""
        end_hold(self.make_order(["21"], status=Order.Status.HELD))
        self.assertEqual(verify()[0], 0)

    def test_seat_outside_the_plan_of_several_shows_is_one_finding(self):
        self.make_order(["21"])
        for _ in range(2):
            self.make_order(["21"], show=make_show(total_seats=20))
        self.assert_found([f"Show {self.show.pk}: seat 21", "2 times more"])

    def test_cancelled_show_with_active_orders_is_found(self):
        held = self.make_order(["3"], status=Order.Status.HELD)
        Show.objects.filter(pk=self.show.pk).update(cancelled_at=timezone.now())
        cancelled = f"Show {self.show.pk} is cancelled"
        self.assert_found(
            [cancelled, self.order.code, "is booked", "tidy"],
            [cancelled, held.code, f"id {held.pk}", "is held", "cancel the show again"],
        )

    def test_wrong_refunds_are_found(self):
        self.without_check("refund_at_most_price")
        self.without_check("cancelled_booking_says_refund")
        booking = make_booking(
            user=self.alice, show=self.show, seat_number="3", status="cancelled", price=10
        )
        for refund in (None, Decimal("10.01"), Decimal("-0.01")):
            Booking.objects.filter(pk=booking.pk).update(refund=refund)
            with self.subTest(refund=refund):
                self.assert_found(
                    [f"seat 3, booking {booking.pk}", booking.order.code, f"refund {refund}"]
                )

    def test_hundred_findings_of_each_kind_are_listed(self):
        show = make_show(total_seats=200)
        for seat in range(103):
            self.make_order([str(seat + 1)], show=show)
        Order.objects.filter(show=show).update(total=1)
        code, lines, error = verify()
        self.assertEqual((code, len(lines)), (1, 101))
        self.assertEqual(lines[-1], "And 3 more orders with a wrong total.")
        self.assertIn("103 findings in 104 orders, 105 bookings, ", error)

    def test_checks_cost_the_same_queries_however_many_seats_are_booked(self):
        counts = []
        for seats in (1, 19):
            self.make_order([str(n + 1) for n in range(seats)], show=make_show(total_seats=20))
            with CaptureQueriesContext(connection) as queries:
                self.assertEqual(verify()[0], 0)
            counts.append(len(queries))
        self.assertEqual(counts[0], counts[1])


@override_settings(DEBUG=True)
class DemoTests(TransactionTestCase):
    def test_demo_data_pass(self):
        call_command("load_demo", stdout=StringIO())
        code, [line], _ = verify()
        self.assertEqual(code, 0)
        self.assertRegex(
            line,
            rf"^All is well: {Order.objects.count()} orders, {Booking.objects.count()} bookings, "
            r"\d+\.\d seconds\.$",
        )


class SalesGoOnTests(TransactionTestCase):
    def test_all_checks_read_one_snapshot(self):
        user, show = make_user(), make_show()
        make_booking(user=user, show=show)

        def sell():
            services.book_seats(customer=user, show_id=show.pk, request=SeatRequest(("2",)))

        def rows():
            at_once([sell])
            return []

        between = integrity.Check("", rows, str)
        with mock.patch.object(integrity, "CHECKS", [*integrity.CHECKS, between]):
            report = integrity.verify()

        self.assertEqual((report.orders, report.bookings), (1, 1))
        self.assertEqual(Booking.objects.count(), 2)

    @override_settings(HOLD_MAX_SECONDS=100_000)
    def test_sales_cause_no_false_findings(self):
        movie = make_movie()
        shows = [make_show(movie=movie, total_seats=12, price=10) for _ in range(2)]
        users = [make_user(f"customer{number}") for number in range(3)]
        sales_ended, reports = threading.Event(), []

        def buy(user, number):
            """Hold, extend, confirm, move and cancel seats that other customers want too."""
            for turn in range(12):
                first = (number + turn) % 8 + 1
                seats, others = SeatRequest((str(first), str(first + 1))), SeatRequest(("11", "12"))
                show, other = shows[turn % 2], shows[1 - turn % 2]
                try:
                    order = services.hold_seats(customer=user, show_id=show.pk, request=seats).order
                    order = services.extend_hold(order=order).order
                    if turn % 3:
                        order = services.confirm_order(order=order).order
                except SeatTaken:
                    continue
                try:
                    order = services.move_order(
                        order=order, show=other, request=others, by=user
                    ).order
                except SeatTaken:
                    services.cancel_order(order=order, by=user, seat_numbers=[str(first)])
                services.cancel_order(order=order, by=user)

        def sell():
            try:
                at_once([lambda n=n, user=user: buy(user, n) for n, user in enumerate(users)])
            finally:
                sales_ended.set()

        def watch():
            while not sales_ended.is_set():
                reports.append(integrity.verify())

        at_once([sell, watch])

        self.assertEqual([report.lines for report in reports if report.findings], [])
        self.assertGreater(len({report.bookings for report in reports}), 2)
        self.assertGreater(Booking.objects.filter(cancel_reason__startswith="Moved").count(), 2)
