"""The plan of a show without a seating plan: seats "1" to "N"."""

from functools import lru_cache

from movies.seating.json_format import read_plan
from movies.seating.json_values import JSONObject
from movies.seating.plan import Plan, Row, Seat, rows_by_number

CATEGORY = "Standard"
ROW_LENGTH = 20  # seats; rows exist only in the picture
PITCH = 30  # plan units from one seat to the next


@lru_cache(maxsize=256)
def numbered_plan(total_seats: int) -> Plan:
    """Return the Plan of seats "1" to `total_seats`: one category, rows without labels."""
    starts = range(0, total_seats, ROW_LENGTH)
    return read_plan(
        {
            "name": f"{total_seats} numbered seats",
            "categories": [{"name": CATEGORY, "color": "#4a7fb5"}],
            "zones": [
                {
                    "name": "Hall",
                    "position": {"x": 0, "y": 0},
                    "rows": [_row(start, total_seats) for start in starts],
                }
            ],
        }
    )


@lru_cache(maxsize=256)
def numbered_seats(total_seats: int) -> dict[str, Seat]:
    """Return {seat number: Seat} of that plan. Cached: do not change it."""
    return {seat.number: seat for seat in numbered_plan(total_seats).seats}


@lru_cache(maxsize=256)
def numbered_rows(total_seats: int) -> dict[str, Row]:
    """Return {seat number: Row} of that plan. Cached: do not change it."""
    return rows_by_number(numbered_plan(total_seats))


def _row(start: int, total_seats: int) -> JSONObject:
    numbers = range(start + 1, min(start + ROW_LENGTH, total_seats) + 1)
    return {
        "row_number": "",
        "position": {"x": 0, "y": start // ROW_LENGTH * PITCH},
        "seats": [
            {
                "seat_guid": str(number),
                "seat_number": str(number),
                "position": {"x": (number - start - 1) * PITCH, "y": 0},
                "category": CATEGORY,
            }
            for number in numbers
        ],
    }
