"""Moves that are refused: the order stays as it is."""

from datetime import timedelta

from django.db import transaction
from django.test import override_settings
from django.utils import timezone
from rest_framework.test import APIClient

from bookings import services
from bookings.tests.cases import MoveTestCase
from movies.models import Screen, Show
from testing.answers import errors_in
from testing.builders.accounts import make_staff
from testing.builders.bookings import block_seat, make_order
from testing.builders.movies import (
    make_cinema,
    make_movie,
    make_price_list,
    make_screen,
    make_seating_plan,
)
from testing.rows import all_rows


class RefusedTests(MoveTestCase):
    def setUp(self):
        super().setUp()
        self.booked = self.book("A1", "A2")
        self.taken = self.book("A5", "B5", user=self.bob)

    def assert_nothing_changes(self, status, code, *seats, named=(), order=None, **body):
        rows = all_rows()
        response = self.move(order or self.booked, *seats, **body)
        if named:
            self.assert_seats_refused(response, status, code, *named)
        problem = self.assert_problem(response, status, code)
        self.assertEqual(all_rows(), rows)
        return problem

    def test_taken_seats_are_all_named_with_alternatives_that_are_accepted(self):
        self.hold("A9", user=self.bob)
        block_seat(show=self.show, seat_number="A8", by=self.bob)
        three = self.book("B1", "B2", "B3")

        body = self.assert_nothing_changes(
            409, "seat_taken", "A8", "A9", "A5", named=("A8", "A9", "A5"), order=three
        )

        self.assertTrue(body["alternatives"])
        for seats in body["alternatives"]:
            with self.subTest(seats=seats), transaction.atomic():
                self.assertEqual(self.move(three, *seats).status_code, 200)
                transaction.set_rollback(True)

    def test_taken_seats_of_the_other_show_are_named_with_accepted_alternatives(self):
        self.book("A1", user=self.bob, show=self.later)

        body = self.assert_nothing_changes(
            409, "seat_taken", "A1", "A2", named=("A1",), show=self.later
        )

        self.assertIn(["A2", "A3"], body["alternatives"])
        for seats in body["alternatives"]:
            with self.subTest(seats=seats), transaction.atomic():
                self.assertEqual(self.move(self.booked, *seats, show=self.later).status_code, 200)
                transaction.set_rollback(True)

    def test_alternatives_to_a_single_seat_are_accepted(self):
        plan = make_seating_plan("A  ssppss\n")
        screen = make_screen(cinema=self.cinema, single_seats=Screen.SingleSeats.REJECT)
        show = self.make_show(screen=screen, seating_plan=plan)
        make_order(user=self.bob, show=show, seats=["A1"])
        own = make_order(user=self.alice, show=show, seats=["A3", "A5"], status="held")

        body = self.assert_nothing_changes(400, "single_seat_left", "A4", "A6", order=own)

        for seats in body["alternatives"]:
            with self.subTest(seats=seats), transaction.atomic():
                self.assertEqual(self.move(own, *seats).status_code, 200)
                transaction.set_rollback(True)

    def test_unknown_seats_are_named(self):
        self.assert_nothing_changes(400, "seat_unknown", "A3", "C1", named=("C1",))
        numbered = self.make_show(seating_plan=None, total_seats=5)
        self.assert_nothing_changes(400, "seat_unknown", "A3", 6, named=("A3", "6"), show=numbered)

    def test_another_movie_is_refused(self):
        other = self.make_show(movie=make_movie("Aliens"))
        body = self.assert_nothing_changes(400, "invalid", "A3", "A4", show=other)
        self.assertEqual(body["errors"][0]["field"], "show")

    def test_another_currency_is_refused(self):
        cinema = make_cinema(currency="EUR")
        prices = make_price_list(self.prices, currency="EUR")
        other = self.make_show(screen=make_screen(cinema=cinema), price_list=prices)
        body = self.assert_nothing_changes(400, "invalid", "A3", "A4", show=other)
        self.assertEqual(body["errors"][0]["field"], "show")

    def test_another_number_of_seats_is_refused(self):
        for body in (
            {"seat_numbers": ["A3"]},
            {"seat_numbers": ["A3", "A4", "A6"]},
            {"best": 1},
            {"best": 3},
            {"seats": [{"seat_number": "A3"}]},
        ):
            self.assert_nothing_changes(400, "invalid", **body)

    def test_started_shows_can_neither_be_left_nor_reached(self):
        started = self.make_show(days=-1)
        self.assert_nothing_changes(400, "show_started", "A3", "A4", show=started)
        Show.objects.filter(pk=self.show.pk).update(starts_at=timezone.now())
        for show in (None, self.later):
            self.assert_nothing_changes(400, "cancel_too_late", "A3", "A4", show=show)

    def test_show_that_is_not_on_sale_is_refused(self):
        for fields in (
            {"sales_open_at": timezone.now() + timedelta(hours=1)},
            {"sales_close_at": timezone.now() - timedelta(hours=1)},
        ):
            show = self.make_show(**fields)
            self.assert_nothing_changes(400, "sales_closed", "A3", "A4", show=show)

    def test_cancelled_show_is_refused(self):
        services.cancel_show(show=self.later, by=self.bob)
        self.assert_nothing_changes(409, "show_cancelled", "A3", "A4", show=self.later)

    def test_cancelled_order_cannot_move(self):
        services.cancel_order(order=self.booked, by=self.alice)
        self.assert_nothing_changes(400, "already_cancelled", "A3", "A4")

    @override_settings(MAX_SEATS_PER_SHOW=3)
    def test_seat_limit_applies_in_the_other_show_without_counting_own_seats_twice(self):
        self.book("A1", "A2", show=self.later)
        self.assert_nothing_changes(400, "seat_limit", "A5", "A6", show=self.later)
        body = self.move(self.booked, "A5", "A6", show=self.later).json()
        self.assertEqual([body[name] for name in ("limit", "owned", "asked")], [3, 2, 2])
        self.book("A3")
        self.assertEqual(self.move(self.booked, "A2", "A4").status_code, 200)

    def test_show_with_too_few_seats_left_is_full(self):
        small = self.make_show(seating_plan=None, total_seats=2)
        self.book("1", show=small, user=self.bob)
        self.assert_nothing_changes(409, "show_full", best=2, show=small)

    def test_unknown_category_or_ticket_type_is_refused(self):
        self.assert_nothing_changes(400, "category_unknown", best=2, category="Sofa")
        self.assert_nothing_changes(
            400, "ticket_type_unknown", "A3", "A4", ticket_types=["Adult", "Pupil"]
        )

    def test_not_even_staff_can_move_for_another_customer(self):
        for user in (self.bob, make_staff()):
            self.assert_nothing_changes(403, "permission_denied", "A3", "A4", user=user)
        response = APIClient().post(f"/api/orders/{self.booked.code}/move/", {"best": 2})
        self.assert_problem(response, 401, "not_authenticated")
        response = self.act("move", "2222222222", best=2)
        self.assert_problem(response, 404, "not_found")

    def test_malformed_bodies_are_refused(self):
        good, client = {"seat_numbers": ["A3", "A4"]}, self.client_of(self.alice)
        for body in (
            {},
            {"show": self.later.pk},
            {"seat_numbers": []},
            {"seat_numbers": ["A3", "A3"]},
            {"seat_numbers": ["A3", "a03"]},
            {"seat_numbers": None},
            {"seat_numbers": "A3"},
            {"seat_numbers": [True, False]},
            {"seat_numbers": ["A3", "A4"], "best": 2},
            {"best": 0},
            {"best": -2},
            {"best": True},
            {"best": 2.5},
            {"best": "two"},
            {"best": 10**30},
            {"best": [2]},
            {"best": {"n": 2}},
            {"best": None},
            {"best": 2, "category": ""},
            {"best": 2, "category": 7.5e300},
            {"best": 2, "category": "x" * 51},
            {"best": 2, "category": "a\x00"},
            {"best": 2, "category": ["Premium"]},
            {"best": 2, "ticket_types": ["Adult"]},
            {"best": 2, "ticket_types": [None, None]},
            {"seats": [{"seat_number": "A3"}, {}]},
            {"seats": ["A3", "A4"]},
            {"seats": {"seat_number": "A3"}},
            {"seats": [{"seat_number": "A3", "ticket_type": None}, {"seat_number": "A4"}]},
            {**good, "category": "Premium"},
            {**good, "show": None},
            {**good, "show": True},
            {**good, "show": 10**30},
            {**good, "show": -1},
            {**good, "show": 2.5},
            {**good, "show": "x"},
            {**good, "show": "9" * 5000},
            {**good, "show": {"id": self.later.pk}},
            {**good, "show": [self.later.pk]},
            {**good, "show": self.later.pk + 1000},
            {**good, "payment_reference": "x" * 101},
            {**good, "payment_reference": None},
            {**good, "payment_reference": {}},
            {**good, "payment_reference": "a\x00"},
        ):
            with self.subTest(body=str(body)[:90]):
                response = client.post(f"/api/orders/{self.booked.code}/move/", body)
                self.assertEqual(response.status_code, 400, response.content)
                if response.json()["code"] != "category_unknown":
                    self.assertTrue(errors_in(response))
        self.assertEqual(self.active_seats(), ["A1", "A2", "A5", "B5"])
