from django.test import TestCase

from testing.builders.movies import make_cinema, make_screen
from testing.cases import APIAssertions


class CinemaTests(APIAssertions, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.rex = make_cinema(name="Rex", time_zone="Europe/Paris", currency="EUR")
        cls.astoria = make_cinema(
            name="Astoria", address="1 High Street", refund_tiers={2: 50, 24: 100}
        )
        cls.second = make_screen(cinema=cls.astoria, name="Screen 2")
        cls.first = make_screen(cinema=cls.astoria, name="Screen 1")

    def test_everyone_may_list_the_cinemas_by_name(self):
        response = self.client.get("/api/cinemas/")

        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.json()["count"], 2)
        self.assertEqual(
            [cinema["name"] for cinema in response.json()["results"]], ["Astoria", "Rex"]
        )

    def test_a_cinema_is_answered_with_its_screens_by_name_and_its_refund_rule(self):
        with self.assertNumQueries(3):
            response = self.client.get(f"/api/cinemas/{self.astoria.pk}/")

        self.assertEqual(response.status_code, 200)
        self.assertEqual(
            response.json(),
            {
                "id": self.astoria.pk,
                "name": "Astoria",
                "city": "London",
                "address": "1 High Street",
                "time_zone": "Europe/London",
                "currency": "GBP",
                "trailer_minutes": 0,
                "refund_tiers": [
                    {"hours_before": 24, "percent": 100},
                    {"hours_before": 2, "percent": 50},
                ],
                "screens": [
                    {"id": self.first.pk, "name": "Screen 1"},
                    {"id": self.second.pk, "name": "Screen 2"},
                ],
            },
        )

    def test_a_cinema_without_screens_and_tiers_has_empty_lists_of_them(self):
        body = self.client.get(f"/api/cinemas/{self.rex.pk}/").json()

        self.assertEqual((body["screens"], body["refund_tiers"]), ([], []))

    def test_an_unknown_cinema_is_a_404(self):
        for number in (0, 2**63):
            with self.subTest(number=number):
                response = self.client.get(f"/api/cinemas/{number}/")
                self.assert_problem(response, 404, "not_found")

    def test_ten_times_the_cinemas_take_the_same_four_queries(self):
        with self.assertNumQueries(4):
            self.client.get("/api/cinemas/?page_size=100")

        for _ in range(18):
            cinema = make_cinema(refund_tiers={24: 100, 2: 50})
            make_screen(cinema=cinema)
            make_screen(cinema=cinema)
        with self.assertNumQueries(4):
            body = self.client.get("/api/cinemas/?page_size=100").json()
        self.assertEqual(len(body["results"]), 20)
