"""Tickets of orders and of single bookings."""

from typing import cast

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import generics, viewsets
from rest_framework.exceptions import Throttled
from rest_framework.response import Response

from bookings.models import Booking, Order
from bookings.order_reading import read_order
from core.http.idempotency import idempotent
from core.http.serving import answer, raises_too, validated
from core.http.throttles import count_work
from core.http.unknown import KnownParameters, NoFieldsSerializer
from tickets import services
from tickets.api.permissions import OwnerOrStaff
from tickets.api.renderers import PassRenderer
from tickets.api.serializers.tickets import OrderTicketsSerializer
from tickets.errors import WalletNotConfigured
from tickets.issuing import issue_ticket, issue_tickets
from tickets.pdf import print_tickets
from tickets.qr import draw_svg
from tickets.wallet.passes import pass_of


def _file(media_type, schema, beginning):
    """Describe an answer that is a file, with its beginning as the example."""
    return {
        "responses": {(200, media_type): schema},
        "examples": [
            OpenApiExample("answer", beginning, media_type=media_type, response_only=True)
        ],
    }


class OrderTicketsViewSet(KnownParameters, viewsets.GenericViewSet):
    """The tickets of an order: for its customer, and for staff with the right."""

    queryset = Order.objects.all()
    lookup_field = "code"
    permission_classes = [OwnerOrStaff]
    serializer_class = OrderTicketsSerializer
    tag = "tickets"
    calls = {
        "tickets": issue_tickets,
        "pdf": issue_tickets,
        "renew": services.renew_tickets,
    }

    def find_state(self):
        """Return the order with its bookings, if the caller may see its tickets."""
        state = read_order(self.kwargs["code"])
        self.check_object_permissions(self.request, state.order)
        return state

    @extend_schema(operation_id="getTickets")
    def tickets(self, request, code):
        """Get the tickets of an order.

        One for each booked seat, with the code that its QR says, and with its text.
        """
        return answer(OrderTicketsSerializer, issue_tickets(state=self.find_state()))

    @extend_schema(
        operation_id="printTickets", **_file("application/pdf", OpenApiTypes.BINARY, "%PDF-1.4…")
    )
    @raises_too(Throttled)
    def pdf(self, request, code):
        """Print the tickets of an order.

        One PDF, three tickets on a page of A4. Counts as one further request for each ticket.
        """
        issued = issue_tickets(state=self.find_state())
        count_work(request, len(issued.tickets))
        headers = {"Content-Disposition": f'inline; filename="tickets-{code}.pdf"'}
        return Response(
            print_tickets(issued.tickets, title=f"Tickets of order {code}"), headers=headers
        )

    @extend_schema(operation_id="renewTickets", request=None)
    @idempotent
    def renew(self, request, code):
        """Renew the tickets of an order.

        Each seat gets a new code, and the old codes are void: the door refuses them.
        """
        validated(NoFieldsSerializer, request.data)
        state = services.renew_tickets(order=self.find_state().order, by=request.user)
        return answer(OrderTicketsSerializer, issue_tickets(state=state))


class BookingTicketViewSet(KnownParameters, viewsets.GenericViewSet):
    """The ticket of one booking."""

    queryset = Booking.objects.of_customers()
    permission_classes = [OwnerOrStaff]
    tag = "tickets"
    calls = {"picture": issue_ticket, "wallet_pass": issue_ticket}

    def find_ticket(self):
        """Return the issued ticket, if the caller may see it."""
        bookings = Booking.objects.of_customers()
        numbered = bookings.numbered(self.kwargs["pk"], owner=self.request.user)
        found = generics.get_object_or_404(numbered.select_related("order"))
        state = read_order(cast(Order, found.order).code)
        self.check_object_permissions(self.request, state.order)
        [booking] = [each for each in state.bookings if each.pk == found.pk]
        return issue_ticket(booking=booking, state=state)

    @extend_schema(
        operation_id="drawTicket", **_file("image/svg+xml", OpenApiTypes.STR, "<svg xmlns=…")
    )
    def picture(self, request, pk):
        """Draw the QR code of a ticket.

        An SVG picture with a white border, which is read on a dark page too.
        """
        ticket = self.find_ticket()
        title = f"Ticket for {ticket.words.place}, order {ticket.words.order}"
        return Response(draw_svg(ticket.code, title=title))

    @extend_schema(
        operation_id="getWalletPass",
        **_file(PassRenderer.media_type, OpenApiTypes.BINARY, "PK…"),
    )
    @raises_too(WalletNotConfigured)
    def wallet_pass(self, request, pk):
        """Get a ticket as a pass for Apple Wallet.

        Only where the cinema has a certificate for passes: see `pass_url`.
        """
        ticket = self.find_ticket()
        headers = {"Content-Disposition": f'inline; filename="ticket-{pk}.pkpass"'}
        return Response(pass_of(ticket), headers=headers)
