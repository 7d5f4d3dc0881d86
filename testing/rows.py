"""What is in the tables, to compare before and after."""

from datetime import timedelta
from unittest import mock

from django.utils import timezone

from bookings.models import Booking, Order


def all_rows():
    """Every order and every booking, with all of their columns."""
    return [list(model.objects.order_by("pk").values()) for model in (Order, Booking)]


def at(moment):
    """Within this context it is that moment for the whole application."""
    return mock.patch("django.utils.timezone.now", return_value=moment)


def before(show, **time):
    """Within this context it is so long before the show starts."""
    return at(show.starts_at - timedelta(**time))


def end_hold(order):
    """The time of the hold is over, and no row says so yet."""
    over = timezone.now() - timedelta(seconds=1)
    Order.objects.filter(pk=order.pk).update(expires_at=over)
    Booking.objects.filter(order=order, status="held").update(expires_at=over)
