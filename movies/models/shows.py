"""Shows: what is on, when, where, and what is left of it."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone

from movies.models.catalogue import LANGUAGE, Movie
from movies.models.halls import Cinema, Screen, SeatingPlan
from movies.models.prices import Price, PriceList
from movies.seating.numbered_hall import CATEGORY as NUMBERED_CATEGORY
from movies.seating.numbered_hall import numbered_plan, numbered_seats

EARLIEST = MinValueValidator(datetime(2000, 1, 1, tzinfo=UTC))
LATEST = MaxValueValidator(datetime(2100, 1, 1, tzinfo=UTC))


class ShowQuerySet(models.QuerySet):
    def with_places(self):
        """Loads movie, screen, cinema and plan along; the plan's layout is read when needed."""
        return self.select_related("movie", "screen__cinema", "seating_plan", "price_list").defer(
            "seating_plan__layout", "seating_plan__text"
        )

    def on(self):
        """Shows that are not cancelled."""
        return self.filter(cancelled_at=None)

    def locked(self):
        """Lock the rows of the shows until the transaction ends; SQLite locks at BEGIN instead.

        FOR NO KEY UPDATE: one writer at a time, but readers and foreign-key checks do not wait.
        Not to be joined: who has waited for a lock gets the row as it is now, but the rows joined
        to it as they were before.
        """
        return self.select_for_update(no_key=True)

    def not_over(self):
        return self.filter(ends_at__gt=timezone.now())

    def upcoming(self):
        return self.filter(starts_at__gt=timezone.now())

    def past(self):
        return self.filter(starts_at__lte=timezone.now())

    def on_day(self, day):
        """Shows that start on this date, each in the time zone of its own cinema."""
        found = models.Q(pk__in=[])
        for name in Cinema.objects.order_by().values_list("time_zone", flat=True).distinct():
            midnight = datetime.combine(day, time.min, tzinfo=ZoneInfo(name))
            next_midnight = datetime.combine(
                day + timedelta(days=1), time.min, tzinfo=ZoneInfo(name)
            )
            found |= models.Q(
                screen__cinema__time_zone=name,
                starts_at__gte=midnight,
                starts_at__lt=next_midnight,
            )
        return self.filter(found)

    def overlapping(self, show):
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

    def with_available_seats(self):
        """Annotate `available_seats`: the seats that nobody has booked, holds, or keeps off sale.

        As of this moment, so it has no place in a queryset that is made once for many requests.
        Bookings are reached through their foreign key to the show: this app does not import them.
        """
        bookings = self.model.bookings.rel.related_model.objects
        taken = (
            bookings.active()
            .filter(show=models.OuterRef("pk"))
            .order_by()
            .values("show")
            .annotate(seats=models.Count("pk"))
            .values("seats")
        )
        return self.annotate(
            available_seats=models.F("total_seats") - Coalesce(models.Subquery(taken), 0)
        )

    def with_price_from(self):
        """Annotate `price_from`: the lowest price of a seat of the show, None where it is free."""
        prices = Price.objects.filter(price_list=models.OuterRef("price_list")).order_by("amount")
        in_hall = prices.filter(category__seating_plans=models.OuterRef("seating_plan"))
        numbered = prices.filter(category__name__iexact=NUMBERED_CATEGORY)
        return self.annotate(
            price_from=Coalesce(
                models.Subquery(in_hall.values("amount")[:1]),
                models.Subquery(numbered.values("amount")[:1]),
            )
        )


class Show(models.Model):
    """One screening, with the seating plan it was put on sale with.

    Without one its seats are numbered "1" to `total_seats`.
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
        help_text="Left out, it is the start plus the length of the movie.",
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
        validators=[MinValueValidator(1), MaxValueValidator(5000)],
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
    cancel_reason = models.CharField(max_length=200, blank=True, editable=False)

    # Fields that are typed and shown by the clocks of the cinema.
    TIMES = ["starts_at", "ends_at", "sales_open_at", "sales_close_at"]

    objects = ShowQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "id"]
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
                condition=models.Q(total_seats__range=(1, 5000)), name="show_seats_in_range"
            ),
        ]

    def __str__(self):
        return f"{self.movie.title}, {self.screen}, {self.local(self.starts_at):%Y-%m-%d %H:%M}"

    def local(self, moment):
        """The moment with the UTC offset of the show's cinema."""
        return moment.astimezone(self.screen.cinema.zone)

    @property
    def is_cancelled(self):
        return self.cancelled_at is not None

    @property
    def has_started(self):
        return self.starts_at <= timezone.now()

    @property
    def on_sale_until(self):
        """Its start, or earlier where sales close before."""
        return min(self.starts_at, self.sales_close_at or self.starts_at)

    @property
    def is_on_sale(self):
        now = timezone.now()
        has_opened = self.sales_open_at is None or self.sales_open_at <= now
        return has_opened and now < self.on_sale_until

    @property
    def plan(self):
        """The plan of its seats: of the hall, or of plainly numbered seats."""
        if self.seating_plan_id is None:
            return numbered_plan(self.total_seats)
        return self.seating_plan.plan

    @property
    def seats_by_number(self):
        """{seat number, in its one spelling: Seat}."""
        if self.seating_plan_id is None:
            return numbered_seats(self.total_seats)
        return self.seating_plan.seats_by_number

    def has_seat(self, seat_number):
        return seat_number in self.seats_by_number
