"""The seats of a show: seen, kept off sale and put back; and the show taken off."""

import re
from collections import Counter

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Sum
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import mark_safe

from bookings import services
from bookings.admin.seat_history import may_see_history
from bookings.models import Booking, Order
from bookings.occupancy import read_occupancy
from bookings.rules.seats import ensure_seats_exist
from core.http.form_errors import as_form_errors, as_validation_error
from movies.admin.timetable import url_of_day
from movies.models import Show
from movies.seat_shapes import shapes_of_show
from movies.seating.numbers import seat_number_from
from movies.seating.svg import draw

REASON_LENGTH = Booking._meta.get_field("block_reason").max_length
MAY_LOOK = ["movies.view_show", "movies.change_show", "bookings.block_seats"]


class SeatNumbersField(forms.CharField):
    """Seat numbers, typed with commas or spaces between them; each once."""

    def clean(self, value):
        numbers, mistakes = {}, []
        for word in re.split(r"[\s,;]+", super().clean(value)):
            try:
                numbers[seat_number_from(word)] = None
            except ValueError:
                mistakes.append(
                    f"{word[:40]} is no seat number: those have letters A to Z and digits."
                )
        if mistakes:
            raise ValidationError(mistakes[:5])
        return list(numbers)


class SeatsForm(forms.Form):
    """Which seats, and why. What is done with them is a subclass."""

    permission = "bookings.block_seats"

    seat_numbers = SeatNumbersField(
        label="Seats",
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        help_text="Such as A1, A2 B7. A click on a seat in the picture adds it, or takes it out.",
    )
    reason = forms.CharField(
        max_length=REASON_LENGTH, required=False, widget=forms.TextInput(attrs={"size": 60})
    )

    @property
    def named(self):
        numbers = self.cleaned_data["seat_numbers"]
        return ", ".join(numbers) if len(numbers) <= 20 else f"{len(numbers)} seats"


class BlockForm(SeatsForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = True

    def apply(self, show, by):
        services.block_seats(show=show, by=by, **self.cleaned_data)

    @property
    def done(self):
        return f"Blocked: {self.named}."


class UnblockForm(SeatsForm):
    def apply(self, show, by):
        services.unblock_seats(show=show, by=by, **self.cleaned_data)

    @property
    def done(self):
        return f"On sale again: {self.named}."


class CancelForm(forms.Form):
    permission = "movies.change_show"
    done = "The show is cancelled."

    cancel_reason = forms.CharField(
        label="Reason", max_length=REASON_LENGTH, widget=forms.TextInput(attrs={"size": 60})
    )

    def apply(self, show, by):
        services.cancel_show(show=show, by=by, reason=self.cleaned_data["cancel_reason"])


class GoOnForm(forms.Form):
    """Only for a cancelled show, whose orders were not all cancelled with it."""

    permission = "movies.change_show"
    done = "Its orders are cancelled."

    def apply(self, show, by):
        services.cancel_show(show=show, by=by)


class SeatForm(forms.Form):
    """Whose history is wanted: a seat of the show, also of a plan that it had before."""

    seat = forms.CharField(max_length=100, widget=forms.TextInput(attrs={"size": 10}))

    def __init__(self, *args, show, **kwargs):
        super().__init__(*args, **kwargs)
        self.show = show

    def clean_seat(self):
        try:
            number = seat_number_from(self.cleaned_data["seat"])
        except ValueError as error:
            raise ValidationError("A seat number has letters A to Z and digits.") from error
        if not self.show.bookings.filter(seat_number=number).exists():
            with as_validation_error():
                ensure_seats_exist(self.show.seats_by_number, [number])
        return number


FORMS_ON_SALE = {"block": BlockForm, "unblock": UnblockForm, "cancel": CancelForm}
FORMS_CANCELLED = FORMS_ON_SALE | {"go_on": GoOnForm}


def show_seats(request, pk):
    if not any(map(request.user.has_perm, MAY_LOOK)):
        raise PermissionDenied
    show = get_object_or_404(Show.objects.with_places().select_related("cancelled_by"), pk=pk)
    may_explain = may_see_history(request.user)
    seat_form = SeatForm(request.GET if "seat" in request.GET else None, show=show)
    if may_explain and seat_form.is_valid():
        args = [show.pk, seat_form.cleaned_data["seat"]]
        return HttpResponseRedirect(reverse("admin:bookings_seat_history", args=args))
    form, forms_of_show = None, FORMS_CANCELLED if show.is_cancelled else FORMS_ON_SALE
    if form_class := forms_of_show.get(request.POST.get("do")):
        form = form_class(request.POST)
        if _is_done(form, show, request):
            return HttpResponseRedirect(request.path)
    statuses = read_occupancy(show.pk).statuses()
    context = {
        **admin.site.each_context(request),
        "title": f"Seats: {show}",
        "opts": Show._meta,
        "show": show,
        "timetable_url": url_of_day(show),
        # draw() escapes every text of the plan and the title.
        "picture": mark_safe(  # noqa: S308
            draw(show.plan, statuses, title=_title(show), shapes=shapes_of_show(show))
        ),
        "counts": _counts(show, statuses),
        "blocked": _blocked(show),
        "may_block": request.user.has_perm(SeatsForm.permission) and not show.is_cancelled,
        "may_cancel": request.user.has_perm(CancelForm.permission),
        "may_explain": may_explain,
        "seat_form": seat_form,
        "to_cancel": _to_cancel(show),
        "seats_form": form if isinstance(form, SeatsForm) else SeatsForm(),
        "cancel_form": form if isinstance(form, CancelForm) else CancelForm(),
    }
    return TemplateResponse(request, "admin/bookings/seats.html", context)


def _is_done(form, show, request):
    """Whether the form did what was asked; if not, its errors say why."""
    if not request.user.has_perm(form.permission):
        raise PermissionDenied
    if form.is_valid():
        with as_form_errors(form):
            form.apply(show, request.user)
    if form.is_valid():
        messages.success(request, form.done)
    return form.is_valid()


def _title(show):
    return f"{show.movie.title}, {show.local(show.starts_at):%a %d %b %Y %H:%M}"


def _counts(show, statuses):
    """(status, how many seats), the sold ones first."""
    counts = Counter(statuses.values())
    words = {"booked": "sold", "held": "held", "blocked": "blocked"}
    return [
        *((word, counts[status]) for status, word in words.items()),
        ("available", show.total_seats - counts.total()),
    ]


def _to_cancel(show):
    """How many orders end with the show, and what comes back. One query."""
    alive = show.orders.live().not_lapsed()
    found = alive.order_by().values_list("status").annotate(Count("pk"), Sum("total"))
    by_status = {status: (count, total) for status, count, total in found}
    held, _ = by_status.get(Order.Status.HELD, (0, 0))
    booked, refund = by_status.get(Order.Status.BOOKED, (0, 0))
    return {"orders": held + booked, "held": held, "booked": booked, "refund": refund}


def _blocked(show):
    """[(seat numbers, why, by whom)] of the seats off sale, as they lie in the hall. One query."""
    found = show.bookings.filter(status=Booking.Status.BLOCKED).select_related("blocked_by")
    bookings = {booking.seat_number: booking for booking in found}
    groups = {}
    for number in show.seats_by_number:
        if booking := bookings.get(number):
            groups.setdefault((booking.block_reason, booking.blocked_by), []).append(number)
    return [(numbers, reason, by) for (reason, by), numbers in groups.items()]
