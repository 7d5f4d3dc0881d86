"""The writes of tickets."""

from tickets.services.renewing import renew_tickets

__all__ = ["renew_tickets"]
