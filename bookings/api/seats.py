"""The seats of a show: listed, held, booked and blocked."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import Throttled
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response

from accounts.api.permissions import FreshPassword
from accounts.services import ensure_session_confirmed
from bookings import services
from bookings.api.permissions import MayBlockSeats
from bookings.api.serializers.bookings import BookedSerializer
from bookings.api.serializers.orders import HeldOrderSerializer
from bookings.api.serializers.quotes import QuoteSerializer
from bookings.api.serializers.requests import (
    BlockSeatsSerializer,
    BookSeatSerializer,
    SeatSelectionSerializer,
    UnblockSeatsSerializer,
)
from bookings.api.serializers.seats import AvailabilitySerializer, SeatListSerializer
from bookings.api.throttles import count_held_seats, ensure_address_may_hold
from bookings.availability import availability_of
from bookings.occupancy import seat_statuses
from bookings.quotes import quote_for
from bookings.seat_list import seat_list_of
from core.http.cached_reads import CachedReads
from core.http.challenges import HEADER, ChallengeRequired, ensure_challenge_met
from core.http.idempotency import idempotent
from core.http.serving import answer, raises_too, validated
from core.http.throttles import count_work
from movies.api.permissions import StaffChange
from movies.api.serializers.shows import ReasonSerializer, ShowSerializer
from movies.cached_shows import cached_show
from movies.models import Show
from movies.seat_shapes import shapes_of_show
from movies.seating.svg import draw

# The search in a hall takes as long as one further request for so many seats.
SEATS_OF_A_REQUEST = 40


class ShowSeatsViewSet(CachedReads, viewsets.GenericViewSet):
    """The seats of a show: everyone can see them, customers hold and book, staff block them."""

    queryset = Show.objects.with_places()
    lookup_value_converter = "int"
    serializer_class = SeatSelectionSerializer
    permission_classes = [IsAuthenticated]
    tag = "shows"
    large_bodies = ("block", "unblock")  # all seats of a hall
    own_limits = {"hold": "hold", "book": "book", "quote": "quote"}
    calls = {
        "book": services.book_seats,
        "hold": services.hold_seats,
        "quote": quote_for,
        "block": services.block_seats,
        "unblock": services.unblock_seats,
        "cancel": ensure_session_confirmed,
    }

    @extend_schema(operation_id="listSeats", responses=SeatListSerializer)
    @action(detail=True, permission_classes=[AllowAny])
    def seats(self, request, **kwargs):
        """List every seat of a show.

        Each has its place, category, status, prices by ticket type, and a text for screen readers.
        """
        return self.seat_list()

    def seat_list(self):
        return Response(SeatListSerializer(seat_list_of(self.get_object())).data)

    @extend_schema(
        operation_id="drawSeats",
        responses={(200, "image/svg+xml"): OpenApiTypes.STR},
        examples=[
            OpenApiExample("answer", "<svg xmlns=…", media_type="image/svg+xml", response_only=True)
        ],
    )
    def picture(self, request, **kwargs):
        """Draw the seats of a show.

        Each seat is a group with `data-seat` and `data-status`, so a page can repaint the picture.
        """
        show = self.get_object()
        statuses = seat_statuses(show)
        shapes = shapes_of_show(show)
        prefix = f"show-{show.pk}"
        picture = draw(show.plan, statuses, title=str(show), shapes=shapes, prefix=prefix)
        return Response(picture)

    @extend_schema(operation_id="quoteSeats", responses=QuoteSerializer)
    @action(detail=True, methods=["post"], permission_classes=[AllowAny])
    def quote(self, request, pk):
        """Quote the price of seats.

        The same body as for a hold, but nothing is held. In a large hall a quote counts as several
        requests.
        """
        asked, show = validated(SeatSelectionSerializer, request.data), cached_show(pk)
        count_work(request, len(show.seats_by_number) // SEATS_OF_A_REQUEST)
        return answer(QuoteSerializer, quote_for(show=show, request=asked["request"]))

    @extend_schema(
        operation_id="holdSeats", parameters=[HEADER], responses={201: HeldOrderSerializer}
    )
    @action(detail=True, methods=["post"])
    @idempotent
    @raises_too(ChallengeRequired, Throttled)
    def hold(self, request, pk):
        """Hold seats.

        Holds all of them or none, until `expires_at`. `POST orders/{code}/confirm/` books them.
        """
        asked = validated(SeatSelectionSerializer, request.data)
        ensure_address_may_hold(request)
        ensure_challenge_met(request)
        sale = services.hold_seats(customer=request.user, show_id=pk, request=asked["request"])
        count_held_seats(request, len(sale.selection.seat_numbers))
        return answer(HeldOrderSerializer, sale, status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="bookSeat",
        parameters=[HEADER],
        request=BookSeatSerializer,
        responses={201: BookedSerializer},
    )
    @action(detail=True, methods=["post"])
    @idempotent
    @raises_too(ChallengeRequired, Throttled)
    def book(self, request, pk):
        """Book a seat.

        If several customers book the same seat at the same time, one gets 201 and the others 409.
        """
        asked = validated(BookSeatSerializer, request.data)
        ensure_address_may_hold(request)
        ensure_challenge_met(request)
        sale = services.book_seats(customer=request.user, show_id=pk, request=asked["request"])
        count_held_seats(request, len(sale.selection.seat_numbers))
        return answer(BookedSerializer, sale, status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="blockSeats",
        request=BlockSeatsSerializer,
        responses=SeatListSerializer,
    )
    @action(detail=True, methods=["post"], permission_classes=[MayBlockSeats])
    @idempotent
    def block(self, request, **kwargs):
        """Keep seats off sale.

        Staff block seats that are free: all of them or none, with a reason.
        """
        asked = validated(BlockSeatsSerializer, request.data)
        services.block_seats(show=self.get_object(), by=request.user, **asked)
        return self.seat_list()

    @extend_schema(
        operation_id="unblockSeats", request=UnblockSeatsSerializer, responses=SeatListSerializer
    )
    @action(detail=True, methods=["post"], permission_classes=[MayBlockSeats])
    @idempotent
    def unblock(self, request, **kwargs):
        """Put blocked seats back on sale.

        All of them or none; each of them must be blocked.
        """
        asked = validated(UnblockSeatsSerializer, request.data)
        services.unblock_seats(show=self.get_object(), by=request.user, **asked)
        return self.seat_list()

    @extend_schema(operation_id="cancelShow", request=ReasonSerializer, responses=ShowSerializer)
    @action(detail=True, methods=["post"], permission_classes=[StaffChange, FreshPassword])
    @idempotent
    def cancel(self, request, **kwargs):
        """Cancel a show.

        Cancels all of its orders, with a full refund. After an interruption the same call continues
        the work. The show stays at its URL. Needs a password that was given within 15 minutes: by
        the log-in or `auth/confirm/`.
        """
        asked = validated(ReasonSerializer, request.data)
        show = services.cancel_show(show=self.get_object(), by=request.user, **asked)
        shows = Show.objects.with_places().with_price_from().with_available_seats()
        return Response(ShowSerializer(shows.get(pk=show.pk)).data)


class AvailabilityView(CachedReads):
    """Count the seats of a show, and list those that are not available.

    Small, for polling: at most a second old. Answers `If-None-Match` with 304.
    """

    authentication_classes = []
    permission_classes = [AllowAny]
    tag = "shows"

    @extend_schema(operation_id="getAvailability", responses=AvailabilitySerializer)
    def get(self, request, pk):
        return Response(availability_of(pk))
