"""Shows in the admin."""

from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.urls import path
from django.utils.html import format_html

from accounts.models import User
from core.http.admin_deletion import DeletionAdmin, explain
from core.http.admin_guard import ID
from core.http.form_errors import as_form_errors
from movies import occupancy, services
from movies.admin.day_filters import ShowDayFilter
from movies.admin.free_shows import confirm_free_field, ensure_free_is_meant
from movies.admin.own_cinemas import OwnCinemasAdmin
from movies.admin.rescheduling import reschedule
from movies.admin.sale_states import is_to_be_sold, sale_state
from movies.admin.schedule import schedule
from movies.admin.timetable import timetable
from movies.events import record_change, record_new_shows
from movies.local_time import in_zone
from movies.models import Show, ShowChange
from movies.models.shows import ShowQuerySet


class ShowForm(forms.ModelForm):
    """A show, with its times on the clocks of the screen's cinema.

    The admin validates and saves in one transaction, so the locks of the validation, on the show
    and its screen, last until the show is saved.
    """

    confirm_past = forms.BooleanField(
        label="The start is meant, although it is long past", required=False
    )

    confirm_free = confirm_free_field()

    by: User  # set by ShowAdmin.get_form
    record: ShowChange | None = None
    before: Show | None = None  # the row of an existing show, under its lock

    class Meta:
        model = Show
        fields = [
            "movie",
            "screen",
            "starts_at",
            "ends_at",
            "format",
            "language",
            "subtitles",
            "seating_plan",
            "total_seats",
            "price_list",
            "sales_open_at",
            "sales_close_at",
        ]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in Show.TIMES:
            moment = getattr(self.instance, name)
            if moment:
                self.initial[name] = self.instance.local(moment).replace(tzinfo=None)

    def clean(self):
        super().clean()
        cleaned = self.cleaned_data
        screen = cleaned.get("screen")
        for name in Show.TIMES:
            if screen and name in cleaned:
                try:
                    cleaned[name] = self._moment(name, cleaned[name], screen.cinema.zone)
                except ValidationError as error:
                    self.add_error(name, error)
        return cleaned

    def _moment(self, name: str, typed: datetime | None, zone: ZoneInfo) -> datetime | None:
        """Return the moment of a time. Raises ValidationError.

        A time that was not edited stays the same moment, to the second, also in the hour that
        occurs twice. In another time zone it keeps what the clocks show; the end of the show does
        not need that, because it follows the start.
        """
        if name in self.changed_data:
            return typed and in_zone(typed.replace(tzinfo=None), zone)
        before = getattr(self.instance, name)
        if before is None or name == "ends_at" or zone.key == self.instance.screen.cinema.zone.key:
            return before
        return in_zone(self.instance.local(before).replace(tzinfo=None), zone)

    def _get_validation_exclusions(self):
        """Leave out an end that was not edited: it moves along with the start later."""
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded if "ends_at" in self.changed_data else excluded | {"ends_at"}

    def full_clean(self):
        super().full_clean()
        if not self.is_bound or self.errors:
            return
        before = Show.objects.locked().get(pk=self.instance.pk) if self.instance.pk else None
        self.before = before
        if before is not None:
            self._keep_unedited(before)
        confirm_past = self.cleaned_data.get("confirm_past", False)
        with as_form_errors(self):
            if before is None:
                services.prepare_show(show=self.instance, confirm_past=confirm_past)
            else:
                self.record = services.prepare_change(
                    show=self.instance, before=before, by=self.by, confirm_past=confirm_past
                )
        if before is None or "price_list" in self.changed_data:
            ensure_free_is_meant(self)

    def _keep_unedited(self, before: Show) -> None:
        """Take what was not edited from the row: it may have changed since the form was read."""
        edited = set(self.changed_data)
        if "screen" in edited:
            edited.update(set(Show.TIMES) - {"ends_at"})  # on other clocks
        for field in Show._meta.concrete_fields:
            if field.name not in edited:
                setattr(self.instance, field.attname, getattr(before, field.attname))


for used in ("seating_plan", "price_list"):
    explain(Show, used, "Shows use it.")
explain(Show, "cancelled_by", "This user has cancelled shows.")
explain(ShowChange, "made_by", "This user has changed shows that were sold.")

COLUMNS = ("made_on", "made_by", "kind", "orders", "reason", "was", "became")


