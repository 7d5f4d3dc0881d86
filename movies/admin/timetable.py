"""A day's programme of a cinema: screens down, hours across."""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Count, Q
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.http import urlencode

from movies.models import Cinema, Screen, Show

DAY_STARTS = time(6)  # a show before it belongs to the evening before
OPENS, OPEN_HOURS = time(10), timedelta(hours=14)  # the least that is drawn
LONG_GAP = timedelta(minutes=30)
HOUR = timedelta(hours=1)
# A day inside the bounds of `starts_at`, whatever the time zone.
DAYS = [MinValueValidator(date(2000, 1, 2)), MaxValueValidator(date(2099, 12, 30))]


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self):
        super().__init__(format="%Y-%m-%d")


class DayField(forms.DateField):
    def __init__(self, **kwargs):
        super().__init__(
            input_formats=["%Y-%m-%d"],
            validators=DAYS,
            error_messages={"invalid": "Write a date as 2026-11-27."},
            **kwargs,
        )


class DayForm(forms.Form):
    cinema = forms.TypedChoiceField(required=False, coerce=int)
    day = DayField(required=False, widget=DateInput)

    def __init__(self, *args, cinemas, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["cinema"].choices = [(cinema.pk, str(cinema)) for cinema in cinemas]


@permission_required("movies.view_show", raise_exception=True)
def timetable(request):
    cinemas = list(Cinema.objects.all())
    asked = DayForm(request.GET, cinemas=cinemas)
    if not asked.is_valid():
        for field, errors in asked.errors.items():
            messages.warning(request, f"{field.capitalize()}: {' '.join(errors)}")
    context = {**admin.site.each_context(request), "title": "Timetable", "opts": Show._meta}
    if cinemas:
        wanted = asked.cleaned_data.get("cinema")
        cinema = next((each for each in cinemas if each.pk == wanted), cinemas[0])
        today = programme_day(timezone.now().astimezone(cinema.zone))
        day = asked.cleaned_data.get("day") or today
        context |= {
            "form": DayForm(initial={"cinema": cinema.pk, "day": day}, cinemas=cinemas),
            "cinema": cinema,
            "day": day,
            "today": today,
            "previous": day - timedelta(days=1),
            "next": day + timedelta(days=1),
            **programme(cinema, day),
        }
    return TemplateResponse(request, "admin/movies/timetable.html", context)


def programme_day(local):
    """The day in whose programme a show stands that starts at this local time."""
    day = local.date()
    return day if local.time() >= DAY_STARTS else day - timedelta(days=1)


def url_of_day(show):
    """The timetable with the show in it."""
    query = {"cinema": show.screen.cinema_id, "day": programme_day(show.local(show.starts_at))}
    return f"{reverse('admin:movies_show_timetable')}?{urlencode(query)}"


def url_of_seats(show):
    """The page of its seats, which the app that sells them has; empty where there is none."""
    try:
        return reverse("admin:bookings_show_seats", args=[show.pk])
    except NoReverseMatch:
        return ""


class Ruler(NamedTuple):
    """Where a moment stands between the left and the right edge. Both edges are in UTC."""

    starts_at: datetime
    ends_at: datetime

    def at(self, moment):
        return self.wide(moment - self.starts_at)

    def wide(self, duration):
        return f"{100 * (duration / (self.ends_at - self.starts_at)):.3f}%"


class Block(NamedTuple):
    """A show as it is drawn."""

    show: Show
    times: str
    left: str
    width: str
    turnaround: str  # how wide it is drawn
    lane: int
    clash: str
    seats_url: str

    @property
    def percent_sold(self):
        return 100 * self.show.sold_seats // self.show.total_seats

    @property
    def sold(self):
        """How well, as a class of the style sheet."""
        steps = [(100, "all"), (70, "well"), (30, "fairly")]
        return next((name for least, name in steps if self.percent_sold >= least), "hardly")


class Gap(NamedTuple):
    minutes: int
    left: str
    width: str


class Row(NamedTuple):
    """A screen with its day."""

    screen: Screen
    blocks: list
    gaps: list

    @property
    def lanes(self):
        return max((block.lane + 1 for block in self.blocks), default=1)

    @property
    def clashes(self):
        return sum(bool(block.clash) for block in self.blocks)


def programme(cinema, day):
    """What the template needs of the day: rows, hours, totals. Two queries."""
    screens = list(Screen.objects.filter(cinema=cinema).defer("seating_plan"))
    shows = list(
        Show.objects.filter(
            screen__cinema=cinema,
            starts_at__gte=_moment(day, DAY_STARTS, cinema),
            starts_at__lt=_moment(day + timedelta(days=1), DAY_STARTS, cinema),
        )
        .select_related("movie")
        # A held seat is not sold, a blocked one neither.
        .annotate(sold_seats=Count("bookings", filter=Q(bookings__status="booked")))
        .order_by("starts_at", "pk")  # a count takes the model's own order away
    )
    ruler = _ruler(cinema, day, shows)
    rows = []
    for screen in screens:
        screen.cinema = cinema
        on_screen = [show for show in shows if show.screen_id == screen.pk]
        for show in on_screen:
            show.screen = screen
        rows.append(_row(screen, on_screen, ruler))
    live = [show for show in shows if not show.is_cancelled]
    now = timezone.now()
    return {
        "rows": rows,
        "hours": _hours(ruler, cinema),
        "hour_width": ruler.wide(HOUR),
        "now": ruler.at(now) if ruler.starts_at <= now <= ruler.ends_at else "",
        "live": len(live),
        "cancelled": len(shows) - len(live),
        "seats": sum(show.total_seats for show in live),
        "sold": sum(show.sold_seats for show in live),
        "clashes": sum(row.clashes for row in rows),
    }


def _moment(day, clock, cinema):
    return datetime.combine(day, clock, tzinfo=cinema.zone).astimezone(UTC)


def _ruler(cinema, day, shows):
    """From the first show to the last in whole hours, and at least while cinemas are open."""
    opens = _moment(day, OPENS, cinema)
    starts_at = min([opens, *(show.starts_at for show in shows)])
    ends_at = max([opens + OPEN_HOURS, *(show.ends_at for show in shows)])
    before_hour = timedelta(minutes=starts_at.astimezone(cinema.zone).minute)
    starts_at = (starts_at - before_hour).replace(second=0, microsecond=0)
    hours = -((starts_at - ends_at) // HOUR)
    return Ruler(starts_at, starts_at + hours * HOUR)


def _hours(ruler, cinema):
    """(left, what the clocks show). In the night they change, an hour is missing or comes twice."""
    hours = (ruler.ends_at - ruler.starts_at) // HOUR
    moments = [ruler.starts_at + number * HOUR for number in range(hours)]
    return [(ruler.at(moment), f"{moment.astimezone(cinema.zone):%H:%M}") for moment in moments]


def _row(screen, shows, ruler):
    live = [show for show in shows if not show.is_cancelled]
    lanes = _lanes(live, screen.turnaround)
    below = max(lanes.values(), default=-1) + 1
    off = _lanes([show for show in shows if show.is_cancelled], timedelta())
    lanes |= {show: lane + below for show, lane in off.items()}
    blocks = [
        Block(
            show=show,
            times=f"{show.local(show.starts_at):%H:%M}–{show.local(show.ends_at):%H:%M}",
            left=ruler.at(show.starts_at),
            width=ruler.wide(show.ends_at - show.starts_at),
            turnaround=ruler.wide(timedelta() if show.is_cancelled else screen.turnaround),
            lane=lanes[show],
            clash="" if show.is_cancelled else _clash(show, live, screen.turnaround),
            seats_url=url_of_seats(show),
        )
        for show in shows
    ]
    return Row(screen, blocks, list(_gaps(live, screen.turnaround, ruler)))


def _lanes(shows, turnaround):
    """{show: lane}, so that no two shows of a lane are drawn over each other."""
    lanes, free_from = {}, []
    for show in shows:
        fitting = (lane for lane, moment in enumerate(free_from) if moment <= show.starts_at)
        lane = next(fitting, len(free_from))
        free_from[lane : lane + 1] = [show.ends_at + turnaround]
        lanes[show] = lane
    return lanes


def _clash(show, shows, turnaround):
    """With which other show on the screen it collides, in words. Rule 7: it never does."""
    for other in shows:
        name = f"{other.movie.title} at {other.local(other.starts_at):%H:%M}"
        if other == show:
            continue
        if show.starts_at < other.ends_at and other.starts_at < show.ends_at:
            return f"Overlaps {name}"
        apart = max(show.starts_at - other.ends_at, other.starts_at - show.ends_at)
        if apart < turnaround:
            return f"Only {apart // timedelta(minutes=1)} min between this and {name}"
    return ""


def _gaps(shows, turnaround, ruler):
    """The times between two shows in which the screen stands empty and clean for long."""
    free_from = None
    for show in shows:
        if free_from and show.starts_at - free_from >= LONG_GAP:
            gap = show.starts_at - free_from
            yield Gap(gap // timedelta(minutes=1), ruler.at(free_from), ruler.wide(gap))
        free_from = max(free_from or show.starts_at, show.ends_at + turnaround)
