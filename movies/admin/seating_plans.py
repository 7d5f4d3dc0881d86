"""Seating plans in the admin: typed or imported, with a picture that follows the typing."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat
from django.forms.fields import InvalidJSONInput
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from core.http.form_errors import as_form_errors
from movies import services
from movies.admin.label_search import LabelSearchAdmin
from movies.admin.own_cinemas import SharedAdmin
from movies.admin.shows_of import its_shows
from movies.models import SeatCategory, SeatingPlan
from movies.seat_shapes import shapes_of
from movies.seating.limits import MAX_COORDINATE
from movies.seating.plan import Point
from movies.seating.svg import draw
from movies.seating.text_writer import to_text
from movies.services.seating_plans import ReadPlan
from movies.staff_cinemas import may_add

HALL_STYLE = {"all": ["movies/hall.css"]}


class LayoutField(forms.JSONField):
    """JSON; no plan yet is an empty field, and not the word null.

    Python refuses numbers of many digits and deep lists with errors that Django does not expect.
    """

    def to_python(self, value):
        try:
            return super().to_python(value)
        except (ValueError, RecursionError) as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error

    def bound_data(self, data, initial):
        try:
            return super().bound_data(data, initial)
        except (ValueError, RecursionError):
            return InvalidJSONInput(data)

    def prepare_value(self, value):
        if value is None:
            return ""
        text = super().prepare_value(value)
        return text.encode(
            errors="backslashreplace"
        ).decode()  # surrogates stay the escapes of JSON


class SeatingPlanForm(forms.ModelForm):
    """A hall, typed or imported. Saving an existing plan makes its next version."""

    text = forms.CharField(
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 24, "cols": 80, "wrap": "off", "spellcheck": "false"}),
        help_text="One line per row: its label, one letter per seat, and _ for a gap. "
        "A&nbsp;&nbsp;ssss_ssss",
    )
    layout = LayoutField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "cols": 80, "spellcheck": "false"}),
        help_text="Or an open seating plan in JSON, as its editors export it.",
    )
    focal_x = forms.FloatField(
        required=False,
        min_value=-MAX_COORDINATE,
        max_value=MAX_COORDINATE,
        help_text="The place of the best seats, in the plan's units: typed seats are 30 apart, the "
        "leftmost at 0. Both empty: in the middle, two thirds of the way back.",
    )
    focal_y = forms.FloatField(required=False, min_value=-MAX_COORDINATE, max_value=MAX_COORDINATE)

    adds_categories = True  # set by SeatingPlanAdmin.get_form

    class Meta:
        model = SeatingPlan
        fields = ["name", "text", "layout", "focal_x", "focal_y"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for field in {"name"} & self.fields.keys():  # none for staff who may only look
                self.fields[field].disabled = True
            self.initial["text"] = self.instance.text or to_text(self.instance.plan) or ""

    def clean(self):
        super().clean()
        cleaned = self.cleaned_data
        if self.errors:
            return cleaned
        focal_point = self._focal_point(cleaned["focal_x"], cleaned["focal_y"])
        text = cleaned["text"]
        layout = cleaned["layout"] if "layout" in self.changed_data else None
        if layout is not None:
            text = ""
        elif self.instance.pk and not self._is_retyped(text):
            if focal_point == self.instance.focal_point:
                self.saved = self.instance
                return cleaned
            text, layout = self.instance.text, self.instance.layout
        if not text and layout is None:
            raise ValidationError("Type the hall, or paste a plan.")
        # The admin validates and saves in one transaction, so a later error rolls this back too.
        with as_form_errors(self):
            self._save_version(cleaned["name"], text, layout, focal_point)
        return cleaned

    def _focal_point(self, x, y):
        if (x is None) != (y is None):
            raise ValidationError(
                "A focal point has an x and a y; leave both empty for the default."
            )
        return None if x is None else Point(x, y)

    def _is_retyped(self, text):
        """Return whether the text was edited; browsers send line ends as CR LF.

        Leading spaces and empty lines count: they place the seats.
        """
        return _lines(text) != _lines(self.initial["text"])

    def _save_version(self, name, text, layout, focal_point):
        self.saved = services.save_seating_plan(
            name=name,
            text=text,
            layout=layout,
            focal_point=focal_point,
            replaces=self.instance if self.instance.pk else None,
            adds_categories=self.adds_categories,
        )

    def _post_clean(self):
        """Do nothing: the service has validated the plan and saved it as a new row."""

    def save(self, commit=True):
        return self.saved

    def save_m2m(self):
        """Do nothing: the service has set the categories."""


def _lines(text):
    return [line.rstrip() for line in text.rstrip().splitlines()]


class PreviewForm(SeatingPlanForm):
    """Reads the plan as SeatingPlanForm does, with the same errors, and saves nothing.

    `read` is the plan, or None if it is the saved one.
    """

    read: ReadPlan | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = False

    def _save_version(self, name, text, layout, focal_point):
        self.read = services.read_seating_plan(name=name or "Plan", text=text, layout=layout)


@admin.register(SeatingPlan)
class SeatingPlanAdmin(SharedAdmin, LabelSearchAdmin):
    label = Concat("name", Value(", version "), Cast("version", CharField()))
    form = SeatingPlanForm
    fields = ["name", "text", "picture", "layout", ("focal_x", "focal_y")]
    list_display = ["name", "version", "seat_count", "created_at"]
    readonly_fields = ["picture"]

    class Media:
        css = HALL_STYLE
        js = [forms.Script("movies/plan_preview.js", defer=True)]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("layout", "text")

    def get_form(self, request, obj=None, change=False, **kwargs):
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.adds_categories = may_add(request.user, SeatCategory)
        return form

    def get_urls(self):
        view = self.admin_site.admin_view(self.preview)
        return [
            path("preview/", view, name="movies_seatingplan_preview"),
            path("<int:pk>/preview/", view, name="movies_seatingplan_preview"),
            *super().get_urls(),
        ]

    def instead_of_deleting(self, request, seating_plan):
        return its_shows("seating_plan", seating_plan, request)

    def save_model(self, request, seating_plan, form, change):
        """Do nothing: the form's service has saved it."""

    def picture(self, seating_plan):
        """The picture of the saved plan, which follows the typing where scripts run."""
        args = [] if seating_plan.pk is None else [seating_plan.pk]
        return format_html(
            '<div data-preview="{}"><p role="status"></p>'
            '<ul class="errorlist" hidden></ul>{}</div>',
            reverse("admin:movies_seatingplan_preview", args=args),
            picture_of(seating_plan),
        )

    def preview(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        """Answer with the picture of a typed plan, or with the errors that saving it would show."""
        if not (self.has_add_permission if pk is None else self.has_change_permission)(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        plan = SeatingPlan() if pk is None else get_object_or_404(SeatingPlan, pk=pk)
        form = PreviewForm(request.POST, instance=plan)
        if not form.is_valid():
            faults = [str(fault) for faults in form.errors.values() for fault in faults]
            return JsonResponse({"faults": faults})
        if form.read is None:
            return JsonResponse({"seats": plan.seat_count, "picture": picture_of(plan)})
        shapes = shapes_of(form.read.plan, form.read.categories)
        picture = _framed(draw(form.read.plan, shapes=shapes, prefix="preview", fits_itself=False))
        return JsonResponse({"seats": len(form.read.plan.seats), "picture": picture})


def picture_of(seating_plan):
    """Return the plan as an SVG picture, or a dash without a plan."""
    if seating_plan is None or seating_plan.pk is None:
        return "-"
    shapes = shapes_of(seating_plan.plan, seating_plan.categories.all())
    prefix = f"plan-{seating_plan.pk}"
    return _framed(draw(seating_plan.plan, shapes=shapes, prefix=prefix, fits_itself=False))


def _framed(picture: str) -> str:
    """`draw` escapes every text of the plan."""
    return mark_safe(f'<div class="hall-picture">{picture}</div>')  # noqa: S308
