"""The clock of a test, and holds whose time has passed."""

from datetime import timedelta
from unittest import mock

from django.utils import timezone

from bookings.models import Booking, Order


def at(moment):
    """Within this context the application's clock stands at this moment."""
    return mock.patch("django.utils.timezone.now", return_value=moment)


def before(show, **time):
    """Within this context it is this long before the show starts: `before(show, hours=3)`."""
    return at(show.starts_at - timedelta(**time))


def later(**time):
    """Within this context the clock stands this much later: `later(minutes=5)`."""
    return at(timezone.now() + timedelta(**time))


def past(**time):
    """Return the moment this long ago; one second without arguments."""
    return timezone.now() - timedelta(**(time or {"seconds": 1}))


def end_hold(order):
    """Let the hold lapse: its time has passed, and its rows still say held."""
    ended = past()
    Order.objects.filter(pk=order.pk).update(expires_at=ended)
    Booking.objects.filter(order=order, status="held").update(expires_at=ended)
