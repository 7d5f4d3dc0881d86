"""The checker finds payments of two orders in histories written by hand."""

from torture.tests.scenarios import BOB, OTHER_SHOW, ScenarioTests


class PaymentTests(ScenarioTests):
    def confirmed(self, seat, *, at, payment, **fields):
        """Return the rows of an order that was held and confirmed."""
        _, rows = self.scenario.hold(seat, at=at, **fields)
        self.scenario.confirm(rows, at=at + 1, payment=payment, **fields)
        return rows

    def refuse_payment(self, rows, *, at, payment="pay-1", **fields):
        order, body = rows[0]["order__code"], {"payment_reference": payment}
        self.scenario.refuse(
            "confirm", 409, "payment_used", at=at, order=order, body=body, **fields
        )

    def test_orders_may_have_different_payments_or_none(self):
        self.confirmed("1", at=100, payment="pay-1")
        self.confirmed("2", at=100, payment="pay-2", user=BOB)
        self.confirmed("3", at=100, payment="")
        self.confirmed("4", at=100, payment="", user=BOB)
        self.assert_good()

    def test_payment_of_two_booked_orders_is_found(self):
        self.confirmed("1", at=100, payment="pay-1")
        self.confirmed("2", at=100, payment="pay-1", user=BOB)
        self.assert_only("payment used twice")

    def test_payment_of_two_orders_is_found_although_no_answer_came(self):
        for seat in ("1", "2"):
            _, rows = self.scenario.hold(seat, at=100)
            self.scenario.lose_answer(self.scenario.confirm(rows, at=101, payment="pay-1"))
        self.assert_only("payment used twice")

    def test_payment_of_two_orders_is_found_although_one_was_cancelled_later(self):
        rows = self.confirmed("1", at=100, payment="pay-1")
        self.confirmed("2", at=102, payment="pay-1", user=BOB)
        self.scenario.cancel(rows, at=110)
        self.assert_only("payment used twice")

    def test_move_with_the_payment_of_another_order_is_found(self):
        self.confirmed("1", at=100, payment="pay-1")
        _, row = self.scenario.book("2", at=102, user=BOB)
        self.scenario.move([row], "3", at=104, to=OTHER_SHOW, payment="pay-1")
        self.assert_only("payment used twice")

    def test_payment_of_a_cancelled_order_may_be_used_again(self):
        rows = self.confirmed("1", at=100, payment="pay-1")
        self.scenario.cancel(rows, at=110)
        self.confirmed("2", at=111, payment="pay-1", user=BOB)
        self.assert_good()

    def test_move_that_waited_for_a_cancellation_may_have_its_payment(self):
        rows = self.confirmed("1", at=100, payment="pay-1")
        _, row = self.scenario.book("2", at=102, user=BOB)
        self.scenario.cancel(rows, at=104.1)
        self.scenario.move([row], "3", at=104, payment="pay-1")
        self.assert_good()

    def test_answer_may_arrive_after_the_hold_with_the_payment_has_expired(self):
        _, held = self.scenario.hold("1", at=100, lasts=2)
        call, rows = self.scenario.move(held, "2", at=101, payment="pay-1")
        call.tries[0].end = 120
        self.confirmed("3", at=103, payment="pay-1", user=BOB)
        self.assert_good()

    def test_payment_that_another_replaced_may_be_used_meanwhile(self):
        _, held = self.scenario.hold("1", at=100, lasts=4)
        _, rows = self.scenario.move(held, "2", at=101, payment="pay-1")
        self.scenario.confirm(rows, at=102, payment="pay-2")
        others = self.confirmed("3", at=104, payment="pay-1", user=BOB)
        self.scenario.cancel(others, at=107)
        self.scenario.move(rows, "4", at=110, payment="pay-1")
        self.assert_good()

    def test_order_keeps_its_payment_when_it_moves(self):
        rows = self.confirmed("1", at=100, payment="pay-1")
        _, rows = self.scenario.move(rows, "2", at=102)
        self.scenario.move(rows, "3", at=104, payment="pay-1")
        self.assert_good()

    def test_lost_payment_is_found(self):
        rows = self.confirmed("1", at=100, payment="pay-1")
        rows[0]["payment_reference"] = ""
        self.assert_only("acknowledged write lost")

    def test_payment_of_another_order_may_be_refused(self):
        self.confirmed("1", at=100, payment="pay-1")
        _, rows = self.scenario.hold("2", at=102, user=BOB)
        self.refuse_payment(rows, at=103, user=BOB)
        self.assert_good()

    def test_refusal_is_found_if_no_other_order_had_the_payment(self):
        self.confirmed("1", at=100, payment="pay-1")
        _, rows = self.scenario.hold("2", at=102)
        self.refuse_payment(rows, at=103, payment="pay-2")
        self.assert_only("unfounded payment_used")

    def test_refusal_is_found_if_the_other_order_was_cancelled_before(self):
        rows = self.confirmed("1", at=100, payment="pay-1")
        self.scenario.cancel(rows, at=110)
        _, rows = self.scenario.hold("2", at=112)
        self.refuse_payment(rows, at=113)
        self.assert_only("unfounded payment_used")
