"""The programme in the admin. Importing these modules registers their pages."""

from movies.admin import catalogue, halls, prices, shows

__all__ = ["catalogue", "halls", "prices", "shows"]
