"""Orders and single bookings that staff cancel for customers: what comes back, why, then done."""

from decimal import Decimal
from functools import partial
from typing import NamedTuple

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from bookings import services
from bookings.errors import AlreadyCancelled
from bookings.models import Booking, Order
from bookings.previews import preview_cancelling
from bookings.refunds import refunds_of
from core.errors import DomainError

MOST_AT_ONCE = 200
BLOCKED = "Seat {} is kept off sale by staff: it is put back on the page of the show's seats."


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=Booking._meta.get_field("cancel_reason").max_length,
        widget=forms.TextInput(attrs={"size": 60}),
        help_text="The booking keeps it, with your name and the time.",
    )


class Chosen(NamedTuple):
    """Seats of an order to be cancelled; None: all that it has."""

    order: Order
    seat_numbers: list[str] | None


class Outcome(NamedTuple):
    """What is, or would be, cancelled of what was chosen, and why the rest is not."""

    order: Order | None
    bookings: list[Booking]
    refunds: list[Decimal]
    refusals: list[str]

    @property
    def seats(self):
        return ", ".join(booking.seat_number for booking in self.bookings)

    @property
    def price(self):
        return sum((booking.price for booking in self.bookings), Decimal(0))

    @property
    def refund(self):
        return sum(self.refunds, Decimal(0))


def chosen_orders(orders):
    """([Chosen], [Outcome of what cannot be one])"""
    return [Chosen(order, None) for order in _with_refund_rules(orders)], []


def chosen_bookings(bookings):
    """The same, of single bookings. Those of one order go together, as both seats of a couple."""
    seats, refused = {}, []
    for booking in bookings.select_related(
        "order__customer", "order__show__movie", "order__show__screen__cinema"
    ):
        if booking.order is None:
            refused.append(Outcome(None, [], [], [BLOCKED.format(booking.seat_number)]))
        elif booking.status == Booking.Status.CANCELLED:
            # Its order may have the same seat again, in another row.
            why = AlreadyCancelled([booking.seat_number])
            refused.append(Outcome(booking.order, [], [], [str(why)]))
        else:
            seats.setdefault(booking.order_id, []).append(booking.seat_number)
    orders = _with_refund_rules(Order.objects.filter(pk__in=seats))
    return [Chosen(order, seats[order.pk]) for order in orders], refused


def _with_refund_rules(orders):
    return orders.with_bookings().prefetch_related("show__screen__cinema__refund_tiers")


def cancel_chosen(model_admin, request, rows, *, is_full_refund):
    """The action: first the page that says what comes back and asks why, then the cancelling.

    Everything is looked at again when it is done, so what comes back is what the rule says then.
    """
    pks = list(rows.values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
    if not pks or len(pks) > MOST_AT_ONCE:
        problem = f"At most {MOST_AT_ONCE} at once." if pks else "These are not in the list now."
        model_admin.message_user(request, f"{problem} Nothing was cancelled.", messages.ERROR)
        return None
    chosen, refused = model_admin.chosen(model_admin.model.objects.filter(pk__in=pks))
    form = ReasonForm(request.POST if "reason" in request.POST else None)
    if form.is_valid():
        cancel = partial(_cancel, request.user, form.cleaned_data["reason"], is_full_refund)
        _say(model_admin, request, [*refused, *(cancel(*each) for each in chosen)])
        if "stay" in request.POST:
            opts = model_admin.opts
            name = f"admin:{opts.app_label}_{opts.model_name}_change"
            return HttpResponseRedirect(reverse(name, args=[pks[0]]))
        return None
    outcomes = [*(_preview(is_full_refund, *each) for each in chosen), *refused]
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


def _preview(is_full_refund, order, seat_numbers):
    preview, refusals = _as_far_as_it_goes(preview_cancelling, order, seat_numbers)
    if preview is None:
        return Outcome(order, [], [], refusals)
    refunds = refunds_of(order, preview.bookings, None) if is_full_refund else preview.refunds
    return Outcome(order, preview.bookings, refunds, refusals)


def _cancel(by, reason, is_full_refund, order, seat_numbers):
    cancel = partial(services.cancel_order, by=by, reason=reason, is_full_refund=is_full_refund)
    done, refusals = _as_far_as_it_goes(cancel, order, seat_numbers)
    if done is None:
        return Outcome(order, [], [], refusals)
    return Outcome(order, done.cancelled, [each.refund for each in done.cancelled], refusals)


def _as_far_as_it_goes(act, order, seat_numbers):
    """(What `act` answers or None, [why not]). Seats that it refuses by name are left out."""
    refusals = []
    while True:
        try:
            return act(order=order, seat_numbers=seat_numbers), refusals
        except DomainError as problem:
            refusals.append(str(problem))
            refused = {seat["seat_number"] for seat in problem.members.get("seats", [])}
        left = [number for number in seat_numbers or [] if number not in refused]
        if not left or left == seat_numbers:
            return None, refusals
        seat_numbers = left


def _totals(outcomes):
    """What comes back, such as "28.50 EUR"; there may be several currencies."""
    sums = {}
    for outcome in outcomes:
        if outcome.bookings:
            currency = outcome.order.currency
            sums[currency] = sums.get(currency, Decimal(0)) + outcome.refund
    return ", ".join(f"{amount:.2f} {currency}" for currency, amount in sorted(sums.items()))


def _say(model_admin, request, outcomes):
    for outcome in outcomes:
        for refusal in outcome.refusals:
            words = f"Order {outcome.order}: {refusal}" if outcome.order else refusal
            model_admin.message_user(request, words, messages.WARNING)
    done = [outcome for outcome in outcomes if outcome.bookings]
    if done:
        names = [f"{outcome.seats} of order {outcome.order}" for outcome in done]
        if len(names) > 10:
            names = [f"seats of {len(names)} orders"]
        words = f"Cancelled: {'; '.join(names)}. To give back: {_totals(done)}."
        model_admin.message_user(request, words, messages.SUCCESS)
