"""Which seats decide whether a choice leaves a seat single: `movies.seating.single_seats`."""

from math import cos, pi, sin

from django.test import SimpleTestCase

from movies.seating.json_format import read_plan
from movies.seating.plan import Ring, rows_by_number
from movies.seating.single_seats import stranded_by, within_two
from testing.halls import make_layout, make_row, make_seat, make_zone, plan_of, seats_of
from testing.properties import given, settings, st

ROWS = st.text("sssw_", min_size=1, max_size=14).filter(lambda row: row.strip("_"))


def ring_of(seats):
    places = [(cos(2 * pi * nth / seats), sin(2 * pi * nth / seats)) for nth in range(seats)]
    radius = seats * 5
    row = [
        make_seat(str(nth + 1), x=round(radius * x, 1), y=round(radius * y, 1))
        for nth, (x, y) in enumerate(places)
    ]
    return read_plan(make_layout(make_zone(rows=[make_row("A", row)])))


@st.composite
def sales(draw):
    """Draw a plan, the seats that were taken and those that are chosen."""
    if draw(st.booleans()):
        plan = ring_of(draw(st.integers(6, 20)))
        assert isinstance(plan.runs[0], Ring)
    else:
        rows = draw(st.lists(ROWS, min_size=1, max_size=3))
        plan = plan_of("\n".join(f"R{nth}x {row}" for nth, row in enumerate(rows)))
    kinds = [draw(st.sampled_from("ffftc")) for _ in plan.seats]
    numbered = list(zip([seat.number for seat in plan.seats], kinds, strict=True))
    taken = {number for number, kind in numbered if kind == "t"}
    return plan, taken, [number for number, kind in numbered if kind == "c"]


class NearbyTests(SimpleTestCase):
    @settings(max_examples=300, deadline=None)
    @given(sales())
    def test_the_seats_within_two_decide(self, sale):
        plan, taken, seats = sale
        numbers, row_of = {seat.number for seat in plan.seats}, rows_by_number(plan)
        on_request = seats_of(plan, "Wheelchair")

        def stranded(taken):
            free = numbers - taken
            return stranded_by(plan.rows, seats, free=free, on_request=on_request)

        self.assertEqual(stranded(taken), stranded(taken.intersection(within_two(row_of, seats))))

    def test_they_stand_in_the_same_run(self):
        plan = plan_of("A  sssss_sss\nB  sss\n")
        near = within_two(rows_by_number(plan), ["A4", "B1"])
        self.assertEqual(near, ["A2", "A3", "A4", "A5", "B1", "B2", "B3"])

    def test_a_ring_has_no_end(self):
        plan = ring_of(12)
        self.assertEqual(within_two(rows_by_number(plan), ["A1"]), ["A11", "A12", "A1", "A2", "A3"])
