"""What the OWASP API Security Top 10 of 2023 warns of, a class each.

Here is what the tests of single endpoints do not show. API9, inventory, and every function of API5
are in test_permissions, API8 is in test_production. API10, unsafe consumption of other APIs, does
not apply: the service calls no other.
"""

import base64
import hashlib
import hmac
import json
import socket
from datetime import timedelta
from unittest import mock

import jwt
from django.conf import settings
from django.test import TestCase, override_settings
from django.utils import timezone
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from accounts.models import User
from accounts.services import tokens_of
from bookings.models import Booking, Order
from movies.models import Cinema, Movie, SeatingPlan, Show
from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.bookings import block_seat, bookings_of, make_order
from testing.builders.movies import make_movie, make_seating_plan, make_show
from testing.throttles import rates
from tests.test_permissions import API, url_patterns

ME = "/api/auth/me/"


def rows_of(model):
    return list(model.objects.order_by("pk").values())


class ObjectLevelAuthorizationTests(TestCase):
    """API1: nobody reaches another customer's rows, whatever the id and wherever it is sent."""

    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob = make_user("alice"), make_user("bob")
        cls.show = make_show(price=9, movie=make_movie("Alien"))
        cls.order = make_order(user=cls.alice, show=cls.show, seats=["1", "2"], price=9)
        cls.held = make_order(user=cls.alice, show=cls.show, seats=["3"], price=9, status="held")
        cls.own = make_order(user=cls.bob, show=cls.show, seats=["5"], price=9)

    def setUp(self):
        self.client = client_of(self.bob)

    def test_an_order_of_another_tells_and_does_nothing(self):
        before = rows_of(Order), rows_of(Booking)
        for order in (self.order, self.held):
            for code in (order.code, order.code.lower()):
                for method, path, body in [
                    ("get", "", None),
                    ("post", "confirm/", {"payment_reference": "pi_1"}),
                    ("post", "extend/", None),
                    ("post", "cancel/", {"seat_numbers": ["1"]}),
                    ("get", "cancel/preview/", None),
                    ("post", "move/", {"seat_numbers": ["8", "9"]}),
                ]:
                    with self.subTest(path=path, code=code):
                        response = getattr(self.client, method)(
                            f"/api/orders/{code}/{path}",
                            body,
                            headers={"Idempotency-Key": code + path},
                        )
                        self.assertEqual(response.status_code, 403)
                        self.assertEqual(response.json()["code"], "permission_denied")
                        self.assertNotIn("Alien", response.content.decode())
        self.assertEqual((rows_of(Order), rows_of(Booking)), before)

    def test_lists_show_what_is_ones_own_whatever_else_is_asked_for(self):
        own = self.own.bookings.get().pk
        for query in ["", "customer", "user", "order__customer", "customer_id"]:
            filters = {query: self.alice.pk} if query else {}
            with self.subTest(query=query):
                orders = self.client.get("/api/orders/", filters).json()["results"]
                bookings = self.client.get("/api/my-bookings/", filters).json()["results"]
                self.assertEqual([order["code"] for order in orders], [self.own.code])
                self.assertEqual([booking["id"] for booking in bookings], [own])

    def test_staff_have_no_more_in_these_lists(self):
        client = client_of(make_staff())
        for path in ("orders", "my-bookings"):
            self.assertEqual(client.get(f"/api/{path}/").json()["count"], 0)

    def test_an_order_or_customer_named_in_a_body_is_not_the_one_written_to(self):
        before = Order.objects.filter(customer=self.alice).values()
        theirs = {"order": self.order.code, "code": self.order.code, "customer": self.alice.pk}
        show = f"/api/shows/{self.show.pk}"
        for url, body in [
            (f"{show}/book/", {"seat_number": "10"}),
            (f"{show}/hold/", {"seat_numbers": ["11"]}),
            (f"/api/orders/{self.own.code}/move/", {"seat_numbers": ["12"]}),
        ]:
            with self.subTest(url=url):
                response = self.client.post(url, body | theirs)
                self.assertLess(response.status_code, 300, response.content)
                self.assertNotIn(self.order.code, response.content.decode())
        response = self.client.post(f"/api/orders/{self.own.code}/cancel/", theirs)
        self.assertEqual(response.status_code, 400)
        self.assertQuerySetEqual(Order.objects.filter(customer=self.alice).values(), before)
        self.assertEqual(Booking.objects.booked_by(self.alice).active().count(), 3)

    def test_a_seat_of_another_is_not_cancelled_through_ones_own_order(self):
        response = self.client.post(
            f"/api/orders/{self.own.code}/cancel/", {"seat_numbers": ["5", "1"]}
        )
        self.assertEqual(response.json()["code"], "seat_unknown")
        self.assertEqual(Booking.objects.active().count(), 4)

    def test_an_order_moves_to_no_show_that_it_may_not(self):
        elsewhere = make_show(price=9, movie=make_movie("Heat"))
        url = f"/api/orders/{self.own.code}/move/"
        for show in [elsewhere.pk, 0, -1, 2**63, 10**30, "x", True, None, [self.show.pk], {}, 1.5]:
            with self.subTest(show=show):
                response = self.client.post(url, {"show": show, "seat_numbers": ["20"]})
                self.assertEqual(response.status_code, 400)
                self.assertEqual(response.json()["errors"][0]["field"], "show")
        self.assertEqual(self.own.bookings.get().status, "booked")

    def test_an_id_that_is_none_is_not_found(self):
        for pk in ["0", "-1", str(2**63), "1e3", "٣", "1%00", "1/../2"]:
            with self.subTest(pk=pk):
                self.assertEqual(self.client.get(f"/api/bookings/{pk}/").status_code, 404)


