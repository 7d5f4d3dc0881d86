"""The request of a customer for seats."""

from decimal import Decimal
from typing import NamedTuple

NO_TICKET_TYPE = ""  # what null asks for: only a free show has it


class SeatRequest(NamedTuple):
    """Named seats, or a number of the best ones.

    `category` narrows the best seats; empty means any category that need not be asked for by name.
    `ticket_types` has one entry per seat, None for the default; empty means all defaults.
    `ticket_type_field` is the name of an entry in an error; its place is put into the braces.
    `expected_total` is what the customer was told; None: not sent.
    """

    seat_numbers: tuple[str, ...] = ()
    best: int = 0
    category: str = ""
    ticket_types: tuple[str | None, ...] = ()
    ticket_type_field: str = "ticket_types.{}"
    expected_total: Decimal | None = None

    @property
    def size(self) -> int:
        """The number of seats."""
        return self.best or len(self.seat_numbers)
