"""Writes to the programme that have rules. Each is one transaction."""

from movies.services.cinemas import add_cinema, change_cinema
from movies.services.prices import duplicate_price_list, save_price_list
from movies.services.rescheduling import preview_rescheduling, reschedule_show
from movies.services.screens import change_screen
from movies.services.seating_plans import read_seating_plan, save_seating_plan
from movies.services.shows import (
    change_show,
    prepare_change,
    prepare_show,
    record_cancellation,
    schedule_show,
    schedule_shows,
)

__all__ = [
    "add_cinema",
    "change_cinema",
    "change_screen",
    "change_show",
    "duplicate_price_list",
    "prepare_change",
    "prepare_show",
    "preview_rescheduling",
    "read_seating_plan",
    "record_cancellation",
    "reschedule_show",
    "save_price_list",
    "save_seating_plan",
    "schedule_show",
    "schedule_shows",
]