def base64url(data):
    data = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def signed_as(header, claims, key=None):
    """A token with this header, whatever PyJWT thinks of it, signed with HS256."""
    text = f"{base64url(header)}.{base64url(claims)}"
    key = settings.SECRET_KEY if key is None else key
    return f"{text}.{base64url(hmac.digest(key.encode(), text.encode(), hashlib.sha256))}"


class BrokenAuthenticationTests(TestCase):
    """API2. Forged, expired, revoked and swapped tokens: accounts.tests.test_tokens."""

    @classmethod
    def setUpTestData(cls):
        cls.alice = make_user("alice", "pass123")

    def claims(self, **changes):
        return AccessToken.for_user(self.alice).payload | changes

    def status(self, token, **kwargs):
        return self.client.get(
            ME, headers={"Authorization": f"Bearer {token}"}, **kwargs
        ).status_code

    def test_a_token_made_here_is_good(self):
        self.assertEqual(self.status(signed_as({"alg": "HS256"}, self.claims())), 200)

    def test_the_header_of_a_token_does_not_choose_how_it_is_checked(self):
        own = {"kty": "oct", "k": base64url(b"eve")}
        for header in [
            *({"alg": name} for name in ("none", "None", "NONE", "", "hs256", None, 7, [], {})),
            *({"alg": name} for name in ("RS256", "ES256", "PS256", "EdDSA", "HS384")),
            {},
        ]:
            with self.subTest(header=header):
                self.assertEqual(self.status(signed_as(header, self.claims())), 401)
                text = f"{base64url(header)}.{base64url(self.claims())}"
                self.assertEqual(self.status(f"{text}."), 401)
        for more in [{"jwk": own}, {"jku": "https://evil.example"}, {"kid": "../../dev/null"}]:
            for key in ("eve", "", "only-for-development"):
                with self.subTest(header=more, key=key):
                    token = signed_as({"alg": "HS256", **more}, self.claims(), key)
                    self.assertEqual(self.status(token), 401)

    def test_a_token_of_nobody_is_refused(self):
        for user_id in [
            -1,
            0,
            2**63,
            10**40,
            "-1",
            "9" * 40,
            None,
            "nobody",
            "",
            1.5,
            [1],
            {"pk": 1},
        ]:
            claims = self.claims(user_id=user_id)
            with self.subTest(user_id=user_id):
                self.assertEqual(self.status(signed_as({"alg": "HS256"}, claims)), 401)
                refresh = RefreshToken.for_user(self.alice).payload | {"user_id": user_id}
                token = signed_as({"alg": "HS256"}, refresh)
                for url in ("refresh", "logout"):
                    response = self.client.post(
                        f"/api/auth/{url}/", {"refresh": token}, content_type="application/json"
                    )
                    self.assertEqual(response.status_code, 401)

    def test_a_token_without_what_it_needs_is_refused(self):
        for name in ("user_id", "token_type", "exp", "jti", "hash_password"):
            claims = self.claims()
            del claims[name]
            with self.subTest(without=name):
                self.assertEqual(self.status(signed_as({"alg": "HS256"}, claims)), 401)

    def test_a_token_from_the_future_is_refused(self):
        later = int((timezone.now() + timedelta(hours=1)).timestamp())
        for name in ("iat", "nbf"):
            with self.subTest(claim=name):
                token = signed_as({"alg": "HS256"}, self.claims(**{name: later}))
                self.assertEqual(self.status(token), 401)

    def test_two_authorization_headers_are_none(self):
        """Servers join them with a comma."""
        good = tokens_of(self.alice)["access"]
        for joined in (f"{good},Bearer {good}", f"{good}, Bearer x", f"x, Bearer {good}"):
            self.assertEqual(self.status(joined), 401)

    def test_a_token_is_read_from_the_header_only(self):
        good = tokens_of(self.alice)["access"]
        for name in ("token", "access", "access_token", "jwt", "Authorization"):
            with self.subTest(name=name):
                self.client.cookies[name] = good
                self.assertEqual(self.client.get(ME, {name: good}).status_code, 401)
                response = self.client.patch(ME, {name: good}, content_type="application/json")
                self.assertEqual(response.status_code, 401)

    def test_a_session_of_the_admin_is_no_login_here_nor_a_token_one_there(self):
        staff = make_staff()
        self.assertEqual(client_of(staff).get("/admin/").status_code, 302)
        self.client.force_login(staff)
        self.assertEqual(self.client.get(ME).status_code, 401)
        self.assertEqual(self.client.post("/api/shows/1/book/").status_code, 401)

    def test_a_token_ends_with_its_users_rights(self):
        staff = make_staff()
        client = client_of(staff)
        self.assertEqual(client.get("/api/genres/").status_code, 200)
        User.objects.filter(pk=staff.pk).update(is_staff=False)
        self.assertEqual(client.get("/api/genres/").status_code, 403)
        User.objects.filter(pk=staff.pk).update(is_active=False)
        self.assertEqual(client.get("/api/genres/").status_code, 401)

    def test_a_token_tells_no_secret(self):
        claims = jwt.decode(tokens_of(self.alice)["access"], options={"verify_signature": False})
        self.assertEqual(
            claims.keys(), {"token_type", "exp", "iat", "jti", "user_id", "hash_password"}
        )
        self.assertNotIn(self.alice.password, json.dumps(claims))


