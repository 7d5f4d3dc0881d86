"""Booking a seat, the customer's bookings, cancelling."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import generics, mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from bookings import errors, services
from bookings.availability import availability_in_memory, availability_of
from bookings.filters import BookingFilter
from bookings.idempotency import idempotent
from bookings.models import Booking
from bookings.permissions import IsOwnBooking, MayBlockSeats
from bookings.seat_list import seats_of, statuses_of
from bookings.serializers import (
    AvailabilitySerializer,
    BlockSeatsSerializer,
    BookingSerializer,
    BookSeatSerializer,
    SeatsSerializer,
    UnblockSeatsSerializer,
)
from movies.errors import ShowCancelled
from movies.models import Show
from movies.seat_map import draw


class SellingViewSet(viewsets.GenericViewSet):
    """The seats of a show: seen by all, booked by customers, kept off sale by staff."""

    queryset = Show.objects.with_places()
    lookup_value_converter = "int"
    serializer_class = BookSeatSerializer
    permission_classes = [IsAuthenticated]
    tag = "shows"
    problems = {
        "block": [errors.SeatUnknown, errors.SeatTaken],
        "unblock": [errors.SeatsNotBlocked],
        "book": [
            ShowCancelled,
            errors.TicketTypeUnknown,
            errors.ShowStarted,
            errors.SalesClosed,
            errors.SeatUnknown,
            errors.SeatLimit,
            errors.SeatTaken,
        ],
    }

    @extend_schema(responses={201: BookingSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def book(self, request, **kwargs):
        """Book a seat.

        Of all who want the same seat at the same time exactly one gets 201, the others 409.
        """
        show = self.get_object()
        wanted = self.get_serializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        booking = services.book_seat(user=request.user, show=show, **wanted.validated_data)
        return Response(BookingSerializer(booking).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=SeatsSerializer)
    @action(detail=True, permission_classes=[AllowAny])
    def seats(self, request, **kwargs):
        """List every seat of a show.

        With its place, category, status, prices by ticket type, and a sentence to read aloud.
        """
        show = self.get_object()
        return Response(SeatsSerializer({"show": show, "seats": seats_of(show)}).data)

    @extend_schema(
        responses={(200, "image/svg+xml"): OpenApiTypes.STR},
        examples=[
            OpenApiExample("answer", "<svg xmlns=…", media_type="image/svg+xml", response_only=True)
        ],
    )
    def picture(self, request, **kwargs):
        """Draw the seats of a show."""
        show = self.get_object()
        return Response(draw(show.plan, statuses_of(show), title=str(show)))

    @extend_schema(request=BlockSeatsSerializer, responses=SeatsSerializer)
    @action(detail=True, methods=["post"], permission_classes=[MayBlockSeats])
    @idempotent
    def block(self, request, **kwargs):
        """Keep seats off sale."""
        return self._change_seats(BlockSeatsSerializer, services.block_seats)

    @extend_schema(request=UnblockSeatsSerializer, responses=SeatsSerializer)
    @action(detail=True, methods=["post"], permission_classes=[MayBlockSeats])
    @idempotent
    def unblock(self, request, **kwargs):
        """Put blocked seats back on sale."""
        return self._change_seats(UnblockSeatsSerializer, services.unblock_seats)

    def _change_seats(self, serializer_class, change):
        show = self.get_object()
        wanted = serializer_class(data=self.request.data)
        wanted.is_valid(raise_exception=True)
        change(show=show, by=self.request.user, **wanted.validated_data)
        return self.seats(self.request)


class AvailabilityView(APIView):
    """Count the seats of a show, and list those not available.

    The small one to poll: at most a second old, and 304 to `If-None-Match`.
    """

    authentication_classes = []
    permission_classes = [AllowAny]
    tag = "shows"

    def dispatch(self, request, pk):
        """What is in memory is sent before DRF begins its work, of which it needs nothing."""
        found = availability_in_memory(pk) if request.method == "GET" else None
        return super().dispatch(request, pk=pk) if found is None else self.answer(found)

    @extend_schema(responses=AvailabilitySerializer)
    def get(self, request, pk):
        return self.answer(availability_of(pk))

    def answer(self, availability):
        return HttpResponse(
            availability.body,
            content_type="application/json",
            headers={"ETag": availability.etag, "Cache-Control": "no-cache"},
        )


class MyBookingsView(generics.ListAPIView):
    """List your bookings.

    The newest first.
    """

    queryset = Booking.objects.with_places()
    serializer_class = BookingSerializer
    filterset_class = BookingFilter
    tag = "bookings"

    def get_queryset(self):
        return super().get_queryset().booked_by(self.request.user)


class BookingViewSet(mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """One of your bookings."""

    queryset = Booking.objects.of_customers().with_places()
    lookup_value_converter = "int"
    serializer_class = BookingSerializer
    permission_classes = [IsOwnBooking]
    tag = "bookings"
    problems = {"cancel": [errors.AlreadyCancelled, errors.CancelTooLate]}

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    @idempotent
    def cancel(self, request, **kwargs):
        """Cancel a booking.

        The seat is free again at once.
        """
        booking = services.cancel_booking(booking=self.get_object(), by=request.user)
        return Response(self.get_serializer(booking).data)
