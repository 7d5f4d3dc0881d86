"""Limits of the programme: each is defined here, once. Lengths are in characters."""

from datetime import timedelta

MAX_MOVIE_MINUTES = 900
MAX_GENRES = 20  # per movie

MAX_REFUND_TIERS = 10  # per cinema
MAX_REFUND_HOURS = 2160  # 90 days before the start

MAX_PRICES = 1000  # per price list

# Shows that are scheduled at once are on at most MAX_DAYS days, at MAX_TIMES times each.
MAX_DAYS = 62
MAX_TIMES = 24

MAX_SHOW_LENGTH = timedelta(hours=24)
LONG_PAST = timedelta(hours=24)  # a show that starts earlier than this ago needs a confirmation

# A show has few seats left when it has at most this share of its seats, and at most so many.
FEW_LEFT_PERCENT = 10
MAX_FEW_LEFT = 20

MAX_REASON = 200  # why a show is cancelled
