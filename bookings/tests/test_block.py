"""Staff block seats of a show and unblock them."""

from collections import Counter

from django.test import TestCase, TransactionTestCase
from django.utils import timezone
from rest_framework.test import APIClient

from bookings.models import Booking
from testing.answers import errors_in
from testing.builders.accounts import allow, client_of, make_staff, make_user, staff_client
from testing.builders.bookings import block_seat, make_booking
from testing.builders.movies import make_seating_plan, make_show
from testing.races import at_once, outcomes
from testing.sales import CustomerRequests

RACERS = 8


class BlockTests(CustomerRequests, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff, cls.customer = make_staff(), make_user("customer")
        cls.show = make_show(seating_plan=make_seating_plan("A  ssssssssss\nB  ssssssssss\n"))

    def setUp(self):
        super().setUp()
        self.client = self.client_of(self.staff)

    def send(self, what, seat_numbers, **body):
        url = f"/api/shows/{self.show.pk}/{what}/"
        return self.client.post(url, {"seat_numbers": seat_numbers, **body})

    def block(self, *seat_numbers, reason="Broken"):
        return self.send("block", seat_numbers, reason=reason)

    def unblock(self, *seat_numbers, **body):
        return self.send("unblock", seat_numbers, **body)

    def blocked(self):
        blocked = Booking.objects.filter(status="blocked").order_by("id")
        return list(blocked.values_list("seat_number", flat=True))


class BlockSeatsTests(BlockTests):
    def test_blocking_answers_with_the_whole_hall(self):
        response = self.block("A1", "B2")

        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(
            response.json(), APIClient().get(f"/api/shows/{self.show.pk}/seats/").json()
        )
        statuses = {seat["seat_number"]: seat["status"] for seat in response.json()["seats"]}
        self.assertEqual(len(statuses), 20)
        self.assertEqual([n for n in statuses if statuses[n] == "blocked"], ["A1", "B2"])

    def test_blocked_seat_records_user_reason_and_time(self):
        before = timezone.now()

        self.block("A1", "B2", reason=" The seat is broken. ")

        for booking in Booking.objects.all():
            self.assertEqual(
                (booking.show, booking.order, booking.status, booking.price, booking.currency),
                (self.show, None, "blocked", 0, "GBP"),
            )
            self.assertEqual(
                (booking.blocked_by, booking.block_reason), (self.staff, "The seat is broken.")
            )
            self.assertLessEqual(before, booking.created_at)
        self.assertEqual(self.blocked(), ["A1", "B2"])

    def test_blocked_seat_is_neither_sold_nor_available(self):
        self.block("A1")

        url = f"/api/shows/{self.show.pk}/"
        response = self.ask("book", user=self.customer, seat_number="A1")

        self.assert_problem(response, 409, "seat_taken")
        self.assertEqual(self.client.get(url).json()["available_seats"], 19)

    def test_repeated_and_respelled_seat_is_blocked_once(self):
        response = self.block("A1", "a1", " A01 ", "B1", "A1")

        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(self.blocked(), ["A1", "B1"])

    def test_taken_seats_are_all_named_and_none_is_blocked(self):
        make_booking(user=self.customer, show=self.show, seat_number="A2")
        make_booking(user=self.customer, show=self.show, seat_number="B9", status="held")
        make_booking(user=self.customer, show=self.show, seat_number="A5", status="cancelled")
        block_seat(show=self.show, seat_number="A7", by=self.staff)

        response = self.block("A7", "A1", "B9", "a2", "A5")

        self.assert_seats_refused(response, 409, "seat_taken", "A7", "B9", "A2")
        self.assertEqual(response.json()["detail"], "Seats A7, B9, A2 are no longer available.")
        self.assertEqual(self.blocked(), ["A7"])
        self.assertEqual(self.block("A1", "A5").status_code, 200)

    def test_unknown_seats_are_named_and_none_is_blocked(self):
        response = self.block("A1", "C1", "A11")

        words = "no seat C1, A11: its seats are A1 to B10"
        self.assert_problem(response, 400, "seat_unknown", detail=words)
        self.assertFalse(Booking.objects.exists())

    def test_number_of_seats_is_bounded(self):
        for numbers in ([], [f"A{number}" for number in range(5001)]):
            for call in (self.block, self.unblock):
                with self.subTest(seats=len(numbers), call=call.__name__):
                    response = call(*numbers)
                    self.assert_problem(response, 400, "invalid")
                    self.assertEqual(errors_in(response)[0][0], "seat_numbers")
        self.assertFalse(Booking.objects.exists())

    def test_malformed_seat_lists_are_refused(self):
        for what in ("block", "unblock"):
            for value in (None, "A1", 7, {}, {"A1": 1}, [None], [True], [1.0], [[]], [""], ["Ａ1"]):
                with self.subTest(what=what, value=value):
                    response = self.send(what, value, reason="Broken")
                    self.assert_problem(response, 400, "invalid")
                    self.assertEqual(errors_in(response)[0][0].split(".")[0], "seat_numbers")
            response = self.client.post(f"/api/shows/{self.show.pk}/{what}/", {"reason": "Broken"})
            self.assertEqual(errors_in(response), [("seat_numbers", "required")])

    def test_blocking_needs_a_reason(self):
        for reason, code in (
            ("", "blank"),
            (" ", "blank"),
            (None, "null"),
            ("x" * 201, "max_length"),
            ("a\x00b", "null_characters_not_allowed"),
            ([], "invalid"),
        ):
            with self.subTest(reason=reason):
                response = self.block("A1", reason=reason)
                self.assert_problem(response, 400, "invalid")
                self.assertIn(("reason", code), errors_in(response))
        self.assertEqual(errors_in(self.send("block", ["A1"])), [("reason", "required")])
        self.assertFalse(Booking.objects.exists())

    def test_hall_of_5000_seats_is_blocked_and_unblocked_in_one_request(self):
        self.show = make_show(total_seats=5000)
        numbers = [str(number) for number in range(1, 5001)]

        self.assertEqual(self.block(*numbers).status_code, 200)
        self.assertEqual(Booking.objects.filter(status="blocked").count(), 5000)
        self.assertEqual(self.unblock(*numbers).status_code, 200)
        self.assertEqual(Booking.objects.filter(status="cancelled").count(), 5000)

    def test_seats_of_a_numbered_hall_are_blocked_by_number(self):
        self.show = make_show(total_seats=9)

        self.assertEqual(self.block(7, "08").status_code, 200)
        self.assertEqual(self.blocked(), ["7", "8"])
        self.assert_problem(self.block("10"), 400, "seat_unknown")

    def test_unknown_show_is_not_found(self):
        for what in ("block", "unblock"):
            for pk in (self.show.pk + 1000, 10**20):
                body = {"seat_numbers": ["A1"], "reason": "Broken"}
                response = self.client.post(f"/api/shows/{pk}/{what}/", body)
                self.assert_problem(response, 404, "not_found")

    def test_blocking_costs_the_same_queries_for_one_and_ten_seats(self):
        for row, seats in (("A", 1), ("B", 10)):
            numbers = [f"{row}{number}" for number in range(1, seats + 1)]
            self.client.get(f"/api/shows/{self.show.pk}/seats/")  # the plan is read once a process
            with self.subTest(seats=seats):
                # user, show; savepoint, lock, movie, screen, cinema, plan, categories, taken,
                # blocked, audit, savepoint; answer
                with self.assertNumQueries(16):
                    self.assertEqual(self.block(*numbers).status_code, 200)
                with self.assertNumQueries(16):
                    self.assertEqual(self.unblock(*numbers).status_code, 200)


class UnblockSeatsTests(BlockTests):
    def test_unblocked_seat_is_on_sale_again(self):
        self.block("A1", "A2")

        response = self.unblock(" a01 ", "A1", reason="Repaired")

        self.assertEqual(response.status_code, 200, response.content)
        statuses = [seat["status"] for seat in response.json()["seats"][:2]]
        self.assertEqual(statuses, ["available", "blocked"])
        response = self.ask("book", user=self.customer, seat_number="A1")
        self.assertEqual(response.status_code, 201, response.content)

    def test_unblocked_seat_records_both_users_and_reasons(self):
        self.block("A1")
        other = make_staff("other")
        self.client = self.client_of(other)

        self.unblock("A1", reason="Repaired")

        booking = Booking.objects.get()
        self.assertEqual((booking.status, booking.blocked_by), ("cancelled", self.staff))
        self.assertEqual((booking.cancelled_by, booking.cancel_reason), (other, "Repaired"))
        self.assertEqual(booking.block_reason, "Broken")
        self.assertLessEqual(booking.created_at, booking.cancelled_at)

    def test_unblocking_needs_no_reason(self):
        for body in ({}, {"reason": ""}):
            self.block("A1")
            self.assertEqual(self.unblock("A1", **body).status_code, 200)

    def test_seats_that_are_not_blocked_are_all_named_and_none_is_unblocked(self):
        self.block("A1", "A2")
        self.unblock("A2")
        make_booking(user=self.customer, show=self.show, seat_number="A3")

        response = self.unblock("A1", "A3", "A2", "B1", "Z9")

        self.assert_seats_refused(response, 409, "seats_not_blocked", "A3", "A2", "B1", "Z9")
        self.assertEqual(self.blocked(), ["A1"])

    def test_same_seat_of_another_show_stays_blocked(self):
        self.block("A1")
        block_seat(show=make_show(), seat_number="A1", by=self.staff)

        self.assertEqual(self.unblock("A1").status_code, 200)

        self.assertEqual(self.blocked(), ["A1"])


class PermissionTests(BlockTests):
    def test_blocking_needs_staff_with_the_permission(self):
        block_seat(show=self.show, seat_number="B1", by=self.staff)
        customer = make_user("with permission")
        allow(customer, "block_seats")
        usher = staff_client("usher", "change_show", "add_show", "change_booking", "add_booking")
        for client, status, code in (
            (APIClient(), 401, "not_authenticated"),
            (self.client_of(self.customer), 403, "permission_denied"),
            (self.client_of(customer), 403, "permission_denied"),
            (usher, 403, "permission_denied"),
        ):
            self.client = client
            with self.subTest(status=status):
                self.assert_problem(self.block("A1"), status, code)
                self.assert_problem(self.unblock("B1"), status, code)
        self.assertEqual(self.blocked(), ["B1"])

        self.client = staff_client("manager", "block_seats")
        self.assertEqual(self.block("A1").status_code, 200)
        self.assertEqual(self.unblock("A1", "B1").status_code, 200)


class RaceTests(TransactionTestCase):
    def setUp(self):
        self.staff = make_staff()
        self.show = make_show(total_seats=20)
        self.customers = [client_of(make_user(f"racer{number}")) for number in range(RACERS)]

    def block(self, *seats):
        client = client_of(self.staff)
        body = {"seat_numbers": seats, "reason": "Broken"}
        return lambda: client.post(f"/api/shows/{self.show.pk}/block/", body)

    def book(self, client, seat):
        url = f"/api/shows/{self.show.pk}/book/"
        return lambda: client.post(url, {"seat_number": seat})

    def test_seat_is_blocked_or_booked_but_never_both(self):
        for seat in ("1", "2", "3"):
            calls = [
                call for c in self.customers for call in (self.block(seat), self.book(c, seat))
            ]

            responses = at_once(calls)

            answers = Counter(response.status_code in (200, 201) for response in responses)
            self.assertEqual(answers, {True: 1, False: 2 * RACERS - 1})
            self.assertEqual(outcomes(responses)[409, "seat_taken"], 2 * RACERS - 1)
            self.assertEqual(Booking.objects.active().filter(seat_number=seat).count(), 1)

    def test_seats_are_all_blocked_or_none_while_they_are_sold(self):
        seats = [str(number) for number in range(1, RACERS + 1)]

        blocked, *booked = at_once(
            [self.block(*seats)]
            + [self.book(client, seat) for client, seat in zip(self.customers, seats, strict=True)]
        )

        sold = sum(response.status_code == 201 for response in booked)
        rows = Counter(Booking.objects.values_list("status", flat=True))
        if blocked.status_code == 200:
            self.assertEqual((sold, rows), (0, {"blocked": RACERS}))
        else:
            self.assertEqual((blocked.status_code, rows), (409, {"booked": sold}))
            self.assertGreater(len(blocked.json()["seats"]), 0)

    def test_blocking_the_same_seats_in_another_order_does_not_deadlock(self):
        seats = [str(number) for number in range(1, 21)]

        responses = at_once([self.block(*seats), self.block(*seats[::-1])] * 4)

        self.assertEqual(Counter(r.status_code for r in responses), {200: 1, 409: 7})

    def test_seat_is_unblocked_once(self):
        block_seat(show=self.show, seat_number="1", by=self.staff)
        url = f"/api/shows/{self.show.pk}/unblock/"

        responses = at_once(
            [
                lambda: client_of(self.staff).post(url, {"seat_numbers": ["1"]})
                for _ in range(RACERS)
            ]
        )

        self.assertEqual(Counter(r.status_code for r in responses), {200: 1, 409: RACERS - 1})
