"""The writes. Each is one transaction: lock the show, look again, write.

The lock on the show's row makes the writers of one show take turns. Behind it stands the partial
unique constraint `one_active_booking_per_seat`: even a writer that forgot the lock cannot sell a
seat twice. `atomic_with_retry` turns such a lost race into the answer that the look gives.
"""

from bookings.services.blocking import block_seats, unblock_seats
from bookings.services.cancelling import cancel_booking, cancel_order, cancel_show
from bookings.services.moving import move_order
from bookings.services.selling import book_seats, confirm_order, extend_hold, hold_seats

__all__ = [
    "block_seats",
    "book_seats",
    "cancel_booking",
    "cancel_order",
    "cancel_show",
    "confirm_order",
    "extend_hold",
    "hold_seats",
    "move_order",
    "unblock_seats",
]
