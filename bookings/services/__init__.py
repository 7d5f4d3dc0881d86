"""The writes. Each is one transaction: lock the show, read again, write.

The lock on the show's row makes the writers of one show take turns. Behind it stands the partial
unique constraint `one_active_booking_per_seat`: a writer without the lock still cannot sell a seat
twice. After such a lost race `atomic_with_retry` runs the service again, and the check
raises the normal error.
"""

from bookings.services.blocking import block_seats, unblock_seats
from bookings.services.cancelling import cancel_booking, cancel_order
from bookings.services.cancelling_shows import cancel_orders_of, cancel_show
from bookings.services.confirming import confirm_order, extend_hold
from bookings.services.moving import move_order
from bookings.services.selling import book_seats, hold_seats

__all__ = [
    "block_seats",
    "book_seats",
    "cancel_booking",
    "cancel_order",
    "cancel_orders_of",
    "cancel_show",
    "confirm_order",
    "extend_hold",
    "hold_seats",
    "move_order",
    "unblock_seats",
]
