"""Lock and look: the locks of shows, orders and payments, and what is read behind them.

Each function here sends its locks and reads together, in one round trip. A lock is held until the
transaction ends. Everything is read as it is once the locks are taken.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, NamedTuple

from django.utils import timezone

from bookings import received
from bookings.errors import PaymentUsed
from bookings.hall import hall_of
from bookings.hold_history import held_now, recent_hold_times
from bookings.models import Booking, Order
from bookings.occupancy import MAX_LOOKUPS, Occupancy, any_taken, occupancy_of, seats_to_read
from bookings.order_reading import complete
from bookings.results import OrderState
from bookings.rules.balance import Received
from bookings.rules.sale import ensure_free, ensure_on_sale
from bookings.seat_request import SeatRequest
from bookings.selection import needs_whole_hall
from core.db.statements import NOTHING, Query, Statement, together
from core.db.transactions import advisory_lock, prefer_indexes
from core.db.writes import next_keys
from movies.cached_shows import cached_show, with_cached_places
from movies.locks import LOCKED_SHOW, locked_show, price_list_of
from movies.models import RefundTier, Show

ORDER = Statement(lambda pk: Order.objects.filter(pk=pk).order_by())
BOOKINGS = Statement(lambda order: Booking.objects.filter(order=order).order_by())
# PostgreSQL reads the seats before it locks the row: a request for a taken seat does not wait.
LOCK_IF_FREE = Statement(
    lambda pk, seats, now: Show.objects.locked().filter(~any_taken(pk, seats, now), pk=pk)
)
REFUND_TIERS = Statement(lambda show: RefundTier.objects.filter(cinema__screens__shows=show))
# Excludes what it never looks for, so that the index of references can be used.
WITH_PAYMENT = Statement(
    lambda reference: (
        Booking.objects.filter(payment_reference=reference)
        .exclude(payment_reference="")
        .order_by()
        .values_list("order", "order__status", "order__expires_at")
    )
)


class Look(NamedTuple):
    """What a sale decides on: a locked show with its current prices, and its seats.

    `time_used` is {seat number: how long the customer has held it lately}. `booking_keys` are
    primary keys for the new bookings. `held` has the order of each seat that the customer holds,
    over all shows; it is read for a new hold only.
    """

    show: Show
    occupancy: Occupancy
    time_used: dict[str, timedelta]
    booking_keys: list[int]
    held: Sequence[int] = ()


@dataclass(frozen=True)
class LockedOrder(OrderState):
    """An order with its bookings as they are, its show locked.

    `with_payment` has order, status and `expires_at` of the bookings that have the payment;
    `refund_tiers` the refund rule, where it is asked for.
    """

    with_payment: Sequence[tuple[int, str, datetime | None]] = ()
    refund_tiers: Sequence[RefundTier] = ()

    def replace_received(self, received: Sequence[Received]) -> "LockedOrder":
        """Return the state with these payments."""
        return replace(self, received=received)

    def ensure_payment_unused(self) -> None:
        """Raise PaymentUsed if another live order has the payment."""
        now = timezone.now()
        for pk, status, expires_at in self.with_payment:
            is_held = status == Order.Status.HELD and expires_at and expires_at > now
            if pk != self.order.pk and (is_held or status == Order.Status.BOOKED):
                raise PaymentUsed


def lock_for_sale(
    show_id: int, request: SeatRequest, *, customer: int, is_hold: bool, waits: bool = False
) -> tuple[Look, int]:
    """Lock the show and look at its seats; also return the primary key of a new order.

    Unless it `waits`, it raises SeatTaken at once, without the lock, if a named seat is taken.
    """
    seats = seats_to_read(cached_show.latest(show_id), request)
    prefer_indexes()
    shows, _, held, price_list, occupancy, time_used, [[order_key], booking_keys] = together(
        LOCKED_SHOW.with_values(pk=show_id) if waits else _show_if_free(show_id, request),
        *(held_now(customer=customer) if is_hold else [NOTHING, NOTHING]),
        *_look_queries(show_id, request, seats, customer=customer, is_hold=is_hold),
        next_keys((Order, 1), (Booking, request.size)),
    )
    if not shows and not waits:
        show = cached_show(show_id)
        ensure_on_sale(show)
        ensure_free(request.seat_numbers, occupancy.taken, show.seats_by_number)
        # The seat is free again since a moment ago.
        return lock_for_sale(show_id, request, customer=customer, is_hold=is_hold, waits=True)
    found = price_list, occupancy, time_used, booking_keys
    show = with_cached_places(shows)
    look = _look(show, request, seats, found, customer=customer)
    return look._replace(held=held), order_key


def _show_if_free(show_id: int, request: SeatRequest) -> Query:
    """Return a query that locks the show, but finds nothing if one of the named seats is taken."""
    seats = list(request.seat_numbers)
    if not 0 < len(seats) <= MAX_LOOKUPS:
        return LOCKED_SHOW.with_values(pk=show_id)
    return LOCK_IF_FREE.with_values(pk=show_id, seats=seats, now=timezone.now())


def lock_order(
    order: Order, *, payment_reference: str = "", with_refund: bool = False
) -> LockedOrder:
    """Lock the show of the order, and the payment if there is one."""
    state, _ = _lock_order(
        order, lambda _: [], payment_reference=payment_reference, with_refund=with_refund
    )
    return state


def lock_for_move(
    order: Order, request: SeatRequest, *, show_id: int | None, payment_reference: str
) -> tuple[LockedOrder, Look]:
    """Lock the order as `lock_order` does, and the show to which it moves; look at that one."""
    seats: list[str] | None = None

    def look_at(target: int) -> list[Query]:
        nonlocal seats
        seats = seats_to_read(cached_show.latest(target), request)
        is_hold = order.status == Order.Status.HELD
        queries = _look_queries(target, request, seats, customer=order.customer_id, is_hold=is_hold)
        return [*queries, next_keys((Booking, request.size)).then(itemgetter(0))]

    state, (show, *found) = _lock_order(
        order, look_at, show_id=show_id, payment_reference=payment_reference, with_refund=True
    )
    customer, moving = order.customer_id, order.pk
    return state, _look(show, request, seats, found, customer=customer, moving=moving)


def _lock_order(
    order: Order,
    look_at: Callable[[int], list[Query]],
    *,
    payment_reference: str,
    with_refund: bool,
    show_id: int | None = None,
) -> tuple[LockedOrder, list[Any]]:
    """Lock the shows of the order, in the order of their ids, then the payment.

    Also return the show to which the order moves, its own without `show_id`, and the results of
    the queries that look at it. If the order has moved meanwhile, its new show is locked as well.
    """
    locked: dict[int, Show] = {}
    prefer_indexes()
    while order.show_id not in locked:
        target = show_id or order.show_id
        to_lock = sorted({order.show_id, target} - locked.keys())
        queries = look_at(target)
        shows, [_, with_payment, tiers, [order], bookings, paid, *found] = _split(
            together(
                *map(locked_show, to_lock),
                *_payment_queries(payment_reference),
                REFUND_TIERS.with_values(show=order.show_id) if with_refund else NOTHING,
                ORDER.with_values(pk=order.pk),
                BOOKINGS.with_values(order=order.pk),
                received.current().of_order(order.pk),
                *queries,
            ),
            len(to_lock),
        )
        locked |= dict(zip(to_lock, shows, strict=True))
    order.show = locked[order.show_id]
    bookings = complete(bookings, order, locked)
    state = LockedOrder(
        order, bookings, received=paid, with_payment=with_payment, refund_tiers=tiers
    )
    return state, [locked[target], *found]


def _split(found: list[Any], at: int) -> tuple[list[Any], list[Any]]:
    return found[:at], found[at:]


def _payment_queries(payment_reference: str) -> list[Query]:
    """Return queries that lock the payment, and read the orders that have it.

    Two orders of different shows could otherwise be confirmed at once with one payment.
    """
    if not payment_reference:
        return [NOTHING, NOTHING]
    lock = advisory_lock(f"payment {payment_reference}")
    return [lock, WITH_PAYMENT.with_values(reference=payment_reference)]


def _look_queries(
    show: int, request: SeatRequest, seats: list[str] | None, *, customer: int, is_hold: bool
) -> list[Query]:
    return [
        price_list_of(show),
        occupancy_of(show, seat_numbers=seats, customer=customer),
        recent_hold_times(customer=customer, show=show) if is_hold else NOTHING.then(dict),
    ]


def _look(
    show: Show,
    request: SeatRequest,
    seats: list[str] | None,
    found: Sequence[Any],
    *,
    customer: int,
    moving: int | None = None,
) -> Look:
    """Return the look, of the results of `_look_queries`; without the seats of a moving order.

    Reads the seats once more if a single seat makes the whole hall decide, or if the show got
    another screen since it was cached, with another rule.
    """
    price_list, occupancy, time_used, booking_keys = found
    show.price_list = price_list
    needed = seats_to_read(show, request)

    def others(seats_taken: Occupancy) -> Occupancy:
        return seats_taken if moving is None else seats_taken.without_order(moving)

    def read(seats: list[str] | None) -> Occupancy:
        again: Occupancy = occupancy_of(show.pk, seat_numbers=seats, customer=customer).run()
        return others(again)

    occupancy = others(occupancy) if needed == seats else read(needed)
    if needed and needs_whole_hall(hall_of(show), request, occupancy.taken.keys()):
        occupancy = read(None)
    return Look(show, occupancy, time_used, booking_keys)
