from datetime import timedelta
from decimal import Decimal

from django.test import TestCase, override_settings
from django.utils import timezone

from bookings.models import Booking, Order
from testing.builders.accounts import client_of, make_user
from testing.builders.bookings import block_seat, make_booking
from testing.builders.movies import make_cinema, make_screen, make_show
from testing.cache import RememberingTests


class BookTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob = make_user("alice"), make_user("bob")
        screen = make_screen(cinema=make_cinema(name="Lumière", currency="EUR"), name="Screen 2")
        cls.show = make_show(screen=screen, price=Decimal("9.50"), total_seats=100)

    def book(self, seat_number="7", *, user=None, show=None):
        url = f"/api/shows/{(show or self.show).pk}/book/"
        return client_of(user or self.alice).post(url, {"seat_number": seat_number})

    def assert_refused(self, response, status, code):
        self.assertEqual(response.status_code, status, response.content)
        self.assertEqual(response.json()["code"], code)

    def test_a_booked_seat_is_answered_flat_and_kept(self):
        response = self.book("7")

        self.assertEqual(response.status_code, 201, response.content)
        booking = Booking.objects.get()
        body = response.json()
        self.assertEqual(
            {**body, "starts_at": None, "created_at": None},
            {
                "id": booking.pk,
                "show": self.show.pk,
                "movie_title": "Alien",
                "cinema_name": "Lumière",
                "screen_name": "Screen 2",
                "starts_at": None,
                "seat_number": "7",
                "ticket_type": "Adult",
                "status": "booked",
                "price": "9.50",
                "refund": None,
                "currency": "EUR",
                "created_at": None,
                "cancelled_at": None,
                "order": booking.order.code,
                "warnings": [],
            },
        )
        self.assertEqual((booking.status, booking.price), ("booked", Decimal("9.50")))
        order = booking.order
        self.assertEqual(
            (order.customer, order.show, order.status, order.total, order.currency),
            (self.alice, self.show, "booked", Decimal("9.50"), "EUR"),
        )
        self.assertRegex(order.code, r"^[2-9B-DF-HJ-NP-TV-Z]{10}$")

    def test_the_price_stays_when_the_show_becomes_dearer(self):
        self.book("7")
        self.show.price_list.prices.update(amount=Decimal("20"))

        body = client_of(self.alice).get("/api/my-bookings/").json()

        self.assertEqual(body["results"][0]["price"], "9.50")

    def test_a_taken_seat_is_a_conflict_that_names_it(self):
        make_booking(user=self.bob, show=self.show, seat_number="7")

        response = self.book("07")

        self.assert_refused(response, 409, "seat_taken")
        self.assertEqual(response.json()["detail"], "Seat 7 is no longer available.")
        self.assertEqual(response.json()["seats"], [{"seat_number": "7", "code": "seat_taken"}])
        self.assertEqual(Booking.objects.count(), 1)
        self.assertEqual(Order.objects.count(), 1)

    def test_the_own_seat_cannot_be_booked_twice_either(self):
        self.book("7")
        self.assert_refused(self.book("7"), 409, "seat_taken")

    def test_a_seat_that_staff_keep_off_sale_is_taken(self):
        block_seat(show=self.show, seat_number="7", by=self.bob)
        self.assert_refused(self.book("7"), 409, "seat_taken")

    def test_the_same_seat_of_another_show_is_free(self):
        make_booking(user=self.bob, show=self.show, seat_number="7")
        self.assertEqual(self.book("7", show=make_show()).status_code, 201)

    def test_a_seat_can_be_booked_and_cancelled_any_number_of_times(self):
        for user in [self.alice, self.bob, self.alice]:
            booking = self.book("7", user=user).json()
            response = client_of(user).post(f"/api/bookings/{booking['id']}/cancel/")
            self.assertEqual(response.status_code, 200)
        self.assertEqual(
            list(Booking.objects.order_by("id").values_list("status", "order__customer")),
            [("cancelled", user.pk) for user in [self.alice, self.bob, self.alice]],
        )

    def test_a_seat_the_hall_does_not_have_is_refused(self):
        for seat in ["0", "101", "A1", "9" * 16]:
            with self.subTest(seat=seat):
                self.assert_refused(self.book(seat), 400, "seat_unknown")
        self.assertIn("its seats are 1 to 100", self.book("101").json()["detail"])
        self.assertEqual(self.book("100").status_code, 201)

    def test_a_show_that_has_started_is_not_sold(self):
        show = make_show(starts_at=timezone.now() - timedelta(seconds=1))
        self.assert_refused(self.book(show=show), 400, "show_started")

    def test_seats_are_sold_while_sales_are_open(self):
        now, hour = timezone.now(), timedelta(hours=1)
        for opens, closes, status in [
            (now + hour, None, 400),
            (None, now - hour, 400),
            (now - hour, now + hour, 201),
        ]:
            with self.subTest(opens=opens, closes=closes):
                show = make_show(sales_open_at=opens, sales_close_at=closes)
                response = self.book(show=show)
                self.assertEqual(response.status_code, status)
                if status == 400:
                    self.assertEqual(response.json()["code"], "sales_closed")

    @override_settings(MAX_SEATS_PER_SHOW=2)
    def test_a_customer_has_at_most_so_many_seats_of_a_show(self):
        self.book("1")
        second = self.book("2").json()
        self.assert_refused(self.book("3"), 400, "seat_limit")
        self.assertEqual(self.book("3", show=make_show()).status_code, 201)
        self.assertEqual(self.book("4", user=self.bob).status_code, 201)

        client_of(self.alice).post(f"/api/bookings/{second['id']}/cancel/")
        self.assertEqual(self.book("3").status_code, 201)

    def test_an_unknown_show_is_not_found(self):
        for pk in [self.show.pk + 1000, 10**20]:
            url = f"/api/shows/{pk}/book/"
            response = client_of(self.alice).post(url, {"seat_number": "1"})
            self.assert_refused(response, 404, "not_found")

    def test_only_who_is_logged_in_books(self):
        response = self.client.post(f"/api/shows/{self.show.pk}/book/", {"seat_number": "1"})
        self.assert_refused(response, 401, "not_authenticated")
        self.assertEqual(response["WWW-Authenticate"], 'Bearer realm="api"')

    def test_a_deactivated_user_books_nothing_with_a_token_from_before(self):
        client = client_of(self.alice)
        self.alice.is_active = False
        self.alice.save()
        response = client.post(f"/api/shows/{self.show.pk}/book/", {"seat_number": "1"})
        self.assert_refused(response, 401, "token_not_valid")
        self.assertFalse(Booking.objects.exists())

    def test_unknown_fields_change_nothing(self):
        response = client_of(self.alice).post(
            f"/api/shows/{self.show.pk}/book/",
            {"seat_number": "7", "price": "0.00", "status": "cancelled", "customer": self.bob.pk},
        )
        self.assertEqual((response.json()["price"], response.json()["status"]), ("9.50", "booked"))
        self.assertEqual(Order.objects.get().customer, self.alice)


