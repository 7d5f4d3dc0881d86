"""Orders and their bookings. Rows are never deleted: a seat's bookings are its history."""

import secrets

from django.conf import settings
from django.db import models
from django.utils import timezone

from movies.models import Show, TicketType
from movies.seat_number import MAX_LENGTH

CODE_LETTERS = "23456789BCDFGHJKMNPQRSTVWXYZ"  # read aloud, none is taken for another
CODE_LENGTH = 10


def new_order_code():
    """28**10 codes, some 48 bits: nobody guesses one."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


class Order(models.Model):
    """The bookings of one show that one customer made in one go."""

    class Status(models.TextChoices):
        HELD = "held", "held"
        BOOKED = "booked", "booked"
        CANCELLED = "cancelled", "cancelled"
        EXPIRED = "expired", "expired"

    code = models.CharField(max_length=CODE_LENGTH, unique=True, default=new_order_code)
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders"
    )
    show = models.ForeignKey(Show, on_delete=models.PROTECT, related_name="orders")
    status = models.CharField(max_length=10, choices=Status.choices)
    total = models.DecimalField(
        max_digits=10, decimal_places=2, help_text="What its active bookings cost together."
    )
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="While held.")

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(total__gte=0), name="order_total_not_negative"
            ),
            models.CheckConstraint(
                condition=~models.Q(status="held") | models.Q(expires_at__isnull=False),
                name="held_order_expires",
            ),
        ]

    def __str__(self):
        return self.code


class BookingQuerySet(models.QuerySet):
    def active(self):
        """Bookings that take their seat."""
        return self.filter(status__in=Booking.ACTIVE)

    def of_customers(self):
        """Bookings of customers, without the seats that staff keep off sale."""
        return self.filter(order__isnull=False)

    def booked_by(self, user):
        return self.filter(order__customer=user)

    def upcoming(self):
        return self.filter(show__starts_at__gt=timezone.now())

    def past(self):
        return self.filter(show__starts_at__lte=timezone.now())

    def with_places(self):
        """Loads order, movie, screen and cinema along, for whoever shows them."""
        return self.select_related("order", "ticket_type", "show__movie", "show__screen__cinema")


class Booking(models.Model):
    """One seat of one show, with the price it was sold for."""

    class Status(models.TextChoices):
        HELD = "held", "held"
        BOOKED = "booked", "booked"
        BLOCKED = "blocked", "blocked"
        CANCELLED = "cancelled", "cancelled"
        EXPIRED = "expired", "expired"

    ACTIVE = [Status.HELD, Status.BOOKED, Status.BLOCKED]

    show = models.ForeignKey(Show, on_delete=models.PROTECT, related_name="bookings")
    order = models.ForeignKey(
        Order,
        on_delete=models.PROTECT,
        related_name="bookings",
        null=True,
        blank=True,
        help_text="None for a seat that staff keep off sale.",
    )
    seat_number = models.CharField(max_length=MAX_LENGTH)
    status = models.CharField(max_length=10, choices=Status.choices)
    ticket_type = models.ForeignKey(
        TicketType, on_delete=models.PROTECT, related_name="bookings", null=True, blank=True
    )
    price = models.DecimalField(max_digits=8, decimal_places=2)
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField(default=timezone.now)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="cancelled_bookings",
        null=True,
        blank=True,
    )
    cancel_reason = models.CharField(max_length=200, blank=True)
    blocked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="blocked_bookings",
        null=True,
        blank=True,
    )
    block_reason = models.CharField(max_length=200, blank=True)

    objects = BookingQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        permissions = [("block_seats", "Can keep seats of a show off sale")]
        constraints = [
            models.UniqueConstraint(
                fields=["show", "seat_number"],
                condition=models.Q(status__in=["held", "booked", "blocked"]),
                name="one_active_booking_per_seat",
            ),
            models.CheckConstraint(
                condition=models.Q(order__isnull=False, blocked_by__isnull=True)
                | models.Q(order__isnull=True, blocked_by__isnull=False),
                name="booking_is_ordered_or_blocked",
            ),
            models.CheckConstraint(
                condition=models.Q(status="cancelled", cancelled_at__isnull=False)
                | (~models.Q(status="cancelled") & models.Q(cancelled_at__isnull=True)),
                name="cancelled_booking_says_when",
            ),
            models.CheckConstraint(
                condition=models.Q(price__gte=0), name="booking_price_not_negative"
            ),
        ]

    def __str__(self):
        return f"Seat {self.seat_number}, {self.status}"


class IdempotencyRecord(models.Model):
    """What a request with an Idempotency-Key was answered, for whoever sends it again."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,  # the constraint's index begins with it
    )
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    content_type = models.CharField(max_length=100, blank=True)
    body = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        default_permissions = []
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="one_answer_per_idempotency_key")
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotency_record_age")]

    def __str__(self):
        return self.key
