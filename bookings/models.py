"""Orders and their bookings. Rows are never deleted: a seat's bookings are its history."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property

from core.request_id import current_request_id
from movies.models import Show, TicketType
from movies.seating.numbers import MAX_LENGTH

CODE_LETTERS = "23456789BCDFGHJKMNPQRSTVWXYZ"  # read aloud, none is taken for another
CODE_LENGTH = 10


def new_order_code():
    """28**10 codes, some 48 bits: nobody guesses one."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


class TimedQuerySet(models.QuerySet):
    """Rows that are held for a time. It ends by the clock, whether or not the row says so yet."""

    def not_lapsed(self):
        return self.exclude(status="held", expires_at__lte=timezone.now())

    def with_status(self, status):
        """Those that have this status now."""
        lapsed = Q(status="held", expires_at__lte=timezone.now())
        if status == "expired":
            return self.filter(Q(status=status) | lapsed)
        return self.filter(~lapsed, status=status)


def _status_now(row):
    is_lapsed = row.status == "held" and row.expires_at <= timezone.now()
    return "expired" if is_lapsed else row.status


class OrderQuerySet(TimedQuerySet):
    def placed_by(self, user):
        return self.filter(customer=user)

    def upcoming(self):
        return self.filter(show__starts_at__gt=timezone.now())

    def past(self):
        return self.filter(show__starts_at__lte=timezone.now())

    def with_places(self):
        """Loads movie, screen and cinema along, for whoever shows them."""
        return self.select_related(
            "customer",
            "show__movie",
            "show__screen__cinema",
            "show__seating_plan",
            "show__price_list",
        ).defer("show__seating_plan__layout", "show__seating_plan__text")

    def with_lines(self):
        """Loads places and bookings along: two queries however many orders there are."""
        lines = Booking.objects.select_related("ticket_type", "show__screen__cinema").order_by("id")
        return self.with_places().prefetch_related(
            models.Prefetch("bookings", queryset=lines, to_attr="lines")
        )


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
    show = models.ForeignKey(
        Show,
        on_delete=models.PROTECT,
        related_name="orders",
        db_index=False,  # the index show_order_of_customer begins with it
    )
    status = models.CharField(max_length=10, choices=Status.choices)
    total = models.DecimalField(
        max_digits=10, decimal_places=2, help_text="What its bookings cost, but for cancelled ones."
    )
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(
        null=True, blank=True, help_text="When its hold ends, or ended without being confirmed."
    )
    extendable_until = models.DateTimeField(
        null=True, blank=True, help_text="The latest time to which its hold can be extended."
    )

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(
                fields=["expires_at"], condition=Q(status="held"), name="held_order_by_expiry"
            ),
            models.Index(fields=["show", "customer"], name="show_order_of_customer"),
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

    def __str__(self):
        return self.code

    @cached_property
    def lines(self):
        """Its bookings, the first first; `with_lines` and the services fill it."""
        return list(
            self.bookings.select_related("ticket_type", "show__screen__cinema").order_by("id")
        )

    @property
    def payment_reference(self):
        """Of the payment for the seats that it has, or had last; those of a hold were not paid."""
        references = [line.payment_reference for line in self.lines if line.booked_at]
        return references[-1] if references else ""

    @property
    def lines_taking_seats(self):
        """Those that are not cancelled; they have the status of the order."""
        return [line for line in self.lines if line.status in Booking.ACTIVE]

    @property
    def status_now(self):
        """`expired` from the moment its time is over, whether or not the row says so yet."""
        return _status_now(self)


class BookingQuerySet(TimedQuerySet):
    def taking_a_seat(self):
        """Bookings that the unique constraint counts, holds whose time is over among them."""
        return self.filter(status__in=Booking.ACTIVE)

    def active(self):
        """Bookings that take their seat now."""
        return self.taking_a_seat().not_lapsed()

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
    payment_reference = models.CharField(max_length=100, blank=True)
    refund = models.DecimalField(
        max_digits=8,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="What is to be given back for it, once it is cancelled.",
    )
    refund_limit = models.DecimalField(
        max_digits=8,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="The most that can come back: of a seat moved to when less than its price did.",
    )
    created_at = models.DateTimeField(default=timezone.now)
    request_id = models.CharField(
        max_length=64, blank=True, default=current_request_id, help_text="The request that made it."
    )
    expires_at = models.DateTimeField(
        null=True, blank=True, help_text="As its order's, so that reading seats needs no join."
    )
    booked_at = models.DateTimeField(null=True, blank=True)
    booked_request_id = models.CharField(max_length=64, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="cancelled_bookings",
        null=True,
        blank=True,
    )
    cancel_reason = models.CharField(max_length=200, blank=True)
    end_request_id = models.CharField(
        max_length=64, blank=True, help_text="The request that cancelled it or took it over."
    )
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

    def __str__(self):
        return f"Seat {self.seat_number}, {self.status_now}"

    @property
    def status_now(self):
        """`expired` from the moment its time is over, whether or not the row says so yet."""
        return _status_now(self)
