"""The best seats of a show: side by side, near the best place, and none that nobody asked for."""

from datetime import timedelta

from django.test import TestCase, override_settings
from django.utils import timezone

from bookings.models import Booking
from movies.models import SeatCategory
from testing.builders.accounts import make_user
from testing.builders.bookings import block_seat, make_order
from testing.builders.movies import make_price_list, make_screen, make_seating_plan, make_show
from testing.clients import ClientsMixin
from testing.rows import end_hold
from testing.warm import known


class BestSeatsTests(ClientsMixin, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob = make_user("alice"), make_user("bob")

    def show(self, text, **fields):
        return make_show(seating_plan=make_seating_plan(text), **fields)

    def ask(self, show, what="quote", user=None, **body):
        return self.client_of(user or self.alice).post(f"/api/shows/{show.pk}/{what}/", body)

    def take(self, show, *seats, **fields):
        return make_order(user=self.bob, show=show, seats=seats, **fields)

    def assert_best(self, show, best, outcome, *groups, **body):
        response = self.ask(show, best=best, **body)
        self.assertEqual(response.status_code, 200, response.content)
        choice = {"outcome": outcome, "groups": [group.split() for group in groups]}
        self.assertEqual(response.json()["choice"], choice)
        return response.json()

    def assert_refused(self, response, status, code, words=""):
        self.assertEqual(response.status_code, status, response.content)
        self.assertEqual(response.json()["code"], code)
        self.assertIn(words, response.json()["detail"])


class WhereTests(BestSeatsTests):
    def test_they_are_in_the_middle_two_thirds_back(self):
        show = self.show("A  sssssss\nB  sssssss\nC  sssssss\nD  sssssss\n")

        self.assert_best(show, 1, "side_by_side", "C4")
        self.assert_best(show, 3, "side_by_side", "C3 C4 C5")

    def test_a_plan_may_say_from_where_its_seats_are_best(self):
        for point, seats in (((0, 0), "A1 A2"), ((180, 90), "D6 D7"), ((1e6, -1e6), "A6 A7")):
            plan = make_seating_plan(
                "A  sssssss\nB  sssssss\nC  sssssss\nD  sssssss\n", focal_point=point
            )
            with self.subTest(point=point):
                self.assert_best(make_show(seating_plan=plan), 2, "side_by_side", seats)

    def test_a_hall_without_a_plan_has_best_seats_too(self):
        show = make_show(total_seats=60)
        body = self.assert_best(show, 2, "side_by_side", "30 31")
        self.assertEqual([line["seat_number"] for line in body["lines"]], ["30", "31"])

        self.assert_best(make_show(total_seats=1), 1, "side_by_side", "1")

    def test_an_aisle_parts_no_party_while_there_is_room_elsewhere(self):
        show = self.show("A  sssss\nB  ss_sss\n")
        self.assert_best(show, 4, "side_by_side", "A2 A3 A4 A5")

    def test_a_party_that_fits_nowhere_side_by_side_is_split(self):
        show = self.show("A  sss\nB  sss\n")
        response = self.ask(show, best=4).json()
        self.assertEqual(response["choice"]["outcome"], "split")
        groups = response["choice"]["groups"]
        self.assertEqual(sorted(len(group) for group in groups), [2, 2])
        chosen = [seat for group in groups for seat in group]
        self.assertEqual([line["seat_number"] for line in response["lines"]], chosen)

    def test_a_choice_that_leaves_a_seat_single_says_so(self):
        show = self.show("A  ssss\n")
        self.take(show, "A1")
        block_seat(show=show, seat_number="A4", by=self.bob)
        self.assert_best(show, 1, "single_seat_left", "A2")

    def test_no_seat_is_left_single_while_that_can_be_helped(self):
        show = self.show("A  sssssss\n")
        self.take(show, "A1")
        self.assert_best(show, 1, "side_by_side", "A4")
        self.take(show, "A6")
        self.assert_best(show, 1, "side_by_side", "A5")
        self.assert_best(show, 2, "side_by_side", "A4 A5")

    def test_taken_seats_are_held_booked_and_blocked_ones_but_no_hold_that_is_over(self):
        show = self.show("A  sssssss\n")
        self.take(show, "A4")
        self.take(show, "A3", status="held")
        block_seat(show=show, seat_number="A5", by=self.bob)
        self.assert_best(show, 2, "side_by_side", "A1 A2")
        for status in ("cancelled", "expired"):
            self.take(show, "A1", "A2", status=status)
        self.assert_best(show, 2, "side_by_side", "A1 A2")
        over = self.take(show, "A2", status="held")
        end_hold(over)

        response = self.ask(show, "hold", best=2)

        self.assertEqual(response.json()["choice"]["groups"], [["A1", "A2"]])
        over.refresh_from_db()
        self.assertEqual(over.status, "expired")

    def test_what_is_quoted_is_what_is_held(self):
        show = self.show("A  ssss_ssss\nB  ssss_ssss\n")
        self.take(show, "B3")
        for best in (1, 2, 3, 4):
            quoted = self.ask(show, best=best).json()
            held = self.ask(show, "hold", best=best).json()
            with self.subTest(best=best):
                self.assertEqual(held["choice"], quoted["choice"])
                self.assertEqual(held["total"], quoted["total"])
                numbers = {line["seat_number"] for line in held["bookings"]}
                self.assertEqual(numbers, {line["seat_number"] for line in quoted["lines"]})
            self.client_of(self.alice).post(f"/api/orders/{held['code']}/cancel/")

    def test_named_seats_have_no_choice(self):
        response = self.ask(self.show("A  ssss\n"), seat_numbers=["A1"])
        self.assertIsNone(response.json()["choice"])


class CategoryTests(BestSeatsTests):
    def test_the_case_of_a_category_makes_no_difference(self):
        show = self.show("l = Fauteuil Ébène\nA  sssss\nB  pplll\n")
        for name in ("premium", "PREMIUM", " Premium "):
            with self.subTest(name=name):
                self.assert_best(show, 2, "side_by_side", "B1 B2", category=name)
        self.assert_best(show, 3, "side_by_side", "B3 B4 B5", category="FAUTEUIL ÉBÈNE")

    def test_without_a_category_a_party_may_sit_across_two(self):
        show = self.show("A  sspp\n")
        self.assert_best(show, 4, "side_by_side", "A1 A2 A3 A4")

    def test_an_unknown_category_is_refused_with_those_there_are(self):
        show = self.show("A  sspp\n")
        for name in ("Sofa", "Couple", "%", "Standar_"):
            with self.subTest(name=name):
                response = self.ask(show, best=1, category=name)
                self.assert_refused(response, 400, "category_unknown", "Standard, Premium")

    def test_a_numbered_hall_is_standard(self):
        show = make_show(total_seats=9)
        self.assert_best(show, 1, "side_by_side", "5", category="standard")
        self.assert_refused(self.ask(show, best=1, category="Premium"), 400, "category_unknown")

    def test_wheelchair_and_companion_places_are_given_only_by_name(self):
        show = self.show("A  ss\nB  wawa\n")
        self.assert_best(show, 2, "side_by_side", "A1 A2")
        self.assert_refused(self.ask(show, best=3), 409, "show_full")
        self.assertEqual(self.ask(show, best=1, category="wheelchair").status_code, 200)
        self.assert_best(show, 2, "split", "B1", "B3", category="Wheelchair")
        self.assert_best(show, 2, "split", "B2", "B4", category="companion")
        self.assertEqual(self.ask(show, seat_numbers=["B1", "B2"]).status_code, 200)

    def test_couples_and_a_restricted_view_come_last(self):
        show = self.show("A  ss\nB  cccc\nC  rr\n")
        self.assert_best(show, 2, "side_by_side", "A1 A2")
        self.assert_best(show, 4, "side_by_side", "B1 B2 B3 B4")
        self.take(show, "A1", "A2")
        self.assertNotIn("A1", str(self.ask(show, best=2).json()["lines"]))
        self.assert_best(show, 2, "side_by_side", "C1 C2", category="restricted view")

    def test_what_is_ordinary_is_split_before_couples_are_parted_from_the_rest(self):
        show = self.show("A  ss\nB  cccc\nC  ss\n")
        numbers = {line["seat_number"] for line in self.ask(show, best=3).json()["lines"]}
        self.assertFalse(numbers & {"B1", "B2", "B3", "B4"})

    def test_couple_seats_are_given_whole(self):
        show = self.show("A  cccccc\n")
        self.take(show, "A3", "A4")
        for best, groups in ((2, 1), (4, 2)):
            body = self.ask(show, best=best, category="Couple").json()
            numbers = {line["seat_number"] for line in body["lines"]}
            self.assertEqual(len(body["choice"]["groups"]), groups)
            self.assertLessEqual({*numbers}, {"A1", "A2", "A5", "A6"})
            self.assertEqual("A1" in numbers, "A2" in numbers)
            self.assertEqual("A5" in numbers, "A6" in numbers)

    def test_an_odd_party_finds_no_place_on_couple_seats_alone(self):
        show = self.show("A  cccccc\n")
        response = self.ask(show, best=3, category="Couple")
        self.assertIn(response.status_code, (400, 409), response.content)
        self.assertIn(response.json()["code"], ("show_full", "half_a_pair"))

    def test_a_category_of_which_the_show_is_sold_out_is_full(self):
        show = self.show("A  sspp\n")
        self.take(show, "A3", "A4")
        words = "No seats are left in the category premium; you asked for 1."
        response = self.ask(show, best=1, category="premium")
        self.assert_refused(response, 409, "show_full", words)

    def test_a_flag_set_later_holds_from_then_on(self):
        show = self.show("A  sssp\n")
        SeatCategory.objects.filter(name="Standard").update(is_accessible=True)
        self.assert_best(show, 1, "side_by_side", "A4")
        self.assert_refused(self.ask(show, best=2), 409, "show_full")

    def test_prices_of_the_best_seats_are_those_of_their_categories(self):
        prices = make_price_list(
            {
                ("Standard", "Adult"): 10,
                ("Standard", "Child"): 7,
                ("Premium", "Adult"): 14,
                ("Premium", "Child"): 9,
            }
        )
        show = self.show("A  sspp\n", price_list=prices)
        body = self.ask(show, best=4, ticket_types=["Adult", "Child", "Child", "Adult"]).json()
        self.assertEqual(
            [(line["seat_number"], line["price"]) for line in body["lines"]],
            [("A1", "10.00"), ("A2", "7.00"), ("A3", "9.00"), ("A4", "14.00")],
        )


class FullTests(BestSeatsTests):
    def test_a_show_with_too_few_seats_left_is_full(self):
        show = self.show("A  ssss\n")
        self.take(show, "A1")
        self.assert_refused(
            self.ask(show, "hold", best=4),
            409,
            "show_full",
            "Only 3 seats are left; you asked for 4.",
        )
        self.take(show, "A2", "A3", "A4")
        for what in ("quote", "hold"):
            self.assert_refused(self.ask(show, what, best=1), 409, "show_full")
        self.assertFalse(Booking.objects.filter(order__customer=self.alice).exists())

    @override_settings(MAX_SEATS_PER_ORDER=3, MAX_SEATS_PER_SHOW=4)
    def test_the_limits_count_for_the_best_seats_too(self):
        show = self.show("A  ssssssssss\n")
        for what in ("quote", "hold"):
            self.assert_refused(self.ask(show, what, best=4), 400, "seat_limit")
        self.assertEqual(self.ask(show, "hold", best=3).status_code, 201)
        self.assert_refused(self.ask(show, "hold", best=2), 400, "seat_limit")

    @override_settings(HOLD_SECONDS=60, HOLD_MAX_SECONDS=60)
    def test_a_seat_held_too_long_is_not_among_the_best(self):
        show = self.show("A  sssssss\n")
        now = timezone.now()
        make_order(
            user=self.alice,
            show=show,
            seats=["A4"],
            status="expired",
            created_at=now - timedelta(seconds=61),
            expires_at=now - timedelta(seconds=1),
        )
        held = self.ask(show, "hold", best=1).json()
        self.assertNotEqual(held["bookings"][0]["seat_number"], "A4")

    @override_settings(HOLD_SECONDS=60, HOLD_MAX_SECONDS=60)
    def test_where_only_seats_held_too_long_would_leave_none_single_the_best_are_given_all_the_same(
        self,
    ):
        show = self.show("A  ssss\n", screen=make_screen(single_seats="reject"))
        self.take(show, "A1")
        now = timezone.now()
        make_order(
            user=self.alice,
            show=show,
            seats=["A2", "A4"],
            status="expired",
            created_at=now - timedelta(seconds=61),
            expires_at=now - timedelta(seconds=1),
        )

        response = self.ask(show, "hold", best=1)

        self.assertEqual(response.status_code, 201, response.content)
        self.assertEqual(response.json()["choice"]["groups"], [["A3"]])

    def test_odd_bodies_are_refused(self):
        show = self.show("A  ssss\n")
        for body in (
            {"best": 0},
            {"best": -1},
            {"best": 101},
            {"best": 10**400},
            {"best": True},
            {"best": None},
            {"best": 1.5},
            {"best": "1e0"},
            {"best": []},
            {"best": {}},
            {"best": 1, "seat_numbers": ["A1"]},
            {"best": 1, "seats": []},
            {"best": 1, "category": None},
            {"best": 1, "category": []},
            {"best": 1, "category": {"name": "Standard"}},
            {"best": 1, "ticket_types": "Adult"},
            {"best": 1, "ticket_types": {}},
            {"best": 2, "ticket_types": ["Adult", 1.5e300, "Child"]},
            {"category": "Standard"},
        ):
            for what in ("quote", "hold"):
                with self.subTest(what=what, body=str(body)[:60]):
                    response = self.ask(show, what, **body)
                    self.assertEqual(response.status_code, 400, response.content)
        for body in (
            '{"best": 1, "category": "\\ud800"}',
            '{"best": 1e999}',
            '{"best": NaN}',
            "[1]",
        ):
            response = self.client_of(self.alice).post(
                f"/api/shows/{show.pk}/hold/", body, content_type="application/json"
            )
            self.assertEqual(response.status_code, 400, response.content)
        self.assertFalse(Booking.objects.exists())


class QueryTests(BestSeatsTests):
    def test_the_queries_are_the_same_in_a_small_hall_and_in_a_large_one(self):
        for rows, best in ((1, 1), (20, 9)):
            show = self.show(
                "".join(f"{chr(65 + n)}  ssssssssss_pppppppppp\n" for n in range(rows))
            )
            self.take(show, *(f"A{n}" for n in range(1, 2 + rows // 2)))
            show.plan.seats  # noqa: B018 - the plan is read once a process
            client, url = self.client_of(self.alice), f"/api/shows/{show.pk}"
            # show, movie, screen, cinema, plan; taken, categories
            with self.subTest(rows=rows), self.assertNumQueries(8):
                self.assertEqual(client.post(f"{url}/quote/", {"best": best}).status_code, 200)
            # user; savepoint, lock, taken, time held, order, bookings, savepoint
            with known(show), self.assertNumQueries(8):
                self.assertEqual(client.post(f"{url}/hold/", {"best": best}).status_code, 201)
