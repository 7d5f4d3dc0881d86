"""Programme rows for tests. Each builder also makes the rows that it needs and was not given."""

from datetime import timedelta
from itertools import count

from django.utils import timezone

from movies import services
from movies.models import (
    Cinema,
    Genre,
    Movie,
    Price,
    PriceList,
    Screen,
    SeatCategory,
    Show,
    TicketType,
)

_number = count(1)


def make_movie(title="Alien", *, genres=(), duration_minutes=117, language="en", **fields):
    movie = Movie.objects.create(
        title=title, duration_minutes=duration_minutes, language=language, **fields
    )
    movie.genres.set(Genre.objects.get_or_create(name=name)[0] for name in genres)
    return movie


def make_cinema(*, time_zone="Europe/London", currency="GBP", **fields):
    """Return a new cinema; `refund_tiers` is {hours before the start: percent}."""
    fields.setdefault("city", "London")
    fields.setdefault("name", f"Cinema {next(_number)}")
    fields.setdefault("trailer_minutes", 0)
    refund_tiers = fields.pop("refund_tiers", {})
    cinema = Cinema.objects.create(time_zone=time_zone, currency=currency, **fields)
    for hours_before, percent in refund_tiers.items():
        cinema.refund_tiers.create(hours_before=hours_before, percent=percent)
    return cinema


def make_screen(*, cinema=None, **fields):
    fields.setdefault("name", f"Screen {next(_number)}")
    return Screen.objects.create(cinema=cinema or make_cinema(), **fields)


def make_seating_plan(text="A  ssss_ssss\nB  ssss_ssss\n", *, name=None, **fields):
    return services.save_seating_plan(name=name or f"Plan {next(_number)}", text=text, **fields)


def make_price_list(prices, *, currency="GBP", **fields):
    """Return a price list of {(category, ticket type): amount}, the ticket types in that order."""
    fields.setdefault("name", f"Prices {next(_number)}")
    price_list = PriceList.objects.create(currency=currency, **fields)
    for position, (category, ticket_type) in enumerate(prices):
        Price.objects.create(
            price_list=price_list,
            category=SeatCategory.objects.get_or_create(
                name=category, defaults={"color": "#4a7fb5"}
            )[0],
            ticket_type=TicketType.objects.get_or_create(
                name=ticket_type, defaults={"position": position}
            )[0],
            amount=prices[category, ticket_type],
        )
    return price_list


def make_show(
    *, movie=None, screen=None, starts_at=None, total_seats=100, seating_plan=None, **fields
):
    """Return a show, by default in 24 hours and on a screen of its own.

    `price` is what an adult pays for a standard seat; without it the show is free.
    """
    movie = movie or make_movie()
    screen = screen or make_screen()
    starts_at = starts_at or timezone.now() + timedelta(days=1)
    fields.setdefault("ends_at", starts_at + timedelta(minutes=movie.duration_minutes))
    fields.setdefault("language", "en")
    if price := fields.pop("price", None):
        fields["price_list"] = make_price_list(
            {("Standard", "Adult"): price}, currency=screen.cinema.currency
        )
    return Show.objects.create(
        movie=movie,
        screen=screen,
        starts_at=starts_at,
        seating_plan=seating_plan,
        total_seats=seating_plan.seat_count if seating_plan else total_seats,
        **fields,
    )
