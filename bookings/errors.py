"""Domain errors of holding, booking, moving and cancelling."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import ClassVar

from core.errors import Conflict, DomainError
from core.money import has_its_digits, shown, with_currency
from movies.seating.plan import Seat
from movies.seating.spoken import spoken_seat

AMOUNT_SCHEMA = {"type": "string", "format": "decimal"}
ASKED_SCHEMA = {"type": "integer", "description": "How many seats were asked for."}
TIME_OR_NULL_SCHEMA = {"type": "string", "format": "date-time", "nullable": True}
SEATS_SCHEMA = {
    "type": "array",
    "description": "Every seat that failed, and why.",
    "items": {"$ref": "#/components/schemas/FailedSeat"},
}
ALTERNATIVES_SCHEMA = {
    "type": "array",
    "description": "Up to three other choices that were free a moment ago.",
    "items": {"type": "array", "items": {"type": "string"}},
}


class SeatsError(DomainError):
    """An error about seats; `seats` names each of them.

    `of_one` and `of_several` are its sentences, with `{seats}` where the seat numbers go. Where
    `hall` knows a seat whose number also has its zone, the sentence says zone, row and seat apart.
    Without seat numbers it has the sentence of its class, and no `seats`.
    """

    of_one: ClassVar[str] = ""
    of_several: ClassVar[str] = ""
    member_schemas = {"seats": SEATS_SCHEMA}
    required_members = frozenset({"seats"})

    def __init__(
        self,
        seat_numbers: Sequence[str] = (),
        sentence: str = "",
        *,
        hall: Mapping[str, Seat] | None = None,
    ) -> None:
        if not seat_numbers:
            super().__init__(sentence)
            return
        sentence = sentence or (self.of_one if len(seat_numbers) == 1 else self.of_several)
        seats = [{"seat_number": number, "code": self.code} for number in seat_numbers]
        super().__init__(_with_seats(sentence, seat_numbers, hall or {}), seats=seats)


def _with_seats(sentence: str, seat_numbers: Sequence[str], hall: Mapping[str, Seat]) -> str:
    words = [spoken_seat(number, hall.get(number)) for number in seat_numbers]
    if words == [f"seat {number}" for number in seat_numbers]:
        return sentence.replace("{seats}", ", ".join(seat_numbers))
    sentence = re.sub(r"\b[Ss]eats? \{seats\}", "{seats}", sentence)
    sentence = sentence.replace("{seats}", "; ".join(words))
    return sentence[:1].upper() + sentence[1:]


def _example(code: str, **more: object) -> dict[str, object]:
    return {"seats": [{"seat_number": "7", "code": code}], **more}


class SeatUnknown(SeatsError):
    code = "seat_unknown"
    sentence = "This show has no such seat."
    example = _example("seat_unknown")


class CategoryUnknown(DomainError):
    """`categories` are those of the hall."""

    code = "category_unknown"
    sentence = "This show has no seats of that category."
    member_schemas = {
        "categories": {
            "type": "array",
            "description": "The categories that the show has.",
            "items": {"type": "string"},
        }
    }
    example = {"categories": ["Standard", "Premium"]}

    def __init__(self, category: str, *, known: Sequence[str]) -> None:
        super().__init__(
            f"This show has no seats of the category {category}: it has {', '.join(known)}.",
            categories=list(known),
        )


class HoldLimit(DomainError):
    """The customer already has `orders` with `seats` on hold, over all shows."""

    status = 409
    code = "hold_limit"
    sentence = "You already have too many seats on hold."
    member_schemas = {
        "orders": {"type": "integer", "description": "The orders that the customer holds."},
        "seats": {"type": "integer", "description": "Their seats."},
        "max_orders": {"type": "integer", "description": "The most orders at a time."},
        "max_seats": {"type": "integer", "description": "The most seats at a time."},
        "asked": ASKED_SCHEMA,
    }
    example = {"orders": 5, "seats": 12, "max_orders": 5, "max_seats": 30, "asked": 2}


class HalfAPair(SeatsError):
    """`seats` is not sent where an odd number of the best couple seats was asked for."""

    code = "half_a_pair"
    sentence = "Couple seats are sold in pairs: take both seats, or neither."
    required_members = frozenset()
    example = _example("half_a_pair")
    of_one = "Seat {seats} is half of a couple seat: take its partner too."
    of_several = "Seats {seats} are halves of couple seats: take their partners too."


class SingleSeatLeft(SeatsError):
    """`seats` are the seats that would be left single."""

    code = "single_seat_left"
    sentence = "This choice leaves a single free seat between taken seats."
    member_schemas = {**SeatsError.member_schemas, "alternatives": ALTERNATIVES_SCHEMA}
    example = _example("single_seat_left", alternatives=[["F4", "F5"]])
    of_one = "This choice leaves seat {seats} single between taken seats."
    of_several = "This choice leaves seats {seats} single between taken seats."


class SeatLimit(DomainError):
    """`limit` less `owned` seats are possible, `asked` were asked for.

    The limit is that of one order, which begins with none, or that of one customer for a show.
    """

    code = "seat_limit"
    sentence = "You already have the most seats of this show that one customer may have."
    member_schemas = {
        "limit": {"type": "integer", "description": "The most seats."},
        "owned": {
            "type": "integer",
            "description": "How many of them the customer already has in other orders; 0 where the "
            "limit is that of one order.",
        },
        "asked": ASKED_SCHEMA,
    }
    example = {"limit": 10, "owned": 8, "asked": 4}

    def __init__(self, sentence: str, *, limit: int, owned: int = 0, asked: int) -> None:
        super().__init__(sentence, limit=limit, owned=owned, asked=asked)


class SalesClosed(DomainError):
    code = "sales_closed"
    sentence = "Seats for this show are not on sale now."
    member_schemas = {
        "sales_open_at": {**TIME_OR_NULL_SCHEMA, "description": "When sales open or opened."},
        "sales_close_at": {**TIME_OR_NULL_SCHEMA, "description": "When sales close or closed."},
    }
    example = {"sales_open_at": "2026-11-24T10:00:00+00:00", "sales_close_at": None}


class ShowStarted(DomainError):
    code = "show_started"
    sentence = "This show has started."


class SeatTaken(SeatsError, Conflict):
    code = "seat_taken"
    sentence = "This seat is no longer available."
    member_schemas = {**SeatsError.member_schemas, "alternatives": ALTERNATIVES_SCHEMA}
    example = _example("seat_taken", alternatives=[["8"], ["6"], ["9"]])
    of_one = "Seat {seats} is no longer available."
    of_several = "Seats {seats} are no longer available."


class ShowFull(Conflict):
    """Fewer seats are left than the customer asked for: `left`, not `asked`."""

    code = "show_full"
    sentence = "This show does not have that many seats left."
    member_schemas = {
        "left": {"type": "integer", "description": "How many seats of this kind are left."},
        "asked": ASKED_SCHEMA,
    }
    example = {"left": 2, "asked": 4}

    def __init__(self, *, left: int, wanted: int, category: str = "") -> None:
        seats = {0: "No seats are left", 1: "Only 1 seat is left"}.get(
            left, f"Only {left} seats are left"
        )
        place = f" in the category {category}" if category else ""
        super().__init__(f"{seats}{place}; you asked for {wanted}.", left=left, asked=wanted)


class HeldTooLong(SeatsError, Conflict):
    """`seats` are the seats that this customer cannot hold again for a while."""

    code = "held_too_long"
    sentence = "You have held these seats too long without confirming."
    example = _example("held_too_long")
    of_one = "You have held seat {seats} too long without confirming. Please choose another."
    of_several = "You have held seats {seats} too long without confirming. Please choose others."


class PriceChanged(Conflict):
    """`expected_total` is what the client sent, `total` what the seats cost now."""

    code = "price_changed"
    sentence = "The price has changed."
    member_schemas = {
        "expected_total": {**AMOUNT_SCHEMA, "description": "The total that was sent."},
        "total": {**AMOUNT_SCHEMA, "description": "What the seats cost now."},
    }
    required_members = frozenset({"expected_total", "total"})
    example = {"expected_total": "9.00", "total": "11.00"}

    def __init__(self, expected: Decimal, total: Decimal, currency: str) -> None:
        # Digits that the currency does not have are kept: rounded, the two could be the same.
        sent = (
            shown(expected, currency)
            if has_its_digits(expected, currency)
            else f"{expected.normalize():f}"
        )
        super().__init__(
            f"The price has changed: {with_currency(total, currency)}, not {sent} {currency}. "
            "Show the new total and ask again.",
            expected_total=sent,
            total=shown(total, currency),
        )


class PaymentRequired(DomainError):
    """`due` is what must be paid before the seats are booked."""

    status = 402
    code = "payment_required"
    sentence = "This has to be paid first."
    member_schemas = {
        "due": {**AMOUNT_SCHEMA, "description": "What is to pay."},
        "currency": {"type": "string", "description": "ISO 4217"},
        "pay_at": {"type": "string", "description": "POST here to pay; empty without a hold."},
    }
    required_members = frozenset({"due", "currency", "pay_at"})
    example = {
        "due": "16.50",
        "currency": "GBP",
        "pay_at": "/api/orders/7GQ2MXK4TD/payments/",
    }

    def __init__(self, due: Decimal, currency: str, *, order: str = "", how: str = "") -> None:
        how = how or (
            "POST to pay_at to pay."
            if order
            else "Hold the seats, then POST to orders/{code}/payments/."
        )
        super().__init__(
            f"{with_currency(due, currency)} must be paid first. {how}",
            due=shown(due, currency),
            currency=currency,
            pay_at=f"/api/orders/{order}/payments/" if order else "",
        )


class HoldExpired(Conflict):
    code = "hold_expired"
    sentence = "The hold has expired and its seats are free again."


class PaidAlready(Conflict):
    code = "paid_already"
    sentence = "This order was already confirmed with another payment."


class PaymentUsed(Conflict):
    code = "payment_used"
    sentence = "This payment reference belongs to another order. Send the reference of this order."


class NotHeld(DomainError):
    code = "not_held"
    sentence = "This order is already booked: there is no hold to extend."


class SeatsNotBlocked(SeatsError, Conflict):
    code = "seats_not_blocked"
    sentence = "These seats are not blocked."
    example = _example("seats_not_blocked")
    of_one = "Seat {seats} is not blocked."
    of_several = "Seats {seats} are not blocked."


class AlreadyCancelled(SeatsError):
    """`seats` is sent where only some seats of an order are already cancelled."""

    code = "already_cancelled"
    sentence = "This is already cancelled."
    required_members = frozenset()
    of_one = "Seat {seats} is already cancelled."
    of_several = "Seats {seats} are already cancelled."


class CancelTooLate(DomainError):
    code = "cancel_too_late"
    sentence = "The show has started: it is too late to cancel."
