"""The checker finds nothing in correct histories."""

from torture.history import History
from torture.tests.scenarios import ALICE, BOB, OTHER_SHOW, Scenario, ScenarioTests


class CorrectHistoryTests(ScenarioTests):
    def test_empty_history_is_correct(self):
        self.assert_good()

    def test_seats_may_be_booked_held_extended_confirmed_and_cancelled(self):
        self.scenario.book("1", at=100)
        _, rows = self.scenario.hold("2", "3", at=100)
        self.scenario.extend(rows, at=101)
        self.scenario.confirm(rows, at=102)
        self.scenario.cancel(rows, at=110)
        self.scenario.book("2", at=111, user=BOB)
        self.assert_good()

    def test_order_may_move_to_its_own_seats_and_to_another_show(self):
        _, row = self.scenario.book("1", at=100)
        _, rows = self.scenario.move([row], "1", at=102)
        self.scenario.move(rows, "2", at=104, to=OTHER_SHOW)
        self.scenario.book("1", at=106, user=BOB)
        _, held = self.scenario.hold("3", "4", at=106)
        self.scenario.move(held, "5", at=107)
        self.assert_good()

    def test_show_may_be_cancelled(self):
        _, row = self.scenario.book("1", at=100)
        _, rows = self.scenario.hold("2", at=100)
        self.scenario.cancel_show([row, *rows], at=101)
        self.scenario.refuse("book", 409, "show_cancelled", at=101.2)
        self.assert_good()

    def test_seat_of_an_expired_hold_may_be_booked(self):
        _, rows = self.scenario.hold("2", "3", at=100)
        call, _ = self.scenario.book("3", at=103, user=BOB)
        self.scenario.expire(*rows, by=call)
        self.assert_good()

    def test_call_without_an_answer_may_have_had_an_effect_or_not(self):
        call, _ = self.scenario.book("1", at=100)
        self.scenario.lose_answer(call)
        other = self.scenario.call("book", 100, body={"seat_number": "2"})
        self.scenario.lose_answer(other)
        self.assert_good()

    def test_retry_may_get_the_first_answer(self):
        call, _ = self.scenario.book("1", at=100)
        self.scenario.retry(call, at=102)
        self.assert_good()

    def test_retry_may_be_told_that_the_first_try_is_in_progress(self):
        call, _ = self.scenario.book("1", at=100)
        body = b'{"code": "in_progress"}'
        self.scenario.retry(call, at=100.6, status=409, body=body, is_replayed=False)
        self.assert_good()

    def test_booking_of_a_sold_seat_may_be_refused(self):
        self.scenario.book("1", at=100)
        body = {"seat_number": "1"}
        self.scenario.refuse("book", 409, "seat_taken", at=100.2, user=BOB, body=body)
        self.assert_good()

    def test_seat_may_look_taken_until_its_cancellation_is_answered(self):
        _, row = self.scenario.book("1", at=100)
        self.scenario.cancel([row], at=110)
        body = {"seat_number": "1"}
        self.scenario.refuse("book", 409, "seat_taken", at=110.8, user=BOB, body=body)
        self.assert_good()

    def test_staff_may_block_a_seat(self):
        self.scenario.block("1", at=100)
        self.scenario.read_availability(at=103, blocked=["1"])
        self.assert_good()

    def test_availability_may_be_a_second_old(self):
        self.scenario.book("1", at=100)
        self.scenario.read_availability(at=101.9)
        self.scenario.read_availability(at=103, booked=["1"])
        self.assert_good()


class ClockTests(ScenarioTests):
    def test_change_of_the_clock_is_allowed_for(self):
        """The wall clock is put back by two seconds, so a time may be wrong by half a second."""
        wall_clock, steady_clock = iter([1000.0, 998.0]), iter([0.0, 0.0, 0.0, 0.0])
        history = History(wall_clock.__next__, steady_clock.__next__)
        history.now()
        history.now()
        self.assertEqual(history.clock_step, 2.0)
        self.scenario = Scenario(history)
        _, row = self.scenario.book("1", at=100, user=ALICE)
        row["booked_at"] = 101.5
        self.assert_good()
