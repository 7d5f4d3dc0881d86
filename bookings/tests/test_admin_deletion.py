"""Deleting in the admin and by the API: constant queries, and plain words about refusals."""

from django.contrib.auth.models import Group
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from movies import services
from movies.models import Genre, Movie, RefundTier, Screen, SeatCategory, Show, TicketType
from testing.builders.accounts import client_of, make_clerk, make_staff, make_user
from testing.builders.bookings import block_seat, make_order
from testing.builders.movies import (
    make_cinema,
    make_movie,
    make_price_list,
    make_screen,
    make_seating_plan,
    make_show,
)
from testing.clock import past

CANNOT, SURE = "cannot be deleted", "Are you sure"


class World:
    """A row of each kind, used by a number of shows that have tickets sold or not."""

    def __init__(self, name, *, shows, is_sold, seats=2):
        self.customer = make_user(f"customer of {name}")
        self.movie = make_movie(genres=[f"Genre {name}"])
        self.cinema = make_cinema(name=f"Cinema {name}", refund_tiers={24: 100, 2: 50})
        self.screen = make_screen(cinema=self.cinema)
        self.plan = make_seating_plan("A  ssssssss\n", name=f"Plan {name}")
        prices = {("Standard", f"Adult {name}"): 10, ("Standard", f"Child {name}"): 5}
        self.price_list = make_price_list(prices)
        self.ticket_type = TicketType.objects.get(name=f"Adult {name}")
        for _ in range(shows):
            self.show = make_show(
                movie=self.movie,
                screen=self.screen,
                seating_plan=self.plan,
                price_list=self.price_list,
            )
            if is_sold:
                numbers = [f"A{number + 1}" for number in range(seats)]
                order = make_order(user=self.customer, show=self.show, seats=numbers, price=10)
                order.bookings.update(ticket_type=self.ticket_type)

    def pages(self):
        """Return (name of the model, row) of each row that has a page."""
        return [
            ("accounts/user", self.customer),
            ("movies/movie", self.movie),
            ("movies/genre", self.movie.genres.get()),
            ("movies/cinema", self.cinema),
            ("movies/screen", self.screen),
            ("movies/seatingplan", self.plan),
            ("movies/pricelist", self.price_list),
            ("movies/tickettype", self.ticket_type),
            ("movies/show", self.show),
            ("movies/seatcategory", SeatCategory.objects.get(name="Standard")),
        ]


class DeletionTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff()

    def setUp(self):
        self.client.force_login(self.staff)

    def queries(self, act):
        with CaptureQueriesContext(connection) as queries:
            response = act()
        self.assertEqual(response.status_code, 200)
        for query in queries:
            self.assertNotIn('"bookings_booking"."seat_number"', query["sql"])  # none is loaded
        return len(queries), response

    def assert_same_queries(self, *, is_sold):
        """Assert that pages and the action cost the same for 2 shows and for 12 times as many."""
        few = World("few", shows=2, is_sold=is_sold)
        many = World("many", shows=24, is_sold=is_sold, seats=8)
        for (name, less), (_, more) in zip(few.pages(), many.pages(), strict=True):
            for way in (self.page, self.action):
                with self.subTest(name=name, way=way.__name__):
                    cost, _ = self.queries(lambda name=name, row=less, way=way: way(name, row))
                    same, _ = self.queries(lambda name=name, row=more, way=way: way(name, row))
                    self.assertEqual(cost, same)
                    self.assertLessEqual(cost, 31)

    def page(self, name, row):
        return self.client.get(f"/admin/{name}/{row.pk}/delete/")

    def action(self, name, *rows, **fields):
        data = {"action": "delete_selected", "_selected_action": [row.pk for row in rows]}
        return self.client.post(f"/admin/{name}/", {**data, **fields})

    def test_rows_of_sold_shows_cost_the_same_queries_however_many_there_are(self):
        self.assert_same_queries(is_sold=True)

    def test_rows_of_unsold_shows_cost_the_same_queries_however_many_there_are(self):
        self.assert_same_queries(is_sold=False)

    def test_several_selected_rows_cost_the_same_queries_as_one(self):
        worlds = [World(str(number), shows=2, is_sold=True) for number in range(6)]
        for index, (name, _) in enumerate(worlds[0].pages()[:-1]):
            rows = [world.pages()[index][1] for world in worlds]
            with self.subTest(name=name):
                cost, _ = self.queries(lambda name=name, rows=rows: self.action(name, rows[0]))
                same, _ = self.queries(lambda name=name, rows=rows: self.action(name, *rows))
                self.assertEqual(cost, same)

    def test_where_tickets_were_sold_the_page_says_so_and_leads_to_cancelling(self):
        world = World("sold", shows=1, is_sold=True)
        seats = (
            f'<a href="/admin/bookings/booking/show/{world.show.pk}/">Cancel the show</a> instead'
        )
        for name, row in world.pages():
            if name not in ("movies/movie", "movies/cinema", "movies/screen", "movies/show"):
                continue
            for way in (self.page, self.action):
                with self.subTest(name=name, way=way.__name__):
                    response = way(name, row)
                    self.assertContains(response, CANNOT)
                    self.assertContains(response, "Tickets were sold.")
                    self.assertContains(response, seats)
                    self.assertNotContains(response, "Seats were held")
                    self.assertNotContains(response, "blocked")
                    self.assertNotContains(response, "booking: ")

    def test_each_reason_is_said_in_words(self):
        world = World("sold", shows=1, is_sold=True)
        words = {
            "accounts/user": ["This user has orders.", "Clear <i>Active</i> on"],
            "movies/seatingplan": ["Shows use it.", "See its shows"],
            "movies/pricelist": ["Shows use it.", "See its shows"],
            "movies/tickettype": ["Price lists have prices", "Tickets of this type were sold."],
            "movies/seatcategory": ["Seating plans have seats of it.", "Price lists have prices"],
        }
        for name, row in world.pages():
            for sentence in words.get(name, []):
                with self.subTest(name=name, sentence=sentence):
                    self.assertContains(self.page(name, row), sentence)

    def test_held_and_blocked_seats_are_not_called_sold(self):
        held, blocked = make_show(), make_show()
        make_order(user=make_user(), show=held, status="held")
        block_seat(show=blocked, seat_number="1", by=self.staff)
        for show, words in [(held, "Seats were held."), (blocked, "Seats were blocked by staff.")]:
            with self.subTest(words=words):
                response = self.page("movies/show", show)
                self.assertContains(response, words)
                self.assertNotContains(response, "sold")

    def test_a_cancelled_or_past_show_is_not_to_be_cancelled_again(self):
        cancelled, over = make_show(), make_show(starts_at=past(hours=72))
        for show in (cancelled, over):
            make_order(user=User.objects.get_or_create(username="alice")[0], show=show)
        services.record_cancellation(show=cancelled, by=self.staff)
        for show in (cancelled, over):
            response = self.page("movies/show", show)
            self.assertContains(response, "It stays as a record.")
            self.assertNotContains(response, "Cancel the show")

    def test_a_refused_deletion_deletes_nothing(self):
        world = World("sold", shows=3, is_sold=True)
        before = Show.objects.count(), Screen.objects.count()
        for name, row in world.pages():
            if name == "movies/genre":
                continue
            with self.subTest(name=name):
                answer = self.client.post(f"/admin/{name}/{row.pk}/delete/", {"post": "yes"})
                self.assertContains(answer, CANNOT)
                self.assertContains(self.action(name, row, post="yes"), CANNOT)
                self.assertTrue(type(row).objects.filter(pk=row.pk).exists())
        self.assertEqual((Show.objects.count(), Screen.objects.count()), before)

    def test_unsold_rows_are_deleted_with_what_is_below_them(self):
        world = World("unsold", shows=12, is_sold=False)
        page = self.page("movies/cinema", world.cinema)
        self.assertContains(page, SURE)
        self.assertContains(page, "Shows: 12")
        self.assertContains(page, "Refund tiers: 2")
        self.assertContains(page, "and 2 more shows")
        self.client.post(f"/admin/movies/cinema/{world.cinema.pk}/delete/", {"post": "yes"})
        self.assertFalse(Show.objects.exists() or Screen.objects.exists())
        self.assertFalse(RefundTier.objects.exists())

    def test_the_action_deletes_the_selected_rows(self):
        movies = [make_movie(genres=["Drama"]) for _ in range(3)]
        self.assertContains(self.action("movies/movie", *movies[:2]), SURE)
        self.assertEqual(self.action("movies/movie", *movies[:2], post="yes").status_code, 302)
        self.assertEqual(list(Movie.objects.all()), [movies[2]])
        self.assertTrue(Genre.objects.exists())

    def test_names_beyond_ten_are_not_listed(self):
        world = World("sold", shows=13, is_sold=True)
        page = self.page("movies/movie", world.movie)
        self.assertContains(page, "Cancel the show", count=10)
        self.assertContains(page, "And more shows.")

    def test_who_may_not_delete_shows_may_not_delete_a_movie_that_has_some(self):
        world = World("unsold", shows=2, is_sold=False)
        self.client.force_login(make_clerk("view_movie", "delete_movie"))
        page = self.page("movies/movie", world.movie)
        self.assertContains(page, "your account doesn't have permission")
        self.assertContains(page, "<li>show</li>", html=True)
        url = f"/admin/movies/movie/{world.movie.pk}/delete/"
        self.assertEqual(self.client.post(url, {"post": "yes"}).status_code, 403)
        self.assertEqual(Show.objects.count(), 2)
        alone = make_movie()
        self.assertContains(self.page("movies/movie", alone), SURE)

    def test_a_group_costs_the_same_queries_however_many_members_it_has(self):
        costs = []
        for members in (1, 12):
            group = Group.objects.create(name=f"Group of {members}")
            for number in range(members):
                make_user(f"member {number} of {members}").groups.add(group)
            costs.append(self.queries(lambda group=group: self.page("auth/group", group))[0])
        self.assertEqual(*costs)

    def test_a_title_is_escaped(self):
        movie = make_movie("<script>alert(1)</script>")
        show = make_show(movie=movie)
        make_order(user=make_user(), show=show)
        for name, row in [("movies/movie", movie), ("movies/show", show)]:
            self.assertNotContains(self.page(name, row), "<script>alert")


