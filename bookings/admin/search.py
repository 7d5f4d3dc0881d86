"""Search in lists of orders and bookings: by customer, movie, order code, and seat of a show."""

import re
from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import User
from bookings.models import CODE_LENGTH, CODE_LETTERS, Booking
from core.names import spellings
from movies.models import Show
from movies.seating.numbers import seat_number_from

MAX_WORDS = 10  # in a search; the page says so
MIN_BEGINNING = 5  # characters that can be the beginning of an order code without a #
BEGINNING = re.compile(f"[{CODE_LETTERS}]{{{MIN_BEGINNING},{CODE_LENGTH}}}")
CODE = re.compile(f"[{CODE_LETTERS}]{{{CODE_LENGTH}}}")
MANY_CUSTOMERS, MANY_SHOWS = 1000, 50  # from here on, a word matches many orders
NAMES = ["username", "first_name", "last_name", "email"]

HELP = (
    "Names, e-mail, movie, or order code, such as #B7KQ2XWM4P. With a show selected also its "
    "seats, such as F7."
)


def search(rows: QuerySet[Any], term: str, *, order: str, show_id: int | None) -> QuerySet[Any]:
    """Return the rows that match every word of the term.

    `order` is the path from a row to its order, with `__`, or empty for orders themselves. Words
    that are seats of the show `show_id` find the rows of these seats; without a show, no word is a
    seat. No word finds a code by its middle, so that the index of codes is used.
    """
    term = term.strip()
    code = re.sub(r"[\s#-]", "", term).upper()
    if CODE.fullmatch(code):
        of_code = rows.filter(**{f"{order}code": code})
        if term.startswith("#") or of_code.exists():
            return of_code
    words = term.split()
    seats = _seats(words, show_id) if show_id else {}
    if seats:
        rows = rows.filter(_has_seat(order, set(seats.values()), show_id))
    for word in words:
        if word.startswith("#"):
            rows = rows.filter(**{f"{order}code__startswith": word[1:].upper()})
        elif word not in seats:
            rows = _with_word(rows, word, order, is_narrow=show_id is not None)
    return rows


def _with_word(rows: QuerySet[Any], word: str, order: str, *, is_narrow: bool) -> QuerySet[Any]:
    """Return the rows of a customer, a movie or an order code that match the word.

    A condition with OR over several tables reads the rows one by one. That is best if many match,
    or if `rows` are few anyway (`is_narrow`). Otherwise a union of primary keys uses the indexes.
    """
    customers = User.objects.order_by().filter(_contains(word, NAMES))
    shows = Show.objects.order_by().filter(_contains(word, ["movie__title"]))
    conditions = [Q(**{f"{order}customer__in": customers}), Q(show__in=shows)]
    if BEGINNING.fullmatch(word.upper()):
        conditions.append(Q(**{f"{order}code__startswith": word.upper()}))
    if is_narrow or _has_more(customers, MANY_CUSTOMERS) or _has_more(shows, MANY_SHOWS):
        return rows.filter(reduce(or_, conditions))
    first, *others = (
        rows.model.objects.order_by().filter(condition).values("pk") for condition in conditions
    )
    return rows.filter(pk__in=first.union(*others, all=True))


def _has_more(found: QuerySet[Any], most: int) -> bool:
    return len(found.values_list("pk")[: most + 1]) > most


def _contains(word: str, fields: Sequence[str]) -> Q:
    contained = (
        Q(**{f"{field}__icontains": spelling}) for field in fields for spelling in spellings(word)
    )
    return reduce(or_, contained)


def _seats(words: Sequence[str], show_id: int) -> dict[str, str]:
    """Return {word: seat number} of the words that are seats of the show, now or once."""
    numbers = {}
    for word in words:
        try:
            numbers[word] = seat_number_from(word)
        except ValueError:
            continue  # a name, for example
    show = Show.objects.with_places().filter(pk=show_id).first() if numbers else None
    if show is None:
        return {}
    once = show.bookings.filter(seat_number__in=numbers.values())
    known = set(once.order_by().values_list("seat_number", flat=True).distinct())
    return {
        word: number for word, number in numbers.items() if number in known or show.has_seat(number)
    }


def _has_seat(order: str, numbers: set[str], show_id: int | None) -> Q:
    """Return the condition of orders that have a seat now, and of all bookings of a seat."""
    if order:
        return Q(show=show_id, seat_number__in=numbers)
    having = Booking.objects.active().filter(show=show_id, seat_number__in=numbers)
    return Q(pk__in=having.filter(order__isnull=False).order_by().values("order"))
