"""Results of services: values; nothing is added to model instances."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from django.utils import timezone

from bookings import received
from bookings.errors import SingleSeatLeft
from bookings.models import Booking, Order
from bookings.rules.balance import Balance, Charge, Received, balance_of
from movies.models import Show
from movies.pricing import Ticket
from movies.seating.choice import Choice
from movies.seating.plan import Seat


class Selection(NamedTuple):
    """The seats that a request gets, and a ticket for each.

    `choice` tells how the best seats lie; None where seats were named. `single_seats` are those
    left single, on a screen that warns of them. `hall` has all seats by number.
    """

    seat_numbers: list[str]
    tickets: list[Ticket]
    choice: Choice | None
    single_seats: list[str]
    hall: Mapping[str, Seat]

    @property
    def total(self) -> Decimal:
        return sum((ticket.price for ticket in self.tickets), Decimal(0))

    @property
    def warnings(self) -> list[dict[str, Any]]:
        """Problems of the selection that do not reject it, as the API words them."""
        if not self.single_seats:
            return []
        problem = SingleSeatLeft(self.single_seats, hall=self.hall)
        return [{"code": problem.code, "detail": str(problem), **problem.members}]

    @property
    def outcome(self) -> str | None:
        """How well the best seats fit: side_by_side, single_seat_left or split."""
        if self.choice is None:
            return None
        if len(self.choice.groups) > 1:
            return "split"
        return "single_seat_left" if self.choice.stranded else "side_by_side"


class Bill(NamedTuple):
    """The cost of moving an order.

    `difference` is the new total less the old one, `refunds` the refund of each old seat,
    `refund_limits` the largest refund of each new seat; None means their prices.
    """

    difference: Decimal
    refunds: list[Decimal]
    refund_limits: list[Decimal] | None

    @property
    def refund(self) -> Decimal:
        return sum(self.refunds, Decimal(0))


@dataclass(frozen=True)
class OrderState:
    """An order with all of its bookings, the oldest first, as of one moment.

    `received` has the payments that succeeded.
    """

    order: Order
    bookings: list[Booking]
    received: Sequence[Received] = field(default=(), kw_only=True)

    @classmethod
    def of(cls, order: Order) -> "OrderState":
        """Return the state of an order; no query where it was loaded `with_bookings()`."""
        bookings = sorted(order.bookings.all(), key=lambda booking: booking.pk)
        return cls(order, bookings, received=received.current().loaded(order))

    @property
    def show(self) -> Show:
        return self.order.show

    @property
    def active(self) -> list[Booking]:
        """The bookings that take a seat; they have the status of the order."""
        return [booking for booking in self.bookings if booking.status in Booking.ACTIVE]

    @property
    def latest(self) -> list[Booking]:
        """The bookings that count: those that the order has, or had when it ended.

        Those of a cancelled order were cancelled at the same moment, after all others.
        """
        if self.order.status != Order.Status.CANCELLED:
            return [each for each in self.bookings if each.cancelled_at is None]
        end = max((each.cancelled_at for each in self.bookings if each.cancelled_at), default=None)
        return [each for each in self.bookings if each.cancelled_at == end]

    @property
    def former(self) -> list[Booking]:
        """The bookings that the order had before: cancelled one by one, or left in a move."""
        latest = {each.pk for each in self.latest}
        return [each for each in self.bookings if each.pk not in latest]

    @property
    def seat_numbers(self) -> list[str]:
        return [booking.seat_number for booking in self.active]

    @property
    def present(self) -> datetime:
        """Now, but not before anything that happened to the order.

        Clocks of other servers may be ahead, and the balance depends on what came first.
        """
        moments = [each.at for each in self.received]
        for booking in self.bookings:
            moments += filter(None, [booking.created_at, booking.booked_at, booking.cancelled_at])
        return max([timezone.now(), *moments])

    @cached_property
    def balance(self) -> Balance:
        """What was paid, is due, and can come back. A hold that is over needs no money."""
        return balance_of(map(_charge, self.bookings), self.received)

    @property
    def payment_reference(self) -> str:
        """The reference of the latest payment; the seats of a hold are not paid."""
        references = [each.payment_reference for each in self.bookings if each.booked_at]
        return references[-1] if references else ""


def _charge(booking: Booking) -> Charge:
    """Return a booking as the balance counts it, as of now."""
    until, kept = booking.cancelled_at, Decimal(0)
    if booking.status_now == Booking.Status.EXPIRED:
        until = booking.expires_at
    if until is not None and booking.booked_at is not None:
        kept = booking.price - (booking.refund or Decimal(0))
    return Charge(booking.price, booking.created_at, until, kept)


@dataclass(frozen=True)
class Sale(OrderState):
    """An order whose seats were just chosen."""

    selection: Selection


@dataclass(frozen=True)
class Move(Sale):
    """An order that has just moved to other seats."""

    bill: Bill

    @property
    def left(self) -> list[Booking]:
        """The bookings that this move has exchanged: all of them were cancelled at one moment."""
        end = max(each.cancelled_at for each in self.bookings if each.cancelled_at)
        return [each for each in self.bookings if each.cancelled_at == end]


@dataclass(frozen=True)
class Cancellation(OrderState):
    """An order of which some bookings were just cancelled."""

    cancelled: list[Booking]


@dataclass(frozen=True)
class SeatRefund:
    """The refund for cancelling one seat."""

    seat_number: str
    price: Decimal
    refund: Decimal
    currency: str


@dataclass(frozen=True)
class CancellationPreview:
    """The refund for cancelling these bookings now, and after the present refund tier.

    `changes_at` is None if that does not change.
    """

    order: Order
    bookings: list[Booking]
    percent: int
    refunds: list[Decimal]
    changes_at: datetime | None
    percent_then: int | None
    refunds_then: list[Decimal] | None

    @property
    def show(self) -> Show:
        return self.order.show

    @property
    def seats(self) -> list[SeatRefund]:
        return [
            SeatRefund(booking.seat_number, booking.price, refund, booking.currency)
            for booking, refund in zip(self.bookings, self.refunds, strict=True)
        ]

    @property
    def refund(self) -> Decimal:
        return sum(self.refunds, Decimal(0))

    @property
    def refund_then(self) -> Decimal | None:
        return None if self.refunds_then is None else sum(self.refunds_then, Decimal(0))


@dataclass(frozen=True)
class QuoteLine:
    seat_number: str
    seat: Seat
    ticket_type: str | None
    price: Decimal
    currency: str


@dataclass(frozen=True)
class Quote:
    """The seats that a request would get, and their prices."""

    show: Show
    selection: Selection

    @property
    def lines(self) -> list[QuoteLine]:
        chosen = zip(self.selection.seat_numbers, self.selection.tickets, strict=True)
        return [
            QuoteLine(
                number,
                self.selection.hall[number],
                ticket.ticket_type.name if ticket.ticket_type else None,
                ticket.price,
                self.show.screen.cinema.currency,
            )
            for number, ticket in chosen
        ]
