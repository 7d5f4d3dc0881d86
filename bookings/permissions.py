"""Whose booking is whose."""

from rest_framework.permissions import IsAuthenticated


class IsOwnBooking(IsAuthenticated):
    """Nobody sees or changes another customer's booking; staff do it in the admin."""

    message = "This is another customer's booking."

    def has_object_permission(self, request, view, booking):
        return booking.order.customer_id == request.user.pk
