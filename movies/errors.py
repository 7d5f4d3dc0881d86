"""Domain errors of the programme: shows, halls and prices."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple, Self

from core.errors import Conflict, DomainError

SLOTS_SCHEMA = {
    "type": "array",
    "description": "Every requested slot that collides.",
    "items": {
        "title": "SlotCollision",
        "type": "object",
        "properties": {
            "starts_at": {"type": "string", "format": "date-time"},
            "detail": {"type": "string"},
        },
        "required": ["starts_at", "detail"],
    },
}

MISSING_SCHEMA = {
    "type": "array",
    "description": "Every price that the price list lacks, up to 100, where a hall was checked.",
    "items": {
        "title": "PriceGap",
        "type": "object",
        "properties": {"category": {"type": "string"}, "ticket_type": {"type": "string"}},
        "required": ["category", "ticket_type"],
    },
}


class ShowsOverlap(Conflict):
    """`show` is the show in the way; `slots` lists every collision of several new shows."""

    code = "shows_overlap"
    sentence = "Another show needs the screen at that time."
    member_schemas = {
        "show": {"type": "integer", "description": "The show that already has the screen."},
        "slots": SLOTS_SCHEMA,
    }
    example = {
        "slots": [
            {
                "starts_at": "2026-11-27T20:15:00+00:00",
                "detail": "Astoria, Screen 2 is taken by Alien from 2026-11-27 19:00 to 21:12, "
                "and needs 15 minutes between two shows.",
            }
        ]
    }


LOST_SEATS_SCHEMA = {
    "type": "array",
    "description": "Every taken seat that would be missing.",
    "items": {"$ref": "#/components/schemas/FailedSeat"},
}


class SeatsSold(Conflict):
    """`seats` are the taken seats that would be missing."""

    code = "seats_sold"
    sentence = "The new seating plan lacks seats that are sold."
    member_schemas = {"seats": LOST_SEATS_SCHEMA}
    required_members = frozenset({"seats"})
    example = {"seats": [{"seat_number": "K7", "code": "seats_sold"}]}


class ShowSold(Conflict):
    """`fields` are those that cannot change, `orders` the number of held and booked orders."""

    code = "show_sold"
    sentence = "Seats of this show are sold, so this cannot change."
    member_schemas = {
        "fields": {
            "type": "array",
            "description": "The fields that cannot change.",
            "items": {"type": "string"},
        },
        "orders": {"type": "integer", "description": "How many orders are held or booked."},
    }
    required_members = frozenset({"fields", "orders"})
    example = {"fields": ["starts_at"], "orders": 12}


class ShowOver(DomainError):
    code = "show_over"
    sentence = "This show is over, so it cannot be rescheduled."


class MayNotMakeFree(DomainError):
    status = 403
    code = "make_free_forbidden"
    sentence = (
        "Making a sold show free, or a free one cost something, needs the permission "
        "movies.make_free."
    )


class PriceGap(NamedTuple):
    """A price that a price list lacks."""

    category: str
    ticket_type: str


class PriceMissing(DomainError):
    """`missing` lists the prices that a price list lacks, where a whole hall was checked."""

    MAX_LISTED: ClassVar = 100
    gaps: Sequence[PriceGap] = ()  # all of them

    code = "price_missing"
    sentence = "The price list has no price for a seat of the hall."
    member_schemas = {"missing": MISSING_SCHEMA}

    @classmethod
    def of(cls, price_list: str, gaps: Sequence[PriceGap]) -> Self:
        """The error of a price list with these gaps, at least one."""
        listed = gaps[: cls.MAX_LISTED]
        words = "; ".join(f"{gap.category}, {gap.ticket_type}" for gap in listed)
        more = f"; and {len(gaps) - len(listed):,} more" if len(gaps) > len(listed) else ""
        error = cls(
            f"{price_list} has no price for {words}{more}.",
            missing=[gap._asdict() for gap in listed],
        )
        error.gaps = gaps
        return error


class TicketTypeUnknown(DomainError):
    """`ticket_types` are those of the seat."""

    code = "ticket_type_unknown"
    sentence = "This show has no such ticket type."
    member_schemas = {
        "ticket_types": {
            "type": "array",
            "description": "The ticket types of this seat; none where the show is free.",
            "items": {"type": "string"},
        }
    }
    example = {"ticket_types": ["Adult", "Child"]}


class ShowCancelled(Conflict):
    code = "show_cancelled"
    sentence = "This show is cancelled."
