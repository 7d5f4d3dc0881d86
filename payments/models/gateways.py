"""What gateways reported, and the books of the test gateway, as a bank would keep them."""

import uuid

from django.db import models
from django.utils import timezone

from payments.models.payments import AMOUNT, REFERENCE_LENGTH


class GatewayEvent(models.Model):
    """A message of a gateway, stored once, however often it is sent."""

    gateway = models.CharField(max_length=20)
    event_id = models.CharField(max_length=REFERENCE_LENGTH)
    type = models.CharField(max_length=60)
    body = models.JSONField()
    received_at = models.DateTimeField(default=timezone.now)
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-received_at", "-id"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["gateway", "event_id"], name="one_row_per_gateway_event"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.type}"


class TestSession(models.Model):
    """A payment as the test gateway knows it. `key` is the id of our payment, used once."""

    __test__ = False  # for test runners: this is no test case

    class Status(models.TextChoices):
        OPEN = "open", "open"
        PAID = "paid", "paid"
        DECLINED = "declined", "declined"
        CLOSED = "closed", "closed"

    class Plan(models.TextChoices):
        """What shall become of it; empty: what somebody chooses on its page."""

        PAY = "pay", "is paid at once"
        DECLINE = "decline", "is declined at once"
        PAY_LATE = "pay_late", "is paid after it has expired"
        PAY_TWICE = "pay_twice", "is paid twice at once"
        NEVER = "never", "is never paid"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.UUIDField(unique=True)
    amount = models.DecimalField(**AMOUNT)
    currency = models.CharField(max_length=3)
    received = models.DecimalField(**AMOUNT, default=0)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    plan = models.CharField(max_length=10, choices=Plan.choices, blank=True)
    return_url = models.CharField(max_length=500, blank=True)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}, {self.status}"


class TestRefund(models.Model):
    """A refund as the test gateway knows it. `key` is the id of our refund, used once."""

    __test__ = False

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.UUIDField(unique=True)
    session = models.ForeignKey(TestSession, on_delete=models.PROTECT, related_name="refunds")
    amount = models.DecimalField(**AMOUNT)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.amount} of {self.session_id}"
