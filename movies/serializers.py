"""Shapes of movies, cinemas, screens and shows."""

from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.timezone import is_naive
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers
from rest_framework.fields import get_error_detail

from movies.local_time import in_zone
from movies.models import Cinema, Genre, Movie, Screen, Show

MOVIE = {
    "title": "Spirited Away",
    "duration_minutes": 125,
    "description": "A girl works in a bath house for spirits to free her parents.",
    "genres": ["Animation", "Fantasy"],
    "language": "ja",
    "certificate": "PG",
    "release_date": "2001-07-20",
    "poster_url": "https://media.example/spirited-away.jpg",
    "trailer_url": "https://media.example/spirited-away.mp4",
}
SCREEN = {"cinema": 1, "name": "Screen 2", "turnaround_minutes": 15}
CINEMA = {
    "name": "Astoria",
    "city": "London",
    "address": "1 High Street",
    "time_zone": "Europe/London",
    "currency": "GBP",
}
SHOW = {
    "movie": 3,
    "screen": 2,
    "starts_at": "2026-11-27T20:15:00+00:00",
    "ends_at": "2026-11-27T22:20:00+00:00",
    "format": "2D",
    "language": "ja",
    "subtitles": "en",
    "total_seats": 120,
    "price": "9.50",
    "sales_open_at": None,
    "sales_close_at": None,
}


def shown(example, **more):
    """How the example looks in an answer."""
    return OpenApiExample("answer", {"id": 3, **example, **more}, response_only=True)


def sent(example):
    return OpenApiExample("request", example, request_only=True)


@extend_schema_serializer(examples=[shown({"name": "Animation"}), sent({"name": "Animation"})])
class GenreSerializer(serializers.ModelSerializer):
    class Meta:
        model = Genre
        fields = ["id", "name"]


class GenreNamesField(serializers.ListField):
    """Genres by name, such as `["Drama", "Comedy"]`; they must exist."""

    child = serializers.CharField(max_length=50)
    default_error_messages = {"unknown": "There is no genre named {names}."}

    def __init__(self, **kwargs):
        super().__init__(max_length=20, **kwargs)

    def to_internal_value(self, data):
        names = super().to_internal_value(data)
        self.run_validators(names)  # their number, before the database is asked
        names = set(names)
        genres = Genre.objects.filter(name__in=names)
        unknown = names - {genre.name for genre in genres}
        if unknown:
            self.fail("unknown", names=", ".join(sorted(unknown)))
        return list(genres)

    def to_representation(self, genres):
        return [genre.name for genre in genres.all()]


@extend_schema_serializer(examples=[shown(MOVIE), sent(MOVIE)])
class MovieSerializer(serializers.ModelSerializer):
    genres = GenreNamesField(required=False)

    class Meta:
        model = Movie
        fields = [
            "id",
            "title",
            "duration_minutes",
            "description",
            "genres",
            "language",
            "certificate",
            "release_date",
            "poster_url",
            "trailer_url",
        ]


class IdField(serializers.PrimaryKeyRelatedField):
    """The id of a row. A float is none: JSON's 1e400 is infinity, which no database knows."""

    def to_internal_value(self, data):
        if isinstance(data, float):
            self.fail("incorrect_type", data_type="float")
        return super().to_internal_value(data)


@extend_schema_serializer(examples=[shown(SCREEN), sent(SCREEN)])
class ScreenSerializer(serializers.ModelSerializer):
    serializer_related_field = IdField

    class Meta:
        model = Screen
        fields = ["id", "cinema", "name", "turnaround_minutes"]


class ScreenOfCinemaSerializer(serializers.ModelSerializer):
    class Meta:
        model = Screen
        fields = ["id", "name"]


@extend_schema_serializer(
    examples=[shown(CINEMA, screens=[{"id": 2, "name": "Screen 2"}]), sent(CINEMA)]
)
class CinemaSerializer(serializers.ModelSerializer):
    screens = ScreenOfCinemaSerializer(many=True, read_only=True)

    class Meta:
        model = Cinema
        fields = ["id", "name", "city", "address", "time_zone", "currency", "screens"]


class CinemaTimeField(serializers.DateTimeField):
    """A time of a show, or of what belongs to one, with the UTC offset of the cinema.

    Sent without an offset, it is the time on the cinema's clocks; it stays naive until the
    serializer knows the cinema.
    """

    def enforce_timezone(self, value):
        return value if is_naive(value) else super().enforce_timezone(value)

    def run_validators(self, value):
        if not is_naive(value):
            super().run_validators(value)

    def get_attribute(self, instance):
        moment = super().get_attribute(instance)
        show = getattr(instance, "show", instance)
        return moment and show.local(moment)

    def to_representation(self, value):
        return value.isoformat()


@extend_schema_serializer(
    examples=[
        shown(
            SHOW,
            movie_title="Spirited Away",
            screen_name="Screen 2",
            cinema=1,
            cinema_name="Astoria",
            currency="GBP",
            available_seats=87,
        ),
        sent(SHOW),
    ]
)
class ShowSerializer(serializers.ModelSerializer):
    """Times are sent with the offset of the show's cinema."""

    TIMES = ["starts_at", "ends_at", "sales_open_at", "sales_close_at"]
    serializer_related_field = IdField

    movie_title = serializers.CharField(source="movie.title", read_only=True)
    screen_name = serializers.CharField(source="screen.name", read_only=True)
    cinema = serializers.IntegerField(source="screen.cinema_id", read_only=True)
    cinema_name = serializers.CharField(source="screen.cinema.name", read_only=True)
    currency = serializers.CharField(source="screen.cinema.currency", read_only=True)
    available_seats = serializers.IntegerField(read_only=True)

    class Meta:
        model = Show
        fields = [
            "id",
            "movie",
            "movie_title",
            "cinema",
            "cinema_name",
            "screen",
            "screen_name",
            "starts_at",
            "ends_at",
            "format",
            "language",
            "subtitles",
            "total_seats",
            "available_seats",
            "price",
            "currency",
            "sales_open_at",
            "sales_close_at",
        ]

    def build_standard_field(self, field_name, model_field):
        field_class, options = super().build_standard_field(field_name, model_field)
        return (CinemaTimeField if field_name in self.TIMES else field_class), options

    def validate(self, attrs):
        screen = attrs.get("screen") or self.instance.screen
        for name in self.TIMES:
            if attrs.get(name) is not None and is_naive(attrs[name]):
                try:
                    attrs[name] = in_zone(attrs[name], screen.cinema.zone)
                    self.fields[name].run_validators(attrs[name])
                except DjangoValidationError as error:
                    raise serializers.ValidationError({name: get_error_detail(error)}) from error
                except serializers.ValidationError as error:
                    raise serializers.ValidationError({name: error.detail}) from error
        return attrs