# What no client may set, with a value that would show.
FORBIDDEN = {
    "id": 999_999,
    "pk": 999_999,
    "code": "BBBBBBBBBB",
    "customer": 1,
    "user": 1,
    "price": "0.01",
    "total": "0.01",
    "currency": "XXX",
    "status": "cancelled",
    "refund": "99.00",
    "refund_limit": "99.00",
    "created_at": "2000-01-01T00:00:00Z",
    "booked_at": "2000-01-01T00:00:00Z",
    "cancelled_at": "2000-01-01T00:00:00Z",
    "cancelled_by": 1,
    "blocked_by": 1,
    "expires_at": "2099-01-01T00:00:00Z",
    "extendable_until": "2099-01-01T00:00:00Z",
    "request_id": "forged",
    "booked_request_id": "forged",
    "is_cancelled": True,
    "available_seats": 1,
    "seat_count": 1,
    "version": 77,
    "is_staff": True,
    "is_superuser": True,
    "is_active": False,
    "groups": [1],
    "user_permissions": [1],
    "last_login": "2000-01-01T00:00:00Z",
    "date_joined": "2000-01-01T00:00:00Z",
}


class ObjectPropertyLevelAuthorizationTests(TestCase):
    """API3: bodies set what they are for, answers show what they are for."""

    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff()
        cls.alice = make_user("alice", "pass123", email="alice@example.com")
        cls.show = make_show(price=9)

    def setUp(self):
        self.enterContext(rates())
        self.client = client_of(self.alice)

    def post(self, path, body=(), client=None):
        response = (client or self.client).post(f"/api/{path}/", FORBIDDEN | dict(body))
        self.assertLess(response.status_code, 300, response.content)
        return response.json() if response.content else None

    def assert_order(self, code, status, total):
        """It is what the service makes of it, in every column that a body could name."""
        order = Order.objects.get(code=code)
        lines = [line for line in order.bookings.all() if line.status == status]
        self.assertEqual((order.customer, order.status), (self.alice, status))
        self.assertEqual((order.total, order.currency), (total, "GBP"))
        self.assertEqual(order.expires_at is not None, status == "held")
        for row in (order, *bookings_of(order)):
            self.assertNotEqual(row.pk, 999_999)
            self.assertGreater(row.created_at, timezone.now() - timedelta(hours=1))
            self.assertLess(row.expires_at or timezone.now(), timezone.now() + timedelta(hours=1))
        for line in lines:
            self.assertEqual((line.price, line.currency, line.status), (9, "GBP", status))
            self.assertIsNone(line.blocked_by)
            self.assertIsNone(line.refund_limit)
            self.assertNotIn("forged", (line.request_id, line.booked_request_id))
            self.assertEqual(line.cancelled_by, self.alice if status == "cancelled" else None)

    def test_the_life_of_an_order(self):
        shows = f"shows/{self.show.pk}"
        booked = self.post(f"{shows}/book", {"seat_number": "1"})["order"]
        self.assert_order(booked, "booked", 9)
        code = self.post(f"{shows}/hold", {"seat_numbers": ["2", "3"]})["code"]
        self.assert_order(code, "held", 18)
        self.post(f"orders/{code}/extend")
        self.assert_order(code, "held", 18)
        self.post(f"orders/{code}/confirm", {"payment_reference": "pi_1"})
        self.assert_order(code, "booked", 18)
        self.post(f"orders/{code}/move", {"seat_numbers": ["4", "5"]})
        self.assert_order(code, "booked", 18)
        refused = self.client.post(f"/api/orders/{code}/cancel/", FORBIDDEN)
        self.assertEqual(refused.status_code, 400)
        self.assert_order(code, "booked", 18)
        self.client.post(f"/api/orders/{code}/cancel/")
        self.assert_order(code, "cancelled", 0)
        refunds = Booking.objects.filter(order__code=code).values_list("refund", flat=True)
        self.assertEqual(sum(refunds), 18)
        self.post(f"bookings/{Order.objects.get(code=booked).bookings.get().pk}/cancel")
        self.assert_order(booked, "cancelled", 0)
        quote = self.post(f"{shows}/quote", {"seat_numbers": ["9"]})
        self.assertEqual((quote["total"], quote["currency"]), ("9.00", "GBP"))

    def test_nobody_makes_themselves_staff(self):
        rights = ("is_staff", "is_superuser", "is_active")
        mallory = self.post("auth/signup", {"username": "mallory", "password": "pass123"})
        changed = self.client.patch(ME, FORBIDDEN | {"first_name": "A", "password": "hacked"})
        self.assertEqual(changed.status_code, 200)
        tokens = self.post(
            "auth/password/change", {"current_password": "pass123", "new_password": "pass1234"}
        )
        self.assertEqual(tokens.keys(), {"access", "refresh"})
        for user in User.objects.filter(pk__in=[mallory["id"], self.alice.pk]):
            with self.subTest(user=user):
                self.assertEqual([getattr(user, name) for name in rights], [False, False, True])
                self.assertFalse(user.groups.exists() or user.user_permissions.exists())
                self.assertGreater(user.date_joined, timezone.now() - timedelta(hours=1))
                self.assertFalse(user.check_password("hacked"))
        self.assertEqual(mallory.keys(), {"id", "username", "email"})

    def test_what_the_server_works_out_is_not_for_staff_to_say_either(self):
        staff = client_of(self.staff)
        response = staff.patch(f"/api/shows/{self.show.pk}/", FORBIDDEN | {"cancel_reason": "x"})
        self.assertEqual(response.status_code, 200, response.content)
        show = Show.objects.get()
        self.assertEqual((show.pk, show.cancelled_at, show.cancel_reason), (self.show.pk, None, ""))
        self.post("seating-plans", {"name": "Hall", "text": "A  ssss\n"}, staff)
        plan = SeatingPlan.objects.get()
        self.assertEqual((plan.version, plan.seat_count), (1, 4))
        self.assertNotEqual(plan.pk, 999_999)
        self.post(f"shows/{self.show.pk}/block", {"seat_numbers": ["7"], "reason": "x"}, staff)
        blocked = Booking.objects.get(status="blocked")
        self.assertEqual((blocked.blocked_by, blocked.price, blocked.order), (self.staff, 0, None))

    def test_what_is_for_all_names_no_customer_and_no_reason(self):
        secret = make_user("secret-customer", "pass123", email="secret@example.com")
        show = make_show(movie=make_movie("Heat"), seating_plan=make_seating_plan())
        make_order(user=secret, show=show, seats=["A1"])
        blocked = block_seat(show=show, seat_number="A2", by=secret)
        Booking.objects.filter(pk=blocked.pk).update(block_reason="secret reason")
        for (method, path), who in API.items():
            if (method, who) == ("GET", "all"):
                pk = {"movies": show.movie_id, "cinemas": show.screen.cinema_id}
                url = path.replace("<int:pk>", str(pk.get(path.split("/")[2], show.pk)))
                with self.subTest(url=url):
                    response = APIClient().get(url)
                    self.assertEqual(response.status_code, 200)
                    self.assertNotIn("secret", response.content.decode())


