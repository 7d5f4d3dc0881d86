"""Unrestricted consumption: API4, API6 and API7."""

import json
import socket
from unittest import mock

from django.conf import settings
from django.test import TestCase, override_settings
from rest_framework.test import APIClient

from bookings.models import Booking
from movies.models import Cinema, Movie
from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.bookings import make_order
from testing.builders.movies import make_movie, make_show
from testing.cases import APIAssertions
from testing.throttles import rates
from tests.test_permissions import API, url_patterns

ME = "/api/auth/me/"


def rows_of(model):
    return list(model.objects.order_by("pk").values())


class UnrestrictedResourceConsumptionTests(TestCase):
    """API4: all input is bounded, and calls open to guessing or mailing are throttled."""

    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.staff = make_user("alice"), make_staff()
        cls.show = make_show()
        cls.order = make_order(user=cls.alice, show=cls.show)

    def setUp(self):
        self.enterContext(rates())

    def writes(self):
        """Yield the URL of each endpoint with a body, and a client that may call it."""
        for method, path in API:
            if method == "POST" and "<" not in path:
                yield path, client_of(self.staff)
        for path in ("book", "hold", "quote", "block", "unblock", "cancel"):
            yield f"/api/shows/{self.show.pk}/{path}/", client_of(self.staff)
        for path in ("confirm", "cancel", "move"):
            yield f"/api/orders/{self.order.code}/{path}/", client_of(self.alice)

    @override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000)
    def test_a_body_that_is_too_large_is_rejected_everywhere(self):
        for url, client in self.writes():
            for headers in ({}, {"Idempotency-Key": "k"}):
                with self.subTest(url=url, headers=headers):
                    response = client.post(url, {"name": "x" * 1000}, headers=headers)
                    self.assertEqual(response.status_code, 413)

    def test_deeply_nested_json_and_json_other_than_objects_are_a_400_everywhere(self):
        for url, client in self.writes():
            for body in ("[" * 50_000, '{"seats":' * 7_000, "[]", "7", '"x"'):
                with self.subTest(url=url, body=body[:10]):
                    response = client.generic("POST", url, body, content_type="application/json")
                    self.assertEqual(response.status_code, 400)

    def test_lists_are_bounded_and_counted_before_their_items_are_validated(self):
        """Otherwise 4 MiB of invalid items would be answered with about 150 MB of errors."""
        staff, alice = client_of(self.staff), client_of(self.alice)
        show, order = f"/api/shows/{self.show.pk}", f"/api/orders/{self.order.code}"
        slots = {"days": ["2026-01-01"], "times": ["10:00"]}
        wrong = [[]]
        for client, url, body in [
            (alice, f"{show}/hold/", {"seat_numbers": wrong * 101}),
            (alice, f"{show}/hold/", {"seats": wrong * 101}),
            (alice, f"{show}/hold/", {"best": 1, "ticket_types": wrong * 101}),
            (APIClient(), f"{show}/quote/", {"seat_numbers": wrong * 101}),
            (alice, f"{order}/cancel/", {"seat_numbers": wrong * 5001}),
            (alice, f"{order}/cancel/", {"seat_numbers": ["1"] * 5001}),
            (alice, f"{order}/move/", {"seat_numbers": wrong * 101}),
            (staff, f"{show}/block/", {"seat_numbers": wrong * 5001, "reason": "x"}),
            (staff, f"{show}/unblock/", {"seat_numbers": ["1"] * 5001}),
            (staff, "/api/shows/schedule/", slots | {"days": wrong * 63}),
            (staff, "/api/shows/schedule/", slots | {"times": wrong * 25}),
            (staff, "/api/movies/", {"genres": wrong * 21}),
            (staff, "/api/price-lists/", {"prices": wrong * 1001}),
            (staff, "/api/cinemas/", {"refund_tiers": wrong * 101}),
        ]:
            name = next(name for name, value in body.items() if len(str(value)) > 80)
            with self.subTest(url=url, name=name):
                response = client.post(url, body)
                self.assertEqual(response.status_code, 400)
                errors = [e for e in response.json()["errors"] if e["field"].startswith(name)]
                self.assertEqual([error["code"] for error in errors], ["max_length"])

    def test_numbers_are_bounded(self):
        for best in (0, -1, 101, 2**63, 10**400, 1.5, True, "x"):
            with self.subTest(best=best):
                response = self.client.generic(
                    "POST",
                    f"/api/shows/{self.show.pk}/quote/",
                    json.dumps({"best": best}),
                    content_type="application/json",
                )
                self.assertEqual(response.status_code, 400)

    def test_strings_are_bounded(self):
        alice, long = client_of(self.alice), "x" * 10_000
        show, order = f"/api/shows/{self.show.pk}", f"/api/orders/{self.order.code}"
        for url, body in [
            (f"{show}/book/", {"seat_number": long}),
            (f"{show}/book/", {"seat_number": 10**400}),
            (f"{show}/book/", {"seat_number": "1", "ticket_type": long}),
            (f"{show}/hold/", {"best": 1, "category": long}),
            (f"{order}/confirm/", {"payment_reference": long}),
            (f"{order}/cancel/", {"reason": long}),
            (f"{order}/move/", {"best": 1, "payment_reference": long}),
        ]:
            with self.subTest(url=url, body=str(body)[:30]):
                response = alice.generic(
                    "POST", url, json.dumps(body), content_type="application/json"
                )
                self.assertEqual(response.status_code, 400)
        response = alice.get(f"{order}/cancel/preview/", {"seat_numbers": "1," * 5000 + "1"})
        self.assertEqual(response.status_code, 400)

    def test_pages_are_bounded_in_every_list(self):
        client = client_of(self.staff)
        Movie.objects.bulk_create(
            Movie(title=str(number), duration_minutes=1, language="en") for number in range(101)
        )
        self.assertEqual(
            len(client.get("/api/movies/", {"page_size": 10**6}).json()["results"]), 100
        )
        for url, view in url_patterns():
            if "list" in (getattr(view, "actions", None) or {}).values():
                for size in ("0", "-1", "x", "1e3", "9" * 100, ""):
                    with self.subTest(url=url, size=size):
                        response = client.get(url, {"page_size": size})
                        self.assertEqual(response.status_code, 400)

    def test_odd_and_long_filters_cause_no_server_error(self):
        client = client_of(self.alice)
        for url, names in [
            ("movies", "search genre language certificate cinema date ordering page"),
            ("shows", "movie cinema date format language upcoming page"),
            ("orders", "status upcoming page"),
            ("my-bookings", "status upcoming page"),
        ]:
            for name in names.split():
                for value in ("x" * 5000, "\0", "9" * 40, "-1", "\u202e", ["a"] * 900):
                    with self.subTest(url=url, name=name, value=value[:5]):
                        response = client.get(f"/api/{url}/", {name: value})
                        self.assertIn(response.status_code, {200, 400, 404})

    def test_only_harmless_public_writes_are_not_throttled(self):
        """A log-out needs the signature of a token, and a message that of its gateway."""
        limited = {
            url: any(
                name in settings.OPERATIONS_PER_MINUTE
                for name in getattr(view.cls, "own_limits", {}).values()
            )
            or any(
                scope in settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]
                for scope in (
                    getattr(view.cls, "throttle_scope", None),
                    *(throttle.scope for throttle in view.cls.throttle_classes),
                )
            )
            for url, view in url_patterns()
            if API.get(("POST", url)) == "all"
        }
        self.assertEqual(
            {url for url, is_limited in limited.items() if not is_limited},
            {"/api/auth/logout/", "/api/payments/webhooks/<slug:gateway>/"},
        )
        self.assertEqual(sum(limited.values()), 7)


