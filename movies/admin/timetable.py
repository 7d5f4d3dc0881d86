"""A day's programme of a cinema: screens down, hours across."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from movies import occupancy
from movies.admin.days import day_form
from movies.models import Cinema, Screen, Show
from movies.staff_cinemas import within_cinemas

DAY_STARTS = time(6)  # an earlier show belongs to the day before
OPENS, OPEN_HOURS = time(10), timedelta(hours=14)  # always drawn
LONG_GAP = timedelta(minutes=30)  # the shortest that is drawn
HOUR = timedelta(hours=1)
HOUR_WIDTH, MAX_HOUR_WIDTH = 3.15, 16.0  # rem: of a usual day, and of one with short films
NARROWEST = 1.6  # rem: a block in which a line of text fits, and that a finger meets


@permission_required("movies.view_show", raise_exception=True)
def timetable(request):
    cinemas = list(within_cinemas(Cinema.objects.all(), request.user, "pk"))
    asked = day_form(cinemas, request.GET)
    if not asked.is_valid():
        for field, errors in asked.errors.items():
            messages.warning(request, f"{field.capitalize()}: {' '.join(map(str, errors))}")
    context = {**admin.site.each_context(request), "title": "Timetable", "opts": Show._meta}
    if cinemas:
        chosen = asked.cleaned_data.get("cinema")
        cinema = next((each for each in cinemas if each.pk == chosen), cinemas[0])
        today = programme_day(timezone.now().astimezone(cinema.zone))
        day = asked.cleaned_data.get("day") or today
        context |= {
            "form": day_form(cinemas, cinema=cinema.pk, day=day),
            "cinema": cinema,
            "day": day,
            "today": today,
            "previous": day - timedelta(days=1),
            "next": day + timedelta(days=1),
            **programme(cinema, day),
        }
    return TemplateResponse(request, "admin/movies/timetable.html", context)


def programme_day(local: datetime) -> date:
    """Return the day to whose programme a show belongs that starts at this local time."""
    day = local.date()
    return day if local.time() >= DAY_STARTS else day - timedelta(days=1)


def url_of_day(show: Show) -> str:
    """Return the URL of the timetable that contains the show."""
    day = programme_day(show.local(show.starts_at))
    return f"{reverse('admin:movies_show_timetable')}?cinema={show.screen.cinema_id}&day={day}"


class Ruler(NamedTuple):
    """The time axis of the drawing, from edge to edge in UTC. Lengths are CSS percentages."""

    starts_at: datetime
    ends_at: datetime

    def position(self, moment: datetime) -> str:
        return self.length(moment - self.starts_at)

    def length(self, duration: timedelta) -> str:
        return f"{100 * (duration / (self.ends_at - self.starts_at)):.3f}%"


class Block(NamedTuple):
    """A show in the drawing."""

    show: Show
    times: str
    left: str
    width: str
    turnaround: str  # its width
    lane: int
    clash: str
    seats_url: str

    @property
    def percent_sold(self) -> int:
        return 100 * self.show.sold_seats // self.show.total_seats

    @property
    def sold(self) -> str:
        """The CSS class for the percentage of sold seats."""
        steps = [(100, "all"), (70, "well"), (30, "fairly")]
        return next((name for least, name in steps if self.percent_sold >= least), "hardly")


class Gap(NamedTuple):
    """A long time between two shows on a screen."""

    minutes: int
    left: str
    width: str


class Row(NamedTuple):
    """The day of one screen."""

    screen: Screen
    blocks: list[Block]
    gaps: list[Gap]

    @property
    def lanes(self) -> int:
        return max((block.lane + 1 for block in self.blocks), default=1)

    @property
    def clashes(self) -> int:
        return sum(bool(block.clash) for block in self.blocks)


def programme(cinema: Cinema, day: date) -> dict[str, object]:
    """Return the template's context for the day: rows, hours and totals. Two queries."""
    screens = list(Screen.objects.filter(cinema=cinema).defer("seating_plan"))
    shows = list(
        Show.objects.filter(
            screen__cinema=cinema,
            starts_at__gte=_moment(day, DAY_STARTS, cinema),
            starts_at__lt=_moment(day + timedelta(days=1), DAY_STARTS, cinema),
        )
        .select_related("movie")
        .with_sold_seats()
    )
    ruler = _ruler(cinema, day, shows)
    rows = []
    for screen in screens:
        screen.cinema = cinema  # saves a query per screen
        on_screen = [show for show in shows if show.screen_id == screen.pk]
        for show in on_screen:
            show.screen = screen
        rows.append(_row(screen, on_screen, ruler))
    live = [show for show in shows if not show.is_cancelled]
    now = timezone.now()
    return {
        "rows": rows,
        "hours": _hours(ruler, cinema),
        "hour_length": ruler.length(HOUR),
        "hour_width": _hour_width(shows),
        "now": ruler.position(now) if ruler.starts_at <= now <= ruler.ends_at else "",
        "live": len(live),
        "cancelled": len(shows) - len(live),
        "seats": sum(show.total_seats for show in live),
        "sold": sum(show.sold_seats for show in live),
        "clashes": sum(row.clashes for row in rows),
    }


