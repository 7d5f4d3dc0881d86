"""The writes. Each locks the show of the order first, as every write of bookings does.

No gateway is called within a transaction: what shall be done is written first, then the gateway
does it, and what it did is written then. So a crash in between loses nothing.
"""

from payments.services.opening import open_payment
from payments.services.receiving import receive_message
from payments.services.recording import record_payment
from payments.services.refunding import (
    pay_out_refund,
    refund_order,
    send_refund,
    try_refund_again,
)
from payments.services.settling import close_payment, look_at_payment, settle
from payments.services.sweeping import sweep_payments

__all__ = [
    "close_payment",
    "look_at_payment",
    "open_payment",
    "pay_out_refund",
    "receive_message",
    "record_payment",
    "refund_order",
    "send_refund",
    "settle",
    "sweep_payments",
    "try_refund_again",
]
