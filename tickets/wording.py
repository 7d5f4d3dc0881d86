"""What stands on a ticket, in words."""

from datetime import datetime
from typing import NamedTuple

from accounts.models import User
from bookings.models import Booking
from core.money import with_currency

FREE = "free"


class Words(NamedTuple):
    """The texts of a ticket. Empty where the hall, the show or the customer has none."""

    film: str
    certificate: str
    cinema: str
    address: str
    screen: str
    day: str
    clock: str
    zone: str
    category: str
    row: str
    seat: str
    ticket_type: str
    price: str
    order: str
    name: str

    @property
    def place(self) -> str:
        """Return such as "Balcony, row F, seat 7"."""
        row = f"row {self.row}" if self.row else ""
        return ", ".join(filter(None, [self.zone, row, f"seat {self.seat}"]))

    @property
    def text(self) -> str:
        """The whole ticket as lines of text."""
        certificate = f" ({self.certificate})" if self.certificate else ""
        lines = [
            f"{self.film}{certificate}",
            f"{self.day}, {self.clock}",
            ", ".join(filter(None, [self.cinema, self.screen])),
            ", ".join(filter(None, [self.place, self.category])),
            ", ".join(filter(None, [self.ticket_type, self.price])),
            ", ".join(filter(None, [f"Order {self.order}", self.name])),
        ]
        return "\n".join(lines)


def words_of(booking: Booking) -> Words:
    """Return the words of a ticket. The booking has its show, order, customer and ticket type."""
    show, seat, order = booking.show, booking.seat, booking.order
    cinema = show.screen.cinema
    start = show.local(show.starts_at)
    return Words(
        film=show.movie.title,
        certificate=show.movie.certificate,
        cinema=cinema.name,
        address=cinema.address,
        screen=show.screen.name,
        day=f"{start:%A} {start.day} {start:%B %Y}",
        clock=clock_of(start),
        zone=seat.zone.strip() if seat else "",
        category=seat.category if seat else "",
        row=seat.row.strip() if seat else "",
        seat=seat.seat if seat and seat.seat else booking.seat_number,
        ticket_type=booking.ticket_type.name if booking.ticket_type else "",
        price=with_currency(booking.price, booking.currency) if booking.price else FREE,
        order=order.code if order else "",
        name=name_of(order.customer) if order else "",
    )


def clock_of(local: datetime) -> str:
    """Return such as "20:15". An hour that the clocks have twice has its offset too."""
    is_twice = local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()
    return f"{local:%H:%M} (UTC{local.isoformat()[-6:]})" if is_twice else f"{local:%H:%M}"


def name_of(customer: User) -> str:
    """Return first and last name, as far as the customer gave them."""
    return customer.get_full_name()
