"""Writes down what time has ended, and drops what is of no use any more: `manage.py tidy`.

Nothing waits for it: a hold is over by the clock, and old rows are not believed. Every part is safe
at any time, beside sales and beside itself: short transactions, each of which looks again.
"""

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from bookings.models import Order
from bookings.services.cancelling_shows import cancel_orders_of
from bookings.transitions import expire_holds
from core.db.transactions import atomic_with_retry, delete_in_batches
from core.http.idempotency import delete_old_records
from movies.models import Show

ORDERS_IN_A_BATCH = 100


def end_lapsed_holds():
    """Give the holds that are over their final status; answer how many."""
    ended = 0
    for show in list(_lapsed_holds().order_by().values_list("show", flat=True).distinct()):
        while batch := _end_some_holds(show_id=show):
            ended += batch
    return ended


def _lapsed_holds():
    return Order.objects.filter(status=Order.Status.HELD, expires_at__lte=timezone.now())


@atomic_with_retry
def _end_some_holds(*, show_id):
    """How many it were. Locks the show, as whoever confirms or moves a hold does."""
    Show.objects.locked().get(pk=show_id)
    found = list(
        _lapsed_holds().filter(show=show_id).values_list("pk", flat=True)[:ORDERS_IN_A_BATCH]
    )
    expire_holds(Order.objects.filter(pk__in=found))
    return len(found)


def finish_cancelled_shows():
    """Cancel what a stop has left of the orders of cancelled shows; answer how many shows."""
    alive = Order.objects.filter(
        show=OuterRef("pk"), status__in=[Order.Status.HELD, Order.Status.BOOKED]
    )
    shows = list(Show.objects.filter(Exists(alive), cancelled_at__isnull=False).order_by("pk"))
    for show in shows:
        cancel_orders_of(show=show)
    return len(shows)


def delete_expired_tokens():
    """As `flushexpiredtokens`, in batches: refresh tokens with their places on the blacklist."""
    return delete_in_batches(OutstandingToken.objects.filter(expires_at__lte=timezone.now()))


def delete_expired_sessions():
    """As `clearsessions`, in batches."""
    return delete_in_batches(Session.objects.filter(expire_date__lte=timezone.now()))


def delete_old_attempts():
    """Failed log-ins that no lock-out counts any more."""
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    return delete_in_batches(AccessAttempt.objects.filter(attempt_time__lt=since))


PARTS = {
    "holds that were over, ended": end_lapsed_holds,
    "cancelled shows, finished": finish_cancelled_shows,
    "old idempotency records, deleted": delete_old_records,
    "expired tokens, deleted": delete_expired_tokens,
    "expired sessions, deleted": delete_expired_sessions,
    "old failed log-ins, deleted": delete_old_attempts,
}
