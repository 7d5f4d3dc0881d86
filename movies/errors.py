"""What can go wrong when a show is put on."""

from config.errors import Conflict


class ShowsOverlap(Conflict):
    default_code = "shows_overlap"
    default_detail = "Another show needs the screen at that time."


class SeatsSold(Conflict):
    default_code = "seats_sold"
    default_detail = "Seats beyond the new number are sold."
