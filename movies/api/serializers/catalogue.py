"""JSON shapes of movies and genres."""

from drf_spectacular.utils import extend_schema_serializer

from core.http.examples import sent, shown
from core.http.unknown import ModelSerializer
from movies.api.serializers.names import GenreNamesField, UniqueNameValidator
from movies.models import Genre, Movie

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
        extra_kwargs = {"name": {"validators": [UniqueNameValidator(Genre.objects.all())]}}


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
