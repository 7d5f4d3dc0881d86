"""What the admin says of a show: whether it is on sale, what is left of it, and what it costs."""

from datetime import timedelta

from django.test import TestCase
from django.utils import timezone

from movies import services
from movies.models import Show
from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.bookings import make_order
from testing.builders.movies import make_movie, make_price_list, make_screen, make_show
from testing.clock import past

SHOWS = "/admin/movies/show/"


class StateTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff, cls.alice = make_staff(), make_user()

    def setUp(self):
        self.client.force_login(self.staff)

    def assert_shown(self, show, *, state, seats, word):
        """Assert what the list, the page and the page of the seats say of the only show."""
        page = self.client.get(SHOWS)
        words = seats.replace(" ", "\N{NO-BREAK SPACE}")
        link = f'<a href="{self.seats_url(show)}">{words}</a>'
        cell = link if state == "on sale" else f"{link}, {state}"
        self.assertContains(page, f'<td class="field-seats">{cell}</td>', html=True)
        self.assertContains(self.client.get(f"{SHOWS}{show.pk}/change/"), state)
        counts = dict(self.client.get(self.seats_url(show)).context["counts"])
        self.assertEqual(list(counts)[-1], word)
        return page

    def seats_url(self, show):
        return f"/admin/bookings/booking/show/{show.pk}/"

    def make_show(self, **fields):
        show = make_show(total_seats=150, **fields)
        make_order(user=self.alice, show=show, seats=["1", "2", "3", "4"])
        return show

    def test_a_show_on_sale_has_seats_left(self):
        self.assert_shown(self.make_show(), state="on sale", seats="146/150 left", word="available")

    def test_a_cancelled_show_has_none_available(self):
        show = self.make_show()
        services.record_cancellation(show=show, by=self.staff)
        page = self.assert_shown(show, state="cancelled", seats="150 seats", word="not on sale")
        self.assertNotContains(page, "146")
        self.assertNotContains(page, "left")
        seats = self.client.get(self.seats_url(show))
        for words in (", available", ">Available", "146 available"):
            self.assertNotContains(seats, words)
        self.assertContains(seats, "not on sale</title>", count=146)

    def test_after_the_start_seats_were_taken(self):
        show = self.make_show(starts_at=past(minutes=10))
        self.assert_shown(show, state="running", seats="4/150 taken", word="not sold")
        Show.objects.update(starts_at=past(hours=30), ends_at=past(hours=28))
        self.assert_shown(show, state="over", seats="4/150 taken", word="not sold")

    def test_before_and_after_its_sales(self):
        opens = timezone.now() + timedelta(hours=2)
        show = self.make_show(sales_open_at=opens)
        state = f"on sale from {show.local(opens):%a %d %b %Y %H:%M}"
        self.assert_shown(show, state=state, seats="146/150 left", word="not yet on sale")
        Show.objects.update(sales_open_at=None, sales_close_at=past(minutes=1))
        self.assert_shown(show, state="sales closed", seats="4/150 taken", word="not sold")

    def test_a_show_without_seats_left_is_sold_out(self):
        show = make_show(total_seats=2)
        make_order(user=self.alice, show=show, seats=["1", "2"])
        self.assert_shown(show, state="sold out", seats="0/2 left", word="available")

    def test_lists_name_the_price_list_or_free(self):
        make_show()
        self.assertContains(self.client.get(SHOWS), '<td class="field-prices">free</td>', html=True)
        Show.objects.update(price_list=make_price_list({("Standard", "Adult"): 9}, name="Weekend"))
        page = self.client.get(SHOWS)
        self.assertContains(page, '<td class="field-prices">Weekend (GBP)</td>', html=True)
        self.assertNotContains(page, "free")


class FreeShowTests(TestCase):
    ASKED = "Without a price list, tickets are free."

    @classmethod
    def setUpTestData(cls):
        cls.staff, cls.movie, cls.screen = make_staff(), make_movie(), make_screen()
        cls.price_list = make_price_list({("Standard", "Adult"): 9})

    def setUp(self):
        self.client.force_login(self.staff)

    def show_form(self, **fields):
        form = {"movie": self.movie.pk, "screen": self.screen.pk, "format": "2D", "language": "en"}
        form |= {"starts_at_0": "2040-06-10", "starts_at_1": "20:00", "total_seats": "100"}
        return form | fields

    def test_a_new_show_without_a_price_list_is_asked_about(self):
        page = self.client.post(f"{SHOWS}add/", self.show_form())
        self.assertContains(page, self.ASKED)
        self.assertFalse(Show.objects.exists())
        response = self.client.post(f"{SHOWS}add/", self.show_form(confirm_free="on"))
        self.assertEqual(response.status_code, 302)
        self.assertIsNone(Show.objects.get().price_list)

    def test_a_show_with_a_price_list_is_not_asked_about(self):
        form = self.show_form(price_list=self.price_list.pk)
        self.assertEqual(self.client.post(f"{SHOWS}add/", form).status_code, 302)

    def test_taking_the_price_list_away_is_asked_about_and_other_changes_are_not(self):
        self.client.post(f"{SHOWS}add/", self.show_form(price_list=self.price_list.pk))
        show = Show.objects.get()
        url = f"{SHOWS}{show.pk}/change/"
        self.assertContains(self.client.post(url, self.show_form()), self.ASKED)
        show.refresh_from_db()
        self.assertEqual(show.price_list, self.price_list)
        free = self.show_form(confirm_free="on")
        self.assertEqual(self.client.post(url, free).status_code, 302)
        self.assertEqual(self.client.post(url, self.show_form(format="3D")).status_code, 302)
        show.refresh_from_db()
        self.assertEqual((show.price_list, show.format), (None, "3D"))

    def test_scheduling_several_shows_asks_too(self):
        form = {"movie": self.movie.pk, "screen": self.screen.pk, "format": "2D", "language": "en"}
        form |= {"days": "2040-06-10", "times": "20:00", "total_seats": "100"}
        page = self.client.post(f"{SHOWS}schedule/", form)
        self.assertContains(page, self.ASKED)
        self.assertFalse(Show.objects.exists())
        response = self.client.post(f"{SHOWS}schedule/", form | {"confirm_free": "on"})
        self.assertEqual(response.status_code, 302)
        self.assertEqual(Show.objects.count(), 1)

    def test_the_api_puts_on_a_free_show_without_asking(self):
        body = {"movie": self.movie.pk, "screen": self.screen.pk, "language": "en"}
        body |= {"starts_at": "2040-06-10T20:00:00Z", "total_seats": 100}
        response = client_of(self.staff).post("/api/shows/", body)
        self.assertEqual(response.status_code, 201, response.content)
        self.assertIsNone(response.json()["price_list"])
