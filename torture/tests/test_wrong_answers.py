"""The checker finds wrong answers in histories written by hand."""

from torture.tests.scenarios import BOB, OTHER_SHOW, SHOW, STAFF, ScenarioTests


class AnswerTests(ScenarioTests):
    def test_server_error_is_found(self):
        self.scenario.refuse("book", 500, "error", at=100)
        self.assert_only("unexpected status")

    def test_unexpected_refusal_is_found(self):
        self.scenario.refuse("book", 404, "not_found", at=100)
        self.assert_found("unexpected status")

    def test_unavailable_database_is_found_only_without_chaos(self):
        self.scenario.refuse("book", 503, "unavailable", at=100)
        self.assert_good()
        self.scenario.is_calm = True
        self.assert_only("503 without chaos")

    def test_lost_answer_is_found_only_without_chaos(self):
        call, _ = self.scenario.book("1", at=100)
        self.scenario.lose_answer(call)
        self.assert_good()
        self.scenario.is_calm = True
        self.assert_only("no answer without chaos")

    def test_two_answers_to_one_key_are_found(self):
        call, _ = self.scenario.book("1", at=100)
        self.scenario.retry(call, at=102, body=call.tries[0].body + b" ")
        self.assert_only("answers differ")

    def test_second_answer_that_is_not_a_replay_is_found(self):
        call, _ = self.scenario.book("1", at=100)
        self.scenario.retry(call, at=102, is_replayed=False)
        self.assert_only("acted twice")

    def test_two_effects_of_one_key_are_found(self):
        call, _ = self.scenario.book("1", at=100)
        t = self.scenario.retry(call, at=102, status=0)
        self.scenario.book("2", at=102)
        self.scenario.bookings[1].update(request_id=t.id, booked_request_id=t.id)
        self.assert_found("two effects of one key")

    def test_effect_without_a_recorded_answer_is_found(self):
        call, _ = self.scenario.book("1", at=100)
        self.scenario.lose_answer(call)
        self.scenario.records.clear()
        self.assert_only("effect without record")

    def test_recorded_answer_without_its_effect_is_found(self):
        call = self.scenario.call("book", 100, body={"seat_number": "1"})
        self.scenario.answer(call, 201, {})
        self.scenario.lose_answer(call)
        self.assert_only("record without effect")

    def test_answer_that_is_not_recorded_is_found(self):
        self.scenario.refuse("hold", 400, "half_a_pair", at=100)
        self.scenario.records.clear()
        self.assert_only("answer not recorded")

    def test_another_recorded_answer_is_found(self):
        self.scenario.refuse("hold", 400, "half_a_pair", at=100)
        self.scenario.records[0]["body"] = b"{}"
        self.assert_only("another answer recorded")

    def test_refused_call_with_an_effect_is_found(self):
        call, _ = self.scenario.book("1", at=100)
        call.tries[0].status, call.tries[0].body = 409, b'{"code": "in_progress"}'
        self.assert_only("refused with an effect")

    def test_conflict_after_an_answer_is_found(self):
        call = self.scenario.refuse("hold", 400, "half_a_pair", at=100)
        body = b'{"code": "show_full"}'
        self.scenario.retry(call, at=102, status=409, body=body, is_replayed=False)
        self.assert_only("409 after an answer")

    def test_conflict_of_a_call_with_its_own_effect_is_found(self):
        call, _ = self.scenario.book("1", at=100)
        body = b'{"code": "seat_taken", "seats": [{"seat_number": "1"}]}'
        self.scenario.retry(call, at=100.8, status=409, body=body, is_replayed=False)
        self.assert_only("conflict with its own effect")


class EffectTests(ScenarioTests):
    def test_lost_booking_is_found(self):
        _, row = self.scenario.book("1", at=100)
        self.scenario.bookings.remove(row)
        self.assert_found("acknowledged write lost", "record without effect", "mixed statuses")

    def test_lost_seat_of_a_hold_is_found(self):
        _, rows = self.scenario.hold("1", "2", at=100)
        self.scenario.bookings.remove(rows[1])
        self.assert_found("acknowledged write lost", "wrong total")

    def test_lost_confirmation_is_found(self):
        _, rows = self.scenario.hold("1", at=100)
        before = dict(rows[0])
        self.scenario.confirm(rows, at=101)
        rows[0].clear()
        rows[0].update(before)
        self.scenario.order_of(rows[0]).update(status="held", expires_at=before["expires_at"])
        self.assert_only("acknowledged write lost")

    def test_lost_extension_is_found(self):
        _, rows = self.scenario.hold("1", at=100)
        end = rows[0]["expires_at"]
        self.scenario.extend(rows, at=101)
        for row in [rows[0], self.scenario.orders[0]]:
            row["expires_at"] = end
        self.assert_only("acknowledged write lost")

    def test_lost_cancellation_is_found(self):
        _, row = self.scenario.book("1", at=100)
        call = self.scenario.call("cancel", 102, order=row["order__code"])
        self.scenario.answer(call, 200, {})
        self.assert_found("acknowledged write lost")

    def test_another_seat_than_the_answered_one_is_found(self):
        _, row = self.scenario.book("1", at=100)
        row["seat_number"] = "2"
        self.assert_found("acknowledged write lost")

    def test_confirming_an_expired_hold_is_found(self):
        _, rows = self.scenario.hold("1", at=100)
        self.scenario.confirm(rows, at=102.6)
        self.assert_only("expired hold used")

    def test_extending_an_expired_hold_is_found(self):
        _, rows = self.scenario.hold("1", at=100)
        self.scenario.extend(rows, at=102.6)
        self.assert_only("expired hold used")

    def test_cancelling_an_expired_hold_is_found(self):
        _, rows = self.scenario.hold("1", at=100)
        self.scenario.cancel(rows, at=102.6)
        self.assert_only("expired hold used")

    def test_extension_without_an_answer_may_have_happened(self):
        _, rows = self.scenario.hold("1", at=100)
        self.scenario.lose_answer(self.scenario.call("extend", 101, order=rows[0]["order__code"]))
        self.scenario.confirm(rows, at=103)
        self.assert_good()


