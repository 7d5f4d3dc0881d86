"""Cinemas, screens and seating plans in the admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat
from django.utils.safestring import mark_safe

from core.http.admin_deletion import DeletionAdmin, explain
from core.http.form_errors import as_form_errors, as_validation_error
from movies import services
from movies.admin.choices import CurrencyField, TimeZoneField
from movies.admin.label_search import LabelSearchAdmin
from movies.admin.shows_of import its_shows
from movies.limits import MAX_REFUND_TIERS
from movies.locks import lock_cinema, lock_screen
from movies.models import Cinema, RefundTier, Screen, SeatCategory, SeatingPlan
from movies.models.halls import CategoryOfPlan
from movies.rules.halls import ensure_cinema_can_change, ensure_screen_can_change
from movies.rules.refund_tiers import ensure_refund_tiers_fit
from movies.seat_shapes import shapes_of
from movies.seating.limits import MAX_COORDINATE
from movies.seating.plan import Point
from movies.seating.svg import draw
from movies.seating.text_writer import to_text

explain(Screen, "seating_plan", "Screens use it.")
explain(CategoryOfPlan, "category", "Seating plans have seats of it.")

SCREEN_FIELDS: list[Any] = ["name", "seating_plan", "turnaround_minutes"]


class ScreenInline(admin.TabularInline):
    model = Screen
    fields = SCREEN_FIELDS
    readonly_fields = SCREEN_FIELDS
    extra = max_num = 0
    show_change_link = True
    can_delete = False

    def has_add_permission(self, request, cinema=None):
        return False


class RefundTiersFormSet(forms.BaseInlineFormSet):
    """The tiers of a cinema, checked together under the lock of CinemaForm."""

    def clean(self):
        super().clean()
        if any(self.errors):
            return
        tiers: list[Any] = [
            form.cleaned_data
            for form in self.forms
            if form.cleaned_data and not form.cleaned_data.get("DELETE")
        ]
        if self.instance.pk:
            shown = [form.instance.pk for form in self.initial_forms]
            added_meanwhile = self.instance.refund_tiers.exclude(pk__in=shown)
            tiers += added_meanwhile.values("hours_before", "percent")
        with as_validation_error():
            ensure_refund_tiers_fit(tiers)

    def save(self, commit=True):
        """Delete changed rows before saving them: 24 and 12 hours may become 12 and 6."""
        changed = [form.instance.pk for form in self.initial_forms if form.has_changed()]
        self.instance.refund_tiers.filter(pk__in=changed).delete()
        return super().save(commit)


class RefundTierInline(admin.TabularInline):
    model = RefundTier
    formset = RefundTiersFormSet
    extra = 2
    max_num = MAX_REFUND_TIERS
    verbose_name_plural = "refund rule; without one everything is refunded until the show starts"


class CinemaForm(forms.ModelForm):
    """Validated and saved in one transaction, so the lock lasts until the cinema is saved."""

    time_zone = TimeZoneField()
    currency = CurrencyField()

    class Meta:
        model = Cinema
        fields = [
            "name",
            "city",
            "address",
            "time_zone",
            "currency",
            "trailer_minutes",
        ]

    def full_clean(self):
        super().full_clean()
        if self.is_bound and self.instance.pk and not self.errors:
            before = lock_cinema(self.instance.pk)
            with as_form_errors(self):
                ensure_cinema_can_change(self.instance, before)


class ScreenForm(forms.ModelForm):
    """Validated and saved in one transaction, so the lock lasts until the screen is saved."""

    class Meta:
        model = Screen
        fields = ["cinema", "name", "seating_plan", "turnaround_minutes", "single_seats"]

    def full_clean(self):
        super().full_clean()
        if self.is_bound and self.instance.pk and not self.errors:
            before = lock_screen(self.instance.pk)
            with as_form_errors(self):
                ensure_screen_can_change(self.instance, before)


@admin.register(Cinema)
class CinemaAdmin(DeletionAdmin):
    list_display = ["name", "city", "time_zone", "currency"]
    list_filter = ["city"]
    search_fields = ["name", "city"]
    form = CinemaForm
    inlines = [RefundTierInline, ScreenInline]


@admin.register(Screen)
class ScreenAdmin(LabelSearchAdmin):
    label = Concat("cinema__name", Value(", "), "name")
    list_display = ["name", "cinema", "seating_plan", "turnaround_minutes", "single_seats"]
    list_filter = ["cinema", "single_seats"]
    form = ScreenForm
    fields = [
        "cinema",
        "name",
        "seating_plan",
        "turnaround_minutes",
        "single_seats",
        "picture",
    ]
    readonly_fields = ["picture"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("cinema", "seating_plan")

    def picture(self, screen):
        return picture_of(screen.seating_plan)


@admin.register(SeatCategory)
class SeatCategoryAdmin(DeletionAdmin):
    list_display = [
        "name",
        "color",
        "is_accessible",
        "is_companion",
        "is_sold_in_pairs",
        "has_restricted_view",
    ]
    search_fields = ["name"]

    def get_readonly_fields(self, request, category=None):
        """Keep a name in use: seating plans refer to their categories by name."""
        return ["name"] if category and category.seating_plans.exists() else []


class SeatingPlanForm(forms.ModelForm):
    """A hall, typed or imported. Saving an existing plan makes its next version."""

    text = forms.CharField(
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 24, "cols": 80, "style": "font-family: monospace"}),
        help_text="One line per row: its label, one letter per seat, and _ for a gap. "
        "A&nbsp;&nbsp;ssss_ssss",
    )
    layout = forms.JSONField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "cols": 80}),
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

    class Meta:
        model = SeatingPlan
        fields = ["name", "text", "layout", "focal_x", "focal_y"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["name"].disabled = True
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
        )

    def _post_clean(self):
        """Do nothing: the service has validated the plan and saved it as a new row."""

    def save(self, commit=True):
        return self.saved

    def save_m2m(self):
        """Do nothing: the service has set the categories."""


def _lines(text):
    return [line.rstrip() for line in text.rstrip().splitlines()]


@admin.register(SeatingPlan)
class SeatingPlanAdmin(LabelSearchAdmin):
    label = Concat("name", Value(", version "), Cast("version", CharField()))
    form = SeatingPlanForm
    fields = ["name", "text", "layout", ("focal_x", "focal_y"), "picture"]
    list_display = ["name", "version", "seat_count", "created_at"]
    readonly_fields = ["picture"]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("layout", "text")

    def instead_of_deleting(self, request, seating_plan):
        return its_shows("seating_plan", seating_plan)

    def save_model(self, request, seating_plan, form, change):
        """Do nothing: the form's service has saved it."""

    def picture(self, seating_plan):
        return picture_of(seating_plan)


def picture_of(seating_plan):
    """Return the plan as an SVG picture, or a dash without a plan."""
    if seating_plan is None or seating_plan.pk is None:
        return "-"
    shapes = shapes_of(seating_plan.plan, seating_plan.categories.all())
    # It escapes every text of the plan.
    picture = draw(seating_plan.plan, shapes=shapes, prefix=f"plan-{seating_plan.pk}")
    return mark_safe(f'<div style="max-width: 60rem">{picture}</div>')  # noqa: S308
