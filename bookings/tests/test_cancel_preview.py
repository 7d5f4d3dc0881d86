"""The preview of a cancellation, and that cancelling then refunds exactly that."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone
from rest_framework.test import APIClient

from bookings.models import Order
from bookings.tests.cases import CancelTestCase
from movies.models import Show
from testing.builders.accounts import make_staff
from testing.clock import before, end_hold
from testing.rows import all_rows

SECOND = timedelta(seconds=1)


class PreviewTests(CancelTestCase):
    def preview(self, order, seat_numbers=None, *, user=None):
        query = {} if seat_numbers is None else {"seat_numbers": seat_numbers}
        return self.client_of(user or self.alice).get(
            f"/api/orders/{order.code}/cancel/preview/", query
        )

    def hours_before(self, hours):
        return self.show.local(self.show.starts_at - timedelta(hours=hours)).isoformat()

    def test_preview_has_the_refund_of_each_seat_and_its_next_change(self):
        order = self.book("A1", "A2", ticket_types=("Adult", "Child"))

        response = self.preview(order)

        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(
            response.json(),
            {
                "order": order.code,
                "currency": "GBP",
                "percent": 100,
                "refund": "17.55",
                "seats": [
                    {"seat_number": "A1", "price": "10.05", "refund": "10.05"},
                    {"seat_number": "A2", "price": "7.50", "refund": "7.50"},
                ],
                "changes_at": self.hours_before(24),
                "percent_then": 50,
                "refund_then": "8.78",
            },
        )

    def test_preview_follows_the_tiers_to_the_second(self):
        order = self.book("A1")
        for left, percent, refund, change in (
            (timedelta(hours=24), 100, "10.05", (24, 50, "5.03")),
            (timedelta(hours=24) - SECOND, 50, "5.03", (2, 0, "0.00")),
            (timedelta(hours=2), 50, "5.03", (2, 0, "0.00")),
            (timedelta(hours=2) - SECOND, 0, "0.00", None),
        ):
            with self.subTest(left=left), before(self.show, seconds=left.total_seconds()):
                body = self.preview(order).json()
                self.assertEqual((body["percent"], body["refund"]), (percent, refund))
                hours, *then = change or (None, None, None)
                changes_at = None if hours is None else self.hours_before(hours)
                self.assertEqual(
                    [body["changes_at"], body["percent_then"], body["refund_then"]],
                    [changes_at, *then],
                )

    def test_without_tiers_all_comes_back_until_the_start(self):
        self.cinema.refund_tiers.all().delete()

        body = self.preview(self.book("A1")).json()

        self.assertEqual((body["percent"], body["refund"]), (100, "10.05"))
        self.assertEqual(body["changes_at"], self.hours_before(0))
        self.assertEqual((body["percent_then"], body["refund_then"]), (0, "0.00"))

    def test_cancelling_brings_back_exactly_the_preview(self):
        for tiers in ({}, {48: 90, 24: 33, 1: 7}):
            self.cinema.refund_tiers.all().delete()
            for hours_before, percent in tiers.items():
                self.cinema.refund_tiers.create(hours_before=hours_before, percent=percent)
            for hours in (60, 5):
                for seats in (None, "A1,A3", "b02,B1"):
                    order = self.book(
                        *("A1", "A2", "A3", "B1", "B2"),
                        ticket_types=("Adult", "Child", "Child", "Adult", "Child"),
                    )
                    with self.subTest(tiers=tiers, hours=hours, seats=seats):
                        with before(self.show, hours=hours):
                            said = self.preview(order, seats).json()
                            response = self.cancel(
                                order, *(seats or "").split(",") if seats else ()
                            )
                        self.assertEqual(response.status_code, 200, response.content)
                        done = {
                            booking["seat_number"]: booking["refund"]
                            for name in ("bookings", "former_bookings")
                            for booking in response.json()[name]
                            if booking["status"] == "cancelled"
                        }
                        self.assertEqual(
                            {line["seat_number"]: line["refund"] for line in said["seats"]}, done
                        )
                        self.assertEqual(
                            Decimal(said["refund"]), sum(Decimal(part) for part in done.values())
                        )
                    if seats:
                        self.cancel(order)

    def test_refund_then_comes_back_after_the_change(self):
        order = self.book("A1", "A2", ticket_types=("Adult", "Child"))
        said = self.preview(order).json()

        with before(self.show, seconds=24 * 3600 - 1):
            done = self.cancel(order).json()

        refund = sum(Decimal(booking["refund"]) for booking in done["bookings"])
        self.assertEqual(Decimal(said["refund_then"]), refund)

    def test_preview_writes_nothing(self):
        order = self.book("A1", "B1", "B2")
        rows = all_rows()

        for seats in (None, "A1", "B1,B2", "A9", "B1"):
            self.preview(order, seats)

        self.assertEqual(all_rows(), rows)

    def test_seats_may_be_spelled_in_any_way(self):
        order = self.book("A1", "A2", "A3")

        for seats in ("A3,A1", " a03 ,a1", "A3,A1,a3"):
            body = self.preview(order, seats).json()
            self.assertEqual([line["seat_number"] for line in body["seats"]], ["A3", "A1"])
            self.assertEqual(body["refund"], "20.10")

    def test_hold_brings_nothing_back_now_or_later(self):
        body = self.preview(self.hold("A1", "A2")).json()

        self.assertEqual(
            [body[name] for name in ("percent", "refund", "changes_at", "refund_then")],
            [0, "0.00", None, None],
        )
        self.assertEqual({line["refund"] for line in body["seats"]}, {"0.00"})

    def test_cancelled_seats_are_left_out(self):
        order = self.book("A1", "A2")
        self.cancel(order, "A1")

        body = self.preview(order).json()

        self.assertEqual(body["refund"], "10.05")
        self.assertEqual([line["seat_number"] for line in body["seats"]], ["A2"])

    def test_preview_is_refused_where_cancelling_is(self):
        order, hold, cancelled = self.book("A1", "A2", "B1", "B2"), self.hold("A3"), self.book("A4")
        end_hold(hold)
        self.cancel(cancelled)
        self.cancel(order, "A2")
        for which, seats, status, code, *named in (
            (order, "A1,A8,Z9", 400, "seat_unknown", "A8", "Z9"),
            (order, "A1,A2", 400, "already_cancelled", "A2"),
            (order, "B2", 400, "half_a_pair", "B2"),
            (cancelled, None, 400, "already_cancelled"),
            (hold, None, 409, "hold_expired"),
            (order, "", 400, "invalid"),
            (order, "A1,", 400, "invalid"),
            (order, "A1;A2", 400, "invalid"),
            (order, "A1\x00", 400, "invalid"),
            (order, "x" * 33, 400, "invalid"),
        ):
            with self.subTest(code=code, seats=seats):
                response = self.preview(which, seats)
                numbers = {} if seats is None else {"seat_numbers": seats.split(",")}
                for answer in (response, self.cancel(which, **numbers)):
                    self.assert_problem(answer, status, code)
                    if named:
                        self.assert_seats_refused(answer, status, code, *named)
        Show.objects.update(starts_at=timezone.now())
        self.assert_problem(self.preview(order), 400, "cancel_too_late")

    def test_preview_is_only_for_the_customer(self):
        order = self.book("A1")
        for user in (self.bob, make_staff()):
            self.assert_problem(self.preview(order, user=user), 403, "permission_denied")
        response = APIClient().get(f"/api/orders/{order.code}/cancel/preview/")
        self.assert_problem(response, 401, "not_authenticated")
        response = self.client_of(self.alice).post(f"/api/orders/{order.code}/cancel/preview/")
        self.assertEqual(response.status_code, 405)
        self.assertEqual(Order.objects.get().status, "booked")

    def test_preview_costs_the_same_queries_however_many_seats_there_are(self):
        client = self.client_of(self.alice)
        for seats in (["A1"], [f"A{number}" for number in range(2, 9)]):
            url = f"/api/orders/{self.book(*seats).code}/cancel/preview/"
            # user; order with its show, bookings, screen, refund rule
            with self.subTest(seats=len(seats)), self.assertNumQueries(6):
                client.get(url)
