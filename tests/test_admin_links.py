"""Pages of the admin link only to pages that the same user may open."""

import re
from html import unescape

from django.test import TestCase

from testing.builders.accounts import allow, make_clerk, make_user
from testing.builders.bookings import block_seat, make_order
from testing.builders.movies import make_screen, make_seating_plan, make_show

LINK = re.compile(r'(?:href|action)="(/admin/[^"#]*|\.\./[^"]*)"')
ONLY_POST = ("/duplicate/", "/logout/")


class LinksOfFewRightsTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.plan = make_seating_plan()
        cls.screen = make_screen(seating_plan=cls.plan)
        cls.show = make_show(screen=cls.screen, seating_plan=cls.plan, price=10)
        cls.alice = make_user("alice")
        cls.order = make_order(user=cls.alice, show=cls.show, seats=["A1", "A2"], price=10)
        cls.booking = cls.order.bookings.first()
        cls.clerk = make_clerk()
        block_seat(show=cls.show, seat_number="B1", by=cls.clerk)

    def open(self, url, *codenames):
        """Return the page for a user with these permissions, after its links were followed."""
        allow(self.clerk, *codenames)
        self.client.force_login(self.clerk)
        page = self.client.get(url)
        self.assertEqual(page.status_code, 200)
        for link in sorted(set(map(unescape, LINK.findall(page.content.decode())))):
            if link.endswith(ONLY_POST):
                continue
            target = link if link.startswith("/") else url.removesuffix("change/") + link[3:]
            with self.subTest(url=url, link=link, codenames=codenames):
                self.assertIn(self.client.get(target).status_code, (200, 302))
        return page

    def test_each_page_that_a_user_may_see_leads_only_to_pages_that_open(self):
        change = {
            "order": f"/admin/bookings/order/{self.order.pk}/change/",
            "booking": f"/admin/bookings/booking/{self.booking.pk}/change/",
            "show": f"/admin/movies/show/{self.show.pk}/change/",
            "movie": f"/admin/movies/movie/{self.show.movie.pk}/change/",
            "cinema": f"/admin/movies/cinema/{self.screen.cinema.pk}/change/",
            "screen": f"/admin/movies/screen/{self.screen.pk}/change/",
            "seatingplan": f"/admin/movies/seatingplan/{self.plan.pk}/change/",
            "pricelist": f"/admin/movies/pricelist/{self.show.price_list.pk}/change/",
            "user": f"/admin/accounts/user/{self.alice.pk}/change/",
        }
        for model, url in change.items():
            self.open(url, f"view_{model}")
            self.open(url.removesuffix("change/") + "history/", f"view_{model}")
        self.open(change["order"], "view_order", "change_order", "view_user")
        self.open(change["user"], "view_user", "view_order")
        self.open(change["screen"], "view_screen", "view_cinema")

    def test_pages_of_seats_lead_only_to_pages_that_open(self):
        seats = f"/admin/bookings/booking/show/{self.show.pk}/"
        for codenames in (["block_seats"], ["view_show"], ["block_seats", "view_booking"]):
            self.open(seats, *codenames)
        self.open(f"{seats}seat/A1/", "view_booking")

    def test_refused_deletions_lead_only_to_pages_that_open(self):
        for model, row in [
            ("cinema", self.screen.cinema),
            ("screen", self.screen),
            ("movie", self.show.movie),
            ("seatingplan", self.plan),
            ("pricelist", self.show.price_list),
            ("user", self.alice),
        ]:
            url = f"/admin/movies/{model}/{row.pk}/delete/"
            url = url.replace("movies", "accounts") if model == "user" else url
            rights = [f"view_{model}", f"delete_{model}", "delete_screen", "delete_show"]
            self.open(url, *rights)

    def test_a_link_stays_for_users_who_may_follow_it(self):
        url = f"/admin/bookings/order/{self.order.pk}/change/"
        page = self.open(url, "view_order", "view_user")
        self.assertContains(
            page, f'<a href="/admin/accounts/user/{self.alice.pk}/change/">alice</a>'
        )
        self.assertNotContains(page, f'href="/admin/movies/show/{self.show.pk}/change/"')
