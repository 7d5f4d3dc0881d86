"""What is sold, in the admin. Importing the module registers it."""

from bookings.admin import orders

__all__ = ["orders"]
