"""Saving seating plans, version by version."""

import re

from django.db.models import Max

from core.db.transactions import atomic_with_retry
from core.errors import InvalidInput
from movies.models import Screen, SeatCategory, SeatingPlan
from movies.models.halls import category_key
from movies.seating.json_format import read_plan
from movies.seating.limits import UNSAFE
from movies.seating.plan import PlanError, unpaired
from movies.seating.text_format import parse_text

GREY = "#8a8f98"
# What the categories of the typed language mean for selling, when a plan first names them.
MEANINGS = {
    "couple": {"is_sold_in_pairs": True},
    "wheelchair": {"is_accessible": True},
    "companion": {"is_companion": True},
    "restricted view": {"has_restricted_view": True},
}


@atomic_with_retry
def save_seating_plan(*, name, layout=None, text="", replaces=None, focal_point=None):
    """Save a new plan, or the next version of the one it replaces, which stays as it is.

    Screens move to the new version, shows keep theirs. Categories that are not there yet are
    made. `focal_point` is (x, y), or None for the usual place; a version has what is given here,
    whatever the one before it has. Raises InvalidInput with the place that is wrong.
    """
    if UNSAFE.search(name):
        raise InvalidInput.of("name", "The name has a control character.")
    try:
        if layout is None:
            layout = parse_text(text, name)
        elif isinstance(layout, dict) and not layout.get("name"):
            layout = {**layout, "name": name}
        plan = read_plan(layout)
    except PlanError as error:
        raise InvalidInput.of("text" if text else "layout", str(error)) from error
    focal_x, focal_y = focal_point or (None, None)
    categories = _seat_categories(plan)
    pairs = {category_key(category.name) for category in categories if category.is_sold_in_pairs}
    alone = unpaired(plan, {name for name in plan.categories if category_key(name) in pairs})
    if alone:
        raise InvalidInput.of(
            None,
            f"Seat {alone[0].number} is a {alone[0].category} seat without a partner beside it.",
        )
    versions = SeatingPlan.objects.filter(name=replaces.name if replaces else name)
    if replaces:  # whoever makes a version at the same time waits, and then sees this one
        versions.select_for_update(no_key=True).order_by("pk").first()
    latest = versions.aggregate(version=Max("version"))["version"]
    if latest and not replaces:
        raise InvalidInput.of("name", f"There is a plan of this name. Change it: {name}.")
    saved = SeatingPlan.objects.create(
        name=name,
        version=(latest or 0) + 1,
        layout=layout,
        text=text,
        seat_count=len(plan.seats),
        focal_x=focal_x,
        focal_y=focal_y,
    )
    saved.categories.set(categories)
    if replaces:
        Screen.objects.filter(seating_plan__in=versions).update(seating_plan=saved)
    return saved


def _seat_categories(plan):
    """The seat categories that the plan's seats have, made where they are missing."""
    there = {category_key(category.name): category for category in SeatCategory.objects.all()}
    used = {seat.category for seat in plan.seats}
    found = {}
    for name, color in plan.categories.items():
        key = category_key(name)
        if name in used and key not in there:
            there[key] = SeatCategory.objects.create(
                name=name.strip(), color=_six_digits(color), **MEANINGS.get(key, {})
            )
        if name in used:
            found[key] = there[key]
    return list(found.values())


def _six_digits(color):
    """#4a7fb5 of #4a7fb580, #4477bb of #47b; grey for a colour that is a word."""
    if re.fullmatch(r"#[0-9A-Fa-f]{3}", color):
        return "#" + "".join(digit * 2 for digit in color[1:])
    return color[:7] if color.startswith("#") else GREY
