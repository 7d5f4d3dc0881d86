"""The checker on histories written by hand: the good ones pass, what is wrong is named."""

from decimal import Decimal

from django.test import SimpleTestCase

from torture.tests.histories import ALICE, BOB, OTHER_SHOW, STAFF, Story


class StoryTests(SimpleTestCase):
    def setUp(self):
        self.story = Story()

    def assert_good(self):
        self.assertEqual(self.story.findings(), [])

    def assert_found(self, *kinds):
        """All of these; other checks may see the same fault from their side."""
        self.assertLessEqual(set(kinds), set(self.story.kinds()), self.story.findings())

    def assert_only(self, *kinds):
        self.assertEqual(self.story.kinds(), sorted(kinds), self.story.findings())


class GoodTests(StoryTests):
    def test_nothing_happened(self):
        self.assert_good()

    def test_seats_are_booked_held_extended_confirmed_and_cancelled(self):
        self.story.book("1", at=100)
        _, rows = self.story.hold("2", "3", at=100)
        self.story.extend(rows, at=101)
        self.story.confirm(rows, at=102)
        self.story.cancel(rows, at=110)
        self.story.book("2", at=111, user=BOB)
        self.assert_good()

    def test_an_order_moves_to_seats_of_its_own_and_to_another_show(self):
        _, row = self.story.book("1", at=100)
        _, rows = self.story.move([row], "1", at=102)
        self.story.move(rows, "2", at=104, to=OTHER_SHOW)
        self.story.book("1", at=106, user=BOB)
        _, held = self.story.hold("3", "4", at=106)
        self.story.move(held, "5", at=107)
        self.assert_good()

    def test_a_show_is_cancelled(self):
        _, row = self.story.book("1", at=100)
        _, rows = self.story.hold("2", at=100)
        self.story.cancel_show([row, *rows], at=101)
        self.story.refuse("book", 409, "show_cancelled", at=101.2)
        self.assert_good()

    def test_a_hold_that_is_over_gives_way(self):
        _, rows = self.story.hold("2", "3", at=100)
        call, _ = self.story.book("3", at=103, user=BOB)
        self.story.expire(*rows, by=call)
        self.assert_good()

    def test_what_nobody_heard_may_have_happened_or_not(self):
        call, _ = self.story.book("1", at=100)
        self.story.lose(call)
        other = self.story.call("book", 100, body={"seat_number": "2"})
        self.story.lose(other)
        self.assert_good()

    def test_who_asks_again_gets_the_first_answer(self):
        call, _ = self.story.book("1", at=100)
        self.story.retry(call, at=102)
        self.assert_good()

    def test_the_second_may_have_to_wait_for_the_first(self):
        call, _ = self.story.book("1", at=100)
        body = b'{"code": "in_progress"}'
        self.story.retry(call, at=100.6, status=409, body=body, is_replayed=False)
        self.assert_good()

    def test_who_comes_too_late_is_refused(self):
        self.story.book("1", at=100)
        body = {"seat_number": "1"}
        self.story.refuse("book", 409, "seat_taken", at=100.2, user=BOB, body=body)
        self.assert_good()

    def test_a_cancellation_may_be_seen_late_as_long_as_it_was_not_told(self):
        _, row = self.story.book("1", at=100)
        self.story.cancel([row], at=110)
        body = {"seat_number": "1"}
        self.story.refuse("book", 409, "seat_taken", at=110.8, user=BOB, body=body)
        self.assert_good()

    def test_staff_block_a_seat(self):
        self.story.block("1", at=100)
        self.story.read_availability(at=103, blocked=["1"])
        self.assert_good()

    def test_availability_may_be_a_second_old(self):
        self.story.book("1", at=100)
        self.story.read_availability(at=101.9)
        self.story.read_availability(at=103, booked=["1"])
        self.assert_good()


