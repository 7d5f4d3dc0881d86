"""What is on, in the admin."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from rest_framework.exceptions import ValidationError as RestValidationError

from movies import services
from movies.errors import SeatsSold, ShowsOverlap
from movies.local_time import in_zone
from movies.models import Cinema, Genre, Movie, Screen, Show


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


class ScreenInline(admin.TabularInline):
    model = Screen
    extra = 0
    show_change_link = True


@admin.register(Cinema)
class CinemaAdmin(admin.ModelAdmin):
    list_display = ["name", "city", "time_zone", "currency"]
    list_filter = ["city"]
    search_fields = ["name", "city"]
    inlines = [ScreenInline]


@admin.register(Screen)
class ScreenAdmin(admin.ModelAdmin):
    list_display = ["name", "cinema", "turnaround_minutes"]
    list_filter = ["cinema"]
    search_fields = ["name", "cinema__name"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("cinema")


class ShowForm(forms.ModelForm):
    """Times are typed and shown by the clocks of the screen's cinema.

    The admin validates and saves in one transaction, so the locks taken while validating, on the
    show and on its screen, last until the show is saved.
    """

    TIMES = ["starts_at", "ends_at", "sales_open_at", "sales_close_at"]

    class Meta:
        model = Show
        fields = [
            "movie",
            "screen",
            "starts_at",
            "ends_at",
            "format",
            "language",
            "subtitles",
            "total_seats",
            "price",
            "sales_open_at",
            "sales_close_at",
        ]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in self.TIMES:
            moment = getattr(self.instance, name)
            if moment:
                self.initial[name] = self.instance.local(moment).replace(tzinfo=None)

    def clean(self):
        cleaned = super().clean()
        screen = cleaned.get("screen")
        for name in self.TIMES:
            typed = cleaned.get(name)
            if not {name, "screen"}.intersection(self.changed_data):
                cleaned[name] = getattr(self.instance, name)
            elif typed and screen:
                try:
                    cleaned[name] = in_zone(typed.replace(tzinfo=None), screen.cinema.zone)
                except ValidationError as error:
                    self.add_error(name, error)
        return cleaned

    def _post_clean(self):
        super()._post_clean()
        if self.errors:
            return
        try:
            services.prepare_show(self.instance)
        except (ShowsOverlap, SeatsSold) as error:
            self.add_error(None, str(error.detail))
        except RestValidationError as error:
            for field, messages in error.detail.items():
                self.add_error(field, messages)


@admin.register(Show)
class ShowAdmin(admin.ModelAdmin):
    form = ShowForm
    list_display = [
        "movie",
        "screen",
        "starts",
        "format",
        "language",
        "seats_left",
        "price",
    ]
    list_filter = ["screen__cinema", "format"]
    search_fields = ["movie__title", "screen__name"]
    show_full_result_count = False
    date_hierarchy = "starts_at"
    autocomplete_fields = ["movie", "screen"]

    def get_queryset(self, request):
        return super().get_queryset(request).with_places().with_available_seats()

    @admin.display(ordering="starts_at")
    def starts(self, show):
        """By the clocks of the cinema."""
        return f"{show.local(show.starts_at):%a %d %b %Y %H:%M}"

    @admin.display(ordering="available_seats")
    def seats_left(self, show):
        return f"{show.available_seats} of {show.total_seats}"
