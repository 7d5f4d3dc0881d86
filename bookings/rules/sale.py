"""When a show is on sale, and how many seats one customer may have."""

from django.conf import settings
from django.utils import timezone

from bookings.errors import SalesClosed, SeatLimit, ShowStarted
from movies.errors import ShowCancelled
from movies.models import Show


def ensure_on_sale(show: Show) -> None:
    """Raise ShowCancelled, ShowStarted or SalesClosed."""
    if show.is_cancelled:
        raise ShowCancelled
    if show.has_started:
        raise ShowStarted
    if not show.is_on_sale:
        raise SalesClosed(_when_on_sale(show))


def _when_on_sale(show: Show) -> str:
    if show.sales_open_at and show.sales_open_at > timezone.now():
        return f"Seats for this show go on sale on {show.local(show.sales_open_at):%Y-%m-%d %H:%M}."
    return f"Sales closed on {show.local(show.on_sale_until):%Y-%m-%d %H:%M}."


def ensure_order_size(seats: int) -> None:
    """Raise SeatLimit if an order would have more than MAX_SEATS_PER_ORDER seats."""
    if seats > settings.MAX_SEATS_PER_ORDER:
        raise SeatLimit(
            f"An order has at most {settings.MAX_SEATS_PER_ORDER} seats; you asked for {seats}."
        )


def ensure_within_limit(seats: int, *, owned: int) -> None:
    """Raise SeatLimit if a customer who owns so many seats of a show may not have as many more."""
    if owned + seats > settings.MAX_SEATS_PER_SHOW:
        raise SeatLimit(
            f"A customer may have {settings.MAX_SEATS_PER_SHOW} seats of a show; you already have "
            f"{owned}."
        )
