"""What is on: public to read; staff with the model permission also write."""

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from core.http.cached_reads import CachedReads
from movies import services
from movies.api import filters
from movies.api.permissions import StaffOnly, StaffWriteAllRead
from movies.api.serializers import catalogue, halls, prices, shows
from movies.models import (
    Cinema,
    Genre,
    Movie,
    PriceList,
    Screen,
    SeatCategory,
    SeatingPlan,
    Show,
    TicketType,
)


class MovieViewSet(CachedReads, viewsets.ModelViewSet):
    """Movies: search, filter and order them."""

    queryset = Movie.objects.prefetch_related("genres")
    serializer_class = catalogue.MovieSerializer
    lookup_value_converter = "int"
    permission_classes = [StaffWriteAllRead]
    filterset_class = filters.MovieFilter
    tag = "movies"

    def perform_create(self, serializer):
        with transaction.atomic():  # the movie and its genres
            serializer.save()

    perform_update = perform_create


class CinemaViewSet(CachedReads, viewsets.ModelViewSet):
    """Sites with their screens, time zone, currency and refund rule."""

    queryset = Cinema.objects.prefetch_related("screens", "refund_tiers")
    serializer_class = halls.CinemaSerializer
    lookup_value_converter = "int"
    permission_classes = [StaffWriteAllRead]
    tag = "movies"
    calls = {"update": services.change_cinema, "partial_update": services.change_cinema}

    def perform_create(self, serializer):
        serializer.instance = services.add_cinema(**serializer.validated_data)

    def perform_update(self, serializer):
        services.change_cinema(cinema=serializer.instance, changes=serializer.validated_data)
        serializer.instance = self.get_object()


class StaffViewSet(viewsets.ModelViewSet):
    """What only staff with the model's permission see and write."""

    lookup_value_converter = "int"
    permission_classes = [StaffOnly]
    tag = "staff"


class GenreViewSet(StaffViewSet):
    """The genres that movies may have."""

    queryset = Genre.objects.all()
    serializer_class = catalogue.GenreSerializer


class ScreenViewSet(StaffViewSet):
    """The halls of the cinemas."""

    queryset = Screen.objects.select_related("cinema")
    serializer_class = halls.ScreenSerializer
    calls = {"update": services.change_screen, "partial_update": services.change_screen}

    def perform_update(self, serializer):
        serializer.instance = services.change_screen(
            screen=serializer.instance, changes=serializer.validated_data
        )


class SeatCategoryViewSet(StaffViewSet):
    """What kinds of seats there are, and what that means for selling them."""

    queryset = SeatCategory.objects.all()
    serializer_class = halls.SeatCategorySerializer


class SeatingPlanViewSet(StaffViewSet):
    """The seats of a hall, typed as text or imported as an open seating plan.

    A plan never changes: `PUT` makes its next version, to which its screens move. Shows keep the
    version they were put on sale with.
    """

    queryset = SeatingPlan.objects.prefetch_related("categories")
    serializer_class = halls.SeatingPlanSerializer
    http_method_names = ["get", "head", "options", "post", "put", "delete"]

    def get_queryset(self):
        plans = super().get_queryset()
        return plans.defer("layout") if self.action == "list" else plans

    def get_serializer_class(self):
        is_list = self.action == "list"
        return halls.SeatingPlanListSerializer if is_list else super().get_serializer_class()

    def perform_create(self, serializer):
        serializer.instance = services.save_seating_plan(**serializer.validated_data)

    def perform_update(self, serializer):
        serializer.instance = services.save_seating_plan(
            replaces=serializer.instance, **serializer.validated_data
        )


class TicketTypeViewSet(StaffViewSet):
    """Adult, child, senior..."""

    queryset = TicketType.objects.all()
    serializer_class = prices.TicketTypeSerializer


class PriceListViewSet(StaffViewSet):
    """Amounts by seat category and ticket type, in one currency."""

    queryset = PriceList.objects.prefetch_related("prices__category", "prices__ticket_type")
    serializer_class = prices.PriceListSerializer
    http_method_names = ["get", "head", "options", "post", "put", "delete"]
    calls = {"update": services.save_price_list}

    def perform_create(self, serializer):
        self._save(serializer, PriceList())

    def perform_update(self, serializer):
        self._save(serializer, serializer.instance)

    def _save(self, serializer, price_list):
        fields = serializer.validated_data
        price_list.name, price_list.currency = fields["name"], fields["currency"]
        services.save_price_list(price_list=price_list, prices=fields["prices"])
        serializer.instance = self.get_queryset().get(pk=price_list.pk)


class ShowViewSet(CachedReads, viewsets.ModelViewSet):
    """Shows, the next one first. Without `upcoming=false`, only those yet to start.

    Cancelled shows are not in lists, but still at their own URL.
    """

    queryset = Show.objects.with_places().with_price_from()
    serializer_class = shows.ShowSerializer
    lookup_value_converter = "int"
    permission_classes = [StaffWriteAllRead]
    tag = "shows"
    calls = {
        "create": services.schedule_show,
        "update": services.change_show,
        "partial_update": services.change_show,
        "schedule": services.schedule_shows,
    }

    @property
    def filterset_class(self):
        return filters.ShowFilter if self.action == "list" else None

    def get_queryset(self):
        found = super().get_queryset().with_available_seats()
        return found.on() if self.action == "list" else found

    def perform_create(self, serializer):
        show = services.schedule_show(**serializer.validated_data)
        serializer.instance = self.get_queryset().get(pk=show.pk)

    def perform_update(self, serializer):
        services.change_show(show=serializer.instance, changes=serializer.validated_data)
        serializer.instance = self.get_queryset().get(pk=serializer.instance.pk)

    @extend_schema(request=shows.ScheduleSerializer, responses={201: shows.ScheduledSerializer})
    @action(detail=False, methods=["post"])
    def schedule(self, request):
        """Put a movie on for several days and times.

        All of the shows, or none: then `slots` names every one that collides, and with what.
        """
        wanted = shows.ScheduleSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        put_on = services.schedule_shows(**wanted.validated_data)
        found = self.get_queryset().filter(pk__in=[show.pk for show in put_on])
        shown = self.get_serializer(found, many=True)
        return Response({"shows": shown.data}, status=status.HTTP_201_CREATED)


class MovieShowsView(CachedReads, generics.ListAPIView):
    """List the shows of a movie.

    The next one first. Without `upcoming=false`, only those yet to start.
    """

    queryset = Show.objects.with_places().with_price_from().on()
    serializer_class = shows.ShowSerializer
    permission_classes = [AllowAny]
    filterset_class = filters.MovieShowFilter
    tag = "shows"

    def get_queryset(self):
        movie = get_object_or_404(Movie, pk=self.kwargs["pk"])
        return super().get_queryset().with_available_seats().filter(movie=movie)
