"""Movies and genres in the admin."""

from typing import ClassVar

from django.contrib import admin, messages
from django.db import models

from core.http.admin_deletion import DeletionAdmin
from movies.admin.own_cinemas import SharedAdmin
from movies.models import Genre, Movie
from movies.show_lengths import upcoming_with_other_length

MAX_NAMED_SHOWS = 10


@admin.register(Genre)
class GenreAdmin(SharedAdmin, DeletionAdmin):
    search_fields = ["name"]


@admin.register(Movie)
class MovieAdmin(SharedAdmin, DeletionAdmin):
    list_display = ["title", "duration_minutes", "language", "certificate", "release_date"]
    list_filter = ["genres", "certificate", "language"]
    search_fields = ["title", "description"]
    date_hierarchy = "release_date"
    filter_horizontal = ["genres"]
    formfield_overrides: ClassVar = {models.URLField: {"assume_scheme": "https"}}

    def save_model(self, request, movie, form, change):
        """Save, and name the upcoming shows that keep the old length."""
        super().save_model(request, movie, form, change)
        if not change or "duration_minutes" not in form.changed_data:
            return
        if shows := upcoming_with_other_length(movie):
            named = "; ".join(str(show) for show in shows[:MAX_NAMED_SHOWS])
            more = len(shows) - MAX_NAMED_SHOWS
            rest = f"; and {more} more" if more > 0 else ""
            messages.warning(
                request,
                f"Upcoming shows of this movie that keep the old length: {named}{rest}. Change "
                "their ends if they need more time.",
            )
