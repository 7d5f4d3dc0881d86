"""How public GETs are delivered: compressed, cached by browsers, and never with a secret."""

import gzip

import brotli
from django.test import TestCase, override_settings

from core.http.cached_reads import response_for
from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.movies import make_movie, make_price_list, make_seating_plan, make_show
from testing.cache import CacheEnabled
from testing.prices import adult
from testing.sales import CustomerRequests

DECODERS = {"gzip": gzip.decompress, "br": brotli.decompress}
HALL = "".join(f"{row}X  {'s' * 20}\n" for row in range(1, 25))  # 480 seats
LARGEST_HALL = "-  " + "\n-  ".join(["s" * 250] * 20) + "\n"  # 5,000 seats


class PublicReads(CacheEnabled, CustomerRequests, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.customer, cls.staff = make_user("customer"), make_staff()
        cls.movie = make_movie("Alien", genres=["Horror"], description="In space … " * 200)
        cls.show = make_show(
            movie=cls.movie,
            seating_plan=make_seating_plan(HALL),
            price_list=make_price_list(adult(Standard="9.50")),
        )
        cls.seats = f"/api/shows/{cls.show.pk}/seats/"
        cls.large = [cls.seats, f"{cls.seats[:-1]}.svg", "/api/movies/", "/schema/"]
        cls.small = [
            f"/api/shows/{cls.show.pk}/availability/",
            f"/api/shows/{cls.show.pk}/",
            f"/api/movies/{cls.movie.pk}/shows/",
            *("/api/shows/", "/api/cinemas/", "/api/genres/", "/api/ticket-types/"),
        ]

    def get(self, url, **headers):
        response = self.client.get(url, headers=headers)
        self.assertEqual(response.status_code, 200, response.content)
        return response


class CompressionTests(PublicReads):
    def test_large_bodies_are_compressed_as_the_client_accepts(self):
        for url in self.large:
            plain = self.get(url)
            self.assertNotIn("Content-Encoding", plain)
            for header, coding in (
                ("gzip, deflate, br, zstd", "br"),
                ("gzip", "gzip"),
                ("br;q=0.1, gzip;q=0.2", "gzip"),
            ):
                with self.subTest(url=url, header=header):
                    response = self.get(url, accept_encoding=header)
                    self.assertEqual(response["Content-Encoding"], coding)
                    self.assertEqual(DECODERS[coding](response.content), plain.content)
                    self.assertEqual(response["Content-Length"], str(len(response.content)))
                    self.assertLess(len(response.content), len(plain.content) / 4)
                    self.assertEqual(response["Content-Type"], plain["Content-Type"])
            with self.subTest(url=url):
                response = self.get(url, accept_encoding="gzip;q=0, identity")
                self.assertNotIn("Content-Encoding", response)

    def test_a_small_body_is_sent_as_it_is(self):
        for url in self.small[-2:]:
            with self.subTest(url=url):
                self.assertNotIn("Content-Encoding", self.get(url, accept_encoding="gzip, br"))
        response = self.get(self.small[-1], accept_encoding="gzip, identity;q=0")
        self.assertEqual(response["Content-Encoding"], "gzip")

    def test_all_codings_are_in_vary(self):
        for url in [*self.large, *self.small]:
            for accept_encoding in ("", "gzip"):
                with self.subTest(url=url, accept_encoding=accept_encoding):
                    vary = self.get(url, accept_encoding=accept_encoding)["Vary"]
                    names = {name.strip().lower() for name in vary.split(",")}
                    self.assertLessEqual({"accept", "accept-encoding", "authorization"}, names)

    def test_the_etag_of_one_coding_is_current_in_every_other(self):
        for url in self.large:
            etags = {coding: self.get(url, accept_encoding=coding)["ETag"] for coding in DECODERS}
            etags[""] = self.get(url)["ETag"]
            self.assertEqual({etag.removeprefix("W/") for etag in etags.values()}, {etags[""]})
            for known in etags:
                for accepted, etag in etags.items():
                    with self.subTest(url=url, known=known, accepted=accepted):
                        response = self.client.get(
                            url,
                            headers={"If-None-Match": etags[known], "Accept-Encoding": accepted},
                        )
                        self.assertEqual((response.status_code, response.content), (304, b""))
                        self.assertEqual(response["ETag"], etag)
                        self.assertIn("Accept-Encoding", response["Vary"])
                        self.assertNotIn("Content-Encoding", response)

    def test_head_has_the_headers_of_get(self):
        for url in self.large:
            for coding in ("identity", "gzip", "br"):
                with self.subTest(url=url, coding=coding):
                    get = self.get(url, accept_encoding=coding)
                    head = self.client.head(url, headers={"Accept-Encoding": coding})
                    self.assertEqual((head.status_code, head.content), (200, b""))
                    del get["X-Request-ID"], head["X-Request-ID"]
                    self.assertEqual(dict(head.headers), dict(get.headers))

    def test_head_is_not_modified_where_get_is_not(self):
        clients = {"anonymous": self.client, "customer": client_of(self.customer)}
        for name, client in clients.items():
            for url in [*self.large, *self.small, "/api/auth/me/", "/api/orders/"]:
                get = client.get(url)
                if get.status_code == 401:
                    continue
                with self.subTest(url=url, name=name):
                    self.assertEqual(client.head(url)["ETag"], get["ETag"])
                    for etag in (get["ETag"], f'"old", W/{get["ETag"]}', "*"):
                        head = client.head(url, headers={"If-None-Match": etag})
                        self.assertEqual((head.status_code, head.content), (304, b""))
                    changed = client.head(url, headers={"If-None-Match": '"old"'})
                    self.assertEqual(changed.status_code, 200)

    def test_an_answer_to_a_token_is_never_compressed(self):
        """BREACH: the length of compressed secrets beside chosen text gives them away."""
        client = client_of(self.staff)
        for url in [*self.large, *self.small, "/api/auth/me/", "/api/orders/", "/api/screens/"]:
            with self.subTest(url=url):
                response = client.get(url, headers={"Accept-Encoding": "gzip, br, identity;q=0"})
                self.assertEqual(response.status_code, 200, response.content)
                self.assertNotIn("Content-Encoding", response)

    def test_tokens_and_pages_with_a_csrf_token_are_never_compressed(self):
        self.customer.set_password("pass123")
        self.customer.save()
        body = {"username": "customer", "password": "pass123"}
        log_in = self.client.post(
            "/api/auth/login/", body, "application/json", headers={"Accept-Encoding": "gzip, br"}
        )
        self.assertIn("access", log_in.json())
        page = self.get("/admin/login/", accept_encoding="gzip, br")
        self.assertIn(b"csrfmiddlewaretoken", page.content)
        for response in (log_in, page):
            self.assertNotIn("Content-Encoding", response)

    def test_an_error_is_never_compressed(self):
        response = self.client.get(
            f"/api/movies/?{'x' * 5000}=1", headers={"Accept-Encoding": "gzip, br"}
        )
        self.assert_problem(response, 400, "invalid")
        self.assertNotIn("Content-Encoding", response)
        self.assertEqual(response["Cache-Control"], "no-cache")


class CacheControlTests(PublicReads):
    def test_anonymous_reads_are_public_for_a_second(self):
        for url in [*self.large, *self.small]:
            with self.subTest(url=url):
                self.assertEqual(self.get(url)["Cache-Control"], "public, max-age=1")

    def test_browsers_keep_them_as_long_as_the_process_does(self):
        for seconds, value in ((0, "public, no-cache"), (60, "public, max-age=60")):
            response_for.clear()
            with override_settings(MEMORY_SECONDS=seconds):
                self.assertEqual(self.get(self.seats)["Cache-Control"], value)

    def test_a_read_with_a_token_is_not_stored(self):
        for user in (self.customer, self.staff):
            client = client_of(user)
            for url in [*self.large, *self.small, "/api/auth/me/", "/api/orders/"]:
                with self.subTest(url=url, user=user.username):
                    response = client.get(url)
                    self.assertEqual(response["Cache-Control"], "no-store")
                    self.assertIn("Authorization", response["Vary"])

    def test_tokens_are_never_stored(self):
        self.customer.set_password("pass123")
        self.customer.save()
        log_in = {"username": "customer", "password": "pass123"}
        tokens = self.client.post("/api/auth/login/", log_in, "application/json")
        refresh = {"refresh": tokens.json()["refresh"]}
        again = self.client.post("/api/auth/refresh/", refresh, "application/json")
        change = {"current_password": "pass123", "new_password": "pass1234"}
        changed = client_of(self.customer).post("/api/auth/password/change/", change)
        for response in (tokens, again, changed):
            self.assertEqual(response.status_code, 200, response.content)
            self.assertEqual(response["Cache-Control"], "no-store")

    def test_a_write_is_not_stored(self):
        response = self.ask("book", user=self.customer, seat_number="1X1")
        self.assertEqual(response.status_code, 201, response.content)
        self.assertEqual(response["Cache-Control"], "no-store")


class SeatsCacheTests(PublicReads):
    def test_a_second_read_within_a_second_runs_no_query(self):
        for url in (self.seats, f"{self.seats[:-1]}.svg"):
            with self.subTest(url=url):
                first = self.get(url)
                with self.assertNumQueries(0):
                    self.assertEqual(self.get(url).content, first.content)
                    etag = {"If-None-Match": first["ETag"], "Accept-Encoding": "br"}
                    self.assertEqual(self.client.get(url, headers=etag).status_code, 304)

    def test_a_booked_seat_is_visible_after_a_second_and_with_a_token_at_once(self):
        def status(client=self.client):
            return client.get(self.seats).json()["seats"][0]["status"]

        self.assertEqual(status(), "available")
        self.ask("book", user=self.customer, seat_number="1X1")

        self.assertEqual((status(), status(client_of(self.customer))), ("available", "booked"))
        self.clock.now += 1
        self.assertEqual(status(), "booked")

    def test_an_invalid_token_is_refused_even_if_the_seats_are_cached(self):
        self.get(self.seats)
        response = self.client.get(self.seats, headers={"Authorization": "Bearer of-yesterday"})
        self.assertEqual(response.status_code, 401, response.content)

    def test_the_largest_hall_is_cached_and_compressed(self):
        show = make_show(seating_plan=make_seating_plan(LARGEST_HALL))
        url = f"/api/shows/{show.pk}/seats/"
        plain = self.get(url).content
        with self.assertNumQueries(0):
            packed = self.get(url, accept_encoding="br").content

        self.assertEqual(brotli.decompress(packed), plain)
        self.assertLess(len(packed), len(plain) / 20)
        self.assertGreater(len(plain), 900_000)
        self.assertEqual(response_for.size(), 1)
