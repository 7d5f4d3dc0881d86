"""A customer's own orders."""

from datetime import timedelta
from decimal import Decimal

from django.test import TestCase
from django.utils import timezone

from bookings.api.serializers.orders import OrderSerializer
from bookings.models import Order
from movies.models import Show
from testing.answers import errors_in
from testing.builders.accounts import make_staff, make_user
from testing.builders.bookings import make_booking, make_order
from testing.builders.movies import make_cinema, make_movie, make_screen, make_show
from testing.cases import APIAssertions
from testing.clock import at
from testing.warm import warm_caches


class OrdersTests(APIAssertions, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob = make_user("alice"), make_user("bob")
        screen = make_screen(cinema=make_cinema(name="Astoria", time_zone="Asia/Tokyo"))
        cls.show = make_show(screen=screen, price=Decimal("9.50"))
        cls.past = make_show(starts_at=timezone.now() - timedelta(days=1))
        cls.booked = make_order(user=cls.alice, show=cls.past, seats=["1", "2"], price=8)
        cls.held = make_order(user=cls.alice, show=cls.show, seats=["1"], status="held")
        cls.cancelled = make_order(user=cls.alice, show=cls.show, seats=["3"], status="cancelled")
        cls.expired = make_order(user=cls.alice, show=cls.show, seats=["4"], status="expired")
        cls.others = make_order(user=cls.bob, show=cls.show, seats=["5"], price=Decimal("9.50"))

    def get(self, path="", *, user=None):
        return self.client_of(user or self.alice).get(f"/api/orders/{path}")

    def codes(self, query=""):
        response = self.get(query)
        self.assertEqual(response.status_code, 200, response.content)
        return [order["code"] for order in response.json()["results"]]

    def test_list_has_only_own_orders_the_newest_first(self):
        own = [self.expired, self.cancelled, self.held, self.booked]
        self.assertEqual(self.codes(), [order.code for order in own])
        self.assertEqual(self.get(user=self.bob).json()["count"], 1)
        self.assertEqual(self.get(user=make_staff()).json()["count"], 0)

    def test_order_is_shown_with_its_bookings(self):
        body = self.get(f"{self.booked.code}/").json()
        self.assertEqual(
            {name: body[name] for name in ("code", "status", "show", "total", "currency")},
            {
                "code": self.booked.code,
                "status": "booked",
                "show": self.past.pk,
                "total": "16.00",
                "currency": "GBP",
            },
        )
        self.assertEqual((body["expires_at"], body["extendable_until"]), (None, None))
        self.assertEqual(
            [
                (booking["seat_number"], booking["status"], booking["price"])
                for booking in body["bookings"]
            ],
            [("1", "booked", "8.00"), ("2", "booked", "8.00")],
        )
        [listed] = [o for o in self.get().json()["results"] if o["code"] == self.booked.code]
        self.assertEqual(listed, body)

    def test_times_have_the_offset_of_the_cinema(self):
        body = self.get(f"{self.held.code}/").json()
        for name in ("starts_at", "created_at", "expires_at", "extendable_until"):
            self.assertTrue(body[name].endswith("+09:00"), body[name])
        [line] = self.get(f"{self.cancelled.code}/").json()["bookings"]
        self.assertTrue(line["cancelled_at"].endswith("+09:00"), line)

    def test_order_has_its_movie_and_the_time_zone_of_its_cinema(self):
        movie = make_movie("Aliens", poster_url="https://media.example/aliens.jpg")
        Show.objects.filter(pk=self.show.pk).update(movie=movie)

        body = self.get(f"{self.held.code}/").json()

        self.assertEqual(
            [body[name] for name in ("movie", "poster_url", "time_zone")],
            [movie.pk, "https://media.example/aliens.jpg", "Asia/Tokyo"],
        )

    def test_only_a_hold_says_in_how_many_seconds_it_expires(self):
        for order in (self.booked, self.cancelled, self.expired):
            with self.subTest(status=order.status):
                self.assertIsNone(self.get(f"{order.code}/").json()["expires_in"])

        for left, expires_in in ((59.9, 59), (1, 1), (0.9, 0), (0, None), (-5, None)):
            with at(self.held.expires_at - timedelta(seconds=left)):
                body = OrderSerializer().to_representation(Order.objects.get(pk=self.held.pk))
            with self.subTest(left=left):
                self.assertEqual(body["expires_in"], expires_in)
                self.assertEqual(body["status"], "expired" if expires_in is None else "held")

    def test_list_can_be_filtered_by_status(self):
        for status in Order.Status.values:
            with self.subTest(status=status):
                self.assertEqual(self.codes(f"?status={status}"), [getattr(self, status).code])

    def test_list_can_be_filtered_by_time(self):
        self.assertEqual(len(self.codes("?upcoming=true")), 3)
        self.assertEqual(self.codes("?upcoming=false"), [self.booked.code])
        self.assertEqual(self.codes("?upcoming=true&status=held"), [self.held.code])

    def test_malformed_filter_names_its_parameter(self):
        for name, value in [
            ("status", "sold"),
            ("status", "blocked"),
            ("upcoming", "maybe"),
            ("page", "x"),
        ]:
            with self.subTest(name=name):
                response = self.client_of(self.alice).get("/api/orders/", {name: value})
                self.assert_problem(response, 400, "invalid")
                self.assertEqual([field for field, _ in errors_in(response)], [name])

    def test_list_has_pages(self):
        body = self.get("?page_size=3&page=2").json()
        self.assertEqual((body["count"], len(body["results"])), (4, 1))
        self.assertIsNone(body["next"])
        self.assertIn("page_size=3", body["previous"])

    def test_order_is_shown_only_to_its_customer(self):
        url = f"{self.others.code}/"
        self.assertEqual(self.get(url, user=self.bob).json()["code"], self.others.code)
        for user in (self.alice, make_staff()):
            self.assert_problem(self.get(url, user=user), 403, "permission_denied")

    def test_code_may_be_sent_in_lower_case(self):
        self.assertEqual(self.get(f"{self.held.code.lower()}/").json()["code"], self.held.code)

    def test_unknown_order_is_not_found(self):
        for code in ("2222222222", "x", "2" * 11, str(self.held.pk), "222222222é", "%00" * 10):
            with self.subTest(code=code):
                self.assert_problem(self.get(f"{code}/"), 404, "not_found")

    def test_orders_need_a_login(self):
        for path in ("", f"{self.held.code}/"):
            response = self.client.get(f"/api/orders/{path}")
            self.assert_problem(response, 401, "not_authenticated")

    def test_orders_change_only_through_their_actions(self):
        client = self.client_of(self.alice)
        url = f"/api/orders/{self.held.code}/"
        for method, path in [
            (client.post, "/api/orders/"),
            (client.put, url),
            (client.patch, url),
            (client.delete, url),
            (client.get, f"{url}confirm/"),
            (client.get, f"{url}extend/"),
        ]:
            with self.subTest(path=path):
                self.assertEqual(method(path).status_code, 405)

    def test_list_costs_five_queries_at_any_length(self):
        for more in (0, 15):
            for nth in range(more):
                seats = [str(nth * 3 + 10 + seat) for seat in range(3)]
                make_order(user=self.alice, show=self.show, seats=seats)
            client = self.client_of(self.alice)
            # user, count, orders, bookings
            with self.subTest(more=more), self.assertNumQueries(5):
                client.get("/api/orders/")

    def test_order_costs_five_queries_however_many_seats_it_has(self):
        seats = [str(nth) for nth in range(10, 20)]
        for order in (self.held, make_order(user=self.alice, show=self.show, seats=seats)):
            client = self.client_of(self.alice)
            # user; order, bookings and shows
            with (
                self.subTest(order=order),
                warm_caches(self.show),
                self.assertNumQueries(5),
            ):
                client.get(f"/api/orders/{order.code}/")

    def test_single_booking_has_an_order(self):
        booking = make_booking(user=self.bob, show=self.show, seat_number="9")
        body = self.get(f"{booking.order.code}/", user=self.bob).json()
        self.assertEqual([booking["id"] for booking in body["bookings"]], [booking.number])
