"""Seating plans over the URL. What the two forms mean: test_seating_json and test_seating_text."""

import uuid
from collections import Counter
from datetime import timedelta

from django.conf import settings
from django.test import TestCase, TransactionTestCase
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.tests.answers import errors_in
from accounts.tests.races import at_once
from movies.models import SeatCategory, SeatingPlan, Show
from movies.seating.text_format import parse_text
from movies.tests.test_staff_writes import staff_client
from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.movies import make_movie, make_screen, make_seating_plan, make_show

URL = "/api/seating-plans/"
TEXT = "A  ssss_ssss\nB  cc_pp_wa\n\n[Balcony]\nC  rr\n"
RACERS = 8


def url_of(plan):
    return f"{URL}{plan.pk}/"


def make_layout(text="A  ss\n", name="Imported", **changes):
    return parse_text(text, name) | changes


def rows_of(layout):
    return layout["zones"][0]["rows"]


def make_large_layout(seats):
    """As editors export: every row and every seat with an id of its own."""
    layout = make_layout()
    layout["zones"][0]["rows"] = [
        {
            "row_number": str(row),
            "row_number_position": "both",
            "position": {"x": 0, "y": 30 * row},
            "uuid": str(uuid.uuid4()),
            "seats": [
                {
                    "seat_number": str(number),
                    "seat_guid": str(uuid.uuid4()),
                    "uuid": str(uuid.uuid4()),
                    "position": {"x": 30 * number, "y": 0},
                    "category": "Standard",
                }
                for number in range(1, min(100, seats - 100 * row) + 1)
            ],
        }
        for row in range(-(-seats // 100))
    ]
    return layout


class SeatingPlanTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff()

    def setUp(self):
        self.client = client_of(self.staff)

    def post(self, **body):
        return self.client.post(URL, body)

    def put(self, plan, **body):
        return self.client.put(url_of(plan), {"name": plan.name, **body})

    def assert_refused(self, response, field, words):
        """A 400 that names the field and says the words; and nothing is saved."""
        self.assertEqual(response.status_code, 400, response.content)
        [error] = response.json()["errors"]
        self.assertEqual(error["field"], field)
        self.assertIn(words, error["detail"])
        self.assertFalse(SeatingPlan.objects.exists())
        self.assertFalse(SeatCategory.objects.exists())


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
        layout = make_layout(TEXT, "Imported", editor="keys that nobody knows stay")

        response = self.post(layout=layout)

        self.assertEqual(response.status_code, 201, response.content)
        body, saved = response.json(), SeatingPlan.objects.get()
        self.assertEqual((body["name"], body["layout"]), ("Imported", layout))
        self.assertEqual(parse_text(body["text"], "Imported"), parse_text(TEXT, "Imported"))
        self.assertEqual((saved.name, saved.layout, saved.text), ("Imported", layout, ""))
        self.assertEqual(body, self.client.get(url_of(saved)).json())

    def test_a_name_that_is_sent_stands_before_the_name_in_the_layout(self):
        self.assertEqual(self.post(name="Hall 7", layout=make_layout()).json()["name"], "Hall 7")

    def test_an_imported_plan_that_cannot_be_typed_has_no_text(self):
        layout = make_layout()
        rows_of(layout)[0]["seats"][0]["seat_number"] = "1a"

        response = self.post(layout=layout)

        self.assertEqual(response.status_code, 201, response.content)
        self.assertIsNone(response.json()["text"])

    def test_a_list_says_what_there_is_without_the_seats(self):
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

    def test_categories_are_made_with_what_their_names_mean(self):
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

    def test_a_category_that_is_there_is_used_whatever_its_case_and_keeps_its_meaning(self):
        sofa = SeatCategory.objects.create(name="Sofa", color="#111111", is_sold_in_pairs=True)

        response = self.post(name="Hall", text="v = SOFA #222222\nA  vv\n")

        self.assertEqual(response.json()["categories"], ["Sofa"])
        self.assertEqual(SeatCategory.objects.get().color, "#111111")
        self.assertEqual(list(SeatingPlan.objects.get().categories.all()), [sofa])

    def test_every_colour_that_a_plan_may_have_makes_a_category_that_can_be_saved_again(self):
        for color in ["#47b", "#4a7fb5", "#4a7fb580", "teal", "lightgoldenrodyellow"]:
            layout = make_layout(name=color)
            layout["categories"] = [{"name": f"In {color}", "color": color}]
            for seat in rows_of(layout)[0]["seats"]:
                seat["category"] = f"In {color}"
            with self.subTest(color=color):
                response = self.post(layout=layout)
                self.assertEqual(response.status_code, 201, response.content)
                SeatCategory.objects.get(name=f"In {color}").full_clean()

    def test_a_category_with_spaces_around_its_name_is_the_one_without(self):
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

    def test_5000_seats_as_an_editor_exports_them_are_taken(self):
        response = self.post(layout=make_large_layout(5000))

        self.assertEqual(response.status_code, 201, response.content[:300])
        self.assertEqual(response.json()["seat_count"], 5000)


class RefusedPlanTests(SeatingPlanTests):
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
                self.assert_refused(self.post(name="Hall", text=text), "text", words)

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
                self.assert_refused(self.post(name="Hall", layout=layout), "layout", words)

    def test_one_seat_more_than_5000_is_refused(self):
        layout = make_layout("-  " + "\n-  ".join(["s" * 480] * 10))
        rows = rows_of(layout)
        last = rows[-1]["seats"][-1]
        rows[-1]["seats"] += [
            last | {"seat_guid": f"more {nth}", "seat_number": str(nth)}
            for nth in range(4801, 5002)
        ]

        self.assert_refused(self.post(layout=layout), "layout", "more than 5,000 seats")

    def test_what_is_no_plan_at_all_is_refused(self):
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

    def test_a_plan_comes_in_one_of_the_two_forms(self):
        words = "Send the plan as text or as layout, one of them."
        self.assert_refused(self.post(name="Hall"), None, words)
        response = self.post(name="Hall", text="A  ss", layout=make_layout())
        self.assert_refused(response, None, words)

    def test_a_name_is_needed_and_the_answer_says_so(self):
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

    def test_a_name_that_turns_the_direction_of_writing_is_refused_in_both_forms(self):
        for form in ({"text": "A  ss"}, {"layout": make_layout()}):
            with self.subTest(form=list(form)):
                response = self.post(name="\u202eHall", **form)
                self.assertEqual(response.status_code, 400, response.content)
                self.assertFalse(SeatingPlan.objects.exists())

    def test_json_however_deep_is_refused_quickly(self):
        for depth in [21, 100, *range(800, 1010), 5000, 100_000]:
            for deep in ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
                response = self.client.post(
                    URL, f'{{"name": "Hall", "layout": {deep}}}', content_type="application/json"
                )
                if response.status_code != 400:
                    self.fail(f"{deep[:6]} {depth} deep: {response.content}")

    def test_a_body_over_the_limit_is_refused_unread(self):
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE

        response = self.client.post(URL, b" " * (most + 1), content_type="application/json")

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


class NextVersionTests(SeatingPlanTests):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.plan = make_seating_plan("A  ssss\n", name="Hall")
        cls.screen = make_screen(seating_plan=cls.plan)
        cls.show = make_show(screen=cls.screen, seating_plan=cls.plan)

    def test_a_changed_plan_is_a_new_row_and_the_old_one_stays_as_it_is(self):
        before = SeatingPlan.objects.filter(pk=self.plan.pk).values().get()

        response = self.put(self.plan, text="A  ss\nB  ss\n")

        self.assertEqual(response.status_code, 200, response.content)
        body = response.json()
        self.assertEqual((body["name"], body["version"]), ("Hall", 2))
        self.assertNotEqual(body["id"], self.plan.pk)
        self.assertEqual(body, self.client.get(f"{URL}{body['id']}/").json())
        self.assertEqual(SeatingPlan.objects.filter(pk=self.plan.pk).values().get(), before)

    def test_screens_move_on_and_shows_keep_theirs(self):
        other = make_screen(seating_plan=make_seating_plan())

        new = SeatingPlan.objects.get(pk=self.put(self.plan, text="A  ss\n").json()["id"])

        self.screen.refresh_from_db()
        self.show.refresh_from_db()
        self.assertEqual((self.screen.seating_plan, self.show.seating_plan), (new, self.plan))
        self.assertEqual(self.show.total_seats, 4)
        before = other.seating_plan
        other.refresh_from_db()
        self.assertEqual(other.seating_plan, before)

    def test_a_seat_that_only_the_old_version_has_is_still_sold_for_the_old_show(self):
        self.put(self.plan, text="A  ss\nB  ss\n")
        customer = client_of(make_user())

        gone = customer.post(f"/api/shows/{self.show.pk}/book/", {"seat_number": "A4"})
        new = customer.post(f"/api/shows/{self.show.pk}/book/", {"seat_number": "B1"})

        self.assertEqual((gone.status_code, gone.json()["seat_number"]), (201, "A4"))
        self.assertEqual((new.status_code, new.json()["code"]), (400, "seat_unknown"))

    def test_a_show_put_on_afterwards_has_the_new_version(self):
        new = self.put(self.plan, text="A  ss\n").json()["id"]

        response = self.client.post(
            "/api/shows/",
            {
                "movie": self.show.movie_id,
                "screen": self.screen.pk,
                "starts_at": timezone.now() + timedelta(days=9),
                "language": "en",
            },
        )

        self.assertEqual(response.status_code, 201, response.content)
        self.assertEqual(
            (response.json()["seating_plan"], response.json()["total_seats"]), (new, 2)
        )

    def test_a_change_of_an_old_version_is_the_next_after_the_latest(self):
        self.put(self.plan, text="A  ss\n")

        response = self.put(self.plan, text="A  s\n")

        self.assertEqual(response.json()["version"], 3)
        self.screen.refresh_from_db()
        self.assertEqual(self.screen.seating_plan.version, 3)

    def test_a_change_may_come_in_the_other_form_and_without_the_name(self):
        layout = self.client.put(url_of(self.plan), {"layout": make_layout(name="Hall")})
        text = self.client.put(url_of(self.plan), {"text": "A  ss"})

        for response, version in ((layout, 2), (text, 3)):
            self.assertEqual(response.status_code, 200, response.content)
            self.assertEqual(
                (response.json()["name"], response.json()["version"]), ("Hall", version)
            )

    def test_a_plan_does_not_become_a_version_of_another_plan(self):
        make_seating_plan("A  s\n", name="Other")

        response = self.client.put(url_of(self.plan), {"name": "Other", "text": "A  ss\n"})

        self.assertEqual(response.status_code, 400, response.content)
        self.assertEqual(SeatingPlan.objects.count(), 2)

    def test_a_change_that_is_refused_changes_nothing(self):
        response = self.put(self.plan, text="A  ss\nA  ss\n")

        self.assertEqual(response.status_code, 400, response.content)
        self.screen.refresh_from_db()
        self.assertEqual((self.screen.seating_plan, SeatingPlan.objects.count()), (self.plan, 1))

    def test_a_part_of_a_plan_cannot_be_changed(self):
        response = self.client.patch(url_of(self.plan), {"name": "Salon"})

        self.assertEqual(
            (response.status_code, response.json()["code"]), (405, "method_not_allowed")
        )


class DeletePlanTests(SeatingPlanTests):
    def test_a_plan_that_a_screen_or_a_show_has_stays(self):
        of_screen, of_show = make_seating_plan(), make_seating_plan()
        make_screen(seating_plan=of_screen)
        make_show(seating_plan=of_show)

        for plan in (of_screen, of_show):
            response = self.client.delete(url_of(plan))
            self.assertEqual((response.status_code, response.json()["code"]), (409, "in_use"))
            # Nobody has booked anything.
            self.assertNotIn("bookings", response.json()["detail"])
        self.assertEqual(SeatingPlan.objects.count(), 2)

    def test_a_plan_that_nobody_uses_goes_and_leaves_its_categories(self):
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

    def test_each_permission_allows_its_own(self):
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
                with self.assertNumQueries(11):
                    posted = self.post(name=f"{rows} rows", layout=make_layout(text))
                self.assertEqual(posted.status_code, 201, posted.content)
                plan = SeatingPlan.objects.get(name=f"{rows} rows")
                with self.assertNumQueries(14):
                    put = self.put(plan, text=text)
                self.assertEqual(put.status_code, 200, put.content)
                url = f"{URL}{put.json()['id']}/"
                with self.assertNumQueries(3):
                    self.client.get(url)


class RaceTests(TransactionTestCase):
    def setUp(self):
        self.clients = [client_of(make_staff(f"staff{number}")) for number in range(RACERS)]

    def test_eight_changes_of_one_plan_at_once_are_eight_versions(self):
        plan = make_seating_plan(name="Hall")
        screen = make_screen(seating_plan=plan)

        responses = at_once(
            [
                lambda client=client, seats=seats: client.put(
                    url_of(plan), {"name": "Hall", "text": f"A  {'s' * seats}\n"}
                )
                for seats, client in enumerate(self.clients, 1)
            ]
        )

        self.assertEqual(Counter(response.status_code for response in responses), {200: RACERS})
        self.assertEqual(
            sorted(response.json()["version"] for response in responses),
            list(range(2, RACERS + 2)),
        )
        screen.refresh_from_db()
        self.assertEqual(screen.seating_plan.version, RACERS + 1)

    def test_a_show_put_on_while_its_halls_plan_changes_has_one_of_the_versions(self):
        plan, movie = make_seating_plan(name="Hall"), make_movie()
        screen = make_screen(seating_plan=plan)
        first = timezone.now() + timedelta(days=1)

        def change(client):
            return client.put(url_of(plan), {"name": "Hall", "text": "A  ss\n"})

        def put_on(client, days):
            body = {"movie": movie.pk, "screen": screen.pk, "language": "en"}
            body["starts_at"] = first + timedelta(days=days)
            return client.post("/api/shows/", body)

        for week in range(3):
            responses = at_once(
                [lambda client=client: change(client) for client in self.clients[::2]]
                + [
                    lambda client=client, days=days: put_on(client, days)
                    for days, client in enumerate(self.clients[1::2], 7 * week)
                ]
            )

            answers = Counter((r.status_code, r.json().get("code")) for r in responses)
            self.assertEqual(answers, {(200, None): 4, (201, None): 4})
        for show in Show.objects.select_related("seating_plan"):
            self.assertEqual(show.seating_plan.name, "Hall")
            self.assertEqual(show.total_seats, show.seating_plan.seat_count)

    def test_of_eight_new_plans_of_one_name_at_once_one_is_made(self):
        responses = at_once(
            [
                lambda client=client: client.post(URL, {"name": "Hall", "text": "v = VIP\nA  vv\n"})
                for client in self.clients
            ]
        )

        statuses = Counter(response.status_code for response in responses)
        self.assertEqual(statuses, {201: 1, 400: RACERS - 1})
        self.assertEqual((SeatingPlan.objects.count(), SeatCategory.objects.count()), (1, 1))
