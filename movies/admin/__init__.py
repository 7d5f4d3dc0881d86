"""The programme in the admin. Importing these modules registers their pages."""

from typing import Any

from audit.admin import hide_from
from audit.narrowing import narrow
from movies.admin import catalogue, halls, prices, shows
from movies.models import Screen
from movies.staff_cinemas import cinemas_of, within_cinemas

hide_from(lambda user: cinemas_of(user) is not None)


def _own_screens(values: dict[str, Any], user: Any) -> dict[str, Any]:
    """Return the values with the names of the user's own screens alone."""
    if "screens" not in values or cinemas_of(user) is None:
        return values
    screens = within_cinemas(Screen.objects.select_related("cinema"), user, "cinema")
    own = {str(screen) for screen in screens}
    return {**values, "screens": [name for name in values["screens"] if name in own]}


narrow("move_screens", _own_screens)

__all__ = ["catalogue", "halls", "prices", "shows"]
