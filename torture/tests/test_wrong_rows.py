"""The checker finds wrong rows in histories written by hand."""

from decimal import Decimal

from torture.tests.scenarios import BOB, OTHER_SHOW, STAFF, ScenarioTests


class RowTests(ScenarioTests):
    def test_booking_without_a_request_is_found(self):
        _, row = self.scenario.book("1", at=100)
        row["request_id"] = "unheard-of"
        self.assert_found("unrequested change")

    def test_booking_for_another_customer_is_found(self):
        _, row = self.scenario.book("1", at=100)
        row["order__customer"] = BOB
        self.assert_found("changed by another customer")

    def test_booking_after_its_answer_is_found(self):
        _, row = self.scenario.book("1", at=100)
        row["booked_at"] = 101.5
        self.assert_only("changed at another time")

    def test_cancelling_another_order_is_found(self):
        _, row = self.scenario.book("1", at=100)
        _, other = self.scenario.book("2", at=100)
        call = self.scenario.cancel([row], at=102)
        call.order = other["order__code"]
        self.assert_found("changed for another order")

    def test_cancelling_an_order_of_another_show_is_found(self):
        _, row = self.scenario.book("1", at=100, show=OTHER_SHOW)
        self.scenario.cancel_show([row], at=102)
        self.assert_only("changed for another show")

    def test_unblocking_the_seat_of_a_customer_is_found(self):
        _, row = self.scenario.book("1", at=100)
        call = self.scenario.cancel([row], at=102)
        call.op, call.user, call.order, row["cancelled_by"] = "unblock", STAFF, "", STAFF
        self.assert_found("customer's seat unblocked")

    def test_hold_that_an_unrelated_request_expired_is_found(self):
        _, rows = self.scenario.hold("1", at=100)
        call, _ = self.scenario.book("1", at=103, user=BOB, show=OTHER_SHOW)
        self.scenario.expire(*rows, by=call)
        self.assert_only("expired by an unrelated request")

    def test_move_within_the_show_of_its_order_may_expire_a_hold_there(self):
        _, rows = self.scenario.hold("1", at=100)
        _, row = self.scenario.book("2", at=101, user=BOB)
        call, _ = self.scenario.move([row], "1", at=103)
        self.scenario.expire(*rows, by=call)
        call.show = OTHER_SHOW  # so its customer thought
        call.body["show"] = OTHER_SHOW
        self.assertIn("expired by an unrelated request", self.scenario.kinds())
        call.body = {"best": 1}
        self.assertNotIn("expired by an unrelated request", self.scenario.kinds())

    def test_wrong_user_on_a_cancellation_is_found(self):
        _, row = self.scenario.book("1", at=100)
        self.scenario.cancel([row], at=102)
        row["cancelled_by"] = BOB
        self.assert_only("wrong cancelled_by")

    def test_hold_that_expired_too_early_is_found(self):
        _, rows = self.scenario.hold("1", at=100, lasts=4)
        call, _ = self.scenario.book("1", at=101.5, user=BOB)
        self.scenario.expire(*rows, by=call)
        self.assert_found("expired too early", "seat taken twice", "seat promised twice")


class SeatTests(ScenarioTests):
    def test_seat_sold_twice_is_found(self):
        self.scenario.book("1", at=100)
        self.scenario.book("1", at=102, user=BOB)
        self.assert_only("seat taken twice", "seat promised twice")

    def test_seat_promised_twice_is_found_without_the_rows(self):
        _, row = self.scenario.book("1", at=100)
        self.scenario.book("1", at=102, user=BOB)
        row["show"] = OTHER_SHOW
        self.assert_found("seat promised twice")

    def test_sale_of_a_blocked_seat_is_found(self):
        self.scenario.block("1", at=100)
        self.scenario.book("1", at=102)
        self.assert_only("seat taken twice")

    def test_sale_in_a_cancelled_show_is_found(self):
        self.scenario.shows[0].update(cancelled_at=99, cancelled_by=STAFF)
        self.scenario.book("1", at=100)
        self.assert_only("active in a cancelled show", "sold after cancelling")


