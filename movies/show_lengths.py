"""Shows that last another time than trailers and movie together."""

from datetime import timedelta

from movies.models import Movie, Show


def upcoming_with_other_length(movie: Movie) -> list[Show]:
    """Return the upcoming shows of the movie that do not last as long as it and the trailers.

    After the length of a movie was changed, these keep the old one. One query.
    """
    shows = Show.objects.with_places().on().upcoming().filter(movie=movie)
    return [
        show
        for show in shows
        if show.ends_at - show.starts_at
        != timedelta(minutes=show.screen.cinema.trailer_minutes + movie.duration_minutes)
    ]
