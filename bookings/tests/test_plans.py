"""What PostgreSQL reads for the statements of a sale, whatever its statistics say."""

import json
from datetime import timedelta

from django.db import connection, transaction
from django.test import TransactionTestCase, skipUnlessDBFeature
from django.utils import timezone

from bookings.hold_history import HELD, recent_hold_times
from bookings.models import Booking, Order
from bookings.occupancy import ALL_IF_ANY_TAKEN, occupancy_of
from bookings.services.locking import BOOKINGS, ORDER, REFUND_TIERS, WITH_PAYMENT
from core.db.transactions import prefer_indexes
from core.db.writes import next_keys
from movies.locks import locked_show, price_list_of
from movies.models import RefundTier
from testing.builders.accounts import make_user
from testing.builders.bookings import make_order
from testing.builders.movies import make_show

SOLD = 2500  # seats of the show; and orders of its busiest customer
SEATS = [str(SOLD + nth) for nth in range(1, 11)]
MOST_ROWS = 40  # that a step of a plan may read, removed ones included
MOST_BLOCKS = 120  # of 8 kB, for one statement


@skipUnlessDBFeature("has_select_for_update")  # PostgreSQL
class PlanTests(TransactionTestCase):
    def setUp(self):
        for table in ("bookings_booking", "bookings_order", "movies_show", "movies_refundtier"):
            execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
            self.addCleanup(execute, f"ALTER TABLE {table} RESET (autovacuum_enabled)")
        self.alice, self.bob = make_user("alice"), make_user("bob")
        self.show = make_show(total_seats=5000, price="9.50")
        self.others = [
            make_show(movie=self.show.movie, screen=self.show.screen, total_seats=5000)
            for _ in range(5)
        ]
        RefundTier.objects.create(cinema=self.show.screen.cinema, hours_before=2, percent=50)
        self.order = make_order(
            user=self.alice, show=self.show, seats=[str(SOLD + 20), str(SOLD + 21)]
        )

    def sell(self):
        """Sell seats of one show to Bob, and of others; each order with a payment of its own."""
        now = timezone.now() - timedelta(hours=1)
        sold = [(self.show, seat) for seat in range(1, SOLD + 1)]
        sold += [(show, seat) for show in self.others for seat in range(1, 301)]
        orders = Order.objects.bulk_create(
            Order(
                customer=self.bob,
                show=show,
                status="booked",
                total="9.50",
                currency="EUR",
                created_at=now,
            )
            for show, _ in sold
        )
        Booking.objects.bulk_create(
            Booking(
                show=show,
                customer=self.bob,
                order=order,
                seat_number=str(seat),
                status="booked",
                price="9.50",
                currency="EUR",
                payment_reference=f"pay-{order.pk}",
                created_at=now,
                booked_at=now,
            )
            for order, (show, seat) in zip(orders, sold, strict=True)
        )

    def queries(self):
        show, customer = self.show.pk, self.alice.pk
        return {
            "lock": locked_show(show),
            "price list": price_list_of(show),
            "seats": occupancy_of(show, seat_numbers=SEATS, customer=customer),
            "seats of nobody": occupancy_of(show, seat_numbers=SEATS),
            "precheck": ALL_IF_ANY_TAKEN.with_values(show=show, seats=SEATS),
            "earlier holds": recent_hold_times(customer=customer, show=show),
            "holds": HELD.with_values(customer=customer, now=timezone.now()),
            "keys": next_keys((Order, 1), (Booking, 10)),
            "order": ORDER.with_values(pk=self.order.pk),
            "bookings": BOOKINGS.with_values(order=self.order.pk),
            "payment": WITH_PAYMENT.with_values(reference="pay-1"),
            "refund rule": REFUND_TIERS.with_values(show=show),
        }

    def assert_few_rows_are_read(self):
        with transaction.atomic():
            prefer_indexes()
            for name, query in self.queries().items():
                for mode in ("force_custom_plan", "force_generic_plan"):
                    plan = explained(query, mode)
                    text = json.dumps(plan, indent=1)
                    with self.subTest(query=name, mode=mode):
                        self.assertLessEqual(max(map(rows_of, steps_of(plan))), MOST_ROWS, text)
                        blocks = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
                        self.assertLessEqual(blocks, MOST_BLOCKS, text)

    def test_with_fresh_statistics(self):
        self.sell()
        execute("ANALYZE")
        self.assert_few_rows_are_read()

    def test_with_statistics_from_before_the_sale(self):
        execute("ANALYZE")
        self.sell()
        self.assert_few_rows_are_read()

    def test_without_statistics(self):
        self.sell()
        execute("DELETE FROM pg_statistic WHERE starelid = 'bookings_booking'::regclass")
        execute("DELETE FROM pg_statistic WHERE starelid = 'bookings_order'::regclass")
        execute(
            "UPDATE pg_class SET relpages = 0, reltuples = -1, relallvisible = 0 "
            "WHERE relname IN ('bookings_booking', 'bookings_order')"
        )
        self.assert_few_rows_are_read()


def execute(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


def explained(query, mode):
    """Run the query as a prepared statement; return the root of its plan."""
    placeholders = tuple(f"${nth}" for nth in range(1, len(query.parameters) + 1))
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL plan_cache_mode = {mode}")
        cursor.execute(f"PREPARE explained AS {query.sql % placeholders}")
        values = ", ".join(["%s"] * len(query.parameters))
        call = f"EXECUTE explained({values})" if values else "EXECUTE explained"
        call = connection.ops.compose_sql(call, query.parameters)
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {call}")
        [[[found]]] = cursor.fetchall()
        cursor.execute("DEALLOCATE explained")
    return found["Plan"]


def steps_of(plan):
    yield plan
    for step in plan.get("Plans", []):
        yield from steps_of(step)


def rows_of(step):
    """Return how many rows a step of a plan has read, at all of its runs."""
    removed = sum(number for name, number in step.items() if name.startswith("Rows Removed"))
    return (step["Actual Rows"] + removed) * step["Actual Loops"]
