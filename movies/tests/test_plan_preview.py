"""The preview of a seating plan that is typed in the admin."""

from django.test import Client, TestCase

from movies.models import SeatCategory, SeatingPlan
from testing.builders.accounts import make_clerk, make_staff, make_user
from testing.builders.movies import make_seating_plan

PREVIEW = "/admin/movies/seatingplan/preview/"
LAYOUT = (
    '{"name": "Imported", "categories": [{"name": "Box", "color": "#123456"}], "zones": [{"name": '
    '"Hall", "position": {"x": 0, "y": 0}, "rows": [{"row_number": "A", "seats": [{"seat_guid": '
    '"a", "seat_number": "1", "position": {"x": 0, "y": 0}, "category": "Box"}]}]}]}'
)


class PlanPreviewTests(TestCase):
    def setUp(self):
        self.client.force_login(make_staff())

    def preview(self, text="", url=PREVIEW, **form):
        return self.client.post(url, {"name": "Studio", "text": text, "layout": "", **form})

    def test_a_typed_plan_is_drawn(self):
        answer = self.preview("A ss_ww\nB cc_a").json()

        self.assertEqual(answer["seats"], 7)
        for part in ('data-seat="A1"', 'data-seat="B3"', "Couple", 'id="preview-wheelchair'):
            self.assertIn(part, answer["picture"])

    def test_nothing_is_saved(self):
        self.preview("x = Brand new\nA xx")
        self.preview("", layout=LAYOUT)

        self.assertFalse(SeatingPlan.objects.exists())
        self.assertFalse(SeatCategory.objects.filter(name__in=["Brand new", "Box"]).exists())

    def test_a_plan_in_json_is_drawn(self):
        answer = self.preview(layout=LAYOUT).json()

        self.assertEqual(answer["seats"], 1)
        self.assertIn("#123456", answer["picture"])

    def test_the_faults_are_those_of_saving(self):
        for form in [
            {"text": "A ss%s\nB yy"},
            {"text": ""},
            {"layout": "{"},
            {"layout": '{"zones": 3}'},
            {"layout": "9" * 6000},
            {"layout": "[" * 5000 + "]" * 5000},
            {"layout": r'{"name": "\ud800"}'},
            {"text": "A ss", "focal_x": "1"},
            {"text": "A ss\0"},
            {"text": "A c"},
        ]:
            with self.subTest(form=form):
                page = self.client.post(
                    "/admin/movies/seatingplan/add/",
                    {"name": "Studio", "text": "", "layout": "", **form},
                )
                errors = page.context["adminform"].form.errors
                saved = [str(each) for of_field in errors.values() for each in of_field]

                faults = self.preview(**form).json()["faults"]

                self.assertEqual(faults, saved)
                self.assertTrue(faults)

    def test_a_name_is_not_needed_yet(self):
        self.assertEqual(self.preview("A ss", name="").json()["seats"], 2)

    def test_a_saved_plan_is_drawn_as_it_is_typed_now(self):
        plan = make_seating_plan("A ssss", name="Studio")
        url = f"/admin/movies/seatingplan/{plan.pk}/preview/"

        self.assertEqual(self.preview("A ssssss", url).json()["seats"], 6)
        # Without the layout, which the browser leaves out unless it was edited.
        unchanged = self.client.post(url, {"text": "A ssss"}).json()
        self.assertEqual(unchanged["seats"], 4)
        self.assertIn('data-seat="A4"', unchanged["picture"])
        self.assertEqual(SeatingPlan.objects.get().seat_count, 4)

    def test_texts_of_the_plan_are_escaped(self):
        answer = self.preview("x = <script>alert(1)</script>\nA xx").json()

        self.assertNotIn("<script", answer.get("picture", ""))

    def test_the_number_of_queries_does_not_depend_on_the_plan(self):
        for text in ["A s", "\n".join(f"R{row} {'s' * 40}" for row in range(1, 60))]:
            with self.assertNumQueries(3):  # the session, the user, the categories
                self.assertIn("picture", self.preview(text).json())

    def test_only_staff_who_may_save_plans_see_it(self):
        plan = make_seating_plan()
        change = f"/admin/movies/seatingplan/{plan.pk}/preview/"
        self.client.force_login(make_clerk("add_seatingplan"))
        self.assertEqual(self.preview("A ss").status_code, 200)
        self.assertEqual(self.preview("A ss", change).status_code, 403)

        self.client.force_login(make_user())
        self.assertEqual(self.preview("A ss").status_code, 302)

    def test_it_needs_a_post_with_a_csrf_token(self):
        self.assertEqual(self.client.get(PREVIEW).status_code, 405)
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(make_staff("other"))
        with self.assertLogs("django.security.csrf", "WARNING"):
            self.assertEqual(browser.post(PREVIEW, {"text": "A ss"}).status_code, 403)

    def test_an_unknown_plan_is_a_404(self):
        for pk in (1, 2**70):
            url = f"/admin/movies/seatingplan/{pk}/preview/"
            self.assertEqual(self.preview("A ss", url).status_code, 404)
