"""Seating plans over the API. Their two formats: test_seating_json and test_seating_text."""

from rest_framework.test import APIClient

from movies.models import SeatCategory, SeatingPlan
from movies.seating.text_format import parse_text
from movies.tests.seating_plans import (
    TEXT,
    URL,
    SeatingPlanTests,
    make_large_layout,
    make_layout,
    rows_of,
    url_of,
)
from testing.builders.accounts import client_of, make_user, staff_client
from testing.builders.movies import make_screen, make_seating_plan, make_show


class NewPlanTests(SeatingPlanTests):
    def test_a_typed_plan_is_answered_in_both_forms(self):
        response = self.post(name="Small hall", text=TEXT)

        self.assertEqual(response.status_code, 201, response.content)
        saved = SeatingPlan.objects.get()
        self.assertEqual(
            {**response.json(), "created_at": None},
            {
                "id": saved.pk,
                "name": "Small hall",
                "version": 1,
                "seat_count": 16,
                "categories": [
                    "Companion",
                    "Couple",
                    "Premium",
                    "Restricted view",
                    "Standard",
                    "Wheelchair",
                ],
                "focal_point": None,
                "text": TEXT,
                "layout": parse_text(TEXT, "Small hall"),
                "created_at": None,
            },
        )
        self.assertEqual((saved.name, saved.seat_count, saved.text), ("Small hall", 16, TEXT))
        self.assertEqual(response.json(), self.client.get(url_of(saved)).json())

    def test_an_imported_plan_is_answered_in_both_forms(self):
        layout = make_layout(TEXT, "Imported", editor="unknown keys stay")

        response = self.post(layout=layout)

        self.assertEqual(response.status_code, 201, response.content)
        body, saved = response.json(), SeatingPlan.objects.get()
        self.assertEqual((body["name"], body["layout"]), ("Imported", layout))
        self.assertEqual(parse_text(body["text"], "Imported"), parse_text(TEXT, "Imported"))
        self.assertEqual((saved.name, saved.layout, saved.text), ("Imported", layout, ""))
        self.assertEqual(body, self.client.get(url_of(saved)).json())

    def test_a_sent_name_takes_precedence_over_the_name_in_the_layout(self):
        self.assertEqual(self.post(name="Hall 7", layout=make_layout()).json()["name"], "Hall 7")

    def test_an_imported_plan_that_cannot_be_typed_has_no_text(self):
        layout = make_layout()
        rows_of(layout)[0]["seats"][0]["seat_number"] = "1a"

        response = self.post(layout=layout)

        self.assertEqual(response.status_code, 201, response.content)
        self.assertIsNone(response.json()["text"])

    def test_a_list_has_the_plans_without_their_seats(self):
        typed = make_seating_plan(name="Typed")
        imported = make_seating_plan("", name="Imported", layout=make_layout())

        results = self.client.get(URL).json()["results"]

        self.assertEqual(
            [{**plan, "created_at": None} for plan in results],
            [
                {
                    "id": plan.pk,
                    "name": plan.name,
                    "version": 1,
                    "seat_count": seats,
                    "is_typed": is_typed,
                    "created_at": None,
                }
                for plan, seats, is_typed in [(imported, 2, False), (typed, 16, True)]
            ],
        )

    def test_missing_categories_are_added_with_the_meaning_of_their_names(self):
        self.post(name="Hall", text="v = VIP #aa3377\n" + TEXT + "D  vv\n")

        self.assertEqual(
            {
                category.name: (
                    category.color,
                    category.is_accessible,
                    category.is_companion,
                    category.is_sold_in_pairs,
                    category.has_restricted_view,
                )
                for category in SeatCategory.objects.all()
            },
            {
                "Standard": ("#4a7fb5", False, False, False, False),
                "Premium": ("#c8942e", False, False, False, False),
                "Couple": ("#b5507a", False, False, True, False),
                "Wheelchair": ("#3f9d6b", True, False, False, False),
                "Companion": ("#6fbf95", False, True, False, False),
                "Restricted view": ("#9a8fb0", False, False, False, True),
                "VIP": ("#aa3377", False, False, False, False),
            },
        )

    def test_an_existing_category_is_used_in_any_spelling_and_keeps_its_meaning(self):
        sofa = SeatCategory.objects.create(name="Sofa", color="#111111", is_sold_in_pairs=True)

        response = self.post(name="Hall", text="v = SOFA #222222\nA  vv\n")

        self.assertEqual(response.json()["categories"], ["Sofa"])
        self.assertEqual(SeatCategory.objects.get().color, "#111111")
        self.assertEqual(list(SeatingPlan.objects.get().categories.all()), [sofa])

    def test_every_colour_of_a_plan_makes_a_valid_category(self):
        for color in ["#47b", "#4a7fb5", "#4a7fb580", "teal", "lightgoldenrodyellow"]:
            layout = make_layout(name=color)
            layout["categories"] = [{"name": f"In {color}", "color": color}]
            for seat in rows_of(layout)[0]["seats"]:
                seat["category"] = f"In {color}"
            with self.subTest(color=color):
                response = self.post(layout=layout)
                self.assertEqual(response.status_code, 201, response.content)
                SeatCategory.objects.get(name=f"In {color}").full_clean()

    def test_spaces_around_a_category_name_are_ignored(self):
        layout = make_layout()
        layout["categories"][0]["name"] = " Standard "
        for seat in rows_of(layout)[0]["seats"]:
            seat["category"] = " Standard "

        response = self.post(layout=layout)

        self.assertEqual(response.status_code, 201, response.content)
        self.assertEqual(response.json()["categories"], ["Standard"])

    def test_a_plan_exported_here_is_the_same_plan_elsewhere(self):
        rich = make_layout(TEXT, name="Théâtre", size={"width": 300.25, "height": 1e3})
        rich["zones"][0]["areas"] = [
            {
                "shape": "circle",
                "position": {"x": -0.5, "y": 12.125},
                "circle": {"radius": 3},
                "text": {"text": "Entrée", "size": 8},
            }
        ]
        rich["zones"][0]["uuid"] = "f0c5"
        for layout in (rich, make_layout(TEXT)):
            exported = self.client.get(url_of(make_seating_plan("", layout=layout))).json()

            imported = self.post(name=f"{layout['name']} elsewhere", layout=exported["layout"])

            self.assertEqual(imported.status_code, 201, imported.content)
            again = self.client.get(f"{URL}{imported.json()['id']}/").json()
            self.assertEqual(again["layout"], layout)
            for field in ("text", "seat_count", "categories"):
                self.assertEqual(again[field], exported[field])

    def test_5000_seats_as_an_editor_exports_them_are_accepted(self):
        response = self.post(layout=make_large_layout(5000))

        self.assertEqual(response.status_code, 201, response.content[:300])
        self.assertEqual(response.json()["seat_count"], 5000)


