"""Permissions to see and to renew tickets."""

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