class AnswerTests(StoryTests):
    def test_an_error_of_the_server(self):
        self.story.refuse("book", 500, "error", at=100)
        self.assert_only("status")

    def test_a_refusal_that_nobody_foresaw(self):
        self.story.refuse("book", 404, "not_found", at=100)
        self.assert_found("status")

    def test_the_database_is_away_although_nobody_kills_it(self):
        self.story.refuse("book", 503, "unavailable", at=100)
        self.assert_good()
        self.story.is_calm = True
        self.assert_only("503 without chaos")

    def test_two_answers_to_one_key(self):
        call, _ = self.story.book("1", at=100)
        self.story.retry(call, at=102, body=call.tries[0].body + b" ")
        self.assert_only("answers differ")

    def test_a_second_answer_that_is_no_replay(self):
        call, _ = self.story.book("1", at=100)
        self.story.retry(call, at=102, is_replayed=False)
        self.assert_only("acted twice")

    def test_a_key_with_two_effects(self):
        call, _ = self.story.book("1", at=100)
        t = self.story.retry(call, at=102, status=0)
        self.story.book("2", at=102)
        self.story.bookings[1].update(request_id=t.id, booked_request_id=t.id)
        self.assert_found("two effects of one key")

    def test_an_effect_whose_answer_is_not_recorded(self):
        call, _ = self.story.book("1", at=100)
        self.story.lose(call)
        self.story.records.clear()
        self.assert_only("effect without record")

    def test_an_answer_recorded_without_its_effect(self):
        call = self.story.call("book", 100, body={"seat_number": "1"})
        self.story.answer(call, 201, {})
        self.story.lose(call)
        self.assert_only("record without effect")

    def test_an_answer_that_is_not_recorded(self):
        self.story.refuse("hold", 400, "half_a_pair", at=100)
        self.story.records.clear()
        self.assert_only("answer not recorded")

    def test_an_answer_recorded_otherwise(self):
        self.story.refuse("hold", 400, "half_a_pair", at=100)
        self.story.records[0]["body"] = b"{}"
        self.assert_only("recorded otherwise")

    def test_refused_and_yet_done(self):
        call, _ = self.story.book("1", at=100)
        call.tries[0].status, call.tries[0].body = 409, b'{"code": "in_progress"}'
        self.assert_only("refused, yet done")

    def test_a_conflict_after_an_answer(self):
        call = self.story.refuse("hold", 400, "half_a_pair", at=100)
        body = b'{"code": "show_full"}'
        self.story.retry(call, at=102, status=409, body=body, is_replayed=False)
        self.assert_only("409 after an answer")

    def test_in_the_way_of_oneself(self):
        call, _ = self.story.book("1", at=100)
        body = b'{"code": "seat_taken", "seats": [{"seat_number": "1"}]}'
        self.story.retry(call, at=100.8, status=409, body=body, is_replayed=False)
        self.assert_only("conflict with itself")


class EffectTests(StoryTests):
    def test_an_acknowledged_booking_is_lost(self):
        _, row = self.story.book("1", at=100)
        self.story.bookings.remove(row)
        self.assert_found("acknowledged, not there", "record without effect", "statuses mixed")

    def test_an_acknowledged_hold_lacks_a_seat(self):
        _, rows = self.story.hold("1", "2", at=100)
        self.story.bookings.remove(rows[1])
        self.assert_found("acknowledged, not there", "total")

    def test_an_acknowledged_confirmation_is_lost(self):
        _, rows = self.story.hold("1", at=100)
        before = dict(rows[0])
        self.story.confirm(rows, at=101)
        rows[0].clear()
        rows[0].update(before)
        self.story.order_of(rows[0]).update(status="held", expires_at=before["expires_at"])
        self.assert_only("acknowledged, not there")

    def test_an_acknowledged_extension_is_lost(self):
        _, rows = self.story.hold("1", at=100)
        end = rows[0]["expires_at"]
        self.story.extend(rows, at=101)
        for row in [rows[0], self.story.orders[0]]:
            row["expires_at"] = end
        self.assert_only("acknowledged, not there")

    def test_an_acknowledged_cancellation_is_lost(self):
        _, row = self.story.book("1", at=100)
        call = self.story.call("cancel", 102, order=row["order__code"])
        self.story.answer(call, 200, {})
        self.assert_found("acknowledged, not there")

    def test_another_seat_than_was_told(self):
        _, row = self.story.book("1", at=100)
        row["seat_number"] = "2"
        self.assert_found("acknowledged, not there")

    def test_a_hold_is_confirmed_when_it_is_over(self):
        _, rows = self.story.hold("1", at=100)
        self.story.confirm(rows, at=102.6)
        self.assert_only("after its end")

    def test_a_hold_is_extended_when_it_is_over(self):
        _, rows = self.story.hold("1", at=100)
        self.story.extend(rows, at=102.6)
        self.assert_only("after its end")

    def test_a_hold_that_is_over_is_given_up(self):
        _, rows = self.story.hold("1", at=100)
        self.story.cancel(rows, at=102.6)
        self.assert_only("after its end")

    def test_whether_an_extension_that_nobody_heard_was_made_is_not_known(self):
        _, rows = self.story.hold("1", at=100)
        self.story.lose(self.story.call("extend", 101, order=rows[0]["order__code"]))
        self.story.confirm(rows, at=103)
        self.assert_good()


