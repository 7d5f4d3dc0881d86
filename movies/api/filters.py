"""Query parameters of the programme. A malformed value is a 400 that names its parameter."""

from typing import ClassVar, cast

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.expressions import OrderBy
from django_filters import rest_framework as filters
from rest_framework.exceptions import ValidationError

from core.http.filters import DayFilter, IdFilter, WordsFilter, YesNoFilter
from core.names import name_key
from movies.models import Cinema, Genre, Movie, Show

MAX_GENRE = cast(int, Genre._meta.get_field("name").max_length)
MAX_CITY = cast(int, Cinema._meta.get_field("city").max_length)


class Ordering(filters.OrderingFilter):
    """Sorts rows without a value last, ascending and descending, on every database."""

    def filter(self, rows, value):
        names = [self.get_ordering_value(name) for name in value or [] if name]
        order = [
            OrderBy(F(name.removeprefix("-")), descending=name.startswith("-"), nulls_last=True)
            for name in names
        ]
        return rows.order_by(*order, "id") if order else rows


class CityFilter(WordsFilter):
    """The city of a cinema, whole and without case."""

    def __init__(self, *, help_text, **kwargs):
        super().__init__(
            lookup_expr="iexact",
            max_length=MAX_CITY,
            help_text=help_text,
            **kwargs,
        )


class CinemaFilter(filters.FilterSet):
    city = CityFilter(help_text="Such as London.")

    class Meta:
        model = Cinema
        fields: ClassVar[list[str]] = []


class MovieFilter(filters.FilterSet):
    search = WordsFilter(
        method="with_words", max_length=100, help_text="Words of the title or the description."
    )
    genre = WordsFilter(
        method="of_genre",
        max_length=255,
        help_text="Such as Drama. Several, separated by commas: movies of any of them.",
    )
    language = WordsFilter(
        lookup_expr="iexact", max_length=6, help_text="Original language, such as en."
    )
    certificate = WordsFilter(lookup_expr="iexact", max_length=20, help_text="Such as PG.")
    cinema = IdFilter(method="on_show", help_text="On show in this cinema.")
    city = CityFilter(method="on_show", help_text="On show in a cinema of this city.")
    date = DayFilter(method="on_show", help_text="On show that day, by the cinema's clocks.")
    ordering = Ordering(
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
        names = [value, *value.split(",")]  # the name of a genre may have a comma
        if any(len(name.strip()) > MAX_GENRE for name in names[1:]):
            raise ValidationError({name: f"A genre has at most {MAX_GENRE} characters."})
        keys = [name_key(each) for each in names if each.strip()]
        return movies.filter(Exists(Genre.objects.filter(movies=OuterRef("pk"), name_key__in=keys)))

    def on_show(self, movies, name, value):
        """Filter by cinema, city and date; a single show must meet all that are sent."""
        asked = self.form.cleaned_data
        if name != next(each for each in ("cinema", "city", "date") if asked[each]):
            return movies  # the first of them does all
        shows = Show.objects.on().filter(movie=OuterRef("pk"))
        if asked["cinema"]:
            shows = shows.filter(screen__cinema=asked["cinema"])
        if asked["city"]:
            shows = shows.filter(screen__cinema__city__iexact=asked["city"])
        shows = shows.on_day(asked["date"]) if asked["date"] else shows.upcoming()
        return movies.filter(Exists(shows))


class MovieShowFilter(filters.FilterSet):
    """The parameters for the shows of one movie, which the path names."""

    cinema = IdFilter(field_name="screen__cinema_id", help_text="The id of a cinema.")
    screen = IdFilter(field_name="screen_id", help_text="The id of a screen.")
    city = CityFilter(field_name="screen__cinema__city", help_text="The city of the cinema.")
    date = DayFilter(method="on_day", help_text="Starts that day, by the cinema's clocks.")
    format = filters.ChoiceFilter(choices=Show.Format.choices)
    language = WordsFilter(lookup_expr="iexact", max_length=6, help_text="Spoken language.")
    upcoming = YesNoFilter(
        method="upcoming_or_past", help_text="`false`: past shows. Default: `true`."
    )
    ordering = Ordering(
        fields={
            "starts_at": "starts_at",
            "movie__title": "movie_title",
            "screen__cinema__name": "cinema_name",
        },
        help_text="`-` in front: descending.",
    )

    class Meta:
        model = Show
        fields: ClassVar[list[str]] = []

    @classmethod
    def get_filters(cls):
        """Add `from` and `to`; the first is a keyword of Python."""
        return super().get_filters() | {
            "from": DayFilter(
                field_name="from",
                method="from_day",
                help_text="Starts that day or later, by the cinema's clocks.",
            ),
            "to": DayFilter(
                field_name="to",
                method="to_day",
                help_text="Starts that day or earlier, by the cinema's clocks.",
            ),
        }

    def on_day(self, shows, name, value):
        return shows.on_day(value)

    def from_day(self, shows, name, value):
        return shows.in_days(value, None)

    def to_day(self, shows, name, value):
        return shows.in_days(None, value)

    def upcoming_or_past(self, shows, name, value):
        return shows.upcoming() if value else shows.past()

    def filter_queryset(self, shows):
        if self.form.cleaned_data["upcoming"] in (None, ""):
            shows = shows.upcoming()
        return super().filter_queryset(shows)


class ShowFilter(MovieShowFilter):
    movie = IdFilter(field_name="movie_id", help_text="The id of a movie.")
    search = WordsFilter(
        method="with_words", max_length=100, help_text="Words of the movie's title."
    )

    def with_words(self, shows, name, value):
        for word in value.split():
            shows = shows.filter(movie__title__icontains=word)
        return shows
