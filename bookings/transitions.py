"""The only writer of `Order.status` and `Booking.status`.

Every change of a status is one function here: it writes the rows, records the event and counts the
metric. Callers hold the lock of the show and have checked the rules.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from django.db.models import F, QuerySet, Value
from django.utils import timezone

from accounts.models import User
from bookings import events
from bookings.metrics import count_seats
from bookings.models import Booking, Order, OrderQuerySet
from bookings.results import Bill, Cancellation, Move, OrderState, Sale, Selection
from core.db.writes import insert_later, update_later
from core.request_id import current_request_id
from movies.models import Show, TicketType
from outbox.events import NewEvent, record_events


def place_order(
    *,
    customer: User,
    show: Show,
    selection: Selection,
    status: Order.Status,
    order_key: int,
    booking_keys: Sequence[int],
    now: datetime,
    expires_at: datetime | None = None,
    extendable_until: datetime | None = None,
) -> Sale:
    """Write a new order, held or booked, with one booking per selected seat."""
    order = Order(
        pk=order_key,
        customer=customer,
        show=show,
        status=status,
        total=selection.total,
        currency=show.screen.cinema.currency,
        created_at=now,
        expires_at=expires_at,
        extendable_until=extendable_until,
    )
    insert_later([order])
    bookings = insert_later(_new_bookings(order, selection, booking_keys, now))
    record_events([events.placed(order, bookings)])
    count_seats(status, len(bookings))
    return Sale(order, bookings, selection)


def book_held(state: OrderState, *, payment_reference: str, now: datetime) -> None:
    """Book what the order holds. An empty reference keeps the earlier one."""
    order, bookings = state.order, state.active
    order.status = Order.Status.BOOKED
    order.expires_at = order.extendable_until = None
    _save(order, "status", "expires_at", "extendable_until")
    change_bookings(
        bookings,
        status=Booking.Status.BOOKED,
        expires_at=None,
        booked_at=now,
        booked_request_id=current_request_id(),
        payment_reference=payment_reference or bookings[0].payment_reference,
    )
    record_events([events.booked(order, bookings)])
    count_seats("confirmed", len(bookings))


def book_again(
    state: OrderState, former: Sequence[Booking], *, booking_keys: Sequence[int], now: datetime
) -> list[Booking]:
    """Book the seats that a hold had before it ended, at its prices; return the new bookings."""
    order = state.order
    order.status = Order.Status.BOOKED
    order.total = sum((booking.price for booking in former), Decimal(0))
    order.expires_at = order.extendable_until = None
    _save(order, "status", "total", "expires_at", "extendable_until")
    new = insert_later(
        [
            _new_booking(order, key, old.seat_number, old.ticket_type, old.price, now)
            for key, old in zip(booking_keys, former, strict=True)
        ]
    )
    record_events([events.booked(order, new)])
    count_seats("confirmed", len(new))
    return new


def extend(state: OrderState, *, expires_at: datetime) -> None:
    """Let a hold end at another time."""
    state.order.expires_at = expires_at
    _save(state.order, "expires_at")
    change_bookings(state.active, expires_at=expires_at)


def move_to(
    state: OrderState,
    show: Show,
    selection: Selection,
    bill: Bill,
    *,
    booking_keys: Sequence[int],
    by: User,
    payment_reference: str,
    now: datetime,
) -> Move:
    """Cancel the order's bookings and write those of the new seats; save the order.

    The caller may have shortened `expires_at` and `extendable_until` of a hold.
    """
    order, old = state.order, state.active
    _cancel(old, bill.refunds, by=by, reason=f"Moved to {show}", now=now)
    order.show = show
    order.total = selection.total
    _save(order, "show", "total", "extendable_until", "expires_at")
    reference = payment_reference or old[0].payment_reference
    new = insert_later(
        _new_bookings(order, selection, booking_keys, now, reference, bill.refund_limits)
    )
    record_events([events.moved(order, new, old, bill, cause=_cause(order, by))])
    count_seats("moved", len(old))
    return Move(order, [*state.bookings, *new], selection, bill, received=state.received)


def cancel_bookings(
    state: OrderState,
    bookings: Sequence[Booking],
    refunds: Sequence[Decimal],
    *,
    by: User,
    reason: str,
    now: datetime,
) -> Cancellation:
    """Cancel these bookings of the order, and the order with its last one."""
    _cancel(bookings, refunds, by=by, reason=reason, now=now)
    order, left = state.order, state.active
    order.total = sum((booking.price for booking in left), Decimal(0))
    if not left:
        order.status = Order.Status.CANCELLED
    _save(order, "total", "status")
    record_events([events.cancelled(order, left, bookings, cause=_cause(order, by))])
    count_seats("cancelled", len(bookings))
    cancelled = sorted(bookings, key=lambda each: each.pk)
    return Cancellation(order, state.bookings, cancelled, received=state.received)


def cancel_orders(orders: QuerySet[Order], *, by: int | None, reason: str) -> None:
    """Cancel held and booked orders of a cancelled show; with a full refund.

    `by` is the primary key of the user who cancelled the show.
    """
    bookings = Booking.objects.filter(order__in=orders)
    active = _by_order(bookings.filter(status__in=[Booking.Status.HELD, Booking.Status.BOOKED]))
    for status, refund in [
        (Booking.Status.HELD, Value(Decimal(0))),
        (Booking.Status.BOOKED, F("price")),
    ]:
        cancelled = bookings.filter(status=status).update(
            status=Booking.Status.CANCELLED,
            refund=refund,
            cancelled_at=timezone.now(),
            cancelled_by=by,
            cancel_reason=reason[: Booking.REASON_LENGTH],
            end_request_id=current_request_id(),
        )
        count_seats("cancelled", cancelled)
    orders.exclude(status=Order.Status.EXPIRED).update(status=Order.Status.CANCELLED, total=0)
    record_events([_cancelled_with_show(order, of_it) for order, of_it in active])


def expire_holds(orders: OrderQuerySet) -> None:
    """Write down that these holds have expired; orders in another status stay as they are."""
    held = Booking.objects.filter(order__in=orders, status=Booking.Status.HELD)
    found = _by_order(held)
    if not found:
        return
    pks = [order.pk for order, _ in found]
    update_later(
        Booking.objects.filter(order__in=pks, status=Booking.Status.HELD),
        status=Booking.Status.EXPIRED,
        end_request_id=current_request_id(),
    )
    update_later(Order.objects.filter(pk__in=pks), status=Order.Status.EXPIRED)
    for order, _ in found:
        order.status = Order.Status.EXPIRED
    record_events([events.expired(order, bookings) for order, bookings in found])
    count_seats("expired", sum(len(bookings) for _, bookings in found))


def expire_lapsed(lapsed: dict[str, int], seat_numbers: Iterable[str]) -> None:
    """Expire the lapsed orders that occupy these seats; whole orders, as none is held in part."""
    if orders := {lapsed[number] for number in seat_numbers if number in lapsed}:
        expire_holds(Order.objects.filter(pk__in=orders))


def block(show: Show, seat_numbers: Iterable[str], *, by: User, reason: str) -> None:
    """Write one blocked booking per seat."""
    Booking.objects.bulk_create(
        Booking(
            show=show,
            seat_number=number,
            status=Booking.Status.BLOCKED,
            price=0,
            currency=show.screen.cinema.currency,
            blocked_by=by,
            block_reason=reason,
            request_id=current_request_id(),
        )
        for number in seat_numbers
    )


def unblock(blocked: QuerySet[Booking], *, by: User, reason: str) -> None:
    """Put blocked seats back on sale."""
    blocked.update(
        status=Booking.Status.CANCELLED,
        cancelled_at=timezone.now(),
        cancelled_by=by,
        cancel_reason=reason,
        end_request_id=current_request_id(),
    )


def change_bookings(bookings: Sequence[Booking], **fields: object) -> None:
    """Give all of these bookings the same values, in the database and in memory."""
    update_later(Booking.objects.filter(pk__in=[booking.pk for booking in bookings]), **fields)
    for booking in bookings:
        for name, value in fields.items():
            setattr(booking, name, value)


def _new_bookings(
    order: Order,
    selection: Selection,
    keys: Sequence[int],
    now: datetime,
    payment_reference: str = "",
    refund_limits: Sequence[Decimal] | None = None,
) -> list[Booking]:
    limits: Sequence[Decimal | None] = refund_limits or [None] * len(selection.seat_numbers)
    return [
        _new_booking(
            order,
            key,
            number,
            ticket.ticket_type,
            ticket.price,
            now,
            payment_reference=payment_reference,
            refund_limit=limit,
        )
        for key, number, ticket, limit in zip(
            keys, selection.seat_numbers, selection.tickets, limits, strict=True
        )
    ]


def _new_booking(
    order: Order,
    key: int,
    seat_number: str,
    ticket_type: TicketType | None,
    price: Decimal,
    now: datetime,
    *,
    payment_reference: str = "",
    refund_limit: Decimal | None = None,
) -> Booking:
    request_id, is_booked = current_request_id(), order.status == Order.Status.BOOKED
    return Booking(
        pk=key,
        show=order.show,
        customer_id=order.customer_id,
        order=order,
        seat_number=seat_number,
        status=order.status,
        ticket_type=ticket_type,
        price=price,
        currency=order.currency,
        payment_reference=payment_reference,
        refund_limit=refund_limit,
        created_at=now,
        request_id=request_id,
        expires_at=order.expires_at,
        booked_at=now if is_booked else None,
        booked_request_id=request_id if is_booked else "",
    )


def _by_order(bookings: QuerySet[Booking]) -> list[tuple[Order, list[Booking]]]:
    """Return the orders of these bookings, each with its own of them, the oldest first."""
    found: dict[int, tuple[Order, list[Booking]]] = {}
    for booking in bookings.select_related("order").order_by("pk"):
        if booking.order is not None:
            found.setdefault(booking.order.pk, (booking.order, []))[1].append(booking)
    return list(found.values())


def _cancelled_with_show(order: Order, bookings: Sequence[Booking]) -> NewEvent:
    """Return the event of an order that was read before it was cancelled."""
    was_booked = order.status == Order.Status.BOOKED
    order.status, order.total = Order.Status.CANCELLED, Decimal(0)
    for booking in bookings:
        booking.refund = booking.price if was_booked else Decimal(0)
    return events.cancelled(order, (), bookings, cause=events.SHOW_CANCELLED)


def _cause(order: Order, by: User) -> str:
    return events.CUSTOMER if by.pk == order.customer_id else events.STAFF


def _cancel(
    bookings: Sequence[Booking],
    refunds: Sequence[Decimal],
    *,
    by: User,
    reason: str,
    now: datetime,
) -> None:
    refunded: dict[Decimal, list[Booking]] = {}
    for booking, refund in zip(bookings, refunds, strict=True):
        refunded.setdefault(refund, []).append(booking)
    for refund, group in refunded.items():
        change_bookings(
            group,
            status=Booking.Status.CANCELLED,
            refund=refund,
            cancelled_at=now,
            cancelled_by=by,
            cancel_reason=reason[: Booking.REASON_LENGTH],
            end_request_id=current_request_id(),
        )


def _save(order: Order, *fields: str) -> None:
    values = {field: getattr(order, field) for field in fields}
    update_later(Order.objects.filter(pk=order.pk), **values)
