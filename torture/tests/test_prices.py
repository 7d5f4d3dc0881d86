"""The checker finds wrong prices and totals in histories written by hand."""

from torture.tests.scenarios import BOB, OTHER_SHOW, ScenarioTests


class PriceTests(ScenarioTests):
    def test_sale_may_have_the_prices_of_its_moment(self):
        self.scenario.book("1", at=100)
        self.scenario.change_prices("12.00", at=102)
        self.scenario.book("2", at=104, price="12.00")
        self.scenario.change_prices("9.00", at=106)
        self.scenario.book("3", at=108, price="9.00")
        self.assert_good()

    def test_sale_during_a_change_may_have_either_price(self):
        self.scenario.change_prices("12.00", at=100)
        self.scenario.book("1", at=100.2)
        self.scenario.book("2", at=100.2, price="12.00", show=OTHER_SHOW)
        self.assert_good()

    def test_price_of_no_list_is_found(self):
        self.scenario.change_prices("12.00", at=100)
        self.scenario.book("1", at=102, price="12.01")
        self.assert_only("wrong price")

    def test_old_price_after_an_acknowledged_change_is_found(self):
        self.scenario.change_prices("12.00", at=100)
        self.scenario.book("1", at=101.1)
        self.assert_only("outdated price")

    def test_price_that_was_changed_twice_since_is_found(self):
        self.scenario.change_prices("12.00", at=100)
        self.scenario.change_prices("9.00", at=102)
        self.scenario.book("1", at=104, price="12.00")
        self.assert_only("outdated price")

    def test_price_of_a_later_change_is_found(self):
        self.scenario.book("1", at=100, price="12.00")
        self.scenario.change_prices("12.00", at=102)
        self.assert_only("outdated price")

    def test_price_that_was_read_before_the_lock_is_found(self):
        """The sale began before the change, but the sale before it ended after the change."""
        self.scenario.change_prices("12.00", at=100)
        call, row = self.scenario.book("1", at=100.9, price="10.00")
        call.tries[0].start, call.tries[0].end, row["created_at"] = 100.8, 102.5, 102.3
        row["booked_at"] = 102.3
        self.assert_good()
        self.scenario.book("2", at=101.5, price="12.00", user=BOB)
        self.assert_only("outdated price")

    def test_two_prices_of_one_sale_are_found(self):
        self.scenario.change_prices("12.00", at=100)
        _, rows = self.scenario.hold("1", "2", at=100.2)
        rows[0]["price"] += 2
        self.assert_found("wrong price")

    def test_change_without_an_answer_may_act_late(self):
        call = self.scenario.change_prices("12.00", at=100)
        self.scenario.lose_answer(call)
        self.scenario.change_prices("9.00", at=102)
        self.scenario.book("1", at=104, price="12.00")
        self.scenario.book("2", at=104, price="9.00")
        self.assert_good()

    def test_change_that_was_rejected_never_applies(self):
        call = self.scenario.change_prices("12.00", at=100)
        call.tries[0].status = 400
        call.tries[0].body = b'{"code": "invalid"}'
        self.scenario.book("1", at=102, price="12.00")
        self.assert_only("wrong price")


class ExpectedTotalTests(ScenarioTests):
    def refuse(self, expected, total, *, sent="10.00", **body):
        members = {"expected_total": expected, "total": total}
        body = body or {"seat_numbers": ["1", "2"]}
        self.scenario.refuse(
            "hold",
            409,
            "price_changed",
            at=104,
            body=body | {"expected_total": sent},
            members=members,
        )

    def test_what_was_expected_may_be_sold(self):
        self.scenario.book("1", at=100, expected_total="10")
        self.scenario.hold("2", "3", at=100, expected_total="20.00")
        self.assert_good()

    def test_another_total_is_found(self):
        self.scenario.book("1", at=100, expected_total="9.00")
        self.assert_only("another total than expected")

    def test_another_total_of_several_seats_is_found(self):
        self.scenario.hold("2", "3", at=100, expected_total="19.99")
        self.assert_only("another total than expected")

    def test_another_price_may_be_refused(self):
        self.refuse("10.00", "20.00")
        self.refuse(
            "10.00",
            "15.00",
            seats=[
                {"seat_number": "1", "ticket_type": "Adult"},
                {"seat_number": "2", "ticket_type": "Child"},
            ],
        )
        self.refuse("10.00", "30.00", best=3)
        self.assert_good()

    def test_refusal_with_another_total_than_the_sent_one_is_found(self):
        self.refuse("11.00", "20.00")
        self.assert_only("unfounded price_changed")

    def test_refusal_of_the_right_total_is_found(self):
        self.refuse("20.00", "20.00", sent="20.00")
        self.assert_only("unfounded price_changed")

    def test_refusal_with_a_total_that_the_seats_do_not_cost_is_found(self):
        self.scenario.change_prices("12.00", at=100)
        self.refuse("10.00", "20.00")
        self.assert_only("unfounded price_changed")
