"""The best seats of a show: side by side, near the best place, in suitable categories."""

from datetime import timedelta

from django.test import TestCase, override_settings
from django.utils import timezone

from bookings.models import Booking
from core.db.transactions import waits_at_begin
from movies.models import SeatCategory
from testing.builders.accounts import make_user
from testing.builders.bookings import block_seat, make_order
from testing.builders.movies import make_price_list, make_screen, make_seating_plan, make_show
from testing.clock import end_hold
from testing.prices import adult_and_child
from testing.sales import CustomerRequests
from testing.warm import warm_caches


class BestSeatsTests(CustomerRequests, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob = make_user("alice"), make_user("bob")

    def show(self, text, **fields):
        return make_show(seating_plan=make_seating_plan(text), **fields)

    def quote(self, show, **body):
        return self.ask("quote", show=show, **body)

    def hold(self, show, **body):
        return self.ask("hold", show=show, **body)

    def take(self, show, *seats, **fields):
        return make_order(user=self.bob, show=show, seats=seats, **fields)

    def assert_best(self, show, best, outcome, *groups, **body):
        response = self.quote(show, best=best, **body)
        self.assertEqual(response.status_code, 200, response.content)
        choice = {"outcome": outcome, "groups": [group.split() for group in groups]}
        self.assertEqual(response.json()["choice"], choice)
        return response.json()


class WhereTests(BestSeatsTests):
    def test_best_seats_are_in_the_middle_two_thirds_back(self):
        show = self.show("A  sssssss\nB  sssssss\nC  sssssss\nD  sssssss\n")

        self.assert_best(show, 1, "side_by_side", "C4")
        self.assert_best(show, 3, "side_by_side", "C3 C4 C5")

    def test_focal_point_of_a_plan_sets_the_best_place(self):
        for point, seats in (((0, 0), "A1 A2"), ((180, 90), "D6 D7"), ((1e6, -1e6), "A6 A7")):
            plan = make_seating_plan(
                "A  sssssss\nB  sssssss\nC  sssssss\nD  sssssss\n", focal_point=point
            )
            with self.subTest(point=point):
                self.assert_best(make_show(seating_plan=plan), 2, "side_by_side", seats)

    def test_numbered_hall_has_best_seats(self):
        show = make_show(total_seats=60)
        body = self.assert_best(show, 2, "side_by_side", "30 31")
        self.assertEqual([line["seat_number"] for line in body["lines"]], ["30", "31"])

        self.assert_best(make_show(total_seats=1), 1, "side_by_side", "1")

    def test_party_is_not_split_by_an_aisle_while_a_row_has_room(self):
        show = self.show("A  sssss\nB  ss_sss\n")
        self.assert_best(show, 4, "side_by_side", "A2 A3 A4 A5")

    def test_party_that_fits_nowhere_side_by_side_is_split(self):
        show = self.show("A  sss\nB  sss\n")
        response = self.quote(show, best=4).json()
        self.assertEqual(response["choice"]["outcome"], "split")
        groups = response["choice"]["groups"]
        self.assertEqual(sorted(len(group) for group in groups), [2, 2])
        chosen = [seat for group in groups for seat in group]
        self.assertEqual([line["seat_number"] for line in response["lines"]], chosen)

    def test_choice_that_leaves_a_single_seat_says_so(self):
        show = self.show("A  ssss\n")
        self.take(show, "A1")
        block_seat(show=show, seat_number="A4", by=self.bob)
        self.assert_best(show, 1, "single_seat_left", "A2")

    def test_no_single_seat_is_left_while_another_choice_exists(self):
        show = self.show("A  sssssss\n")
        self.take(show, "A1")
        self.assert_best(show, 1, "side_by_side", "A4")
        self.take(show, "A6")
        self.assert_best(show, 1, "side_by_side", "A5")
        self.assert_best(show, 2, "side_by_side", "A4 A5")

    def test_held_booked_and_blocked_seats_are_taken_but_lapsed_holds_are_not(self):
        show = self.show("A  sssssss\n")
        self.take(show, "A4")
        self.take(show, "A3", status="held")
        block_seat(show=show, seat_number="A5", by=self.bob)
        self.assert_best(show, 2, "side_by_side", "A1 A2")
        for status in ("cancelled", "expired"):
            self.take(show, "A1", "A2", status=status)
        self.assert_best(show, 2, "side_by_side", "A1 A2")
        lapsed = self.take(show, "A2", status="held")
        end_hold(lapsed)

        response = self.hold(show, best=2)

        self.assertEqual(response.json()["choice"]["groups"], [["A1", "A2"]])
        lapsed.refresh_from_db()
        self.assertEqual(lapsed.status, "expired")

    def test_hold_gets_the_seats_and_total_of_the_quote(self):
        show = self.show("A  ssss_ssss\nB  ssss_ssss\n")
        self.take(show, "B3")
        for best in (1, 2, 3, 4):
            quoted = self.quote(show, best=best).json()
            held = self.hold(show, best=best).json()
            with self.subTest(best=best):
                self.assertEqual(held["choice"], quoted["choice"])
                self.assertEqual(held["total"], quoted["total"])
                numbers = {booking["seat_number"] for booking in held["bookings"]}
                self.assertEqual(numbers, {line["seat_number"] for line in quoted["lines"]})
            self.act("cancel", held["code"])

    def test_named_seats_have_no_choice(self):
        response = self.quote(self.show("A  ssss\n"), seat_numbers=["A1"])
        self.assertIsNone(response.json()["choice"])


class CategoryTests(BestSeatsTests):
    def test_category_is_found_in_upper_and_lower_case(self):
        show = self.show("l = Fauteuil Ébène\nA  sssss\nB  pplll\n")
        for name in ("premium", "PREMIUM", " Premium "):
            with self.subTest(name=name):
                self.assert_best(show, 2, "side_by_side", "B1 B2", category=name)
        self.assert_best(show, 3, "side_by_side", "B3 B4 B5", category="FAUTEUIL ÉBÈNE")

    def test_without_category_a_party_may_sit_in_two_categories(self):
        show = self.show("A  sspp\n")
        self.assert_best(show, 4, "side_by_side", "A1 A2 A3 A4")

    def test_unknown_category_is_refused_with_the_known_ones(self):
        show = self.show("A  sspp\n")
        for name in ("Sofa", "Couple", "%", "Standar_"):
            with self.subTest(name=name):
                response = self.quote(show, best=1, category=name)
                self.assert_problem(response, 400, "category_unknown", detail="Standard, Premium")

    def test_seats_of_a_numbered_hall_are_standard(self):
        show = make_show(total_seats=9)
        self.assert_best(show, 1, "side_by_side", "5", category="standard")
        self.assert_problem(self.quote(show, best=1, category="Premium"), 400, "category_unknown")

    def test_wheelchair_and_companion_places_are_chosen_only_by_category(self):
        show = self.show("A  ss\nB  wawa\n")
        self.assert_best(show, 2, "side_by_side", "A1 A2")
        self.assert_problem(self.quote(show, best=3), 409, "show_full")
        self.assertEqual(self.quote(show, best=1, category="wheelchair").status_code, 200)
        self.assert_best(show, 2, "split", "B1", "B3", category="Wheelchair")
        self.assert_best(show, 2, "split", "B2", "B4", category="companion")
        self.assertEqual(self.quote(show, seat_numbers=["B1", "B2"]).status_code, 200)

    def test_couple_and_restricted_view_seats_come_last(self):
        show = self.show("A  ss\nB  cccc\nC  rr\n")
        self.assert_best(show, 2, "side_by_side", "A1 A2")
        self.assert_best(show, 4, "side_by_side", "B1 B2 B3 B4")
        self.take(show, "A1", "A2")
        self.assertNotIn("A1", str(self.quote(show, best=2).json()["lines"]))
        self.assert_best(show, 2, "side_by_side", "C1 C2", category="restricted view")

    def test_party_is_split_rather_than_put_on_couple_seats(self):
        show = self.show("A  ss\nB  cccc\nC  ss\n")
        numbers = {line["seat_number"] for line in self.quote(show, best=3).json()["lines"]}
        self.assertFalse(numbers & {"B1", "B2", "B3", "B4"})

    def test_couple_seats_are_chosen_in_whole_pairs(self):
        show = self.show("A  cccccc\n")
        self.take(show, "A3", "A4")
        for best, groups in ((2, 1), (4, 2)):
            body = self.quote(show, best=best, category="Couple").json()
            numbers = {line["seat_number"] for line in body["lines"]}
            self.assertEqual(len(body["choice"]["groups"]), groups)
            self.assertLessEqual({*numbers}, {"A1", "A2", "A5", "A6"})
            self.assertEqual("A1" in numbers, "A2" in numbers)
            self.assertEqual("A5" in numbers, "A6" in numbers)

    def test_odd_party_does_not_fit_on_couple_seats_alone(self):
        show = self.show("A  cccccc\n")
        response = self.quote(show, best=3, category="Couple")
        self.assertIn(response.status_code, (400, 409), response.content)
        self.assertIn(response.json()["code"], ("show_full", "half_a_pair"))

    def test_sold_out_category_is_full(self):
        show = self.show("A  sspp\n")
        self.take(show, "A3", "A4")
        words = "No seats are left in the category premium; you asked for 1."
        response = self.quote(show, best=1, category="premium")
        self.assert_problem(response, 409, "show_full", detail=words)

    def test_changed_flag_of_a_category_applies_at_once(self):
        show = self.show("A  sssp\n")
        SeatCategory.objects.filter(name="Standard").update(is_accessible=True)
        self.assert_best(show, 1, "side_by_side", "A4")
        self.assert_problem(self.quote(show, best=2), 409, "show_full")

    def test_best_seats_have_the_prices_of_their_categories(self):
        prices = make_price_list(
            adult_and_child(Standard=("10.00", "7.00"), Premium=("14.00", "9.00"))
        )
        show = self.show("A  sspp\n", price_list=prices)
        body = self.quote(show, best=4, ticket_types=["Adult", "Child", "Child", "Adult"]).json()
        self.assertEqual(
            [(line["seat_number"], line["price"]) for line in body["lines"]],
            [("A1", "10.00"), ("A2", "7.00"), ("A3", "9.00"), ("A4", "14.00")],
        )


class FullTests(BestSeatsTests):
    def test_show_with_too_few_seats_left_is_full(self):
        show = self.show("A  ssss\n")
        self.take(show, "A1")
        self.assert_problem(
            self.hold(show, best=4),
            409,
            "show_full",
            detail="Only 3 seats are left; you asked for 4.",
        )
        self.take(show, "A2", "A3", "A4")
        for what in ("quote", "hold"):
            self.assert_problem(self.ask(what, show=show, best=1), 409, "show_full")
        self.assertFalse(Booking.objects.filter(order__customer=self.alice).exists())

    @override_settings(MAX_SEATS_PER_ORDER=3, MAX_SEATS_PER_SHOW=4)
    def test_seat_limits_apply_to_the_best_seats(self):
        show = self.show("A  ssssssssss\n")
        for what in ("quote", "hold"):
            self.assert_problem(self.ask(what, show=show, best=4), 400, "seat_limit")
        self.assertEqual(self.hold(show, best=3).status_code, 201)
        self.assert_problem(self.hold(show, best=2), 400, "seat_limit")

    @override_settings(HOLD_SECONDS=60, HOLD_MAX_SECONDS=60)
    def test_seat_held_too_long_is_not_among_the_best(self):
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
        held = self.hold(show, best=1).json()
        self.assertNotEqual(held["bookings"][0]["seat_number"], "A4")

    @override_settings(HOLD_SECONDS=60, HOLD_MAX_SECONDS=60)
    def test_best_seats_may_leave_a_single_seat_if_the_alternative_was_held_too_long(
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

        response = self.hold(show, best=1)

        self.assertEqual(response.status_code, 201, response.content)
        self.assertEqual(response.json()["choice"]["groups"], [["A3"]])

    def test_malformed_bodies_are_refused(self):
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
                    response = self.ask(what, show=show, **body)
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
    def test_small_and_large_halls_cost_the_same_queries(self):
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
            # user; savepoint, lock, prices, taken, holds, time held, keys, order, bookings,
            # event, savepoint; on PostgreSQL the lock of the customer
            with warm_caches(show), self.assertNumQueries(13 - waits_at_begin()):
                self.assertEqual(client.post(f"{url}/hold/", {"best": best}).status_code, 201)