class UnrestrictedResourceConsumptionTests(TestCase):
    """API4: everything that is sent has a bound, and what guesses or mails has a limit."""

    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.staff = make_user("alice"), make_staff()
        cls.show = make_show()
        cls.order = make_order(user=cls.alice, show=cls.show)

    def setUp(self):
        self.enterContext(rates())

    def writes(self):
        """The URL of each endpoint that takes a body, and who may call it."""
        for method, path in API:
            if method == "POST" and "<" not in path:
                yield path, client_of(self.staff)
        for path in ("book", "hold", "quote", "block", "unblock", "cancel"):
            yield f"/api/shows/{self.show.pk}/{path}/", client_of(self.staff)
        for path in ("confirm", "cancel", "move"):
            yield f"/api/orders/{self.order.code}/{path}/", client_of(self.alice)

    @override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000)
    def test_a_body_that_is_too_large_is_read_nowhere(self):
        for url, client in self.writes():
            for headers in ({}, {"Idempotency-Key": "k"}):
                with self.subTest(url=url, headers=headers):
                    response = client.post(url, {"name": "x" * 1000}, headers=headers)
                    self.assertEqual(response.status_code, 413)

    def test_json_that_is_nested_deeply_or_no_object_is_a_400_everywhere(self):
        for url, client in self.writes():
            for body in ("[" * 50_000, '{"seats":' * 50_000, "[]", "7", '"x"'):
                with self.subTest(url=url, body=body[:10]):
                    response = client.generic("POST", url, body, content_type="application/json")
                    self.assertEqual(response.status_code, 400)

    def test_lists_are_bounded_and_counted_before_they_are_read(self):
        """A list of 4 MiB, wrong in each item, would be answered with some 150 MB of errors."""
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

    def test_odd_and_long_filters_are_answered(self):
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

    def test_public_writes_without_a_limit_are_few_and_guess_nothing(self):
        """A refresh token has 256 bits of signature, and a quote writes nothing."""
        limited = {
            url: bool(
                getattr(view.cls, "throttle_scope", None)
                and view.cls.throttle_scope in settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]
            )
            for url, view in url_patterns()
            if API.get(("POST", url)) == "all"
        }
        self.assertEqual(
            {url for url, is_limited in limited.items() if not is_limited},
            {"/api/auth/refresh/", "/api/auth/logout/", "/api/shows/<int:pk>/quote/"},
        )
        self.assertEqual(sum(limited.values()), 4)


