"""What orders and bookings store about their customer."""

from typing import Any

from django.db.models import F, QuerySet

from accounts.data_registry import Part, register
from accounts.models import User
from audit.erasing import erase_entries
from bookings.api.serializers.orders import OrderSerializer
from bookings.models import Booking, Order
from core.http.serving import serializer_of


def _orders(user: User) -> list[dict[str, Any]]:
    """Return the orders of the user as the API shows them, the oldest first."""
    orders = Order.objects.with_bookings().placed_by(user).order_by("id")
    return [serializer_of(OrderSerializer).to_representation(order) for order in orders]


def _erase_orders(user: User) -> None:
    """Erase what was typed about or by the customer. The reason why a show was cancelled stays."""
    for model, pks in (
        (Order, Order.objects.filter(customer=user).values_list("pk", flat=True)),
        (Booking, Booking.objects.filter(order__customer=user).values_list("pk", flat=True)),
    ):
        erase_entries(model, pks, typed={"reason", "payment_reference"})
    bookings = Booking.objects.filter(order__customer=user)
    bookings.exclude(payment_reference="").update(payment_reference="")
    typed = bookings.exclude(cancel_reason="").exclude(cancel_reason=F("show__cancel_reason"))
    Booking.objects.filter(pk__in=list(typed.values_list("pk", flat=True))).update(cancel_reason="")


def _in_use(users: QuerySet[User], since: Any) -> QuerySet[User]:
    """Filter the users with an order since then, or of a show that was not over then."""
    return users.filter(orders__created_at__gte=since) | users.filter(
        orders__show__ends_at__gte=since
    )


register("orders", Part(_orders, _erase_orders, _in_use))
