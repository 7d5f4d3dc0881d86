"""Shapes of tickets."""

from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from bookings.api.serializers.fields import (
    SeatOfHallSerializer,
    TicketTypeNameField,
)
from bookings.models import Booking
from core.http.fields import RowNumberField, ShownAmountField
from movies.api.serializers.fields import CinemaTimeField, TimeZoneField
from tickets.api.examples import TICKETS
from tickets.codes import LENGTH
from tickets.wallet.signer import usable_signer


class SeatOfTicketSerializer(SeatOfHallSerializer, serializers.ModelSerializer):
    id = RowNumberField()
    ticket_type = TicketTypeNameField()
    price = ShownAmountField()

    class Meta:
        model = Booking
        fields = ["id", "seat_number", "zone", "row", "seat", "category", "ticket_type", "price"]
        read_only_fields = fields


class TicketSerializer(SeatOfTicketSerializer):
    """The ticket of one seat. `code` is what its QR code says; keep it as secret as the ticket."""

    code = serializers.CharField(read_only=True, min_length=LENGTH, max_length=LENGTH)
    text = serializers.CharField(read_only=True, help_text="All that stands on it, in lines.")
    qr_url = serializers.CharField(read_only=True, help_text="Its QR code as SVG.")
    pass_url = serializers.CharField(
        read_only=True, allow_null=True, help_text="Its pass for Apple Wallet, where there is one."
    )

    class Meta(SeatOfTicketSerializer.Meta):
        fields = [*SeatOfTicketSerializer.Meta.fields, "code", "text", "qr_url", "pass_url"]

    def to_representation(self, ticket):
        """Represent an IssuedTicket."""
        number = ticket.booking.number
        return {
            **SEAT_OF_TICKET.to_representation(ticket.booking),
            "code": ticket.code,
            "text": ticket.words.text,
            "qr_url": reverse("ticket-picture", args=[number]),
            "pass_url": reverse("ticket-pass", args=[number]) if usable_signer() else None,
        }


SEAT_OF_TICKET = SeatOfTicketSerializer()


@extend_schema_serializer(examples=[OpenApiExample("answer", TICKETS, response_only=True)])
class OrderTicketsSerializer(serializers.Serializer):
    """The tickets of an order. URLs are paths of this host, and need the token too."""

    order = serializers.CharField(source="order.code", read_only=True)
    show = serializers.IntegerField(source="order.show_id", read_only=True)
    movie_title = serializers.CharField(source="show.movie.title", read_only=True)
    certificate = serializers.CharField(source="show.movie.certificate", read_only=True)
    cinema_name = serializers.CharField(source="show.screen.cinema.name", read_only=True)
    screen_name = serializers.CharField(source="show.screen.name", read_only=True)
    starts_at = CinemaTimeField(source="show.starts_at", read_only=True)
    time_zone = TimeZoneField("show.screen.cinema.time_zone")
    currency = serializers.CharField(source="order.currency", read_only=True)
    name = serializers.CharField(read_only=True, help_text="Of the customer; may be empty.")
    pdf_url = serializers.SerializerMethodField(help_text="All tickets as one PDF.")
    tickets = TicketSerializer(many=True, read_only=True)

    def get_pdf_url(self, issued) -> str:
        return reverse("tickets-pdf", args=[issued.order.code])
