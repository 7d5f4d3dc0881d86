"""Booking a seat, the customer's bookings, cancelling."""

from drf_spectacular.utils import extend_schema
from rest_framework import generics, mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from bookings import errors, services
from bookings.filters import BookingFilter
from bookings.models import Booking
from bookings.permissions import IsOwnBooking
from bookings.serializers import BookingSerializer, BookSeatSerializer
from movies.models import Show


class SellingViewSet(viewsets.GenericViewSet):
    """What a customer can do with a show."""

    queryset = Show.objects.with_places()
    lookup_value_converter = "int"
    serializer_class = BookSeatSerializer
    permission_classes = [IsAuthenticated]
    tag = "shows"
    problems = {
        "book": [
            errors.ShowStarted,
            errors.SalesClosed,
            errors.SeatUnknown,
            errors.SeatLimit,
            errors.SeatTaken,
        ]
    }

    @extend_schema(responses={201: BookingSerializer})
    @action(detail=True, methods=["post"])
    def book(self, request, **kwargs):
        """Book a seat.

        Of all who want the same seat at the same time exactly one gets 201, the others 409.
        """
        show = self.get_object()
        wanted = self.get_serializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        booking = services.book_seat(user=request.user, show=show, **wanted.validated_data)
        return Response(BookingSerializer(booking).data, status=status.HTTP_201_CREATED)


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
    def cancel(self, request, **kwargs):
        """Cancel a booking.

        The seat is free again at once.
        """
        booking = services.cancel_booking(booking=self.get_object(), by=request.user)
        return Response(self.get_serializer(booking).data)
