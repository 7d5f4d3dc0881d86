"""Looking at open payments of which no message has come."""

import logging
from collections import Counter
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from bookings.models import Order
from payments.errors import GatewayUnavailable
from payments.models import Payment
from payments.services.settling import close_payment, look_at_payment

logger = logging.getLogger(__name__)

QUIET = timedelta(minutes=1)  # since it was opened; the customer may be paying
BATCH = 100
MAX_FAILURES = 3  # of a gateway; then its other payments wait for the next time


def sweep_payments() -> int:
    """Settle payments that have ended at their gateway; close those that nobody may pay any more.

    Returns how many it looked at. A gateway that does not answer is asked again the next time.
    """
    now, looked, failures = timezone.now(), 0, Counter[str]()
    waiting = Payment.objects.open().filter(Q(created_at__lte=now - QUIET) | Q(expires_at__lte=now))
    for payment in waiting.select_related("order").order_by("created_at")[:BATCH]:
        if failures[payment.kind] >= MAX_FAILURES:
            continue
        looked += 1
        is_wanted = payment.order.status_now in (Order.Status.HELD, Order.Status.BOOKED)
        is_over = payment.expires_at is not None and payment.expires_at <= now
        try:
            if is_wanted and not is_over and payment.reference:
                look_at_payment(payment=payment)
            else:
                close_payment(payment=payment)
        except GatewayUnavailable:
            logger.warning("The gateway %s does not answer.", payment.kind)
            failures[payment.kind] += 1
    return looked
