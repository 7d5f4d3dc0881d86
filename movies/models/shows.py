"""Shows: what is on, when, where, and what is left of it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import ceil
from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone

from core.names import name_key
from core.request_id import MAX_LENGTH as REQUEST_ID_LENGTH
from movies import occupancy
from movies.limits import FEW_LEFT_PERCENT, MAX_FEW_LEFT, MAX_REASON
from movies.local_days import from_day_to_day, time_zones
from movies.models.catalogue import LANGUAGE, Movie
from movies.models.halls import Screen, SeatingPlan
from movies.models.prices import Price, PriceList
from movies.seating.limits import MAX_SEATS
from movies.seating.numbered_hall import CATEGORY as NUMBERED_CATEGORY
from movies.seating.numbered_hall import numbered_plan, numbered_rows, numbered_seats
from movies.seating.plan import Plan, Row, Seat

EARLIEST = MinValueValidator(datetime(2000, 1, 1, tzinfo=UTC))
LATEST = MaxValueValidator(datetime(2100, 1, 1, tzinfo=UTC))


class ShowQuerySet(models.QuerySet["Show"]):
    def with_places(self) -> Self:
        """Join movie, screen, cinema, plan and price list. The plan's layout is deferred."""
        return self.select_related("movie", "screen__cinema", "seating_plan", "price_list").defer(
            "seating_plan__layout", "seating_plan__text"
        )

    def on(self) -> Self:
        """Shows that are not cancelled."""
        return self.filter(cancelled_at=None)

    def locked(self) -> Self:
        """Lock the rows of the shows until the transaction ends; SQLite locks at BEGIN instead.

        FOR NO KEY UPDATE: writers take turns, but readers and foreign-key checks do not wait. Do
        not join other tables: after the wait the locked row is fresh, but joined rows are stale.
        """
        return self.select_for_update(no_key=True)

    def not_over(self) -> Self:
        return self.filter(ends_at__gt=timezone.now())

    def upcoming(self) -> Self:
        return self.filter(starts_at__gt=timezone.now())

    def past(self) -> Self:
        return self.filter(starts_at__lte=timezone.now())

    def on_day(self, day: date) -> Self:
        """Shows that start on this date, each in the time zone of its own cinema."""
        return self.in_days(day, day)

    def in_days(self, first: date | None, last: date | None) -> Self:
        """Shows that start on these dates, both included; None is no bound. One more query."""
        return self.filter(
            from_day_to_day(
                first,
                last and last + timedelta(days=1),
                moment="starts_at",
                cinema="screen__cinema",
                zones=time_zones(),
            )
        )

    def overlapping(self, show: "Show") -> Self:
        """Other shows on the same screen that need the hall while `show` does.

        A show needs it from its start until it has ended and the hall is clean.
        """
        turnaround = show.screen.turnaround
        return (
            self.on()
            .filter(
                screen_id=show.screen_id,
                starts_at__lt=show.ends_at + turnaround,
                ends_at__gt=show.starts_at - turnaround,
            )
            .exclude(pk=show.pk)
        )

    def with_available_seats(self) -> Self:
        """Annotate `available_seats`: the seats that are not booked, held or blocked.

        They are counted whether or not the show is on sale: `seats_on_sale` is what it offers.
        The count is as of now, so a queryset that serves many requests must not contain it.
        """
        return self.annotate(available_seats=occupancy.current().available_seats())

    def with_sold_seats(self) -> Self:
        """Annotate `sold_seats`: the seats that are booked; held and blocked seats do not count."""
        return self.annotate(sold_seats=occupancy.current().sold_seats())

    def with_price_from(self) -> Self:
        """Annotate `price_from`: the lowest price of a seat of the show, None if it is free."""
        prices = Price.objects.filter(price_list=models.OuterRef("price_list")).order_by("amount")
        in_hall = prices.filter(category__seating_plans=models.OuterRef("seating_plan"))
        numbered = prices.filter(category__name_key=name_key(NUMBERED_CATEGORY))
        return self.annotate(
            price_from=Coalesce(
                models.Subquery(in_hall.values("amount")[:1]),
                models.Subquery(numbered.values("amount")[:1]),
            )
        )


