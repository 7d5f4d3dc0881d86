from datetime import date, timedelta
from unittest import mock

from django.test import TestCase
from django.utils import timezone

from movies.models import Movie
from testing.builders.accounts import make_staff
from testing.builders.movies import make_movie, make_screen, make_show
from testing.cases import APIAssertions


class MovieTests(APIAssertions, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alien = make_movie(
            "Alien",
            genres=["Horror", "Science fiction"],
            certificate="18",
            release_date=date(1979, 5, 25),
            description="In space no one can hear you scream.",
            poster_url="https://media.example/alien.jpg",
            trailer_url="https://media.example/alien.mp4",
        )
        cls.paddington = make_movie(
            "Paddington",
            genres=["Comedy"],
            certificate="PG",
            duration_minutes=95,
            release_date=date(2014, 11, 28),
            description="A bear comes to London.",
        )
        cls.totoro = make_movie(
            "My Neighbour Totoro",
            genres=["Fantasy"],
            language="ja",
            duration_minutes=86,
            release_date=date(1988, 4, 16),
            description="Two girls, one forest.",
        )

    def titles(self, **parameters):
        response = self.client.get("/api/movies/", parameters)
        self.assertEqual(response.status_code, 200, response.content)
        return [movie["title"] for movie in response.json()["results"]]

    def assert_parameter_refused(self, parameters, field):
        response = self.client.get("/api/movies/", parameters)
        body = self.assert_problem(response, 400, "invalid")
        self.assertEqual({error["field"] for error in body["errors"]}, {field})


class ListTests(MovieTests):
    def test_everyone_may_list_the_movies_by_title(self):
        response = self.client.get("/api/movies/")

        self.assertEqual(response.status_code, 200)
        body = response.json()
        self.assertEqual((body["count"], body["next"], body["previous"]), (3, None, None))
        self.assertEqual(
            [movie["title"] for movie in body["results"]],
            ["Alien", "My Neighbour Totoro", "Paddington"],
        )

    def test_no_movies_are_an_empty_list(self):
        Movie.objects.all().delete()

        body = self.client.get("/api/movies/").json()

        self.assertEqual(body, {"count": 0, "next": None, "previous": None, "results": []})

    def test_a_movie_has_the_fields_that_a_front_end_shows(self):
        with self.assertNumQueries(2):
            response = self.client.get(f"/api/movies/{self.alien.pk}/")

        self.assertEqual(response.status_code, 200)
        self.assertEqual(
            response.json(),
            {
                "id": self.alien.pk,
                "title": "Alien",
                "duration_minutes": 117,
                "description": "In space no one can hear you scream.",
                "genres": ["Horror", "Science fiction"],
                "language": "en",
                "certificate": "18",
                "release_date": "1979-05-25",
                "poster_url": "https://media.example/alien.jpg",
                "trailer_url": "https://media.example/alien.mp4",
            },
        )

    def test_an_unknown_movie_is_a_404_however_large_its_number(self):
        for number in (0, self.totoro.pk + 1, 2**63, 10**30):
            with self.subTest(number=number):
                response = self.client.get(f"/api/movies/{number}/")
                self.assert_problem(response, 404, "not_found")

    def test_an_unchanged_list_is_not_sent_twice(self):
        first = self.client.get("/api/movies/")

        again = self.client.get("/api/movies/", headers={"If-None-Match": first["ETag"]})
        self.assertEqual((again.status_code, again.content), (304, b""))

        Movie.objects.filter(pk=self.alien.pk).update(title="Aliens")
        changed = self.client.get("/api/movies/", headers={"If-None-Match": first["ETag"]})
        self.assertEqual(changed.status_code, 200)

    def test_ten_times_the_movies_take_the_same_three_queries(self):
        with self.assertNumQueries(3):
            self.client.get("/api/movies/?page_size=100")

        for number in range(27):
            make_movie(f"Film {number}", genres=["Comedy", f"Genre {number}"])
        with self.assertNumQueries(3):
            body = self.client.get("/api/movies/?page_size=100").json()
        self.assertEqual(len(body["results"]), 30)


class SearchTests(MovieTests):
    def test_words_are_found_in_title_and_description_without_case(self):
        self.assertEqual(self.titles(search="PADDING"), ["Paddington"])
        self.assertEqual(self.titles(search="forest"), ["My Neighbour Totoro"])

    def test_case_makes_no_difference_beyond_ascii_in_the_api_and_in_the_admin(self):
        make_movie("Амели", description="Чудесная судьба")
        make_movie("Amélie")
        self.client.force_login(make_staff())
        for search, title in {
            "амели": "Амели",
            "ЧУДЕСНАЯ": "Амели",
            "AMÉLIE": "Amélie",
            "amélie": "Amélie",
        }.items():
            with self.subTest(search=search):
                self.assertEqual(self.titles(search=search), [title])
                page = self.client.get("/admin/movies/movie/", {"q": search})
                shown = [movie.title for movie in page.context["cl"].result_list]
                self.assertEqual(shown, [title])

    def test_letters_that_fold_to_several_are_found_in_the_api_and_in_the_admin(self):
        for title in ("Die Straße", "STRASSE nach Linz", "Drei Haselnüsse", "Սևան"):
            make_movie(title)
        self.client.force_login(make_staff())
        for search, titles in {
            "strasse": {"Die Straße", "STRASSE nach Linz"},
            "STRASSE": {"Die Straße", "STRASSE nach Linz"},
            "straße": {"Die Straße", "STRASSE nach Linz"},
            "STRAẞE": {"Die Straße", "STRASSE nach Linz"},
            "stras": {"Die Straße", "STRASSE nach Linz"},
            "se nach": {"STRASSE nach Linz"},
            "haselnüße": {"Drei Haselnüsse"},
            "սեւան": {"Սևան"},
            "ՍԵՒԱՆ": {"Սևան"},
            "սևան": {"Սևան"},
        }.items():
            with self.subTest(search=search):
                self.assertEqual(set(self.titles(search=search)), titles)
                page = self.client.get("/admin/movies/movie/", {"q": search})
                self.assertEqual({each.title for each in page.context["cl"].result_list}, titles)

    def test_every_word_must_be_found_but_not_all_in_one_place(self):
        self.assertEqual(self.titles(search="  london   paddington "), ["Paddington"])
        self.assertEqual(self.titles(search="london totoro"), [])

    def test_wildcards_of_the_database_are_plain_characters_in_the_api_and_in_the_admin(self):
        make_movie("100% Wolf")
        make_movie("Snake_Eyes")
        make_movie("Back\\slash")
        self.client.force_login(make_staff())

        for search, title in {
            "%": "100% Wolf",
            "0% w": "100% Wolf",
            "_": "Snake_Eyes",
            "E_E": "Snake_Eyes",
            "\\": "Back\\slash",
            "K\\S": "Back\\slash",
        }.items():
            with self.subTest(search=search):
                self.assertEqual(self.titles(search=search), [title])
                page = self.client.get("/admin/movies/movie/", {"q": search})
                shown = [movie.title for movie in page.context["cl"].result_list]
                self.assertEqual(shown, [title])

    def test_an_empty_search_finds_all(self):
        self.assertEqual(len(self.titles(search="")), 3)


class FilterTests(MovieTests):
    def test_genre_is_matched_whole_and_without_case(self):
        self.assertEqual(self.titles(genre="HORROR"), ["Alien"])
        self.assertEqual(self.titles(genre="Horr"), [])

    def test_language(self):
        self.assertEqual(self.titles(language="ja"), ["My Neighbour Totoro"])
        self.assertEqual(self.titles(language="fr"), [])

    def test_certificate(self):
        self.assertEqual(self.titles(certificate="pg"), ["Paddington"])
        self.assertEqual(self.titles(certificate="U"), [])

    def test_filters_together_must_all_be_met(self):
        self.assertEqual(self.titles(language="en", certificate="18"), ["Alien"])
        self.assertEqual(self.titles(language="ja", certificate="18"), [])

    def test_a_cinema_has_the_movies_that_are_still_to_be_shown_there(self):
        screen, elsewhere = make_screen(), make_screen()
        make_show(movie=self.alien, screen=screen)
        make_show(movie=self.alien, screen=screen, starts_at=timezone.now() + timedelta(days=2))
        make_show(movie=self.paddington, screen=elsewhere)
        yesterday = timezone.now() - timedelta(days=1)
        make_show(movie=self.totoro, screen=screen, starts_at=yesterday)

        self.assertEqual(self.titles(cinema=screen.cinema_id), ["Alien"])
        self.assertEqual(self.titles(cinema=elsewhere.cinema_id), ["Paddington"])

    def test_an_unknown_cinema_shows_nothing(self):
        self.assertEqual(self.titles(cinema=2**63 - 1), [])

    def test_cinema_and_date_are_met_by_one_show_not_by_two(self):
        here, there = make_screen(), make_screen()
        sooner, later = timezone.now() + timedelta(days=5), timezone.now() + timedelta(days=7)
        make_show(movie=self.alien, screen=here, starts_at=sooner)
        make_show(movie=self.alien, screen=there, starts_at=later)
        make_show(movie=self.paddington, screen=here, starts_at=later)
        day = later.astimezone(here.cinema.zone).date()

        self.assertEqual(self.titles(date=day), ["Alien", "Paddington"])
        self.assertEqual(self.titles(date=day, cinema=here.cinema_id), ["Paddington"])
        self.assertEqual(self.titles(date=day, cinema=there.cinema_id), ["Alien"])

    def test_filtering_takes_four_queries_at_most(self):
        screen = make_screen()
        for movie in Movie.objects.all():
            make_show(movie=movie, screen=screen)
        day = (timezone.now() + timedelta(days=1)).astimezone(screen.cinema.zone).date()
        filters = {"date": day, "cinema": screen.cinema_id, "genre": "horror", "search": "space"}

        with self.assertNumQueries(4):
            self.assertEqual(self.titles(**filters), ["Alien"])

        for number in range(20):
            movie = make_movie(f"Space {number}", genres=["Horror"])
            make_show(movie=movie, screen=make_screen())
            make_show(movie=movie, screen=screen)
        with self.assertNumQueries(4):
            self.assertEqual(len(self.titles(**filters, page_size=100)), 21)


class OrderingTests(MovieTests):
    def test_by_each_field_up_and_down(self):
        alien, paddington, totoro = "Alien", "Paddington", "My Neighbour Totoro"
        orders = {
            "title": [alien, totoro, paddington],
            "release_date": [alien, totoro, paddington],
            "duration_minutes": [totoro, paddington, alien],
        }
        for field, expected in orders.items():
            with self.subTest(field=field):
                self.assertEqual(self.titles(ordering=field), expected)
                self.assertEqual(self.titles(ordering=f"-{field}"), expected[::-1])

    def test_by_several_fields_in_the_order_they_are_named(self):
        make_movie("Brazil", language="ja", release_date=date(1988, 4, 16))
        alien, brazil, paddington, totoro = "Alien", "Brazil", "Paddington", "My Neighbour Totoro"

        self.assertEqual(
            self.titles(ordering="release_date,-title"), [alien, totoro, brazil, paddington]
        )
        self.assertEqual(
            self.titles(ordering="-release_date,title"), [paddington, brazil, totoro, alien]
        )

    def test_movies_without_a_release_date_come_last_up_and_down(self):
        make_movie("Untitled", release_date=None)

        for ordering in ("release_date", "-release_date"):
            with self.subTest(ordering=ordering):
                self.assertEqual(self.titles(ordering=ordering)[-1], "Untitled")

    def test_pages_of_movies_that_tie_show_each_movie_once(self):
        for number in range(30):
            make_movie(f"Film {number % 3}", release_date=date(2020, 1, 1))
        for ordering in ("title", "-release_date", "duration_minutes"):
            with self.subTest(ordering=ordering):
                pages = [
                    self.client.get(
                        "/api/movies/", {"ordering": ordering, "page_size": 3, "page": page}
                    ).json()["results"]
                    for page in range(1, 12)
                ]
                shown = [movie["id"] for page in pages for movie in page]
                self.assertEqual(len(set(shown)), 33)

    def test_movies_that_tie_are_in_the_order_of_their_ids(self):
        first, second = make_movie("Twins"), make_movie("Twins")
        Movie.objects.filter(pk=first.pk).update(language="fr")  # moves the row in PostgreSQL

        body = self.client.get("/api/movies/", {"ordering": "title", "search": "twins"}).json()

        self.assertEqual([movie["id"] for movie in body["results"]], [first.pk, second.pk])


class InvalidParameterTests(MovieTests):
    def test_a_malformed_value_is_refused_by_the_name_of_its_parameter(self):
        malformed = {
            "search": ["x" * 101, "a\0b"],
            "genre": ["x" * 51, "Dra\0ma"],
            "language": ["english", "e\0"],
            "certificate": ["x" * 21, "1\0"],
            "cinema": ["astoria", "0", "-1", "1.5", str(2**63), "9" * 5000, "1\0"],
            "date": ["tomorrow", "2026-13-01", "2026-02-30", "0001-01-01", "9999-12-31", "2026\0"],
            "ordering": ["price", "-id", "title,nonsense", "title\0"],
        }
        for field, values in malformed.items():
            for value in values:
                with self.subTest(field=field, value=value[:20]):
                    self.assert_parameter_refused({field: value}, field)

    def test_each_malformed_parameter_is_named(self):
        response = self.client.get("/api/movies/", {"cinema": "astoria", "date": "tomorrow"})

        self.assertEqual(response.status_code, 400)
        self.assertEqual(
            {error["field"] for error in response.json()["errors"]}, {"cinema", "date"}
        )


class PageTests(MovieTests):
    def test_pages_follow_each_other(self):
        first = self.client.get("/api/movies/?page_size=2").json()
        self.assertEqual((first["count"], len(first["results"]), first["previous"]), (3, 2, None))

        last = self.client.get(first["next"]).json()
        self.assertEqual([movie["title"] for movie in last["results"]], ["Paddington"])
        self.assertIsNone(last["next"])
        self.assertIn("page_size=2", last["previous"])

    def test_a_page_has_twenty_unless_asked_and_a_hundred_at_most(self):
        Movie.objects.bulk_create(
            Movie(title=f"Film {number}", duration_minutes=90, language="en")
            for number in range(100)
        )
        self.assertEqual(len(self.client.get("/api/movies/").json()["results"]), 20)
        for size in ("100", "101", "999999999"):
            with self.subTest(page_size=size):
                body = self.client.get("/api/movies/", {"page_size": size}).json()
                self.assertEqual(len(body["results"]), 100)

    def test_a_malformed_page_is_refused_by_the_name_of_its_parameter(self):
        for field in ("page", "page_size"):
            for value in ("0", "-1", "1.5", "last", "", "１", "1\0", str(2**63), "9" * 5000):
                with self.subTest(field=field, value=value[:20]):
                    self.assert_parameter_refused({field: value}, field)

    def test_a_page_past_the_end_is_a_404(self):
        for page in (2, 999_999_999):
            with self.subTest(page=page):
                response = self.client.get("/api/movies/", {"page": page})
                self.assert_problem(response, 404, "not_found")

    def test_a_page_too_deep_is_a_404_without_a_query(self):
        for page, size in ((101, 100), (501, 20), (10_001, 1), (1_000_000, 100)):
            with self.subTest(page=page, size=size), self.assertNumQueries(0):
                response = self.client.get("/api/movies/", {"page": page, "page_size": size})
                self.assert_problem(response, 404, "not_found", detail="after 10,000 rows")
        with mock.patch("core.http.pagination.MAX_ROWS", 2):
            pages = [self.client.get(f"/api/movies/?page_size=1&page={page}") for page in (1, 2, 3)]
        self.assertEqual([page.status_code for page in pages], [200, 200, 404])
        self.assertTrue(pages[0].json()["next"])
        self.assertIsNone(pages[1].json()["next"])
        with self.assertNumQueries(1):  # the number of rows
            response = self.client.get("/api/movies/", {"page": 100, "page_size": 100})
        self.assert_problem(response, 404, "not_found", detail="Invalid page")