class CustomerTests(ScenarioTests):
    def test_half_confirmed_order_is_found(self):
        _, rows = self.scenario.hold("1", "2", at=100)
        self.scenario.lose_answer(self.scenario.confirm(rows, at=101))
        rows[1].update(status="expired", booked_at=None, expires_at=102.5)
        self.assert_found("mixed statuses")

    def test_hold_that_expires_at_another_time_than_its_order_is_found(self):
        _, rows = self.scenario.hold("1", at=100)
        rows[0]["expires_at"] += 0.1
        self.assert_only("expiry differs")

    def test_order_of_two_shows_is_found(self):
        _, row = self.scenario.book("1", at=100)
        self.scenario.order_of(row)["show"] = OTHER_SHOW
        self.assert_only("bookings of another show")

    def test_seat_lost_by_a_move_is_found(self):
        _, row = self.scenario.book("1", at=100)
        _, rows = self.scenario.move([row], "2", at=102)
        self.scenario.bookings.remove(rows[0])
        self.assert_found("acknowledged write lost", "mixed statuses", "wrong total")

    def test_old_seat_kept_by_a_move_is_found(self):
        _, row = self.scenario.book("1", at=100)
        self.scenario.move([row], "2", at=102)
        row.update(status="booked", cancelled_at=None, cancelled_by=None, refund=None)
        self.assert_found("acknowledged write lost", "wrong total")

    def test_wrong_total_is_found(self):
        self.scenario.book("1", at=100)
        self.scenario.orders[0]["total"] = Decimal("9.99")
        self.assert_only("wrong total")

    def test_wrong_price_is_found(self):
        _, row = self.scenario.book("1", at=100)
        row["price"] = Decimal("9.99")
        self.assert_found("wrong price")

    def test_half_a_pair_is_found(self):
        self.scenario.book("7", at=100)
        self.assert_only("half a pair")

    def test_more_seats_than_the_limit_are_found(self):
        for seat in "123456":
            self.scenario.book(seat, at=100)
        self.assert_only("seat limit")

    def test_more_seats_than_the_limit_are_found_although_no_order_has_so_many(self):
        _, rows = self.scenario.hold("1", "2", "3", at=100, lasts=4)
        self.scenario.hold("4", "5", "6", at=101, lasts=1)
        self.scenario.cancel(rows, at=102)
        self.assert_only("seat limit")

    def test_seats_at_other_times_and_in_other_shows_are_no_more_than_the_limit(self):
        _, rows = self.scenario.hold("1", "2", "3", at=100, lasts=4)
        self.scenario.cancel(rows, at=101)
        self.scenario.hold("4", "5", "6", at=102, lasts=1)
        self.scenario.hold("1", "2", "3", at=104, user=BOB)
        for seat in "123":
            self.scenario.book(seat, at=105, show=OTHER_SHOW)
        self.scenario.hold("7", "8", at=106)
        self.assert_good()

    def test_seat_held_for_too_long_is_found(self):
        _, first = self.scenario.hold("1", at=100, lasts=4)
        call, rows = self.scenario.hold("1", at=104.5, lasts=4)
        self.scenario.expire(*first, by=call)
        self.assert_only("held for too long")

    def test_refund_above_the_payment_is_found(self):
        _, row = self.scenario.book("1", at=100)
        self.scenario.cancel([row], at=102)
        row["refund"] = Decimal("10.01")
        self.assert_only("refunded too much", "wrong refund")

    def test_refund_of_a_hold_is_found(self):
        _, rows = self.scenario.hold("1", at=100)
        self.scenario.cancel(rows, at=101)
        rows[0]["refund"] = Decimal("10.00")
        self.assert_only("refunded too much", "refund of a hold")
