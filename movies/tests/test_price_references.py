"""Ticket types and seat categories in use are kept."""

from movies.models import Price, SeatCategory, TicketType
from movies.tests.prices import PriceTests
from testing.answers import errors_in
from testing.builders.accounts import client_of, make_user
from testing.builders.movies import (
    make_price_list,
    make_seating_plan,
    make_show,
)


class InUseTests(PriceTests):
    def test_lists_ticket_types_and_categories_in_use_cannot_be_deleted(self):
        make_show(screen=self.screen, seating_plan=self.plan, price_list=self.price_list)
        for path, row in (
            ("price-lists", self.price_list),
            ("ticket-types", TicketType.objects.get(name="Child")),
            ("seat-categories", SeatCategory.objects.get(name="Premium")),
        ):
            with self.subTest(path=path):
                response = self.client.delete(f"/api/{path}/{row.pk}/")
                self.assert_problem(response, 409, "in_use")
                self.assertTrue(type(row).objects.filter(pk=row.pk).exists())

    def test_a_sold_ticket_type_without_prices_cannot_be_deleted(self):
        numbered = make_show(price_list=self.price_list)
        client_of(make_user("customer")).post(
            f"/api/shows/{numbered.pk}/book/", {"seat_number": "1", "ticket_type": "Child"}
        )
        Price.objects.filter(ticket_type__name="Child").delete()
        child = TicketType.objects.get(name="Child")

        self.assert_problem(self.client.delete(f"/api/ticket-types/{child.pk}/"), 409, "in_use")

    def test_a_category_with_a_price_or_a_plan_cannot_be_deleted(self):
        priced = make_price_list({("Sofa", "Adult"): 1}).prices.get().category
        make_seating_plan("v = VIP\nA  vv\n")
        for category in (priced, SeatCategory.objects.get(name="VIP")):
            response = self.client.delete(f"/api/seat-categories/{category.pk}/")
            self.assert_problem(response, 409, "in_use")

    def test_unused_rows_can_be_deleted(self):
        unused = SeatCategory.objects.create(name="Sofa", color="#aa3377")
        senior = TicketType.objects.create(name="Senior")
        for path, row in (
            ("seat-categories", unused),
            ("ticket-types", senior),
            ("price-lists", self.price_list),
        ):
            response = self.client.delete(f"/api/{path}/{row.pk}/")
            self.assertEqual(response.status_code, 204, response.content)
            self.assertFalse(type(row).objects.filter(pk=row.pk).exists())

    def test_a_category_in_a_plan_keeps_its_name_but_for_the_spelling(self):
        url = f"/api/seat-categories/{SeatCategory.objects.get(name='Premium').pk}/"

        renamed = self.client.patch(url, {"name": "Gold"})
        self.assertEqual(renamed.status_code, 400, renamed.content)
        self.assertEqual(errors_in(renamed), [("name", "in_use")])
        for change in ({"name": "PREMIUM"}, {"color": "#000000", "has_restricted_view": True}):
            response = self.client.patch(url, change)
            self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(SeatCategory.objects.get(name="PREMIUM").color, "#000000")

    def test_a_category_in_no_plan_can_be_renamed(self):
        sofa = SeatCategory.objects.create(name="Sofa", color="#aa3377")

        response = self.client.patch(f"/api/seat-categories/{sofa.pk}/", {"name": "Divan"})

        self.assertEqual((response.status_code, response.json()["name"]), (200, "Divan"))

    def test_a_second_spelling_of_a_name_is_refused(self):
        for path, body in (
            ("seat-categories", {"name": "STANDARD", "color": "#aa3377"}),
            ("ticket-types", {"name": "aDULT"}),
        ):
            response = self.client.post(f"/api/{path}/", body)
            self.assertEqual(response.status_code, 400, response.content)
            self.assertEqual(errors_in(response), [("name", "unique")])

    def test_ticket_types_are_listed_by_position(self):
        self.client.post("/api/ticket-types/", {"name": "Member", "position": 0})
        child = TicketType.objects.get(name="Child")
        self.client.patch(f"/api/ticket-types/{child.pk}/", {"position": 9})

        with self.assertNumQueries(3):
            results = self.client.get("/api/ticket-types/").json()["results"]

        names = [(kind["name"], kind["position"]) for kind in results]
        self.assertEqual(names, [("Adult", 0), ("Member", 0), ("Child", 9)])