class QueryTests(RememberingTests, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob = make_user("alice"), make_user("bob")
        cls.show = make_show(total_seats=100, price=Decimal("9.50"))

    def setUp(self):
        super().setUp()
        self.client = client_of(self.alice)

    def book(self, seat_number):
        return self.client.post(f"/api/shows/{self.show.pk}/book/", {"seat_number": seat_number})

    def test_a_booking_costs_eight_queries_however_many_are_sold(self):
        # where they are not remembered: show, movie, screen, cinema, price list, prices
        with self.assertNumQueries(14):
            self.assertEqual(self.book("1").status_code, 201)
        for sold in [0, 40]:
            for seat in range(11, 11 + sold):
                make_booking(user=self.bob, show=self.show, seat_number=str(seat))
            # user, taken?; savepoint, lock, seats, order, booking, savepoint
            with self.subTest(sold=sold), self.assertNumQueries(8):
                self.assertEqual(self.book(str(100 - sold)).status_code, 201)

    def test_a_taken_seat_is_refused_without_a_transaction(self):
        make_booking(user=self.bob, show=self.show, seat_number="7")
        # where they are not remembered: show, movie, screen, cinema, price list, prices
        with self.assertNumQueries(8):
            self.assertEqual(self.book("7").status_code, 409)
        with self.assertNumQueries(2):  # user, seats
            self.assertEqual(self.book("7").status_code, 409)


class SeatNumberTests(TestCase):
    """Over the URL: one seat, or 400."""

    @classmethod
    def setUpTestData(cls):
        cls.alice = make_user("alice")
        cls.show = make_show(total_seats=100)

    def post(self, body):
        return client_of(self.alice).post(
            f"/api/shows/{self.show.pk}/book/", body, content_type="application/json"
        )

    def test_every_spelling_of_a_seat_is_the_same_seat(self):
        spellings = ["7", '"7"', '"07"', '" 7 "', '"0007"']
        answers = [self.post(f'{{"seat_number": {text}}}') for text in spellings]
        self.assertEqual([a.status_code for a in answers], [201, 409, 409, 409, 409])
        self.assertEqual(Booking.objects.get().seat_number, "7")

    def test_what_is_no_seat_number_is_a_400_that_names_the_field(self):
        odd = [
            '"１"', '"١"', '"²"', "true", "false", "1.0", "1e1", "[1]", "{}", "null", "-1", '"-1"',
            "1" + "0" * 32, '"1\\n"', '"1\\u0000"', '""', '" "', '"\\ud800"', '"A 1"',
            '"' + "1" * 33 + '"', '"1;DROP TABLE"', '"<b>"', '"\\u202e1"',
        ]  # fmt: skip
        for text in odd:
            with self.subTest(seat_number=text):
                response = self.post(f'{{"seat_number": {text}}}')
                self.assertEqual(response.status_code, 400, response.content)
                self.assertEqual(response.json()["code"], "invalid")
                self.assertEqual(response.json()["errors"][0]["field"], "seat_number")
        self.assertFalse(Booking.objects.exists())

    def test_what_is_no_json_object_is_a_400(self):
        for body in [
            "",
            "{",
            "[]",
            "null",
            "7",
            '"7"',
            "NaN",
            '{"seat_number": NaN}',
            "[" * 100_000,
        ]:
            with self.subTest(body=body[:20]):
                response = self.post(body)
                self.assertEqual(response.status_code, 400, response.content)
                self.assertEqual(response.json()["code"], "invalid")
                self.assertTrue(response.json()["errors"])