class RefusalTests(ScenarioTests):
    def test_refusal_of_a_free_seat_as_taken_is_found(self):
        self.scenario.refuse("book", 409, "seat_taken", at=100, body={"seat_number": "1"})
        self.assert_only("unfounded seat_taken")

    def test_move_within_a_show_is_judged_by_each_show_of_its_order(self):
        """The client knows only the show that the order has left meanwhile."""
        self.scenario.book("1", at=98, user=BOB, show=OTHER_SHOW)
        _, row = self.scenario.book("5", at=99)
        self.scenario.move([row], "6", at=100, to=OTHER_SHOW)
        body, order = {"seat_numbers": ["1"]}, row["order__code"]
        self.scenario.refuse("move", 409, "seat_taken", at=100.2, order=order, body=body)
        self.assert_good()
        body = {"seat_numbers": ["1"], "show": SHOW}
        self.scenario.refuse("move", 409, "seat_taken", at=100.2, order=order, body=body)
        self.assert_only("unfounded seat_taken")

    def test_refusal_of_a_live_hold_as_expired_is_found(self):
        _, rows = self.scenario.hold("1", at=100, lasts=4)
        order = rows[0]["order__code"]
        self.scenario.refuse("confirm", 409, "hold_expired", at=101, order=order)
        self.assert_only("unfounded hold_expired")

    def test_refusals_without_their_reason_are_found(self):
        _, row = self.scenario.book("1", at=100)
        _, [held] = self.scenario.hold("2", at=100)
        order = row["order__code"]
        self.scenario.refuse("cancel", 400, "already_cancelled", at=102, order=order)
        self.scenario.refuse("book", 400, "seat_limit", at=102, body={"seat_number": "3"})
        self.scenario.refuse("book", 409, "show_cancelled", at=102)
        self.scenario.refuse("confirm", 409, "paid_already", at=101, order=held["order__code"])
        self.scenario.refuse("hold", 409, "held_too_long", at=102, user=BOB)
        self.scenario.block("1", at=104)
        self.scenario.bookings[0].update(status="expired", expires_at=103.0)
        self.scenario.refuse("unblock", 409, "seats_not_blocked", at=106, user=STAFF)
        self.assert_found(
            "unfounded already_cancelled",
            "unfounded seat_limit",
            "unfounded show_cancelled",
            "unfounded paid_already",
            "unfounded held_too_long",
            "unfounded seats_not_blocked",
        )


class ReadTests(ScenarioTests):
    def test_booked_seat_missing_from_availability_is_found(self):
        self.scenario.book("1", at=100)
        self.scenario.read_availability(at=103)
        self.assert_only("wrong availability")

    def test_free_seat_listed_as_booked_is_found(self):
        self.scenario.read_availability(at=100, booked=["1"])
        self.assert_only("wrong availability")

    def test_wrong_count_of_availability_is_found(self):
        self.scenario.book("1", at=100)
        self.scenario.read_availability(at=103, booked=["1", "1"])
        self.assert_only("wrong availability")

    def test_order_shown_to_another_customer_is_found(self):
        _, row = self.scenario.book("1", at=100)
        self.scenario.read_order([row], at=102, status="booked").user = BOB
        self.assert_only("wrong order read")

    def test_cancelled_booking_shown_as_booked_is_found(self):
        _, row = self.scenario.book("1", at=100)
        self.scenario.cancel([row], at=102)
        self.scenario.read_order([row], at=104, status="booked")
        self.assert_only("wrong order read")

    def test_active_booking_shown_as_cancelled_is_found(self):
        _, row = self.scenario.book("1", at=100)
        self.scenario.read_order([row], at=102, status="cancelled")
        self.assert_only("wrong order read")
