"""Broken authorization of objects, properties and functions: API1, API3, API5."""

from datetime import timedelta

from django.test import TestCase
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from bookings.models import Booking, Order
from movies.models import Genre, Movie, SeatingPlan, Show, TicketType
from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.bookings import block_seat, bookings_of, make_order
from testing.builders.movies import make_movie, make_seating_plan, make_show
from testing.cases import APIAssertions
from testing.throttles import rates
from tests.test_permissions import API

ME = "/api/auth/me/"


def rows_of(model):
    return list(model.objects.order_by("pk").values())


class ObjectLevelAuthorizationTests(APIAssertions, TestCase):
    """API1: no user reaches the rows of another customer, wherever the id is sent."""

    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob = make_user("alice"), make_user("bob")
        cls.show = make_show(price=9, movie=make_movie("Alien"))
        cls.order = make_order(user=cls.alice, show=cls.show, seats=["1", "2"], price=9)
        cls.held = make_order(user=cls.alice, show=cls.show, seats=["3"], price=9, status="held")
        cls.own = make_order(user=cls.bob, show=cls.show, seats=["5"], price=9)

    def setUp(self):
        super().setUp()
        self.client = self.client_of(self.bob)

    def test_an_order_of_another_customer_cannot_be_read_or_changed(self):
        before = rows_of(Order), rows_of(Booking)
        for order in (self.order, self.held):
            for code in (order.code, order.code.lower()):
                for method, path, body in [
                    ("get", "", None),
                    ("post", "confirm/", {"payment_reference": "pi_1"}),
                    ("post", "extend/", None),
                    ("post", "cancel/", {"seat_numbers": ["1"]}),
                    ("get", "cancel/preview/", None),
                    ("get", "tickets/", None),
                    ("get", "tickets.pdf", None),
                    ("post", "tickets/renew/", None),
                    ("post", "move/", {"seat_numbers": ["8", "9"]}),
                ]:
                    with self.subTest(path=path, code=code):
                        response = getattr(self.client, method)(
                            f"/api/orders/{code}/{path}",
                            body,
                            headers={"Idempotency-Key": code + path},
                        )
                        self.assert_problem(response, 403, "permission_denied")
                        self.assertNotIn("Alien", response.content.decode())
        self.assertEqual((rows_of(Order), rows_of(Booking)), before)

    def test_lists_show_only_ones_own_rows_whatever_the_parameters(self):
        own = self.own.bookings.get().number
        for query in ["", "customer", "user", "order__customer", "customer_id"]:
            filters = {query: self.alice.pk} if query else {}
            with self.subTest(query=query):
                if query:
                    for path in ("orders", "my-bookings"):
                        response = self.client.get(f"/api/{path}/", filters)
                        self.assert_problem(response, 400, "invalid", fields={query})
                    continue
                orders = self.client.get("/api/orders/", filters).json()["results"]
                bookings = self.client.get("/api/my-bookings/", filters).json()["results"]
                self.assertEqual([order["code"] for order in orders], [self.own.code])
                self.assertEqual([booking["id"] for booking in bookings], [own])

    def test_staff_see_only_their_own_rows_in_these_lists_too(self):
        client = client_of(make_staff())
        for path in ("orders", "my-bookings"):
            self.assertEqual(client.get(f"/api/{path}/").json()["count"], 0)

    def test_an_order_or_customer_in_a_body_is_refused(self):
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
                self.assert_problem(response, 400, "invalid", fields=set(theirs))
                self.assertNotIn(self.order.code, response.content.decode())
        response = self.client.post(f"/api/orders/{self.own.code}/cancel/", theirs)
        self.assertEqual(response.status_code, 400)
        self.assertQuerySetEqual(Order.objects.filter(customer=self.alice).values(), before)
        self.assertEqual(Booking.objects.booked_by(self.alice).active().count(), 3)
        self.assertEqual(Booking.objects.booked_by(self.bob).active().count(), 1)

    def test_a_seat_of_another_customer_cannot_be_cancelled_through_ones_own_order(self):
        response = self.client.post(
            f"/api/orders/{self.own.code}/cancel/", {"seat_numbers": ["5", "1"]}
        )
        self.assert_problem(response, 400, "seat_unknown")
        self.assertEqual(Booking.objects.active().count(), 4)

    def test_an_order_cannot_move_to_a_show_that_is_not_allowed(self):
        elsewhere = make_show(price=9, movie=make_movie("Heat"))
        url = f"/api/orders/{self.own.code}/move/"
        for show in [elsewhere.pk, 0, -1, 2**63, 10**30, "x", True, None, [self.show.pk], {}, 1.5]:
            with self.subTest(show=show):
                response = self.client.post(url, {"show": show, "seat_numbers": ["20"]})
                self.assert_problem(response, 400, "invalid", fields={"show"})
        self.assertEqual(self.own.bookings.get().status, "booked")

    def test_a_malformed_id_is_not_found(self):
        for pk in ["0", "-1", str(2**63), "1e3", "٣", "1%00", "1/../2"]:
            with self.subTest(pk=pk):
                self.assertEqual(self.client.get(f"/api/bookings/{pk}/").status_code, 404)


