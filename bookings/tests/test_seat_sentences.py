"""Sentences for people say zone, row and seat apart where the seat number has all three."""

from django.test import TestCase

from movies.models import Screen
from testing.builders.accounts import make_user
from testing.builders.bookings import make_order
from testing.builders.movies import make_seating_plan, make_show
from testing.sales import CustomerRequests

HALL = "[Orchestre]\nJ  ssss\nK  sssssscc\n\n[Balcon]\nJ  ssss\n\n[Loge]\nL  ss\n"


class SentenceTests(CustomerRequests, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob = make_user("alice"), make_user("bob")
        cls.show = make_show(seating_plan=make_seating_plan(HALL))
        make_order(user=cls.bob, show=cls.show, seats=["ORCHESTREK1", "L1"])

    def refused(self, *seats):
        return self.ask("hold", *seats).json()

    def test_a_taken_seat_is_named_by_zone_row_and_seat(self):
        body = self.refused("ORCHESTREK1")
        self.assertEqual(body["detail"], "Orchestre, row K, seat 1 is no longer available.")
        self.assertEqual(body["seats"][0]["seat_number"], "ORCHESTREK1")

    def test_a_short_seat_number_stays(self):
        self.assertEqual(self.refused("L1")["detail"], "Seat L1 is no longer available.")
        words = "Orchestre, row K, seat 1; seat L1 are no longer available."
        self.assertEqual(self.refused("ORCHESTREK1", "L1")["detail"], words)

    def test_half_a_pair_is_named_by_zone_row_and_seat(self):
        words = "Orchestre, row K, seat 7 is half of a couple seat: take its partner too."
        self.assertEqual(self.refused("ORCHESTREK7")["detail"], words)

    def test_the_first_and_the_last_seat_are_named_by_zone_row_and_seat(self):
        words = "This show has no seat Z9: its seats are Orchestre, row J, seat 1 to L2."
        self.assertEqual(self.refused("Z9")["detail"], words)

    def test_a_name_with_braces_is_written_as_it_is(self):
        plan = make_seating_plan("[{0}]\nA  ss\n[{seats}]\nA  ss\n")
        self.show = make_show(seating_plan=plan)
        make_order(user=self.bob, show=self.show, seats=[plan.plan.seats[0].number])
        self.assertIn("{0}, row A, seat 1", self.refused(plan.plan.seats[0].number)["detail"])
        self.assertIn("{0}, row A, seat 1 to", self.refused("Q1")["detail"])

    def test_a_single_seat_is_named_by_zone_row_and_seat(self):
        for policy, count in (("reject", 400), ("warn", 201)):
            Screen.objects.update(single_seats=policy)
            response = self.ask("hold", "ORCHESTREK3")
            self.assertEqual(response.status_code, count, response.content)
            body = response.json()
            detail = body["detail"] if policy == "reject" else body["warnings"][0]["detail"]
            words = "This choice leaves Orchestre, row K, seat 2 single between taken seats."
            self.assertEqual(detail, words)