class RowTests(StoryTests):
    def test_a_booking_that_nobody_asked_for(self):
        _, row = self.story.book("1", at=100)
        row["request_id"] = "unheard-of"
        self.assert_found("unexplained")

    def test_a_booking_for_another_customer(self):
        _, row = self.story.book("1", at=100)
        row["order__customer"] = BOB
        self.assert_found("another customer's")

    def test_a_booking_after_its_answer(self):
        _, row = self.story.book("1", at=100)
        row["booked_at"] = 101.5
        self.assert_only("at another time")

    def test_another_order_is_cancelled(self):
        _, row = self.story.book("1", at=100)
        _, other = self.story.book("2", at=100)
        call = self.story.cancel([row], at=102)
        call.order = other["order__code"]
        self.assert_found("another order's")

    def test_staff_cancel_an_order_of_another_show(self):
        _, row = self.story.book("1", at=100, show=OTHER_SHOW)
        self.story.cancel_show([row], at=102)
        self.assert_only("another show's")

    def test_a_customers_seat_is_unblocked(self):
        _, row = self.story.book("1", at=100)
        call = self.story.cancel([row], at=102)
        call.op, call.user, call.order, row["cancelled_by"] = "unblock", STAFF, "", STAFF
        self.assert_found("blocked by a customer")

    def test_a_hold_gives_way_to_nobody(self):
        _, rows = self.story.hold("1", at=100)
        call, _ = self.story.book("1", at=103, user=BOB, show=OTHER_SHOW)
        self.story.expire(*rows, by=call)
        self.assert_only("expired by whom")

    def test_a_hold_gives_way_to_an_order_that_had_moved_to_its_show(self):
        _, rows = self.story.hold("1", at=100)
        _, row = self.story.book("2", at=101, user=BOB)
        call, _ = self.story.move([row], "1", at=103)
        self.story.expire(*rows, by=call)
        call.show = OTHER_SHOW  # so its customer thought
        call.body["show"] = OTHER_SHOW
        self.assertIn("expired by whom", self.story.kinds())
        call.body = {"best": 1}
        self.assertNotIn("expired by whom", self.story.kinds())

    def test_cancelled_in_the_name_of_another(self):
        _, row = self.story.book("1", at=100)
        self.story.cancel([row], at=102)
        row["cancelled_by"] = BOB
        self.assert_only("cancelled by another")

    def test_a_hold_gives_way_before_its_time(self):
        _, rows = self.story.hold("1", at=100, lasts=4)
        call, _ = self.story.book("1", at=101.5, user=BOB)
        self.story.expire(*rows, by=call)
        self.assert_found("expired too early", "seat taken twice", "seat told twice")


class SeatTests(StoryTests):
    def test_a_seat_is_sold_twice(self):
        self.story.book("1", at=100)
        self.story.book("1", at=102, user=BOB)
        self.assert_only("seat taken twice", "seat told twice")

    def test_a_seat_is_told_twice_whatever_the_rows_say(self):
        _, row = self.story.book("1", at=100)
        self.story.book("1", at=102, user=BOB)
        row["show"] = OTHER_SHOW
        self.assert_found("seat told twice")

    def test_a_blocked_seat_is_sold(self):
        self.story.block("1", at=100)
        self.story.book("1", at=102)
        self.assert_only("seat taken twice")

    def test_a_seat_of_a_cancelled_show_is_sold(self):
        self.story.shows[0].update(cancelled_at=99, cancelled_by=STAFF)
        self.story.book("1", at=100)
        self.assert_only("on a cancelled show", "sold after cancelling")


