"""The programme: public to read; staff with the model's permission also write."""

from typing import cast

from django.db import transaction
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, status
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from accounts.models import User
from core.http.cached_reads import CachedReads
from core.http.idempotency import idempotent
from core.http.model_views import ModelViewSet
from core.http.unknown import KnownParameters
from movies import services
from movies.api import filters
from movies.api.permissions import StaffChange, StaffOnly, StaffWriteAllRead
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
from movies.models.shows import ShowQuerySet
from movies.staff_cinemas import may_add, within_cinemas


@extend_schema_view(
    update=extend_schema(request=catalogue.MovieSerializer),
    partial_update=extend_schema(request=catalogue.MovieSerializer),
)
class MovieViewSet(CachedReads, ModelViewSet):
    """Movies: search, filter and order them."""

    queryset = Movie.objects.prefetch_related("genres")
    serializer_class = catalogue.MovieSerializer
    lookup_value_converter = "int"
    permission_classes = [StaffWriteAllRead]
    tag = "movies"

    @property
    def filterset_class(self):
        return filters.MovieFilter if self.action == "list" else None

    def get_serializer_class(self):
        is_change = self.action in ("update", "partial_update")
        return catalogue.ChangedMovieSerializer if is_change else self.serializer_class

    def perform_create(self, serializer):
        with transaction.atomic():  # the movie and its genres
            serializer.save()

    perform_update = perform_create


class CinemaViewSet(CachedReads, ModelViewSet):
    """Sites with their screens, time zone, currency and refund rule."""

    queryset = Cinema.objects.prefetch_related("screens", "refund_tiers")
    serializer_class = halls.CinemaSerializer
    lookup_value_converter = "int"
    permission_classes = [StaffWriteAllRead]
    tag = "movies"

    @property
    def filterset_class(self):
        return filters.CinemaFilter if self.action == "list" else None

    calls = {"update": services.change_cinema, "partial_update": services.change_cinema}

    def perform_create(self, serializer):
        serializer.instance = services.add_cinema(**serializer.validated_data)

    def perform_update(self, serializer):
        changes = dict(serializer.validated_data)
        tiers = changes.pop("refund_tiers", None)
        services.change_cinema(cinema=serializer.instance, changes=changes, refund_tiers=tiers)
        serializer.instance = self.get_object()


class StaffViewSet(KnownParameters, ModelViewSet):
    """Base of the collections that only staff with the model's permission read and write."""

    lookup_value_converter = "int"
    permission_classes = [StaffOnly]
    tag = "staff"


class GenreViewSet(CachedReads, StaffViewSet):
    """The genres that movies may have."""

    queryset = Genre.objects.all()
    serializer_class = catalogue.GenreSerializer
    permission_classes = [StaffWriteAllRead]
    tag = "movies"


class ScreenViewSet(StaffViewSet):
    """The halls of the cinemas."""

    queryset = Screen.objects.select_related("cinema")
    serializer_class = halls.ScreenSerializer

    def get_queryset(self):
        return within_cinemas(super().get_queryset(), self.request.user, "cinema")

    calls = {"update": services.change_screen, "partial_update": services.change_screen}

    def perform_update(self, serializer):
        serializer.instance = services.change_screen(
            screen=serializer.instance, changes=serializer.validated_data
        )


class SeatCategoryViewSet(StaffViewSet):
    """The kinds of seats, and the rules by which they are sold."""

    queryset = SeatCategory.objects.all()
    serializer_class = halls.SeatCategorySerializer


class SeatingPlanViewSet(StaffViewSet):
    """The seats of a hall, typed as text or imported as an open seating plan.

    A plan never changes: `PUT` makes its next version. Its screens move to that version; shows keep
    the version they went on sale with.
    """

    large_bodies = ("create", "update", "partial_update")
    queryset = SeatingPlan.objects.prefetch_related("categories")
    serializer_class = halls.SeatingPlanSerializer
    http_method_names = ["get", "head", "options", "post", "put", "delete"]

    def get_queryset(self):
        plans = super().get_queryset()
        return plans.defer("layout") if self.action == "list" else plans

    def get_serializer_class(self):
        is_list = self.action == "list"
        return halls.SeatingPlanSummarySerializer if is_list else super().get_serializer_class()

    def perform_create(self, serializer):
        serializer.instance = self._save(**serializer.validated_data)

    def perform_update(self, serializer):
        serializer.instance = self._save(replaces=serializer.instance, **serializer.validated_data)

    def _save(self, **plan):
        adds_categories = may_add(self.request.user, SeatCategory)
        return services.save_seating_plan(adds_categories=adds_categories, **plan)


