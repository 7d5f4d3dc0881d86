"""The writes of tickets and of the door."""

from tickets.services.admitting import Scanned, annul_admission, redeem, redeem_batch
from tickets.services.blocking import block_tickets, unblock_tickets
from tickets.services.renewing import renew_tickets

__all__ = [
    "Scanned",
    "annul_admission",
    "block_tickets",
    "redeem",
    "redeem_batch",
    "renew_tickets",
    "unblock_tickets",
]
