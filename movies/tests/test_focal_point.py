"""The focal point of a seating plan: the place of its best seats."""

from django.db import IntegrityError, transaction
from django.test import SimpleTestCase, TestCase
from rest_framework.exceptions import ValidationError

from movies import services
from movies.api.serializers.fields import CoordinateField
from movies.models import SeatingPlan, Show
from testing.answers import errors_in
from testing.builders.accounts import make_staff
from testing.builders.movies import make_screen, make_seating_plan, make_show
from testing.cases import APIAssertions

URL = "/api/seating-plans/"
TEXT = "A  ssss\nB  ssss\n"
POINT = {"x": 45.5, "y": 30}
LAYOUT = {
    "name": "Imported",
    "categories": [{"name": "Standard", "color": "#4a7fb5"}],
    "zones": [
        {
            "name": "Hall",
            "position": {"x": 5, "y": 5},
            "rows": [
                {
                    "row_number": "A",
                    "seats": [
                        {
                            "seat_guid": "theirs-1",
                            "seat_number": "1a",
                            "position": {"x": 3, "y": 4},
                            "category": "Standard",
                        }
                    ],
                }
            ],
            "areas": [{"shape": "circle", "position": {"x": 1, "y": 2}, "circle": {"radius": 3}}],
        }
    ],
}