class TicketTypeViewSet(CachedReads, StaffViewSet):
    """Kinds of tickets, such as adult, child or senior."""

    queryset = TicketType.objects.all()
    serializer_class = prices.TicketTypeSerializer
    permission_classes = [StaffWriteAllRead]
    tag = "movies"


class PriceListViewSet(StaffViewSet):
    """Amounts by seat category and ticket type, in one currency."""

    large_bodies = ("create", "update", "partial_update")
    queryset = PriceList.objects.prefetch_related("prices__category", "prices__ticket_type")
    serializer_class = prices.PriceListSerializer
    http_method_names = ["get", "head", "options", "post", "put", "delete"]
    calls = {"update": services.save_price_list}

    def perform_create(self, serializer):
        saved = services.save_price_list(
            price_list=serializer.instance, **serializer.validated_data
        )
        serializer.instance = self.get_queryset().get(pk=saved.pk)

    perform_update = perform_create


class ShowViewSet(CachedReads, ModelViewSet):
    """Shows, the next one first. Without `upcoming=false`, only upcoming shows.

    Lists leave out cancelled shows; they are still at their own URL.
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
        "reschedule": services.reschedule_show,
    }

    @property
    def filterset_class(self):
        return filters.ShowFilter if self.action == "list" else None

    def get_queryset(self):
        found = cast(ShowQuerySet, super().get_queryset()).with_available_seats()
        return found.on() if self.action == "list" else found

    def perform_create(self, serializer):
        show = services.schedule_show(**serializer.validated_data)
        serializer.instance = self.get_queryset().get(pk=show.pk)

    def perform_update(self, serializer):
        changes = dict(serializer.validated_data)
        confirm_past = changes.pop("confirm_past", False)
        services.change_show(
            show=serializer.instance,
            changes=changes,
            confirm_past=confirm_past,
            by=cast(User, self.request.user),
        )
        serializer.instance = self.get_queryset().get(pk=serializer.instance.pk)

    @extend_schema(
        operation_id="scheduleShows",
        request=shows.ScheduleSerializer,
        responses={201: shows.ScheduledSerializer},
    )
    @action(detail=False, methods=["post"])
    def schedule(self, request):
        """Schedule a movie for several days and times.

        All of the shows, or none: then `slots` lists every collision.
        """
        asked = shows.ScheduleSerializer(data=request.data, context={"request": request})
        asked.is_valid(raise_exception=True)
        new = services.schedule_shows(**asked.validated_data)
        found = self.get_queryset().filter(pk__in=[show.pk for show in new])
        answer = shows.ScheduledSerializer({"shows": found})
        return Response(answer.data, status=status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="rescheduleShow",
        request=shows.RescheduleSerializer,
        responses=shows.ShowSerializer,
    )
    @action(detail=True, methods=["post"], permission_classes=[StaffChange])
    @idempotent
    def reschedule(self, request, **kwargs):
        """Give a show another start or screen.

        Its orders stay. Until `full_refund_until`, a cancellation refunds the full price.
        """
        show = self.get_object()
        asked = shows.RescheduleSerializer(show, data=request.data, context={"request": request})
        asked.is_valid(raise_exception=True)
        services.reschedule_show(show=show, by=request.user, **asked.validated_data)
        return Response(self.get_serializer(self.get_object()).data)


@extend_schema_view(get=extend_schema(operation_id="listMovieShows"))
class MovieShowsView(CachedReads, generics.ListAPIView):
    """List the shows of a movie.

    The next one first. Without `upcoming=false`, only upcoming shows.
    """

    queryset = Show.objects.with_places().with_price_from().on()
    serializer_class = shows.ShowSerializer
    permission_classes = [AllowAny]
    filterset_class = filters.MovieShowFilter
    tag = "shows"

    def get_queryset(self):
        movie = get_object_or_404(Movie, pk=self.kwargs["pk"])
        shows = cast(ShowQuerySet, super().get_queryset())
        return shows.with_available_seats().filter(movie=movie)