class FunctionLevelAuthorizationTests(TestCase):
    """API5: tricks with methods and paths. Who may call what: test_permissions."""

    @classmethod
    def setUpTestData(cls):
        cls.movie = make_movie()
        cls.show = make_show(movie=cls.movie)
        cls.alice = make_user("alice")

    def setUp(self):
        self.client = client_of(self.alice)

    def test_a_method_cannot_be_smuggled_in(self):
        url = f"/api/movies/{self.movie.pk}/"
        for method in ("get", "post", "options"):
            for headers in (
                {"X-HTTP-Method-Override": "DELETE"},
                {"X-HTTP-Method": "DELETE"},
                {"X-Method-Override": "DELETE"},
            ):
                response = getattr(self.client, method)(
                    f"{url}?_method=DELETE", {"_method": "DELETE"}, headers=headers
                )
                self.assertIn(response.status_code, {200, 403, 405})
        self.assertTrue(Movie.objects.exists())

    def test_the_case_of_a_method_does_not_matter(self):
        for method in ("delete", "Delete", "pAtCh"):
            response = self.client.generic(method, f"/api/movies/{self.movie.pk}/")
            self.assertEqual(response.status_code, 403)
        for method in ("TRACE", "CONNECT", "PROPFIND", "BREW"):
            response = client_of(make_staff(method)).generic(method, "/api/movies/")
            self.assertEqual(response.status_code, 405)

    def test_head_and_options_tell_no_more_than_get(self):
        for (method, path), who in API.items():
            if "." in who:
                url = path.replace("<int:pk>", str(self.show.pk))
                with self.subTest(url=url):
                    head = self.client.head(url)
                    self.assertEqual(head.content, b"")
                    options = self.client.options(url)
                    self.assertIn(options.status_code, {200, 403, 405})
                    self.assertNotIn("actions", options.json())
                    if method == "GET":
                        self.assertEqual((head.status_code, options.status_code), (403, 403))

    def test_head_does_nothing(self):
        before = rows_of(Booking)
        for path in ("book", "hold", "block", "cancel"):
            response = client_of(make_staff(path)).head(f"/api/shows/{self.show.pk}/{path}/")
            self.assertEqual(response.status_code, 405)
        self.assertEqual(rows_of(Booking), before)
        self.assertFalse(Show.objects.get().is_cancelled)

    def test_another_spelling_of_a_path_is_no_way_around(self):
        for path in [
            "/api//genres/",
            "/api/./genres/",
            "/api/movies/../genres/",
            "/api/genres/;x=1/",
            "/api/GENRES/",
            "/api/genres//",
            "/api/%67enres/",
            "/api/genres%2f",
            "/api/genres/%00",
            "//api/genres/",
        ]:
            with self.subTest(path=path):
                self.assertIn(self.client.get(path).status_code, {302, 403, 404})


