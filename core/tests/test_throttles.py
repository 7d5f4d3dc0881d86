import os
import runpy
from unittest import mock

from django.conf import settings
from django.test import SimpleTestCase, override_settings
from rest_framework.test import APIClient, APITestCase

from core.http import throttles
from core.http.refusals import CountsRefusals
from core.http.throttles import USERS_OF_AN_ADDRESS, CallerThrottle
from testing.builders.accounts import client_of, make_user
from testing.builders.movies import make_show
from testing.cases import APIAssertions
from tests.test_permissions import API, url_patterns

ME, LOGIN = "/api/auth/me/", "/api/auth/login/"


class Clock:
    now = 1_000_000_000.0  # 20 seconds before the minute ends

    def time(self):
        return self.now


def limits(user=0, address=0):
    return override_settings(REQUESTS_PER_MINUTE={"user": user, "address": address})


class CallerTests(APIAssertions, APITestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob = make_user("alice"), make_user("bob")

    def setUp(self):
        super().setUp()
        throttles.counts.clear()
        self.addCleanup(throttles.counts.clear)
        self.clock = Clock()
        self.enterContext(mock.patch.object(throttles, "time", self.clock))

    def statuses(self, *calls):
        return [call().status_code for call in calls]

    def test_a_user_has_a_limit_over_all_calls_and_addresses(self):
        alice, bob = client_of(self.alice), client_of(self.bob)
        with limits(user=3):
            found = self.statuses(
                lambda: alice.get(ME),
                lambda: alice.get("/api/orders/", REMOTE_ADDR="192.0.2.1"),
                lambda: alice.get(ME, REMOTE_ADDR="192.0.2.2"),
                lambda: bob.get(ME),
            )
            response = alice.get(ME)
        self.assertEqual(found, [200] * 4)
        self.assert_problem(response, 429, "throttled")
        self.assertEqual(response["Retry-After"], "20")

    def test_users_at_one_address_are_counted_apart_from_each_other_and_from_it(self):
        with limits(user=2, address=1):
            for name in ("carol", "dave", "erin"):
                client = client_of(make_user(name))
                self.assertEqual(self.statuses(*[lambda c=client: c.get(ME)] * 2), [200, 200])
            self.assertEqual(self.client.post(LOGIN).status_code, 400)
            self.assert_problem(self.client.post(LOGIN), 429, "throttled")

    def test_an_ipv6_line_and_a_mapped_address_are_one_caller(self):
        with limits(address=1):
            for first, second in (
                ("2001:db8::1", "2001:db8::2"),
                ("192.0.2.1", "::ffff:192.0.2.1"),
            ):
                with self.subTest(first=first):
                    self.assertEqual(self.client.post(LOGIN, REMOTE_ADDR=first).status_code, 400)
                    self.assertEqual(self.client.post(LOGIN, REMOTE_ADDR=second).status_code, 429)

    def test_the_count_begins_anew_each_minute(self):
        alice = client_of(self.alice)
        with limits(user=1):
            self.assertEqual(self.statuses(*[lambda: alice.get(ME)] * 2), [200, 429])
            self.clock.now += 60
            self.assertEqual(self.statuses(*[lambda: alice.get(ME)] * 2), [200, 429])

    def test_refused_requests_count_for_their_address(self):
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION="Bearer not.a.token")
        with limits(address=3):
            found = self.statuses(
                lambda: client.get(ME),  # an invalid token
                lambda: self.client.get(ME),  # none
                lambda: self.client.post("/api/movies/", {}),
            )
            self.assertEqual(found, [401] * 3)
            for url in (ME, "/api/orders/"):
                response = client.get(url)
                self.assert_problem(response, 429, "throttled")
                self.assertEqual(response["Retry-After"], "20")

    def test_refused_requests_count_for_their_user(self):
        alice = client_of(self.alice)
        with limits(user=2):
            found = self.statuses(*[lambda: alice.post("/api/movies/", {})] * 3)
        self.assertEqual(found, [403, 403, 429])

    def test_a_limit_of_zero_is_none(self):
        alice = client_of(self.alice)
        with limits():
            self.assertEqual(set(self.statuses(*[lambda: alice.get(ME)] * 5)), {200})

    def test_counting_costs_no_query(self):
        alice = client_of(self.alice)
        with limits(user=9), self.assertNumQueries(1):
            alice.get(ME)

    def test_the_counted_callers_are_bounded(self):
        with mock.patch.object(throttles, "MAX_CALLERS", 2), limits(address=1):
            for number in range(1, 6):
                self.client.post(LOGIN, REMOTE_ADDR=f"192.0.2.{number}")
            self.assertEqual(self.client.post(LOGIN, REMOTE_ADDR="192.0.2.1").status_code, 429)
            self.assertEqual(self.client.post(LOGIN, REMOTE_ADDR="192.0.2.5").status_code, 400)


