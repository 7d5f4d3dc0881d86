"""Permissions to block seats, and to see or change orders and bookings."""

from rest_framework.permissions import IsAuthenticated

from movies.staff_cinemas import OTHER_CINEMAS, may_change


class MayBlockSeats(IsAuthenticated):
    """Allow members of staff with the permission `bookings.block_seats`."""

    def has_permission(self, request, view):
        is_staff = super().has_permission(request, view) and request.user.is_staff
        return is_staff and request.user.has_perm("bookings.block_seats")

    def has_object_permission(self, request, view, show):
        self.message = OTHER_CINEMAS
        return may_change(request.user, show)


class IsOwnOrder(IsAuthenticated):
    """Allow only the customer of the order; staff use the admin."""

    message = "This is another customer's order."

    def has_object_permission(self, request, view, order):
        return order.customer_id == request.user.pk


class IsOwnBooking(IsAuthenticated):
    """Allow only the customer of the booking; staff use the admin."""

    message = "This is another customer's booking."

    def has_object_permission(self, request, view, booking):
        return booking.order.customer_id == request.user.pk
