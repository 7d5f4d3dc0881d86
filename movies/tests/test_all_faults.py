"""Everything that is wrong with a plan, or missing in a price list, is told at once."""

from movies.models import Show
from movies.tests.prices import FULL, PriceTests
from movies.tests.seating_plans import SeatingPlanTests, make_layout, rows_of
from testing.builders.movies import (
    make_cinema,
    make_price_list,
    make_screen,
    make_seating_plan,
    make_show,
)


class PlanFaultsTests(SeatingPlanTests):
    def faults_of(self, **body):
        errors = self.assert_problem(self.post(name="Hall", **body), 400, "invalid")["errors"]
        [field] = {error["field"] for error in errors}
        self.assertIn(field, body)
        return [error["detail"] for error in errors]

    def test_forty_seats_with_repeated_ids_are_listed_with_both_places(self):
        layout = make_layout("A  " + "s" * 41)
        for seat in rows_of(layout)[0]["seats"]:
            seat["seat_guid"] = "same"

        faults = self.faults_of(layout=layout)

        self.assertEqual(len(faults), 40)
        first = 'Zone "Hall", row A, seat 1, and Zone "Hall", row A, seat '
        for seat, fault in enumerate(faults, 2):
            self.assertIn(f'"same": {first}{seat};', fault)

    def test_faults_of_every_kind_are_listed_together(self):
        layout = make_layout("A  ssss\nB  cc_c\n\n[Balcony]\nA  ss\n")
        seats = rows_of(layout)[0]["seats"]
        seats[0]["category"] = "Sofa"
        seats[0]["position"] = {"x": "1", "y": 0}
        seats[1]["seat_guid"] = seats[2]["seat_guid"]
        seats[3]["seat_number"] = "3"
        layout["zones"][1]["rows"].append(7)
        layout["size"] = {"width": -1, "height": 1}

        faults = self.faults_of(layout=layout)

        for words in (
            'Zone "Hall", row A, seat 1: there is no category "Sofa"',
            'Zone "Hall", row A, seat 1, position: "x" must be a number',
            'Zone "Balcony": item 2 of "rows" must be an object',
            'Size: "width" must be a number',
            'Two seats have the "seat_guid"',
            'Zone "Hall", row A, seat 3: the seat number would be A3',
            'Zone "Hall", row B, seat 3: Seat B3 is a Couple seat without a partner',
        ):
            self.assertEqual(len([fault for fault in faults if words in fault]), 1, (words, faults))
        self.assertEqual(len(faults), 7, faults)

    def test_every_line_with_a_fault_is_listed(self):
        text = (
            "v = VIP #12\nA  s5s\nB  vv\nC  xs\n[Box]\n[Side\nD  ss\nD  ss\nE  c_c\n[Back]\nF  c\n"
        )

        faults = self.faults_of(text=text)

        for words in (
            "Line 1: #12 is not a colour",
            'Line 2: "s5s" is neither seats',
            "Line 4: x is not a category",
            'Line 5: zone "Box" has no rows.',
            "Line 6: close the zone's name",
            "Line 8: there is a seat D1 in line 7 already.",
            "Line 11: Seat F1 is a Couple seat without a partner",
        ):
            self.assertEqual(len([fault for fault in faults if words in fault]), 1, (words, faults))
        self.assertEqual(len(faults), 7, faults)

    def test_every_couple_seat_without_a_partner_is_listed_with_its_line(self):
        faults = self.faults_of(text="A  ss\n\n# Sofas\nK  cccc_c\nL  c_cc\n")

        self.assertEqual(
            faults,
            [
                "Line 4: Seat K5 is a Couple seat without a partner beside it.",
                "Line 5: Seat L1 is a Couple seat without a partner beside it.",
            ],
        )

    def test_at_most_a_hundred_faults_are_listed_and_the_others_counted(self):
        layout = make_layout("A  " + "s" * 300)
        for seat in rows_of(layout)[0]["seats"]:
            seat["category"] = "Sofa"

        faults = self.faults_of(layout=layout)

        self.assertEqual((len(faults), faults[-1]), (100, "There are 201 more faults."))

    def test_the_detail_shows_the_first_faults(self):
        response = self.post(name="Hall", text="A  sx\nB  sy\n")

        self.assertIn("Line 1: x is not", response.json()["detail"])
        self.assertIn("Line 2: y is not", response.json()["detail"])


class PriceGapTests(PriceTests):
    def test_all_gaps_of_a_hall_are_listed(self):
        plan = make_seating_plan("A  ss\nB  pp\nC  cc\nD  wa\n")
        price_list = make_price_list(
            {("Standard", "Adult"): 9, ("Standard", "Child"): 6}, name="Matinee"
        )
        response = self.schedule(seating_plan=plan.pk, price_list=price_list.pk)

        gaps = [
            (category, ticket_type)
            for category in ("Companion", "Couple", "Premium", "Wheelchair")
            for ticket_type in ("Adult", "Child")
        ]
        missing = [{"category": category, "ticket_type": kind} for category, kind in gaps]
        words = "; ".join(map(", ".join, gaps))
        self.assert_problem(
            response,
            400,
            "price_missing",
            detail=f"Matinee has no price for {words}.",
            missing=missing,
        )
        self.assertFalse(Show.objects.exists())

    def test_all_gaps_of_all_halls_of_a_price_list_are_listed(self):
        make_show(screen=self.screen, seating_plan=self.plan, price_list=self.price_list)
        screen = make_screen(cinema=make_cinema(name="Rex"))
        plan = make_seating_plan("A  ss\nB  cc\n", name="Rex 1")
        more = FULL | {("Couple", "Adult"): 30, ("Couple", "Child"): 20}
        self.put(self.price_list, more)
        make_show(screen=screen, seating_plan=plan, price_list=self.price_list)

        response = self.put(self.price_list, {("Standard", "Adult"): 9, ("Standard", "Child"): 6})

        self.assertCountEqual(
            [tuple(gap.values()) for gap in response.json()["missing"]],
            [(c, t) for c in ("Premium", "Couple") for t in ("Adult", "Child")],
        )

    def test_all_unknown_names_of_a_price_list_are_listed(self):
        wrong = {("Sofa", "Adult"): 1, ("Standard", "Wizard"): 1, ("Bed", "Witch"): 1}

        response = self.put(self.price_list, FULL | wrong)

        details = [error["detail"] for error in response.json()["errors"]]
        for name in ("Sofa", "Wizard", "Bed", "Witch"):
            self.assertEqual(len([detail for detail in details if f" {name}." in detail]), 1)
