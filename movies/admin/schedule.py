"""Scheduling one movie on one screen for several days and times at once."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import AdminForm
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse

from accounts.models import User
from core.errors import FieldError, InvalidInput
from core.http.form_errors import as_form_errors
from movies import services
from movies.admin.days import DateInput, DayField
from movies.admin.free_shows import confirm_free_field, ensure_free_is_meant
from movies.admin.timetable import url_of_day
from movies.errors import ShowsOverlap
from movies.limits import MAX_DAYS, MAX_TIMES
from movies.local_time import in_zone
from movies.models import Show
from movies.staff_cinemas import within_cinemas

WEEKDAYS = list(enumerate(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]))


class LinesField(forms.CharField):
    """Several values of another field, one per line, without duplicates."""

    def __init__(self, *, line: forms.Field, **kwargs):
        super().__init__(max_length=2000, **kwargs)
        self.line = line
        self.widget.attrs |= {"rows": 5, "cols": 20}

    def clean(self, value):
        values: set[date | time] = set()
        mistakes: list[str] = []
        for word in super().clean(value).replace(",", " ").split():
            try:
                values.add(self.line.clean(word))
            except ValidationError as error:
                mistakes += [f"{word}: {message}" for message in error.messages]
        if mistakes:
            raise ValidationError(mistakes)
        return sorted(values)


class ScheduleForm(forms.ModelForm):
    """Days and times on the clocks of the screen's cinema."""

    days = LinesField(
        line=DayField(),
        required=False,
        widget=forms.Textarea,
        help_text="One date per line, such as 2026-11-27.",
    )
    first_day = DayField(label="Or every day from", required=False, widget=DateInput)
    last_day = DayField(label="to", required=False, widget=DateInput)
    weekdays = forms.TypedMultipleChoiceField(
        label="Only on",
        choices=WEEKDAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None selected: all seven.",
    )
    times = LinesField(
        line=forms.TimeField(
            input_formats=["%H:%M"], error_messages={"invalid": "Write a time as 20:15."}
        ),
        widget=forms.Textarea,
        help_text="One time per line, such as 20:15. A time after midnight belongs to the date "
        "itself: 00:30 is half an hour after the date begins.",
    )

    confirm_past = forms.BooleanField(
        label="The days are meant, although they are long past", required=False
    )
    confirm_free = confirm_free_field()

    class Meta:
        model = Show
        fields = [
            "movie",
            "screen",
            "format",
            "language",
            "subtitles",
            "seating_plan",
            "total_seats",
            "price_list",
        ]
        widgets = {
            name: AutocompleteSelect(Show._meta.get_field(name), admin.site)
            for name in ("movie", "screen", "seating_plan", "price_list")
        }
        help_texts = {"seating_plan": "Empty: the plan of the screen."}

    def clean(self):
        super().clean()
        ensure_free_is_meant(self)
        cleaned = self.cleaned_data
        days = set(cleaned.get("days", [])) | set(self._days_of_range(cleaned))
        if not days and not {"days", "first_day", "last_day"}.intersection(self.errors):
            self.add_error("days", "Which days? Write dates, or choose a first and a last day.")
        if len(days) > MAX_DAYS:
            self.add_error("days", f"At most {MAX_DAYS} days at once: these are {len(days)}.")
        if len(cleaned.get("times", [])) > MAX_TIMES:
            self.add_error("times", f"At most {MAX_TIMES} times a day.")
        if not self.errors:
            cleaned["starts"] = self._starts(days, cleaned["times"], cleaned["screen"].cinema.zone)
        return cleaned

    def _days_of_range(self, cleaned):
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and first <= last:
            weekdays = cleaned.get("weekdays") or range(7)
            days = (first + timedelta(days=number) for number in range((last - first).days + 1))
            return [day for day in days if day.weekday() in weekdays]
        if (first or last) and not {"first_day", "last_day"}.intersection(self.errors):
            self.add_error("last_day", "The last day must be the first day or a later one.")
        return []

    def _starts(self, days, times, zone):
        starts = []
        for wall_clock in (datetime.combine(day, clock) for day in days for clock in times):
            try:
                starts.append(in_zone(wall_clock, zone))
            except ValidationError as error:
                self.add_error("times", error)
        return starts

    @transaction.atomic
    def schedule(self, by: User) -> list[Show]:
        """Schedule and log the shows; an empty list: the form's errors say why not."""
        shows: list[Show] = []
        with as_form_errors(self):
            shows = self._schedule()
        if shows:
            LogEntry.objects.log_actions(by.pk, shows, ADDITION, [{"added": {}}])
        return shows

    def _schedule(self) -> list[Show]:
        fields = {name: self.cleaned_data[name] for name in self.Meta.fields}
        fields["confirm_past"] = self.cleaned_data["confirm_past"]
        try:
            return services.schedule_shows(starts=self.cleaned_data["starts"], **fields)
        except ShowsOverlap as error:
            sentences = [
                f"{datetime.fromisoformat(slot['starts_at']):%a %d %b %Y %H:%M}: {slot['detail']}"
                for slot in error.members["slots"]
            ]
            raise InvalidInput(
                FieldError(None, sentence) for sentence in [str(error), *sentences]
            ) from error


FIELDSETS: list[tuple[Any, dict[str, Any]]] = [
    (None, {"fields": ["movie", "screen"]}),
    (
        "Days and times",
        {"fields": ["days", ("first_day", "last_day"), "weekdays", "times", "confirm_past"]},
    ),
    (
        "How it is shown and sold",
        {
            "fields": [
                "format",
                "language",
                "subtitles",
                "seating_plan",
                "total_seats",
                "price_list",
                "confirm_free",
            ]
        },
    ),
]


@permission_required("movies.add_show", raise_exception=True)
def schedule(request):
    form = ScheduleForm(request.POST or None, initial={"days": request.GET.get("days", "")})
    screens: Any = form.fields["screen"]
    screens.queryset = within_cinemas(screens.queryset, request.user, "cinema")
    if request.method == "POST" and form.is_valid() and (shows := form.schedule(by=request.user)):
        count = "1 show was" if len(shows) == 1 else f"{len(shows)} shows were"
        messages.success(request, f"{count} scheduled.")
        return HttpResponseRedirect(url_of_day(shows[0]))
    context = {
        **admin.site.each_context(request),
        "title": "Schedule several shows",
        "opts": Show._meta,
        "adminform": AdminForm(form, FIELDSETS, {}),
        "form": form,
    }
    return TemplateResponse(request, "admin/movies/schedule.html", context)
