"""Permissions to see payments, and to record them."""

from rest_framework.permissions import IsAuthenticated

from movies.staff_cinemas import OTHER_CINEMAS, may_change


class IsOwnPayment(IsAuthenticated):
    """Allow only the customer of the order; staff use the admin."""

    message = "This is another customer's payment."

    def has_object_permission(self, request, view, payment):
        return payment.order.customer_id == request.user.pk


class MayRecordPayments(IsAuthenticated):
    """Allow members of staff with the permission `payments.record_payment`, in their cinemas."""

    def has_permission(self, request, view):
        is_staff = super().has_permission(request, view) and request.user.is_staff
        return is_staff and request.user.has_perm("payments.record_payment")

    def has_object_permission(self, request, view, order):
        self.message = OTHER_CINEMAS
        return may_change(request.user, order.show)
