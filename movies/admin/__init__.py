"""What is on, in the admin. Importing the modules registers them."""

from movies.admin import catalogue, halls, prices, shows

__all__ = ["catalogue", "halls", "prices", "shows"]
