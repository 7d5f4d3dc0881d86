"""A single free seat left between taken ones: warned of or refused, as the screen says."""

from django.db import transaction
from django.test import TestCase

from bookings import services
from bookings.models import Booking
from bookings.seat_request import SeatRequest
from movies.models import Screen
from testing.builders.accounts import make_user
from testing.builders.bookings import block_seat, make_order
from testing.builders.movies import make_movie, make_screen, make_seating_plan, make_show
from testing.clients import ClientsMixin
from testing.rows import all_rows, end_hold

WARNING = {
    "code": "single_seat_left",
    "detail": "This choice leaves seat A2 single between taken seats.",
    "seats": [{"seat_number": "A2", "code": "single_seat_left"}],
}


class SingleSeatTests(ClientsMixin, TestCase):
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

    def send(self, what, *seats, show=None, **body):
        if seats:
            body["seat_numbers"] = seats
        return self.client_of(self.alice).post(f"/api/shows/{(show or self.show).pk}/{what}/", body)

    def book(self, seat):
        return self.send("book", seat_number=seat)

    def order(self, *seats, show=None):
        return services.book_seats(
            customer=self.alice, show_id=(show or self.show).pk, request=SeatRequest(seats)
        ).order

    def move(self, order, *seats, **body):
        body["seat_numbers"] = seats
        return self.client_of(self.alice).post(f"/api/orders/{order.code}/move/", body)

    def assert_refused(self, response, *single):
        self.assertEqual(response.status_code, 400, response.content)
        body = response.json()
        self.assertEqual(body["code"], "single_seat_left")
        self.assertEqual(
            body["seats"], [{"seat_number": seat, "code": "single_seat_left"} for seat in single]
        )
        for seat in single:
            self.assertIn(seat, body["detail"])
        self.assertTrue(body["alternatives"])
        return body["alternatives"]

    def assert_accepted_next(self, alternatives, send, status):
        """Each of them, sent as it is in place of what was refused."""
        for seats in alternatives:
            with self.subTest(seats=seats), transaction.atomic():
                response = send(seats)
                self.assertEqual(response.status_code, status, response.content)
                transaction.set_rollback(True)


class OffTests(SingleSeatTests):
    def test_nothing_is_said(self):
        for response in (self.send("quote", "A3"), self.send("hold", "A3"), self.book("A5")):
            self.assertIn(response.status_code, (200, 201))
            self.assertEqual(response.json()["warnings"], [])


class WarnTests(SingleSeatTests):
    def setUp(self):
        super().setUp()
        self.policy("warn")

    def test_quote_hold_and_book_warn_and_do_it(self):
        quoted, held = self.send("quote", "A3"), self.send("hold", "A3")
        self.assertEqual((quoted.status_code, held.status_code), (200, 201))
        self.assertEqual(quoted.json()["warnings"], [WARNING])
        self.assertEqual(held.json()["warnings"], [WARNING])
        self.client_of(self.alice).post(f"/api/orders/{held.json()['code']}/cancel/")

        booked = self.book("A3")

        self.assertEqual((booked.status_code, booked.json()["warnings"]), (201, [WARNING]))

    def test_a_move_warns_and_does_it(self):
        order = self.order("A6")

        response = self.move(order, "A3")

        self.assertEqual((response.status_code, response.json()["warnings"]), (200, [WARNING]))

    def test_a_move_whose_own_old_seat_stays_single_warns(self):
        order = self.order("A2")

        response = self.move(order, "A3")

        self.assertEqual((response.status_code, response.json()["warnings"]), (200, [WARNING]))

    def test_a_good_choice_is_not_warned_of(self):
        for seats in (("A2",), ("A4",), ("A2", "A3"), ("A8",), ("A7",), ("B2",)):
            with self.subTest(seats=seats):
                self.assertEqual(self.send("quote", *seats).json()["warnings"], [])

    def test_several_single_seats_are_all_named(self):
        [warning] = self.send("quote", "A3", "A5").json()["warnings"]

        self.assertEqual([seat["seat_number"] for seat in warning["seats"]], ["A2", "A4"])
        self.assertEqual(
            warning["detail"], "This choice leaves seats A2, A4 single between taken seats."
        )

    def test_a_seat_that_was_single_before_is_nobodys_fault(self):
        make_order(user=self.bob, show=self.show, seats=["A3"])

        self.assertEqual(self.send("quote", "A4").json()["warnings"], [])

    def test_the_ends_of_a_row_and_an_aisle_are_no_taken_seats(self):
        show = self.make_show("A  sss_sss\n")
        for seats in (("A2",), ("A5",), ("A2", "A3")):
            self.assertEqual(self.send("quote", *seats, show=show).json()["warnings"], [])

    def test_taken_is_what_is_held_booked_or_blocked_but_no_hold_that_is_over(self):
        show = self.make_show("A  ssssssss\n")
        held = make_order(user=self.bob, show=show, seats=["A1"], status="held")
        self.assertEqual(self.send("quote", "A3", show=show).json()["warnings"], [WARNING])
        end_hold(held)
        self.assertEqual(self.send("quote", "A3", show=show).json()["warnings"], [])
        held.bookings.update(status="expired")
        make_order(user=self.bob, show=show, seats=["A1"], status="cancelled")
        self.assertEqual(self.send("quote", "A3", show=show).json()["warnings"], [])
        block_seat(show=show, seat_number="A1", by=self.bob)
        self.assertEqual(self.send("quote", "A3", show=show).json()["warnings"], [WARNING])

    def test_who_asks_for_the_best_seats_is_warned_too(self):
        show = self.make_show("A  ssss\n")
        make_order(user=self.bob, show=show, seats=["A1", "A4"])

        body = self.send("hold", best=1, show=show).json()

        self.assertEqual(body["choice"], {"outcome": "single_seat_left", "groups": [["A2"]]})
        self.assertEqual(body["warnings"][0]["seats"][0]["seat_number"], "A3")


