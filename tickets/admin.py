"""Tickets on the page of an order, and the list of admissions."""

from collections.abc import Callable
from functools import partial
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from accounts.models import User
from audit.looks import shows_customers
from bookings.admin.local_times import local_time
from bookings.admin.orders import OrderAdmin
from bookings.models import Order
from bookings.order_reading import read_order
from core.errors import DomainError
from core.http.admin_deletion import explain
from core.http.admin_guard import ID
from movies.admin.own_cinemas import OwnCinemasAdmin
from tickets.issuing import issue_tickets
from tickets.models import Admission, Ticket, TicketBlock
from tickets.pdf import print_tickets
from tickets.services import block_tickets, renew_tickets, unblock_tickets

shows_customers("tickets.admission")

explain(Ticket, "renewed_by", "This user has renewed tickets.")
explain(Admission, "show", "People were let in.")
explain(Admission, "scanned_by", "This user has scanned tickets.")
explain(Admission, "annulled_by", "This user has annulled admissions.")

explain(TicketBlock, "changed_by", "This user has blocked tickets.")
explain(TicketBlock, "order", "Its tickets were blocked.")


class BlockForm(forms.Form):
    reason = forms.CharField(
        max_length=TicketBlock.REASON_LENGTH,
        widget=forms.TextInput(attrs={"size": 60}),
        help_text="Stored with the order, together with your name and the time.",
    )


# bookings is below this app and knows no tickets, so its page is replaced by one that does.
admin.site.unregister(Order)


@admin.register(Order)
class TicketOrderAdmin(OrderAdmin):
    change_form_template = "admin/tickets/order.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path(
                "<path:object_id>/tickets.pdf",
                view(self.tickets_pdf),
                name="bookings_order_tickets",
            ),
            path(
                "<path:object_id>/tickets/renew/",
                view(self.renew_page),
                name="bookings_order_renew",
            ),
            path(
                "<path:object_id>/tickets/block/",
                view(self.block_page),
                name="bookings_order_block",
            ),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {
            "may_view_tickets": request.user.has_perm("tickets.view_ticket"),
            "may_renew_tickets": request.user.has_perm("tickets.renew_ticket"),
            "may_block_tickets": request.user.has_perm("tickets.block_tickets"),
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, context)

    def tickets_pdf(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send the tickets of the order as a PDF."""
        order = self._find(request, object_id, "tickets.view_ticket")
        try:
            issued = issue_tickets(state=read_order(order.code))
        except DomainError as problem:
            return self._back(request, order, str(problem))
        content = print_tickets(issued.tickets, title=f"Tickets of order {order}")
        name = f'inline; filename="tickets-{order}.pdf"'
        headers = {"Content-Disposition": name}
        return HttpResponse(content, content_type="application/pdf", headers=headers)

    def renew_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, and then make the present codes void."""
        order = self._find(request, object_id, "tickets.renew_ticket")
        if request.method != "POST":
            context = self._context(request, order, f"Renew the tickets of {order}")
            return TemplateResponse(request, "admin/tickets/renew.html", context)
        act = partial(renew_tickets, order=order, by=cast(User, request.user))
        return self._done(request, order, act, "The tickets are renewed, and the old ones void.")

    def block_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, and then block the tickets of an order; or unblock them."""
        order = self._find(request, object_id, "tickets.block_tickets")
        by = cast(User, request.user)
        block = TicketBlock.objects.filter(pk=order.pk, is_blocked=True).first()
        form = None if block else BlockForm(request.POST or None)
        if block and request.method == "POST":
            act = partial(unblock_tickets, order=order, by=by)
            return self._done(request, order, act, "The tickets are unblocked.")
        if form and form.is_valid():
            act = partial(block_tickets, order=order, by=by, reason=form.cleaned_data["reason"])
            return self._done(request, order, act, "The tickets are blocked.")
        context = self._context(request, order, f"Block the tickets of {order}")
        context |= {"form": form, "is_blocked": block is not None}
        context |= {"reason": block.reason if block else ""}
        return TemplateResponse(request, "admin/tickets/block.html", context)

    def _context(self, request: HttpRequest, order: Order, title: str) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "original": order,
            "page": _page_of(order),
        }

    def _done(
        self, request: HttpRequest, order: Order, act: Callable[[], object], sentence: str
    ) -> HttpResponse:
        """Call the service, and lead back to the order with the sentence or the reason."""
        try:
            act()
        except DomainError as problem:
            return self._back(request, order, str(problem))
        return self._back(request, order, sentence, messages.SUCCESS)

    def _find(self, request: HttpRequest, object_id: str, right: str) -> Order:
        """Return the order, if the user may see it and has the right for its tickets."""
        order = self.get_object(request, object_id) if ID.fullmatch(object_id) else None
        if order is None:
            raise Http404("There is no such order.")
        if not (request.user.has_perm(right) and self.has_view_permission(request, order)):
            raise PermissionDenied
        return order

    def _back(
        self, request: HttpRequest, order: Order, sentence: str, level: int = messages.WARNING
    ) -> HttpResponse:
        self.message_user(request, sentence, level)
        return HttpResponseRedirect(_page_of(order))


def _page_of(order: Order) -> str:
    return reverse("admin:bookings_order_change", args=[order.pk])


@admin.register(Admission)
class AdmissionAdmin(OwnCinemasAdmin):
    """Who was let in and who was not. Only the door writes these rows."""

    cinema = "show__screen__cinema"
    list_display = ["scanned", "result", "reason", "seat", "order", "show", "device", "scanned_by"]
    list_filter = ["result", "reason", "is_double", "is_offline", "show__screen__cinema"]
    list_select_related = [
        "booking__order",
        "show__movie",
        "show__screen__cinema",
        "scanned_by",
        "annulled_by",
    ]
    ordering = ["-id"]
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # would count the rows of each filter's choices
    fields = [
        "scanned",
        "result",
        "reason",
        "seat",
        "order",
        "show",
        "device",
        "scanned_by",
        "is_offline",
        "is_double",
        "annulled_at",
        "annulled_by",
        "annul_reason",
        "request_id",
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="scanned", ordering="scanned_at")
    def scanned(self, admission: Admission) -> str:
        show = admission.show
        return local_time(show, admission.scanned_at) if show else f"{admission.scanned_at} UTC"

    @admin.display(description="seat")
    def seat(self, admission: Admission) -> str:
        return admission.booking.seat_number if admission.booking else "-"

    @admin.display(description="order")
    def order(self, admission: Admission) -> str:
        return str(admission.booking.order) if admission.booking else "-"
