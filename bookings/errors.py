"""Why seats are not held or booked, or an order not changed."""

from core.errors import Conflict, Problem


class SeatsProblem:
    """A problem of some seats, all of which are named."""

    @classmethod
    def naming(cls, seat_numbers, sentence=None):
        """`sentence` has `{seats}` where their numbers go; left out, it is the usual one."""
        seats = [{"seat_number": number, "code": cls.default_code} for number in seat_numbers]
        sentence = sentence or (cls.of_one if len(seats) == 1 else cls.of_several)
        return cls(sentence.format(seats=", ".join(seat_numbers)), seats=seats)


def _example(code, **more):
    return {"seats": [{"seat_number": "7", "code": code}], **more}


class SeatUnknown(SeatsProblem, Problem):
    default_code = "seat_unknown"
    default_detail = "This show has no such seat."
    example = _example("seat_unknown")


class CategoryUnknown(Problem):
    default_code = "category_unknown"
    default_detail = "This show has no seats of that category."


class TicketTypeUnknown(Problem):
    default_code = "ticket_type_unknown"
    default_detail = "This show has no such ticket type."


class HalfAPair(SeatsProblem, Problem):
    default_code = "half_a_pair"
    default_detail = "Couple seats go together: take both, or none."
    example = _example("half_a_pair")
    of_one = "Seat {seats} is half of a pair: its partner must go with it."
    of_several = "Seats {seats} are halves of pairs: their partners must go with them."


class SingleSeatLeft(SeatsProblem, Problem):
    """`seats` names the seats that would be left single."""

    default_code = "single_seat_left"
    default_detail = "This choice leaves a single seat between taken ones."
    example = _example("single_seat_left", alternatives=[["F4", "F5"]])
    of_one = "This choice leaves seat {seats} single between taken ones."
    of_several = "This choice leaves seats {seats} single between taken ones."


class SeatLimit(Problem):
    default_code = "seat_limit"
    default_detail = "You have as many seats of this show as one customer may have."


class SalesClosed(Problem):
    default_code = "sales_closed"
    default_detail = "Seats of this show are not on sale now."


class ShowStarted(Problem):
    default_code = "show_started"
    default_detail = "This show has started."


class SeatTaken(SeatsProblem, Conflict):
    """`seats` names every seat that failed; `alternatives` what there is instead."""

    default_code = "seat_taken"
    default_detail = "This seat is no longer available."
    example = _example("seat_taken", alternatives=[["8"], ["6"], ["9"]])
    of_one = "Seat {seats} is no longer available."
    of_several = "Seats {seats} are no longer available."


class ShowFull(Conflict):
    default_code = "show_full"
    default_detail = "This show has not that many seats left."


class HeldTooLong(SeatsProblem, Conflict):
    """`seats` names the seats that have to be left to others for a while."""

    default_code = "held_too_long"
    default_detail = "You have held these seats long enough without confirming."
    example = _example("held_too_long")
    of_one = "You have held seat {seats} long enough without confirming: leave it to others now."
    of_several = (
        "You have held seats {seats} long enough without confirming: leave them to others now."
    )


class HoldExpired(Conflict):
    default_code = "hold_expired"
    default_detail = "The time to confirm is over, and the seats are free again."


class PaidAlready(Conflict):
    default_code = "paid_already"
    default_detail = "This order was confirmed with another payment before."


class NotHeld(Problem):
    default_code = "not_held"
    default_detail = "This order is booked already: there is no hold to extend."


class SeatsNotBlocked(SeatsProblem, Conflict):
    default_code = "seats_not_blocked"
    default_detail = "These seats are not kept off sale."
    example = _example("seats_not_blocked")
    of_one = of_several = "Not kept off sale: {seats}."


class AlreadyCancelled(SeatsProblem, Problem):
    """`seats` names them, where only some of an order are."""

    default_code = "already_cancelled"
    default_detail = "This is cancelled already."
    of_one = "Seat {seats} is cancelled already."
    of_several = "Seats {seats} are cancelled already."


class CancelTooLate(Problem):
    default_code = "cancel_too_late"
    default_detail = "The show has started: it is too late to cancel."
