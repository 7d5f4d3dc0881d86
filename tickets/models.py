"""Tickets whose codes were renewed."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from bookings.models import Booking

FIRST_GENERATION = 1
MAX_GENERATION = 100  # so that nobody uses up the numbers that a code has room for


class Ticket(models.Model):
    """The present generation of the ticket of a booking; older codes are void.

    There is a row only once a ticket was renewed: a sale writes none.
    """

    booking = models.OneToOneField(
        Booking, on_delete=models.PROTECT, primary_key=True, related_name="ticket"
    )
    generation = models.PositiveSmallIntegerField()
    renewed_at = models.DateTimeField(default=timezone.now)
    renewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="renewed_tickets"
    )

    class Meta:
        default_permissions = ("view",)
        permissions = [("renew_ticket", "Can renew tickets, which makes the old ones void")]
        constraints = [
            models.CheckConstraint(
                condition=Q(generation__range=(FIRST_GENERATION + 1, MAX_GENERATION)),
                name="renewed_generation_in_range",
            )
        ]

    def __str__(self) -> str:
        return f"Ticket of {self.booking}"
