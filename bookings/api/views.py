"""Seats of shows: seen, held, booked, kept off sale; the customer's orders and bookings."""

import functools

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
)
from rest_framework import generics, mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from bookings import services
from bookings.api.filters import BookingFilter, OrderFilter
from bookings.api.permissions import IsOwnBooking, IsOwnOrder, MayBlockSeats
from bookings.api.serializers.orders import (
    BOOKED,
    BOOKING,
    CANCELLED,
    BookedSerializer,
    BookingSerializer,
    HeldOrderSerializer,
    MovedOrderSerializer,
    OrderSerializer,
    PreviewSerializer,
    QuoteSerializer,
    cancelled,
)
from bookings.api.serializers.seat_requests import (
    SEAT_NUMBER,
    BlockSeatsSerializer,
    BookSeatSerializer,
    CancelOrderSerializer,
    ConfirmSerializer,
    MoveSerializer,
    UnblockSeatsSerializer,
    WantedSerializer,
)
from bookings.api.serializers.seats import AvailabilitySerializer, SeatsSerializer
from bookings.availability import availability_of
from bookings.models import Booking, Order
from bookings.previews import preview_cancelling
from bookings.quotes import quote_for
from bookings.seat_list import seat_list_of, statuses_of
from core.http.idempotency import idempotent
from movies.api.permissions import StaffChange
from movies.api.serializers.shows import ReasonSerializer, ShowSerializer
from movies.cached_shows import cached_show
from movies.models import Show
from movies.seating.svg import draw


def _like(serializer_class, example):
    """An answer that looks otherwise than most of its serializer."""
    return OpenApiResponse(serializer_class, examples=[OpenApiExample("answer", example)])


