"""The tickets of a show for a device at the door, which may soon be offline."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from bookings.models import Booking
from core.errors import raises
from movies.errors import ShowCancelled
from movies.models import Show
from movies.seating.plan import Seat
from tickets.keys import verifying_keys
from tickets.models import FIRST_GENERATION, Admission, Ticket, TicketBlock

# A transaction may commit this much later than the times that it writes.
OVERLAP = timedelta(seconds=60)


@dataclass(frozen=True)
class DoorTicket:
    """A booking of the show that has or had a ticket. `admission` let its holder in."""

    booking: Booking
    generation: int
    is_blocked: bool
    admission: Admission | None
    changed_at: datetime

    @property
    def status(self) -> str:
        return self.booking.status

    @property
    def seat(self) -> Seat | None:
        return self.booking.seat

    @property
    def admitted_at(self) -> datetime | None:
        return self.admission.scanned_at if self.admission else None


@dataclass(frozen=True)
class PublicKey:
    """The half of a key that checks codes, in hexadecimal digits."""

    id: str
    key: str


@dataclass(frozen=True)
class DoorList:
    """`as_of` is what to ask for `since` the next time: what commits late comes twice."""

    show: Show
    as_of: datetime
    booked: int
    admitted: int
    tickets: list[DoorTicket]

    @property
    def keys(self) -> list[PublicKey]:
        return [
            PublicKey(key.id.hex(), key.public.public_bytes_raw().hex())
            for key in verifying_keys().values()
        ]


@raises(ShowCancelled)
def door_list_of(*, show: Show, since: datetime | None) -> DoorList:
    """Return the tickets of a show that changed since then, and the counts. Four queries.

    No codes are in it, so a device that is lost has no ticket.
    """
    if show.is_cancelled:
        raise ShowCancelled
    now = timezone.now()
    bookings = list(
        Booking.objects.filter(show=show, order__isnull=False, booked_at__isnull=False)
        .select_related("ticket_type")
        .order_by("id")
    )
    renewed = {ticket.pk: ticket for ticket in Ticket.objects.filter(booking__show=show)}
    blocks = {block.pk: block for block in TicketBlock.objects.filter(order__show=show)}
    admissions: dict[int | None, list[Admission]] = {}
    let_in = Admission.objects.filter(
        Q(booking__show=show), result=Admission.Result.ADMITTED, is_double=False
    )
    for admission in let_in.order_by("id"):
        admissions.setdefault(admission.booking_id, []).append(admission)
    tickets = []
    for booking in bookings:
        booking.show = show
        tickets.append(
            _ticket(
                booking,
                renewed.get(booking.pk),
                blocks.get(booking.order_id or 0),
                admissions.get(booking.pk, []),
            )
        )
    return DoorList(
        show=show,
        as_of=now - OVERLAP,
        booked=sum(each.status == Booking.Status.BOOKED for each in tickets),
        admitted=sum(each.admission is not None for each in tickets),
        tickets=[each for each in tickets if since is None or each.changed_at >= since],
    )


def _ticket(
    booking: Booking,
    ticket: Ticket | None,
    block: TicketBlock | None,
    admissions: list[Admission],
) -> DoorTicket:
    standing = [each for each in admissions if each.annulled_at is None]
    moments = [booking.booked_at, booking.cancelled_at]
    moments += [ticket.renewed_at if ticket else None, block.changed_at if block else None]
    for admission in admissions:
        moments += [admission.received_at, admission.annulled_at]
    return DoorTicket(
        booking,
        ticket.generation if ticket else FIRST_GENERATION,
        block is not None and block.is_blocked,
        standing[-1] if standing else None,
        _latest(moments),
    )


def _latest(moments: Iterable[datetime | None]) -> datetime:
    return max(moment for moment in moments if moment)
