"""Couple seats go together: when they are sold, moved, blocked, unblocked or cancelled."""

from django.test import TestCase

from bookings.models import Booking
from movies.models import SeatCategory
from testing.builders.accounts import make_staff, make_user
from testing.builders.bookings import book_order, bookings_of, hold_order, make_order
from testing.builders.movies import make_movie, make_price_list, make_seating_plan, make_show
from testing.prices import adult
from testing.rows import all_rows
from testing.sales import CustomerRequests

TEXT = "A  ssss\nB  cccc_cc\nC  ssccs\n"  # pairs: B1 B2, B3 B4, B5 B6, C3 C4


class PairTests(CustomerRequests, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff, cls.alice, cls.bob = make_staff(), make_user("alice"), make_user("bob")
        cls.movie, cls.plan = make_movie(), make_seating_plan(TEXT)
        cls.show = make_show(movie=cls.movie, seating_plan=cls.plan)

    def block(self, *seats):
        return self.ask("block", *seats, user=self.staff, reason="Broken")

    def book(self, *seats, user=None):
        return book_order(user=user or self.alice, show=self.show, seats=seats)

    def move(self, order, *seats, **body):
        return self.act("move", order, *seats, **body)

    def couple(self, **fields):
        SeatCategory.objects.filter(name="Couple").update(**fields)

    def assert_halves(self, response, *seats):
        self.assert_seats_refused(response, 400, "half_a_pair", *seats)


class RefusedTests(PairTests):
    def tearDown(self):
        self.assertFalse(Booking.objects.exclude(order__customer=self.bob).exists())

    def test_half_of_a_pair_cannot_be_booked(self):
        for seat in ("B1", "b02", "B6", "C3", "C4"):
            self.assert_halves(self.ask("book", seat_number=seat), seat.upper().replace("0", ""))

    def test_hold_quote_and_block_name_all_halves(self):
        for what in ("hold", "quote"):
            self.assert_halves(self.ask(what, "A1", "B2", "B5", "C3", "C4"), "B2", "B5")
            seats = [{"seat_number": seat} for seat in ("B4", "B5", "A1")]
            self.assert_halves(self.ask(what, seats=seats), "B4", "B5")
        self.assert_halves(self.block("A1", "B2", "B3", "B5", "B6"), "B2", "B3")

    def test_neighbours_from_two_pairs_are_not_a_pair(self):
        self.assert_halves(self.ask("hold", "B2", "B3"), "B2", "B3")
        self.assert_halves(self.ask("hold", "B4", "B5"), "B4", "B5")

    def test_half_of_a_taken_pair_is_refused(self):
        make_order(user=self.bob, show=self.show, seats=["B1", "B2"])
        response = self.ask("quote", "B1")
        self.assertIn(response.json()["code"], ("half_a_pair", "seat_taken"))

    def test_rule_applies_in_a_show_with_prices(self):
        prices = make_price_list(adult(Standard=9, Couple=12))
        show = make_show(seating_plan=self.plan, price_list=prices)
        self.assert_halves(self.ask("hold", "B1", show=show), "B1")


class MoveTests(PairTests):
    def test_order_cannot_move_to_half_of_a_pair(self):
        order = self.book("A1", "A2")
        other = make_show(movie=self.movie, seating_plan=self.plan)
        rows = all_rows()
        self.assert_halves(self.move(order, "B1", "B3"), "B1", "B3")
        self.assert_halves(self.move(order, "A1", "C3"), "C3")
        self.assert_halves(self.move(order, "A1", "C3", show=other.pk), "C3")
        self.assertEqual(all_rows(), rows)

    def test_couple_seats_move_to_couple_seats_and_to_others(self):
        order = self.book("B1", "B2")
        for seats in (("B4", "B3"), ("A1", "C1"), ("B1", "B2")):
            response = self.move(order, *seats)
            self.assertEqual(response.status_code, 200, response.content)
        active = Booking.objects.active().values_list("seat_number", flat=True)
        self.assertEqual(set(active), {"B1", "B2"})


class WholeTests(PairTests):
    def test_whole_pairs_are_accepted(self):
        for what, status in (("quote", 200), ("hold", 201)):
            response = self.ask(what, "B2", "C4", "A1", "B1", "C3")
            self.assertEqual(response.status_code, status, response.content)
        self.assertEqual(self.block("B6", "B5").status_code, 200)

    def test_pair_with_one_blocked_seat_is_taken(self):
        """The seat was blocked before the category was sold in pairs."""
        self.couple(is_sold_in_pairs=False)
        self.block("B1")
        self.couple(is_sold_in_pairs=True)

        response = self.ask("hold", "B1", "B2")

        self.assert_seats_refused(response, 409, "seat_taken", "B1")
        for seats in response.json()["alternatives"]:
            self.assertEqual(self.ask("quote", *seats).status_code, 200, seats)

    def test_alternatives_to_couple_seats_are_couple_seats(self):
        self.book("B3", "B4", user=self.bob)

        alternatives = self.ask("hold", "B3", "B4").json()["alternatives"]

        self.assertEqual(
            {tuple(s) for s in alternatives}, {("B1", "B2"), ("B5", "B6"), ("C3", "C4")}
        )

    def test_price_of_a_couple_seat_is_per_seat(self):
        prices = make_price_list(adult(Standard=9, Couple="12.50"))
        show = make_show(seating_plan=self.plan, price_list=prices)

        self.assertEqual(self.ask("quote", "B1", "B2", show=show).json()["total"], "25.00")


class ChangedFlagTests(PairTests):
    """The flag of a category changes while the show is on sale."""

    def test_former_couple_seats_are_sold_one_by_one(self):
        self.assert_halves(self.ask("book", seat_number="B1"), "B1")
        self.couple(is_sold_in_pairs=False)
        self.assertEqual(self.ask("book", seat_number="B1").status_code, 201)
        self.assertEqual(self.block("B3").status_code, 200)

    def test_new_couple_seats_are_sold_together_at_once(self):
        SeatCategory.objects.filter(name="Standard").update(is_sold_in_pairs=True)

        self.assert_halves(self.ask("hold", "A1"), "A1")
        self.assertEqual(self.ask("hold", "A1", "A2").status_code, 201)

    def test_couple_seat_without_a_neighbour_is_sold_alone(self):
        SeatCategory.objects.filter(name="Standard").update(is_sold_in_pairs=True)

        self.assertEqual(self.ask("book", seat_number="C5").status_code, 201)

    def test_earlier_hold_of_half_a_pair_can_be_confirmed(self):
        order = hold_order(user=self.alice, show=self.show, seats=["A1"])
        SeatCategory.objects.filter(name="Standard").update(is_sold_in_pairs=True)

        response = self.act("confirm", order)

        self.assertEqual(response.json()["status"], "booked")


class UnblockTests(PairTests):
    def test_half_of_a_blocked_pair_cannot_be_unblocked(self):
        self.block("B1", "B2")

        self.assert_halves(self.ask("unblock", "B1", user=self.staff), "B1")
        self.assertEqual(self.ask("unblock", "B1", "B2", user=self.staff).status_code, 200)


class AdminTests(PairTests):
    """Staff cancel bookings of couple seats in the admin."""

    def cancel(self, *bookings):
        self.client.force_login(self.staff)
        keys = [booking.pk for booking in bookings]
        body = {"action": "cancel_by_rule", "_selected_action": keys, "reason": "Ill"}
        return self.client.post("/admin/bookings/booking/", body, follow=True)

    def test_both_couple_seats_can_be_cancelled_in_the_admin(self):
        order = self.book("B1", "B2")

        response = self.cancel(*bookings_of(order))

        self.assertEqual(response.status_code, 200)
        self.assertFalse(Booking.objects.active().exists())

    def test_one_couple_seat_is_refused_with_a_sentence_in_the_admin(self):
        order = self.book("B1", "B2")

        response = self.cancel(bookings_of(order)[0])

        self.assertContains(response, "half of a couple seat")
        self.assertEqual(Booking.objects.active().count(), 2)
