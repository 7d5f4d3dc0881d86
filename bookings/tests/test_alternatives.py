"""The alternatives that are offered with a refused hold."""

import time
from datetime import timedelta
from unittest import mock

from django.test import override_settings
from django.utils import timezone

from bookings import alternatives
from bookings.models import Order
from bookings.tests.cases import HoldTestCase
from core.pauses import Pauses
from movies.models import SeatCategory
from testing.builders.accounts import make_user
from testing.builders.bookings import make_order
from testing.builders.movies import make_screen, make_seating_plan, make_show
from testing.clock import past


class AlternativeTests(HoldTestCase):
    def alternatives(self, response):
        return self.assert_problem(response, 409, "seat_taken")["alternatives"]

    def assert_can_be_held(self, alternatives, *, show=None, user=None):
        for seats in alternatives:
            with self.subTest(seats=seats):
                self.assert_held(self.hold(*seats, show=show, user=user))

    @override_settings(MAX_SEATS_PER_SHOW=30)
    def test_three_free_disjoint_choices_of_the_same_size_and_categories_are_offered(self):
        make_order(user=self.bob, show=self.show, seats=["A4", "B3"])

        found = self.alternatives(self.hold("A3", "A4", "B3"))

        self.assertEqual(len(found), 3)
        for seats in found:
            self.assertEqual(sorted(seat[0] for seat in seats), ["A", "A", "B"])
        flat = [seat for seats in found for seat in seats]
        self.assertEqual(len(set(flat)), 9)
        self.assertTrue(set(flat).isdisjoint({"A4", "B3"}))
        self.assert_can_be_held(found)

    def test_nearest_choice_comes_first(self):
        show = make_show(screen=self.screen, total_seats=20)
        make_order(user=self.bob, show=show, seats=["7"])
        [first], [second], _ = self.alternatives(self.hold("7", show=show))
        self.assertEqual({first, second}, {"6", "8"})

    def test_fewer_choices_are_offered_where_fewer_exist(self):
        make_order(user=self.bob, show=self.show, seats=["B1", "B2"])
        self.assertEqual(len(self.alternatives(self.hold("B1", "B2"))), 2)
        make_order(user=self.bob, show=self.show, seats=["B4", "B5", "B6"])
        self.assertEqual(self.alternatives(self.hold("B1", "B2")), [])
        self.assertEqual(self.alternatives(self.hold("B1")), [["B3"]])

    def test_seats_of_lapsed_holds_are_offered_but_held_seats_are_not(self):
        make_order(user=self.bob, show=self.show, seats=["B1", "B2", "B3"])
        make_order(user=self.bob, show=self.show, seats=["B4"], status="held")
        lapsed = past()
        make_order(user=self.bob, show=self.show, seats=["B5"], status="held", expires_at=lapsed)
        found = self.alternatives(self.hold("B1"))
        self.assertEqual(sorted(found), [["B5"], ["B6"]])
        self.assert_can_be_held(found)

    def test_couple_seats_are_offered_in_pairs(self):
        SeatCategory.objects.create(name="Couple", color="#aa0000", is_sold_in_pairs=True)
        show = make_show(
            screen=self.screen, seating_plan=make_seating_plan("c = Couple\nA  cccccc_ss\n")
        )
        make_order(user=self.bob, show=show, seats=["A3", "A4"])
        found = self.alternatives(self.hold("A3", "A4", show=show))
        self.assertEqual(sorted(found), [["A1", "A2"], ["A5", "A6"]])
        self.assert_can_be_held(found, show=show)

    def test_every_alternative_is_accepted_where_single_seats_are_rejected(self):
        """The screen may reject the nearest free seats: then they are not offered."""
        screen = make_screen(cinema=self.screen.cinema, single_seats="reject")
        plan = make_seating_plan("A  sssss_sssss\nB  pppppp\n")
        for day, (taken, requested) in enumerate(
            [
                ("A1 A2 A4 A6 A9 A10 B2 B3", "A9"),
                ("A3 A9 B1 B3 B4", "A1 B3"),
                ("A1 A2 A4 A6 A10 B1 B3 B6", "A8 B1"),
                ("A8", "A4 A8 A9 B6"),
            ],
            start=1,
        ):
            show = make_show(
                screen=screen, seating_plan=plan, starts_at=timezone.now() + timedelta(days=day)
            )
            make_order(user=self.bob, show=show, seats=taken.split())
            found = self.alternatives(self.hold(*requested.split(), show=show))
            for nth, seats in enumerate(found):
                with self.subTest(taken=taken, seats=seats):
                    customer = make_user(f"customer{day}{nth}")
                    response = self.ask("quote", *seats, show=show, user=customer)
                    self.assertEqual(response.status_code, 200, response.content)

    def test_seats_that_the_customer_held_too_long_are_not_offered(self):
        now = timezone.now()
        make_order(user=self.bob, show=self.show, seats=["B2", "B5", "B6"])
        make_order(
            user=self.alice,
            show=self.show,
            seats=["B1", "B3"],
            status="expired",
            created_at=now - timedelta(seconds=1300),
            expires_at=now - timedelta(seconds=50),
        )
        found = self.alternatives(self.hold("B2"))
        self.assertEqual(found, [["B4"]])
        self.assert_can_be_held(found)


