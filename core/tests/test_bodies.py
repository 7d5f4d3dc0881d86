from django.conf import settings
from django.test import Client, TestCase
from rest_framework.test import APIClient

from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.bookings import make_order
from testing.builders.movies import make_price_list, make_seating_plan, make_show
from testing.cases import APIAssertions
from tests.test_permissions import API, url_patterns

KILOBYTE = 1024
LARGE = {
    ("POST", "/api/seating-plans/"),
    ("PUT", "/api/seating-plans/<int:pk>/"),
    ("PATCH", "/api/seating-plans/<int:pk>/"),
    ("POST", "/api/price-lists/"),
    ("PUT", "/api/price-lists/<int:pk>/"),
    ("PATCH", "/api/price-lists/<int:pk>/"),
    ("POST", "/api/shows/<int:pk>/block/"),
    ("POST", "/api/shows/<int:pk>/unblock/"),
    ("POST", "/api/check-in/batch/"),
}


class BodyTests(APIAssertions, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff, cls.alice = make_staff(), make_user("alice")
        cls.show = make_show()
        cls.order = make_order(user=cls.alice, show=cls.show)
        cls.ids = {
            "shows": cls.show.pk,
            "seating-plans": make_seating_plan().pk,
            "price-lists": make_price_list({}).pk,
        }

    def send(self, client, method, url, size, **headers):
        body = '{"x": "' + "x" * (size - 9) + '"}'
        return client.generic(method, url, body, content_type="application/json", headers=headers)

    def test_more_than_64_kilobytes_are_refused_but_for_plans_prices_seats_and_scans(self):
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        for method, path in API:
            if method not in ("POST", "PUT", "PATCH"):
                continue
            row = self.ids.get(path.split("/")[2], 1)
            url = path.replace("<int:pk>", str(row)).replace("<order_code:code>", self.order.code)
            limit = most if (method, path) in LARGE else 64 * KILOBYTE
            for client in (client_of(self.staff), APIClient()):
                for headers in ({}, {"Idempotency-Key": "key"}):
                    with self.subTest(method=method, path=path):
                        response = self.send(client, method, url, limit, **headers)
                        self.assertNotIn(response.status_code, (413, 500))
                        response = self.send(client, method, url, limit + 1, **headers)
                        self.assert_problem(response, 413, "request_too_large")

    def test_the_calls_for_large_bodies_are_known(self):
        found = {
            (method.upper(), url)
            for url, view in url_patterns()
            for method, action in (getattr(view, "actions", None) or {}).items()
            if action in getattr(view.cls, "large_bodies", ())
        }
        self.assertEqual(found, LARGE)

    def test_forms_of_the_admin_have_the_limit_but_for_plans_prices_and_seats(self):
        admin = Client()
        admin.force_login(self.staff)
        size = 64 * KILOBYTE + 1
        for client, path, status in [
            (Client(), "login/", 413),
            (admin, "password_change/", 413),
            (admin, "movies/movie/add/", 413),
            (admin, "bookings/order/", 413),
            (admin, "movies/seatingplan/add/", 200),
            (admin, "movies/seatingplan/preview/", 200),
            (admin, "movies/pricelist/add/", 200),
            (admin, f"bookings/booking/show/{self.show.pk}/", 200),
        ]:
            with self.subTest(path=path):
                response = client.post(f"/admin/{path}", {"name": "x" * size})
                self.assertEqual(response.status_code, status, response.content[:300])

    def test_a_length_that_is_no_number_is_no_server_error(self):
        for length in ("x", "-1", "1.5", "", " "):
            with self.subTest(length=length):
                response = APIClient().post("/api/auth/login/", {}, CONTENT_LENGTH=length)
                self.assertEqual(response.status_code, 400)

    def test_unknown_paths_have_the_limit_too(self):
        self.assertIn(
            self.send(APIClient(), "POST", "/nothing/", 64 * KILOBYTE).status_code, (404,)
        )
        self.assertEqual(
            self.send(APIClient(), "POST", "/nothing/", 65 * KILOBYTE).status_code, 413
        )
