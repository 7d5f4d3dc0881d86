"""A customer's orders and bookings."""

from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
)
from rest_framework import generics, mixins, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import Throttled

from bookings import services
from bookings.api.examples import BOOKED_ORDER, BOOKING, CANCELLED_ORDER, cancelled
from bookings.api.filters import BookingFilter, OrderFilter
from bookings.api.permissions import IsOwnBooking, IsOwnOrder
from bookings.api.serializers.bookings import BookingSerializer
from bookings.api.serializers.orders import MovedOrderSerializer, OrderSerializer
from bookings.api.serializers.quotes import PreviewSerializer
from bookings.api.serializers.requests import (
    SEAT_NUMBER,
    CancelOrderSerializer,
    ConfirmSerializer,
    MoveSerializer,
)
from bookings.api.throttles import (
    count_held_seats,
    count_released_seats,
    ensure_address_may_hold,
)
from bookings.models import Booking, Order
from bookings.order_reading import find_order, read_order
from bookings.previews import preview_cancelling
from core.http.idempotency import idempotent
from core.http.serving import answer, raises_too, validated
from core.http.unknown import KnownParameters, NoFieldsSerializer
from movies.seating.limits import MAX_SEATS


def _with_example(serializer_class, example):
    """Describe a response by its serializer, with another example."""
    return OpenApiResponse(serializer_class, examples=[OpenApiExample("answer", example)])


class OrderViewSet(
    KnownParameters, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """Your orders, the newest first."""

    queryset = Order.objects.with_bookings()
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
    own_limits = {"move": "move"}
    query_parameters = {"preview": ["seat_numbers"]}
    repeatable_parameters = ["seat_numbers"]  # as ?seat_numbers=F7&seat_numbers=F8

    @property
    def filterset_class(self):
        return OrderFilter if self.action == "list" else None

    def get_queryset(self):
        if self.action == "list":
            return Order.objects.with_bookings().placed_by(self.request.user)
        return super().get_queryset()

    def get_object(self):
        """Return the order, alone for services: they read what they need, under the lock."""
        if self.action == "preview":
            return super().get_object()
        order = find_order(self.kwargs["code"])
        self.check_object_permissions(self.request, order)
        return order

    def retrieve(self, request, code):
        state = read_order(code)
        self.check_object_permissions(request, state.order)
        return answer(OrderSerializer, state)

    @extend_schema(
        operation_id="confirmOrder",
        request=ConfirmSerializer,
        responses=_with_example(OrderSerializer, BOOKED_ORDER),
    )
    @action(detail=True, methods=["post"])
    @idempotent
    def confirm(self, request, **kwargs):
        """Book what an order holds.

        Books all of its seats, or none with `hold_expired`. A `payment_reference` is stored with
        the bookings. Confirming again changes nothing.
        """
        asked = validated(ConfirmSerializer, request.data)
        return answer(OrderSerializer, services.confirm_order(order=self.get_object(), **asked))

    @extend_schema(operation_id="extendHold", request=None)
    @action(detail=True, methods=["post"])
    @idempotent
    def extend(self, request, **kwargs):
        """Hold the seats of an order for longer.

        The time starts again from now, but does not go beyond `extendable_until`.
        """
        validated(NoFieldsSerializer, request.data)
        return answer(OrderSerializer, services.extend_hold(order=self.get_object()))

    @extend_schema(
        operation_id="previewCancellation",
        parameters=[
            OpenApiParameter(
                "seat_numbers",
                {"type": "array", "items": SEAT_NUMBER, "minItems": 1, "maxItems": MAX_SEATS},
                explode=False,
                description="Separated by commas: F7,F8. Without it: all seats of the order.",
            )
        ],
        responses=PreviewSerializer,
    )
    @action(detail=True, url_path="cancel/preview")
    def preview(self, request, **kwargs):
        """Preview the refund of a cancellation.

        The refund now, and after the next change by the refund rule.
        """
        asked = validated(CancelOrderSerializer, _listed(request.query_params, "seat_numbers"))
        return answer(PreviewSerializer, preview_cancelling(order=self.get_object(), **asked))

    @extend_schema(
        operation_id="cancelOrder",
        request=CancelOrderSerializer,
        responses=_with_example(OrderSerializer, CANCELLED_ORDER),
    )
    @action(detail=True, methods=["post"])
    @idempotent
    def cancel(self, request, **kwargs):
        """Cancel an order, or some of its seats.

        `refund` of each booking is the amount to return, by the refund rule of the cinema. Seats
        that are cancelled while the order keeps others are then in `former_bookings`.
        """
        asked = validated(CancelOrderSerializer, request.data)
        cancellation = services.cancel_order(order=self.get_object(), by=request.user, **asked)
        count_released_seats(request, len(cancellation.cancelled))
        return answer(OrderSerializer, cancellation)

    @extend_schema(operation_id="moveOrder", request=MoveSerializer, responses=MovedOrderSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    @raises_too(Throttled)
    def move(self, request, **kwargs):
        """Move an order to other seats, or to another show of its movie.

        A hold may grow and shrink, and keeps its time. A booked order keeps its number of seats.
        The old seats are then in `former_bookings`. If it fails, the order stays as it is.
        `difference` is the new total less the old one, `refund` the part of it that is refunded.
        """
        asked = validated(MoveSerializer, request.data)
        ensure_address_may_hold(request)
        move = services.move_order(
            order=self.get_object(),
            show=asked.get("show"),
            request=asked["request"],
            by=request.user,
            payment_reference=asked.get("payment_reference", ""),
        )
        count_held_seats(request, len(move.selection.seat_numbers))
        count_released_seats(request, len(move.left))
        return answer(MovedOrderSerializer, move)


def _listed(parameters, name):
    """Return the values of a comma-separated query parameter as a body would list them."""
    values = parameters.getlist(name)
    return {name: ",".join(values).split(",")} if values else {}


@extend_schema_view(get=extend_schema(operation_id="listMyBookings"))
class MyBookingsView(KnownParameters, generics.ListAPIView):
    """List your bookings.

    The newest first.
    """

    queryset = Booking.objects.with_places()
    serializer_class = BookingSerializer
    filterset_class = BookingFilter
    tag = "bookings"

    def get_queryset(self):
        return Booking.objects.with_places().booked_by(self.request.user)


class BookingViewSet(KnownParameters, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """One of your bookings."""

    queryset = Booking.objects.of_customers()
    lookup_value_converter = "int"
    serializer_class = BookingSerializer
    permission_classes = [IsOwnBooking]
    tag = "bookings"
    calls = {"cancel": services.cancel_booking}

    def get_object(self):
        bookings = Booking.objects.of_customers().with_places()
        numbered = bookings.numbered(self.kwargs["pk"], owner=self.request.user)
        booking = generics.get_object_or_404(numbered)
        self.check_object_permissions(self.request, booking)
        return booking

    @extend_schema(
        operation_id="cancelBooking",
        request=None,
        responses=_with_example(BookingSerializer, cancelled(BOOKING)),
    )
    @action(detail=True, methods=["post"])
    @idempotent
    def cancel(self, request, **kwargs):
        """Cancel a booking.

        The seat is free again at once.
        """
        validated(NoFieldsSerializer, request.data)
        booking = services.cancel_booking(booking=self.get_object(), by=request.user)
        count_released_seats(request, 1)
        return answer(BookingSerializer, booking)
