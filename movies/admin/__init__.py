"""The programme in the admin. Importing these modules registers their pages."""

from audit.admin import hide_from
from movies.admin import catalogue, halls, prices, shows
from movies.staff_cinemas import cinemas_of

hide_from(lambda user: cinemas_of(user) is not None)

__all__ = ["catalogue", "halls", "prices", "shows"]