class QuoteTests(APIAssertions, APITestCase):
    def setUp(self):
        super().setUp()
        throttles.counts.clear()
        self.addCleanup(throttles.counts.clear)
        self.enterContext(mock.patch.object(throttles, "time", Clock()))

    def quote(self, show, client=None):
        return (client or self.client).post(f"/api/shows/{show.pk}/quote/", {"best": 1})

    def test_a_quote_in_a_large_hall_counts_as_many_requests(self):
        small, large = make_show(total_seats=30), make_show(total_seats=400)
        with limits(address=22):
            self.assertEqual([self.quote(large).status_code for _ in range(2)], [200, 200])
            response = self.quote(small)
        self.assert_problem(response, 429, "throttled")
        self.assertEqual(response["Retry-After"], "20")

    def test_a_signed_in_customer_has_a_count_of_his_own(self):
        show, alice = make_show(total_seats=400), client_of(make_user("alice"))
        with limits(user=11, address=11):
            self.assertEqual(self.quote(show).status_code, 200)
            self.assertEqual(self.quote(show, alice).status_code, 200)
            self.assertEqual(self.quote(show, alice).status_code, 429)


class OperationTests(APIAssertions, APITestCase):
    """Each operation has a count of its own, beside that of all requests."""

    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.show = make_user("alice"), make_show()

    def setUp(self):
        super().setUp()
        throttles.counts.clear()
        self.addCleanup(throttles.counts.clear)
        self.enterContext(mock.patch.object(throttles, "time", Clock()))
        client, seats = client_of(self.alice), f"/api/shows/{self.show.pk}"
        held = client.post(f"{seats}/hold/", {"best": 1}).json()
        self.calls = {
            "hold": lambda who=client: who.post(f"{seats}/hold/", {"best": 0}),
            "book": lambda who=client: who.post(f"{seats}/book/", {}),
            "quote": lambda who=client: who.post(f"{seats}/quote/", {"best": 1}),
            "move": lambda who=client: who.post(f"/api/orders/{held['code']}/move/", {}),
            "refresh": lambda who=self.client: who.post("/api/auth/refresh/", {}),
            "me": lambda who=client: who.get(ME),
        }
        self.assertEqual(self.calls.keys(), settings.OPERATIONS_PER_MINUTE.keys())

    def limit(self, operation, most):
        limits = settings.OPERATIONS_PER_MINUTE | {operation: most}
        return override_settings(OPERATIONS_PER_MINUTE=limits)

    def test_an_operation_is_refused_beyond_its_limit_and_others_are_not(self):
        for operation, call in self.calls.items():
            # `auth/refresh/` reads no token, so it counts for the address.
            most = USERS_OF_AN_ADDRESS if operation == "refresh" else 1
            with self.subTest(operation=operation), self.limit(operation, 1):
                for _ in range(most):
                    self.assertNotEqual(call().status_code, 429)
                response = call()
                self.assert_problem(response, 429, "throttled")
                self.assertEqual(response["Retry-After"], "20")
                others = [other for name, other in self.calls.items() if name != operation]
                self.assertNotIn(429, {other().status_code for other in others})

    def test_each_user_has_a_count_and_an_address_one_for_five(self):
        quote = self.calls["quote"]
        with self.limit("quote", 2):
            self.assertEqual([quote().status_code for _ in range(3)], [200, 200, 429])
            self.assertEqual(quote(client_of(make_user("bob"))).status_code, 200)
            statuses = [quote(self.client).status_code for _ in range(11)]
            self.assertEqual(statuses, [200] * 10 + [429])

    def test_every_method_of_an_operation_counts(self):
        client = client_of(self.alice)
        methods = [client.get, client.head, client.patch, client.delete]
        with self.limit("me", len(methods)):
            self.assertNotIn(429, {method(ME).status_code for method in methods})
            for method in methods:
                self.assertEqual(method(ME).status_code, 429)

    def test_the_limits_are_settings_that_throttling_off_lifts(self):
        defaults = {"hold": 60, "book": 60, "move": 60, "quote": 120, "refresh": 60, "me": 120}
        for environment, expected in (
            ({}, defaults),
            ({"OPERATIONS_PER_MINUTE": "hold=7, me=0"}, defaults | {"hold": 7, "me": 0}),
            ({"THROTTLING": "off"}, dict.fromkeys(defaults, 0)),
        ):
            with self.subTest(environment=environment), mock.patch.dict(os.environ, environment):
                made = runpy.run_path(str(settings.BASE_DIR / "config" / "settings.py"))
                self.assertEqual(made["OPERATIONS_PER_MINUTE"], expected)

    def test_the_openapi_document_has_the_answer(self):
        paths = self.client.get("/openapi.json").json()["paths"]
        for path, method in (
            ("/api/shows/{id}/hold/", "post"),
            ("/api/shows/{id}/book/", "post"),
            ("/api/shows/{id}/quote/", "post"),
            ("/api/orders/{code}/move/", "post"),
            ("/api/auth/refresh/", "post"),
            ("/api/auth/me/", "get"),
            ("/api/auth/me/", "delete"),
        ):
            with self.subTest(path=path, method=method):
                self.assertIn("429", paths[path][method]["responses"])


class CoverageTests(SimpleTestCase):
    def test_every_view_of_the_api_has_the_limit(self):
        urls = {url for _, url in API}
        checked = {
            url: CallerThrottle in view.cls.throttle_classes
            and issubclass(view.cls, CountsRefusals)
            for url, view in url_patterns()
            if url in urls and hasattr(view, "cls")
        }
        self.assertGreater(len(checked), 20)
        self.assertEqual({url for url, is_limited in checked.items() if not is_limited}, set())
