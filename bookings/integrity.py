"""Proves from the rows what is promised: `manage.py verify_integrity`.

The database groups and compares; Python sees only what is wrong, one row at a time.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from itertools import islice
from typing import NamedTuple

from django.db import connection
from django.db.models import Count, F, Min, Q, Sum
from django.db.models.functions import Abs, Coalesce

from bookings.models import Booking, Order
from core.db.transactions import read_snapshot
from movies.models import SeatingPlan, Show

LISTED = 100  # findings of a kind; of the others only how many
CONSTRAINT = "one_active_booking_per_seat"
HALF_A_CENT = Decimal("0.005")  # SQLite adds amounts up as floats


class Report(NamedTuple):
    lines: list[str]  # what is wrong, a line a finding
    findings: int  # how many, those without a line too
    orders: int
    bookings: int


class Check(NamedTuple):
    what: str  # it finds, in the plural
    rows: Callable[[], Iterable]  # what is wrong
    sentence: Callable[..., str]  # of one of these rows


def verify():
    """The Report on all rows as they are at one moment; sales go on meanwhile."""
    lines, findings = [], 0
    with read_snapshot():
        for check in CHECKS:
            rows = iter(check.rows())
            listed = [check.sentence(row) for row in islice(rows, LISTED)]
            more = sum(1 for _ in rows)
            lines += listed
            if more:
                lines.append(f"And {more} more {check.what}.")
            findings += len(listed) + more
        return Report(lines, findings, Order.objects.count(), Booking.objects.count())


def weak_constraints():
    """The name of the constraint that keeps a seat from being sold twice, if it does not."""
    table = Booking._meta.db_table
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table).get(CONSTRAINT, {})
        if found.get("unique") and found["columns"] == ["show_id", "seat_number"]:
            cursor.execute(
                "SELECT pg_get_indexdef(indexrelid), indisvalid AND indisready FROM pg_index "
                "WHERE indexrelid = %s::regclass"
                if connection.vendor == "postgresql"
                else "SELECT sql, 1 FROM sqlite_master WHERE name = %s",
                [CONSTRAINT],
            )
            definition, is_valid = cursor.fetchone()
            if is_valid and all(f"'{status}'" in definition for status in Booking.ACTIVE):
                return []
    return [CONSTRAINT]


def _of_constraint(name):
    return (
        f"The database has no valid unique constraint {name} on the show and seat of bookings "
        "that take a seat: nothing behind the locks keeps a seat from being sold twice."
    )


def seats_taken_twice():
    """Counts in HAVING: a WHERE would let the database read the constraint's own index.

    That index is what may be wrong, as after an upgrade that sorts letters otherwise.
    """
    return (
        Booking.objects.order_by()
        .values("show", "seat_number")
        .annotate(times=Count("pk", filter=Q(status__in=Booking.ACTIVE)))
        .filter(times__gt=1)
        .iterator()
    )


def _of_seat_taken_twice(row):
    of_seat = Booking.objects.filter(show=row["show"], seat_number=row["seat_number"])
    takers = [
        _named(booking)
        for booking in of_seat.select_related("order").order_by("pk").iterator()
        if booking.status in Booking.ACTIVE
    ]
    return (
        f"Show {row['show']}: seat {row['seat_number']} is taken {row['times']} times, by "
        f"{'; '.join(takers)}."
    )


def _named(booking):
    order = f" of order {booking.order.code}" if booking.order else ""
    return f"booking {booking.pk}{order}, {booking.status}"


def wrong_totals():
    prices = Sum("bookings__price", filter=~Q(bookings__status=Booking.Status.CANCELLED))
    return (
        Order.objects.order_by()
        .values("pk", "code", "show", "total", "currency")
        .annotate(prices=Coalesce(prices, 0, output_field=Order._meta.get_field("total")))
        .annotate(difference=Abs(F("total") - F("prices")))
        .filter(difference__gt=HALF_A_CENT)
        .iterator()
    )


def _of_wrong_total(row):
    return (
        f"Show {row['show']}: order {row['code']} (id {row['pk']}) has the total "
        f"{row['total']:.2f} {row['currency']}, but its bookings that are not cancelled cost "
        f"{row['prices']:.2f}."
    )


def mixed_statuses():
    """An order has bookings in its own status, and besides them only cancelled ones."""
    own = Q(bookings__status=F("status"))
    either = own | Q(bookings__status=Booking.Status.CANCELLED)
    return (
        Order.objects.order_by()
        .values("pk", "code", "show", "status")
        .annotate(own=Count("bookings", filter=own), others=Count("bookings", filter=~either))
        .filter(Q(own=0) | Q(others__gt=0))
        .iterator()
    )


def _of_mixed_statuses(row):
    counts = (
        Booking.objects.filter(order=row["pk"])
        .order_by("status")
        .values_list("status")
        .annotate(Count("pk"))
    )
    has = ", ".join(f"{count} {status}" for status, count in counts) or "none"
    return (
        f"Show {row['show']}: order {row['code']} (id {row['pk']}) is {row['status']}, but of its "
        f"bookings are {has}."
    )


def bookings_unlike_their_order():
    """Cancelled ones may be of the show from which the order has moved away."""
    no_end, order_has_no_end = Q(expires_at=None), Q(order__expires_at=None)
    return (
        Booking.objects.exclude(status=Booking.Status.CANCELLED)
        .filter(
            ~Q(show=F("order__show"))
            | ~Q(currency=F("order__currency"))
            | Q(expires_at__lt=F("order__expires_at"))
            | Q(expires_at__gt=F("order__expires_at"))
            | no_end & ~order_has_no_end
            | ~no_end & order_has_no_end,
            order__isnull=False,
        )
        .select_related("order")
        .order_by()
        .iterator()
    )


def _of_booking_unlike_its_order(booking):
    order = booking.order
    values = [
        ("show", booking.show_id, order.show_id),
        ("currency", booking.currency, order.currency),
        ("expires_at", booking.expires_at, order.expires_at),
    ]
    differences = [f"{name} {own}, not {its}" for name, own, its in values if own != its]
    return f"{_of_booking(booking)} differs from its order: {', '.join(differences)}."


def _of_booking(booking):
    return (
        f"Show {booking.show_id}: seat {booking.seat_number}, booking {booking.pk} of order "
        f"{booking.order.code} (id {booking.order_id}),"
    )


def seats_outside_their_plan():
    """A row for each plan, or number of seats, and seat that is not of it."""
    taken = (
        Booking.objects.taking_a_seat()
        .values("show__seating_plan", "show__total_seats", "seat_number")
        .annotate(times=Count("pk"), first=Min("pk"))
        .order_by("show__seating_plan", "show__total_seats")
    )
    show = Show()
    for row in taken.iterator():
        hall = row["show__seating_plan"], row["show__total_seats"]
        if (show.seating_plan_id, show.total_seats) != hall:
            show = Show(total_seats=hall[1])
            if hall[0]:
                show.seating_plan = SeatingPlan.objects.defer("layout", "text").get(pk=hall[0])
        if not show.has_seat(row["seat_number"]):
            yield row


def _of_seat_outside_its_plan(row):
    booking = Booking.objects.select_related("order", "show__seating_plan").get(pk=row["first"])
    plan, others = booking.show.seating_plan, row["times"] - 1
    seats = f"seating plan {plan.pk} ({plan})" if plan else f"seats 1 to {booking.show.total_seats}"
    return (
        f"Show {booking.show_id}: seat {booking.seat_number} is not in its {seats}, but taken by "
        f"{_named(booking)}" + (f"; so {others} times more in shows with them." if others else ".")
    )


def orders_of_cancelled_shows():
    return (
        Order.objects.filter(
            show__cancelled_at__isnull=False, status__in=[Order.Status.HELD, Order.Status.BOOKED]
        )
        .not_lapsed()
        .order_by("show", "pk")
        .iterator()
    )


def _of_order_of_cancelled_show(order):
    return (
        f"Show {order.show_id} is cancelled, but order {order.code} (id {order.pk}) is "
        f"{order.status}: unless it is being cancelled just now, run `manage.py tidy` or cancel "
        "the show again."
    )


def wrong_refunds():
    return (
        Booking.objects.filter(
            Q(refund=None) | Q(refund__lt=0) | Q(refund__gt=F("price")),
            status=Booking.Status.CANCELLED,
            order__isnull=False,
        )
        .select_related("order")
        .order_by()
        .iterator()
    )


def _of_wrong_refund(booking):
    return (
        f"{_of_booking(booking)} is cancelled with the refund {booking.refund}, but its price was "
        f"{booking.price} {booking.currency}."
    )


CHECKS = [
    Check("constraints", weak_constraints, _of_constraint),
    Check("seats taken twice", seats_taken_twice, _of_seat_taken_twice),
    Check("orders with a wrong total", wrong_totals, _of_wrong_total),
    Check("orders of mixed statuses", mixed_statuses, _of_mixed_statuses),
    Check("bookings unlike their order", bookings_unlike_their_order, _of_booking_unlike_its_order),
    Check("seats outside their plan", seats_outside_their_plan, _of_seat_outside_its_plan),
    Check("orders of cancelled shows", orders_of_cancelled_shows, _of_order_of_cancelled_show),
    Check("cancelled bookings with a wrong refund", wrong_refunds, _of_wrong_refund),
]
