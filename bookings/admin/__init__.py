"""Orders, bookings and the seats of shows in the admin. Importing the package registers them."""

from bookings.admin import bookings, customers, orders

__all__ = ["bookings", "customers", "orders"]