class Show(models.Model):
    """One screening, with the seating plan it went on sale with.

    Without a plan its seats are numbered "1" to `total_seats`.
    """

    class Format(models.TextChoices):
        TWO_D = "2D", "2D"
        THREE_D = "3D", "3D"
        IMAX = "IMAX", "IMAX"
        IMAX_3D = "IMAX 3D", "IMAX 3D"
        FOUR_DX = "4DX", "4DX"
        SCREENX = "ScreenX", "ScreenX"

    movie = models.ForeignKey(Movie, on_delete=models.CASCADE, related_name="shows")
    screen = models.ForeignKey(Screen, on_delete=models.CASCADE, related_name="shows")
    starts_at = models.DateTimeField(validators=[EARLIEST, LATEST])
    ends_at = models.DateTimeField(
        blank=True,
        validators=[EARLIEST, LATEST],
        help_text="Left out, it is the start plus trailers and the length of the movie.",
    )
    format = models.CharField(max_length=10, choices=Format.choices, default=Format.TWO_D)
    language = models.CharField(
        max_length=6, validators=[LANGUAGE], help_text="Spoken language, such as en."
    )
    subtitles = models.CharField(
        max_length=6, blank=True, validators=[LANGUAGE], help_text="Language, or empty for none."
    )
    seating_plan = models.ForeignKey(
        SeatingPlan, on_delete=models.PROTECT, related_name="shows", null=True, blank=True
    )
    total_seats = models.PositiveSmallIntegerField(
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_SEATS)],
        help_text='Without a seating plan: seats "1" to this number.',
    )
    price_list = models.ForeignKey(
        PriceList,
        on_delete=models.PROTECT,
        related_name="shows",
        null=True,
        blank=True,
        help_text="Empty: the show is free.",
    )
    sales_open_at = models.DateTimeField(
        null=True,
        blank=True,
        validators=[EARLIEST, LATEST],
        help_text="Empty: seats are on sale at once.",
    )
    sales_close_at = models.DateTimeField(
        null=True,
        blank=True,
        validators=[EARLIEST, LATEST],
        help_text="Empty: seats are on sale until the show starts.",
    )

    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="cancelled_shows",
        null=True,
        blank=True,
        editable=False,
    )
    cancel_reason = models.CharField(max_length=MAX_REASON, blank=True, editable=False)

    rescheduled_at = models.DateTimeField(null=True, blank=True, editable=False)
    full_refund_until = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="Until then, bookings made before it was rescheduled are refunded in full.",
    )

    # Annotated by the queryset methods `with_...` of these names.
    available_seats: int
    sold_seats: int
    price_from: Decimal | None

    # The fields that are typed and shown in the time zone of the cinema.
    TIMES = ["starts_at", "ends_at", "sales_open_at", "sales_close_at"]

    objects = ShowQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "id"]
        permissions = [("make_free", "Can make sold shows free, and free ones cost something")]
        indexes = [
            models.Index(fields=["starts_at", "id"], name="show_by_start"),
            models.Index(fields=["movie", "starts_at"], name="show_of_movie"),
            models.Index(fields=["screen", "starts_at"], name="show_on_screen"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")),
                name="show_ends_after_start",
                violation_error_message="A show ends after it starts.",
            ),
            models.CheckConstraint(
                condition=models.Q(total_seats__range=(1, MAX_SEATS)), name="show_seats_in_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.movie.title}, {self.screen}, {self.local(self.starts_at):%Y-%m-%d %H:%M}"

    def local(self, moment: datetime) -> datetime:
        """Return the moment in the time zone of the show's cinema."""
        return moment.astimezone(self.screen.cinema.zone)

    @property
    def is_cancelled(self) -> bool:
        return self.cancelled_at is not None

    @property
    def has_started(self) -> bool:
        return self.starts_at <= timezone.now()

    @property
    def is_over(self) -> bool:
        return self.ends_at <= timezone.now()

    @property
    def on_sale_until(self) -> datetime:
        """The start of the show, or the earlier end of its sales."""
        return min(self.starts_at, self.sales_close_at or self.starts_at)

    @property
    def is_on_sale(self) -> bool:
        """Whether its seats are sold now, if any are left."""
        now = timezone.now()
        has_opened = self.sales_open_at is None or self.sales_open_at <= now
        return not self.is_cancelled and has_opened and now < self.on_sale_until

    @property
    def seats_on_sale(self) -> int:
        """The seats that can be booked now. The show is loaded `with_available_seats()`."""
        return self.available_seats if self.is_on_sale else 0

    @property
    def is_sold_out(self) -> bool:
        """Whether all seats are taken, on sale or not. As `seats_on_sale`."""
        return self.available_seats <= 0

    @property
    def has_few_left(self) -> bool:
        """Whether few of its seats can still be booked. As `seats_on_sale`."""
        few = min(MAX_FEW_LEFT, ceil(self.total_seats * FEW_LEFT_PERCENT / 100))
        return 0 < self.seats_on_sale <= few

    @property
    def plan(self) -> Plan:
        """The plan of its hall, or a plan of numbered seats."""
        if self.seating_plan is None:
            return numbered_plan(self.total_seats)
        return self.seating_plan.plan

    @property
    def seats_by_number(self) -> Mapping[str, Seat]:
        """`{normalized seat number: Seat}`."""
        if self.seating_plan is None:
            return numbered_seats(self.total_seats)
        return self.seating_plan.seats_by_number

    @property
    def rows_by_number(self) -> Mapping[str, Row]:
        """`{normalized seat number: the Row that it stands in}`."""
        if self.seating_plan is None:
            return numbered_rows(self.total_seats)
        return self.seating_plan.rows_by_number

    def has_seat(self, seat_number: str) -> bool:
        return seat_number in self.seats_by_number


class ShowChange(models.Model):
    """A change of a show that customers had orders for: who made it, when, why, and what it was.

    `before` and `after` have the fields that changed, as the API would send them.
    """

    class Kind(models.TextChoices):
        RESCHEDULED = "rescheduled", "rescheduled"
        PRICED = "priced", "made free or charged for"

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="show_changes"
    )
    reason = models.CharField(max_length=MAX_REASON, blank=True)
    before = models.JSONField()
    after = models.JSONField()
    orders = models.PositiveIntegerField(help_text="How many orders were held or booked.")
    request_id = models.CharField(max_length=REQUEST_ID_LENGTH, blank=True)

    class Meta:
        ordering = ["-made_at", "-id"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.show.local(self.made_at):%Y-%m-%d %H:%M}"
