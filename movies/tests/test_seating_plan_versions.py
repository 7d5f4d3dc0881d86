"""A changed seating plan is a new version."""

from collections import Counter
from datetime import timedelta

from django.test import TransactionTestCase
from django.utils import timezone

from movies.models import SeatCategory, SeatingPlan, Show
from movies.tests.seating_plans import (
    RACERS,
    URL,
    SeatingPlanTests,
    make_layout,
    url_of,
)
from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.movies import make_movie, make_screen, make_seating_plan, make_show
from testing.races import at_once


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

    def test_screens_move_to_the_new_version_and_shows_keep_theirs(self):
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

    def test_a_later_show_has_the_new_version(self):
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

    def test_a_change_of_an_old_version_follows_the_latest_version(self):
        self.put(self.plan, text="A  ss\n")

        response = self.put(self.plan, text="A  s\n")

        self.assertEqual(response.json()["version"], 3)
        self.screen.refresh_from_db()
        self.assertEqual(self.screen.seating_plan.version, 3)

    def test_a_change_may_use_the_other_form_and_omit_the_name(self):
        layout = self.client.put(url_of(self.plan), {"layout": make_layout(name="Hall")})
        text = self.client.put(url_of(self.plan), {"text": "A  ss"})

        for response, version in ((layout, 2), (text, 3)):
            self.assertEqual(response.status_code, 200, response.content)
            self.assertEqual(
                (response.json()["name"], response.json()["version"]), ("Hall", version)
            )

    def test_a_plan_cannot_become_a_version_of_another_plan(self):
        make_seating_plan("A  s\n", name="Other")

        response = self.client.put(url_of(self.plan), {"name": "Other", "text": "A  ss\n"})

        self.assertEqual(response.status_code, 400, response.content)
        self.assertEqual(SeatingPlan.objects.count(), 2)

    def test_a_refused_change_changes_nothing(self):
        response = self.put(self.plan, text="A  ss\nA  ss\n")

        self.assertEqual(response.status_code, 400, response.content)
        self.screen.refresh_from_db()
        self.assertEqual((self.screen.seating_plan, SeatingPlan.objects.count()), (self.plan, 1))

    def test_a_part_of_a_plan_cannot_be_changed(self):
        response = self.client.patch(url_of(self.plan), {"name": "Salon"})

        self.assertEqual(
            (response.status_code, response.json()["code"]), (405, "method_not_allowed")
        )


class RaceTests(TransactionTestCase):
    def setUp(self):
        self.clients = [client_of(make_staff(f"staff{number}")) for number in range(RACERS)]

    def test_eight_simultaneous_changes_are_eight_versions(self):
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

    def test_a_show_scheduled_during_a_change_has_one_of_the_versions(self):
        plan, movie = make_seating_plan(name="Hall"), make_movie()
        screen = make_screen(seating_plan=plan)
        first = timezone.now() + timedelta(days=1)

        def change(client):
            return client.put(url_of(plan), {"name": "Hall", "text": "A  ss\n"})

        def schedule(client, days):
            body = {"movie": movie.pk, "screen": screen.pk, "language": "en"}
            body["starts_at"] = first + timedelta(days=days)
            return client.post("/api/shows/", body)

        for week in range(3):
            responses = at_once(
                [lambda client=client: change(client) for client in self.clients[::2]]
                + [
                    lambda client=client, days=days: schedule(client, days)
                    for days, client in enumerate(self.clients[1::2], 7 * week)
                ]
            )

            answers = Counter((r.status_code, r.json().get("code")) for r in responses)
            self.assertEqual(answers, {(200, None): 4, (201, None): 4})
        for show in Show.objects.select_related("seating_plan"):
            self.assertEqual(show.seating_plan.name, "Hall")
            self.assertEqual(show.total_seats, show.seating_plan.seat_count)

    def test_of_eight_simultaneous_plans_of_one_name_one_is_saved(self):
        responses = at_once(
            [
                lambda client=client: client.post(URL, {"name": "Hall", "text": "v = VIP\nA  vv\n"})
                for client in self.clients
            ]
        )

        statuses = Counter(response.status_code for response in responses)
        self.assertEqual(statuses, {201: 1, 400: RACERS - 1})
        self.assertEqual((SeatingPlan.objects.count(), SeatCategory.objects.count()), (1, 1))
