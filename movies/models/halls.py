"""Cinemas, their screens, and the seating plans of the halls."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.utils import timezone

from core import money
from core.db.name_key import NamedQuerySet, NameKeyField, UniqueName
from core.validators import no_hidden_characters
from movies.limits import MAX_REFUND_HOURS
from movies.seating import text_format as seating_text
from movies.seating.json_format import read_plan
from movies.seating.limits import MAX_COORDINATE
from movies.seating.plan import Plan, Point, Row, Seat, rows_by_number

COLOR = RegexValidator(r"^#[0-9a-fA-F]{6}\Z", "A colour is six hexadecimal digits: #4a7fb5.")
CURRENCY = RegexValidator(r"^[A-Z]{3}\Z", "A currency is a code such as EUR or GBP (ISO 4217).")


@cache
def known_time_zones() -> frozenset[str]:
    # localtime differs from machine to machine, and Factory is a placeholder.
    return frozenset(available_timezones() - {"localtime", "Factory"})


def validate_time_zone(name: str) -> None:
    if name not in known_time_zones():
        raise ValidationError("A time zone is a name such as Europe/Paris (IANA).")


def validate_currency(code: str) -> None:
    if len(code) == 3 and code.isupper() and code not in money.known_currencies():
        raise ValidationError(f"There is no currency {code}. A code is such as EUR (ISO 4217).")


class Cinema(models.Model):
    """A site. Its shows are announced in its time zone and sold in its currency."""

    name = models.CharField(max_length=100, unique=True, validators=[no_hidden_characters])
    city = models.CharField(max_length=100, validators=[no_hidden_characters])
    address = models.CharField(max_length=200, blank=True)
    time_zone = models.CharField(
        max_length=64, validators=[validate_time_zone], help_text="IANA name: Europe/Paris."
    )
    currency = models.CharField(
        max_length=3, validators=[CURRENCY, validate_currency], help_text="ISO 4217: EUR."
    )
    trailer_minutes = models.PositiveSmallIntegerField(
        default=15,
        validators=[MaxValueValidator(60)],
        help_text="Trailers and advertising before a movie.",
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class RefundTier(models.Model):
    """The percentage of the price that is refunded until some hours before the start.

    Of the tiers that have not passed, the one with the most hours applies. After the last tier
    nothing is refunded. A cinema without tiers refunds everything until the show starts.
    """

    cinema = models.ForeignKey(Cinema, on_delete=models.CASCADE, related_name="refund_tiers")
    hours_before = models.PositiveSmallIntegerField(
        validators=[MaxValueValidator(MAX_REFUND_HOURS)],
        help_text="Until this many hours before the start.",
    )
    percent = models.PositiveSmallIntegerField(
        validators=[MaxValueValidator(100)], help_text="The part of the price that is refunded."
    )

    class Meta:
        ordering = ["-hours_before"]
        constraints = [
            models.UniqueConstraint(
                fields=["cinema", "hours_before"], name="one_refund_tier_at_a_time"
            ),
            models.CheckConstraint(
                condition=models.Q(hours_before__range=(0, MAX_REFUND_HOURS)),
                name="refund_hours_in_range",
            ),
            models.CheckConstraint(
                condition=models.Q(percent__range=(0, 100)), name="refund_percent_in_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.percent}% until {self.hours_before} h before the start"


class SeatCategory(models.Model):
    """A kind of seat, and the rules by which it is sold.

    A seating plan refers to its categories by name, in any spelling.
    """

    name = models.CharField(max_length=50, validators=[no_hidden_characters])
    name_key = NameKeyField()
    color = models.CharField(max_length=7, validators=[COLOR], help_text="Such as #4a7fb5.")
    is_accessible = models.BooleanField(
        "accessible", default=False, help_text="A wheelchair place, offered only on request."
    )
    is_companion = models.BooleanField(
        "companion",
        default=False,
        help_text="A place beside a wheelchair place, offered only on request.",
    )
    is_sold_in_pairs = models.BooleanField(
        "sold in pairs",
        default=False,
        help_text="A couple seat: sold as a pair of neighbours only.",
    )
    has_restricted_view = models.BooleanField("restricted view", default=False)

    objects = NamedQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "seat categories"
        constraints = [UniqueName(name="seat_category_name")]

    def __str__(self) -> str:
        return self.name


class SeatingPlan(models.Model):
    """The seats of a hall. A row never changes: an edited plan is a new row, the next version.

    So a show keeps the plan it went on sale with, and a process can cache a plan for ever.
    """

    name = models.CharField(max_length=100, validators=[no_hidden_characters])
    name_key = NameKeyField()
    version = models.PositiveIntegerField(default=1)
    layout = models.JSONField(help_text="The open seating plan format, as it was imported.")
    text = models.TextField(
        max_length=seating_text.MAX_TEXT,
        blank=True,
        help_text="The plan as it was typed. Empty if it was imported.",
    )
    categories = models.ManyToManyField(
        SeatCategory, through="CategoryOfPlan", related_name="seating_plans"
    )
    seat_count = models.PositiveSmallIntegerField()
    focal_x = models.FloatField(null=True, blank=True)
    focal_y = models.FloatField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = NamedQuerySet.as_manager()

    class Meta:
        ordering = ["name", "-version"]
        constraints = [
            UniqueName(fields=["name_key", "version"], name="seating_plan_version"),
            models.CheckConstraint(
                condition=models.Q(focal_x__isnull=True, focal_y__isnull=True)
                | models.Q(focal_x__isnull=False, focal_y__isnull=False),
                name="focal_point_has_x_and_y",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    focal_x__range=(-MAX_COORDINATE, MAX_COORDINATE),
                    focal_y__range=(-MAX_COORDINATE, MAX_COORDINATE),
                ),
                name="focal_point_in_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}" if self.version > 1 else self.name

    @property
    def plan(self) -> Plan:
        """The plan, parsed from its layout once per process."""
        return _plan(self.pk, self.created_at)

    @property
    def focal_point(self) -> Point | None:
        """The place of the best seats, in the plan's units.

        None: in the middle, two thirds of the way back.
        """
        if self.focal_x is None or self.focal_y is None:
            return None
        return Point(self.focal_x, self.focal_y)

    @property
    def seats_by_number(self) -> Mapping[str, Seat]:
        """`{normalized seat number: Seat}`."""
        return _seats(self.pk, self.created_at)

    @property
    def rows_by_number(self) -> Mapping[str, Row]:
        """`{normalized seat number: the Row that it stands in}`."""
        return _rows(self.pk, self.created_at)


class CategoryOfPlan(models.Model):
    """Keeps a category from being deleted while a plan has seats of it."""

    seating_plan = models.ForeignKey(SeatingPlan, on_delete=models.CASCADE)
    category = models.ForeignKey(SeatCategory, on_delete=models.PROTECT)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["seating_plan", "category"], name="category_once_in_plan"
            )
        ]

    def __str__(self) -> str:
        return f"{self.category} in {self.seating_plan}"


# `created_at` is in the cache keys, because the id of a rolled-back row may be given out again.
@lru_cache(maxsize=256)
def _plan(pk: int, created_at: datetime) -> Plan:
    return read_plan(SeatingPlan.objects.values_list("layout", flat=True).get(pk=pk))


@lru_cache(maxsize=256)
def _seats(pk: int, created_at: datetime) -> Mapping[str, Seat]:
    return {seat.number: seat for seat in _plan(pk, created_at).seats}


@lru_cache(maxsize=256)
def _rows(pk: int, created_at: datetime) -> Mapping[str, Row]:
    return rows_by_number(_plan(pk, created_at))


class Screen(models.Model):
    """A hall of a cinema."""

    class SingleSeats(models.TextChoices):
        OFF = "off", "nothing"
        WARN = "warn", "the customer is warned"
        REJECT = "reject", "the choice is refused"

    cinema = models.ForeignKey(Cinema, on_delete=models.CASCADE, related_name="screens")
    name = models.CharField(max_length=50, validators=[no_hidden_characters])
    turnaround_minutes = models.PositiveSmallIntegerField(
        default=15,
        validators=[MaxValueValidator(240)],
        help_text="Time to clean between two shows.",
    )
    single_seats = models.CharField(
        max_length=10,
        choices=SingleSeats.choices,
        default=SingleSeats.OFF,
        help_text="What happens when a choice of seats leaves a single free seat between taken "
        "ones.",
    )
    seating_plan = models.ForeignKey(
        SeatingPlan,
        on_delete=models.PROTECT,
        related_name="screens",
        null=True,
        blank=True,
        help_text="For shows scheduled from now on. Empty: their seats are only numbered.",
    )

    class Meta:
        ordering = ["cinema__name", "name"]
        constraints = [
            models.UniqueConstraint(fields=["cinema", "name"], name="screen_name_in_cinema")
        ]

    def __str__(self) -> str:
        return f"{self.cinema.name}, {self.name}"

    @property
    def turnaround(self) -> timedelta:
        return timedelta(minutes=self.turnaround_minutes)