class FocalPointTests(APIAssertions, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff()
        cls.plan = make_seating_plan(TEXT, name="Hall", focal_point=(45.5, 30))
        cls.url = f"{URL}{cls.plan.pk}/"

    def setUp(self):
        super().setUp()
        self.client = self.client_of(self.staff)

    def latest(self, name="Hall"):
        return SeatingPlan.objects.filter(name=name).first()


class ApiTests(FocalPointTests):
    def test_a_new_plan_keeps_the_point_it_came_with(self):
        for form in ({"text": TEXT}, {"layout": LAYOUT}):
            for sent, kept in ((POINT, (45.5, 30)), (None, None), ({"x": -1e6, "y": 1e6},) * 2):
                SeatingPlan.objects.filter(name="New").delete()
                with self.subTest(form=list(form), sent=sent):
                    response = self.client.post(URL, {"name": "New", "focal_point": sent, **form})
                    self.assertEqual(response.status_code, 201, response.content)
                    self.assertEqual(response.json()["focal_point"], sent)
                    saved = self.latest("New")
                    kept = (-1e6, 1e6) if kept == sent and sent else kept
                    self.assertEqual(saved.focal_point, kept)
                    shown = self.client.get(f"{URL}{saved.pk}/")
                    self.assertEqual(shown.json(), response.json())

    def test_a_new_plan_has_no_focal_point_by_default(self):
        response = self.client.post(URL, {"name": "New", "text": TEXT})

        self.assertEqual((response.status_code, response.json()["focal_point"]), (201, None))
        self.assertIsNone(self.latest("New").focal_point)

    def test_a_new_version_keeps_replaces_or_removes_the_point(self):
        for version, (changes, kept) in enumerate(
            [
                ({}, POINT),
                ({"focal_point": {"x": 1, "y": 2}}, {"x": 1, "y": 2}),
                ({"focal_point": None}, None),
            ],
            2,
        ):
            with self.subTest(changes=changes):
                response = self.client.put(self.url, {"text": TEXT, **changes})
                self.assertEqual(response.status_code, 200, response.content)
                self.assertEqual(response.json()["version"], version)
                self.assertEqual(response.json()["focal_point"], kept)
        self.plan.refresh_from_db()
        self.assertEqual(self.plan.focal_point, (45.5, 30))

    def test_a_version_keeps_the_point_of_the_version_it_replaces_not_of_the_latest(self):
        self.client.put(self.url, {"text": TEXT, "focal_point": None})

        response = self.client.put(self.url, {"text": TEXT})

        self.assertEqual((response.json()["version"], response.json()["focal_point"]), (3, POINT))

    def assert_point_refused(self, point, *errors):
        body = {"text": TEXT, "focal_point": point}
        for response in (
            self.client.post(URL, {"name": "New", **body}),
            self.client.put(self.url, body),
        ):
            self.assert_problem(response, 400, "invalid")
            self.assertEqual(errors_in(response), list(errors))
        self.assertEqual(SeatingPlan.objects.get(), self.plan)

    def test_a_point_is_two_numbers_within_bounds(self):
        for number, code in (
            (1e6 + 1, "max_value"),
            (-1e6 - 1, "min_value"),
            (10**400, "max_value"),
            (-(10**400), "min_value"),
            ("30", "invalid"),
            ("NaN", "invalid"),
            ("Infinity", "invalid"),
            ("", "invalid"),
            (True, "invalid"),
            (False, "invalid"),
            ([30], "invalid"),
            ({}, "invalid"),
            (None, "null"),
        ):
            with self.subTest(number=str(number)[:20]):
                self.assert_point_refused({"x": number, "y": 30}, ("focal_point.x", code))
                self.assert_point_refused({"x": 30, "y": number}, ("focal_point.y", code))
        self.assert_point_refused({"x": 30}, ("focal_point.y", "required"))
        self.assert_point_refused({"y": 30}, ("focal_point.x", "required"))
        self.assert_point_refused({}, *((f"focal_point.{side}", "required") for side in "xy"))

    def test_a_value_of_another_type_is_refused(self):
        for point in (30, "30,30", "", True, False, [], [30, 30]):
            with self.subTest(point=point):
                self.assert_point_refused(point, ("focal_point", "invalid"))

    def test_nan_infinity_and_huge_numbers_are_refused(self):
        for number in ("NaN", "Infinity", "-Infinity", "1e400", "-1e400", "9" * 5000):
            with self.subTest(number=number[:9]):
                response = self.client.post(
                    URL,
                    f'{{"name": "New", "text": "A  ss", "focal_point": {{"x": {number}, "y": 1}}}}',
                    content_type="application/json",
                )
                self.assertEqual(response.status_code, 400, response.content)
        self.assertEqual(SeatingPlan.objects.get(), self.plan)


class RowTests(FocalPointTests):
    def test_the_database_holds_both_or_none_within_bounds(self):
        for x, y in ((1, None), (None, 1), (1e6 + 1, 0), (0, -1e6 - 1), (float("nan"), 1)):
            with (
                self.subTest(x=x, y=y),
                self.assertRaises(IntegrityError),
                transaction.atomic(),
            ):
                SeatingPlan.objects.filter(pk=self.plan.pk).update(focal_x=x, focal_y=y)

    def test_zero_and_zero_is_a_point(self):
        plan = make_seating_plan(focal_point=(0, 0))

        self.assertEqual(SeatingPlan.objects.get(pk=plan.pk).focal_point, (0, 0))

    def test_a_show_loads_the_point_of_its_plan_in_the_same_query(self):
        make_show(seating_plan=self.plan)
        with self.assertNumQueries(1):
            self.assertEqual(Show.objects.with_places().get().seating_plan.focal_point.x, 45.5)


class AdminTests(FocalPointTests):
    def setUp(self):
        self.client = self.client_class()
        self.client.force_login(self.staff)

    def page_of(self, plan):
        return f"/admin/movies/seatingplan/{plan.pk}/change/"

    def send(self, plan, **typed):
        """Send the form of the plan with these changes."""
        form = self.client.get(self.page_of(plan)).context["adminform"].form
        data = {field.html_name: field.value() for field in form}
        data = {name: "" if value is None else value for name, value in data.items()}
        data["text"] = data["text"].replace("\n", "\r\n")
        return self.client.post(self.page_of(plan), data | typed)

    def test_an_unchanged_plan_makes_no_version(self):
        for point in ((0.1, 1e-7), (-1e6, 1e6), (0, 0), None):
            plan = make_seating_plan(TEXT, focal_point=point)
            with self.subTest(point=point):
                self.assertEqual(self.send(plan).status_code, 302)
                self.assertEqual(SeatingPlan.objects.filter(name=plan.name).count(), 1)

    def test_a_point_that_changed_alone_is_the_next_version(self):
        screen = make_screen(seating_plan=self.plan)
        for version, (x, y) in enumerate([("1", "2"), ("1", "3"), ("", ""), ("0", "0")], 2):
            with self.subTest(x=x, y=y):
                response = self.send(self.latest(), focal_x=x, focal_y=y)
                self.assertEqual(response.status_code, 302, response.content)
                latest = self.latest()
                self.assertEqual(latest.version, version)
                self.assertEqual(latest.focal_point, (float(x), float(y)) if x else None)
                self.assertEqual((latest.text, latest.layout), (self.plan.text, self.plan.layout))
                screen.refresh_from_db()
                self.assertEqual(screen.seating_plan, latest)
        self.plan.refresh_from_db()
        self.assertEqual(self.plan.focal_point, (45.5, 30))

    def test_an_imported_plan_keeps_its_layout(self):
        typable = {**LAYOUT, "name": "Typable"}
        typable["zones"] = [
            {**zone, "rows": [{**row, "seats": [{**row["seats"][0], "seat_number": "1"}]}]}
            for zone in LAYOUT["zones"]
            for row in zone["rows"]
        ]
        for layout in (LAYOUT, typable):
            plan = services.save_seating_plan(name=layout["name"], layout=layout)
            with self.subTest(name=plan.name):
                response = self.send(plan, focal_x="8", focal_y="9")
                self.assertEqual(response.status_code, 302, response.content)
                latest = self.latest(plan.name)
                self.assertEqual((latest.version, latest.focal_point), (2, (8, 9)))
                self.assertEqual((latest.text, latest.layout), ("", layout))

    def test_an_edited_hall_keeps_its_point_or_gets_a_new_one(self):
        self.send(self.plan, text="A  ss")
        self.assertEqual((self.latest().seat_count, self.latest().focal_point), (2, (45.5, 30)))
        self.send(self.plan, text="A  sss", focal_x="30", focal_y="0")
        self.assertEqual((self.latest().seat_count, self.latest().focal_point), (3, (30, 0)))

    def test_a_new_plan_may_have_a_point(self):
        url = "/admin/movies/seatingplan/add/"
        for typed, kept in (({"focal_x": "3", "focal_y": "-4.5"}, (3, -4.5)), ({}, None)):
            name = f"New {kept}"
            response = self.client.post(url, {"name": name, "text": TEXT, **typed})
            self.assertEqual(response.status_code, 302, response.content)
            self.assertEqual(self.latest(name).focal_point, kept)
        response = self.client.post(url, {"name": "X", "focal_x": "3", "focal_y": "4"})
        self.assertContains(response, "Type the hall, or paste a plan.")

    def test_half_a_point_and_values_that_are_no_numbers_are_refused(self):
        for x, y, words in (
            ("", "3", "A focal point has an x and a y"),
            ("3", "", "A focal point has an x and a y"),
            ("NaN", "3", "Enter a number."),
            ("3", "inf", "Enter a number."),
            ("1e400", "3", "Enter a number."),
            ("left", "3", "Enter a number."),
            ("1000001", "3", "less than or equal to 1000000"),
            ("3", "-1000001", "greater than or equal to -1000000"),
        ):
            with self.subTest(x=x, y=y):
                response = self.send(self.plan, focal_x=x, focal_y=y)
                self.assertContains(response, words)
        self.assertEqual(SeatingPlan.objects.get(), self.plan)


class CoordinateTests(SimpleTestCase):
    def test_nan_and_infinity_are_refused_by_the_field_itself(self):
        for number in (float("nan"), float("inf"), float("-inf")):
            with self.subTest(number=number), self.assertRaises(ValidationError):
                CoordinateField().run_validation(number)
