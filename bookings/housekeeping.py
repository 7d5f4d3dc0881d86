"""Tasks of `manage.py tidy`: lapsed holds, interrupted cancellations, bookings of an old version.

All run in short transactions, each of which looks again.
"""

from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone

from bookings.models import Booking, Order
from bookings.services.cancelling_shows import cancel_orders_of
from bookings.transitions import expire_holds
from core.db.transactions import atomic_with_retry
from core.housekeeping import housekeeping
from movies.models import Show

ORDERS_IN_A_BATCH = 100


@housekeeping("lapsed holds expired")
def end_lapsed_holds() -> int:
    """Give lapsed holds their final status; return how many."""
    ended = 0
    for show in list(_lapsed_holds().order_by().values_list("show", flat=True).distinct()):
        while batch := end_next_batch(show_id=show):
            ended += batch
    return ended


def _lapsed_holds():
    return Order.objects.filter(status=Order.Status.HELD, expires_at__lte=timezone.now())


@atomic_with_retry
def end_next_batch(*, show_id):
    """Expire one batch; return how many. Locks the show, as confirming or moving a hold does."""
    Show.objects.locked().get(pk=show_id)
    found = list(
        _lapsed_holds().filter(show=show_id).values_list("pk", flat=True)[:ORDERS_IN_A_BATCH]
    )
    expire_holds(Order.objects.filter(pk__in=found))
    return len(found)


@housekeeping("cancelled shows finished")
def finish_cancelled_shows() -> int:
    """Cancel the orders that an interrupted `cancel_show` has left; return how many shows."""
    alive = Order.objects.filter(
        show=OuterRef("pk"), status__in=[Order.Status.HELD, Order.Status.BOOKED]
    )
    shows = list(Show.objects.filter(Exists(alive), cancelled_at__isnull=False).order_by("pk"))
    for show in shows:
        cancel_orders_of(show=show)
    return len(shows)


@housekeeping("bookings of an older version completed")
def copy_customers() -> int:
    """Copy the customer of the order to bookings of current shows without one; return how many.

    A server of version 0.1 that still runs during an upgrade writes such rows. Their seats do not
    count for the limit of a customer until then.
    """
    customer = Order.objects.filter(pk=OuterRef("order")).values("customer")
    without = Booking.objects.filter(
        customer=None, order__isnull=False, show__in=Show.objects.not_over()
    )
    return without.update(customer=Subquery(customer))
