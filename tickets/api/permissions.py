"""Permissions to see and to renew tickets, and to work at the door."""

from rest_framework.permissions import IsAuthenticated

from movies.staff_cinemas import OTHER_CINEMAS, may_change


class OwnerOrStaff(IsAuthenticated):
    """The customer of the order, and staff with the right in their cinemas."""

    right = "tickets.view_ticket"
    message = "This is another customer's order."

    def has_object_permission(self, request, view, order):
        user = request.user
        if order.customer_id == user.pk:
            return True
        if not (user.is_staff and user.has_perm(self.right)):
            return False
        self.message = OTHER_CINEMAS
        return may_change(user, order.show)


class OwnerOrRenewer(OwnerOrStaff):
    right = "tickets.renew_ticket"


class MayCheckIn(IsAuthenticated):
    """Staff with the permission `tickets.check_in`, at shows of their cinemas."""

    def has_permission(self, request, view):
        is_staff = super().has_permission(request, view) and request.user.is_staff
        return is_staff and request.user.has_perm("tickets.check_in")

    def has_object_permission(self, request, view, show):
        self.message = OTHER_CINEMAS
        return may_change(request.user, show)