class ShowChangeInline(admin.TabularInline):
    """The record of what was changed while customers had orders. Read only."""

    model = ShowChange
    fields = COLUMNS
    readonly_fields = COLUMNS
    extra = max_num = 0
    can_delete = False
    verbose_name_plural = "changes while customers had orders"

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_view_permission(self, request, obj=None):
        """Allow it to users who may see the show: the page of the show checks that."""
        return True

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("made_by", "show__screen__cinema")

    @admin.display(description="made")
    def made_on(self, change):
        return f"{change.show.local(change.made_at):%a %d %b %Y %H:%M:%S}"

    @admin.display(description="before")
    def was(self, change):
        return _facts(change.before, change.after)

    @admin.display(description="after")
    def became(self, change):
        return _facts(change.after, change.before)


def _facts(facts: dict[str, Any], others: dict[str, Any]) -> str:
    """Return such as "starts at: 2026-11-27T20:15:00+01:00" of each fact that differs."""
    return "; ".join(
        f"{name.replace('_', ' ')}: {'-' if value is None else value}"
        for name, value in facts.items()
        if others.get(name) != value
    )


@admin.register(Show)
class ShowAdmin(OwnCinemasAdmin, DeletionAdmin):
    cinema = "screen__cinema"
    form = ShowForm
    list_display = [
        "movie",
        "screen",
        "starts",
        "seats",
        "prices",
        "format",
        "language",
    ]
    list_filter = [ShowDayFilter, "screen__cinema", "format"]
    search_fields = ["movie__title", "screen__name"]
    show_full_result_count = False
    autocomplete_fields = ["movie", "screen", "seating_plan", "price_list"]
    inlines = [ShowChangeInline]

    def get_queryset(self, request):
        shows = cast(ShowQuerySet, super().get_queryset(request))
        return shows.with_places().with_available_seats()

    def get_inlines(self, request, show):
        """Show the record only where there is one; it costs one query."""
        return self.inlines if show is not None and show.changes.exists() else []

    def get_readonly_fields(self, request, show=None):
        return ["sales"] if show is not None else []

    def get_form(self, request, obj=None, change=False, **kwargs):
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.by = request.user
        return form

    def instead_of_deleting(self, request, show):
        url = occupancy.current().seats_url(show.pk)
        if show.is_cancelled or show.is_over or not url:
            return "It stays as a record."
        if not self.has_view_permission(request, show):
            return "Cancel the show instead."
        return format_html('<a href="{}">Cancel the show</a> instead.', url)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        pk = unquote(object_id)
        url = occupancy.current().seats_url(int(pk)) if ID.fullmatch(pk) else ""
        context = {"seats_url": url, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def save_model(self, request, show, form, change):
        super().save_model(request, show, form, change)
        if form.record is not None:
            form.record.save()
        if form.before is None:
            record_new_shows([show])
        else:
            record_change(show, form.before)

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("timetable/", view(timetable), name="movies_show_timetable"),
            path("schedule/", view(schedule), name="movies_show_schedule"),
            path("<int:pk>/reschedule/", view(reschedule), name="movies_show_reschedule"),
            *super().get_urls(),
        ]

    @admin.display(ordering="starts_at")
    def starts(self, show):
        """The start on the clocks of the cinema."""
        return f"{show.local(show.starts_at):%a %d %b %Y %H:%M}"

    @admin.display(ordering="price_list__name")
    def prices(self, show):
        return show.price_list or "free"

    def sales(self, show):
        """Whether the saved show is on sale: a rejected form has left its values in `show`."""
        shows = Show.objects.with_places().with_available_seats()
        return _sales_of(shows.get(pk=show.pk))

    @admin.display(ordering="available_seats")
    def seats(self, show):
        """What is left to sell; after that, what was taken. And why none is on sale."""
        if show.is_cancelled:
            words = f"{show.total_seats} seats"
        elif is_to_be_sold(show):
            words = f"{show.available_seats}/{show.total_seats} left"
        else:
            words = f"{show.total_seats - show.available_seats}/{show.total_seats} taken"
        words = words.replace(" ", "\N{NO-BREAK SPACE}")
        url = occupancy.current().seats_url(show.pk)
        linked = format_html('<a href="{}">{}</a>', url, words) if url else words
        state = _sales_of(show)
        return linked if state == "on sale" else format_html("{}, {}", linked, state)


def _sales_of(show: Show) -> str:
    is_sold_out = not show.available_seats and is_to_be_sold(show)
    return "sold out" if is_sold_out else sale_state(show)
