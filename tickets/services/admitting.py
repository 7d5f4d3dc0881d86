"""The door: let people in once with each ticket, and keep every answer."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from audit.records import record
from bookings.models import BOOKING, Booking
from core.db.transactions import atomic_with_retry
from core.errors import NotFound, raises
from core.request_id import current_request_id
from core.row_numbers import LIMIT, stored_number
from movies.locks import lock_show
from movies.models import Show
from movies.staff_cinemas import cinemas_of
from tickets.codes import Claims, InvalidCode, decode
from tickets.errors import NonceReused, NotAdmitted
from tickets.keys import verifying_keys
from tickets.models import FIRST_GENERATION, Admission, Ticket, TicketBlock
from tickets.rules.booked import was_moved
from tickets.rules.entry import Reason, Scan, reason_to_refuse

Result = Admission.Result


@dataclass(frozen=True)
class Scanned:
    """What a device sends. `show` is the one that it lets people into, if it says one.

    `is_offline`: the device has let the person in already.
    """

    code: str
    device: str
    nonce: str
    scanned_at: datetime | None = None
    show: Show | None = None
    is_offline: bool = False

    @property
    def code_hash(self) -> str:
        return hashlib.sha256(self.code.strip().upper().encode()).hexdigest()


@dataclass(frozen=True)
class Answer:
    """The answer to a scan. `booking` is the one of the ticket, if there is any."""

    admission: Admission
    booking: Booking | None

    @property
    def result(self) -> str:
        return self.admission.result

    @property
    def reason(self) -> str | None:
        return self.admission.reason or None

    @property
    def first(self) -> Admission | None:
        """The admission by which the ticket was used before."""
        return self.admission.first

    @property
    def is_double(self) -> bool:
        return self.admission.is_double


@raises(NonceReused)
def redeem(*, scanned: Scanned, by: User) -> Answer:
    """Answer a scan, and let the person in if the ticket is valid and unused. Locks the show.

    The same device and nonce get the same answer again, without a second admission. What a device
    did while it was offline is kept as it was: the person is inside.
    """
    try:
        claims = decode(scanned.code, verifying_keys())
    except InvalidCode:
        claims = None
    return _redeem(scanned=scanned, claims=claims, by=by)


@atomic_with_retry
def _redeem(*, scanned: Scanned, claims: Claims | None, by: User) -> Answer:
    booking = _find(claims) if claims else None
    show = lock_show(booking.show_id) if booking else None
    if earlier := Admission.objects.filter(device=scanned.device, nonce=scanned.nonce).first():
        if earlier.code_hash != scanned.code_hash or earlier.scanned_by_id != by.pk:
            raise NonceReused
        return _answer(earlier, booking, show)
    reason, first = str(Reason.INVALID), None
    now = timezone.now()
    at = scanned.scanned_at or now
    if booking and show and claims:
        booking.refresh_from_db(fields=["status", "cancelled_at"])
        reason = reason_to_refuse(_scan(scanned, booking, show, claims, at, by))
        first = _first_of(booking)
        if first and not reason:
            reason = Reason.ALREADY_ADMITTED
    is_let_in = scanned.is_offline or not reason
    admission = Admission.objects.create(
        booking=booking,
        show=show or scanned.show,
        device=scanned.device,
        nonce=scanned.nonce,
        code_hash=scanned.code_hash,
        scanned_by=by,
        scanned_at=at,
        received_at=now,
        result=Result.ADMITTED if is_let_in else Result.REFUSED,
        reason=reason,
        is_offline=scanned.is_offline,
        is_double=is_let_in and first is not None,
        first=first if is_let_in or reason == Reason.ALREADY_ADMITTED else None,
        request_id=current_request_id(),
    )
    return _answer(admission, booking, show)


@dataclass(frozen=True)
class Line:
    """One scan of a batch, with its answer or what is wrong with it."""

    scanned: Scanned
    answer: Answer | None
    problem: str | None


def redeem_batch(*, scans: Sequence[Scanned], by: User) -> list[Line]:
    """Answer what a device has queued, each scan in a transaction of its own."""
    return [_line(scanned, by) for scanned in scans]


def _line(scanned: Scanned, by: User) -> Line:
    try:
        return Line(scanned, redeem(scanned=scanned, by=by), None)
    except NonceReused as problem:
        return Line(scanned, None, problem.code)


@raises(NotFound, NotAdmitted)
@atomic_with_retry
def annul_admission(*, device: str, nonce: str, reason: str, by: User) -> Answer:
    """Take an admission back: the ticket can be used again. Locks the show.

    Annulling again changes nothing.
    """
    found = Admission.objects.filter(device=device, nonce=nonce).first()
    if found is None or not _works_at(by, found.show):
        raise NotFound("This device has sent no such scan.")
    show = lock_show(found.show_id) if found.show_id else None
    found.refresh_from_db()
    if found.result != Result.ADMITTED:
        raise NotAdmitted
    if found.annulled_at is None:
        found.annulled_at, found.annulled_by, found.annul_reason = timezone.now(), by, reason
        found.save(update_fields=["annulled_at", "annulled_by", "annul_reason"])
        record("annul_admission", found, after={"device": device, "reason": reason})
    return _answer(found, found.booking, show)


def _find(claims: Claims) -> Booking | None:
    """Return the booking that a code names; None if this database has none, as after a restore."""
    if claims.booking >= LIMIT:
        return None
    bookings = Booking.objects.of_customers().select_related("order", "ticket_type")
    found = bookings.filter(pk=stored_number(BOOKING, claims.booking))
    return found.filter(show=claims.show).first()


def _scan(
    scanned: Scanned, booking: Booking, show: Show, claims: Claims, at: datetime, by: User
) -> Scan:
    present = Ticket.objects.filter(pk=booking.pk).values_list("generation", flat=True).first()
    others: Iterable[Booking] = ()
    if booking.order and booking.cancelled_at:
        others = booking.order.bookings.all()
    is_here = _works_at(by, show)
    return Scan(
        booking=booking,
        show=show,
        generation=claims.generation,
        present=present or FIRST_GENERATION,
        is_blocked=TicketBlock.objects.filter(pk=booking.order_id, is_blocked=True).exists(),
        was_moved=was_moved(booking, others),
        expected=_pk_of(scanned.show) if is_here else _ELSEWHERE,
        at=at,
        opens=timedelta(minutes=settings.CHECK_IN_MINUTES),
    )


_ELSEWHERE = -1  # no show has this key: a ticket of another cinema is one for another show


def _pk_of(show: Show | None) -> int | None:
    return show.pk if show else None


def _works_at(user: User, show: Show | None) -> bool:
    """Return whether the user works in the cinema of the show, or in all cinemas."""
    own = cinemas_of(user)
    return own is None or (show is not None and show.screen.cinema_id in own)


def _first_of(booking: Booking) -> Admission | None:
    return Admission.objects.standing().filter(booking=booking, is_double=False).first()


def _answer(admission: Admission, booking: Booking | None, show: Show | None) -> Answer:
    if booking and show:
        booking.show = show
    return Answer(admission, booking)
