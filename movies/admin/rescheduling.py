"""Rescheduling a show: what it does to how many orders, then another time or screen."""

from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.models import User
from core.http.form_errors import as_form_errors
from movies import occupancy, services
from movies.limits import MAX_REASON
from movies.local_time import in_zone
from movies.models import Screen, Show
from movies.models.shows import EARLIEST, LATEST
from movies.services.rescheduling import Rescheduling
from movies.staff_cinemas import within_cinemas


class RescheduleForm(forms.Form):
    """Another start or screen, on the clocks of the show's cinema."""

    starts_at = forms.SplitDateTimeField(widget=AdminSplitDateTime)
    screen = forms.ModelChoiceField(queryset=Screen.objects.none())
    reason = forms.CharField(
        max_length=MAX_REASON,
        widget=forms.TextInput(attrs={"size": 60}),
        help_text="Stored with the show, together with your name and the time.",
    )
    # The start and the screen whose consequences the page has shown.
    previewed = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None, *, show: Show) -> None:
        clock = show.local(show.starts_at).replace(tzinfo=None)
        super().__init__(data, initial={"starts_at": clock, "screen": show.screen_id})
        self.show = show
        screens = Screen.objects.select_related("cinema").filter(cinema=show.screen.cinema_id)
        cast(Any, self.fields["screen"]).queryset = screens

    def clean_starts_at(self) -> datetime:
        """Return the moment; one that was not edited stays as it is, in an hour that is twice."""
        if "starts_at" not in self.changed_data:
            return self.show.starts_at
        typed = self.cleaned_data["starts_at"].replace(tzinfo=None)
        moment = in_zone(typed, self.show.screen.cinema.zone)
        for is_in_bounds in (EARLIEST, LATEST):
            is_in_bounds(moment)
        return moment

    @property
    def wanted(self) -> dict[str, Any]:
        """The arguments of the services."""
        return {"starts_at": self.cleaned_data["starts_at"], "screen": self.cleaned_data["screen"]}

    @property
    def fingerprint(self) -> str:
        """The start and the screen, as `previewed` has them."""
        return f"{self.wanted['starts_at'].isoformat()} {self.wanted['screen'].pk}"


def reschedule(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what another time or screen does to the orders; then, confirmed, reschedule."""
    if not request.user.has_perm("movies.change_show"):
        raise PermissionDenied
    shows = within_cinemas(Show.objects.with_places(), request.user, "screen__cinema")
    show = get_object_or_404(shows, pk=pk)
    by = cast(User, request.user)
    form = RescheduleForm(request.POST or None, show=show)
    preview: Rescheduling | None = None
    if request.method == "POST" and form.is_valid():
        is_confirmed = "confirm" in request.POST
        with as_form_errors(form):
            if is_confirmed and form.cleaned_data["previewed"] == form.fingerprint:
                reason = form.cleaned_data["reason"]
                done = services.reschedule_show(show=show, by=by, reason=reason, **form.wanted)
                return _done(request, done)
            preview = services.preview_rescheduling(show=show, by=by, **form.wanted)
    context = {
        **admin.site.each_context(request),
        "title": f"Reschedule: {show}",
        "opts": Show._meta,
        "show": show,
        "form": form,
        "orders": occupancy.current().live_orders(show.pk),
        "preview": preview,
        "fingerprint": form.fingerprint if preview else "",
        "changes": _changes(preview) if preview else [],
    }
    return TemplateResponse(request, "admin/movies/reschedule.html", context)


def _done(request: HttpRequest, done: Rescheduling) -> HttpResponse:
    model_admin = admin.site.get_model_admin(Show)
    model_admin.log_change(request, done.show, "Rescheduled.")
    until = done.show.full_refund_until
    refund = (
        f" The full price is refunded until {_clock(done.show, until)}."
        if done.orders.total and until
        else ""
    )
    messages.success(request, f"Rescheduled: {done.show}. It has {done.orders}.{refund}")
    return HttpResponseRedirect(reverse("admin:movies_show_change", args=[done.show.pk]))


def _changes(preview: Rescheduling) -> list[tuple[str, str, str]]:
    """Return (what, before, after) of each fact that changes."""
    before, after = preview.before, preview.show
    facts = [
        ("Start", _clock(before, before.starts_at), _clock(after, after.starts_at)),
        ("End", _clock(before, before.ends_at), _clock(after, after.ends_at)),
        (
            "End of sales",
            _clock(before, before.sales_close_at),
            _clock(after, after.sales_close_at),
        ),
        ("Screen", str(before.screen), str(after.screen)),
        ("Seats", str(before.total_seats), str(after.total_seats)),
        (
            "Full refund until",
            _clock(before, before.full_refund_until),
            _clock(after, after.full_refund_until),
        ),
    ]
    return [fact for fact in facts if fact[1] != fact[2]]


def _clock(show: Show, moment: datetime | None) -> str:
    return f"{show.local(moment):%a %d %b %Y %H:%M}" if moment else "-"
