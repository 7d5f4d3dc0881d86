"""What an order has been paid, still owes, and gets back."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.test import SimpleTestCase

from bookings.rules.balance import Charge, Received, balance_of
from testing.properties import given, st

START = datetime(2026, 11, 27, 18, tzinfo=UTC)


def after(minutes):
    return START + timedelta(minutes=minutes)


def seat(price, since=0, until=None, kept=0):
    end = None if until is None else after(until)
    return Charge(Decimal(price), after(since), end, Decimal(kept))


def paid(amount, at, refunded=0):
    return Received(Decimal(amount), after(at), Decimal(refunded))


class BalanceTests(SimpleTestCase):
    def assert_balance(self, found, *, paid, due, refundable, surplus):
        self.assertEqual(
            (found.paid, found.due, found.refundable, found.surplus),
            tuple(map(Decimal, (paid, due, refundable, surplus))),
        )

    def test_unpaid_seats_are_due(self):
        found = balance_of([seat(10), seat(8)], [])
        self.assert_balance(found, paid=0, due=18, refundable=0, surplus=0)

    def test_paid_seats_can_come_back(self):
        found = balance_of([seat(10), seat(8)], [paid(18, 1)])
        self.assert_balance(found, paid=18, due=0, refundable=18, surplus=0)

    def test_a_cancelled_seat_brings_back_what_the_rule_says(self):
        found = balance_of([seat(10), seat(10, until=5, kept=5)], [paid(20, 1)])
        self.assert_balance(found, paid=20, due=0, refundable=15, surplus=5)

    def test_what_is_refunded_is_left_over_no_more(self):
        found = balance_of([seat(10), seat(10, until=5, kept=5)], [paid(20, 1, refunded=5)])
        self.assert_balance(found, paid=15, due=0, refundable=10, surplus=0)

    def test_nothing_comes_back_that_was_not_paid(self):
        found = balance_of([seat(10, until=5, kept=5)], [])
        self.assert_balance(found, paid=0, due=0, refundable=0, surplus=0)

    def test_a_seat_cancelled_before_it_was_paid_leaves_no_debt(self):
        found = balance_of([seat(10), seat(10, until=5, kept=5)], [paid(10, 9)])
        self.assert_balance(found, paid=10, due=0, refundable=10, surplus=0)

    def test_a_deposit_is_kept_as_far_as_the_rule_says(self):
        found = balance_of([seat(10, until=5, kept=5), seat(10, until=5, kept=5)], [paid(10, 1)])
        self.assert_balance(found, paid=10, due=0, refundable=0, surplus=0)

    def test_money_that_comes_twice_is_left_over(self):
        found = balance_of([seat(10)], [paid(10, 1), paid(10, 2)])
        self.assert_balance(found, paid=20, due=0, refundable=20, surplus=10)

    def test_money_for_a_hold_that_is_over_is_left_over(self):
        found = balance_of([seat(10, until=5)], [paid(10, 6)])
        self.assert_balance(found, paid=10, due=0, refundable=10, surplus=10)

    def test_a_move_to_cheaper_seats_keeps_only_the_difference(self):
        """20 were paid, the new seats cost 16, and half of the difference comes back."""
        old = [seat(10, until=5, kept=9), seat(10, until=5, kept=9)]
        found = balance_of([*old, seat(8, since=5), seat(8, since=5)], [paid(20, 1)])
        self.assert_balance(found, paid=20, due=0, refundable=18, surplus=2)

    def test_a_move_to_dearer_seats_leaves_the_difference_due(self):
        found = balance_of([seat(10, until=5, kept=10), seat(14, since=5)], [paid(10, 1)])
        self.assert_balance(found, paid=10, due=4, refundable=10, surplus=0)

    def test_a_refund_at_the_gateway_that_nobody_asked_for_makes_money_due_again(self):
        found = balance_of([seat(10)], [paid(10, 1, refunded=4)])
        self.assert_balance(found, paid=6, due=4, refundable=6, surplus=0)

    def test_a_seat_that_ended_before_it_began_by_another_clock_leaves_nothing(self):
        found = balance_of([seat(10, since=5, until=4), seat(10, since=6)], [paid(10, 6)])
        self.assert_balance(found, paid=10, due=0, refundable=10, surplus=0)


AMOUNTS = st.integers(0, 5000).map(lambda cents: Decimal(cents) / 100)
MINUTES = st.integers(0, 50)


@st.composite
def charges(draw):
    price, since = draw(AMOUNTS), draw(MINUTES)
    until = draw(st.none() | st.integers(since, 60))
    kept = Decimal(0) if until is None else min(price, draw(AMOUNTS))
    return Charge(price, after(since), None if until is None else after(until), kept)


@st.composite
def payments(draw):
    amount = draw(AMOUNTS.filter(bool))
    return Received(amount, after(draw(MINUTES)), min(amount, draw(AMOUNTS)))


class BalancePropertyTests(SimpleTestCase):
    @given(st.lists(charges(), max_size=8), st.lists(payments(), max_size=5))
    def test_money_is_conserved(self, seats, money):
        found = balance_of(seats, money)
        self.assertEqual(
            found.received - found.refunded, found.covered + found.kept + found.surplus
        )
        self.assertEqual(found.total, sum(each.price for each in seats if each.until is None))
        self.assertGreaterEqual(found.kept, 0)
        self.assertGreaterEqual(found.due, 0)

    @given(st.lists(charges(), max_size=8), st.lists(payments(), max_size=5))
    def test_once_the_surplus_is_refunded_nothing_is_left_over(self, seats, money):
        money = [each._replace(refunded=Decimal(0)) for each in money]
        surplus = balance_of(seats, money).surplus
        self.assertGreaterEqual(surplus, 0)
        self.assertLessEqual(surplus, sum(each.amount for each in money))
        after_refund, left = [], surplus
        for each in money:
            part = min(left, each.amount)
            after_refund.append(each._replace(refunded=part))
            left -= part
        self.assertEqual(balance_of(seats, after_refund).surplus, 0)
