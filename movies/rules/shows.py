"""When a show may be on."""

from datetime import datetime, timedelta

from core.errors import InvalidInput
from movies import occupancy
from movies.errors import SeatsSold, ShowsOverlap
from movies.limits import LONG_PAST, MAX_SHOW_LENGTH
from movies.models import Show

MAX_NAMED_SEATS = 50  # in a sentence; the members of the error have all


def ensure_times_are_in_order(show: Show) -> None:
    """Ensure that the show and its sales end after they start. Raises InvalidInput."""
    if show.ends_at <= show.starts_at:
        raise InvalidInput.of("ends_at", "A show ends after it starts.")
    if show.sales_open_at and show.sales_close_at and show.sales_close_at <= show.sales_open_at:
        raise InvalidInput.of("sales_close_at", "Sales close after they open.")


def ensure_length_is_possible(show: Show) -> None:
    """Ensure that the show lasts at most MAX_SHOW_LENGTH. Raises InvalidInput."""
    length = show.ends_at - show.starts_at
    if length > MAX_SHOW_LENGTH:
        hours = length / timedelta(hours=1)
        raise InvalidInput.of(
            "ends_at",
            f"A show lasts at most {MAX_SHOW_LENGTH // timedelta(hours=1)} hours. This one would "
            f"last {hours:,.1f} hours, until {show.local(show.ends_at):%Y-%m-%d %H:%M}.",
        )


def ensure_past_is_meant(show: Show, now: datetime) -> None:
    """Ensure that the show does not start LONG_PAST ago or earlier. Raises InvalidInput."""
    if show.starts_at <= now - LONG_PAST:
        raise InvalidInput.of(
            "confirm_past",
            f"The start, {show.local(show.starts_at):%Y-%m-%d %H:%M}, is long past. Correct it, or "
            "confirm that it is meant.",
        )


def ensure_screen_is_free(show: Show) -> None:
    """Ensure that no other show needs the screen meanwhile. Raises ShowsOverlap.

    The caller has locked the screen.
    """
    other = Show.objects.with_places().overlapping(show).order_by("pk").first()
    if other is not None:
        starts_at, ends_at = other.local(other.starts_at), other.local(other.ends_at)
        day = "" if starts_at.date() == ends_at.date() else f"{ends_at:%Y-%m-%d} "
        raise ShowsOverlap(
            f"{show.screen} is taken by {other.movie.title} from {starts_at:%Y-%m-%d %H:%M} to "
            f"{day}{ends_at:%H:%M}, and needs {show.screen.turnaround_minutes} "
            "minutes between two shows.",
            show=other.pk,
        )


def ensure_taken_seats_stay(show: Show) -> None:
    """Ensure that the show still has every seat that is taken. Raises SeatsSold.

    The caller has locked the show.
    """
    taken = occupancy.current().taken_seat_numbers(show.pk)
    lost = sorted((number for number in taken if not show.has_seat(number)), key=_by_row)
    if lost:
        sentence = f"{len(lost)} taken seats would be missing, such as seat {lost[0]}."
        if len(lost) > 1:
            more = f" and {len(lost) - MAX_NAMED_SEATS} more" if len(lost) > MAX_NAMED_SEATS else ""
            sentence += f" They are {', '.join(lost[:MAX_NAMED_SEATS])}{more}."
        raise SeatsSold(
            sentence, seats=[{"seat_number": number, "code": SeatsSold.code} for number in lost]
        )


def _by_row(seat_number: str) -> tuple[str, int, str]:
    """Return a key that sorts A9 before A10."""
    return seat_number.rstrip("0123456789"), len(seat_number), seat_number
