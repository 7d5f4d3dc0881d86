"""Ticket types and price lists in the admin."""

from collections import Counter

from django import forms
from django.contrib import admin

from core.http.form_errors import as_validation_error
from movies.limits import MAX_PRICES
from movies.locks import lock_price_list
from movies.models import Price, PriceList, TicketType
from movies.rules.prices import ensure_upcoming_shows_can_be_sold


@admin.register(TicketType)
class TicketTypeAdmin(admin.ModelAdmin):
    list_display = ["name", "position"]
    list_editable = ["position"]
    search_fields = ["name"]


class PricesFormSet(forms.BaseInlineFormSet):
    """The prices of a list, which upcoming shows must still be sold with."""

    def clean(self):
        super().clean()
        if self.errors and any(self.errors):
            return
        kept = [
            (form.cleaned_data["category"], form.cleaned_data["ticket_type"])
            for form in self.forms
            if form.cleaned_data and not form.cleaned_data.get("DELETE")
        ]
        if self.instance.pk:
            # The admin validates and saves in one transaction, so the lock lasts until the save.
            lock_price_list(self.instance.pk)
            shown = [form.instance.pk for form in self.initial_forms]
            added = self.instance.prices.exclude(pk__in=shown)  # by others meanwhile
            kept += [
                (price.category, price.ticket_type)
                for price in added.select_related("category", "ticket_type")
            ]
        for (category, ticket_type), count in Counter(kept).items():
            if count > 1:
                raise forms.ValidationError(f"{category}, {ticket_type} has two prices.")
        if self.instance.pk:
            names = {(category.name, ticket_type.name) for category, ticket_type in kept}
            with as_validation_error():
                ensure_upcoming_shows_can_be_sold(self.instance, names)


class PriceInline(admin.TabularInline):
    model = Price
    formset = PricesFormSet
    extra = 3
    max_num = MAX_PRICES

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("category", "ticket_type")


@admin.register(PriceList)
class PriceListAdmin(admin.ModelAdmin):
    list_display = ["name", "currency"]
    list_filter = ["currency"]
    search_fields = ["name"]
    inlines = [PriceInline]
