"""The answers to the questions of `movies.occupancy` about the seats of a show."""

from django.db.models import Count, F, OuterRef, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.urls import reverse

from bookings.models import Booking, BookingQuerySet, Order
from bookings.occupancy import read_occupancy
from movies.occupancy import LiveOrders, Occupancy


def available_seats() -> Combinable:
    return F("total_seats") - _count_per_show(Booking.objects.active())


def sold_seats() -> Combinable:
    return _count_per_show(Booking.objects.filter(status=Booking.Status.BOOKED))


def _count_per_show(bookings: BookingQuerySet) -> Combinable:
    of_show = bookings.filter(show=OuterRef("pk")).order_by().values("show")
    return Coalesce(Subquery(of_show.annotate(seats=Count("pk")).values("seats")), 0)


def taken_seat_numbers(show_id: int) -> list[str]:
    return list(read_occupancy(show_id).taken)


def live_orders(show_id: int) -> LiveOrders:
    live = Order.objects.live().not_lapsed().filter(show=show_id)
    counts: dict[str, int] = dict(
        live.order_by().values_list("status").annotate(orders=Count("pk"))
    )
    return LiveOrders(
        held=counts.get(Order.Status.HELD, 0), booked=counts.get(Order.Status.BOOKED, 0)
    )


def seats_url(show_id: int) -> str:
    return reverse("admin:bookings_show_seats", args=[show_id])


OCCUPANCY = Occupancy(
    available_seats=available_seats,
    sold_seats=sold_seats,
    taken_seat_numbers=taken_seat_numbers,
    live_orders=live_orders,
    seats_url=seats_url,
)