class SensitiveBusinessFlowsTests(APIAssertions, TestCase):
    """API6: one customer cannot take the whole hall, by any combination of calls."""

    def test_no_combination_of_calls_exceeds_the_seat_limit(self):
        client, show = client_of(make_user()), make_show()
        url = f"/api/shows/{show.pk}"
        held = client.post(f"{url}/hold/", {"best": 5}).json()["code"]
        self.assertEqual(client.post(f"{url}/book/", {"seat_number": "99"}).status_code, 201)
        self.assertEqual(client.post(f"{url}/hold/", {"best": 4}).status_code, 201)
        for number in range(3):
            for path, body in [("book", {"seat_number": "98"}), ("hold", {"best": 1})]:
                response = client.post(
                    f"{url}/{path}/", body, headers={"Idempotency-Key": f"{path}{number}"}
                )
                self.assert_problem(response, 400, "seat_limit")
        client.post(f"/api/orders/{held}/confirm/")
        response = client.post(f"{url}/hold/", {"best": 1})
        self.assert_problem(response, 400, "seat_limit")
        moved = client.post(f"/api/orders/{held}/move/", {"best": 6})
        self.assertEqual(moved.status_code, 400)
        self.assertEqual(Booking.objects.active().count(), 10)

    def test_a_hold_cannot_be_extended_forever(self):
        client, show = client_of(make_user()), make_show()
        held = client.post(f"/api/shows/{show.pk}/hold/", {"best": 5}).json()
        for _ in range(3):
            extended = client.post(f"/api/orders/{held['code']}/extend/").json()
            self.assertLessEqual(extended["expires_at"], held["extendable_until"])
            self.assertEqual(extended["extendable_until"], held["extendable_until"])


class ServerSideRequestForgeryTests(TestCase):
    """API7: addresses in bodies are stored, never requested."""

    ADDRESSES = {
        "poster_url": "http://169.254.169.254/latest/meta-data/",
        "trailer_url": "https://localhost:1/trailer.mp4",
    }

    def test_saving_a_movie_opens_no_connection(self):
        client = client_of(make_staff())
        refuse = AssertionError("a connection was tried")
        with (
            mock.patch.object(socket.socket, "connect", side_effect=refuse),
            mock.patch.object(socket, "getaddrinfo", side_effect=refuse),
        ):
            body = {"title": "Alien", "duration_minutes": 117, "language": "en"}
            response = client.post("/api/movies/", body | self.ADDRESSES)
            self.assertEqual(response.status_code, 201)
            url = f"/api/movies/{response.json()['id']}/"
            self.assertEqual(client.patch(url, self.ADDRESSES).status_code, 200)
            self.assertEqual(client.get(url).json()["poster_url"], self.ADDRESSES["poster_url"])

    def test_an_address_that_a_browser_would_execute_is_rejected(self):
        client, movie = client_of(make_staff()), make_movie()
        for address in [
            "javascript:alert(1)",
            "data:text/html,<script>alert(1)</script>",
            "file:///etc/passwd",
            "gopher://localhost/",
            "//evil.example/x",
            "https://evil.example/\r\nX: y",
            " javascript:alert(1)",
        ]:
            for field in self.ADDRESSES:
                with self.subTest(field=field, address=address):
                    response = client.patch(f"/api/movies/{movie.pk}/", {field: address})
                    self.assertEqual(response.status_code, 400)
        self.assertFalse(Cinema.objects.exists())
