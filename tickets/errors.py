"""Domain errors of tickets."""

from core.errors import Conflict, DomainError, NotFound


class NotBooked(Conflict):
    code = "not_booked"
    sentence = "This order is only held, so it has no tickets yet. Confirm it first."


class SeatMoved(Conflict):
    code = "seat_moved"
    sentence = (
        "This seat was exchanged for others. The tickets of its order are those of the new seats."
    )
    member_schemas = {
        "order": {
            "type": "string",
            "description": "The code of the order, which has the new seats.",
        }
    }
    required_members = frozenset({"order"})
    example = {"order": "7GQ2MXK4TD"}


class TooManyRenewals(Conflict):
    code = "too_many_renewals"
    sentence = "These tickets were renewed too often. Ask at the box office."


class WalletNotConfigured(NotFound):
    code = "wallet_not_configured"
    sentence = (
        "This cinema offers no passes for Apple Wallet. Use the PDF or the picture of the ticket."
    )


class NonceReused(DomainError):
    status = 422
    code = "nonce_reused"
    sentence = (
        "This device has sent this nonce with another code. Use a new one for each scan, such as a "
        "UUID; the same one only to send the same scan again."
    )


class NotAdmitted(Conflict):
    code = "not_admitted"
    sentence = "This scan let nobody in, so there is nothing to annul."