class DeletePlanTests(SeatingPlanTests):
    def test_a_plan_of_a_screen_or_a_show_cannot_be_deleted(self):
        of_screen, of_show = make_seating_plan(), make_seating_plan()
        make_screen(seating_plan=of_screen)
        make_show(seating_plan=of_show)

        for plan in (of_screen, of_show):
            response = self.client.delete(url_of(plan))
            self.assertEqual((response.status_code, response.json()["code"]), (409, "in_use"))
            # There are no bookings.
            self.assertNotIn("bookings", response.json()["detail"])
        self.assertEqual(SeatingPlan.objects.count(), 2)

    def test_an_unused_plan_is_deleted_without_its_categories(self):
        plan = make_seating_plan()

        self.assertEqual(self.client.delete(url_of(plan)).status_code, 204)

        self.assertFalse(SeatingPlan.objects.exists())
        self.assertEqual(SeatCategory.objects.get().name, "Standard")


class PermissionTests(SeatingPlanTests):
    def calls(self, plan, name="New"):
        body = {"name": name, "text": "A  ss"}
        return {
            "view": lambda client: client.get(URL),
            "view one": lambda client: client.get(url_of(plan)),
            "add": lambda client: client.post(URL, body),
            "change": lambda client: client.put(url_of(plan), {"name": plan.name, "text": "A  ss"}),
            "delete": lambda client: client.delete(url_of(plan)),
        }

    def test_plans_are_for_staff(self):
        plan = make_seating_plan()
        for client, status, code in (
            (APIClient(), 401, "not_authenticated"),
            (client_of(make_user("customer")), 403, "permission_denied"),
            (staff_client("usher", "add_show"), 403, "permission_denied"),
        ):
            for name, call in self.calls(plan).items():
                with self.subTest(name, status=status):
                    response = call(client)
                    self.assertEqual(
                        (response.status_code, response.json()["code"]), (status, code)
                    )
        self.assertEqual(SeatingPlan.objects.get(), plan)

    def test_each_permission_allows_only_its_own_action(self):
        for permission, allowed in {
            "view": {"view": 200, "view one": 200},
            "add": {"add": 201},
            "change": {"change": 200},
            "delete": {"delete": 204},
        }.items():
            client = staff_client(permission, f"{permission}_seatingplan")
            plan = make_seating_plan()
            for name, call in self.calls(plan, name=f"New for {permission}").items():
                with self.subTest(name, permission=permission):
                    self.assertEqual(call(client).status_code, allowed.get(name, 403))


class QueryTests(SeatingPlanTests):
    def test_lists_take_the_same_queries_for_two_plans_as_for_twenty(self):
        for plans in (2, 18):
            for _ in range(plans):
                make_seating_plan()
            with self.assertNumQueries(4):
                response = self.client.get(URL)
        self.assertEqual(len(response.json()["results"]), 20)

    def test_a_plan_takes_the_same_queries_whatever_its_size(self):
        make_seating_plan(TEXT)  # the categories are there
        for rows in (1, 40):
            text = "".join(f"R{row}A  ssss_pppp_wa\n" for row in range(rows))
            with self.subTest(rows=rows):
                with self.assertNumQueries(14):
                    posted = self.post(name=f"{rows} rows", layout=make_layout(text))
                self.assertEqual(posted.status_code, 201, posted.content)
                plan = SeatingPlan.objects.get(name=f"{rows} rows")
                with self.assertNumQueries(18):
                    put = self.put(plan, text=text)
                self.assertEqual(put.status_code, 200, put.content)
                url = f"{URL}{put.json()['id']}/"
                with self.assertNumQueries(3):
                    self.client.get(url)
