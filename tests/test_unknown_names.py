"""Unknown fields and query parameters are refused, with the valid names and the likely one."""

import sys

from django.test import SimpleTestCase, TestCase
from drf_spectacular.generators import SchemaGenerator

from accounts.models import User
from bookings.models import Booking, Order
from core.http.unknown import KnownParameters
from testing.builders.accounts import make_staff, make_user
from testing.builders.bookings import make_order
from testing.builders.movies import make_show
from testing.cache import CacheEnabled
from testing.cases import APIAssertions
from tests.test_permissions import url_patterns


class FieldTests(APIAssertions, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice = make_user("alice")
        cls.show = make_show(total_seats=20, price=9)
        cls.held = make_order(user=cls.alice, show=cls.show, seats=["1"], status="held")
        cls.booked = make_order(user=cls.alice, show=cls.show, seats=["2", "3"], price=9)

    def setUp(self):
        super().setUp()
        self.client = self.client_of(self.alice)

    def assert_unknown(self, response, field, likely, *valid):
        body = self.assert_problem(response, 400, "invalid", field=field)
        [sentence] = [each["detail"] for each in body["errors"] if each["field"] == field]
        if likely:
            self.assertIn(f"Did you mean {likely}?", sentence)
        else:
            self.assertNotIn("Did you mean", sentence)
        for name in valid:
            self.assertIn(name, sentence)

    def test_no_misspelt_field_changes_what_is_sold(self):
        show, held, booked = f"shows/{self.show.pk}", self.held.code, self.booked.code
        booking = self.booked.bookings.first().pk
        for path, body, field, likely in [
            (f"{show}/hold", {"best": 1, "categry": "Standard"}, "categry", "category"),
            (f"{show}/hold", {"best": 1, "Category": "Standard"}, "Category", "category"),
            (f"{show}/hold", {"best": 1, "ticketTypes": ["Child"]}, "ticketTypes", "ticket_types"),
            (
                f"{show}/quote",
                {"seat_numbers": ["9"], "tickettype": "x"},
                "tickettype",
                "ticket_types",
            ),
            (f"{show}/book", {"seat_number": "9", "price": "0.00"}, "price", None),
            (
                f"{show}/book",
                {"seat_number": "9", "ticket-type": "x"},
                "ticket-type",
                "ticket_type",
            ),
            (f"orders/{held}/confirm", {"payment_ref": "x"}, "payment_ref", "payment_reference"),
            (f"orders/{held}/extend", {"minutes": 5}, "minutes", None),
            (f"orders/{booked}/cancel", {"seat_number": ["2"]}, "seat_number", "seat_numbers"),
            (f"orders/{booked}/move", {"best": 2, "shw": 1}, "shw", "show"),
            (f"bookings/{booking}/cancel", {"seat_numbers": ["2"]}, "seat_numbers", None),
        ]:
            with self.subTest(path=path, body=body):
                rows = list(Booking.objects.order_by("pk").values())
                response = self.client.post(f"/api/{path}/", body)
                self.assert_unknown(response, field, likely)
                self.assertEqual(list(Booking.objects.order_by("pk").values()), rows)

    def test_the_valid_fields_are_listed(self):
        response = self.client.post(f"/api/shows/{self.show.pk}/hold/", {"best": 1, "zzz": 1})
        self.assert_unknown(
            response, "zzz", None, "seats, seat_numbers, best, category, ticket_types"
        )

    def test_a_field_within_a_list_is_named_by_its_place(self):
        seats = [{"seat_number": "8"}, {"seat_number": "9", "ticket": "Child"}]
        response = self.client.post(f"/api/shows/{self.show.pk}/hold/", {"seats": seats})
        self.assert_unknown(response, "seats.1.ticket", "ticket_type")

    def test_missing_and_unknown_fields_are_told_together(self):
        response = self.client.post(f"/api/shows/{self.show.pk}/book/", {"seat": "7"})
        fields = {"seat", "seat_number"}
        self.assert_problem(
            response, 400, "invalid", fields=fields, detail="Did you mean seat_number?"
        )

    def test_huge_and_odd_names_are_answered_quickly(self):
        odd = ["x" * 60_000, "", " ", "a.b", "0", "non_field_errors", "{}", "%s", "é\u2028"]
        for name in odd:
            with self.subTest(name=name[:20]):
                body = {"seat_number": "9", name: 1}
                response = self.client.post(f"/api/shows/{self.show.pk}/book/", body)
                self.assert_problem(response, 400, "invalid")
                self.assertLess(len(response.content), 2000)
        body = {"seat_number": "9"} | {f"seat{number}": 1 for number in range(4_000)}
        response = self.client.post(f"/api/shows/{self.show.pk}/book/", body)
        self.assertEqual(len(response.json()["errors"]), 10)

    def test_a_field_is_sent_once(self):
        url = f"/api/shows/{self.show.pk}/hold/"
        orders = Order.objects.count()
        for body in (
            '{"best": 1, "best": 4}',
            '{"best": 1, "bes\\u0074": 1}',
            '{"seats": [{"seat_number": "8", "seat_number": "9"}]}',
        ):
            with self.subTest(body=body):
                response = self.client.post(url, body, content_type="application/json")
                body = self.assert_problem(response, 400, "invalid", detail="is twice")
        self.assertEqual(Order.objects.count(), orders)

    def test_every_depth_of_nesting_is_a_400(self):
        """The limit of reading and that of checking the text are some levels apart."""
        for depth in range(sys.getrecursionlimit() - 200, sys.getrecursionlimit() + 10):
            body = '{"seats": ' + "[" * depth + "]" * depth + "}"
            response = self.client.post(
                f"/api/shows/{self.show.pk}/hold/", body, content_type="application/json"
            )
            self.assertEqual(response.status_code, 400, depth)

    def test_a_row_can_be_sent_back_as_it_was_read(self):
        staff = self.client_of(make_staff())
        url = f"/api/shows/{self.show.pk}/"
        self.assertEqual(staff.put(url, staff.get(url).json()).status_code, 200)
        url = "/api/auth/me/"
        self.assertEqual(self.client.patch(url, self.client.get(url).json()).status_code, 200)

    def test_sign_up_ignores_unknown_fields(self):
        body = {"username": "carol", "password": "pass123", "newsletter": True}
        self.assertEqual(self.client.post("/api/auth/signup/", body).status_code, 201)
        self.assertTrue(User.objects.filter(username="carol").exists())


class ParameterTests(CacheEnabled, APIAssertions, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice = make_user("alice")
        cls.show = make_show(total_seats=20, price=9)
        cls.order = make_order(user=cls.alice, show=cls.show, seats=["2", "3"], price=9)

    def test_every_url_names_the_unknown_parameter(self):
        show, booking = f"shows/{self.show.pk}", self.order.bookings.first().pk
        alice = self.client_of(self.alice)
        for path, name, likely in [
            ("shows/", "dat", "date"),
            ("shows/", "cty", "city"),
            ("shows/", "frm", "from"),
            ("shows/", "pagesize", "page_size"),
            ("movies/", "title", None),
            ("movies/", "genres", "genre"),
            (f"movies/{self.show.movie_id}/", "genre", None),
            (f"movies/{self.show.movie_id}/shows/", "movie", None),
            ("cinemas/", "town", None),
            (f"{show}/", "date", None),
            (f"{show}/seats/", "category", None),
            (f"{show}/seats.svg", "seats", None),
            (f"{show}/availability/", "x", None),
            ("genres/", "search", None),
            ("ticket-types/", "name", None),
            ("orders/", "state", None),
            (f"orders/{self.order.code}/", "status", None),
            (f"orders/{self.order.code}/cancel/preview/", "seat_number", "seat_numbers"),
            ("my-bookings/", "upcomin_", "upcoming"),
            (f"bookings/{booking}/", "x", None),
            ("auth/me/", "x", None),
        ]:
            for client in (alice, self.client):
                if client is self.client and path.startswith(("orders", "my", "bookings", "auth")):
                    continue
                with self.subTest(path=path, name=name, token=client is alice):
                    self.client.get(f"/api/{path}")  # the answer without it is cached now
                    response = client.get(f"/api/{path}", {name: "1"})
                    self.assert_problem(response, 400, "invalid", fields={name})
                    if likely:
                        self.assertIn(f"Did you mean {likely}?", response.json()["detail"])

    def test_writes_take_no_parameters(self):
        response = self.client_of(self.alice).post(
            f"/api/shows/{self.show.pk}/hold/?best=1", {"best": 1}
        )
        self.assert_problem(response, 400, "invalid", fields={"best"})
        self.assertEqual(Order.objects.count(), 1)
        response = self.client.post("/api/auth/login/?next=/", {"username": "a", "password": "b"})
        self.assert_problem(response, 400, "invalid", fields={"next"})

    def test_odd_parameters_are_a_400(self):
        for query in ("=1", "%00=1", "%ff=1", "a" * 3000, "a&b&c", "[]=1", "date[]=1", "DATE=1"):
            for path in ("shows/", f"shows/{self.show.pk}/availability/"):
                with self.subTest(query=query[:20], path=path):
                    response = self.client.get(f"/api/{path}?{query}")
                    self.assert_problem(response, 400, "invalid")

    def test_a_parameter_is_sent_once(self):
        alice = self.client_of(self.alice)
        for query in (
            "shows/?city=London&city=Paris",
            "shows/?page=1&page=1",
            "movies/?genre=Drama&genre=Horror",
            "cinemas/?city=&city=Paris",
            "my-bookings/?status=booked&status=held",
        ):
            with self.subTest(query=query):
                response = alice.get(f"/api/{query}")
                name = query.partition("?")[2].partition("=")[0]
                body = self.assert_problem(response, 400, "invalid", fields={name})
                self.assertEqual(body["errors"][0]["code"], "repeated")

    def test_seat_numbers_may_be_sent_one_by_one(self):
        order = make_order(user=self.alice, show=self.show, seats=["31", "32", "33"])
        url = f"/api/orders/{order.code}/cancel/preview/?seat_numbers=31&seat_numbers=33"
        seats = self.client_of(self.alice).get(url).json()["seats"]
        self.assertEqual([seat["seat_number"] for seat in seats], ["31", "33"])

    def test_permissions_are_checked_first(self):
        response = self.client.get("/api/orders/?x=1")
        self.assert_problem(response, 401, "not_authenticated")

    def test_another_method_is_still_a_405(self):
        response = self.client_of(self.alice).put(f"/api/shows/{self.show.pk}/seats/?x=1")
        self.assertEqual(response.status_code, 405)

    def test_every_view_of_the_api_refuses_unknown_parameters(self):
        for url, view in url_patterns():
            if url.startswith("/api/"):
                with self.subTest(url=url):
                    self.assertTrue(issubclass(view.cls, KnownParameters))


class DocumentTests(SimpleTestCase):
    def test_every_body_is_closed_but_that_of_sign_up(self):
        schemas = SchemaGenerator().get_schema(request=None, public=True)["components"]["schemas"]
        bodies = {
            name: body
            for name, body in schemas.items()
            if name.endswith("Request") and "oneOf" not in body
        }
        self.assertGreater(len(bodies), 20)
        for name, body in bodies.items():
            with self.subTest(schema=name):
                is_closed = body.get("additionalProperties") is False
                self.assertEqual(is_closed, name != "SignUpRequest")
