import threading
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from itertools import chain
from unittest import mock

from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.test import TestCase, TransactionTestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from bookings import housekeeping as tidying
from bookings import integrity, services
from bookings.models import Booking, Order
from bookings.services import cancelling_shows as cancelling
from bookings.services import confirming
from core.db import transactions
from movies.models import Show
from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.bookings import make_order
from testing.builders.movies import make_show
from testing.races import at_once

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def tidy():
    out = StringIO()
    call_command("tidy", stdout=out)
    return out.getvalue().splitlines()


def make_hold(*, expires_at=None, **fields):
    """A hold that is over, unless told otherwise, and whose rows still say held."""
    return make_order(
        status=Order.Status.HELD, expires_at=expires_at or timezone.now() - HOUR, **fields
    )


def statuses(orders):
    """Of the orders and of their bookings, each once."""
    return (
        set(orders.values_list("status", flat=True)),
        set(Booking.objects.filter(order__in=orders).values_list("status", flat=True)),
    )


class TidyTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.staff, cls.show = make_user("alice"), make_staff(), make_show()

    def test_holds_that_are_over_get_their_final_status(self):
        for show in (self.show, make_show()):
            for seat in range(3):
                make_hold(user=self.alice, show=show, seats=[f"{seat}", f"1{seat}"])
        times = list(Booking.objects.order_by("pk").values_list("expires_at", "created_at"))

        self.assertIn("6 lapsed holds expired", tidy())

        self.assertEqual(statuses(Order.objects.all()), ({"expired"}, {"expired"}))
        after = Booking.objects.order_by("pk").values_list("expires_at", "created_at")
        self.assertEqual(list(after), times)
        self.assertIn("0 lapsed holds expired", tidy())

    def test_all_else_stays(self):
        others = [
            make_order(user=self.alice, show=self.show, seats=[str(seat)], status=status)
            for seat, status in enumerate(Order.Status, 1)
        ]
        self.assertIn("0 lapsed holds expired", tidy())
        for order in others:
            after = Order.objects.filter(pk=order.pk)
            self.assertEqual(statuses(after), ({order.status}, {order.status}))

    def test_a_cancelled_booking_of_a_hold_stays_cancelled(self):
        soon = timezone.now() + HOUR
        hold = make_hold(user=self.alice, show=self.show, seats=["1", "2"], expires_at=soon)
        services.cancel_order(order=hold, by=self.alice, seat_numbers=["1"])
        Booking.objects.filter(status="held").update(expires_at=timezone.now())
        Order.objects.update(expires_at=timezone.now())

        self.assertIn("1 lapsed holds expired", tidy())

        found = Booking.objects.order_by("seat_number").values_list("status", flat=True)
        self.assertEqual(list(found), ["cancelled", "expired"])

    def test_a_show_takes_the_same_queries_for_every_batch(self):
        for holds in (1, 20):
            for seat in range(holds):
                make_hold(user=self.alice, show=self.show, seats=[str(seat)])
            # shows; savepoint, lock, orders, two updates, savepoint; and once nothing (5)
            with self.subTest(holds=holds), CaptureQueriesContext(connection) as queries:
                self.assertEqual(tidying.end_lapsed_holds(), holds)
            self.assertLessEqual(len(queries), 13)

    def test_more_holds_than_a_batch_are_ended(self):
        for seat in range(5):
            make_hold(user=self.alice, show=self.show, seats=[str(seat)])
        with mock.patch.object(tidying, "ORDERS_IN_A_BATCH", 2):
            self.assertEqual(tidying.end_lapsed_holds(), 5)
        self.assertEqual(statuses(Order.objects.all()), ({"expired"}, {"expired"}))

    def test_the_cancelling_of_a_show_is_finished(self):
        booked = make_order(user=self.alice, show=self.show, seats=["1", "2"], price=Decimal(12))
        soon = timezone.now() + HOUR
        held = make_hold(user=self.alice, show=self.show, seats=["3"], price=9, expires_at=soon)
        over = make_hold(user=self.alice, show=self.show, seats=["4"], price=9)
        elsewhere = make_order(user=self.alice, show=make_show(), seats=["1"])
        with mock.patch.object(cancelling, "cancel_orders_of"):  # the process is killed here
            services.cancel_show(show=self.show, by=self.staff, reason="Flood")

        lines = tidy()

        self.assertIn("1 lapsed holds expired", lines)
        self.assertIn("1 cancelled shows finished", lines)
        found = {
            order.code: (
                order.status,
                order.total,
                [booking.refund for booking in order.bookings.all()],
            )
            for order in Order.objects.with_bookings()
        }
        self.assertEqual(
            found,
            {
                booked.code: ("cancelled", 0, [12, 12]),
                held.code: ("cancelled", 0, [0]),
                over.code: ("expired", 9, [None]),
                elsewhere.code: ("booked", 0, [None]),
            },
        )
        line = booked.bookings.first()
        self.assertEqual(line.cancelled_by, self.staff)
        self.assertEqual(line.cancel_reason, "The show was cancelled: Flood")
        self.assertIn("0 cancelled shows finished", tidy())


