"""Movies and genres in the admin."""

from django.contrib import admin

from movies.models import Genre, Movie


@admin.register(Genre)
class GenreAdmin(admin.ModelAdmin):
    search_fields = ["name"]


@admin.register(Movie)
class MovieAdmin(admin.ModelAdmin):
    list_display = ["title", "duration_minutes", "language", "certificate", "release_date"]
    list_filter = ["genres", "certificate", "language"]
    search_fields = ["title", "description"]
    date_hierarchy = "release_date"
    filter_horizontal = ["genres"]
