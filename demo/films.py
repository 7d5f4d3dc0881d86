"""Real films.

Running times and release dates are those that the distributors published, certificates those of the
British Board of Film Classification (bbfc.co.uk).
"""

from datetime import date
from typing import NamedTuple

from movies.models import Genre, Movie


class Film(NamedTuple):
    title: str
    released: date
    minutes: int
    certificate: str
    language: str
    genres: str
    description: str


FILMS = [
    Film("2001: A Space Odyssey", date(1968, 4, 3), 149, "U", "en", "Science fiction",
         "A black stone, a voyage to Jupiter, and a computer that makes no mistakes."),
    Film("Alien", date(1979, 5, 25), 117, "15", "en", "Horror, Science fiction",
         "A freighter answers a distress call and takes a passenger aboard."),
    Film("Amélie", date(2001, 4, 25), 122, "15", "fr", "Comedy, Romance",
         "A waitress in Montmartre puts other people's lives in order, then her own."),
    Film("Back to the Future", date(1985, 7, 3), 116, "PG", "en", "Comedy, Science fiction",
         "A car takes Marty back thirty years, to the day his parents met."),
    Film("Blade Runner", date(1982, 6, 25), 117, "15", "en", "Science fiction, Thriller",
         "A policeman hunts four artificial people through a rainy Los Angeles."),
    Film("Casablanca", date(1943, 1, 23), 102, "U", "en", "Drama, Romance",
         "Of all the bars in all the towns, she walks into his."),
    Film("City of God", date(2002, 8, 30), 130, "18", "pt", "Crime, Drama",
         "Two boys grow up in a suburb of Rio: one with a camera, one with a gun."),
    Film("Dune", date(2021, 10, 22), 155, "12A", "en", "Adventure, Science fiction",
         "A young duke loses his father and finds a people on the desert planet Arrakis."),
    Film("Finding Nemo", date(2003, 5, 30), 100, "U", "en", "Animation, Family",
         "A clownfish crosses an ocean to find his son."),
    Film("Godzilla Minus One", date(2023, 11, 3), 125, "12A", "ja", "Action, Science fiction",
         "Japan has nothing left after the war. Then something comes out of the sea."),
    Film("Inception", date(2010, 7, 16), 148, "12A", "en", "Action, Science fiction",
         "Thieves of secrets are hired to leave an idea behind."),
    Film("Jurassic Park", date(1993, 6, 11), 127, "PG", "en", "Adventure, Science fiction",
         "An island park of living dinosaurs has its first visitors."),
    Film("La Haine", date(1995, 5, 31), 98, "15", "fr", "Crime, Drama",
         "Three friends, one night and a lost revolver in a Paris suburb."),
    Film("Mad Max: Fury Road", date(2015, 5, 15), 120, "15", "en", "Action, Adventure",
         "A chase through the desert, there and back again."),
    Film("Oppenheimer", date(2023, 7, 21), 180, "15", "en", "Drama, History",
         "The man who built the bomb, and what it did to him."),
    Film("Paddington 2", date(2017, 11, 10), 103, "PG", "en", "Comedy, Family",
         "A bear saves for a book, and goes to prison for a theft he did not commit."),
    Film("Pan's Labyrinth", date(2006, 10, 11), 119, "15", "es", "Drama, Fantasy",
         "Spain, 1944: a girl is given three tasks by a faun."),
    Film("Parasite", date(2019, 5, 30), 132, "15", "ko", "Comedy, Drama, Thriller",
         "A poor family gets work in a rich family's house, one after the other."),
    Film("Portrait of a Lady on Fire", date(2019, 9, 18), 122, "15", "fr", "Drama, Romance",
         "A painter must paint a bride in secret."),
    Film("Pulp Fiction", date(1994, 10, 14), 154, "18", "en", "Comedy, Crime",
         "Two killers, a boxer, a briefcase and a dance, not in that order."),
    Film("Seven Samurai", date(1954, 4, 26), 207, "PG", "ja", "Action, Drama",
         "A village hires seven swordsmen to keep its harvest."),
    Film("Spider-Man: Into the Spider-Verse", date(2018, 12, 14), 117, "PG", "en",
         "Animation, Action", "Miles Morales is bitten by a spider, and is not the only one."),
    Film("Spirited Away", date(2001, 7, 20), 125, "PG", "ja", "Animation, Fantasy",
         "A girl works in a bath house for spirits to free her parents."),
    Film("The Dark Knight", date(2008, 7, 18), 152, "12A", "en", "Action, Crime",
         "Gotham has a new criminal, and he does not want money."),
    Film("The Godfather", date(1972, 3, 24), 175, "15", "en", "Crime, Drama",
         "The youngest son of a New York family did not want the business."),
    Film("The Lives of Others", date(2006, 3, 23), 137, "15", "de", "Drama, Thriller",
         "East Berlin, 1984: a listener begins to care for those he listens to."),
    Film("The Matrix", date(1999, 3, 31), 136, "15", "en", "Action, Science fiction",
         "A programmer learns what his world is made of."),
    Film("Up", date(2009, 5, 29), 96, "U", "en", "Animation, Family",
         "An old man flies his house to South America, with a boy scout on the porch."),
]  # fmt: skip


def load_films() -> dict[str, Movie]:
    """Create the missing movies; return {title: Movie}."""
    genres: dict[str, Genre] = {}
    for name in sorted({name for film in FILMS for name in film.genres.split(", ")}):
        genres[name], _ = Genre.objects.get_or_create(name=name)
    movies = {}
    for film in FILMS:
        movie, is_new = Movie.objects.get_or_create(
            title=film.title,
            release_date=film.released,
            defaults={
                "duration_minutes": film.minutes,
                "description": film.description,
                "language": film.language,
                "certificate": film.certificate,
            },
        )
        if is_new:
            movie.genres.set(genres[name] for name in film.genres.split(", "))
        movies[film.title] = movie
    return movies
