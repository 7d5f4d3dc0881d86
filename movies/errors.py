"""What can go wrong when a show is put on."""

from core.errors import Conflict, Problem


class ShowsOverlap(Conflict):
    """`slots` names every slot that collides, where several were asked for."""

    default_code = "shows_overlap"
    default_detail = "Another show needs the screen at that time."
    example = {
        "slots": [
            {
                "starts_at": "2026-11-27T20:15:00+00:00",
                "detail": "Astoria, Screen 2 is taken by Alien from 2026-11-27 19:00 to 21:12, "
                "and needs 15 minutes between two shows.",
            }
        ]
    }


class SeatsSold(Conflict):
    default_code = "seats_sold"
    default_detail = "Seats that the new plan does not have are sold."


class PriceMissing(Problem):
    default_code = "price_missing"
    default_detail = "The price list has no price for a seat of the hall."


class ShowCancelled(Conflict):
    default_code = "show_cancelled"
    default_detail = "This show is cancelled."
