"""The checks of `bookings.integrity`: for each, a query for wrong rows and a sentence about one."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Count, F, Min, OuterRef, Q, Subquery, Sum, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Abs, Coalesce, Concat

from bookings.events import subject_of
from bookings.models import Booking, Order
from bookings.seat_overlaps import bookings_that_overlap, taken_meanwhile
from core.money import has_its_digits, shown
from movies.models import SeatingPlan, Show
from outbox.models import Event

MAX_NAMED = 5  # bookings in one sentence
CONSTRAINT = "one_active_booking_per_seat"
HALF_A_UNIT = Decimal(
    "0.0005"
)  # of the currencies with most digits. Tolerance: SQLite adds amounts up as floats

Row = Mapping[str, Any]


class Check(NamedTuple):
    """`label` names the findings in the plural; `rows` are the findings, each with a sentence."""

    label: str
    rows: Callable[[], Iterable[Any]]
    sentence: Callable[[Any], str]


def missing_constraints() -> list[str]:
    """Return [CONSTRAINT] unless the database has it, valid and for every active status.

    It must be a unique index on show and seat with all statuses of Booking.ACTIVE.
    """
    table = Booking._meta.db_table
    with connection.cursor() as cursor:
        found: Any = connection.introspection.get_constraints(cursor, table).get(CONSTRAINT, {})
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


def _describe_constraint(name: str) -> str:
    return (
        f"The database has no valid unique constraint {name} on the show and seat of active "
        "bookings: only the locks keep a seat from being sold twice."
    )


def seats_taken_twice() -> Iterator[Row]:
    """Return the seats with several active bookings.

    The status is tested in HAVING: with WHERE the database could read the constraint's own index,
    which may be wrong, for example after an upgrade that changed the sort order of texts.
    """
    return (
        Booking.objects.order_by()
        .values("show", "seat_number")
        .annotate(times=Count("pk", filter=Q(status__in=Booking.ACTIVE)))
        .filter(times__gt=1)
        .iterator()
    )


def _describe_seat_taken_twice(row: Row) -> str:
    of_seat = Booking.objects.filter(show=row["show"], seat_number=row["seat_number"])
    active = [
        _with_order_and_status(booking)
        for booking in of_seat.select_related("order").order_by("pk").iterator()
        if booking.status in Booking.ACTIVE
    ]
    return (
        f"Show {row['show']}: seat {row['seat_number']} is taken {row['times']} times, by "
        f"{'; '.join(active)}."
    )


def _describe_overlap(booking: Booking) -> str:
    others = [_with_order_and_status(other) for other in taken_meanwhile(booking)[:MAX_NAMED]]
    return (
        f"Show {booking.show_id}: seat {booking.seat_number} was taken by "
        f"{_with_order_and_status(booking)}, on {booking.created_at:%Y-%m-%d %H:%M:%S} UTC, while "
        f"it was still taken by {'; '.join(others)}."
    )


def wrong_totals() -> Iterator[Row]:
    """Return the orders whose total is not the sum of the prices of what is not cancelled."""
    prices = Sum("bookings__price", filter=~Q(bookings__status=Booking.Status.CANCELLED))
    return (
        Order.objects.order_by()
        .values("pk", "code", "show", "total", "currency")
        .annotate(prices=Coalesce(prices, 0, output_field=Order._meta.get_field("total")))
        .annotate(difference=Abs(F("total") - F("prices")))
        .filter(difference__gt=HALF_A_UNIT)
        .iterator()
    )


def _describe_wrong_total(row: Row) -> str:
    currency = row["currency"]
    total, prices = _exact(row["total"], currency), _exact(row["prices"], currency)
    return (
        f"Show {row['show']}: order {row['code']} (id {row['pk']}) has the total {total} "
        f"{currency}, but its bookings that are not cancelled cost {prices}."
    )


def mixed_statuses() -> Iterator[Row]:
    """Return the orders with no booking in their own status, or with others than cancelled ones."""
    own = Q(bookings__status=F("status"))
    either = own | Q(bookings__status=Booking.Status.CANCELLED)
    return (
        Order.objects.order_by()
        .values("pk", "code", "show", "status")
        .annotate(own=Count("bookings", filter=own), others=Count("bookings", filter=~either))
        .filter(Q(own=0) | Q(others__gt=0))
        .iterator()
    )


def _describe_mixed_statuses(row: Row) -> str:
    counts = (
        Booking.objects.filter(order=row["pk"])
        .order_by("status")
        .values_list("status")
        .annotate(Count("pk"))
    )
    statuses = ", ".join(f"{count} {status}" for status, count in counts) or "none"
    return (
        f"Show {row['show']}: order {row['code']} (id {row['pk']}) is {row['status']}, but of its "
        f"bookings are {statuses}."
    )


def bookings_unlike_their_order() -> Iterator[Booking]:
    """Return the bookings whose show, customer, currency or end differs from that of their order.

    Cancelled bookings are left out: a move leaves them at the former show.
    """
    no_end, order_has_no_end = Q(expires_at=None), Q(order__expires_at=None)
    return (
        Booking.objects.exclude(status=Booking.Status.CANCELLED)
        .filter(
            ~Q(show=F("order__show"))
            | ~Q(customer=F("order__customer"))
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


def _describe_unlike_order(booking: Booking) -> str:
    order = _order_of(booking)
    values = [
        ("show", booking.show_id, order.show_id),
        ("customer", booking.customer_id, order.customer_id),
        ("currency", booking.currency, order.currency),
        ("expires_at", booking.expires_at, order.expires_at),
    ]
    differences = [f"{name} {own}, not {its}" for name, own, its in values if own != its]
    return f"{_place_of(booking)} differs from its order: {', '.join(differences)}."


def seats_outside_their_plan() -> Iterator[Row]:
    """Yield a row for each hall and each taken seat that the hall does not have.

    A hall is a seating plan or a number of seats; shows with the same hall share a row.
    """
    taken = (
        Booking.objects.active()
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


def _describe_seat_outside_its_plan(row: Row) -> str:
    booking = Booking.objects.select_related("order", "show__seating_plan").get(pk=row["first"])
    plan, others = booking.show.seating_plan, row["times"] - 1
    seats = f"seating plan {plan.pk} ({plan})" if plan else f"seats 1 to {booking.show.total_seats}"
    more = f"; the same seat is taken {others} times more in shows of this hall" if others else ""
    return (
        f"Show {booking.show_id}: seat {booking.seat_number} is not in its {seats}, but taken by "
        f"{_with_order_and_status(booking)}{more}."
    )


def orders_of_cancelled_shows() -> Iterator[Order]:
    """Return the held and booked orders of cancelled shows, without lapsed holds."""
    return (
        Order.objects.live()
        .not_lapsed()
        .filter(show__cancelled_at__isnull=False)
        .order_by("show", "pk")
        .iterator()
    )


def _describe_order_of_cancelled_show(order: Order) -> str:
    return (
        f"Show {order.show_id} is cancelled, but order {order.code} (id {order.pk}) is "
        f"{order.status}. Unless it is being cancelled right now, run `manage.py tidy` or cancel "
        "the show again."
    )


def wrong_refunds() -> Iterator[Booking]:
    """Return the cancelled bookings whose refund is missing, negative or above the price."""
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


def _describe_wrong_refund(booking: Booking) -> str:
    refund = None if booking.refund is None else _exact(booking.refund, booking.currency)
    return (
        f"{_place_of(booking)} is cancelled with the refund {refund}, but its price was "
        f"{_exact(booking.price, booking.currency)} {booking.currency}."
    )


def orders_unlike_their_events() -> Iterator[Row]:
    """Return the orders whose last event has another status; those without events are older."""
    last = Event.objects.filter(subject=Concat(Value(subject_of("")), OuterRef("code")))
    told = last.annotate(told=KeyTextTransform("status", "body")).order_by("-sequence")
    return (
        Order.objects.order_by()
        .annotate(told=Subquery(told.values("told")[:1]))
        .exclude(told=None)
        .exclude(told=F("status"))
        .values("pk", "code", "show", "status", "told")
        .iterator()
    )


def _describe_unlike_its_events(row: Row) -> str:
    return (
        f"Show {row['show']}: order {row['code']} (id {row['pk']}) is {row['status']}, but its "
        f"last event says {row['told']}, so mails and other programs were told something wrong. "
        "A server of version 0.1.0 that ran beside this version records no events."
    )


def _exact(amount: Decimal, currency: str) -> str:
    """Return the amount with the digits of its currency, or with all that it has if it has more."""
    if has_its_digits(amount, currency):
        return shown(amount, currency)
    return f"{amount.normalize():f}"


def _order_of(booking: Booking) -> Order:
    """Return the order of a booking that is known to have one."""
    if booking.order is None:
        raise ValueError(f"Booking {booking.pk} has no order.")
    return booking.order


def _place_of(booking: Booking) -> str:
    order = _order_of(booking)
    return (
        f"Show {booking.show_id}: seat {booking.seat_number}, booking {booking.pk} of order "
        f"{order.code} (id {order.pk}),"
    )


def _with_order_and_status(booking: Booking) -> str:
    order = f" of order {booking.order.code}" if booking.order else ""
    return f"booking {booking.pk}{order}, {booking.status}"


CHECKS = [
    Check("constraints", missing_constraints, _describe_constraint),
    Check("seats taken twice", seats_taken_twice, _describe_seat_taken_twice),
    Check("bookings of a seat that was still taken", bookings_that_overlap, _describe_overlap),
    Check("orders with a wrong total", wrong_totals, _describe_wrong_total),
    Check("orders of mixed statuses", mixed_statuses, _describe_mixed_statuses),
    Check("bookings unlike their order", bookings_unlike_their_order, _describe_unlike_order),
    Check("seats outside their plan", seats_outside_their_plan, _describe_seat_outside_its_plan),
    Check(
        "orders of cancelled shows", orders_of_cancelled_shows, _describe_order_of_cancelled_show
    ),
    Check("cancelled bookings with a wrong refund", wrong_refunds, _describe_wrong_refund),
    Check("orders unlike their events", orders_unlike_their_events, _describe_unlike_its_events),
]
