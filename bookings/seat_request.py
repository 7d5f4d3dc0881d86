"""The request of a customer for seats."""

from typing import NamedTuple


class SeatRequest(NamedTuple):
    """Named seats, or a number of the best ones.

    `category` narrows the best seats; empty means any category that need not be asked for by name.
    `ticket_types` has one entry per seat, None for the default; empty means all defaults.
    """

    seat_numbers: tuple[str, ...] = ()
    best: int = 0
    category: str = ""
    ticket_types: tuple[str | None, ...] = ()

    @property
    def size(self) -> int:
        """The number of seats."""
        return self.best or len(self.seat_numbers)
