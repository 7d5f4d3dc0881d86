"""Domain errors of payments."""

from core.errors import Conflict, DomainError


class NothingDue(Conflict):
    code = "nothing_due"
    sentence = "Nothing is due for this order."


class PaymentPending(Conflict):
    code = "payment_pending"
    sentence = "A payment for this order is on its way. Wait for it before you pay again."
    is_kept = False


class GatewayUnknown(DomainError):
    code = "gateway_unknown"
    sentence = "This cinema does not use that gateway."
    member_schemas = {
        "gateways": {
            "type": "array",
            "description": "Those that it uses.",
            "items": {"type": "string"},
        }
    }
    required_members = frozenset({"gateways"})
    example = {"gateways": ["test"]}

    def __init__(self, kind: str, *, known: list[str]) -> None:
        names = ", ".join(known) if known else "none"
        super().__init__(f"This cinema uses no gateway {kind}, but {names}.", gateways=known)


class GatewayUnavailable(DomainError):
    status = 503
    code = "gateway_unavailable"
    sentence = "The payment provider does not answer. Try again in a moment: nothing was paid."
    retry_after = 5
    is_kept = False


class PaymentRefused(DomainError):
    code = "payment_refused"
    sentence = "The payment provider does not accept this payment."


class MessageInvalid(DomainError):
    code = "message_invalid"
    sentence = "This message does not come from the gateway."


class RefundSettled(Conflict):
    """Its code is that of all conflicts: only pages of staff show it."""

    sentence = "This refund has been made already, or its gateway makes it."