class CustomerTests(StoryTests):
    def test_an_order_is_confirmed_by_half(self):
        _, rows = self.story.hold("1", "2", at=100)
        self.story.lose(self.story.confirm(rows, at=101))
        rows[1].update(status="expired", booked_at=None, expires_at=102.5)
        self.assert_found("statuses mixed")

    def test_a_hold_that_ends_earlier_than_its_order(self):
        _, rows = self.story.hold("1", at=100)
        rows[0]["expires_at"] += 0.1
        self.assert_only("ends differ")

    def test_an_order_of_two_shows(self):
        _, row = self.story.book("1", at=100)
        self.story.order_of(row)["show"] = OTHER_SHOW
        self.assert_only("bookings of another show")

    def test_a_move_that_loses_a_seat(self):
        _, row = self.story.book("1", at=100)
        _, rows = self.story.move([row], "2", at=102)
        self.story.bookings.remove(rows[0])
        self.assert_found("acknowledged, not there", "statuses mixed", "total")

    def test_a_move_that_keeps_the_old_seat(self):
        _, row = self.story.book("1", at=100)
        self.story.move([row], "2", at=102)
        row.update(status="booked", cancelled_at=None, cancelled_by=None, refund=None)
        self.assert_found("acknowledged, not there", "total")

    def test_a_wrong_total(self):
        self.story.book("1", at=100)
        self.story.orders[0]["total"] = Decimal("9.99")
        self.assert_only("total")

    def test_a_wrong_price(self):
        _, row = self.story.book("1", at=100)
        row["price"] = Decimal("9.99")
        self.assert_found("price")

    def test_half_a_pair(self):
        self.story.book("7", at=100)
        self.assert_only("half a pair")

    def test_more_seats_than_one_customer_may_have(self):
        for seat in "123456":
            self.story.book(seat, at=100)
        self.assert_only("seat limit")

    def test_seats_held_for_too_long(self):
        _, first = self.story.hold("1", at=100, lasts=4)
        call, rows = self.story.hold("1", at=104.5, lasts=4)
        self.story.expire(*first, by=call)
        self.assert_only("held for too long")

    def test_more_comes_back_than_was_paid(self):
        _, row = self.story.book("1", at=100)
        self.story.cancel([row], at=102)
        row["refund"] = Decimal("10.01")
        self.assert_only("money")

    def test_money_comes_back_for_a_hold(self):
        _, rows = self.story.hold("1", at=100)
        self.story.cancel(rows, at=101)
        rows[0]["refund"] = Decimal("10.00")
        self.assert_only("money", "refund of a hold")


class RefusalTests(StoryTests):
    def test_a_free_seat_is_said_to_be_taken(self):
        self.story.refuse("book", 409, "seat_taken", at=100, body={"seat_number": "1"})
        self.assert_only("unfounded seat_taken")

    def test_a_hold_is_said_to_be_over_before_its_time(self):
        _, rows = self.story.hold("1", at=100, lasts=4)
        order = rows[0]["order__code"]
        self.story.refuse("confirm", 409, "hold_expired", at=101, order=order)
        self.assert_only("unfounded hold_expired")

    def test_other_reasons_that_were_none(self):
        _, row = self.story.book("1", at=100)
        _, [held] = self.story.hold("2", at=100)
        order = row["order__code"]
        self.story.refuse("cancel", 400, "already_cancelled", at=102, order=order)
        self.story.refuse("book", 400, "seat_limit", at=102, body={"seat_number": "3"})
        self.story.refuse("book", 409, "show_cancelled", at=102)
        self.story.refuse("confirm", 409, "paid_already", at=101, order=held["order__code"])
        self.story.refuse("hold", 409, "held_too_long", at=102, user=BOB)
        self.story.block("1", at=104)
        self.story.bookings[0].update(status="expired", expires_at=103.0)
        self.story.refuse("unblock", 409, "seats_not_blocked", at=106, user=STAFF)
        self.assert_found(
            "unfounded already_cancelled",
            "unfounded seat_limit",
            "unfounded show_cancelled",
            "unfounded paid_already",
            "unfounded held_too_long",
            "unfounded seats_not_blocked",
        )


class ReadTests(StoryTests):
    def test_availability_leaves_out_what_was_told(self):
        self.story.book("1", at=100)
        self.story.read_availability(at=103)
        self.assert_only("availability")

    def test_availability_makes_up_what_nobody_took(self):
        self.story.read_availability(at=100, booked=["1"])
        self.assert_only("availability")

    def test_availability_counts_wrong(self):
        self.story.book("1", at=100)
        self.story.read_availability(at=103, booked=["1", "1"])
        self.assert_only("availability")

    def test_an_order_is_shown_to_another_customer(self):
        _, row = self.story.book("1", at=100)
        self.story.read_order([row], at=102, status="booked").user = BOB
        self.assert_only("order read")

    def test_what_was_cancelled_is_shown_as_booked(self):
        _, row = self.story.book("1", at=100)
        self.story.cancel([row], at=102)
        self.story.read_order([row], at=104, status="booked")
        self.assert_only("order read")

    def test_what_was_never_cancelled_is_shown_as_cancelled(self):
        _, row = self.story.book("1", at=100)
        self.story.read_order([row], at=102, status="cancelled")
        self.assert_only("order read")


class ClockTests(StoryTests):
    def test_a_clock_that_was_set_is_taken_into_account(self):
        self.story.history._at_least, self.story.history._at_most = 12.0, 10.0
        self.assertEqual(self.story.history.clock_step, 2.0)
        _, row = self.story.book("1", at=100, user=ALICE)
        row["booked_at"] = 101.5
        self.assert_good()
