"""Single free seats between taken ones: ignored, warned of or rejected, as the screen says."""

from django.db import transaction
from django.test import TestCase

from bookings import services
from bookings.models import Booking
from movies.models import Screen
from testing.builders.accounts import make_user
from testing.builders.bookings import block_seat, book_order, make_order
from testing.builders.movies import make_movie, make_screen, make_seating_plan, make_show
from testing.clock import end_hold
from testing.rows import all_rows
from testing.sales import CustomerRequests

WARNING = {
    "code": "single_seat_left",
    "detail": "This choice leaves seat A2 single between taken seats.",
    "seats": [{"seat_number": "A2", "code": "single_seat_left"}],
}


class SingleSeatTests(CustomerRequests, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob = make_user("alice"), make_user("bob")
        cls.screen, cls.movie = make_screen(), make_movie()
        cls.show = cls.make_show("A  ssssssss\nB  pppp\n")
        make_order(user=cls.bob, show=cls.show, seats=["A1"])

    @classmethod
    def make_show(cls, text):
        return make_show(movie=cls.movie, screen=cls.screen, seating_plan=make_seating_plan(text))

    def policy(self, policy):
        Screen.objects.update(single_seats=policy)

    def book(self, seat):
        return self.ask("book", seat_number=seat)

    def order(self, *seats):
        return book_order(user=self.alice, show=self.show, seats=seats)

    def move(self, order, *seats, **body):
        return self.act("move", order, *seats, **body)

    def assert_rejected(self, response, *single):
        """Assert that these seats would be left single; return the alternatives."""
        body = self.assert_seats_refused(response, 400, "single_seat_left", *single)
        self.assertTrue(body["alternatives"])
        return body["alternatives"]

    def assert_accepted_next(self, alternatives, send, status):
        """Assert that each alternative is accepted when it is sent instead."""
        for seats in alternatives:
            with self.subTest(seats=seats), transaction.atomic():
                response = send(seats)
                self.assertEqual(response.status_code, status, response.content)
                transaction.set_rollback(True)


class WheelchairTests(SingleSeatTests):
    """Wheelchair and companion places are no ordinary seats."""

    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.show = cls.make_show("A  swsssss\nB  sasssss\nC  wsssw\nD  ssssssss\n")

    def setUp(self):
        super().setUp()
        self.policy("reject")

    def test_a_place_is_never_a_single_seat_and_no_seat_beside_it_is_one(self):
        self.client_of(self.alice)  # whose session is not rolled back
        for seats in (["A1", "A3"], ["B1", "B3"], ["A2", "A4"], ["C3"], ["C1", "C3"]):
            with self.subTest(seats=seats), transaction.atomic():
                response = self.ask("hold", *seats)
                self.assertEqual(response.status_code, 201, response.content)
                transaction.set_rollback(True)

    def test_an_ordinary_seat_between_two_taken_seats_still_is_one(self):
        self.assert_rejected(self.ask("hold", "D1", "D3"), "D2")


class OffTests(SingleSeatTests):
    def test_no_warning_is_sent(self):
        for response in (self.ask("quote", "A3"), self.ask("hold", "A3"), self.book("A5")):
            self.assertIn(response.status_code, (200, 201))
            self.assertEqual(response.json()["warnings"], [])


class WarnTests(SingleSeatTests):
    def setUp(self):
        super().setUp()
        self.policy("warn")

    def test_quote_hold_and_book_succeed_with_a_warning(self):
        quoted, held = self.ask("quote", "A3"), self.ask("hold", "A3")
        self.assertEqual((quoted.status_code, held.status_code), (200, 201))
        self.assertEqual(quoted.json()["warnings"], [WARNING])
        self.assertEqual(held.json()["warnings"], [WARNING])
        self.act("cancel", held.json()["code"])

        booked = self.book("A3")

        self.assertEqual((booked.status_code, booked.json()["warnings"]), (201, [WARNING]))

    def test_move_succeeds_with_a_warning(self):
        order = self.order("A6")

        response = self.move(order, "A3")

        self.assertEqual((response.status_code, response.json()["warnings"]), (200, [WARNING]))

    def test_move_that_leaves_its_old_seat_single_warns(self):
        order = self.order("A2")

        response = self.move(order, "A3")

        self.assertEqual((response.status_code, response.json()["warnings"]), (200, [WARNING]))

    def test_choice_without_a_single_seat_has_no_warning(self):
        for seats in (("A2",), ("A4",), ("A2", "A3"), ("A8",), ("A7",), ("B2",)):
            with self.subTest(seats=seats):
                self.assertEqual(self.ask("quote", *seats).json()["warnings"], [])

    def test_several_single_seats_are_all_named(self):
        [warning] = self.ask("quote", "A3", "A5").json()["warnings"]

        self.assertEqual([seat["seat_number"] for seat in warning["seats"]], ["A2", "A4"])
        self.assertEqual(
            warning["detail"], "This choice leaves seats A2, A4 single between taken seats."
        )

    def test_seat_that_was_single_before_causes_no_warning(self):
        make_order(user=self.bob, show=self.show, seats=["A3"])

        self.assertEqual(self.ask("quote", "A4").json()["warnings"], [])

    def test_ends_of_rows_and_aisles_are_not_taken_seats(self):
        show = self.make_show("A  sss_sss\n")
        for seats in (("A2",), ("A5",), ("A2", "A3")):
            self.assertEqual(self.ask("quote", *seats, show=show).json()["warnings"], [])

    def test_held_booked_and_blocked_seats_count_but_lapsed_holds_do_not(self):
        show = self.make_show("A  ssssssss\n")
        held = make_order(user=self.bob, show=show, seats=["A1"], status="held")
        self.assertEqual(self.ask("quote", "A3", show=show).json()["warnings"], [WARNING])
        end_hold(held)
        self.assertEqual(self.ask("quote", "A3", show=show).json()["warnings"], [])
        held.bookings.update(status="expired")
        make_order(user=self.bob, show=show, seats=["A1"], status="cancelled")
        self.assertEqual(self.ask("quote", "A3", show=show).json()["warnings"], [])
        block_seat(show=show, seat_number="A1", by=self.bob)
        self.assertEqual(self.ask("quote", "A3", show=show).json()["warnings"], [WARNING])

    def test_best_seats_come_with_a_warning(self):
        show = self.make_show("A  ssss\n")
        make_order(user=self.bob, show=show, seats=["A1", "A4"])

        body = self.ask("hold", best=1, show=show).json()

        self.assertEqual(body["choice"], {"outcome": "single_seat_left", "groups": [["A2"]]})
        self.assertEqual(body["warnings"][0]["seats"][0]["seat_number"], "A3")


class RejectTests(SingleSeatTests):
    def setUp(self):
        super().setUp()
        self.policy("reject")

    def test_quote_hold_and_book_are_rejected_with_accepted_alternatives(self):
        rows = all_rows()
        for what, status in (("quote", 200), ("hold", 201)):
            alternatives = self.assert_rejected(self.ask(what, "A3"), "A2")
            self.assertEqual(len(alternatives), 3)
            self.assert_accepted_next(
                alternatives, lambda seats, what=what: self.ask(what, *seats), status
            )
        alternatives = self.assert_rejected(self.book("A3"), "A2")
        self.assert_accepted_next(alternatives, lambda seats: self.book(*seats), 201)
        self.assertEqual(all_rows(), rows)

    def test_cancelling_a_part_of_a_hold_is_checked(self):
        """Otherwise a customer could hold one seat too many and cancel it."""
        code = self.ask("hold", "A2", "A3").json()["code"]

        response = self.act("cancel", code, "A2")

        self.assert_problem(response, 400, "single_seat_left")
        self.assertEqual(self.act("cancel", code).status_code, 200)

    def test_cancelling_one_booking_of_a_hold_is_checked(self):
        held = self.ask("hold", "A2", "A3").json()
        booking = held["bookings"][0]["id"]

        response = self.client_of(self.alice).post(f"/api/bookings/{booking}/cancel/")

        self.assert_seats_refused(response, 400, "single_seat_left", "A2")

    def test_move_is_rejected_with_accepted_alternatives(self):
        order = self.order("A5", "A6")
        rows = all_rows()

        alternatives = self.assert_rejected(self.move(order, "A3", "A4"), "A2")

        self.assertEqual(all_rows(), rows)
        self.assert_accepted_next(alternatives, lambda seats: self.move(order, *seats), 200)

    def test_alternatives_are_accepted_where_few_seats_are_left(self):
        show = self.make_show("A  ssss\n")
        make_order(user=self.bob, show=show, seats=["A1"])

        alternatives = self.assert_rejected(self.ask("hold", "A3", show=show), "A2")

        self.assertNotIn(["A3"], alternatives)
        self.assert_accepted_next(alternatives, lambda s: self.ask("hold", *s, show=show), 201)

    def test_alternatives_to_a_taken_seat_are_accepted(self):
        show = self.make_show("A  sssss\n")
        make_order(user=self.bob, show=show, seats=["A1"])

        response = self.ask("hold", "A1", show=show)

        self.assert_problem(response, 409, "seat_taken")
        self.assert_accepted_next(
            response.json()["alternatives"], lambda s: self.ask("hold", *s, show=show), 201
        )

    def test_alternatives_across_two_categories_are_accepted(self):
        show = self.make_show("A  sssssspppppp\n")
        make_order(user=self.bob, show=show, seats=["A1", "A6"])

        response = self.ask("hold", "A6", "A7", show=show)

        self.assert_problem(response, 409, "seat_taken")
        self.assert_accepted_next(
            response.json()["alternatives"], lambda s: self.ask("hold", *s, show=show), 201
        )

    def test_alternatives_for_a_move_are_accepted_though_it_frees_a_seat(self):
        show = self.make_show("A  ssss\nB  ssss\n")
        make_order(user=self.bob, show=show, seats=["A1", "A4"])
        order = make_order(user=self.alice, show=show, seats=["A2"])

        response = self.move(order, "A4")

        self.assert_problem(response, 409, "seat_taken")
        self.assertTrue(response.json()["alternatives"])
        self.assert_accepted_next(
            response.json()["alternatives"], lambda seats: self.move(order, *seats), 200
        )

    def test_move_that_leaves_its_old_seat_single_is_rejected(self):
        order = self.order("A2")

        self.assert_rejected(self.move(order, "A3"), "A2")

        self.assertEqual(self.move(order, "A7").status_code, 200)

    def test_move_follows_the_rule_of_the_new_screen(self):
        other = make_show(
            movie=self.movie, seating_plan=self.show.seating_plan, screen=make_screen()
        )
        make_order(user=self.bob, show=other, seats=["A1"])
        order = self.order("A2")
        self.assertEqual(self.move(order, "A3", show=other.pk).status_code, 200)
        self.assert_rejected(self.move(order, "A3", show=self.show.pk), "A2")

    def test_single_seat_is_allowed_where_no_better_choice_exists(self):
        show = self.make_show("A  ssss\n")
        make_order(user=self.bob, show=show, seats=["A1", "A4"])
        for seat in ("A2", "A3"):
            self.assertEqual(self.ask("quote", seat, show=show).status_code, 200)

        show = self.make_show("A  sssss\n")
        make_order(user=self.bob, show=show, seats=["A1", "A5"])
        for seats in (("A2", "A3"), ("A3", "A4")):
            response = self.ask("quote", *seats, show=show)
            self.assertEqual(response.status_code, 200, response.content)
            self.assertEqual(len(response.json()["warnings"]), 1)
        self.assert_rejected(self.ask("quote", "A3", show=show), "A2", "A4")

    def test_better_choice_must_have_the_same_categories_and_size(self):
        show = self.make_show("A  sssss\nB  pppp\n")
        make_order(user=self.bob, show=show, seats=["A1", "A5"])
        self.assertEqual(self.ask("quote", "A2", "A3", show=show).status_code, 200)
        show = self.make_show("A  sssss\nB  ssss\n")
        make_order(user=self.bob, show=show, seats=["A1", "A5"])
        self.assert_rejected(self.ask("quote", "A2", "A3", show=show), "A4")

    def test_scattered_seats_are_rejected(self):
        self.assert_rejected(self.ask("quote", "A4", "A6"), "A5")

    def test_best_seats_are_never_rejected(self):
        show = self.make_show("A  sssss\n")
        make_order(user=self.bob, show=show, seats=["A1", "A5"])

        response = self.ask("hold", best=2, show=show)

        self.assertEqual(response.status_code, 201, response.content)
        self.assertEqual(response.json()["choice"]["outcome"], "single_seat_left")
        self.assertEqual(len(response.json()["warnings"]), 1)

    def test_staff_may_leave_single_seats_when_blocking(self):
        block_seat(show=self.show, seat_number="A3", by=self.bob)
        services.block_seats(show=self.show, seat_numbers=["A5"], by=self.bob, reason="Broken")
        self.assertEqual(Booking.objects.filter(status="blocked").count(), 2)


class QueryTests(SingleSeatTests):
    def test_warning_costs_the_same_queries_however_many_seats_are_taken(self):
        for policy, taken in (("warn", []), ("reject", ["A5", "A6", "A7", "A8", "B1"])):
            self.policy(policy)
            if taken:
                make_order(user=self.bob, show=self.show, seats=taken)
            self.show.plan.seats  # noqa: B018 - the plan is read once a process
            client = self.client_of(self.alice)
            # user; show, movie, screen, cinema, plan; taken, categories
            with self.subTest(policy=policy), self.assertNumQueries(8):
                client.post(f"/api/shows/{self.show.pk}/quote/", {"seat_numbers": ["A2"]})
