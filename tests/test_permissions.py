"""The permissions of every URL of the project, each checked by calling it.

This is the inventory for OWASP API9:2023, and the check of API5:2023 for every operation.
"""

import re
from uuid import UUID

from django.contrib.auth.models import Permission
from django.db import transaction
from django.test import TestCase
from django.urls import get_resolver
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from movies.models import Genre, SeatCategory, TicketType
from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.bookings import make_order
from testing.builders.movies import make_movie, make_price_list, make_seating_plan, make_show
from testing.builders.payments import make_payment
from testing.throttles import rates

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]

# Method, URL, and allowed callers: all, logged in (only their own rows are visible), own (only the
# customer of the row), staff with this permission, or the customer and staff with it. HEAD is as
# GET.
TABLE = """
GET     /                                            all
GET     /favicon.ico                                 all
GET     /metrics                                     METRICS_TOKEN
GET     /errors/                                     all
GET     /errors/<slug:code>/                         all
GET     /openapi.json                                all
GET     /schema/                                     all
GET     /swagger/                                    all
GET     /redoc/                                      all
GET     /admin/                                      staff
GET     /test-gateway/<uuid:pk>/                     TEST_GATEWAY

POST    /api/auth/signup/                            all
POST    /api/auth/login/                             all
POST    /api/auth/refresh/                           all
POST    /api/auth/confirm/                           logged in
POST    /api/auth/logout/                            all
GET     /api/auth/sessions/                          logged in
DELETE  /api/auth/sessions/                          logged in
DELETE  /api/auth/sessions/<uuid:pk>/                logged in
GET     /api/auth/me/                                logged in
PATCH   /api/auth/me/                                logged in
DELETE  /api/auth/me/                                logged in
GET     /api/auth/me/export/                         logged in
POST    /api/auth/email/send/                        logged in
POST    /api/auth/email/verify/                      all
POST    /api/auth/password/change/                   logged in
POST    /api/auth/password/reset/                    all
POST    /api/auth/password/reset/confirm/            all

GET     /api/movies/                                 all
POST    /api/movies/                                 movies.add_movie
GET     /api/movies/<int:pk>/                        all
PUT     /api/movies/<int:pk>/                        movies.change_movie
PATCH   /api/movies/<int:pk>/                        movies.change_movie
DELETE  /api/movies/<int:pk>/                        movies.delete_movie
GET     /api/movies/<int:pk>/shows/                  all
GET     /api/cinemas/                                all
POST    /api/cinemas/                                movies.add_cinema
GET     /api/cinemas/<int:pk>/                       all
PUT     /api/cinemas/<int:pk>/                       movies.change_cinema
PATCH   /api/cinemas/<int:pk>/                       movies.change_cinema
DELETE  /api/cinemas/<int:pk>/                       movies.delete_cinema

GET     /api/genres/                                 all
POST    /api/genres/                                 movies.add_genre
GET     /api/genres/<int:pk>/                        all
PUT     /api/genres/<int:pk>/                        movies.change_genre
PATCH   /api/genres/<int:pk>/                        movies.change_genre
DELETE  /api/genres/<int:pk>/                        movies.delete_genre
GET     /api/screens/                                movies.view_screen
POST    /api/screens/                                movies.add_screen
GET     /api/screens/<int:pk>/                       movies.view_screen
PUT     /api/screens/<int:pk>/                       movies.change_screen
PATCH   /api/screens/<int:pk>/                       movies.change_screen
DELETE  /api/screens/<int:pk>/                       movies.delete_screen
GET     /api/seat-categories/                        movies.view_seatcategory
POST    /api/seat-categories/                        movies.add_seatcategory
GET     /api/seat-categories/<int:pk>/               movies.view_seatcategory
PUT     /api/seat-categories/<int:pk>/               movies.change_seatcategory
PATCH   /api/seat-categories/<int:pk>/               movies.change_seatcategory
DELETE  /api/seat-categories/<int:pk>/               movies.delete_seatcategory
GET     /api/seating-plans/                          movies.view_seatingplan
POST    /api/seating-plans/                          movies.add_seatingplan
GET     /api/seating-plans/<int:pk>/                 movies.view_seatingplan
PUT     /api/seating-plans/<int:pk>/                 movies.change_seatingplan
DELETE  /api/seating-plans/<int:pk>/                 movies.delete_seatingplan
GET     /api/ticket-types/                           all
POST    /api/ticket-types/                           movies.add_tickettype
GET     /api/ticket-types/<int:pk>/                  all
PUT     /api/ticket-types/<int:pk>/                  movies.change_tickettype
PATCH   /api/ticket-types/<int:pk>/                  movies.change_tickettype
DELETE  /api/ticket-types/<int:pk>/                  movies.delete_tickettype
GET     /api/price-lists/                            movies.view_pricelist
POST    /api/price-lists/                            movies.add_pricelist
GET     /api/price-lists/<int:pk>/                   movies.view_pricelist
PUT     /api/price-lists/<int:pk>/                   movies.change_pricelist
DELETE  /api/price-lists/<int:pk>/                   movies.delete_pricelist

GET     /api/shows/                                  all
POST    /api/shows/                                  movies.add_show
POST    /api/shows/schedule/                         movies.add_show
GET     /api/shows/<int:pk>/                         all
PUT     /api/shows/<int:pk>/                         movies.change_show
PATCH   /api/shows/<int:pk>/                         movies.change_show
DELETE  /api/shows/<int:pk>/                         movies.delete_show
POST    /api/shows/<int:pk>/reschedule/              movies.change_show
POST    /api/shows/<int:pk>/cancel/                  movies.change_show
POST    /api/shows/<int:pk>/block/                   bookings.block_seats
POST    /api/shows/<int:pk>/unblock/                 bookings.block_seats
GET     /api/shows/<int:pk>/seats/                   all
GET     /api/shows/<int:pk>/seats.svg                all
GET     /api/shows/<int:pk>/availability/            all
POST    /api/shows/<int:pk>/quote/                   all
POST    /api/shows/<int:pk>/hold/                    logged in
POST    /api/shows/<int:pk>/book/                    logged in

GET     /api/orders/                                 logged in
GET     /api/orders/<order_code:code>/               own
POST    /api/orders/<order_code:code>/confirm/       own
POST    /api/orders/<order_code:code>/extend/        own
GET     /api/orders/<order_code:code>/cancel/preview/  own
POST    /api/orders/<order_code:code>/cancel/        own
POST    /api/orders/<order_code:code>/move/          own
GET     /api/orders/<order_code:code>/payments/      own
POST    /api/orders/<order_code:code>/payments/      own
POST    /api/orders/<order_code:code>/payments/record/  payments.record_payment
GET     /api/payments/<uuid:pk>/                     own
POST    /api/payments/<uuid:pk>/refresh/             own
POST    /api/payments/webhooks/<slug:gateway>/       all
GET     /api/my-bookings/                            logged in
GET     /api/bookings/<int:pk>/                      own
POST    /api/bookings/<int:pk>/cancel/               own

GET     /api/orders/<order_code:code>/tickets/       own or tickets.view_ticket
GET     /api/orders/<order_code:code>/tickets.pdf    own or tickets.view_ticket
POST    /api/orders/<order_code:code>/tickets/renew/  own or tickets.renew_ticket
GET     /api/bookings/<int:pk>/ticket.svg            own or tickets.view_ticket
GET     /api/bookings/<int:pk>/ticket.pkpass         own or tickets.view_ticket

POST    /api/check-in/redeem/                        tickets.check_in
POST    /api/check-in/batch/                         tickets.check_in
POST    /api/check-in/annul/                         tickets.check_in
GET     /api/check-in/shows/<int:pk>/tickets/        tickets.check_in
"""

