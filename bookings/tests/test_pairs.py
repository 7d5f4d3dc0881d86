"""Couple seats go together: wherever seats are taken, kept off sale, or given back."""

from decimal import Decimal

from django.test import TestCase

from bookings import services
from bookings.models import Booking
from bookings.seat_request import SeatRequest
from movies.models import SeatCategory
from testing.builders.accounts import make_staff, make_user
from testing.builders.bookings import bookings_of, make_order
from testing.builders.movies import make_movie, make_price_list, make_seating_plan, make_show
from testing.clients import ClientsMixin
from testing.rows import all_rows

TEXT = "A  ssss\nB  cccc_cc\nC  ssccs\n"  # pairs: B1 B2, B3 B4, B5 B6, C3 C4


class PairTests(ClientsMixin, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff, cls.alice, cls.bob = make_staff(), make_user("alice"), make_user("bob")
        cls.movie, cls.plan = make_movie(), make_seating_plan(TEXT)
        cls.show = make_show(movie=cls.movie, seating_plan=cls.plan)

    def send(self, what, *seats, user=None, show=None, **body):
        if seats:
            body["seat_numbers"] = seats
        url = f"/api/shows/{(show or self.show).pk}/{what}/"
        return self.client_of(user or self.alice).post(url, body)

    def block(self, *seats):
        return self.send("block", *seats, user=self.staff, reason="Broken")

    def order(self, *seats, user=None):
        wanted = SeatRequest(seats)
        sale = services.book_seats(
            customer=user or self.alice, show_id=self.show.pk, request=wanted
        )
        return sale.order

    def move(self, order, *seats, **body):
        url = f"/api/orders/{order.code}/move/"
        return self.client_of(self.alice).post(url, {"seat_numbers": seats, **body})

    def couple(self, **fields):
        SeatCategory.objects.filter(name="Couple").update(**fields)

    def assert_halves(self, response, *seats):
        self.assertEqual(response.status_code, 400, response.content)
        body = response.json()
        self.assertEqual(body["code"], "half_a_pair")
        self.assertEqual(
            body["seats"], [{"seat_number": seat, "code": "half_a_pair"} for seat in seats]
        )
        for seat in seats:
            self.assertIn(seat, body["detail"])


class RefusedTests(PairTests):
    def tearDown(self):
        self.assertFalse(Booking.objects.exclude(order__customer=self.bob).exists())

    def test_half_a_pair_is_not_booked(self):
        for seat in ("B1", "b02", "B6", "C3", "C4"):
            self.assert_halves(self.send("book", seat_number=seat), seat.upper().replace("0", ""))

    def test_all_halves_are_named_by_hold_quote_and_block(self):
        for what in ("hold", "quote"):
            self.assert_halves(self.send(what, "A1", "B2", "B5", "C3", "C4"), "B2", "B5")
            seats = [{"seat_number": seat} for seat in ("B4", "B5", "A1")]
            self.assert_halves(self.send(what, seats=seats), "B4", "B5")
        self.assert_halves(self.block("A1", "B2", "B3", "B5", "B6"), "B2", "B3")

    def test_neighbours_of_two_pairs_are_no_pair(self):
        self.assert_halves(self.send("hold", "B2", "B3"), "B2", "B3")
        self.assert_halves(self.send("hold", "B4", "B5"), "B4", "B5")

    def test_a_half_is_refused_as_a_half_also_where_its_partner_is_taken(self):
        make_order(user=self.bob, show=self.show, seats=["B1", "B2"])
        response = self.send("quote", "B1")
        self.assertIn(response.json()["code"], ("half_a_pair", "seat_taken"))

    def test_it_holds_in_a_show_with_prices(self):
        prices = make_price_list({("Standard", "Adult"): 9, ("Couple", "Adult"): 12})
        show = make_show(seating_plan=self.plan, price_list=prices)
        self.assert_halves(self.send("hold", "B1", show=show), "B1")


class MoveTests(PairTests):
    def test_half_a_pair_is_not_moved_to(self):
        order = self.order("A1", "A2")
        other = make_show(movie=self.movie, seating_plan=self.plan)
        rows = all_rows()
        self.assert_halves(self.move(order, "B1", "B3"), "B1", "B3")
        self.assert_halves(self.move(order, "A1", "C3"), "C3")
        self.assert_halves(self.move(order, "A1", "C3", show=other.pk), "C3")
        self.assertEqual(all_rows(), rows)

    def test_a_couple_moves_to_a_couple_and_to_other_seats(self):
        order = self.order("B1", "B2")
        for seats in (("B4", "B3"), ("A1", "C1"), ("B1", "B2")):
            response = self.move(order, *seats)
            self.assertEqual(response.status_code, 200, response.content)
        active = Booking.objects.active().values_list("seat_number", flat=True)
        self.assertEqual(set(active), {"B1", "B2"})


class WholeTests(PairTests):
    def test_whole_pairs_pass(self):
        for what, status in (("quote", 200), ("hold", 201)):
            response = self.send(what, "B2", "C4", "A1", "B1", "C3")
            self.assertEqual(response.status_code, status, response.content)
        self.assertEqual(self.block("B6", "B5").status_code, 200)

    def test_a_pair_of_which_one_seat_is_blocked_is_taken(self):
        """Blocked when they were no couple yet."""
        self.couple(is_sold_in_pairs=False)
        self.block("B1")
        self.couple(is_sold_in_pairs=True)

        response = self.send("hold", "B1", "B2")

        self.assertEqual((response.status_code, response.json()["code"]), (409, "seat_taken"))
        self.assertEqual([s["seat_number"] for s in response.json()["seats"]], ["B1"])
        for seats in response.json()["alternatives"]:
            self.assertEqual(self.send("quote", *seats).status_code, 200, seats)

    def test_alternatives_to_a_taken_couple_are_couples(self):
        self.order("B3", "B4", user=self.bob)

        alternatives = self.send("hold", "B3", "B4").json()["alternatives"]

        self.assertEqual(
            {tuple(s) for s in alternatives}, {("B1", "B2"), ("B5", "B6"), ("C3", "C4")}
        )

    def test_the_price_is_for_each_seat(self):
        prices = make_price_list({("Standard", "Adult"): 9, ("Couple", "Adult"): Decimal("12.50")})
        show = make_show(seating_plan=self.plan, price_list=prices)

        self.assertEqual(self.send("quote", "B1", "B2", show=show).json()["total"], "25.00")


class LaterTests(PairTests):
    """The flag of a category is changed while the show sells."""

    def test_seats_that_are_couples_no_more_are_sold_one_by_one(self):
        self.assert_halves(self.send("book", seat_number="B1"), "B1")
        self.couple(is_sold_in_pairs=False)
        self.assertEqual(self.send("book", seat_number="B1").status_code, 201)
        self.assertEqual(self.block("B3").status_code, 200)

    def test_seats_that_become_couples_are_sold_together_from_then_on(self):
        SeatCategory.objects.filter(name="Standard").update(is_sold_in_pairs=True)

        self.assert_halves(self.send("hold", "A1"), "A1")
        self.assertEqual(self.send("hold", "A1", "A2").status_code, 201)

    def test_a_seat_that_no_partner_stands_beside_is_sold_alone(self):
        SeatCategory.objects.filter(name="Standard").update(is_sold_in_pairs=True)

        self.assertEqual(self.send("book", seat_number="C5").status_code, 201)

    def test_a_hold_of_a_half_is_confirmed_all_the_same(self):
        order = services.hold_seats(
            customer=self.alice, show_id=self.show.pk, request=SeatRequest(("A1",))
        ).order
        SeatCategory.objects.filter(name="Standard").update(is_sold_in_pairs=True)

        response = self.client_of(self.alice).post(f"/api/orders/{order.code}/confirm/")

        self.assertEqual(response.json()["status"], "booked")


class UnblockTests(PairTests):
    def test_half_of_a_blocked_pair_does_not_come_back_alone(self):
        path, client = f"/api/shows/{self.show.pk}", self.client_of(self.staff)
        client.post(f"{path}/block/", {"seat_numbers": ["B1", "B2"], "reason": "Broken"})

        response = client.post(f"{path}/unblock/", {"seat_numbers": ["B1"]})

        self.assertEqual((response.status_code, response.json()["code"]), (400, "half_a_pair"))
        self.assertEqual(
            client.post(f"{path}/unblock/", {"seat_numbers": ["B1", "B2"]}).status_code, 200
        )


class AdminTests(PairTests):
    """Staff cancel bookings in the admin; what they may not, they are told."""

    def cancel(self, *bookings):
        self.client.force_login(self.staff)
        keys = [booking.pk for booking in bookings]
        body = {"action": "cancel_by_rule", "_selected_action": keys, "reason": "Ill"}
        return self.client.post("/admin/bookings/booking/", body, follow=True)

    def test_both_seats_of_a_couple_are_cancelled_there(self):
        order = self.order("B1", "B2")

        response = self.cancel(*bookings_of(order))

        self.assertEqual(response.status_code, 200)
        self.assertFalse(Booking.objects.active().exists())

    def test_one_seat_of_a_couple_is_refused_there_in_words(self):
        order = self.order("B1", "B2")

        response = self.cancel(bookings_of(order)[0])

        self.assertContains(response, "half of a couple seat")
        self.assertEqual(Booking.objects.active().count(), 2)