class SensitiveBusinessFlowsTests(TestCase):
    """API6: one customer cannot take the hall. Single limits: bookings.tests; tries: throttles."""

    def test_no_mix_of_ways_gives_more_seats_than_the_limit(self):
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
                self.assertEqual(response.json()["code"], "seat_limit")
        client.post(f"/api/orders/{held}/confirm/")
        self.assertEqual(client.post(f"{url}/hold/", {"best": 1}).json()["code"], "seat_limit")
        moved = client.post(f"/api/orders/{held}/move/", {"best": 6})
        self.assertEqual(moved.status_code, 400)
        self.assertEqual(Booking.objects.active().count(), 10)

    def test_a_hold_is_not_extended_without_end(self):
        client, show = client_of(make_user()), make_show()
        held = client.post(f"/api/shows/{show.pk}/hold/", {"best": 5}).json()
        for _ in range(3):
            extended = client.post(f"/api/orders/{held['code']}/extend/").json()
            self.assertLessEqual(extended["expires_at"], held["extendable_until"])
            self.assertEqual(extended["extendable_until"], held["extendable_until"])


class ServerSideRequestForgeryTests(TestCase):
    """API7: addresses in bodies are kept, never called."""

    ADDRESSES = {
        "poster_url": "http://169.254.169.254/latest/meta-data/",
        "trailer_url": "https://localhost:1/trailer.mp4",
    }

    def test_saving_a_movie_calls_nobody(self):
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

    def test_an_address_that_a_browser_would_run_is_refused(self):
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
