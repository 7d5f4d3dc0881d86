"""Whose booking is whose."""

from rest_framework.permissions import IsAuthenticated


class MayBlockSeats(IsAuthenticated):
    """Members of staff with the permission `bookings.block_seats`."""

    def has_permission(self, request, view):
        is_staff = super().has_permission(request, view) and request.user.is_staff
        return is_staff and request.user.has_perm("bookings.block_seats")


class IsOwnOrder(IsAuthenticated):
    """Nobody sees or changes another customer's order; staff do it in the admin."""

    message = "This is another customer's order."

    def has_object_permission(self, request, view, order):
        return order.customer_id == request.user.pk


class IsOwnBooking(IsAuthenticated):
    """Nobody sees or changes another customer's booking; staff do it in the admin."""

    message = "This is another customer's booking."

    def has_object_permission(self, request, view, booking):
        return booking.order.customer_id == request.user.pk
