"""The actions that cancel orders and single bookings for customers.

The first page shows the refunds and asks for the reason. Then the services cancel.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.models import User
from accounts.second_factor.gate import ensure_confirmed
from bookings import services
from bookings.errors import AlreadyCancelled
from bookings.models import Booking, Order, OrderQuerySet
from bookings.previews import preview_cancelling
from core.errors import DomainError
from core.money import with_currency

MAX_ROWS = 200
MAX_NAMED_ORDERS = 10
BLOCKED = "Seat {} is blocked by staff. Unblock it on the page of the show's seats."

Result = TypeVar("Result")


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=Booking.REASON_LENGTH,
        widget=forms.TextInput(attrs={"size": 60}),
        help_text="Stored with the booking, together with your name and the time.",
    )


@dataclass(frozen=True)
class Selected:
    """Seats of an order to cancel; None means all of its seats."""

    order: Order
    seat_numbers: list[str] | None


@dataclass(frozen=True)
class Outcome:
    """The seats of an order that are or would be cancelled, and the reasons for the others."""

    order: Order | None
    bookings: Sequence[Booking]
    refunds: Sequence[Decimal]
    refusals: list[str]

    @property
    def seats(self) -> str:
        return ", ".join(booking.seat_number for booking in self.bookings)

    @property
    def price(self) -> Decimal:
        return sum((booking.price for booking in self.bookings), Decimal(0))

    @property
    def refund(self) -> Decimal:
        return sum(self.refunds, Decimal(0))


def selected_orders(orders: OrderQuerySet) -> tuple[list[Selected], list[Outcome]]:
    """Return (the selected orders, the outcomes of rows that cannot be cancelled)."""
    return [Selected(order, None) for order in _with_refund_rules(orders)], []


def selected_bookings(bookings: QuerySet[Booking]) -> tuple[list[Selected], list[Outcome]]:
    """Return the same for bookings. Those of one order go together, as couple seats must."""
    seats: dict[int, list[str]] = {}
    refused = []
    for booking in bookings.select_related(
        "order__customer", "order__show__movie", "order__show__screen__cinema"
    ):
        if booking.order is None:
            refused.append(Outcome(None, [], [], [BLOCKED.format(booking.seat_number)]))
        elif booking.status == Booking.Status.CANCELLED:
            # The order may have the same seat again, in another row.
            error = AlreadyCancelled([booking.seat_number])
            refused.append(Outcome(booking.order, [], [], [str(error)]))
        else:
            seats.setdefault(booking.order.pk, []).append(booking.seat_number)
    orders = _with_refund_rules(Order.objects.filter(pk__in=seats))
    return [Selected(order, seats[order.pk]) for order in orders], refused


def _with_refund_rules(orders: OrderQuerySet) -> OrderQuerySet:
    return orders.with_bookings().prefetch_related("show__screen__cinema__refund_tiers")


def cancel_selected(
    model_admin: Any, request: HttpRequest, rows: QuerySet[Any], *, is_full_refund: bool
) -> HttpResponse | None:
    """Show the page that asks for a reason; with a reason, cancel the selected rows.

    The services check again when they cancel, so the refund is that of the rule at that time. A
    full refund needs a fresh password, which is asked for before the reason.
    """
    pks = list(rows.values_list("pk", flat=True)[: MAX_ROWS + 1])
    if not pks or len(pks) > MAX_ROWS:
        problem = (
            f"Select at most {MAX_ROWS} rows."
            if pks
            else "The list no longer contains the selected rows."
        )
        model_admin.message_user(request, f"{problem} Nothing was cancelled.", messages.ERROR)
        return None
    if is_full_refund:
        ensure_confirmed(request)
    selected, refused = model_admin.selected(model_admin.model.objects.filter(pk__in=pks))
    form = ReasonForm(request.POST if "reason" in request.POST else None)
    if form.is_valid():
        by, reason = cast(User, request.user), form.cleaned_data["reason"]
        done = [_cancel(each, by, reason, is_full_refund) for each in selected]
        _report(model_admin, request, [*refused, *done])
        if "stay" in request.POST:
            opts = model_admin.opts
            name = f"admin:{opts.app_label}_{opts.model_name}_change"
            return HttpResponseRedirect(reverse(name, args=[pks[0]]))
        return None
    outcomes = [*(_preview(each, is_full_refund) for each in selected), *refused]
    context = {
        **admin.site.each_context(request),
        "title": f"Cancel, refund {'the full price' if is_full_refund else 'by the cinema’s rule'}",
        "opts": model_admin.opts,
        "outcomes": outcomes,
        "totals": _totals(outcomes),
        "seat_count": sum(len(outcome.bookings) for outcome in outcomes),
        "form": form,
        "pks": pks,
        "checkbox": ACTION_CHECKBOX_NAME,
        "action": "cancel_in_full" if is_full_refund else "cancel_by_rule",
        "stay": "stay" in request.POST,
    }
    return TemplateResponse(request, "admin/bookings/cancel.html", context)


def _preview(selected: Selected, is_full_refund: bool) -> Outcome:
    order = selected.order
    look = partial(preview_cancelling, is_full_refund=is_full_refund)
    preview, refusals = _without_refused_seats(look, selected)
    if preview is None:
        return Outcome(order, [], [], refusals)
    return Outcome(order, preview.bookings, preview.refunds, refusals)


def _cancel(selected: Selected, by: User, reason: str, is_full_refund: bool) -> Outcome:
    order = selected.order
    cancel = partial(services.cancel_order, by=by, reason=reason, is_full_refund=is_full_refund)
    done, refusals = _without_refused_seats(cancel, selected)
    if done is None:
        return Outcome(order, [], [], refusals)
    refunds = [booking.refund or Decimal(0) for booking in done.cancelled]
    return Outcome(order, done.cancelled, refunds, refusals)


def _without_refused_seats(
    act: Callable[..., Result], selected: Selected
) -> tuple[Result | None, list[str]]:
    """Call `act` again without the seats that it refuses by name, until it succeeds.

    Return (its result, or None if no seat is left; the sentences of the refusals).
    """
    refusals: list[str] = []
    seat_numbers = selected.seat_numbers
    while True:
        try:
            return act(order=selected.order, seat_numbers=seat_numbers), refusals
        except DomainError as problem:
            refusals.append(str(problem))
            refused = {seat["seat_number"] for seat in problem.members.get("seats", [])}
        left = [number for number in seat_numbers or [] if number not in refused]
        if not left or left == seat_numbers:
            return None, refusals
        seat_numbers = left


def _totals(outcomes: Iterable[Outcome]) -> str:
    """Return the refunds by currency, such as "28.50 EUR, 10.00 GBP"."""
    sums: dict[str, Decimal] = {}
    for outcome in outcomes:
        if outcome.order and outcome.bookings:
            currency = outcome.order.currency
            sums[currency] = sums.get(currency, Decimal(0)) + outcome.refund
    return ", ".join(with_currency(amount, currency) for currency, amount in sorted(sums.items()))


def _report(model_admin: Any, request: HttpRequest, outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        for refusal in outcome.refusals:
            sentence = f"Order {outcome.order}: {refusal}" if outcome.order else refusal
            model_admin.message_user(request, sentence, messages.WARNING)
    done = [outcome for outcome in outcomes if outcome.bookings]
    if done:
        names = [f"{outcome.seats} of order {outcome.order}" for outcome in done]
        if len(names) > MAX_NAMED_ORDERS:
            names = [f"seats of {len(names)} orders"]
        sentence = f"Cancelled: {'; '.join(names)}. To refund: {_totals(done)}."
        model_admin.message_user(request, sentence, messages.SUCCESS)
