"""The URLs of tickets. `bookings.api.urls` registers the converter of order codes."""

from django.urls import path

from core.http.renderers import SVGRenderer
from tickets.api.door import CheckInViewSet
from tickets.api.permissions import OwnerOrRenewer
from tickets.api.renderers import PassRenderer, PDFRenderer
from tickets.api.tickets import BookingTicketViewSet, OrderTicketsViewSet

file = {"metadata_class": None}  # OPTIONS would describe a file in JSON

tickets = OrderTicketsViewSet.as_view({"get": "tickets"})
pdf = OrderTicketsViewSet.as_view({"get": "pdf"}, renderer_classes=[PDFRenderer], **file)
renew = OrderTicketsViewSet.as_view({"post": "renew"}, permission_classes=[OwnerOrRenewer])
picture = BookingTicketViewSet.as_view({"get": "picture"}, renderer_classes=[SVGRenderer], **file)
wallet_pass = BookingTicketViewSet.as_view(
    {"get": "wallet_pass"}, renderer_classes=[PassRenderer], **file
)

urlpatterns = [
    path("orders/<order_code:code>/tickets/", tickets, name="tickets"),
    path("orders/<order_code:code>/tickets.pdf", pdf, name="tickets-pdf"),
    path("orders/<order_code:code>/tickets/renew/", renew, name="renew-tickets"),
    path("bookings/<int:pk>/ticket.svg", picture, name="ticket-picture"),
    path("bookings/<int:pk>/ticket.pkpass", wallet_pass, name="ticket-pass"),
    path("check-in/redeem/", CheckInViewSet.as_view({"post": "redeem"}), name="redeem"),
    path("check-in/batch/", CheckInViewSet.as_view({"post": "batch"}), name="redeem-batch"),
    path("check-in/annul/", CheckInViewSet.as_view({"post": "annul"}), name="annul"),
    path(
        "check-in/shows/<int:pk>/tickets/",
        CheckInViewSet.as_view({"get": "tickets"}),
        name="door-tickets",
    ),
]
