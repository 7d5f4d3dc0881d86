"""Holds whose time is over: their rows give way, and say so."""

from bookings.metrics import count_seats
from bookings.models import Booking, Order
from core.request_id import current_request_id


def take_over_lapsed_holds(stock, seat_numbers):
    """The rows of holds that are over give way to who takes these seats now: whole orders, as none
    is held in part.
    """
    lapsed = {stock.lapsed[number] for number in seat_numbers if number in stock.lapsed}
    if lapsed:
        expire_holds(Order.objects.filter(pk__in=lapsed))


def expire_holds(orders):
    """Write down that these holds are over, if they were not ended yet."""
    held = Booking.objects.filter(order__in=orders, status=Booking.Status.HELD)
    seats = held.update(status=Booking.Status.EXPIRED, end_request_id=current_request_id())
    count_seats("expired", seats)
    orders.filter(status=Order.Status.HELD).update(status=Order.Status.EXPIRED)
