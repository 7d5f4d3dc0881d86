"""Booking one seat at once."""

from datetime import timedelta
from decimal import Decimal

from django.test import TestCase, override_settings
from django.utils import timezone

from bookings.models import Booking, Order
from core.db.transactions import waits_at_begin
from testing.builders.accounts import make_user
from testing.builders.bookings import block_seat, make_booking
from testing.builders.movies import make_cinema, make_screen, make_show
from testing.cache import CacheEnabled
from testing.cases import APIAssertions
from testing.sales import CustomerRequests


class BookTests(CustomerRequests, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob = make_user("alice"), make_user("bob")
        screen = make_screen(cinema=make_cinema(name="Lumière", currency="EUR"), name="Screen 2")
        cls.show = make_show(screen=screen, price=Decimal("9.50"), total_seats=100)

    def book(self, seat_number="7", *, user=None, show=None):
        return self.ask("book", user=user, show=show, seat_number=seat_number)

    def test_booking_a_seat_answers_with_the_booking_and_stores_it(self):
        response = self.book("7")

        self.assertEqual(response.status_code, 201, response.content)
        booking = Booking.objects.get()
        body = response.json()
        self.assertEqual(
            {**body, "starts_at": None, "created_at": None},
            {
                "id": booking.number,
                "show": self.show.pk,
                "movie": self.show.movie_id,
                "movie_title": "Alien",
                "poster_url": "",
                "cinema_name": "Lumière",
                "screen_name": "Screen 2",
                "starts_at": None,
                "time_zone": "Europe/London",
                "seat_number": "7",
                "zone": "Hall",
                "row": None,
                "seat": "7",
                "category": "Standard",
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

    def test_price_of_a_booking_stays_when_the_price_list_changes(self):
        self.book("7")
        self.show.price_list.prices.update(amount=Decimal("20"))

        body = self.client_of(self.alice).get("/api/my-bookings/").json()

        self.assertEqual(body["results"][0]["price"], "9.50")

    def test_taken_seat_is_a_conflict_that_names_it(self):
        make_booking(user=self.bob, show=self.show, seat_number="7")

        response = self.book("07")

        body = self.assert_seats_refused(response, 409, "seat_taken", "7")
        self.assertEqual(body["detail"], "Seat 7 is no longer available.")
        self.assertEqual(Booking.objects.count(), 1)
        self.assertEqual(Order.objects.count(), 1)

    def test_customer_cannot_book_the_same_seat_twice(self):
        self.book("7")
        self.assert_problem(self.book("7"), 409, "seat_taken")

    def test_blocked_seat_cannot_be_booked(self):
        block_seat(show=self.show, seat_number="7", by=self.bob)
        self.assert_problem(self.book("7"), 409, "seat_taken")

    def test_same_seat_of_another_show_is_free(self):
        make_booking(user=self.bob, show=self.show, seat_number="7")
        self.assertEqual(self.book("7", show=make_show()).status_code, 201)

    def test_seat_can_be_booked_again_after_each_cancellation(self):
        for user in [self.alice, self.bob, self.alice]:
            booking = self.book("7", user=user).json()
            response = self.client_of(user).post(f"/api/bookings/{booking['id']}/cancel/")
            self.assertEqual(response.status_code, 200)
        self.assertEqual(
            list(Booking.objects.order_by("id").values_list("status", "order__customer")),
            [("cancelled", user.pk) for user in [self.alice, self.bob, self.alice]],
        )

    def test_unknown_seat_is_refused(self):
        for seat in ["0", "101", "A1", "9" * 16]:
            with self.subTest(seat=seat):
                self.assert_problem(self.book(seat), 400, "seat_unknown")
        self.assert_problem(self.book("101"), 400, "seat_unknown", detail="its seats are 1 to 100")
        self.assertEqual(self.book("100").status_code, 201)

    def test_started_show_is_not_sold(self):
        show = make_show(starts_at=timezone.now() - timedelta(seconds=1))
        self.assert_problem(self.book(show=show), 400, "show_started")

    def test_seats_are_sold_only_while_sales_are_open(self):
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
                    self.assert_problem(response, 400, "sales_closed")

    @override_settings(MAX_SEATS_PER_SHOW=2)
    def test_number_of_seats_per_customer_and_show_is_limited(self):
        self.book("1")
        second = self.book("2").json()
        self.assert_problem(self.book("3"), 400, "seat_limit")
        self.assertEqual(self.book("3", show=make_show()).status_code, 201)
        self.assertEqual(self.book("4", user=self.bob).status_code, 201)

        self.client_of(self.alice).post(f"/api/bookings/{second['id']}/cancel/")
        self.assertEqual(self.book("3").status_code, 201)

    def test_unknown_show_is_not_found(self):
        for pk in [self.show.pk + 1000, 10**20]:
            self.assert_problem(self.book("1", show=pk), 404, "not_found")

    def test_booking_needs_a_login(self):
        response = self.client.post(f"/api/shows/{self.show.pk}/book/", {"seat_number": "1"})
        self.assert_problem(response, 401, "not_authenticated")
        self.assertEqual(response["WWW-Authenticate"], 'Bearer realm="api"')

    def test_deactivated_user_cannot_book_with_an_old_token(self):
        self.client_of(self.alice)  # gets the token while the user is active
        self.alice.is_active = False
        self.alice.save()
        self.assert_problem(self.book("1"), 401, "token_not_valid")
        self.assertFalse(Booking.objects.exists())

    def test_unknown_fields_are_refused(self):
        unknown = {"price": "0.00", "status": "cancelled", "customer": self.bob.pk}
        response = self.ask("book", seat_number="7", **unknown)
        self.assert_problem(response, 400, "invalid", fields=set(unknown))
        self.assertFalse(Order.objects.exists())


class QueryTests(CacheEnabled, APIAssertions, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob = make_user("alice"), make_user("bob")
        cls.show = make_show(total_seats=100, price=Decimal("9.50"))

    def setUp(self):
        super().setUp()
        self.client = self.client_of(self.alice)

    def book(self, seat_number):
        return self.client.post(f"/api/shows/{self.show.pk}/book/", {"seat_number": seat_number})

    def test_booking_costs_ten_queries_however_many_seats_are_sold(self):
        # without the cache: show, movie, screen, cinema, price list, prices
        with self.assertNumQueries(16 + waits_at_begin()):
            self.assertEqual(self.book("1").status_code, 201)
        for sold in [0, 40]:
            for seat in range(11, 11 + sold):
                make_booking(user=self.bob, show=self.show, seat_number=str(seat))
            # user; savepoint, lock, prices, seats, keys, order, booking, event,
            # savepoint
            with self.subTest(sold=sold), self.assertNumQueries(10 + waits_at_begin()):
                self.assertEqual(self.book(str(100 - sold)).status_code, 201)

    def test_seat_lately_seen_taken_is_refused_without_a_transaction(self):
        make_booking(user=self.bob, show=self.show, seat_number="7")
        self.assertEqual(self.book("7").status_code, 409)
        with self.assertNumQueries(2):  # user, seats
            self.assertEqual(self.book("7").status_code, 409)

        self.assertEqual(self.book("8").status_code, 201)
        with self.assertNumQueries(2):
            self.assertEqual(self.book("8").status_code, 409)

        make_booking(user=self.bob, show=self.show, seat_number="9")
        self.client.get(f"/api/shows/{self.show.pk}/availability/")
        with self.assertNumQueries(2):
            self.assertEqual(self.book("9").status_code, 409)

    def test_seat_lately_seen_taken_is_sold_once_it_is_free(self):
        booking = make_booking(user=self.bob, show=self.show, seat_number="7")
        self.assertEqual(self.book("7").status_code, 409)
        self.client_of(self.bob).post(f"/api/bookings/{booking.number}/cancel/")
        self.assertEqual(self.book("7").status_code, 201)


class SeatNumberTests(APIAssertions, TestCase):
    """A seat number is read as one seat, or refused with 400."""

    @classmethod
    def setUpTestData(cls):
        cls.alice = make_user("alice")
        cls.show = make_show(total_seats=100)

    def post(self, body):
        return self.client_of(self.alice).post(
            f"/api/shows/{self.show.pk}/book/", body, content_type="application/json"
        )

    def test_all_spellings_of_a_seat_number_mean_the_same_seat(self):
        spellings = ["7", '"7"', '"07"', '" 7 "', '"0007"']
        answers = [self.post(f'{{"seat_number": {text}}}') for text in spellings]
        self.assertEqual([a.status_code for a in answers], [201, 409, 409, 409, 409])
        self.assertEqual(Booking.objects.get().seat_number, "7")

    def test_malformed_seat_number_is_a_400_that_names_the_field(self):
        odd = [
            '"１"', '"١"', '"²"', "true", "false", "1.0", "1e1", "[1]", "{}", "null", "-1", '"-1"',
            "1" + "0" * 32, '"1\\n"', '"1\\u0000"', '""', '" "', '"\\ud800"', '"A 1"',
            '"' + "1" * 33 + '"', '"1;DROP TABLE"', '"<b>"', '"\\u202e1"',
        ]  # fmt: skip
        for text in odd:
            with self.subTest(seat_number=text):
                response = self.post(f'{{"seat_number": {text}}}')
                self.assert_problem(response, 400, "invalid")
                self.assertEqual(response.json()["errors"][0]["field"], "seat_number")
        self.assertFalse(Booking.objects.exists())

    def test_body_that_is_not_a_json_object_is_a_400(self):
        for body in [
            "",
            "{",
            "[]",
            "null",
            "7",
            '"7"',
            "NaN",
            '{"seat_number": NaN}',
            "[" * 60_000,
        ]:
            with self.subTest(body=body[:20]):
                response = self.post(body)
                self.assertTrue(self.assert_problem(response, 400, "invalid")["errors"])
