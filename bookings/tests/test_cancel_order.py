"""Cancelling an order or some of its seats, all or none, with refunds by the cinema's rule."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone
from rest_framework.test import APIClient

from bookings.models import Booking, Order
from bookings.tests.cases import CancelTestCase
from movies.models import SeatCategory, Show
from testing.answers import errors_in
from testing.builders.accounts import make_staff
from testing.builders.bookings import bookings_of, make_order
from testing.builders.movies import make_show
from testing.clock import before, end_hold
from testing.rows import all_rows
from testing.warm import warm_caches

SECOND = timedelta(seconds=1)


class WholeTests(CancelTestCase):
    def test_cancelled_bookings_record_refund_user_time_and_reason(self):
        order = self.book("A1", "A2", ticket_types=("Adult", "Child"))
        since = timezone.now()

        response = self.cancel(order, reason=" We are ill. ")

        self.assertEqual(response.status_code, 200, response.content)
        body = response.json()
        self.assertEqual((body["status"], body["total"]), ("cancelled", "0.00"))
        self.assertEqual(
            [
                (
                    booking["seat_number"],
                    booking["status"],
                    booking["refund"],
                    booking["cancel_reason"],
                )
                for booking in body["bookings"]
            ],
            [
                ("A1", "cancelled", "10.05", "We are ill."),
                ("A2", "cancelled", "7.50", "We are ill."),
            ],
        )
        self.assertEqual(body, self.client_of(self.alice).get(f"/api/orders/{order.code}/").json())
        for booking in order.bookings.all():
            self.assertEqual((booking.status, booking.cancelled_by), ("cancelled", self.alice))
            self.assertEqual(booking.cancel_reason, "We are ill.")
            self.assertLessEqual(since, booking.cancelled_at)
        order.refresh_from_db()
        self.assertEqual((order.status, order.total), ("cancelled", 0))

    def test_cancelled_seats_are_on_sale_again_at_once(self):
        self.cancel(self.book("A1", "A2"))

        self.assertEqual(self.book("A1", "A2", user=self.bob).status, "booked")

    def test_cancelled_hold_brings_nothing_back(self):
        order = self.hold("A1", "A2")

        response = self.cancel(order)

        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(response.json()["status"], "cancelled")
        self.assertEqual(self.refunds(order), {"A1": "0.00", "A2": "0.00"})

    def test_code_may_be_sent_in_lower_case(self):
        order = self.book("A1")
        url = f"/api/orders/{order.code.lower()}/cancel/"

        self.assertEqual(self.client_of(self.alice).post(url).status_code, 200)

    def test_free_seat_brings_nothing_back(self):
        order = make_order(user=self.alice, show=make_show(), seats=["1"])

        self.cancel(order)

        self.assertEqual(self.refunds(order), {"1": "0.00"})


class PartTests(CancelTestCase):
    def test_some_seats_are_cancelled_and_the_order_keeps_the_others(self):
        order = self.book("A1", "A2", "A3", ticket_types=("Adult", "Child", "Adult"))

        response = self.cancel(order, " a03 ", "A1")

        self.assertEqual(response.status_code, 200, response.content)
        body = response.json()
        self.assertEqual((body["status"], body["total"]), ("booked", "7.50"))
        self.assertEqual(
            [
                (booking["seat_number"], booking["status"], booking["refund"])
                for booking in [*body["bookings"], *body["former_bookings"]]
            ],
            [("A2", "booked", None), ("A1", "cancelled", "10.05"), ("A3", "cancelled", "10.05")],
        )
        order.refresh_from_db()
        self.assertEqual((order.status, order.total), ("booked", Decimal("7.50")))
        self.assertEqual(self.refunds(order), {"A1": "10.05", "A2": None, "A3": "10.05"})

    def test_order_is_cancelled_with_its_last_seat(self):
        order = self.book("A1", "A2")
        for seat, status, total in (("A2", "booked", "10.05"), ("A1", "cancelled", "0.00")):
            body = self.cancel(order, seat).json()
            self.assertEqual((body["status"], body["total"]), (status, total))

    def test_hold_keeps_its_time_and_its_other_seats(self):
        order = self.hold("A1", "A2")

        body = self.cancel(order, "A1").json()

        self.assertEqual((body["status"], body["total"]), ("held", "10.05"))
        self.assertEqual(body["former_bookings"][0]["refund"], "0.00")
        kept = Order.objects.get()
        self.assertEqual(kept.expires_at, order.expires_at)
        confirmed = self.client_of(self.alice).post(f"/api/orders/{order.code}/confirm/")
        self.assertEqual(
            [(each["seat_number"], each["status"]) for each in confirmed.json()["bookings"]],
            [("A2", "booked")],
        )

    def test_repeated_and_respelled_seat_is_cancelled_once(self):
        order = self.book("A1", "A2")

        self.assertEqual(self.cancel(order, "A1", "a1", " A01").status_code, 200)

        self.assertEqual(self.refunds(order), {"A1": "10.05", "A2": None})

    def test_seats_of_other_orders_are_all_named_and_nothing_changes(self):
        order = self.book("A1", "A2")
        self.book("A3")
        rows = all_rows()

        response = self.cancel(order, "A1", "A3", "Z9")

        self.assert_seats_refused(response, 400, "seat_unknown", "A3", "Z9")
        self.assertEqual(all_rows(), rows)

    def test_cancelled_seats_are_all_named_and_nothing_changes(self):
        order = self.book("A1", "A2", "A3")
        self.cancel(order, "A1", "A2")
        rows = all_rows()

        response = self.cancel(order, "A3", "A2", "A1")

        self.assert_seats_refused(response, 400, "already_cancelled", "A2", "A1")
        self.assertEqual(all_rows(), rows)

    def test_cancelled_seat_that_was_sold_again_cannot_be_cancelled(self):
        order = self.book("A1", "A2")
        self.cancel(order, "A1")
        self.book("A1", user=self.bob)

        self.assert_seats_refused(self.cancel(order, "A1"), 400, "already_cancelled", "A1")
        self.assertEqual(Booking.objects.active().count(), 2)


class PairTests(CancelTestCase):
    def test_half_of_a_pair_cannot_be_cancelled(self):
        order = self.book("A1", "B1", "B2", "B3", "B4")
        rows = all_rows()

        response = self.cancel(order, "A1", "B1", "B4")

        self.assert_seats_refused(response, 400, "half_a_pair", "B1", "B4")
        self.assertEqual(all_rows(), rows)
        self.assertEqual(self.cancel(order, "B2", "B1").status_code, 200)
        self.assertEqual(Order.objects.get().total, Decimal("34.05"))

    def test_single_booking_of_a_pair_cannot_be_cancelled(self):
        order = self.book("B1", "B2")

        response = self.cancel_booking(bookings_of(order)[1])

        self.assert_seats_refused(response, 400, "half_a_pair", "B2")

    def test_seat_sold_before_it_became_half_of_a_pair_can_be_cancelled(self):
        SeatCategory.objects.filter(name="Couple").update(is_sold_in_pairs=False)
        one, both = self.book("B1"), self.book("B3", "B4")
        SeatCategory.objects.filter(name="Couple").update(is_sold_in_pairs=True)

        self.assertEqual(self.cancel(one, "B1").status_code, 200)
        self.assert_seats_refused(self.cancel(both, "B3"), 400, "half_a_pair", "B3")

    def test_former_pairs_can_be_cancelled_one_by_one(self):
        order = self.book("B1", "B2")
        SeatCategory.objects.filter(name="Couple").update(is_sold_in_pairs=False)

        self.assertEqual(self.cancel(order, "B1").status_code, 200)


class RefundRuleTests(CancelTestCase):
    def test_refund_tiers_end_to_the_second(self):
        for left, refund in (
            (timedelta(days=2), "10.05"),
            (timedelta(hours=24), "10.05"),
            (timedelta(hours=24) - SECOND, "5.03"),
            (timedelta(hours=2), "5.03"),
            (timedelta(hours=2) - SECOND, "0.00"),
            (SECOND, "0.00"),
        ):
            with self.subTest(left=left), before(self.show, seconds=left.total_seconds()):
                order = make_order(
                    user=self.alice, show=self.show, seats=["A8"], price=Decimal("10.05")
                )
                response = self.cancel(order)
                self.assertEqual(response.status_code, 200, response.content)
                self.assertEqual(response.json()["bookings"][0]["refund"], refund)
                self.assertEqual(self.refunds(order), {"A8": refund})

    def test_without_tiers_all_comes_back_until_the_start(self):
        self.cinema.refund_tiers.all().delete()
        order = self.book("A1", "A2")
        for left, seat in ((SECOND, "A1"), (timedelta(0), "A2")):
            with before(self.show, seconds=left.total_seconds()):
                response = self.cancel(order, seat)
        self.assert_problem(response, 400, "cancel_too_late")
        self.assertEqual(self.refunds(order), {"A1": "10.05", "A2": None})

    def test_refund_of_each_seat_is_rounded_to_the_cent(self):
        order = self.book("A1", "A2", "A3")

        with before(self.show, hours=3):
            self.cancel(order)

        self.assertEqual(set(self.refunds(order).values()), {"5.03"})

    def test_changed_rule_applies_to_later_cancellations(self):
        order = self.book("A1", "A2")
        self.cancel(order, "A1")
        self.cinema.refund_tiers.all().delete()
        self.cinema.refund_tiers.create(hours_before=1, percent=10)

        self.cancel(order, "A2")

        self.assertEqual(self.refunds(order), {"A1": "10.05", "A2": "1.01"})


class RefusedTests(CancelTestCase):
    def test_second_cancellation_is_refused(self):
        order = self.book("A1")
        self.cancel(order)
        rows = all_rows()

        for seats in ((), ("A1",)):
            self.assert_problem(self.cancel(order, *seats), 400, "already_cancelled")
        self.assertEqual(all_rows(), rows)

    def test_order_of_a_started_show_cannot_be_cancelled(self):
        order = self.book("A1")
        Show.objects.update(starts_at=timezone.now())
        rows = all_rows()

        self.assert_problem(self.cancel(order), 400, "cancel_too_late")
        self.assert_problem(self.cancel(order, "A1"), 400, "cancel_too_late")
        self.assert_problem(self.cancel_booking(bookings_of(order)[0]), 400, "cancel_too_late")
        self.assertEqual(all_rows(), rows)

    def test_lapsed_hold_cannot_be_cancelled_whatever_its_row_says(self):
        order = self.hold("A1")
        end_hold(order)
        rows = all_rows()

        self.assert_problem(self.cancel(order), 409, "hold_expired")
        self.assert_problem(self.cancel(order, "A1"), 409, "hold_expired")
        self.assert_problem(self.cancel_booking(bookings_of(order)[0]), 409, "hold_expired")
        self.assertEqual(all_rows(), rows)

        self.book("A1", user=self.bob)
        self.assert_problem(self.cancel(order), 409, "hold_expired")

    def test_not_even_staff_can_cancel_for_another_customer(self):
        order = self.book("A1")
        rows = all_rows()
        for user in (self.bob, make_staff()):
            self.assert_problem(self.cancel(order, user=user), 403, "permission_denied")
        response = APIClient().post(f"/api/orders/{order.code}/cancel/")
        self.assert_problem(response, 401, "not_authenticated")
        self.assertEqual(all_rows(), rows)

    def test_unknown_order_is_not_found(self):
        for code in ("2222222222", "x", "2" * 11, "0000000000"):
            response = self.client_of(self.alice).post(f"/api/orders/{code}/cancel/")
            self.assert_problem(response, 404, "not_found")

    def test_malformed_bodies_are_refused_and_cancel_nothing(self):
        order = self.book("A1", "A2")
        client, url = self.client_of(self.alice), f"/api/orders/{order.code}/cancel/"
        rows = all_rows()
        for body in (
            {"seat_numbers": []},
            {"seat_numbers": None},
            {"seat_numbers": "A1"},
            {"seat_numbers": {}},
            {"seat_numbers": {"0": "A1"}},
            {"seat_numbers": 7},
            {"seat_numbers": True},
            {"seat_numbers": [True]},
            {"seat_numbers": [1.0]},
            {"seat_numbers": [None]},
            {"seat_numbers": [["A1"]]},
            {"seat_numbers": [{"seat_number": "A1"}]},
            {"seat_numbers": ["A1\x00"]},
            {"seat_numbers": ["Ａ1"]},
            {"seat_numbers": [10**40]},
            {"seat_numbers": list(range(5001))},
            {"reason": "x" * 201},
            {"reason": None},
            {"reason": ["ill"]},
            {"reason": "a\x00"},
        ):
            with self.subTest(body=str(body)[:60]):
                response = client.post(url, body)
                self.assert_problem(response, 400, "invalid")
                self.assertIn(errors_in(response)[0][0].split(".")[0], body)
        for body in ("[]", "[1]", '"A1"', "7", "null", "true", "{", "1e999", "NaN", "[" * 5000):
            with self.subTest(body=body[:9]):
                response = client.post(url, body, content_type="application/json")
                self.assertEqual(response.status_code, 400, response.content)
        self.assertEqual(all_rows(), rows)


class OneBookingTests(CancelTestCase):
    def test_single_booking_is_refunded_by_the_same_rule(self):
        order = self.book("A1", "A2")
        since = timezone.now()

        with before(self.show, hours=3):
            response = self.cancel_booking(bookings_of(order)[0])

        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(
            (response.json()["status"], response.json()["refund"]), ("cancelled", "5.03")
        )
        self.assertEqual(self.refunds(order), {"A1": "5.03", "A2": None})
        order.refresh_from_db()
        self.assertEqual((order.status, order.total), ("booked", Decimal("10.05")))
        booking = order.bookings.get(seat_number="A1")
        self.assertEqual((booking.cancelled_by, booking.cancel_reason), (self.alice, ""))
        self.assertLess(since, booking.cancelled_at)

    def test_held_booking_brings_nothing_back(self):
        order = self.hold("A1", "A2")

        self.assertEqual(self.cancel_booking(bookings_of(order)[1]).json()["refund"], "0.00")

        order.refresh_from_db()
        self.assertEqual((order.status, order.total), ("held", Decimal("10.05")))

    def test_second_cancellation_of_a_booking_names_the_seat(self):
        order = self.book("A1", "A2")
        self.cancel_booking(bookings_of(order)[0])

        response = self.cancel_booking(bookings_of(order)[0])

        self.assert_seats_refused(response, 400, "already_cancelled", "A1")


class QueryTests(CancelTestCase):
    def test_order_costs_the_same_queries_however_many_seats_it_has(self):
        for seats in (["A1"], [f"A{number}" for number in range(1, 9)]):
            order, client = self.book(*seats), self.client_of(self.alice)
            # user, order; savepoint, show locked, order, bookings, refund rule, their update,
            # order, event, savepoint
            with warm_caches(self.show), self.assertNumQueries(12):
                client.post(f"/api/orders/{order.code}/cancel/")

    def test_part_of_an_order_costs_the_same_queries(self):
        for count in (1, 6):
            order, client = self.book(*(f"A{n}" for n in range(1, 9))), self.client_of(self.alice)
            body = {"seat_numbers": [f"A{n}" for n in range(1, count + 1)]}
            with warm_caches(self.show), self.assertNumQueries(12):
                client.post(f"/api/orders/{order.code}/cancel/", body)
            self.cancel(order)