class RejectTests(SingleSeatTests):
    def setUp(self):
        super().setUp()
        self.policy("reject")

    def test_a_hold_a_booking_and_a_quote_are_refused_with_choices_that_are_accepted(self):
        rows = all_rows()
        for what, status in (("quote", 200), ("hold", 201)):
            alternatives = self.assert_refused(self.send(what, "A3"), "A2")
            self.assertEqual(len(alternatives), 3)
            self.assert_accepted_next(
                alternatives, lambda seats, what=what: self.send(what, *seats), status
            )
        alternatives = self.assert_refused(self.book("A3"), "A2")
        self.assert_accepted_next(alternatives, lambda seats: self.book(*seats), 201)
        self.assertEqual(all_rows(), rows)

    def test_giving_back_a_part_of_a_hold_is_a_choice_too(self):
        """Else one would hold a seat too many, and give it back."""
        code = self.send("hold", "A2", "A3").json()["code"]
        path = f"/api/orders/{code}/cancel/"

        response = self.client_of(self.alice).post(path, {"seat_numbers": ["A2"]})

        self.assertEqual((response.status_code, response.json()["code"]), (400, "single_seat_left"))
        self.assertEqual(self.client_of(self.alice).post(path).status_code, 200)

    def test_a_move_is_refused_with_choices_that_are_accepted(self):
        order = self.order("A5", "A6")
        rows = all_rows()

        alternatives = self.assert_refused(self.move(order, "A3", "A4"), "A2")

        self.assertEqual(all_rows(), rows)
        self.assert_accepted_next(alternatives, lambda seats: self.move(order, *seats), 200)

    def test_every_choice_offered_is_accepted_where_few_are_left(self):
        show = self.make_show("A  ssss\n")
        make_order(user=self.bob, show=show, seats=["A1"])

        alternatives = self.assert_refused(self.send("hold", "A3", show=show), "A2")

        self.assertNotIn(["A3"], alternatives)
        self.assert_accepted_next(alternatives, lambda s: self.send("hold", *s, show=show), 201)

    def test_every_choice_offered_for_a_taken_seat_is_accepted(self):
        show = self.make_show("A  sssss\n")
        make_order(user=self.bob, show=show, seats=["A1"])

        response = self.send("hold", "A1", show=show)

        self.assertEqual(response.json()["code"], "seat_taken")
        self.assert_accepted_next(
            response.json()["alternatives"], lambda s: self.send("hold", *s, show=show), 201
        )

    def test_every_choice_offered_across_two_categories_is_accepted(self):
        show = self.make_show("A  sssssspppppp\n")
        make_order(user=self.bob, show=show, seats=["A1", "A6"])

        response = self.send("hold", "A6", "A7", show=show)

        self.assertEqual(response.json()["code"], "seat_taken")
        self.assert_accepted_next(
            response.json()["alternatives"], lambda s: self.send("hold", *s, show=show), 201
        )

    def test_every_choice_offered_for_a_move_is_accepted_though_it_frees_a_seat(self):
        show = self.make_show("A  ssss\nB  ssss\n")
        make_order(user=self.bob, show=show, seats=["A1", "A4"])
        order = make_order(user=self.alice, show=show, seats=["A2"])

        response = self.move(order, "A4")

        self.assertEqual(response.json()["code"], "seat_taken")
        self.assertTrue(response.json()["alternatives"])
        self.assert_accepted_next(
            response.json()["alternatives"], lambda seats: self.move(order, *seats), 200
        )

    def test_a_move_that_leaves_its_own_old_seat_single_is_refused(self):
        order = self.order("A2")

        self.assert_refused(self.move(order, "A3"), "A2")

        self.assertEqual(self.move(order, "A7").status_code, 200)

    def test_another_show_has_its_own_rule(self):
        other = make_show(
            movie=self.movie, seating_plan=self.show.seating_plan, screen=make_screen()
        )
        make_order(user=self.bob, show=other, seats=["A1"])
        order = self.order("A2")
        self.assertEqual(self.move(order, "A3", show=other.pk).status_code, 200)
        self.assert_refused(self.move(order, "A3", show=self.show.pk), "A2")

    def test_it_is_allowed_where_every_choice_side_by_side_would_do_it(self):
        show = self.make_show("A  ssss\n")
        make_order(user=self.bob, show=show, seats=["A1", "A4"])
        for seat in ("A2", "A3"):
            self.assertEqual(self.send("quote", seat, show=show).status_code, 200)

        show = self.make_show("A  sssss\n")
        make_order(user=self.bob, show=show, seats=["A1", "A5"])
        for seats in (("A2", "A3"), ("A3", "A4")):
            response = self.send("quote", *seats, show=show)
            self.assertEqual(response.status_code, 200, response.content)
            self.assertEqual(len(response.json()["warnings"]), 1)
        self.assert_refused(self.send("quote", "A3", show=show), "A2", "A4")

    def test_only_the_same_category_and_the_same_number_count(self):
        show = self.make_show("A  sssss\nB  pppp\n")
        make_order(user=self.bob, show=show, seats=["A1", "A5"])
        self.assertEqual(self.send("quote", "A2", "A3", show=show).status_code, 200)
        show = self.make_show("A  sssss\nB  ssss\n")
        make_order(user=self.bob, show=show, seats=["A1", "A5"])
        self.assert_refused(self.send("quote", "A2", "A3", show=show), "A4")

    def test_scattered_seats_are_held_to_it_too(self):
        self.assert_refused(self.send("quote", "A4", "A6"), "A5")

    def test_the_best_seats_are_never_refused_for_it(self):
        show = self.make_show("A  sssss\n")
        make_order(user=self.bob, show=show, seats=["A1", "A5"])

        response = self.send("hold", best=2, show=show)

        self.assertEqual(response.status_code, 201, response.content)
        self.assertEqual(response.json()["choice"]["outcome"], "single_seat_left")
        self.assertEqual(len(response.json()["warnings"]), 1)

    def test_staff_may_block_what_they_like(self):
        block_seat(show=self.show, seat_number="A3", by=self.bob)
        services.block_seats(show=self.show, seat_numbers=["A5"], by=self.bob, reason="Broken")
        self.assertEqual(Booking.objects.filter(status="blocked").count(), 2)


class QueryTests(SingleSeatTests):
    def test_a_warning_costs_the_same_queries_however_many_seats_are_taken(self):
        for policy, taken in (("warn", []), ("reject", ["A5", "A6", "A7", "A8", "B1"])):
            self.policy(policy)
            if taken:
                make_order(user=self.bob, show=self.show, seats=taken)
            self.show.plan.seats  # noqa: B018 - the plan is read once a process
            client = self.client_of(self.alice)
            # user; show, movie, screen, cinema, plan; taken, categories
            with self.subTest(policy=policy), self.assertNumQueries(8):
                client.post(f"/api/shows/{self.show.pk}/quote/", {"seat_numbers": ["A2"]})
