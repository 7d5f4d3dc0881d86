"""Public reads of the programme: cached for a second, but never for a request with a token."""

from unittest import mock

from django.test import TestCase, TransactionTestCase, override_settings
from prometheus_client import REGISTRY

from core.http.cached_reads import response_for, varied_response_for
from movies.models import Movie
from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.movies import make_cinema, make_movie, make_screen, make_show
from testing.cache import CacheEnabled
from testing.races import at_once


class ReadTests(CacheEnabled, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff()
        cls.cinema = make_cinema(name="Astoria")
        cls.movie = make_movie("Alien", genres=["Horror"])
        cls.show = make_show(movie=cls.movie, screen=make_screen(cinema=cls.cinema), total_seats=50)
        cls.urls = [
            "/api/movies/",
            f"/api/movies/{cls.movie.pk}/",
            f"/api/movies/{cls.movie.pk}/shows/",
            "/api/shows/",
            f"/api/shows/{cls.show.pk}/",
            "/api/cinemas/",
            f"/api/cinemas/{cls.cinema.pk}/",
        ]

    def title(self, client=None):
        return (client or self.client).get(f"/api/movies/{self.movie.pk}/").json()["title"]

    def rename(self, title):
        response = client_of(self.staff).patch(f"/api/movies/{self.movie.pk}/", {"title": title})
        self.assertEqual(response.status_code, 200, response.content)


class AgeTests(ReadTests):
    def test_a_second_read_within_a_second_runs_no_query(self):
        for url in self.urls:
            with self.subTest(url=url):
                first = self.client.get(url)
                self.assertEqual(first.status_code, 200, first.content)
                self.clock.now += 0.99
                with self.assertNumQueries(0):
                    again = self.client.get(url)

                self.assertEqual((again.status_code, again.content), (200, first.content))
                del first["X-Request-ID"], again["X-Request-ID"]
                self.assertEqual(dict(again.headers), dict(first.headers))

    def test_a_change_is_visible_after_a_second(self):
        self.title()
        self.rename("Aliens")
        self.clock.now += 0.99
        self.assertEqual(self.title(), "Alien")

        self.clock.now += 0.01

        self.assertEqual(self.title(), "Aliens")

    def test_sold_seats_are_visible_after_a_second(self):
        urls = [f"/api/movies/{self.movie.pk}/shows/", "/api/shows/"]
        for url in urls:
            self.client.get(url)
        response = client_of(make_user()).post(
            f"/api/shows/{self.show.pk}/book/", {"seat_number": "7"}
        )
        self.assertEqual(response.status_code, 201, response.content)

        self.clock.now += 1

        for url in urls:
            with self.subTest(url=url):
                [show] = self.client.get(url).json()["results"]
                self.assertEqual(show["available_seats"], 49)

    def test_staff_see_their_own_change_at_once(self):
        staff = client_of(self.staff)
        self.assertEqual(self.title(staff), "Alien")
        self.title()

        self.rename("Aliens")

        self.assertEqual(self.title(staff), "Aliens")
        self.assertEqual(self.title(), "Alien")

    def test_an_invalid_token_is_refused_even_if_the_answer_is_cached(self):
        url = self.urls[1]
        self.client.get(url)

        response = self.client.get(url, headers={"Authorization": "Bearer of-yesterday"})

        self.assertEqual(response.status_code, 401, response.content)


class RequestTests(ReadTests):
    """Requests that differ in a part on which the answer depends."""

    def test_each_page_and_filter_has_its_own_answer(self):
        make_movie("Brazil")
        make_movie("Casablanca")
        found = {
            query: [
                movie["title"]
                for movie in self.client.get(f"/api/movies/{query}").json()["results"]
            ]
            for query in ("", "?page_size=2", "?page_size=2&page=2", "?search=zil", "?genre=horror")
        }

        self.assertEqual(
            found,
            {
                "": ["Alien", "Brazil", "Casablanca"],
                "?page_size=2": ["Alien", "Brazil"],
                "?page_size=2&page=2": ["Casablanca"],
                "?search=zil": ["Brazil"],
                "?genre=horror": ["Alien"],
            },
        )

    def test_queries_that_are_equal_only_after_quoting_are_cached_apart(self):
        """One sends bytes beyond ASCII unquoted, the other sends the same bytes as Latin-1."""
        make_movie("Amélie")
        sent = "search=Amélie".encode().decode("latin-1")
        self.assertEqual(self.client.get("/api/movies/", QUERY_STRING=sent).json()["count"], 1)

        self.assertEqual(self.client.get("/api/movies/", {"search": "AmÃ©lie"}).json()["count"], 0)

    @override_settings(ALLOWED_HOSTS=["*"])
    def test_links_to_other_pages_have_the_host_of_the_request(self):
        make_movie("Brazil")
        for host in ("tickets.example", "kiosk.example:8080"):
            for scheme in ("http", "https"):
                with self.subTest(host=host, scheme=scheme):
                    response = self.client.get(
                        "/api/movies/?page_size=1", headers={"Host": host}, secure=scheme == "https"
                    )
                    self.assertEqual(
                        response.json()["next"],
                        f"{scheme}://{host}/api/movies/?page=2&page_size=1",
                    )

    def test_each_accept_header_has_its_own_answer(self):
        url = self.urls[1]
        plain = self.client.get(url)

        indented = self.client.get(url, headers={"Accept": "application/json; indent=4"})
        refused = self.client.get(url, headers={"Accept": "text/html"})

        self.assertEqual(indented.json(), plain.json())
        self.assertIn(b'\n    "title": "Alien"', indented.content)
        self.assertEqual(refused.status_code, 406, refused.content)
        self.assertEqual(self.client.get(url).content, plain.content)

    @override_settings(CORS_ALLOWED_ORIGINS=["https://a.example", "https://b.example"])
    @override_settings(CORS_ALLOW_ALL_ORIGINS=False)
    def test_each_front_end_may_read_it_and_each_request_has_its_id(self):
        for name in ("a", "b"):
            with self.subTest(name=name):
                origin = f"https://{name}.example"
                response = self.client.get(
                    self.urls[0], headers={"Origin": origin, "X-Request-ID": name}
                )
                self.assertEqual(response["Access-Control-Allow-Origin"], origin)
                self.assertEqual(response["X-Request-ID"], name)


class OtherMethodTests(ReadTests):
    def test_head_has_the_headers_of_get_and_no_body(self):
        for url in self.urls:
            with self.subTest(url=url):
                head = self.client.head(url)
                with self.assertNumQueries(0):
                    get = self.client.get(url)

                self.assertEqual((head.status_code, head.content), (200, b""))
                del head["X-Request-ID"], get["X-Request-ID"]
                self.assertEqual(dict(head.headers), dict(get.headers))

    def test_other_methods_are_not_answered_from_the_cache(self):
        for url in self.urls:
            answer = self.client.get(url).content
            for method in ("OPTIONS", "POST", "PUT", "PATCH", "DELETE"):
                with self.subTest(method=method, url=url):
                    response = self.client.generic(method, url)
                    self.assertIn(response.status_code, [200, 401, 405])
                    self.assertEqual(response.status_code == 200, method == "OPTIONS")
                    self.assertNotEqual(response.content, answer)


class ErrorTests(ReadTests):
    def test_a_404_is_not_cached(self):
        number = self.movie.pk + 1
        for url in (f"/api/movies/{number}/", f"/api/movies/{number}/shows/"):
            self.assertEqual(self.client.get(url).status_code, 404)
        Movie.objects.create(pk=number, title="Brazil", duration_minutes=143, language="en")

        for url in (f"/api/movies/{number}/", f"/api/movies/{number}/shows/"):
            with self.subTest(url=url):
                self.assertEqual(self.client.get(url).status_code, 200)

    def test_each_error_has_the_id_of_its_request(self):
        for url, status in (("/api/movies/?page=0", 400), ("/api/shows/?page=9", 404)):
            for request_id in ("first", "second"):
                with self.subTest(url=url, request_id=request_id):
                    response = self.client.get(url, headers={"X-Request-ID": request_id})
                    self.assertEqual(response.status_code, status, response.content)
                    self.assertEqual(response.json()["request_id"], request_id)

    def test_a_deleted_row_is_a_404_after_a_second(self):
        url = f"/api/shows/{self.show.pk}/"
        self.client.get(url)
        self.show.delete()
        self.assertEqual(self.client.get(url).status_code, 200)

        self.clock.now += 1

        self.assertEqual(self.client.get(url).status_code, 404)


class ConditionalTests(ReadTests):
    def test_a_current_etag_gets_304_without_a_body_and_without_a_query(self):
        for url in self.urls:
            etag = self.client.get(url)["ETag"]
            with self.subTest(url=url), self.assertNumQueries(0):
                response = self.client.get(url, headers={"If-None-Match": etag})
                self.assertEqual((response.status_code, response.content), (304, b""))
                self.assertEqual(response["ETag"], etag)
                self.assertEqual(response["Cache-Control"], "public, max-age=1")

    def test_the_etag_is_computed_once_with_the_answer(self):
        with mock.patch("django.middleware.http.set_response_etag") as made_again:
            tags = {self.client.get(self.urls[0])["ETag"] for _ in range(3)}

        self.assertEqual(len(tags), 1)
        made_again.assert_not_called()

    def test_the_etag_changes_only_with_the_answer(self):
        url = self.urls[1]
        etag = self.client.get(url)["ETag"]
        self.clock.now += 5
        self.assertEqual(self.client.get(url)["ETag"], etag)

        self.rename("Aliens")
        self.clock.now += 5
        response = self.client.get(url, headers={"If-None-Match": etag})

        self.assertEqual((response.status_code, response.json()["title"]), (200, "Aliens"))
        self.assertNotEqual(response["ETag"], etag)

    def test_with_a_token_the_body_is_the_same_and_not_stored(self):
        for url in self.urls:
            with self.subTest(url=url):
                public, staff = self.client.get(url), client_of(self.staff).get(url)
                self.assertEqual(staff.content, public.content)
                for name in ("ETag", "Content-Type", "Allow"):
                    self.assertEqual(staff[name], public[name])
                self.assertEqual(staff["Cache-Control"], "no-store")


class LimitTests(ReadTests):
    def test_the_number_of_cached_answers_is_limited(self):
        with mock.patch.object(varied_response_for, "max_entries", 3):
            for number in range(10):
                self.client.get(f"/api/movies/?search={number}")
                self.assertLessEqual(varied_response_for.size(), 3)
            with self.assertNumQueries(0):
                self.client.get("/api/movies/?search=9")

    def test_long_requests_and_large_answers_are_answered_but_not_cached(self):
        padding = "x" * 1000
        make_show(movie=make_movie("Brazil"))
        with mock.patch.object(varied_response_for, "max_bytes", 8 * 3000):
            response = self.client.get(f"/api/movies/?genre=horror{'+' * len(padding)}")
            self.assertEqual(response.status_code, 200, response.content)
            self.assertEqual(response.json()["results"][0]["title"], "Alien")
            self.assertEqual(varied_response_for.size(), 0)
            Movie.objects.filter(title="Brazil").update(description=padding)
            for title, kept in (("Alien", 1), ("Brazil", 1)):
                response = self.client.get(f"/api/movies/?search={title}")
                self.assertEqual(response.json()["results"][0]["title"], title)
                self.assertEqual(response["Cache-Control"], "public, max-age=1")
                self.assertEqual(varied_response_for.size(), kept)

    def test_requests_that_differ_in_nothing_have_one_entry(self):
        number = self.show.pk
        for url, others in (
            ("/api/movies/", ["/api/movies/?", "/api/movies/?&&"]),
            ("/api/movies/?search=a&page=1", ["/api/movies/?page=1&&search=%61"]),
            (f"/api/shows/{number}/seats/", [f"/api/shows/000{number}/seats/"]),
            (f"/api/shows/{number}/availability/", [f"/api/shows/0{number}/availability/"]),
            (f"/api/shows/{number}/seats.svg", [f"/api/shows/0{number}/seats.svg?"]),
            ("/schema/?format=json", ["/schema/?format=js%6fn"]),
        ):
            first = self.client.get(url)
            for other, accept in [
                *((other, "*/*") for other in others),
                *((url, f"*/*, text/x-{number}") for number in range(3)),
                *((url, f"*/*;q=0.{number}") for number in range(1, 4)),
            ]:
                with self.subTest(url=other, accept=accept), self.assertNumQueries(0):
                    response = self.client.get(other, headers={"Accept": accept})
                    self.assertEqual(response.content, first.content)
        self.assertEqual((response_for.size(), varied_response_for.size()), (4, 2))

    def test_unknown_parameters_neither_fill_nor_read_nor_empty_the_cache(self):
        urls = [*self.urls, f"/api/shows/{self.show.pk}/availability/", "/schema/", "/openapi.json"]
        urls += [f"/api/shows/{self.show.pk}/seats/", f"/api/shows/{self.show.pk}/seats.svg"]
        with mock.patch.object(response_for, "max_entries", len(urls)):
            for url in urls:
                self.assertEqual(self.client.get(url).status_code, 200)
            before = set(response_for._entries)
            for url in urls:
                for number in range(len(urls) + 1):
                    with self.subTest(url=url):
                        response = self.client.get(f"{url}?zz={number}")
                        self.assertEqual(response.status_code, 400)
            self.assertEqual(set(response_for._entries), before)
        self.assertEqual(varied_response_for.size(), 0)

    @override_settings(ALLOWED_HOSTS=["tickets.example", ".cinema.example"])
    def test_searches_and_other_hosts_drop_only_their_like(self):
        plain = {"Host": "tickets.example"}
        self.client.get("/api/movies/", headers=plain)
        with (
            mock.patch.object(response_for, "max_entries", 3),
            mock.patch.object(varied_response_for, "max_entries", 3),
        ):
            for number in range(5):
                self.client.get(f"/api/movies/?search={number}", headers=plain)
                self.client.get("/api/movies/", headers={"Host": f"x{number}.cinema.example"})
                self.client.get("/api/movies/", headers={"Host": f"tickets.example:{number + 1}"})
            with self.assertNumQueries(0):
                self.client.get("/api/movies/", headers=plain)
        self.assertEqual((response_for.size(), varied_response_for.size()), (1, 3))

    def test_the_bytes_of_cached_answers_are_limited(self):
        with mock.patch.object(varied_response_for, "max_bytes", 30_000):
            for number in range(30):
                self.client.get(f"/api/movies/?search={number}")
                self.assertLessEqual(varied_response_for.bytes(), 30_000)
        self.assertLess(varied_response_for.size(), 15)

    def test_a_page_of_a_hundred_movies_is_cached(self):
        Movie.objects.bulk_create(
            Movie(
                title=f"Film {number}", duration_minutes=90, language="en", description="x" * 1000
            )
            for number in range(100)
        )
        self.client.get("/api/movies/?page_size=100")

        with self.assertNumQueries(0):
            self.assertEqual(self.client.get("/api/movies/?page_size=100").json()["count"], 101)


class ObservationTests(ReadTests):
    def test_a_cached_answer_is_logged_and_counted_by_its_route(self):
        def count():
            labels = {"method": "GET", "route": "api/movies/<int:pk>/", "status": "200"}
            return REGISTRY.get_sample_value("http_requests_total", labels)

        self.title()
        before = count()

        with self.assertNumQueries(0), self.assertLogs("requests", "INFO") as logs:
            self.title()

        self.assertEqual(count(), before + 1)
        self.assertEqual([record.path for record in logs.records], [self.urls[1]])


class SingleFlightTests(CacheEnabled, TransactionTestCase):
    def test_sixteen_simultaneous_requests_load_the_answer_once(self):
        self.wait_for_loads()
        make_show()
        read = response_for.function
        with mock.patch.object(response_for, "function", side_effect=read) as reads:
            responses = at_once([lambda: self.client_class().get("/api/shows/")] * 16)

        self.assertEqual(reads.call_count, 1)
        self.assertEqual({response.status_code for response in responses}, {200})
        self.assertEqual(len({response.content for response in responses}), 1)
