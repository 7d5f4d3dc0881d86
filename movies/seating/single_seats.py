"""Single seats: free ones between two that are taken."""

from collections.abc import Container, Iterable, Mapping
from collections.abc import Set as AbstractSet

from movies.seating.plan import Ring, Row, Run


def stranded_by(
    rows: Iterable[Row],
    seats: Iterable[str],
    *,
    free: AbstractSet[str],
    on_request: AbstractSet[str] = frozenset(),
) -> list[str]:
    """Return, in plan order, the seats of these rows that become single when `seats` are taken.

    `free` are the seats that are free before. Wheelchair and companion places, `on_request`, are
    no ordinary seats: they never become single, and a run of ordinary seats ends beside them.
    """
    rows = list(rows)
    left = (free - set(seats)) | on_request
    free = free | on_request
    stranded = {
        number
        for row in rows
        for run in row.runs
        for numbers in [opened(run, left)]
        for before, number, after in zip(numbers, numbers[1:], numbers[2:], strict=False)
        if number in left - on_request and before not in left and after not in left
        if before in free or after in free
    }
    return [seat.number for row in rows for seat in row.seats if seat.number in stranded]


def within_two(row_of: Mapping[str, Row], seats: Iterable[str]) -> list[str]:
    """Return these seats and those at most two places from them in their runs.

    Whether taking `seats` leaves one single depends on no other seat. `row_of` has the row of each
    seat.
    """
    found: dict[str, None] = {}
    for number in seats:
        for run in row_of[number].runs:
            numbers = [seat.number for seat in run]
            if number in numbers:
                at = numbers.index(number)
                if isinstance(run, Ring):
                    near = [numbers[(at + step) % len(numbers)] for step in range(-2, 3)]
                else:
                    near = numbers[max(0, at - 2) : at + 3]
                found |= dict.fromkeys(near)
    return list(found)


def opened(run: Run, among: Container[str]) -> list[str]:
    """Return the seat numbers of a run. A ring begins and ends with a seat not `among` these."""
    numbers = [seat.number for seat in run]
    if isinstance(run, Ring):
        for nth, number in enumerate(numbers):
            if number not in among:
                return [*numbers[nth:], *numbers[: nth + 1]]
    return numbers
