"""JSON shapes of movies and genres."""

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from core.http.examples import sent, shown
from core.http.unknown import ModelSerializer
from core.validators import no_hidden_characters
from movies.api.serializers.names import GenreNamesField, UniqueNameValidator
from movies.models import Genre, Movie
from movies.show_lengths import upcoming_with_other_length

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


@extend_schema_serializer(examples=[shown({"name": "Animation"}), sent({"name": "Animation"})])
class GenreSerializer(ModelSerializer):
    class Meta:
        model = Genre
        fields = ["id", "name"]
        extra_kwargs = {
            "name": {"validators": [no_hidden_characters, UniqueNameValidator(Genre.objects.all())]}
        }


@extend_schema_serializer(examples=[shown(MOVIE), sent(MOVIE)])
class MovieSerializer(ModelSerializer):
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


@extend_schema_serializer(
    examples=[shown(MOVIE, shows_with_old_length=[213, 214]), sent(MOVIE)],
)
class ChangedMovieSerializer(MovieSerializer):
    """A changed movie, and the shows that its new length does not fit."""

    shows_with_old_length = serializers.SerializerMethodField(
        help_text="After a change of `duration_minutes`: the upcoming shows that do not last as "
        "long as trailers and movie. They keep their times; change their `ends_at` where needed."
    )

    class Meta(MovieSerializer.Meta):
        fields = [*MovieSerializer.Meta.fields, "shows_with_old_length"]

    def update(self, movie, validated_data):
        before = movie.duration_minutes
        movie = super().update(movie, validated_data)
        self.is_length_changed = movie.duration_minutes != before
        return movie

    def get_shows_with_old_length(self, movie) -> list[int]:
        if not self.is_length_changed:
            return []
        return [show.pk for show in upcoming_with_other_length(movie)]
