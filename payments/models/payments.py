"""Payments for orders, and their refunds. Rows are never deleted."""

import uuid
from decimal import Decimal
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from bookings.models import Booking, Order
from core import money
from movies.models import Show

REFERENCE_LENGTH = 200
ERROR_LENGTH = 300
AMOUNT: dict[str, Any] = {
    "max_digits": money.MAX_TOTAL_DIGITS,
    "decimal_places": money.DECIMAL_PLACES,
}


class PaymentQuerySet(models.QuerySet["Payment"]):
    def open(self) -> Self:
        """Payments whose outcome is not known yet."""
        return self.filter(status__in=Payment.OPEN)

    def succeeded(self) -> Self:
        return self.filter(status=Payment.Status.SUCCEEDED)

    def locked(self) -> Self:
        """Lock the rows that are read."""
        return self.select_for_update(no_key=True).order_by("pk")


class Payment(models.Model):
    """Money for one order: paid online at a gateway, or received and recorded by staff.

    `id` is what the API shows and the idempotency key of the gateway. An open payment is created
    before the gateway is called, so a lost answer loses no money.
    """

    class Kind(models.TextChoices):
        STRIPE = "stripe", "Stripe"
        TEST = "test", "test gateway"
        CASH = "cash", "cash"
        TERMINAL = "terminal", "card terminal"
        EXTERNAL = "external", "received elsewhere"

    class Status(models.TextChoices):
        CREATED = "created", "created"
        PENDING = "pending", "pending"
        SUCCEEDED = "succeeded", "succeeded"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"
        EXPIRED = "expired", "expired"

    OPEN = ("created", "pending")
    RECORDED = (Kind.CASH, Kind.TERMINAL, Kind.EXTERNAL)  # by staff, without a gateway

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="payments", db_index=False
    )
    kind = models.CharField(max_length=20, choices=Kind.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.CREATED)
    amount = models.DecimalField(**AMOUNT)
    currency = models.CharField(max_length=3)
    refunded = models.DecimalField(
        **AMOUNT, default=0, help_text="The sum of its refunds, without those that failed."
    )
    reference = models.CharField(
        max_length=REFERENCE_LENGTH,
        blank=True,
        help_text="The gateway's own number of it, or that of a terminal's receipt.",
    )
    intent = models.CharField(
        max_length=REFERENCE_LENGTH,
        blank=True,
        help_text="The number under which the gateway refunds it, if it has one of its own.",
    )
    url = models.CharField(max_length=2000, blank=True, help_text="Where the customer pays.")
    return_url = models.URLField(
        max_length=500, blank=True, help_text="Where the gateway sends the customer afterwards."
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True, help_text="When it succeeded.")
    closed_at = models.DateTimeField(
        null=True, blank=True, help_text="When it failed, expired or was cancelled."
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="recorded_payments",
        null=True,
        blank=True,
    )

    objects = PaymentQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        default_permissions = ("view",)
        permissions = [("record_payment", "Can record cash, terminal and other payments")]
        indexes = [
            models.Index(fields=["order"], name="payments_of_order"),
            models.Index(
                fields=["created_at"],
                condition=Q(status__in=["created", "pending"]),
                name="open_payments",
            ),
            models.Index(fields=["settled_at"], name="payment_by_settlement"),
            models.Index(fields=["intent"], condition=~Q(intent=""), name="payment_by_intent"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(status__in=["created", "pending"]),
                name="one_open_payment_per_order",
            ),
            models.UniqueConstraint(
                fields=["kind", "reference"],
                condition=~Q(reference=""),
                name="one_payment_per_reference",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(
                condition=Q(refunded__gte=0, refunded__lte=F("amount")),
                name="refunded_at_most_paid",
            ),
            models.CheckConstraint(
                condition=Q(refunded=0) | Q(status="succeeded"), name="only_paid_is_refunded"
            ),
            models.CheckConstraint(
                condition=Q(status="succeeded", settled_at__isnull=False)
                | (~Q(status="succeeded") & Q(settled_at__isnull=True)),
                name="succeeded_payment_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{money.with_currency(self.amount, self.currency)} {self.kind}"

    @property
    def show(self) -> Show:
        """The show of its order, in whose cinema its times are told."""
        return self.order.show

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def left(self) -> Decimal:
        """What has not been refunded of it."""
        return self.amount - self.refunded


class Refund(models.Model):
    """Money to give back for one payment. `id` is the idempotency key of the gateway."""

    class Status(models.TextChoices):
        DUE = "due", "due"
        SENT = "sent", "sent"
        SUCCEEDED = "succeeded", "succeeded"
        FAILED = "failed", "failed"

    class Reason(models.TextChoices):
        CANCELLED = "cancelled", "seats cancelled or moved"
        LATE = "late", "paid too late"
        SURPLUS = "surplus", "paid twice or too much"
        EXTERNAL = "external", "made at the gateway"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount = models.DecimalField(**AMOUNT)
    reason = models.CharField(max_length=10, choices=Reason.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DUE)
    reference = models.CharField(max_length=REFERENCE_LENGTH, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(
        null=True, blank=True, help_text="When the gateway was first asked."
    )
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="paid_out_refunds",
        null=True,
        blank=True,
        help_text="Who paid it out by hand.",
    )
    error = models.CharField(max_length=ERROR_LENGTH, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        default_permissions = ("view",)
        permissions = [("pay_out_refund", "Can pay out refunds, and send failed ones again")]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=Q(status__in=["due", "sent", "failed"]),
                name="unsettled_refunds",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["payment", "reference"],
                condition=~Q(reference=""),
                name="one_refund_per_reference",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_positive"),
            models.CheckConstraint(
                condition=~Q(status="succeeded") | Q(settled_at__isnull=False),
                name="succeeded_refund_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{money.with_currency(self.amount, self.currency)} back"

    @property
    def currency(self) -> str:
        return self.payment.currency

    @property
    def show(self) -> Show:
        """The show of its order, in whose cinema its times are told."""
        return self.payment.show


class RefundLine(models.Model):
    """The share of a refund that a cancelled booking has."""

    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="lines")
    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="refund_lines")
    amount = models.DecimalField(**AMOUNT)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["refund", "booking"], name="one_line_per_refund_and_booking"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_line_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of {self.booking_id}"
