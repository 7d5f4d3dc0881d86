"""Ticket types and price lists in the admin."""

from collections import Counter

from django import forms
from django.contrib import admin

from core.http.admin_deletion import DeletionAdmin, explain
from core.http.form_errors import as_validation_error
from core.money import has_its_digits, sentence_of_digits, shown
from movies.admin.shows_of import its_shows
from movies.limits import MAX_PRICES
from movies.locks import lock_price_list
from movies.models import Price, PriceList, TicketType
from movies.rules.prices import ensure_upcoming_shows_can_be_sold

for named in ("category", "ticket_type"):
    explain(Price, named, "Price lists have prices for it.")


@admin.register(TicketType)
class TicketTypeAdmin(DeletionAdmin):
    list_display = ["name", "position"]
    list_editable = ["position"]
    search_fields = ["name"]

    def instead_of_deleting(self, request, ticket_type):
        return "A ticket type without prices is no longer sold: remove its prices instead."


class PriceForm(forms.ModelForm):
    """A price, shown with the digits of its currency."""

    class Meta:
        model = Price
        fields = ["category", "ticket_type", "amount"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            currency = self.instance.price_list.currency
            self.initial["amount"] = shown(self.instance.amount, currency)


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
            listed = [form.instance.pk for form in self.initial_forms]
            added = self.instance.prices.exclude(pk__in=listed)  # by others meanwhile
            kept += [
                (price.category, price.ticket_type)
                for price in added.select_related("category", "ticket_type")
            ]
        for form in self.forms:
            amount = form.cleaned_data.get("amount")
            if amount is not None and not has_its_digits(amount, self.instance.currency):
                form.add_error("amount", sentence_of_digits(self.instance.currency))
        for (category, ticket_type), count in Counter(kept).items():
            if count > 1:
                raise forms.ValidationError(f"{category}, {ticket_type} has two prices.")
        if self.instance.pk:
            names = {(category.name, ticket_type.name) for category, ticket_type in kept}
            with as_validation_error():
                ensure_upcoming_shows_can_be_sold(self.instance, names)


class PriceInline(admin.TabularInline):
    model = Price
    form = PriceForm
    formset = PricesFormSet
    extra = 3
    max_num = MAX_PRICES
    readonly_fields = ["cost"]

    @admin.display(description="amount")
    def cost(self, price):
        return shown(price.amount, price.price_list.currency)

    def get_fields(self, request, obj=None):
        may_change = self.has_change_permission(request, obj)
        return ["category", "ticket_type", "amount" if may_change else "cost"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("category", "ticket_type", "price_list")


@admin.register(PriceList)
class PriceListAdmin(DeletionAdmin):
    list_display = ["name", "currency"]
    list_filter = ["currency"]
    search_fields = ["name"]
    inlines = [PriceInline]

    def instead_of_deleting(self, request, price_list):
        return its_shows("price_list", price_list)

    def save_model(self, request, obj, form, change):
        if change:
            obj.version = lock_price_list(obj.pk).version + 1
        super().save_model(request, obj, form, change)
