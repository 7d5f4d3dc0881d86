"""Saving seating plans, version by version."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from django.db.models import Max

from audit.records import is_on_record, record
from core.db.transactions import atomic_with_retry
from core.errors import FieldError, InvalidInput
from core.names import name_key
from movies.models import Screen, SeatCategory, SeatingPlan
from movies.seating.json_format import read_plan
from movies.seating.limits import UNSAFE
from movies.seating.plan import Plan, PlanError, told
from movies.seating.text_format import parse_text

GREY = "#8a8f98"
# The meaning of a category, by its `name_key`, when a plan names it first.
MEANINGS = {
    "couple": {"is_sold_in_pairs": True},
    "wheelchair": {"is_accessible": True},
    "companion": {"is_companion": True},
    "restricted view": {"has_restricted_view": True},
}


class ReadPlan(NamedTuple):
    """A plan that was read: its layout, and the categories that its seats have.

    A category that is missing in the database is among them, not yet saved.
    """

    layout: object
    plan: Plan
    categories: list[SeatCategory]


def read_seating_plan(*, name: str, layout: object = None, text: str = "") -> ReadPlan:
    """Return the plan that its layout or its text describes. One query.

    Raises InvalidInput that names the place in the plan.
    """
    if UNSAFE.search(name):
        raise InvalidInput.of("name", "The name has a control character.")
    known = SeatCategory.objects.all().by_name_key()
    layout, plan = _parsed(name, layout, text, known)
    return ReadPlan(layout, plan, _categories_of(plan, known))


@atomic_with_retry
def save_seating_plan(
    *,
    name: str,
    layout: object = None,
    text: str = "",
    replaces: SeatingPlan | None = None,
    focal_point: tuple[float, float] | None = None,
    adds_categories: bool = True,
) -> SeatingPlan:
    """Save a new plan from its layout or its text, or the next version of `replaces`.

    A new version keeps the name of the plan; its screens move to it, its shows keep theirs.
    Missing categories are added, or refused without `adds_categories`. `focal_point` is (x, y) in
    the plan's units, or None for the default. Raises InvalidInput that names the place in the plan.
    """
    if replaces is not None:
        name = replaces.name
    read = read_seating_plan(name=name, layout=layout, text=text)
    new = [category for category in read.categories if category.pk is None]
    if new and not adds_categories:
        added = ", ".join(category.name for category in new)
        field = "text" if text else "layout"
        raise InvalidInput.of(field, f"Staff of all cinemas have to add these categories: {added}.")
    for category in new:
        category.save()
    version = _first_version(name) if replaces is None else _next_version(replaces)
    focal_x, focal_y = focal_point or (None, None)
    saved = SeatingPlan.objects.create(
        name=name,
        version=version,
        layout=read.layout,
        text=text,
        seat_count=len(read.plan.seats),
        focal_x=focal_x,
        focal_y=focal_y,
    )
    saved.categories.set(read.categories)
    if replaces is not None:
        versions = SeatingPlan.objects.named(name)
        screens = Screen.objects.filter(seating_plan__in=versions)
        names = (
            [str(screen) for screen in screens.select_related("cinema")] if is_on_record() else []
        )
        screens.update(seating_plan=saved)
        if names:
            record("move_screens", saved, before={"plan": str(replaces)}, after={"screens": names})
    return saved


def _parsed(
    name: str, layout: object, text: str, known: Mapping[str, SeatCategory]
) -> tuple[object, Plan]:
    """Return the layout to save and its plan. Raises InvalidInput with all faults."""

    def is_sold_in_pairs(category: str) -> bool:
        key = name_key(category)
        if key in known:
            return known[key].is_sold_in_pairs
        return MEANINGS.get(key, {}).get("is_sold_in_pairs", False)

    try:
        if layout is None:
            layout = parse_text(text, name, is_sold_in_pairs=is_sold_in_pairs)
        elif isinstance(layout, dict) and not layout.get("name"):
            layout = {**layout, "name": name}
        return layout, read_plan(layout, is_sold_in_pairs=is_sold_in_pairs)
    except PlanError as error:
        field = "text" if text else "layout"
        raise InvalidInput(FieldError(field, fault) for fault in told(error.faults)) from error


def _first_version(name: str) -> int:
    if SeatingPlan.objects.named(name).exists():
        raise InvalidInput.of("name", f"There is a plan of this name. Change it: {name}.")
    return 1


def _next_version(replaced: SeatingPlan) -> int:
    """Lock the first version, so that two new versions take turns, then look for the latest."""
    versions = SeatingPlan.objects.named(replaced.name)
    versions.select_for_update(no_key=True).order_by("pk").first()
    latest: int = versions.aggregate(version=Max("version"))["version"]
    return latest + 1


def _categories_of(plan: Plan, known: dict[str, SeatCategory]) -> list[SeatCategory]:
    """Return the categories that seats of the plan have; add new ones, unsaved, to `known`."""
    used = {seat.category for seat in plan.seats}
    found = {}
    for name, color in plan.categories.items():
        if name not in used:
            continue
        key = name_key(name)
        if key not in known:
            known[key] = SeatCategory(
                name=name.strip(), color=_six_digits(color), **MEANINGS.get(key, {})
            )
        found[key] = known[key]
    return list(found.values())


def _six_digits(color: str) -> str:
    """Return #4a7fb5 for #4a7fb580, #4477bb for #47b, grey for a colour that is a word."""
    if re.fullmatch(r"#[0-9A-Fa-f]{3}", color):
        return "#" + "".join(digit * 2 for digit in color[1:])
    return color[:7] if color.startswith("#") else GREY
