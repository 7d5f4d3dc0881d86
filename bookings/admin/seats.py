"""The page of a show's seats: see them, block and unblock them, cancel the show."""

from collections import Counter
from decimal import Decimal
from typing import Any, NamedTuple, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import mark_safe

from accounts.models import User
from accounts.second_factor.gate import ensure_confirmed
from bookings.admin.seat_forms import (
    ActionForm,
    BlockForm,
    CancelForm,
    GoOnForm,
    SeatForm,
    SeatsForm,
    UnblockForm,
)
from bookings.admin.seat_history import may_see_history
from bookings.models import Booking, Order
from bookings.occupancy import read_occupancy
from core.http.form_errors import as_form_errors
from movies.admin.sale_states import word_for_free_seats
from movies.admin.timetable import url_of_day
from movies.models import Show
from movies.seat_shapes import shapes_of_show
from movies.seating.svg import draw
from movies.staff_cinemas import within_cinemas

PERMISSIONS_TO_LOOK = ["movies.view_show", "movies.change_show", "bookings.block_seats"]  # any
FORMS: dict[str, type[ActionForm]] = {
    "block": BlockForm,
    "unblock": UnblockForm,
    "cancel": CancelForm,
}
FORMS_OF_CANCELLED_SHOW = FORMS | {"go_on": GoOnForm}


class OrdersToCancel(NamedTuple):
    """The active orders that are cancelled with the show, and the sum of their refunds."""

    held: int
    booked: int
    refund: Decimal

    @property
    def orders(self) -> int:
        return self.held + self.booked


class BlockedSeats(NamedTuple):
    seat_numbers: list[str]
    reason: str
    by: User


def show_seats(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the seats; a POST applies the form that `do` names, `?seat=` leads to its history."""
    if not any(map(request.user.has_perm, PERMISSIONS_TO_LOOK)):
        raise PermissionDenied
    shows = Show.objects.with_places().select_related("cancelled_by")
    show = get_object_or_404(within_cinemas(shows, request.user, "screen__cinema"), pk=pk)
    may_explain = may_see_history(request.user)
    seat_form = SeatForm(request.GET if "seat" in request.GET else None, show=show)
    if may_explain and seat_form.is_valid():
        args = [show.pk, seat_form.cleaned_data["seat"]]
        return HttpResponseRedirect(reverse("admin:bookings_seat_history", args=args))
    form = None
    form_classes = FORMS_OF_CANCELLED_SHOW if show.is_cancelled else FORMS
    if form_class := form_classes.get(request.POST.get("do", "")):
        form = form_class(request.POST)
        if _apply(form, show, request):
            return HttpResponseRedirect(request.path)
    statuses = read_occupancy(show.pk).statuses()
    picture = draw(
        show.plan,
        statuses,
        title=_title(show),
        shapes=shapes_of_show(show),
        prefix=f"show-{show.pk}",
        free=word_for_free_seats(show),
        fits_itself=False,
    )
    context = {
        **admin.site.each_context(request),
        "title": f"Seats: {show}",
        "opts": Show._meta,
        "show": show,
        "ended": f"{show.local(show.ends_at):%a %d %b %Y %H:%M}",
        "timetable_url": url_of_day(show),
        "picture": mark_safe(picture),  # noqa: S308 - draw() escapes all texts
        "counts": _counts(show, statuses),
        "blocked": _blocked_seats(show),
        "may_block": request.user.has_perm(SeatsForm.permission) and not show.is_cancelled,
        "may_cancel": request.user.has_perm(CancelForm.permission),
        "may_explain": may_explain,
        "seat_form": seat_form,
        "to_cancel": _orders_to_cancel(show),
        "seats_form": form if isinstance(form, SeatsForm) else SeatsForm(),
        "cancel_form": form if isinstance(form, CancelForm) else CancelForm(),
    }
    return TemplateResponse(request, "admin/bookings/seats.html", context)


def _apply(form: ActionForm, show: Show, request: HttpRequest) -> bool:
    """Apply the form; return False, with the errors in the form, if that fails.

    Raises PermissionDenied and PasswordNeeded.
    """
    if not request.user.has_perm(form.permission):
        raise PermissionDenied
    if form.needs_fresh_password and form.is_valid():
        ensure_confirmed(request)
    if form.is_valid():
        with as_form_errors(form):
            form.apply(show, cast(User, request.user))
    if form.is_valid():
        messages.success(request, form.done)
    return form.is_valid()


def _title(show: Show) -> str:
    return f"{show.movie.title}, {show.local(show.starts_at):%a %d %b %Y %H:%M}"


def _counts(show: Show, statuses: dict[str, str]) -> list[tuple[str, int]]:
    """Return (what, number of seats), the sold seats first."""
    counts = Counter(statuses.values())
    return [
        ("sold", counts["booked"]),
        ("held", counts["held"]),
        ("blocked", counts["blocked"]),
        (word_for_free_seats(show), show.total_seats - counts.total()),
    ]


def _orders_to_cancel(show: Show) -> OrdersToCancel:
    """One query."""
    active = show.orders.live().not_lapsed()
    rows = active.order_by().values_list("status").annotate(Count("pk"), Sum("total"))
    by_status: dict[Any, tuple[int, Decimal]] = {
        status: (count, total) for status, count, total in rows
    }
    held, _ = by_status.get(Order.Status.HELD, (0, 0))
    booked, refund = by_status.get(Order.Status.BOOKED, (0, Decimal(0)))
    return OrdersToCancel(held, booked, refund)


def _blocked_seats(show: Show) -> list[BlockedSeats]:
    """Return the blocked seats by reason and user, in the order of the hall. One query."""
    found = show.bookings.filter(status=Booking.Status.BLOCKED).select_related("blocked_by")
    bookings = {booking.seat_number: booking for booking in found}
    groups: dict[Any, list[str]] = {}
    for number in show.seats_by_number:
        if booking := bookings.get(number):
            groups.setdefault((booking.block_reason, booking.blocked_by), []).append(number)
    return [BlockedSeats(numbers, reason, by) for (reason, by), numbers in groups.items()]
