"""The two cinemas and the shows of each day."""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.utils import timezone

from demo import halls
from movies import services
from movies.local_time import in_zone
from movies.models import Cinema, Movie, PriceList, Screen, Show

MATINEE, EVENING = "matinee", "evening"
FRIDAY, SATURDAY, SUNDAY = 4, 5, 6
LATE_NIGHTS = (FRIDAY, SATURDAY)
FOR_ALL_AGES = ("U", "PG")
BIG_PICTURES = ("2001: A Space Odyssey", "Dune", "Oppenheimer", "The Dark Knight")


class Hall(NamedTuple):
    name: str
    plan: str
    text: str
    has_imax: bool = False
    single_seats: str = Screen.SingleSeats.OFF
    focal_point: tuple[float, float] | None = None


# (fields of the cinema, its halls, an adult's price of a standard seat)
CINEMAS: list[tuple[dict[str, Any], list[Hall], dict[str, str]]] = [
    (
        {
            "name": "Astoria",
            "city": "London",
            "address": "1 High Street",
            "time_zone": "Europe/London",
            "currency": "GBP",
            "refund_tiers": [
                {"hours_before": 24, "percent": 100},
                {"hours_before": 2, "percent": 50},
            ],
        },
        [
            Hall(
                "Screen 1",
                "Astoria grand",
                halls.GRAND,
                has_imax=True,
                single_seats=Screen.SingleSeats.WARN,
            ),
            Hall("Screen 2", "Astoria classic", halls.CLASSIC),
            Hall("Screen 3", "Astoria studio", halls.STUDIO),
        ],
        {MATINEE: "8.50", EVENING: "11.00"},
    ),
    (
        {
            "name": "Lumière",
            "city": "Lyon",
            "address": "12 rue du Premier-Film",
            "time_zone": "Europe/Paris",
            "currency": "EUR",
            "refund_tiers": [{"hours_before": 1, "percent": 100}],
        },
        [
            Hall(
                "Grande salle",
                "Lumière grande",
                halls.GRANDE_SALLE,
                focal_point=(390, 240),  # row H of the stalls, not the first of the balcony
            ),
            Hall("Petite salle", "Lumière petite", halls.PETITE_SALLE),
        ],
        {MATINEE: "8.00", EVENING: "10.50"},
    ),
]


class House(NamedTuple):
    """A screen, and what its shows need: price lists by time of day, and the format."""

    screen: Screen
    prices: dict[str, PriceList]  # by MATINEE and EVENING
    has_imax: bool


def is_demo() -> bool:
    """Return whether the database is the demo's: it has exactly its cinemas. One query."""
    places = Cinema.objects.values_list("name", "city", "address")
    return set(places) == {(site["name"], site["city"], site["address"]) for site, *_ in CINEMAS}


def has_shows_ahead() -> bool:
    """Return whether a show starts tomorrow or later, so that there is something to book."""
    tomorrow = timezone.now() + timedelta(days=1)
    return Show.objects.on().filter(starts_at__gt=tomorrow).exists()


def load_cinemas() -> list[House]:
    """Create the missing cinemas, screens, plans and prices; return a House for each screen.

    A screen that was given another plan since then is left out: the demo has no prices for it.
    """
    all_halls = [hall for _, rooms, _ in CINEMAS for hall in rooms]
    plans = {
        hall.plan: halls.load_plan(hall.plan, hall.text, hall.focal_point) for hall in all_halls
    }
    houses = []
    for site, rooms, standard in CINEMAS:
        found = Cinema.objects.filter(name=site["name"]).first()
        cinema = found or services.add_cinema(**site)
        prices = {
            when: halls.load_price_list(f"{cinema.name} {when}", cinema.currency, amount)
            for when, amount in standard.items()
        }
        for hall in rooms:
            screen, _ = Screen.objects.get_or_create(
                cinema=cinema,
                name=hall.name,
                defaults={
                    "seating_plan": plans[hall.plan],
                    "single_seats": hall.single_seats,
                },
            )
            if screen.seating_plan_id in {plan.pk for plan in plans.values()}:
                houses.append(House(screen, prices, hall.has_imax))
    return houses


def load_shows(movies: Mapping[str, Movie], houses: Sequence[House], days: int) -> list[Show]:
    """Create shows for `days` days from today where a screen has none yet; return the new shows."""
    new: list[Show] = []
    for house in houses:
        screen = house.screen
        today = timezone.now().astimezone(screen.cinema.zone).date()
        for day in (today + timedelta(days=number) for number in range(days)):
            shows = list(shows_of_day(movies, house, day))
            planned = Show(screen=screen, starts_at=shows[0].starts_at, ends_at=shows[-1].ends_at)
            if not Show.objects.overlapping(planned).exists():
                new += shows
    return Show.objects.bulk_create(new)


def shows_of_day(movies: Mapping[str, Movie], house: House, day: date) -> Iterator[Show]:
    """Yield shows one after another, with the turnaround between them: family films first."""
    screen = house.screen
    choice = random.Random(f"{screen} {day}")
    weekend = day.weekday() in (SATURDAY, SUNDAY)
    last_start = time(23, 15) if day.weekday() in LATE_NIGHTS else time(21, 30)
    starts_at = _at(screen, day, time(10, 30) if weekend else time(12, 30))
    films = list(movies.values())
    while starts_at <= _at(screen, day, last_start):
        is_matinee = starts_at < _at(screen, day, time(17))
        suitable = [film for film in films if not is_matinee or film.certificate in FOR_ALL_AGES]
        film = choice.choice(suitable)
        films.remove(film)
        show = _show_of(film, house, starts_at, is_matinee)
        yield show
        starts_at = _next_five_minutes(show.ends_at + screen.turnaround)


def _show_of(film: Movie, house: House, starts_at: datetime, is_matinee: bool) -> Show:
    cinema, plan = house.screen.cinema, house.screen.seating_plan
    assert plan is not None  # noqa: S101 - every demo screen has one
    local_language = "fr" if cinema.city == "Lyon" else "en"
    is_dubbed = is_matinee and local_language != "en" and film.certificate == "U"
    language = local_language if is_dubbed else film.language
    is_imax = house.has_imax and film.title in BIG_PICTURES
    minutes = cinema.trailer_minutes + film.duration_minutes
    return Show(
        movie=film,
        screen=house.screen,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
        format=Show.Format.IMAX if is_imax else Show.Format.TWO_D,
        language=language,
        subtitles="" if language == local_language else local_language,
        seating_plan=plan,
        total_seats=plan.seat_count,
        price_list=house.prices[MATINEE if is_matinee else EVENING],
    )


def _at(screen: Screen, day: date, local_time: time) -> datetime:
    return in_zone(datetime.combine(day, local_time), screen.cinema.zone).astimezone(UTC)


def _next_five_minutes(moment: datetime) -> datetime:
    """Round up to the next multiple of five minutes."""
    return moment + timedelta(minutes=-moment.minute % 5)
