"""What is on: movies, cinemas and their halls, prices, and the shows."""

from movies.models.catalogue import Genre, Movie
from movies.models.halls import Cinema, RefundTier, Screen, SeatCategory, SeatingPlan
from movies.models.prices import Price, PriceList, TicketType
from movies.models.shows import Show, ShowChange
from movies.models.staff import StaffCinema

__all__ = [
    "Cinema",
    "Genre",
    "Movie",
    "Price",
    "PriceList",
    "RefundTier",
    "Screen",
    "SeatCategory",
    "SeatingPlan",
    "Show",
    "ShowChange",
    "StaffCinema",
    "TicketType",
]
