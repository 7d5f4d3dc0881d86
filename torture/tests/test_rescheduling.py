"""The checker finds faults of rescheduling in histories written by hand."""

from decimal import Decimal

from torture.tests.scenarios import (
    ALICE,
    ELSEWHERE,
    OTHER_MOVIE,
    OTHER_SCREEN,
    OTHER_SHOW,
    SCREEN,
    SMALLER_HALL,
    STAFF,
    ScenarioTests,
)


class RecordTests(ScenarioTests):
    def test_shows_may_get_other_starts_and_screens(self):
        self.scenario.book("1", at=100)
        self.scenario.reschedule(at=102, starts_at=30_000, screen=OTHER_SCREEN)
        self.scenario.reschedule(at=104, starts_at=40_000)
        self.scenario.reschedule(at=106, screen=SCREEN)
        self.scenario.reschedule(at=108, show=OTHER_SHOW, starts_at=20_000)
        self.assert_good()

    def test_retry_may_get_the_first_answer(self):
        call, _ = self.scenario.reschedule(at=100, starts_at=30_000)
        self.scenario.retry(call, at=102)
        self.assert_good()

    def test_lost_rescheduling_is_found(self):
        self.scenario.reschedule(at=100, starts_at=30_000)
        self.scenario.changes.clear()
        self.assert_found("acknowledged write lost", "record without effect", "gap in the record")

    def test_rescheduling_that_was_recorded_twice_is_found(self):
        call, change = self.scenario.reschedule(at=100, starts_at=30_000)
        t = self.scenario.retry(call, at=102)
        self.scenario.changes.append(change | {"id": 2, "request_id": t.id, "made_at": 102.5})
        self.assert_found("acknowledged write lost", "two effects of one key")

    def test_another_time_than_the_requested_one_is_found(self):
        call, _ = self.scenario.reschedule(at=100, starts_at=30_000)
        call.body["starts_at"] = "2030-01-01T00:00:00+00:00"
        self.assert_only("acknowledged write lost")

    def test_rescheduling_that_nobody_requested_is_found(self):
        _, change = self.scenario.reschedule(at=100, starts_at=30_000)
        change["request_id"] = "unheard-of"
        self.assert_found("unrequested rescheduling")

    def test_rescheduling_by_another_user_is_found(self):
        _, change = self.scenario.reschedule(at=100, starts_at=30_000)
        change["made_by"] = ALICE
        self.assert_only("unrequested rescheduling")

    def test_rescheduling_at_another_time_is_found(self):
        _, change = self.scenario.reschedule(at=100, starts_at=30_000)
        change["made_at"] = 101.5
        self.assert_only("rescheduled at another time")

    def test_show_that_is_elsewhere_than_recorded_is_found(self):
        self.scenario.reschedule(at=100, starts_at=30_000)
        self.scenario.shows[0].update(starts_at=50_000, ends_at=57_000)
        self.assert_only("gap in the record")

    def test_two_changes_that_began_at_the_same_state_are_found(self):
        self.scenario.reschedule(at=100, starts_at=30_000)
        _, change = self.scenario.reschedule(at=102, starts_at=40_000)
        change["before"] = self.scenario.changes[0]["before"]
        self.assert_only("gap in the record")


class OverlapTests(ScenarioTests):
    def test_shows_on_one_screen_at_one_time_are_found(self):
        self.scenario.reschedule(at=100, screen=OTHER_SCREEN)
        self.assert_only("shows overlap")

    def test_shows_without_the_time_to_clean_between_them_are_found(self):
        self.scenario.reschedule(at=100, screen=OTHER_SCREEN, starts_at=17_599)
        self.assert_only("shows overlap")

    def test_shows_may_follow_each_other_after_that_time(self):
        self.scenario.reschedule(at=100, screen=OTHER_SCREEN, starts_at=17_600)
        self.assert_good()

    def test_overlap_is_found_although_a_show_moved_on(self):
        self.scenario.reschedule(at=100, screen=OTHER_SCREEN)
        self.scenario.reschedule(at=102, screen=SCREEN)
        self.assert_only("shows overlap")

    def test_cancelled_show_does_not_need_its_screen(self):
        self.scenario.cancel_show([], at=100, show=OTHER_SHOW)
        self.scenario.reschedule(at=102, screen=OTHER_SCREEN)
        self.assert_good()

    def test_show_needs_its_screen_until_it_is_cancelled(self):
        self.scenario.reschedule(at=100, screen=OTHER_SCREEN)
        self.scenario.cancel_show([], at=102, show=OTHER_SHOW)
        self.assert_only("shows overlap")


class OrderTests(ScenarioTests):
    def test_show_may_move_to_a_hall_that_lacks_only_free_seats(self):
        self.scenario.book("1", at=100)
        self.scenario.reschedule(at=102, starts_at=30_000, plan=SMALLER_HALL)
        self.assert_good()

    def test_refusal_because_of_a_free_seat_is_found(self):
        members = {"seats": [{"seat_number": "7"}]}
        self.scenario.refuse("reschedule", 409, "seats_sold", at=100, user=STAFF, members=members)
        self.assert_only("unfounded seats_sold")
        self.scenario.book("7", at=100)
        self.assertNotIn("unfounded seats_sold", self.scenario.kinds())

    def test_seat_that_the_new_hall_lacks_is_found(self):
        _, rows = self.scenario.hold("7", "8", at=100)
        self.scenario.confirm(rows, at=101)
        self.scenario.reschedule(at=102, starts_at=30_000, plan=SMALLER_HALL)
        self.assert_only("taken seat lost")

    def test_lost_seat_is_found_although_it_was_cancelled_later(self):
        _, rows = self.scenario.hold("7", "8", at=100)
        self.scenario.confirm(rows, at=101)
        self.scenario.reschedule(at=103, starts_at=30_000, plan=SMALLER_HALL)
        self.scenario.cancel(rows, at=105)
        self.assert_only("taken seat lost")

    def test_sale_of_a_seat_that_the_hall_lacks_is_found(self):
        self.scenario.reschedule(at=100, starts_at=30_000, plan=SMALLER_HALL)
        _, rows = self.scenario.hold("7", "8", at=102)
        self.scenario.confirm(rows, at=103)
        self.assert_only("taken seat lost")

    def test_order_that_rescheduling_cancelled_is_found(self):
        _, row = self.scenario.book("1", at=100)
        call, _ = self.scenario.reschedule(at=102, starts_at=30_000)
        self.scenario.end(row, call, 102)
        self.scenario.order_of(row).update(status="cancelled", total=Decimal(0))
        self.assert_found("unrequested change")


class SoldShowTests(ScenarioTests):
    def test_unsold_show_may_get_another_movie_or_cinema(self):
        self.scenario.change_show(at=100, movie=OTHER_MOVIE)
        self.scenario.reschedule(at=100, show=OTHER_SHOW, screen=ELSEWHERE)
        self.assert_good()

    def test_another_movie_of_a_sold_show_is_found(self):
        self.scenario.book("1", at=100)
        self.scenario.change_show(at=102, movie=OTHER_MOVIE)
        self.assert_only("sold show replaced")

    def test_another_cinema_of_a_sold_show_is_found(self):
        self.scenario.hold("1", at=100, lasts=4)
        self.scenario.reschedule(at=102, screen=ELSEWHERE)
        self.assert_only("sold show replaced")

    def test_another_movie_that_nobody_asked_for_is_found(self):
        self.scenario.shows[0]["movie"] = OTHER_MOVIE
        self.assert_only("sold show replaced")