def _moment(day: date, clock: time, cinema: Cinema) -> datetime:
    return datetime.combine(day, clock, tzinfo=cinema.zone).astimezone(UTC)


def _ruler(cinema: Cinema, day: date, shows: list[Show]) -> Ruler:
    """Return the axis in whole hours: the usual opening hours, and every show."""
    opens = _moment(day, OPENS, cinema)
    starts_at = min([opens, *(show.starts_at for show in shows)])
    ends_at = max([opens + OPEN_HOURS, *(show.ends_at for show in shows)])
    before_hour = timedelta(minutes=starts_at.astimezone(cinema.zone).minute)
    starts_at = (starts_at - before_hour).replace(second=0, microsecond=0)
    hours = -((starts_at - ends_at) // HOUR)
    return Ruler(starts_at, starts_at + hours * HOUR)


def _hour_width(shows: list[Show]) -> str:
    """Return the least width of an hour as a CSS length, so that the shortest show can be read."""
    shortest = min((show.ends_at - show.starts_at for show in shows), default=HOUR)
    needed = NARROWEST * (HOUR / shortest)
    return f"{min(max(HOUR_WIDTH, needed), MAX_HOUR_WIDTH):.2f}rem"


def _hours(ruler: Ruler, cinema: Cinema) -> list[tuple[str, str]]:
    """Return (position, local time) of each hour.

    An hour is missing, or occurs twice, when the clocks change.
    """
    hours = (ruler.ends_at - ruler.starts_at) // HOUR
    moments = [ruler.starts_at + number * HOUR for number in range(hours)]
    return [
        (ruler.position(moment), f"{moment.astimezone(cinema.zone):%H:%M}") for moment in moments
    ]


def _row(screen: Screen, shows: list[Show], ruler: Ruler) -> Row:
    """Return the row of a screen, with cancelled shows below the others."""
    live = [show for show in shows if not show.is_cancelled]
    lanes = _lanes(live, screen.turnaround)
    below = max(lanes.values(), default=-1) + 1
    cancelled = _lanes([show for show in shows if show.is_cancelled], timedelta())
    lanes |= {show: lane + below for show, lane in cancelled.items()}
    seats_url = occupancy.current().seats_url
    blocks = [
        Block(
            show=show,
            times=f"{show.local(show.starts_at):%H:%M}–{show.local(show.ends_at):%H:%M}",
            left=ruler.position(show.starts_at),
            width=ruler.length(show.ends_at - show.starts_at),
            turnaround=ruler.length(timedelta() if show.is_cancelled else screen.turnaround),
            lane=lanes[show],
            clash="" if show.is_cancelled else _clash(show, live, screen.turnaround),
            seats_url=seats_url(show.pk),
        )
        for show in shows
    ]
    return Row(screen, blocks, list(_gaps(live, screen.turnaround, ruler)))


def _lanes(shows: list[Show], turnaround: timedelta) -> dict[Show, int]:
    """Return `{show: lane}` such that shows in the same lane do not overlap."""
    lanes: dict[Show, int] = {}
    free_from: list[datetime] = []  # of each lane
    for show in shows:
        fitting = (lane for lane, moment in enumerate(free_from) if moment <= show.starts_at)
        lane = next(fitting, len(free_from))
        free_from[lane : lane + 1] = [show.ends_at + turnaround]
        lanes[show] = lane
    return lanes


def _clash(show: Show, shows: list[Show], turnaround: timedelta) -> str:
    """Return a sentence about another show that collides with this one, or an empty string.

    The services prevent collisions; this shows them if rows were written past the services.
    """
    for other in shows:
        at, own = other.local(other.starts_at), show.local(show.starts_at)
        clock = "%H:%M" if at.date() == own.date() else "%a %d %b %H:%M"
        name = f"{other.movie.title} at {at:{clock}}"
        if other == show:
            continue
        if show.starts_at < other.ends_at and other.starts_at < show.ends_at:
            return f"Overlaps {name}"
        apart = max(show.starts_at - other.ends_at, other.starts_at - show.ends_at)
        if apart < turnaround:
            return f"Only {apart // timedelta(minutes=1)} min between this and {name}"
    return ""


def _gaps(shows: list[Show], turnaround: timedelta, ruler: Ruler) -> Iterator[Gap]:
    """Yield the long times between two shows, after the turnaround."""
    free_from: datetime | None = None
    for show in shows:
        if free_from and show.starts_at - free_from >= LONG_GAP:
            gap = show.starts_at - free_from
            minutes = gap // timedelta(minutes=1)
            yield Gap(minutes, ruler.position(free_from), ruler.length(gap))
        free_from = max(free_from or show.starts_at, show.ends_at + turnaround)