class SellingViewSet(viewsets.GenericViewSet):
    """The seats of a show: seen by all, held and booked by customers, kept off sale by staff."""

    queryset = Show.objects.with_places()
    lookup_value_converter = "int"
    serializer_class = WantedSerializer
    permission_classes = [IsAuthenticated]
    tag = "shows"
    calls = {
        "book": services.book_seats,
        "hold": services.hold_seats,
        "quote": quote_for,
        "block": services.block_seats,
        "unblock": services.unblock_seats,
    }

    @extend_schema(responses=SeatsSerializer)
    @action(detail=True, permission_classes=[AllowAny])
    def seats(self, request, **kwargs):
        """List every seat of a show.

        With its place, category, status, prices by ticket type, and a sentence to read aloud.
        """
        return Response(SeatsSerializer(seat_list_of(self.get_object())).data)

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

    @extend_schema(responses=QuoteSerializer)
    @action(detail=True, methods=["post"], permission_classes=[AllowAny])
    def quote(self, request, pk):
        """Say what seats would cost.

        The same body as for a hold, but nothing is held.
        """
        asked = _checked(WantedSerializer, request)
        quote = quote_for(cached_show(pk), asked["wanted"])
        return Response(_shown(QuoteSerializer, quote))

    @extend_schema(responses={201: HeldOrderSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def hold(self, request, pk):
        """Hold seats.

        All of them or none, for ten minutes or as long as `expires_at` says. Then
        `POST orders/{code}/confirm/` books them.
        """
        asked = _checked(WantedSerializer, request)
        order = services.hold_seats(user=request.user, show_id=pk, wanted=asked["wanted"])
        return Response(_shown(HeldOrderSerializer, order), status.HTTP_201_CREATED)

    @extend_schema(request=BookSeatSerializer, responses={201: BookedSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def book(self, request, pk):
        """Book a seat.

        Of all who want the same seat at the same time exactly one gets 201, the others 409.
        """
        asked = _checked(BookSeatSerializer, request)
        order = services.book_seats(user=request.user, show_id=pk, wanted=asked["wanted"])
        return Response(_shown(BookedSerializer, order.lines[0]), status.HTTP_201_CREATED)

    @extend_schema(request=BlockSeatsSerializer, responses=SeatsSerializer)
    @action(detail=True, methods=["post"], permission_classes=[MayBlockSeats])
    @idempotent
    def block(self, request, **kwargs):
        """Keep seats off sale."""
        asked = _checked(BlockSeatsSerializer, request)
        show = self.get_object()
        services.block_seats(show=show, by=request.user, **asked)
        return self.seats(request)

    @extend_schema(request=UnblockSeatsSerializer, responses=SeatsSerializer)
    @action(detail=True, methods=["post"], permission_classes=[MayBlockSeats])
    @idempotent
    def unblock(self, request, **kwargs):
        """Put blocked seats back on sale."""
        asked = _checked(UnblockSeatsSerializer, request)
        show = self.get_object()
        services.unblock_seats(show=show, by=request.user, **asked)
        return self.seats(request)

    @extend_schema(request=ReasonSerializer, responses=ShowSerializer)
    @action(detail=True, methods=["post"], permission_classes=[StaffChange])
    @idempotent
    def cancel(self, request, **kwargs):
        """Cancel a show.

        All of its orders are cancelled, with their full price to come back. Where that is
        interrupted, the same call goes on with it. The show stays at its URL.
        """
        asked = _checked(ReasonSerializer, request)
        show = self.get_object()
        services.cancel_show(show=show, by=request.user, **asked)
        shows = Show.objects.with_places().with_price_from().with_available_seats()
        return Response(ShowSerializer(shows.get(pk=show.pk)).data)


def _checked(serializer_class, request):
    """What the request asks for; raises ValidationError."""
    return _serializer(serializer_class).run_validation(request.data)


def _shown(serializer_class, row):
    return _serializer(serializer_class).to_representation(row)


@functools.cache
def _serializer(serializer_class):
    """One for all requests: it takes longer to make one than to use it, and it keeps nothing."""
    return serializer_class()


class AvailabilityView(APIView):
    """Count the seats of a show, and list those not available.

    The small one to poll: at most a second old, and 304 to `If-None-Match`.
    """

    authentication_classes = []
    permission_classes = [AllowAny]
    tag = "shows"

    def dispatch(self, request, pk):
        """What is in memory is sent before DRF begins its work, of which it needs nothing."""
        found = availability_of.peek(pk) if request.method == "GET" else None
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


class OrderViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Your orders, the newest first."""

    queryset = Order.objects.with_lines()
    lookup_field = "code"
    lookup_value_converter = "order_code"
    serializer_class = OrderSerializer
    permission_classes = [IsOwnOrder]
    tag = "orders"
    calls = {
        "confirm": services.confirm_order,
        "extend": services.extend_hold,
        "cancel": services.cancel_order,
        "preview": preview_cancelling,
        "move": services.move_order,
    }

    @property
    def filterset_class(self):
        return OrderFilter if self.action == "list" else None

    def get_queryset(self):
        if self.action == "list":
            return super().get_queryset().placed_by(self.request.user)
        if self.action == "retrieve":
            return super().get_queryset()
        return Order.objects.all()  # the services read what they need, under the lock

    @extend_schema(request=ConfirmSerializer, responses=_like(OrderSerializer, BOOKED))
    @action(detail=True, methods=["post"])
    @idempotent
    def confirm(self, request, **kwargs):
        """Book what an order holds.

        All of it, or `hold_expired`. Where a payment was made, `payment_reference` is kept with
        the bookings. A second time changes nothing.
        """
        asked = _checked(ConfirmSerializer, request)
        order = services.confirm_order(order=self.get_object(), **asked)
        return Response(_shown(OrderSerializer, order))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    @idempotent
    def extend(self, request, **kwargs):
        """Hold the seats of an order for longer.

        From now as long as at first, but not beyond `extendable_until`.
        """
        order = services.extend_hold(order=self.get_object())
        return Response(_shown(OrderSerializer, order))

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "seat_numbers",
                {"type": "array", "items": SEAT_NUMBER, "minItems": 1, "maxItems": 5000},
                explode=False,
                description="With commas between: F7,F8. Left out: all.",
            )
        ],
        responses=PreviewSerializer,
    )
    @action(detail=True, url_path="cancel/preview")
    def preview(self, request, **kwargs):
        """Say what cancelling an order would bring back.

        Now, and from when on it will be less.
        """
        asked = _serializer(CancelOrderSerializer).run_validation(
            _listed(request.query_params, "seat_numbers")
        )
        preview = preview_cancelling(order=self.get_object(), **asked)
        return Response(_shown(PreviewSerializer, preview))

    @extend_schema(request=CancelOrderSerializer, responses=_like(OrderSerializer, CANCELLED))
    @action(detail=True, methods=["post"])
    @idempotent
    def cancel(self, request, **kwargs):
        """Cancel an order, or some of its seats.

        Each booking then says in `refund` what comes back, by the refund rule of the cinema.
        """
        asked = _checked(CancelOrderSerializer, request)
        order = services.cancel_order(order=self.get_object(), by=request.user, **asked)
        return Response(_shown(OrderSerializer, order))

    @extend_schema(request=MoveSerializer, responses=MovedOrderSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def move(self, request, **kwargs):
        """Move an order to other seats, or to another show of its movie.

        In one step: where it cannot be done, the order stays as it is. `difference` is what the
        new seats cost more or less, `refund` what of it comes back.
        """
        asked = _checked(MoveSerializer, request)
        order = services.move_order(
            order=self.get_object(),
            show=asked.get("show"),
            wanted=asked["wanted"],
            by=request.user,
            payment_reference=asked.get("payment_reference", ""),
        )
        return Response(_shown(MovedOrderSerializer, order))


def _listed(parameters, name):
    """The words of a query parameter with commas between, as a body would list them."""
    given = parameters.getlist(name)
    return {name: ",".join(given).split(",")} if given else {}


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
    calls = {"cancel": services.cancel_booking}

    @extend_schema(request=None, responses=_like(BookingSerializer, cancelled(BOOKING)))
    @action(detail=True, methods=["post"])
    @idempotent
    def cancel(self, request, **kwargs):
        """Cancel a booking.

        The seat is free again at once.
        """
        booking = services.cancel_booking(booking=self.get_object(), by=request.user)
        return Response(_shown(BookingSerializer, booking))
