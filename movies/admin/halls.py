"""Cinemas, screens and seat categories in the admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Value
from django.db.models.functions import Concat

from core.http.admin_deletion import DeletionAdmin, explain
from core.http.form_errors import as_form_errors, as_validation_error
from movies.admin.choices import CurrencyField, TimeZoneField
from movies.admin.label_search import LabelSearchAdmin
from movies.admin.own_cinemas import OwnCinemasAdmin, SharedAdmin
from movies.admin.seating_plans import HALL_STYLE, picture_of
from movies.limits import MAX_REFUND_TIERS
from movies.locks import lock_cinema, lock_screen
from movies.models import Cinema, RefundTier, Screen, SeatCategory, StaffCinema
from movies.models.halls import CategoryOfPlan
from movies.rules.halls import ensure_cinema_can_change, ensure_screen_can_change
from movies.rules.refund_tiers import ensure_refund_tiers_fit
from movies.services.cinemas import refund_rule_on_record

explain(StaffCinema, "cinema", "Members of staff are limited to it.")
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
        with refund_rule_on_record(self.instance):
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
class CinemaAdmin(OwnCinemasAdmin, SharedAdmin, DeletionAdmin):
    cinema = "pk"
    list_display = ["name", "city", "time_zone", "currency"]
    list_filter = ["city"]
    search_fields = ["name", "city"]
    form = CinemaForm
    inlines = [RefundTierInline, ScreenInline]


@admin.register(Screen)
class ScreenAdmin(OwnCinemasAdmin, LabelSearchAdmin):
    cinema = "cinema"
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

    class Media:
        css = HALL_STYLE

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("cinema", "seating_plan")

    def picture(self, screen):
        return picture_of(screen.seating_plan)


@admin.register(SeatCategory)
class SeatCategoryAdmin(SharedAdmin, DeletionAdmin):
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
