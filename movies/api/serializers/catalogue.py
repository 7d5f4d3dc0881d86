"""Shapes of movies and genres."""

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.validators import UniqueValidator

from core.http.examples import sent, shown
from core.http.fields import BoundedListField
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
class GenreSerializer(serializers.ModelSerializer):
    name = serializers.CharField(
        max_length=50, validators=[UniqueValidator(Genre.objects.all(), lookup="iexact")]
    )

    class Meta:
        model = Genre
        fields = ["id", "name"]


class GenreNamesField(BoundedListField):
    """Genres by name, such as `["Drama", "Comedy"]`; they must exist."""

    child = serializers.CharField(max_length=50)
    default_error_messages = {"unknown": "There is no genre named {names}."}

    def __init__(self, **kwargs):
        super().__init__(max_length=20, **kwargs)

    def to_internal_value(self, data):
        names = super().to_internal_value(data)
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