# Fields that no client may set, with values that would be noticed.
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
    """API3: bodies set and answers show only the intended fields."""

    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff()
        cls.alice = make_user("alice", "pass123", email="alice@example.com")
        cls.show = make_show(price=9)

    def setUp(self):
        self.enterContext(rates())
        self.client = client_of(self.alice)

    def post(self, path, body=(), client=None):
        """Send the body, first with forbidden fields: only sign-up ignores them."""
        client, url = client or self.client, f"/api/{path}/"
        if path != "auth/signup":
            refused = client.post(url, FORBIDDEN | dict(body))
            self.assertEqual(refused.status_code, 400, refused.content)
            response = client.post(url, dict(body))
        else:
            response = client.post(url, FORBIDDEN | dict(body))
        self.assertLess(response.status_code, 300, response.content)
        return response.json() if response.content else None

    def assert_order(self, code, status, total):
        """Assert that every column which a body could name has the value of the service."""
        order = Order.objects.get(code=code)
        lines = [booking for booking in order.bookings.all() if booking.status == status]
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

    def test_no_field_of_an_order_can_be_set_by_a_body(self):
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

    def test_users_cannot_make_themselves_staff(self):
        rights = ("is_staff", "is_superuser", "is_active")
        mallory = self.post("auth/signup", {"username": "mallory", "password": "pass123"})
        changed = self.client.patch(ME, FORBIDDEN | {"first_name": "A", "password": "hacked"})
        self.assertEqual(changed.status_code, 400)
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

    def test_staff_cannot_set_computed_fields_either(self):
        staff = client_of(self.staff)
        response = staff.patch(f"/api/shows/{self.show.pk}/", FORBIDDEN | {"cancel_reason": "x"})
        self.assertEqual(response.status_code, 400, response.content)
        known = {"id": 999_999, "available_seats": 1, "is_cancelled": True, "cancel_reason": "x"}
        response = staff.patch(f"/api/shows/{self.show.pk}/", known)
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

    def test_public_answers_contain_no_customer_and_no_reason(self):
        secret = make_user("secret-customer", "pass123", email="secret@example.com")
        show = make_show(movie=make_movie("Heat"), seating_plan=make_seating_plan())
        make_order(user=secret, show=show, seats=["A1"])
        blocked = block_seat(show=show, seat_number="A2", by=secret)
        Booking.objects.filter(pk=blocked.pk).update(block_reason="secret reason")
        genre = Genre.objects.create(name="Western")
        ticket_type = TicketType.objects.create(name="Student")
        for (method, path), callers in API.items():
            if (method, callers) == ("GET", "all"):
                pk = {
                    "movies": show.movie_id,
                    "cinemas": show.screen.cinema_id,
                    "genres": genre.pk,
                    "ticket-types": ticket_type.pk,
                }
                url = path.replace("<int:pk>", str(pk.get(path.split("/")[2], show.pk)))
                with self.subTest(url=url):
                    response = APIClient().get(url)
                    self.assertEqual(response.status_code, 200)
                    self.assertNotIn("secret", response.content.decode())


class FunctionLevelAuthorizationTests(TestCase):
    """API5: tricks with methods and paths. For the permissions see test_permissions."""

    @classmethod
    def setUpTestData(cls):
        cls.movie = make_movie()
        cls.show = make_show(movie=cls.movie)
        cls.alice = make_user("alice")
        cls.order = make_order(user=cls.alice, show=cls.show)

    def setUp(self):
        self.client = client_of(self.alice)

    def test_the_method_cannot_be_overridden(self):
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
                self.assertIn(response.status_code, {200, 400, 403, 405})
        self.assertTrue(Movie.objects.exists())

    def test_the_case_of_a_method_does_not_matter(self):
        for method in ("delete", "Delete", "pAtCh"):
            response = self.client.generic(method, f"/api/movies/{self.movie.pk}/")
            self.assertEqual(response.status_code, 403)
        for method in ("TRACE", "CONNECT", "PROPFIND", "BREW"):
            response = client_of(make_staff(method)).generic(method, "/api/movies/")
            self.assertEqual(response.status_code, 405)

    def test_head_and_options_reveal_no_more_than_get(self):
        for (method, path), callers in API.items():
            if "." in callers and not callers.startswith("own"):
                url = path.replace("<int:pk>", str(self.show.pk))
                url = url.replace("<order_code:code>", self.order.code)
                with self.subTest(url=url):
                    head = self.client.head(url)
                    self.assertEqual(head.content, b"")
                    options = self.client.options(url)
                    self.assertIn(options.status_code, {200, 403, 405})
                    self.assertNotIn("actions", options.json())
                    if method == "GET":
                        self.assertEqual((head.status_code, options.status_code), (403, 403))

    def test_head_changes_nothing(self):
        before = rows_of(Booking)
        for path in ("book", "hold", "block", "cancel"):
            response = client_of(make_staff(path)).head(f"/api/shows/{self.show.pk}/{path}/")
            self.assertEqual(response.status_code, 405)
        self.assertEqual(rows_of(Booking), before)
        self.assertFalse(Show.objects.get().is_cancelled)

    def test_other_spellings_of_a_path_do_not_bypass_permissions(self):
        for path in [
            "/api//screens/",
            "/api/./screens/",
            "/api/movies/../screens/",
            "/api/screens/;x=1/",
            "/api/SCREENS/",
            "/api/screens//",
            "/api/%73creens/",
            "/api/screens%2f",
            "/api/screens/%00",
            "//api/screens/",
        ]:
            with self.subTest(path=path):
                self.assertIn(self.client.get(path).status_code, {302, 403, 404})
