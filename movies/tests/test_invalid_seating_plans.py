"""Seating plans that the API refuses."""

from django.conf import settings

from movies.models import SeatCategory, SeatingPlan
from movies.tests.seating_plans import URL, SeatingPlanTests, make_layout, rows_of
from testing.answers import errors_in
from testing.builders.movies import make_seating_plan


class InvalidPlanTests(SeatingPlanTests):
    def test_a_typed_plan_that_is_wrong_is_refused_with_its_place(self):
        for text, words in {
            "A  ss\nA  ss\n": "Line 2: there is a seat A1 in line 1 already.",
            "A  ss\nB  sxs\n": "Line 2: x is not a category",
            "# nothing\n\n": "The text has no rows.",
            "A  ss\nB  s\u202es\n": "Line 2: has a control character",
            "\u2067A  ss\n": "Line 1: has a control character",
            "A  s\x07s\n": "Line 1: has a control character",
            "A  ss\x00\n": "Null characters",
            "-  " + "\n-  ".join(["s" * 480] * 10 + ["s" * 201]): "more than 5,000 seats",
            "A  ss\n" * 4000: "20000 characters",
            "": "blank",
        }.items():
            with self.subTest(text=text[:30]):
                self.assert_plan_refused(self.post(name="Hall", text=text), "text", words)

    def test_a_couple_seat_without_its_partner_is_refused_with_its_number(self):
        for body in (
            {"text": "A  ss\nB  cc_ccc\n"},
            {"layout": make_layout("A  ss\nB  cccc\n")},
        ):
            if "layout" in body:
                del rows_of(body["layout"])[1]["seats"][4:]
                del rows_of(body["layout"])[1]["seats"][2]
            with self.subTest(body=list(body)):
                response = self.post(name="Hall", **body)
                self.assertEqual(response.status_code, 400, response.content)
                seat = "B5" if "text" in body else "B4"
                self.assertIn(f"Seat {seat} is a Couple seat", response.json()["detail"])
                self.assertFalse(SeatingPlan.objects.exists())
                self.assertFalse(SeatCategory.objects.exists())

    def test_an_imported_plan_that_is_wrong_is_refused_with_its_place(self):
        def seat(**changes):
            def change(layout):
                rows_of(layout)[0]["seats"][1].update(changes)

            return change

        place = 'Zone "Hall", row A, seat'
        for words, change in {
            f"{place} 1: the seat number would be A1, but {place} 1 has it": seat(seat_number="1"),
            f'{place} 2: there is no category "Sofa"': seat(category="Sofa"),
            'Two seats have the "seat_guid"': seat(seat_guid="Hall-A-1"),
            "The plan has no seats.": lambda layout: rows_of(layout)[0].update(seats=[]),
            "zones[0].rows[0].seats[1].note: has a control": seat(note="a\x00b"),
            "zones[0].rows[0].seats[1]: the key": seat(**{"a\x00b": 1}),
            "zones[0].rows[0].seats[1].seat_number: has a control": seat(seat_number="\u202e2"),
            "zones[0].name: has a control": lambda layout: layout["zones"][0].update(
                name="\u2066Hall"
            ),
            f'{place} 2: "position" must be an object': seat(position=[1, 2]),
            f'{place} 2, position: "x" must be a number': seat(position={"x": "1", "y": 0}),
            f'{place} 2 of the list: "seat_number" must be a string': seat(seat_number=True),
            f'{place} 2: "category" must be a string': seat(category=None),
            'The plan: item 1 of "zones" must be an object': lambda layout: layout.update(
                zones=["Hall"]
            ),
            'The plan: "zones" must be a list': lambda layout: layout.update(zones={}),
            'The plan: "categories" is missing': lambda layout: layout.pop("categories"),
            'Category "Standard": "color" must be a colour': lambda layout: layout.update(
                categories=[{"name": "Standard", "color": 'red" onload="alert(1)'}]
            ),
        }.items():
            layout = make_layout()
            change(layout)
            with self.subTest(words):
                self.assert_plan_refused(self.post(name="Hall", layout=layout), "layout", words)

    def test_one_seat_more_than_5000_is_refused(self):
        layout = make_layout("-  " + "\n-  ".join(["s" * 480] * 10))
        rows = rows_of(layout)
        last = rows[-1]["seats"][-1]
        rows[-1]["seats"] += [
            last | {"seat_guid": f"more {nth}", "seat_number": str(nth)}
            for nth in range(4801, 5002)
        ]

        self.assert_plan_refused(self.post(layout=layout), "layout", "more than 5,000 seats")

    def test_values_of_another_type_are_refused(self):
        for layout in ([], "A  ss", 7, True, None, {}, [{}], {"name": {}}, {"name": "Hall"}):
            for body in ({"layout": layout}, {"layout": layout, "name": "Hall"}):
                with self.subTest(body=body):
                    response = self.post(**body)
                    self.assertEqual(response.status_code, 400, response.content)
        for text in ([], {}, 7, True, None, ["A  ss"]):
            with self.subTest(text=text):
                response = self.post(name="Hall", text=text)
                self.assertEqual(response.status_code, 400, response.content)
        self.assertFalse(SeatingPlan.objects.exists())

    def test_a_plan_must_be_in_one_of_the_two_forms(self):
        words = "Send the plan as text or as layout, one of them."
        self.assert_plan_refused(self.post(name="Hall"), None, words)
        response = self.post(name="Hall", text="A  ss", layout=make_layout())
        self.assert_plan_refused(response, None, words)

    def test_a_plan_without_a_name_is_refused(self):
        for body in (
            {"text": "A  ss"},
            {"layout": make_layout() | {"name": None}},
            {"layout": make_layout(), "name": ""},
            {"layout": make_layout(), "name": "x" * 101},
            {"layout": make_layout(), "name": "a\x00b"},
            {"layout": make_layout() | {"name": 7}, "name": None},
        ):
            with self.subTest(body=body):
                response = self.post(**body)
                self.assertEqual(response.status_code, 400, response.content)
                self.assertEqual([field for field, _ in errors_in(response)], ["name"])
                self.assertFalse(SeatingPlan.objects.exists())

    def test_a_name_with_a_bidirectional_control_is_refused_in_both_forms(self):
        for form in ({"text": "A  ss"}, {"layout": make_layout()}):
            with self.subTest(form=list(form)):
                response = self.post(name="\u202eHall", **form)
                self.assertEqual(response.status_code, 400, response.content)
                self.assertFalse(SeatingPlan.objects.exists())

    def test_deeply_nested_json_is_refused_quickly(self):
        for depth in [21, 100, *range(800, 1010), 5000, 100_000]:
            for deep in ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
                response = self.client.post(
                    URL, f'{{"name": "Hall", "layout": {deep}}}', content_type="application/json"
                )
                if response.status_code != 400:
                    self.fail(f"{deep[:6]} {depth} deep: {response.content}")

    def test_a_body_above_the_limit_is_refused_unread(self):
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE

        response = self.client.post(URL, b" " * (limit + 1), content_type="application/json")

        self.assertEqual(response.status_code, 413)
        self.assertEqual(response.json()["code"], "request_too_large")

    def test_a_second_plan_of_the_same_name_is_refused(self):
        plan = make_seating_plan(name="Hall")

        for form in ({"text": "A  s"}, {"layout": make_layout()}):
            response = self.post(name="Hall", **form)

            self.assertEqual(response.status_code, 400, response.content)
            self.assertEqual([field for field, _ in errors_in(response)], ["name"])
            self.assertIn("There is a plan of this name.", response.json()["detail"])
        self.assertEqual(SeatingPlan.objects.get(), plan)
