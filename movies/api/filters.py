"""Query parameters of the programme. A malformed value is a 400 that names its parameter."""

from typing import ClassVar

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.expressions import OrderBy
from django_filters import rest_framework as filters

from core.http.filters import DayFilter, IdFilter, WordsFilter, YesNoFilter
from core.names import name_key
from movies.models import Movie, Show


class MovieOrdering(filters.OrderingFilter):
    """Sorts movies without a value last, ascending and descending, on every database."""

    def filter(self, movies, value):
        if not value:
            return movies
        order = [
            OrderBy(F(name.removeprefix("-")), descending=name.startswith("-"), nulls_last=True)
            for name in value
            if name
        ]
        return movies.order_by(*order, "id") if order else movies


class MovieFilter(filters.FilterSet):
    search = WordsFilter(
        method="with_words", max_length=100, help_text="Words of the title or the description."
    )
    genre = WordsFilter(method="of_genre", max_length=50, help_text="Such as Drama.")
    language = WordsFilter(
        lookup_expr="iexact", max_length=6, help_text="Original language, such as en."
    )
    certificate = WordsFilter(lookup_expr="iexact", max_length=20, help_text="Such as PG.")
    cinema = IdFilter(method="on_show", help_text="On show in this cinema.")
    date = DayFilter(method="on_show", help_text="On show that day, by the cinema's clocks.")
    ordering = MovieOrdering(
        fields=["title", "release_date", "duration_minutes"], help_text="`-` in front: descending."
    )

    class Meta:
        model = Movie
        fields: ClassVar[list[str]] = []

    def with_words(self, movies, name, value):
        for word in value.split():
            movies = movies.filter(Q(title__icontains=word) | Q(description__icontains=word))
        return movies

    def of_genre(self, movies, name, value):
        return movies.filter(genres__name_key=name_key(value))

    def on_show(self, movies, name, value):
        """Filter by cinema, by date, or by both, which a single show must then meet."""
        asked = self.form.cleaned_data
        if name == "cinema" and asked["date"]:
            return movies  # the filter for the date does both
        shows = Show.objects.on().filter(movie=OuterRef("pk"))
        if asked["cinema"]:
            shows = shows.filter(screen__cinema=asked["cinema"])
        shows = shows.on_day(asked["date"]) if asked["date"] else shows.upcoming()
        return movies.filter(Exists(shows))


class MovieShowFilter(filters.FilterSet):
    """The parameters for the shows of one movie, which the path names."""

    cinema = IdFilter(field_name="screen__cinema_id", help_text="The id of a cinema.")
    date = DayFilter(method="on_day", help_text="Starts that day, by the cinema's clocks.")
    format = filters.ChoiceFilter(choices=Show.Format.choices)
    language = WordsFilter(lookup_expr="iexact", max_length=6, help_text="Spoken language.")
    upcoming = YesNoFilter(
        method="upcoming_or_past", help_text="`false`: past shows. Default: `true`."
    )

    class Meta:
        model = Show
        fields: ClassVar[list[str]] = []

    def on_day(self, shows, name, value):
        return shows.on_day(value)

    def upcoming_or_past(self, shows, name, value):
        return shows.upcoming() if value else shows.past()

    def filter_queryset(self, shows):
        if self.form.cleaned_data["upcoming"] in (None, ""):
            shows = shows.upcoming()
        return super().filter_queryset(shows)


class ShowFilter(MovieShowFilter):
    movie = IdFilter(field_name="movie_id", help_text="The id of a movie.")
