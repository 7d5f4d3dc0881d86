"""Ticket types and price lists in the admin."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Value
from django.db.models.functions import Concat
from django.http import HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from core.http.admin_deletion import DeletionAdmin, explain
from movies import services
from movies.admin.label_search import LabelSearchAdmin
from movies.admin.own_cinemas import SharedAdmin
from movies.admin.price_grid import PriceListForm
from movies.admin.shows_of import its_shows
from movies.models import Price, PriceList, TicketType

for named in ("category", "ticket_type"):
    explain(Price, named, "Price lists have prices for it.")


@admin.register(TicketType)
class TicketTypeAdmin(SharedAdmin, DeletionAdmin):
    list_display = ["name", "position"]
    list_editable = ["position"]
    search_fields = ["name"]

    def instead_of_deleting(self, request, ticket_type):
        return "A ticket type without prices is no longer sold: remove its prices instead."


@admin.register(PriceList)
class PriceListAdmin(SharedAdmin, LabelSearchAdmin):
    label = Concat("name", Value(" ("), "currency", Value(")"))
    list_display = ["name", "currency"]
    list_filter = ["currency"]
    form = PriceListForm
    fields = ["name", "currency"]
    actions = ["duplicate_selected"]

    def instead_of_deleting(self, request, price_list):
        return its_shows("price_list", price_list, request)

    def save_model(self, request, price_list, form, change):
        """Do nothing: the form's service has saved it."""

    def get_urls(self):
        view = self.admin_site.admin_view(self.duplicate)
        return [
            path("<int:pk>/duplicate/", view, name="movies_pricelist_duplicate"),
            *super().get_urls(),
        ]

    def duplicate(self, request, pk):
        """Save a copy of the list and open it."""
        if not self.has_add_permission(request) or not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        copy = self._duplicate(request, get_object_or_404(PriceList, pk=pk))
        url = reverse("admin:movies_pricelist_change", args=[copy.pk])
        return HttpResponseRedirect(url)

    @admin.action(description="Duplicate selected price lists", permissions=["add"])
    def duplicate_selected(self, request, queryset):
        for price_list in queryset:
            self._duplicate(request, price_list)

    def _duplicate(self, request, price_list):
        copy = services.duplicate_price_list(price_list=price_list)
        self.log_addition(request, copy, f"Duplicated from {price_list}.")
        self.message_user(request, f"Duplicated: {copy}. Give it a name.", messages.SUCCESS)
        return copy
