"""What earlier holds mean for a write: those that are over give way, and their time is counted."""

from django.utils import timezone

from bookings import hold_time
from bookings.metrics import count_seats
from bookings.models import Booking, Order
from config.request_log import current_request_id


def end_lapsed_holds(stock, seat_numbers):
    """The rows of holds that are over give way: whole orders, as none is held in part."""
    lapsed = {stock.lapsed[number] for number in seat_numbers if number in stock.lapsed}
    if lapsed:
        expire_holds(Order.objects.filter(pk__in=lapsed))


def expire_holds(orders):
    """Write down that these holds are over, if they were not ended yet."""
    held = Booking.objects.filter(order__in=orders, status=Booking.Status.HELD)
    seats = held.update(status=Booking.Status.EXPIRED, end_request_id=current_request_id())
    count_seats("expired", seats)
    orders.filter(status=Order.Status.HELD).update(status=Order.Status.EXPIRED)


def time_held_lately(customer, show):
    """{seat number: how long the customer has held it without confirming}. One query."""
    now, spans = timezone.now(), {}
    holds = show.bookings.filter(
        order__customer=customer, booked_at=None, expires_at__gt=now - hold_time.look_back()
    )
    times = ("created_at", "expires_at", "cancelled_at")
    for number, began_at, expires_at, cancelled_at in holds.values_list("seat_number", *times):
        spans.setdefault(number, []).append((began_at, cancelled_at or expires_at))
    return {number: hold_time.time_held(some, now) for number, some in spans.items()}