class RaceTests(TransactionTestCase):
    def setUp(self):
        self.users = [make_user(f"racer{number}") for number in range(6)]
        self.show = make_show(price=Decimal(10))

    def test_customers_take_the_seats_while_they_are_tidied(self):
        owner = make_user("owner")
        for seat in range(1, 9, 2):
            seats = [str(seat), str(seat + 1)]
            make_hold(user=owner, show=self.show, seats=seats, price=10)
        over = Order.objects.filter(customer=owner)

        def take(user):
            """All customers try to book seat 1; each other seat has one."""
            client, url = client_of(user), f"/api/shows/{self.show.pk}/book/"
            own = str(self.users.index(user) + 2)
            return [client.post(url, {"seat_number": seat}).status_code for seat in ("1", own)]

        with mock.patch.object(tidying, "ORDERS_IN_A_BATCH", 1):
            ended, *answers, also_ended = at_once(
                [tidying.end_lapsed_holds]
                + [lambda user=user: take(user) for user in self.users]
                + [tidying.end_lapsed_holds]
            )

        self.assertEqual(sorted(first for first, _ in answers), [201] + [409] * 5)
        self.assertEqual({own for _, own in answers}, {201})
        self.assertLessEqual(ended + also_ended, 4)  # customers expired the others
        self.assertEqual(statuses(over), ({"expired"}, {"expired"}))
        self.assertEqual(integrity.verify().lines, [])

    def in_the_last_moment(self, act, *, order):
        """Run `act`: it finds the hold active, and writes after tidying has found it lapsed."""
        found_over, end_some_holds = threading.Event(), tidying.end_next_batch
        lapses = threading.Event()

        def wait_for_the_lock(**kwargs):
            found_over.set()
            return end_some_holds(**kwargs)

        def check_held(order):
            check(order)
            lapses.set()
            self.assertTrue(found_over.wait(timeout=15))

        def tidy_then():
            self.assertTrue(lapses.wait(timeout=15))
            left = (order.expires_at - timezone.now()).total_seconds()
            threading.Event().wait(max(0, left) + 0.01)
            return tidying.end_lapsed_holds()

        check = confirming.ensure_can_confirm
        with (
            mock.patch.object(confirming, "ensure_can_confirm", check_held),
            mock.patch.object(confirming, "ensure_can_extend", check_held),
            mock.patch.object(tidying, "end_next_batch", wait_for_the_lock),
        ):
            _, ended = at_once([act, tidy_then])
        self.assertEqual(ended, 0)

    def test_a_hold_confirmed_in_the_last_moment_stays_booked(self):
        order = make_hold(
            user=self.users[0], show=self.show, price=10, expires_at=timezone.now() + 2 * SECOND
        )
        self.in_the_last_moment(lambda: services.confirm_order(order=order), order=order)
        self.assertEqual(statuses(Order.objects.all()), ({"booked"}, {"booked"}))

    def test_a_hold_extended_in_the_last_moment_stays_held(self):
        order = make_hold(
            user=self.users[0], show=self.show, price=10, expires_at=timezone.now() + 2 * SECOND
        )
        self.in_the_last_moment(lambda: services.extend_hold(order=order), order=order)
        self.assertEqual(statuses(Order.objects.all()), ({"held"}, {"held"}))
        self.assertEqual(Order.objects.not_lapsed().count(), 1)

    def test_several_tidies_at_once_do_everything_once(self):
        shows = [self.show, make_show()]
        for show in shows:
            for seat in range(1, 8):
                make_hold(user=self.users[0], show=show, seats=[str(seat)])
        cancelled = make_show(cancelled_at=timezone.now(), cancelled_by=make_staff())
        for seat in range(1, 8):
            make_order(user=self.users[0], show=cancelled, seats=[str(seat)], price=Decimal(8))
        for number in range(7):
            over = timezone.now() - SECOND
            Session.objects.create(session_key=f"{number}", expire_date=over)
            token = OutstandingToken.objects.create(jti=f"{number}", token="x", expires_at=over)
            BlacklistedToken.objects.create(token=token)

        with (
            mock.patch.object(tidying, "ORDERS_IN_A_BATCH", 2),
            mock.patch.object(cancelling, "BATCH", 2),
            mock.patch.object(transactions, "BATCH", 2),
        ):
            said = at_once([tidy] * 4)

        counts = Counter()
        for line in chain(*said):
            number, _, label = line.partition(" ")
            counts[label] += int(number)
        self.assertEqual(counts["lapsed holds expired"], 14)
        self.assertEqual(counts["expired tokens deleted"], 7)
        self.assertEqual(counts["expired sessions deleted"], 7)
        left = Order.objects.filter(show__in=shows)
        self.assertEqual(statuses(left), ({"expired"}, {"expired"}))
        self.assertEqual(statuses(cancelled.orders.all()), ({"cancelled"}, {"cancelled"}))
        self.assertEqual(
            set(cancelled.bookings.values_list("refund", flat=True)), {Decimal("8.00")}
        )
        self.assertFalse(Session.objects.exists() or OutstandingToken.objects.exists())
        self.assertEqual(integrity.verify().lines, [])

    def test_a_show_is_cancelled_while_it_is_tidied(self):
        staff = make_staff()
        for seat in range(1, 10):
            make_order(user=self.users[0], show=self.show, seats=[str(seat)], price=Decimal(8))
        with mock.patch.object(cancelling, "BATCH", 2):
            at_once([lambda: services.cancel_show(show=self.show, by=staff)] + [tidy] * 3)
        self.assertEqual(statuses(Order.objects.all()), ({"cancelled"}, {"cancelled"}))
        self.assertEqual(set(Booking.objects.values_list("refund", flat=True)), {Decimal(8)})
        self.assertEqual(Show.objects.get().cancelled_by, staff)