class SingleSeatTests(HoldTestCase):
    def make_show(self, policy, text="A  sssss\n"):
        screen = make_screen(cinema=self.screen.cinema, single_seats=policy)
        return make_show(screen=screen, seating_plan=make_seating_plan(text))

    def test_choice_that_leaves_a_single_seat_is_refused_with_better_ones(self):
        show = self.make_show("reject")
        make_order(user=self.bob, show=show, seats=["A1"])
        response = self.hold("A3", show=show)
        body = self.assert_seats_refused(response, 400, "single_seat_left", "A2")
        self.assertTrue(body["alternatives"])
        self.assertFalse(Order.objects.filter(customer=self.alice).exists())

    def test_screen_may_only_warn_of_a_single_seat(self):
        show = self.make_show("warn")
        make_order(user=self.bob, show=show, seats=["A1"])
        [warning] = self.assert_held(self.hold("A3", show=show))["warnings"]
        self.assertEqual(
            (warning["code"], [seat["seat_number"] for seat in warning["seats"]]),
            ("single_seat_left", ["A2"]),
        )

    def test_best_seats_are_held_or_refused_where_the_good_ones_were_held_too_long(self):
        """The customer has held the seats that would leave no single seat for too long."""
        show = self.make_show("reject")
        now = timezone.now()
        make_order(user=self.bob, show=show, seats=["A1"])
        make_order(
            user=self.alice,
            show=show,
            seats=["A2", "A5"],
            status="expired",
            created_at=now - timedelta(seconds=1300),
            expires_at=now - timedelta(seconds=50),
        )
        response = self.hold(best=2, show=show)
        self.assertIn(response.status_code, (201, 400, 409), response.content)


class LargeHallTests(HoldTestCase):
    """A search in a hall of thousands of seats takes a tenth of a second or longer."""

    def refused(self, show, number):
        response = self.hold(number, show=show)
        return self.assert_problem(response, 409, "seat_taken")["alternatives"]

    def test_while_a_process_searches_or_pauses_a_refusal_has_no_alternatives(self):
        show = make_show(screen=self.screen, total_seats=alternatives.LARGE_HALL)
        make_order(user=self.bob, show=show, seats=["7", "8"])
        searches = Pauses()
        with mock.patch.object(alternatives, "_searches", searches):
            self.assertTrue(self.refused(show, "7"))
            searches._ends = time.monotonic() + 60
            self.assertEqual(self.refused(show, "8"), [])

    def test_a_small_hall_has_no_pause(self):
        show = make_show(screen=self.screen, total_seats=alternatives.LARGE_HALL - 1)
        make_order(user=self.bob, show=show, seats=["7"])
        searches = Pauses()
        searches._ends = time.monotonic() + 60
        with mock.patch.object(alternatives, "_searches", searches):
            self.assertTrue(self.refused(show, "7"))
