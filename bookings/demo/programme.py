"""What the two cinemas show, day by day."""

import random
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.utils import timezone

from movies.local_time import in_zone
from movies.models import Cinema, Screen, Show

FRIDAY, SATURDAY, SUNDAY = 4, 5, 6
LATE_NIGHTS = (FRIDAY, SATURDAY)
FOR_ALL_AGES = ("U", "PG")
BIG_PICTURES = ("2001: A Space Odyssey", "Dune", "Oppenheimer", "The Dark Knight")


class Hall(NamedTuple):
    name: str
    seats: int
    price: str  # of an evening show; matinees cost 2.50 less
    has_imax: bool = False


CINEMAS = [
    (
        {
            "name": "Astoria",
            "city": "London",
            "address": "1 High Street",
            "time_zone": "Europe/London",
            "currency": "GBP",
        },
        [
            Hall("Screen 1", 260, "14.50", has_imax=True),
            Hall("Screen 2", 140, "11.00"),
            Hall("Screen 3", 80, "11.00"),
        ],
    ),
    (
        {
            "name": "Lumière",
            "city": "Lyon",
            "address": "12 rue du Premier-Film",
            "time_zone": "Europe/Paris",
            "currency": "EUR",
        },
        [Hall("Grande salle", 220, "12.00"), Hall("Petite salle", 64, "10.50")],
    ),
]


def load_cinemas():
    """Make the cinemas and screens that are not there yet; answer [(Screen, Hall)]."""
    screens = []
    for site, halls in CINEMAS:
        cinema, _ = Cinema.objects.get_or_create(name=site["name"], defaults=site)
        for hall in halls:
            screen, _ = Screen.objects.get_or_create(cinema=cinema, name=hall.name)
            screens.append((screen, hall))
    return screens


def load_shows(movies, screens, days):
    """Put on `days` days of shows from today, where nothing is on yet; answer the new ones."""
    new = []
    for screen, hall in screens:
        today = timezone.now().astimezone(screen.cinema.zone).date()
        for day in (today + timedelta(days=number) for number in range(days)):
            shows = list(shows_of_day(movies, screen, hall, day))
            planned = Show(screen=screen, starts_at=shows[0].starts_at, ends_at=shows[-1].ends_at)
            if not Show.objects.overlapping(planned).exists():
                new += shows
    return Show.objects.bulk_create(new)


def shows_of_day(movies, screen, hall, day):
    """One show after another, with the turnaround between: family films first, late ones last."""
    choice = random.Random(f"{screen} {day}")
    weekend = day.weekday() in (SATURDAY, SUNDAY)
    last_start = time(23, 15) if day.weekday() in LATE_NIGHTS else time(21, 30)
    starts_at = _at(screen, day, time(10, 30) if weekend else time(12, 30))
    films = list(movies.values())
    while starts_at <= _at(screen, day, last_start):
        is_matinee = starts_at < _at(screen, day, time(17))
        fitting = [
            film
            for film in films
            if is_matinee == (film.certificate in FOR_ALL_AGES) or not is_matinee
        ]
        film = choice.choice(fitting)
        films.remove(film)
        show = _show_of(film, screen, hall, starts_at, is_matinee)
        yield show
        starts_at = _next_five_minutes(show.ends_at + screen.turnaround)


def _show_of(film, screen, hall, starts_at, is_matinee):
    local_language = "fr" if screen.cinema.city == "Lyon" else "en"
    is_dubbed = is_matinee and local_language != "en" and film.certificate == "U"
    language = local_language if is_dubbed else film.language
    is_imax = hall.has_imax and film.title in BIG_PICTURES
    return Show(
        movie=film,
        screen=screen,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=film.duration_minutes),
        format=Show.Format.IMAX if is_imax else Show.Format.TWO_D,
        language=language,
        subtitles="" if language == local_language else local_language,
        total_seats=hall.seats,
        price=Decimal(hall.price) - (Decimal("2.50") if is_matinee else 0),
    )


def _at(screen, day, clock):
    return in_zone(datetime.combine(day, clock), screen.cinema.zone).astimezone(UTC)


def _next_five_minutes(moment):
    late = timedelta(minutes=moment.minute % 5)
    return moment + (timedelta(minutes=5) - late if late else timedelta())
