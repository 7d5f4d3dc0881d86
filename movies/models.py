"""What is on: movies, the cinemas and their screens, and the shows."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone

LANGUAGE = RegexValidator(
    r"^[a-z]{2,3}(-[A-Z]{2})?\Z", "A language is a code such as en, fr or pt-BR (BCP 47)."
)
CURRENCY = RegexValidator(r"^[A-Z]{3}\Z", "A currency is a code such as EUR or GBP (ISO 4217).")
EARLIEST = MinValueValidator(datetime(2000, 1, 1, tzinfo=UTC))
LATEST = MaxValueValidator(datetime(2100, 1, 1, tzinfo=UTC))


def validate_time_zone(name):
    if name not in available_timezones():
        raise ValidationError("A time zone is a name such as Europe/Paris (IANA).")


class Genre(models.Model):
    name = models.CharField(max_length=50, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


class Movie(models.Model):
    title = models.CharField(max_length=200)
    duration_minutes = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(900)]
    )
    description = models.TextField(max_length=5000, blank=True)
    genres = models.ManyToManyField(Genre, related_name="movies", blank=True)
    language = models.CharField(
        max_length=6, validators=[LANGUAGE], help_text="Original language, such as en or pt-BR."
    )
    certificate = models.CharField(
        max_length=20, blank=True, help_text="Age rating, such as 12A or PG-13."
    )
    release_date = models.DateField(
        null=True,
        blank=True,
        # The first film was shot in 1888: https://en.wikipedia.org/wiki/Roundhay_Garden_Scene
        validators=[MinValueValidator(date(1888, 1, 1)), MaxValueValidator(date(2100, 1, 1))],
    )
    poster_url = models.URLField(max_length=500, blank=True)
    trailer_url = models.URLField(max_length=500, blank=True)

    class Meta:
        ordering = ["title", "id"]
        indexes = [models.Index(fields=["title", "id"], name="movie_by_title")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(duration_minutes__range=(1, 900)), name="movie_duration_in_range"
            )
        ]

    def __str__(self):
        return self.title


class Cinema(models.Model):
    """A site. Its time zone is the one its shows are announced in."""

    name = models.CharField(max_length=100, unique=True)
    city = models.CharField(max_length=100)
    address = models.CharField(max_length=200, blank=True)
    time_zone = models.CharField(
        max_length=64, validators=[validate_time_zone], help_text="IANA name: Europe/Paris."
    )
    currency = models.CharField(max_length=3, validators=[CURRENCY], help_text="ISO 4217: EUR.")

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    @property
    def zone(self):
        return ZoneInfo(self.time_zone)


class Screen(models.Model):
    """A hall of a cinema."""

    cinema = models.ForeignKey(Cinema, on_delete=models.CASCADE, related_name="screens")
    name = models.CharField(max_length=50)
    turnaround_minutes = models.PositiveSmallIntegerField(
        default=15,
        validators=[MaxValueValidator(240)],
        help_text="Time to clean between two shows.",
    )

    class Meta:
        ordering = ["cinema__name", "name"]
        constraints = [
            models.UniqueConstraint(fields=["cinema", "name"], name="screen_name_in_cinema")
        ]

    def __str__(self):
        return f"{self.cinema.name}, {self.name}"

    @property
    def turnaround(self):
        return timedelta(minutes=self.turnaround_minutes)


class ShowQuerySet(models.QuerySet):
    def with_places(self):
        """Loads movie, screen and cinema along, for whoever shows them."""
        return self.select_related("movie", "screen__cinema")

    def locked(self):
        """Lock the rows of the shows until the transaction ends; SQLite locks at BEGIN instead.

        FOR NO KEY UPDATE: one writer at a time, but readers and foreign-key checks do not wait.
        """
        return self.select_for_update(no_key=True, of=("self",))

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
        return self.filter(
            screen_id=show.screen_id,
            starts_at__lt=show.ends_at + turnaround,
            ends_at__gt=show.starts_at - turnaround,
        ).exclude(pk=show.pk)

    def with_available_seats(self):
        """Annotate `available_seats`: the seats that nobody has booked, holds, or keeps off sale.

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


class Show(models.Model):
    """One screening. Its seats are numbered "1" to `total_seats`."""

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
    total_seats = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(5000)]
    )
    price = models.DecimalField(
        max_digits=8,
        decimal_places=2,
        default=0,
        validators=[MinValueValidator(0)],
        help_text="For one seat, in the currency of the cinema. 0: the show is free.",
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
            models.CheckConstraint(
                condition=models.Q(price__gte=0), name="show_price_not_negative"
            ),
        ]

    def __str__(self):
        return f"{self.movie.title}, {self.screen}, {self.local(self.starts_at):%Y-%m-%d %H:%M}"

    def local(self, moment):
        """The moment with the UTC offset of the show's cinema."""
        return moment.astimezone(self.screen.cinema.zone)

    @property
    def has_started(self):
        return self.starts_at <= timezone.now()

    @property
    def is_on_sale(self):
        now = timezone.now()
        opened = self.sales_open_at is None or self.sales_open_at <= now
        closed = self.sales_close_at is not None and self.sales_close_at <= now
        return opened and not closed and not self.has_started

    def has_seat(self, seat_number):
        """Whether this seat number, in its one spelling, is a seat of the show."""
        return seat_number.isdigit() and 1 <= int(seat_number) <= self.total_seats
