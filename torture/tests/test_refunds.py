"""The checker finds wrong refunds in histories written by hand.

Until two hours before the start, 2800, the whole price is refunded; until an hour before it, 6400,
half of it; then nothing.
"""

from decimal import Decimal

from torture.tests.scenarios import ELSEWHERE, OTHER_SHOW, SCREEN, ScenarioTests

SOON = 6_000  # another start, with half the price until 2400


class RefundTests(ScenarioTests):
    def cancelled(self, rows, *, at, refund):
        call = self.scenario.cancel(rows, at=at)
        for row in rows:
            row["refund"] = Decimal(refund)
        return call

    def assert_right(self, row, *, wrong):
        """Assert that all is right, and that another refund of the row is found."""
        self.assert_good()
        row["refund"] = Decimal(wrong)
        self.assert_only("wrong refund")

    def assert_refund(self, right, wrong, *, at):
        """Assert that a seat cancelled then has the right refund, and that others are found."""
        _, row = self.scenario.book("1", at=100)
        self.cancelled([row], at=at, refund=right)
        self.assert_good()
        for refund in wrong:
            row["refund"] = Decimal(refund)
            self.assert_only("wrong refund")


class TierTests(RefundTests):
    def test_another_refund_than_the_whole_price_is_found(self):
        self.assert_refund("10.00", ["5.00", "0.00", "9.99"], at=2798)

    def test_another_refund_than_the_first_tier_is_found(self):
        self.assert_refund("5.00", ["10.00", "0.00", "5.01"], at=2800)

    def test_another_refund_than_nothing_is_found(self):
        self.assert_refund("0.00", ["10.00", "5.00"], at=6400)

    def test_the_time_of_the_cancellation_counts_and_not_that_of_its_answer(self):
        self.assert_refund("10.00", ["5.00"], at=2799.2)

    def test_moment_of_the_tier_belongs_to_it(self):
        _, row = self.scenario.book("1", at=100)
        self.cancelled([row], at=2799.5, refund="10.00")
        self.assert_good()

    def test_halves_are_rounded_up(self):
        self.scenario.change_prices("10.01", at=98)
        _, row = self.scenario.book("1", at=100, price="10.01")
        self.cancelled([row], at=3000, refund="5.01")
        self.assert_right(row, wrong="5.00")

    def test_one_wrong_refund_of_two_is_found(self):
        _, rows = self.scenario.hold("1", "2", at=100)
        self.scenario.confirm(rows, at=101)
        self.cancelled(rows, at=3000, refund="5.00")
        self.assert_right(rows[1], wrong="10.00")

    def test_cancelled_show_refunds_everything(self):
        _, row = self.scenario.book("1", at=100)
        self.scenario.cancel_show([row], at=3000)
        self.assert_right(row, wrong="5.00")

    def test_refund_of_an_unanswered_request_is_checked_too(self):
        _, row = self.scenario.book("1", at=100)
        call = self.cancelled([row], at=3000, refund="10.00")
        self.scenario.lose_answer(call)
        self.assert_found("wrong refund")

    def test_cinema_without_tiers_refunds_everything(self):
        self.scenario.reschedule(at=98, show=OTHER_SHOW, screen=ELSEWHERE)
        _, row = self.scenario.book("1", at=100, show=OTHER_SHOW)
        self.cancelled([row], at=9000, refund="10.00")
        self.assert_right(row, wrong="0.00")

    def test_cinema_may_be_either_one_after_a_change_that_has_no_record(self):
        self.scenario.change_show(at=98, screen=ELSEWHERE)
        self.scenario.change_show(at=99, screen=SCREEN)
        _, row = self.scenario.book("1", at=100)
        self.cancelled([row], at=9000, refund="10.00")
        self.assert_right(row, wrong="5.00")

    def test_change_that_was_rejected_leaves_the_cinema(self):
        members = {"fields": ["screen"]}
        call = self.scenario.refuse("change_show", 409, "show_sold", at=98, members=members)
        call.method, call.key, call.body = "PATCH", "", {"screen": ELSEWHERE}
        _, row = self.scenario.book("1", at=100)
        self.cancelled([row], at=3000, refund="10.00")
        self.assert_found("wrong refund")


class RescheduledTests(RefundTests):
    def test_part_of_the_price_for_an_earlier_order_is_found(self):
        _, row = self.scenario.book("1", at=100)
        self.scenario.reschedule(at=102, starts_at=SOON)
        self.cancelled([row], at=3000, refund="10.00")
        self.assert_right(row, wrong="0.00")

    def test_later_order_has_the_tiers_of_the_new_start(self):
        self.scenario.reschedule(at=98, starts_at=SOON)
        self.assert_refund("0.00", ["5.00", "10.00"], at=2799.2)

    def test_cancellation_just_before_the_rescheduling_has_the_old_tiers(self):
        _, row = self.scenario.book("1", at=100)
        self.scenario.reschedule(at=3000, starts_at=20_000)
        self.cancelled([row], at=2999.9, refund="5.00")
        self.assert_right(row, wrong="10.00")

    def test_cancellation_just_after_it_is_refunded_in_full(self):
        _, row = self.scenario.book("1", at=100)
        self.scenario.reschedule(at=3000, starts_at=20_000)
        self.cancelled([row], at=3000.1, refund="10.00")
        self.assert_right(row, wrong="5.00")


class MoveTests(RefundTests):
    def moved(self, *, at, refund, limit=None):
        """Move a seat that cost 10.00 to one that costs 6.00."""
        _, row = self.scenario.book("1", at=100)
        self.scenario.change_prices("6.00", at=at - 2)
        _, [new] = self.scenario.move([row], "2", at=at, price="6.00")
        row["refund"], new["refund_limit"] = Decimal(refund), limit and Decimal(limit)
        return row, new

    def test_early_move_refunds_the_difference(self):
        row, _ = self.moved(at=1000, refund="4.00")
        self.assert_right(row, wrong="2.00")

    def test_later_move_refunds_a_share_and_limits_the_next_refund(self):
        row, new = self.moved(at=3000, refund="2.00", limit="3.00")
        self.assert_right(row, wrong="4.00")
        row["refund"], new["refund_limit"] = Decimal("2.00"), None
        self.assert_only("wrong refund")

    def test_refund_above_the_limit_is_found(self):
        _, new = self.moved(at=3000, refund="2.00", limit="3.00")
        self.cancelled([new], at=3010, refund="3.00")
        self.assert_good()
        new["refund_limit"] = Decimal("2.00")
        self.assert_only("wrong refund")

    def test_move_at_the_moment_of_a_tier_may_have_either(self):
        row, new = self.moved(at=2799.2, refund="4.00")
        self.assert_good()
        row["refund"], new["refund_limit"] = Decimal("2.00"), Decimal("3.00")
        self.assert_good()
        row["refund"], new["refund_limit"] = Decimal("0.00"), Decimal("0.00")
        self.assert_only("wrong refund")
