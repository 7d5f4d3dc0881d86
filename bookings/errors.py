"""Why a seat is not booked, or a booking not cancelled."""

from config.errors import Conflict, Problem


class SeatUnknown(Problem):
    default_code = "seat_unknown"
    default_detail = "This show has no such seat."


class SeatLimit(Problem):
    default_code = "seat_limit"
    default_detail = "You have as many seats of this show as one customer may have."


class SalesClosed(Problem):
    default_code = "sales_closed"
    default_detail = "Seats of this show are not on sale now."


class ShowStarted(Problem):
    default_code = "show_started"
    default_detail = "This show has started."


class SeatTaken(Conflict):
    """`seats` names every seat that failed."""

    default_code = "seat_taken"
    default_detail = "This seat is no longer available."
    example = {"seats": [{"seat_number": "7", "code": "seat_taken"}]}

    @classmethod
    def naming(cls, seat_numbers):
        sentence = (
            f"Seat {seat_numbers[0]} is no longer available."
            if len(seat_numbers) == 1
            else f"Seats {', '.join(seat_numbers)} are no longer available."
        )
        seats = [{"seat_number": number, "code": cls.default_code} for number in seat_numbers]
        return cls(sentence, seats=seats)


class SeatsNotBlocked(Conflict):
    """`seats` names every seat that failed."""

    default_code = "seats_not_blocked"
    default_detail = "These seats are not kept off sale."
    example = {"seats": [{"seat_number": "7", "code": "seats_not_blocked"}]}

    @classmethod
    def naming(cls, seat_numbers):
        seats = [{"seat_number": number, "code": cls.default_code} for number in seat_numbers]
        return cls(f"Not kept off sale: {', '.join(seat_numbers)}.", seats=seats)


class TicketTypeUnknown(Problem):
    default_code = "ticket_type_unknown"
    default_detail = "This show has no such ticket type."


class AlreadyCancelled(Problem):
    default_code = "already_cancelled"
    default_detail = "This booking is cancelled already."


class CancelTooLate(Problem):
    default_code = "cancel_too_late"
    default_detail = "The show has started: it is too late to cancel."


class InProgress(Conflict):
    default_code = "in_progress"
    default_detail = "The first request with this Idempotency-Key is still running. Send it again."
    wait = 1  # seconds, sent as Retry-After


class IdempotencyKeyReused(Problem):
    status_code = 422
    default_code = "idempotency_key_reused"
    default_detail = (
        "This Idempotency-Key came with another request before. Each new request needs a new one."
    )
