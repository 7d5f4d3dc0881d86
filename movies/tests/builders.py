"""Rows for tests; every builder makes what it needs and was not given."""

from datetime import timedelta
from itertools import count

from django.utils import timezone

from movies.models import Cinema, Genre, Movie, Screen, Show

_number = count(1)


def make_movie(title="Alien", *, genres=(), duration_minutes=117, language="en", **fields):
    movie = Movie.objects.create(
        title=title, duration_minutes=duration_minutes, language=language, **fields
    )
    movie.genres.set(Genre.objects.get_or_create(name=name)[0] for name in genres)
    return movie


def make_cinema(*, time_zone="Europe/London", currency="GBP", **fields):
    fields.setdefault("name", f"Cinema {next(_number)}")
    return Cinema.objects.create(city="London", time_zone=time_zone, currency=currency, **fields)


def make_screen(*, cinema=None, **fields):
    fields.setdefault("name", f"Screen {next(_number)}")
    return Screen.objects.create(cinema=cinema or make_cinema(), **fields)


def make_show(*, movie=None, screen=None, starts_at=None, total_seats=100, **fields):
    """A show, tomorrow at this time unless told otherwise, on a screen of its own."""
    movie = movie or make_movie()
    starts_at = starts_at or timezone.now() + timedelta(days=1)
    fields.setdefault("ends_at", starts_at + timedelta(minutes=movie.duration_minutes))
    fields.setdefault("language", "en")
    return Show.objects.create(
        movie=movie,
        screen=screen or make_screen(),
        starts_at=starts_at,
        total_seats=total_seats,
        **fields,
    )
