"""Movies and their genres."""

from datetime import date

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from core.db.name_key import NamedQuerySet, NameKeyField, UniqueName
from core.validators import no_hidden_characters
from movies.limits import MAX_MOVIE_MINUTES

LANGUAGE = RegexValidator(
    r"^[a-z]{2,3}(-[A-Z]{2})?\Z", "A language is a code such as en, fr or pt-BR (BCP 47)."
)


class Genre(models.Model):
    name = models.CharField(max_length=50, validators=[no_hidden_characters])
    name_key = NameKeyField()

    objects = NamedQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [UniqueName(name="genre_name")]

    def __str__(self) -> str:
        return self.name


class Movie(models.Model):
    title = models.CharField(max_length=200, validators=[no_hidden_characters])
    duration_minutes = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(MAX_MOVIE_MINUTES)]
    )
    description = models.TextField(max_length=5000, blank=True)
    genres = models.ManyToManyField(Genre, related_name="movies", blank=True)
    language = models.CharField(
        max_length=6, validators=[LANGUAGE], help_text="Original language, such as en or pt-BR."
    )
    certificate = models.CharField(
        max_length=20, blank=True, help_text="Age rating, such as 12A or PG-13."
    )
    release_date = models.DateField(
        null=True,
        blank=True,
        # The oldest film is of 1888: https://en.wikipedia.org/wiki/Roundhay_Garden_Scene
        validators=[MinValueValidator(date(1888, 1, 1)), MaxValueValidator(date(2100, 1, 1))],
    )
    poster_url = models.URLField(max_length=500, blank=True)
    trailer_url = models.URLField(max_length=500, blank=True)

    class Meta:
        ordering = ["title", "id"]
        indexes = [models.Index(fields=["title", "id"], name="movie_by_title")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(duration_minutes__range=(1, MAX_MOVIE_MINUTES)),
                name="movie_duration_in_range",
            )
        ]

    def __str__(self) -> str:
        return self.title