class ApiDeletionTests(TestCase):
    def test_a_refused_deletion_loads_no_bookings_and_costs_the_same_at_any_size(self):
        api = client_of(make_staff())
        few = World("few", shows=2, is_sold=True)
        many = World("many", shows=24, is_sold=True, seats=8)
        paths = {"movie": "movies", "cinema": "cinemas", "screen": "screens", "show": "shows"}
        paths |= {"tickettype": "ticket-types", "pricelist": "price-lists"}
        paths |= {"seatingplan": "seating-plans", "seatcategory": "seat-categories"}
        for (name, less), (_, more) in zip(few.pages(), many.pages(), strict=True):
            path = paths.get(name.removeprefix("movies/"))
            if path is None:
                continue
            costs = []
            for row in (less, more):
                with CaptureQueriesContext(connection) as queries:
                    response = api.delete(f"/api/{path}/{row.pk}/")
                self.assertEqual((response.status_code, response.json()["code"]), (409, "in_use"))
                for query in queries:
                    self.assertNotIn('"bookings_booking"."seat_number"', query["sql"])
                costs.append(len(queries))
            with self.subTest(name=name):
                self.assertEqual(*costs)

    def test_an_unsold_movie_is_deleted_with_its_shows(self):
        world = World("unsold", shows=3, is_sold=False)
        response = client_of(make_staff()).delete(f"/api/movies/{world.movie.pk}/")
        self.assertEqual(response.status_code, 204)
        self.assertFalse(Show.objects.filter(starts_at__gt=timezone.now()).exists())
