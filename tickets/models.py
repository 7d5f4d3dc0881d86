"""Tickets whose codes were renewed, and what happened at the door."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from bookings.models import Booking, Order
from core.request_id import MAX_LENGTH as REQUEST_ID_LENGTH
from movies.models import Show

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


class TicketBlock(models.Model):
    """Whether staff have blocked the tickets of an order: lost, stolen, or paid back by a bank."""

    REASON_LENGTH = 200

    order = models.OneToOneField(
        Order, on_delete=models.PROTECT, primary_key=True, related_name="ticket_block"
    )
    is_blocked = models.BooleanField()
    reason = models.CharField(max_length=REASON_LENGTH, blank=True)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="ticket_blocks"
    )

    class Meta:
        default_permissions = ()
        permissions = [("block_tickets", "Can block tickets, which the door then refuses")]

    def __str__(self) -> str:
        return f"Tickets of order {self.order_id}"


class AdmissionQuerySet(models.QuerySet["Admission"]):
    def standing(self) -> Self:
        """Admissions that let somebody in and were not annulled, doubles among them."""
        return self.filter(result=Admission.Result.ADMITTED, annulled_at=None)


class Admission(models.Model):
    """One scan at the door, and its answer. Rows are kept: they say who was let in, and why not."""

    class Result(models.TextChoices):
        ADMITTED = "admitted", "admitted"
        REFUSED = "refused", "refused"

    class Reason(models.TextChoices):
        INVALID = "invalid", "no valid ticket"
        MOVED = "moved", "moved to other seats"
        CANCELLED = "cancelled", "cancelled"
        REVOKED = "revoked", "void: the ticket was renewed"
        BLOCKED = "blocked", "blocked by staff"
        WRONG_SHOW = "wrong_show", "for another show"
        TOO_EARLY = "too_early", "too early"
        TOO_LATE = "too_late", "the show is over"
        ALREADY_ADMITTED = "already_admitted", "admitted before"

    DEVICE_LENGTH, NONCE_LENGTH, REASON_LENGTH = 64, 64, 200

    booking = models.ForeignKey(
        Booking,
        on_delete=models.PROTECT,
        related_name="admissions",
        null=True,
        blank=True,
        help_text="Empty for a code that is none.",
    )
    show = models.ForeignKey(
        Show,
        on_delete=models.PROTECT,
        related_name="admissions",
        null=True,
        blank=True,
        help_text="The show of the ticket; else the one that the device was at.",
    )
    device = models.CharField(max_length=DEVICE_LENGTH)
    nonce = models.CharField(max_length=NONCE_LENGTH)
    code_hash = models.CharField(max_length=64, help_text="Of what was scanned.")
    scanned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="admissions"
    )
    scanned_at = models.DateTimeField(help_text="By the clock of the device, if it said so.")
    received_at = models.DateTimeField(default=timezone.now)
    result = models.CharField(max_length=10, choices=Result.choices)
    reason = models.CharField(max_length=20, choices=Reason.choices, blank=True)
    is_offline = models.BooleanField(help_text="The device decided, and told it later.")
    is_double = models.BooleanField(
        default=False, help_text="Somebody was let in with this ticket before."
    )
    first = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
        help_text="The admission by which the ticket was used before.",
    )
    annulled_at = models.DateTimeField(null=True, blank=True)
    annulled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="annulled_admissions",
        null=True,
        blank=True,
    )
    annul_reason = models.CharField(max_length=REASON_LENGTH, blank=True)
    request_id = models.CharField(max_length=REQUEST_ID_LENGTH, blank=True)

    objects = AdmissionQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-id"]
        default_permissions = ("view",)
        permissions = [("check_in", "Can let people in with their tickets")]
        indexes = [
            models.Index(fields=["show", "received_at"], name="admission_of_show"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["device", "nonce"], name="one_answer_for_a_nonce"),
            models.UniqueConstraint(
                fields=["booking"],
                condition=Q(result="admitted", annulled_at__isnull=True, is_double=False),
                name="one_admission_of_a_ticket",
            ),
            models.CheckConstraint(
                condition=Q(result="admitted") | Q(is_double=False, annulled_at__isnull=True),
                name="only_admissions_are_double_or_annulled",
            ),
            models.CheckConstraint(
                condition=Q(result="admitted") | ~Q(reason=""), name="refusal_says_why"
            ),
            models.CheckConstraint(
                condition=Q(annulled_at__isnull=True, annulled_by__isnull=True)
                | Q(annulled_at__isnull=False, annulled_by__isnull=False),
                name="annulment_says_who",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.device}: {self.result} {self.reason}".strip()
