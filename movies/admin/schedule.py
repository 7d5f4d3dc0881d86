"""One movie on one screen, for several days and times at once."""

from datetime import datetime, timedelta

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

from core.errors import FieldError, InvalidInput
from core.http.form_errors import as_form_errors
from movies import services
from movies.admin.timetable import DateInput, DayField, url_of_day
from movies.errors import ShowsOverlap
from movies.local_time import in_zone
from movies.models import Show

MOST_DAYS, MOST_TIMES = 62, 24
WEEKDAYS = list(enumerate(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]))


class OneALine(forms.CharField):
    """What another field takes, several times: one a line. Twice the same counts once."""

    def __init__(self, *, line, **kwargs):
        super().__init__(max_length=2000, **kwargs)
        self.line = line
        self.widget.attrs |= {"rows": 5, "cols": 20}

    def clean(self, value):
        values, mistakes = set(), []
        for word in super().clean(value).replace(",", " ").split():
            try:
                values.add(self.line.clean(word))
            except ValidationError as error:
                mistakes += [f"{word}: {message}" for message in error.messages]
        if mistakes:
            raise ValidationError(mistakes)
        return sorted(values)


class ScheduleForm(forms.ModelForm):
    """Days and times are by the clocks of the screen's cinema."""

    days = OneALine(
        line=DayField(),
        required=False,
        widget=forms.Textarea,
        help_text="One date a line, such as 2026-11-27.",
    )
    first_day = DayField(label="Or every day from", required=False, widget=DateInput)
    last_day = DayField(label="to", required=False, widget=DateInput)
    weekdays = forms.TypedMultipleChoiceField(
        label="Only on",
        choices=WEEKDAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None ticked: all seven.",
    )
    times = OneALine(
        line=forms.TimeField(
            input_formats=["%H:%M"], error_messages={"invalid": "Write a time as 20:15."}
        ),
        widget=forms.Textarea,
        help_text="One a line, such as 20:15. After midnight is on the date itself: 00:30 is the "
        "first half hour of the day.",
    )

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
        cleaned = super().clean()
        days = set(cleaned.get("days", [])) | set(self._days_of_range(cleaned))
        if not days and not {"days", "first_day", "last_day"}.intersection(self.errors):
            self.add_error("days", "Which days? Write dates, or choose from when to when.")
        if len(days) > MOST_DAYS:
            self.add_error("days", f"At most {MOST_DAYS} days at once: these are {len(days)}.")
        if len(cleaned.get("times", [])) > MOST_TIMES:
            self.add_error("times", f"At most {MOST_TIMES} times a day.")
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
            self.add_error("last_day", "From a day to the same day or a later one.")
        return []

    def _starts(self, days, times, zone):
        starts = []
        for wall_clock in (datetime.combine(day, time) for day in days for time in times):
            try:
                starts.append(in_zone(wall_clock, zone))
            except ValidationError as error:
                self.add_error("times", error)
        return starts

    @transaction.atomic
    def put_on(self, by):
        """Whether the shows were put on, as `shows`; if not, the form's errors say why."""
        with as_form_errors(self):
            self._put_on()
        if self.is_valid():
            LogEntry.objects.log_actions(by.pk, self.shows, ADDITION, [{"added": {}}])
        return self.is_valid()

    def _put_on(self):
        fields = {name: self.cleaned_data[name] for name in self.Meta.fields}
        try:
            self.shows = services.schedule_shows(starts=self.cleaned_data["starts"], **fields)
        except ShowsOverlap as error:
            sentences = [
                f"{datetime.fromisoformat(slot['starts_at']):%a %d %b %Y %H:%M}: {slot['detail']}"
                for slot in error.members["slots"]
            ]
            raise InvalidInput(
                FieldError(None, sentence) for sentence in [str(error), *sentences]
            ) from error


FIELDSETS = [
    (None, {"fields": ["movie", "screen"]}),
    (
        "Days and times",
        {"fields": ["days", ("first_day", "last_day"), "weekdays", "times"]},
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
            ]
        },
    ),
]


@permission_required("movies.add_show", raise_exception=True)
def schedule(request):
    form = ScheduleForm(request.POST or None, initial={"days": request.GET.get("days", "")})
    if request.method == "POST" and form.is_valid() and form.put_on(by=request.user):
        count = "1 show was" if len(form.shows) == 1 else f"{len(form.shows)} shows were"
        messages.success(request, f"{count} put on.")
        return HttpResponseRedirect(url_of_day(form.shows[0]))
    context = {
        **admin.site.each_context(request),
        "title": "Put on several shows",
        "opts": Show._meta,
        "adminform": AdminForm(form, FIELDSETS, {}),
        "form": form,
    }
    return TemplateResponse(request, "admin/movies/schedule.html", context)
