"""Seats are drawn by the flags of their categories, whatever the names: `movies.seat_shapes`."""

import re

from django.test import TestCase
from django.urls import reverse

from movies.models import SeatCategory
from movies.seat_shapes import shapes_of, shapes_of_show
from movies.seating.svg import SeatShape
from testing.builders.accounts import make_staff
from testing.builders.movies import make_price_list, make_seating_plan, make_show
from testing.halls import plan_of

TEXT = """
v = VIP
f = Sofa
r = Rollstuhlplatz
x = Wheelchair storage
y = Couple of stools
A  vv_ff_r_xx_yy
"""
SHAPES = {
    "VIP": SeatShape.CHAIR,
    "Sofa": SeatShape.COUPLE,
    "Rollstuhlplatz": SeatShape.WHEELCHAIR,
    "Wheelchair storage": SeatShape.CHAIR,
    "Couple of stools": SeatShape.CHAIR,
}
SYMBOLS = {
    "VIP": {"map-chair-available"},
    "Sofa": {"map-couple-left-available", "map-couple-right-available"},
    "Rollstuhlplatz": {"map-wheelchair-available"},
    "Wheelchair storage": {"map-chair-available"},
    "Couple of stools": {"map-chair-available"},
}


class ShapeTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        SeatCategory.objects.create(name="SOFA", color="#111111", is_sold_in_pairs=True)
        SeatCategory.objects.create(name="rollstuhlplatz", color="#111111", is_accessible=True)
        cls.seating_plan = make_seating_plan(TEXT)
        cls.show = make_show(seating_plan=cls.seating_plan)

    def symbols_in(self, page):
        """{category: the symbols of its seats} of a page with a picture."""
        found = {}
        for seat in self.seating_plan.plan.seats:
            drawing = page.split(f'data-seat="{seat.number}"')[1].split("</g>")[0]
            symbol = re.sub(
                "^#(show|plan)-[0-9]+", "map", drawing.split('<use href="')[1].split('"')[0]
            )
            found.setdefault(seat.category, set()).add(symbol)
        return found

    def test_flags_decide_and_not_names(self):
        plan = self.seating_plan.plan
        self.assertEqual(shapes_of(plan, self.seating_plan.categories.all()), SHAPES)

    def test_a_show_with_prices_has_the_same_shapes_as_a_free_one(self):
        categories = self.seating_plan.categories.all()
        prices = make_price_list({(category.name, "Adult"): 9 for category in categories})
        priced = make_show(seating_plan=self.seating_plan, price_list=prices)
        self.assertEqual(shapes_of_show(self.show), SHAPES)
        self.assertEqual(shapes_of_show(priced), SHAPES)

    def test_seats_of_a_category_without_a_row_are_chairs(self):
        shapes = shapes_of(plan_of("A cc_w"), [])
        self.assertEqual(set(shapes.values()), {SeatShape.CHAIR})

    def test_seats_both_accessible_and_sold_in_pairs_are_couples(self):
        love_seat = SeatCategory(name="Couple", is_sold_in_pairs=True, is_accessible=True)
        self.assertEqual(shapes_of(plan_of("A cc"), [love_seat]), {"Couple": SeatShape.COUPLE})

    def test_a_numbered_show_has_chairs(self):
        self.assertEqual(shapes_of_show(make_show()), {"Standard": SeatShape.CHAIR})

    def test_every_picture_of_the_hall_follows_the_flags(self):
        self.client.force_login(make_staff())
        for url in (
            f"/api/shows/{self.show.pk}/seats.svg",
            reverse("admin:bookings_show_seats", args=[self.show.pk]),
            reverse("admin:movies_seatingplan_change", args=[self.seating_plan.pk]),
        ):
            with self.subTest(url=url):
                response = self.client.get(url)
                self.assertEqual(response.status_code, 200)
                self.assertEqual(self.symbols_in(response.content.decode()), SYMBOLS)
