"""Refunds after moves: moving to a later show does not bypass the refund rule."""

import random
from decimal import Decimal

from django.db import transaction

from bookings.models import Booking
from bookings.tests.cases import MoveTestCase
from testing.builders.movies import (
    make_cinema,
    make_screen,
)
from testing.clock import before


class RefundLimitTests(MoveTestCase):
    def cancel(self, order, *seats):
        response = self.act("cancel", order, *seats)
        self.assertEqual(response.status_code, 200, response.content)

    def refunded(self):
        """Return the sum of all refunds."""
        return sum(booking.refund or Decimal(0) for booking in Booking.objects.all())

    def preview(self, order):
        url = f"/api/orders/{order}/cancel/preview/"
        return self.client_of(self.alice).get(url).json()

    def test_cancelling_after_a_move_brings_back_what_the_rule_gave_at_the_move(self):
        for hours, refund in ((30, "20.00"), (5, "10.00"), (1, "0.00")):
            order = self.book("A1", "A2")
            Booking.objects.exclude(order=order).update(
                status="expired", refund=None, cancelled_at=None
            )
            with self.subTest(hours=hours), before(self.show, hours=hours):
                self.move(order, "A1", "A2", show=self.later)
                preview = self.preview(order)
                self.cancel(order)
                self.assertEqual(self.refunded(), Decimal(refund))
                self.assertEqual(preview["refund"], refund)

    def test_amount_paid_on_top_comes_back(self):
        order = self.book("A1")
        with before(self.show, hours=5):
            self.move(order, "B1", show=self.later)
            self.cancel(order)

        self.assertEqual(self.refunded(), Decimal("9.25"))  # 5.00 and 4.25 on top

    def test_refund_of_the_move_is_not_given_again(self):
        order = self.book("B1", "B2")
        with before(self.show, hours=5):
            self.move(order, "A1", "A2", show=self.later)  # 4.25 of 8.50
            self.assertEqual(self.refunded(), Decimal("4.25"))
            self.cancel(order, "A1")
            self.cancel(order, "A2")

        self.assertEqual(self.refunded(), Decimal("14.26"))  # 2 * 7.13

    def test_rule_of_the_new_show_applies_where_it_gives_less(self):
        strict = make_cinema(refund_tiers={24: 10})
        show = self.make_show(screen=make_screen(cinema=strict), days=8)
        order = self.book("A1")
        with before(self.show, hours=5):
            self.move(order, "A1", show=show)
            self.cancel(order)

        self.assertEqual(self.refunded(), Decimal("1.00"))

    def test_random_moves_never_bring_back_more_than_the_rule(self):
        """Random moves; the same ones in every run."""
        self.client_of(self.alice)  # whose session is not rolled back
        for seed in range(7):
            chance = random.Random(seed)  # noqa: S311
            with self.subTest(seed=seed), transaction.atomic():
                self.walk(chance)
                transaction.set_rollback(True)

    def walk(self, chance):
        shows = [self.show, self.later]
        seats = [f"{row}{number}" for row in "AB" for number in range(1, 11)]
        size = chance.randint(1, 3)
        types = tuple(chance.choices(["Adult", "Child"], k=size))
        order = self.book(*chance.sample(seats, size), ticket_types=types)
        limits = []
        for hours in sorted(chance.sample(range(1, 60), 4), reverse=True):
            with before(self.show, hours=hours):
                before_move = self.refunded()
                limits.append(before_move + Decimal(self.preview(order)["refund"]))
                new_seats = chance.sample(seats, size)
                moved = self.move(order, *new_seats, show=chance.choice(shows)).json()
                paid_on_top = max(Decimal(moved["difference"]), Decimal(0))
                limits = [limit + paid_on_top for limit in limits]
                self.assertEqual(self.refunded() - before_move, Decimal(moved["refund"]))
                self.assertLessEqual(self.refunded(), min(limits))
        with before(self.show, hours=0.5):
            self.cancel(order)
        self.assertLessEqual(self.refunded(), min(limits))
