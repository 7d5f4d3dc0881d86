"""The seam to a gateway: five functions and the values that they exchange.

No function runs in a transaction. Each call can be repeated: a gateway does the same thing once for
the id of a payment or a refund, and says again what it did.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from payments.models import Payment, Refund


class GatewayDown(Exception):
    """The gateway cannot be reached, or answers with an error that may pass. Try again later."""


class GatewayRefused(Exception):
    """The gateway answers that it will not do this. Trying again changes nothing."""


class InvalidMessage(Exception):
    """A message that does not come from the gateway, or cannot be read."""


class Outcome(StrEnum):
    """What became of a payment at the gateway."""

    OPEN = "open"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Opened(NamedTuple):
    """`reference` is the gateway's own number, `url` the page where the customer pays."""

    reference: str
    url: str
    expires_at: datetime


class MadeRefund(NamedTuple):
    """A refund that was made at the gateway itself, as by hand, and not asked for by us."""

    reference: str
    amount: Decimal


class Found(NamedTuple):
    """`amount` is what the gateway received, in `currency`; 0 unless it succeeded.

    `intent` is the number under which the gateway refunds it, where that is another than its
    reference.
    """

    outcome: Outcome
    amount: Decimal = Decimal(0)
    currency: str = ""
    intent: str = ""
    refunds: Sequence[MadeRefund] = ()


class Refunded(NamedTuple):
    """`is_done` is False while the gateway works on it."""

    reference: str
    is_done: bool = True


class Message(NamedTuple):
    """A message of the gateway: it says of what there is news, and is not trusted further.

    `reference` is the reference or the intent of a payment, `refund` the id of one of our refunds;
    empty where it is about something else.
    """

    event_id: str
    type: str
    reference: str
    body: Any
    refund: str = ""


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """`open` takes the outcome that the test gateway shall have, else empty. It and `refund` raise
    GatewayDown or GatewayRefused, `look` and `close` GatewayDown.

    `close` makes sure that nothing can be paid any more, and says what became of the payment: it
    may have succeeded a moment before. `read_event` raises InvalidMessage.
    """

    kind: str
    open: Callable[[Payment, str], Opened]
    look: Callable[[Payment], Found]
    close: Callable[[Payment], Found]
    refund: Callable[[Refund], Refunded]
    read_event: Callable[[Mapping[str, str], bytes], Message]
