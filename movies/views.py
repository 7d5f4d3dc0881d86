"""What is on: public to read; staff with the model permission also write."""

from rest_framework import generics, viewsets
from rest_framework.generics import get_object_or_404

from movies import filters, serializers, services
from movies.errors import SeatsSold, ShowsOverlap
from movies.models import Cinema, Genre, Movie, Screen, Show
from movies.permissions import StaffOnly, StaffWriteAllRead


class MovieViewSet(viewsets.ModelViewSet):
    """Movies: search, filter and order them."""

    queryset = Movie.objects.prefetch_related("genres")
    serializer_class = serializers.MovieSerializer
    lookup_value_converter = "int"
    permission_classes = [StaffWriteAllRead]
    filterset_class = filters.MovieFilter
    tag = "movies"


class CinemaViewSet(viewsets.ModelViewSet):
    """Sites with their screens, time zone and currency."""

    queryset = Cinema.objects.prefetch_related("screens")
    serializer_class = serializers.CinemaSerializer
    lookup_value_converter = "int"
    permission_classes = [StaffWriteAllRead]
    tag = "movies"


class GenreViewSet(viewsets.ModelViewSet):
    """The genres that movies may have."""

    queryset = Genre.objects.all()
    serializer_class = serializers.GenreSerializer
    lookup_value_converter = "int"
    permission_classes = [StaffOnly]
    tag = "staff"


class ScreenViewSet(viewsets.ModelViewSet):
    """The halls of the cinemas."""

    queryset = Screen.objects.select_related("cinema")
    serializer_class = serializers.ScreenSerializer
    lookup_value_converter = "int"
    permission_classes = [StaffOnly]
    tag = "staff"


class ShowViewSet(viewsets.ModelViewSet):
    """Shows, the next one first. Without `upcoming=false`, only those yet to start."""

    queryset = Show.objects.with_places().with_available_seats()
    serializer_class = serializers.ShowSerializer
    lookup_value_converter = "int"
    permission_classes = [StaffWriteAllRead]
    tag = "shows"
    problems = {
        "create": [ShowsOverlap],
        "update": [ShowsOverlap, SeatsSold],
        "partial_update": [ShowsOverlap, SeatsSold],
    }

    @property
    def filterset_class(self):
        return filters.ShowFilter if self.action == "list" else None

    def perform_create(self, serializer):
        show = services.put_on_show(show=Show(**serializer.validated_data))
        serializer.instance = self.get_queryset().get(pk=show.pk)

    def perform_update(self, serializer):
        services.change_show(show=serializer.instance, changes=serializer.validated_data)
        serializer.instance = self.get_queryset().get(pk=serializer.instance.pk)


class MovieShowsView(generics.ListAPIView):
    """List the shows of a movie.

    The next one first. Without `upcoming=false`, only those yet to start.
    """

    queryset = Show.objects.with_places().with_available_seats()
    serializer_class = serializers.ShowSerializer
    permission_classes = [StaffWriteAllRead]
    filterset_class = filters.MovieShowFilter
    tag = "shows"

    def get_queryset(self):
        movie = get_object_or_404(Movie, pk=self.kwargs["pk"])
        return super().get_queryset().filter(movie=movie)