ENDPOINTS = {
    (method, path): callers.strip()
    for method, path, callers in (line.split(maxsplit=2) for line in TABLE.splitlines() if line)
}
API = {key: callers for key, callers in ENDPOINTS.items() if key[1].startswith("/api/")}

# Middleware answers these before the URLs are resolved.
IN_MIDDLEWARE = ["/healthz", "/readyz"]


def url_patterns(patterns=None, before="/"):
    """Yield the URL and the view of each pattern, including those of included lists."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        url = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from url_patterns(pattern.url_patterns, url)
        else:
            yield url, pattern.callback


def methods_of(view):
    """Return the methods that a view implements; functions and redirects count as GET."""
    view_class = getattr(view, "cls", None)
    if view_class is None:
        return ["GET"]
    handlers = getattr(view, "actions", None) or {
        method.lower(): method for method in METHODS if hasattr(view_class, method.lower())
    }
    allowed = {name.upper() for name in handlers if name in view_class.http_method_names}
    return allowed & set(METHODS)


class InventoryTests(TestCase):
    def test_the_table_lists_exactly_the_existing_endpoints(self):
        found = {
            (method, url)
            for url, view in url_patterns()
            if not url.startswith("/admin/") or url == "/admin/"
            for method in methods_of(view)
        }
        self.assertEqual(sorted(found - ENDPOINTS.keys()), [])
        self.assertEqual(sorted(ENDPOINTS.keys() - found), [])

    def test_the_openapi_document_requires_tokens_as_the_table_does(self):
        paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
        documented = {
            (method.upper(), path): "token" if operation["security"] else "all"
            for path, methods in paths.items()
            for method, operation in methods.items()
        }
        expected = {
            (method, re.sub(r"<\w+:(\w+)>", r"{\1}", path).replace("{pk}", "{id}")): callers
            for (method, path), callers in API.items()
        }
        self.assertEqual(sorted(documented), sorted(expected))
        for key, callers in expected.items():
            with self.subTest(endpoint=key):
                self.assertEqual(documented[key] == "all", callers == "all")

    def test_methods_that_are_not_in_the_table_are_a_405(self):
        client = client_of(make_staff())
        for path in {path for _, path in API}:
            url = re.sub("<uuid:pk>", str(UUID(int=1)), path)
            url = re.sub("<slug:gateway>", "test", url)
            url = re.sub("<[^>]+>", "2222222222" if "orders" in url else "1", url)
            for method in METHODS:
                if (method, path) not in API:
                    with self.subTest(endpoint=(method, path)):
                        self.assertEqual(client.generic(method, url).status_code, 405)

    def test_urls_of_middleware_are_public(self):
        for url in IN_MIDDLEWARE:
            with self.subTest(url=url):
                self.assertEqual(self.client.get(url).status_code, 200)


class PermissionTests(TestCase):
    """Every role calls every endpoint of the API. A 400 shows that the caller was allowed."""

    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob = make_user("alice"), make_user("bob")
        cls.superuser = make_staff("superuser")
        movie = make_movie(genres=["Horror"])
        show = make_show(movie=movie, seating_plan=make_seating_plan())
        order = make_order(user=cls.alice, show=show, seats=["A1", "A2"], status="held")
        cls.ids = {
            "movies": movie.pk,
            "cinemas": show.screen.cinema_id,
            "genres": Genre.objects.get().pk,
            "screens": show.screen_id,
            "seating-plans": show.seating_plan_id,
            "price-lists": make_price_list({("Standard", "Adult"): 9}).pk,
            "seat-categories": SeatCategory.objects.first().pk,
            "ticket-types": TicketType.objects.first().pk,
            "shows": show.pk,
            "orders": order.code,
            "bookings": order.bookings.first().number,
            "check-in": show.pk,
            "auth": UUID(int=1),
            "payments": make_payment(order).pk,
        }

    def setUp(self):
        self.enterContext(rates())

    def url_of(self, path):
        path = path.replace("<slug:gateway>", "test")
        return re.sub("<[^>]+>", str(self.ids.get(path.split("/")[2])), path)

    def status(self, client, method, path):
        """Return the status of one call, and roll it back. The body may be invalid, but not empty
        where an empty body would mean all seats."""
        body = '{"best": 2}' if path.endswith("/move/") else "{}"
        with transaction.atomic():
            response = client.generic(
                method, self.url_of(path), body, content_type="application/json"
            )
            transaction.set_rollback(True)
        return response.status_code

    def assert_allowed(self, client, endpoint):
        # A session of another user, or of nobody, is not found.
        is_session = "sessions/<uuid:pk>" in endpoint[1]
        expected = {404} if is_session else {200, 201, 204, 400, 409}
        with self.subTest(endpoint=endpoint):
            self.assertIn(self.status(client, *endpoint), expected)

    def assert_forbidden(self, client, endpoint, status=403):
        with self.subTest(endpoint=endpoint):
            self.assertEqual(self.status(client, *endpoint), status)

    def endpoints_of(self, *groups):
        return [endpoint for endpoint, callers in API.items() if callers in groups]

    def test_public_endpoints_need_no_token(self):
        for endpoint in self.endpoints_of("all"):
            self.assert_allowed(APIClient(), endpoint)

    def test_all_other_endpoints_need_a_token(self):
        for endpoint, callers in API.items():
            if callers != "all":
                self.assert_forbidden(APIClient(), endpoint, 401)

    def test_every_user_may_act_as_a_customer(self):
        for user in (self.alice, self.superuser):
            client = client_of(user)
            for endpoint in self.endpoints_of("all", "logged in"):
                self.assert_allowed(client, endpoint)

    def test_rows_of_a_customer_are_closed_to_other_users(self):
        owner = client_of(self.alice)
        others = [client_of(self.bob), client_of(self.superuser)]
        for endpoint in self.endpoints_of("own"):
            self.assert_allowed(owner, endpoint)
            for other in others:
                self.assert_forbidden(other, endpoint)

    def test_tickets_are_open_to_their_customer_too(self):
        owner = client_of(self.alice)
        for permission in ("tickets.view_ticket", "tickets.renew_ticket"):
            for endpoint in self.endpoints_of(f"own or {permission}"):
                self.assert_allowed(owner, endpoint)

    def test_staff_endpoints_need_exactly_their_permission(self):
        usher, clerk = make_user("usher", is_staff=True), make_user("clerk", is_staff=True)
        customer = make_user("customer")
        customer.user_permissions.set(Permission.objects.all())
        usher_client, clerk_client = client_of(usher), client_of(clerk)
        refused = [client_of(self.bob), client_of(customer), usher_client]
        permissions = {callers for callers in API.values() if "." in callers}
        self.assertGreater(len(permissions), 30)
        for permission in permissions:
            app, codename = permission.removeprefix("own or ").split(".")
            needed = Permission.objects.get(content_type__app_label=app, codename=codename)
            clerk.user_permissions.set([needed])
            usher.user_permissions.set(Permission.objects.exclude(pk=needed.pk))
            for endpoint in self.endpoints_of(permission):
                self.assert_allowed(clerk_client, endpoint)
                for client in refused:
                    self.assert_forbidden(client, endpoint)


class AdminPermissionTests(TestCase):
    """Every page of the admin, by URL pattern."""

    OPEN = {"/admin/login/", "/admin/logout/"}
    # Pages of every member of staff: the index, the own password and the own second factor.
    OWN = {"/admin/", "/admin/password_change/", "/admin/password_change/done/", "/admin/jsi18n/"}
    OWN |= {f"/admin/second-factor/{page}" for page in ("", "codes/", "set-up/")}
    OWN |= {f"/admin/second-factor/set-up/{kind}/" for kind in ("app", "key")}
    OWN |= {"/admin/confirm/"}

    def pages(self):
        for url, _ in url_patterns():
            if url.startswith("/admin/") and "^" not in url and "(?P" not in url:
                yield re.sub("<[^>]+>", "1", url)

    def test_other_users_are_redirected_to_the_log_in(self):
        customer = make_user("customer")
        customer.user_permissions.set(Permission.objects.all())
        for user in (None, customer):
            if user:
                self.client.force_login(user)
            for url in set(self.pages()) - self.OPEN:
                for method in ("get", "post"):
                    with self.subTest(user=user, method=method, url=url):
                        response = getattr(self.client, method)(url)
                        self.assertRedirects(
                            response, f"/admin/login/?next={url}", fetch_redirect_response=False
                        )

    def test_staff_without_permissions_see_no_page_of_a_model(self):
        self.client.force_login(make_user("usher", is_staff=True))
        for url in set(self.pages()) - self.OPEN - self.OWN:
            with self.subTest(url=url):
                response = self.client.get(url)
                if response.status_code == 302:  # an unknown row, or an old URL of a row
                    self.assertIn(response["Location"], {"/admin/", f"{url}change/"})
                else:
                    self.assertIn(response.status_code, {403, 404})
