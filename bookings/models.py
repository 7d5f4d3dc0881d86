"""Orders and their bookings. Rows are never deleted: a seat's bookings are its history."""

import secrets
from datetime import datetime
from typing import Self, TypeVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from bookings import received
from core import money, row_numbers
from core.request_id import MAX_LENGTH as REQUEST_ID_LENGTH
from movies.models import Show, TicketType
from movies.seating.numbers import MAX_LENGTH
from movies.seating.plan import Seat

Row = TypeVar("Row", bound=models.Model)

CODE_LETTERS = "23456789BCDFGHJKMNPQRSTVWXYZ"  # no two of them sound or look alike
CODE_LENGTH = 10
BOOKING = "booking"  # the kind of numbers


def new_order_code() -> str:
    """Return a random code: 28**10 of them, about 48 bits, too many to guess."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


class TimedQuerySet(models.QuerySet[Row]):
    """Rows that may be held. A hold ends by the clock, whether or not the row says so yet."""

    def not_lapsed(self) -> Self:
        """Leave out lapsed holds."""
        return self.exclude(status="held", expires_at__lte=timezone.now())

    def with_status(self, status: str) -> Self:
        """Rows that have this status as of now."""
        lapsed = Q(status="held", expires_at__lte=timezone.now())
        if status == "expired":
            return self.filter(Q(status=status) | lapsed)
        return self.filter(~lapsed, status=status)


def _status_now(row: "Order | Booking") -> str:
    has_lapsed = row.expires_at is not None and row.expires_at <= timezone.now()
    return "expired" if row.status == "held" and has_lapsed else row.status


class OrderQuerySet(TimedQuerySet["Order"]):
    def placed_by(self, user: User | AnonymousUser) -> Self:
        return self.filter(customer=user)

    def live(self) -> Self:
        """Orders whose rows say held or booked, lapsed holds among them."""
        return self.filter(status__in=[Order.Status.HELD, Order.Status.BOOKED])

    def upcoming(self) -> Self:
        return self.filter(show__starts_at__gt=timezone.now())

    def past(self) -> Self:
        return self.filter(show__starts_at__lte=timezone.now())

    def with_places(self) -> Self:
        """Load customer, movie, screen and cinema in the same query."""
        return self.select_related(
            "customer",
            "show__movie",
            "show__screen__cinema",
            "show__seating_plan",
            "show__price_list",
        ).defer("show__seating_plan__layout", "show__seating_plan__text")

    def with_bookings(self) -> Self:
        """Load places, bookings, the oldest first, and payments: three queries for any number.

        A booking has its own places: before a move it may have been of another show.
        """
        return self.with_places().prefetch_related(
            models.Prefetch("bookings", queryset=Booking.objects.in_halls().order_by("id")),
            *received.current().prefetches(),
        )


class Order(models.Model):
    """The bookings of one show that a customer made together."""

    class Status(models.TextChoices):
        HELD = "held", "held"
        BOOKED = "booked", "booked"
        CANCELLED = "cancelled", "cancelled"
        EXPIRED = "expired", "expired"

    code = models.CharField(max_length=CODE_LENGTH, unique=True, default=new_order_code)
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders"
    )
    show = models.ForeignKey(
        Show,
        on_delete=models.PROTECT,
        related_name="orders",
        db_index=False,  # the index show_order_of_customer begins with it
    )
    status = models.CharField(max_length=10, choices=Status.choices)
    total = models.DecimalField(
        max_digits=money.MAX_TOTAL_DIGITS,
        decimal_places=money.DECIMAL_PLACES,
        help_text="The price of its bookings, without cancelled ones.",
    )
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When its hold ends, or when it ended without a confirmation.",
    )
    extendable_until = models.DateTimeField(
        null=True, blank=True, help_text="The latest time to which its hold can be extended."
    )

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        permissions = [
            ("refund_by_rule", "Can cancel orders and refund by the rule of the cinema"),
            ("refund_in_full", "Can cancel orders and refund the full price"),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"], condition=Q(status="held"), name="held_order_by_expiry"
            ),
            models.Index(fields=["show", "customer"], name="show_order_of_customer"),
            models.Index(fields=["created_at"], name="order_by_creation"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(total__gte=0), name="order_total_not_negative"),
            models.CheckConstraint(
                condition=~Q(status="held")
                | Q(expires_at__isnull=False, extendable_until__isnull=False),
                name="held_order_expires",
            ),
            models.CheckConstraint(
                condition=~Q(status="booked") | Q(expires_at__isnull=True),
                name="booked_order_does_not_expire",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def status_now(self) -> str:
        """The status as of now: a hold whose time is over is expired."""
        return _status_now(self)

    @property
    def expires_in(self) -> int | None:
        """The whole seconds that its hold has left; None unless it is held now."""
        if self.status != self.Status.HELD or self.expires_at is None:
            return None
        left = (self.expires_at - timezone.now()).total_seconds()
        return int(left) if left > 0 else None

    @property
    def hold(self) -> tuple[datetime, datetime]:
        """(expires_at, extendable_until) of a held order; raises ValueError for any other."""
        if self.expires_at is None or self.extendable_until is None:
            raise ValueError(f"Order {self.code} is not held.")
        return self.expires_at, self.extendable_until


class BookingQuerySet(TimedQuerySet["Booking"]):
    def taking_a_seat(self) -> Self:
        """Bookings that the unique constraint counts, lapsed holds among them."""
        return self.filter(status__in=Booking.ACTIVE)

    def active(self) -> Self:
        """Bookings that take their seat now: lapsed holds do not."""
        return self.taking_a_seat().not_lapsed()

    def of_customers(self) -> Self:
        """Bookings of customers, without the seats that staff block."""
        return self.filter(order__isnull=False)

    def booked_by(self, user: User | AnonymousUser) -> Self:
        return self.filter(order__customer=user)

    def numbered(self, number: int, *, owner: User | AnonymousUser) -> Self:
        """The booking with this number.

        Its owner finds it by its primary key too: that was its number up to version 0.1.0.
        """
        wanted = Q(pk=number, order__customer=owner)
        if number < row_numbers.LIMIT:
            wanted |= Q(pk=row_numbers.stored_number(BOOKING, number))
        return self.filter(wanted)

    def upcoming(self) -> Self:
        return self.filter(show__starts_at__gt=timezone.now())

    def past(self) -> Self:
        return self.filter(show__starts_at__lte=timezone.now())

    def in_halls(self) -> Self:
        """Load ticket type, screen, cinema and plan in the same query."""
        return self.select_related(
            "ticket_type", "show__screen__cinema", "show__seating_plan"
        ).defer("show__seating_plan__layout", "show__seating_plan__text")

    def with_places(self) -> Self:
        """Load what `in_halls` loads, the order and the movie in the same query."""
        return self.in_halls().select_related("order", "show__movie")


class Booking(models.Model):
    """One seat of one show, with the price it was sold for."""

    class Status(models.TextChoices):
        HELD = "held", "held"
        BOOKED = "booked", "booked"
        BLOCKED = "blocked", "blocked"
        CANCELLED = "cancelled", "cancelled"
        EXPIRED = "expired", "expired"

    ACTIVE = [Status.HELD, Status.BOOKED, Status.BLOCKED]
    REASON_LENGTH = 200
    PAYMENT_REFERENCE_LENGTH = 100

    show = models.ForeignKey(
        Show,
        on_delete=models.PROTECT,
        related_name="bookings",
        db_index=False,  # the index bookings_of_seat begins with it
    )
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,  # the index bookings_of_customer begins with it
        help_text="Copied from its order, so that the seats of a customer are found by an index.",
    )
    order = models.ForeignKey(
        Order,
        on_delete=models.PROTECT,
        related_name="bookings",
        null=True,
        blank=True,
        help_text="Empty for a blocked seat.",
    )
    seat_number = models.CharField(max_length=MAX_LENGTH)
    status = models.CharField(max_length=10, choices=Status.choices)
    ticket_type = models.ForeignKey(
        TicketType, on_delete=models.PROTECT, related_name="bookings", null=True, blank=True
    )
    price = models.DecimalField(max_digits=money.MAX_DIGITS, decimal_places=money.DECIMAL_PLACES)
    currency = models.CharField(max_length=3)
    payment_reference = models.CharField(max_length=PAYMENT_REFERENCE_LENGTH, blank=True)
    refund = models.DecimalField(
        max_digits=money.MAX_DIGITS,
        decimal_places=money.DECIMAL_PLACES,
        null=True,
        blank=True,
        help_text="The amount to refund after it was cancelled.",
    )
    refund_limit = models.DecimalField(
        max_digits=money.MAX_DIGITS,
        decimal_places=money.DECIMAL_PLACES,
        null=True,
        blank=True,
        help_text="The highest possible refund, if a move made it lower than the price.",
    )
    created_at = models.DateTimeField(default=timezone.now)
    request_id = models.CharField(
        max_length=REQUEST_ID_LENGTH, blank=True, help_text="The request that created it."
    )
    expires_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Copied from its order, so that reading seats needs no join.",
    )
    booked_at = models.DateTimeField(null=True, blank=True)
    booked_request_id = models.CharField(max_length=REQUEST_ID_LENGTH, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="cancelled_bookings",
        null=True,
        blank=True,
    )
    cancel_reason = models.CharField(max_length=REASON_LENGTH, blank=True)
    end_request_id = models.CharField(
        max_length=REQUEST_ID_LENGTH,
        blank=True,
        help_text="The request that cancelled or expired it.",
    )
    blocked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="blocked_bookings",
        null=True,
        blank=True,
    )
    block_reason = models.CharField(max_length=REASON_LENGTH, blank=True)

    objects = BookingQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(
                fields=["payment_reference"],
                condition=~Q(payment_reference=""),
                name="booking_of_payment",
            ),
            # No index but those by seat begins with the show: with old statistics PostgreSQL could
            # choose it for a few seats, and read all bookings of the show.
            models.Index(fields=["show", "seat_number"], name="bookings_of_seat"),
            models.Index(
                fields=["customer", "show"],
                condition=Q(status__in=["held", "booked", "blocked"]),
                name="seats_of_customer",
            ),
            models.Index(fields=["customer", "show", "created_at"], name="bookings_of_customer"),
            models.Index(
                fields=["customer"], condition=Q(status="held"), name="held_seats_of_customer"
            ),
            models.Index(fields=["created_at"], name="booking_by_creation"),
            models.Index(fields=["booked_at"], name="booking_by_booked_at"),
        ]
        permissions = [("block_seats", "Can block seats of a show")]
        constraints = [
            models.UniqueConstraint(
                fields=["show", "seat_number"],
                condition=Q(status__in=["held", "booked", "blocked"]),
                name="one_active_booking_per_seat",
            ),
            models.CheckConstraint(
                condition=Q(order__isnull=False, blocked_by__isnull=True)
                | Q(order__isnull=True, blocked_by__isnull=False),
                name="booking_is_ordered_or_blocked",
            ),
            models.CheckConstraint(
                condition=~Q(status="held") | Q(expires_at__isnull=False),
                name="held_booking_expires",
            ),
            models.CheckConstraint(
                condition=~Q(status="booked") | Q(booked_at__isnull=False),
                name="booked_booking_says_when",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["booked", "blocked"]) | Q(expires_at__isnull=True),
                name="only_holds_expire",
            ),
            models.CheckConstraint(
                condition=Q(status="cancelled", cancelled_at__isnull=False)
                | (~Q(status="cancelled") & Q(cancelled_at__isnull=True)),
                name="cancelled_booking_says_when",
            ),
            models.CheckConstraint(
                condition=Q(refund__isnull=True)
                | Q(status="cancelled", refund__gte=0, refund__lte=models.F("price")),
                name="refund_at_most_price",
            ),
            models.CheckConstraint(
                condition=~Q(status="cancelled") | Q(order__isnull=True) | Q(refund__isnull=False),
                name="cancelled_booking_says_refund",
            ),
            models.CheckConstraint(condition=Q(price__gte=0), name="booking_price_not_negative"),
        ]

    def __str__(self) -> str:
        return f"Seat {self.seat_number}, {self.status_now}"

    @property
    def number(self) -> int:
        """Its id in the API, which does not tell how many bookings there are."""
        return row_numbers.shown_number(BOOKING, self.pk)

    @property
    def seat(self) -> Seat | None:
        """The seat in the plan of its show; None if that has no such seat any more."""
        return self.show.seats_by_number.get(self.seat_number)

    @property
    def status_now(self) -> str:
        """The status as of now: a hold whose time is over is expired."""
        return _status_now(self)
