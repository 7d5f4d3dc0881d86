"""Writes by staff: permissions, invalid fields, deletion. Rules of shows: test_schedule_show."""

from datetime import timedelta

from django.contrib.auth.models import Permission
from django.test import TestCase
from django.utils import timezone
from rest_framework.test import APIClient

from bookings.models import Booking
from movies.models import Cinema, Genre, Movie, Screen, Show
from testing.builders.accounts import client_of, make_staff, make_user, staff_client
from testing.builders.bookings import make_booking
from testing.builders.movies import make_cinema, make_movie, make_screen, make_show
from testing.cases import APIAssertions


class StaffWriteTests(APIAssertions, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.screen = make_screen(name="Screen 1")
        cls.movie = make_movie("Alien", genres=["Horror"])
        cls.show = make_show(movie=cls.movie, screen=cls.screen)
        cls.genre = Genre.objects.get()
        cls.staff = make_staff()

    def setUp(self):
        super().setUp()
        self.client = self.client_of(self.staff)

    def movie_body(self, **changes):
        return {"title": "Aliens", "duration_minutes": 137, "language": "en", **changes}

    def cinema_body(self, **changes):
        body = {"name": "Rex", "city": "Paris", "time_zone": "Europe/Paris", "currency": "EUR"}
        return {**body, **changes}

    def screen_body(self, **changes):
        return {"cinema": self.screen.cinema_id, "name": "Screen 2", **changes}

    def show_body(self, **changes):
        starts_at = timezone.now() + timedelta(days=30)
        body = {"movie": self.movie.pk, "screen": self.screen.pk, "starts_at": starts_at}
        return {**body, "language": "en", "total_seats": 80, **changes}

    def collections(self):
        """Return path, model, an existing row, a body for another row, and a change."""
        return [
            ("movies", Movie, self.movie, self.movie_body(), {"certificate": "18"}),
            ("genres", Genre, self.genre, {"name": "Drama"}, {"name": "Comedy"}),
            ("cinemas", Cinema, self.screen.cinema, self.cinema_body(), {"city": "Leeds"}),
            ("screens", Screen, self.screen, self.screen_body(), {"turnaround_minutes": 30}),
            ("shows", Show, self.show, self.show_body(), {"format": "3D"}),
        ]


class PermissionTests(StaffWriteTests):
    def assert_writes_refused(self, client, status, code):
        for path, model, row, body, change in self.collections():
            one = f"/api/{path}/{row.pk}/"
            before = list(model.objects.values())
            for response in (
                client.post(f"/api/{path}/", body),
                client.put(one, body),
                client.patch(one, change),
                client.delete(one),
            ):
                with self.subTest(path=path, method=response.request["REQUEST_METHOD"]):
                    self.assert_problem(response, status, code)
            self.assertEqual(list(model.objects.values()), before)

    def test_without_a_token_nothing_is_written(self):
        self.assert_writes_refused(APIClient(), 401, "not_authenticated")

    def test_a_customer_writes_nothing(self):
        self.assert_writes_refused(client_of(make_user()), 403, "permission_denied")

    def test_a_customer_with_the_model_permissions_writes_nothing(self):
        customer = make_user()
        customer.user_permissions.set(Permission.objects.all())

        self.assert_writes_refused(client_of(customer), 403, "permission_denied")

    def test_staff_without_the_model_permission_write_nothing(self):
        views = [f"view_{model._meta.model_name}" for _, model, *_ in self.collections()]

        self.assert_writes_refused(staff_client("usher", *views), 403, "permission_denied")

    def test_each_permission_allows_its_own_write_and_no_other(self):
        for path, model, row, body, change in self.collections():
            name, one = model._meta.model_name, f"/api/{path}/{row.pk}/"
            adder = staff_client(f"{name} adder", f"add_{name}")
            changer = staff_client(f"{name} changer", f"change_{name}")
            deleter = staff_client(f"{name} deleter", f"delete_{name}")
            with self.subTest(path=path):
                created = adder.post(f"/api/{path}/", body)
                self.assertEqual(created.status_code, 201, created.content)
                new = f"/api/{path}/{created.json()['id']}/"
                self.assertEqual(adder.patch(one, change).status_code, 403)
                self.assertEqual(changer.delete(new).status_code, 403)
                changed = changer.patch(one, change)
                self.assertEqual(changed.status_code, 200, changed.content)
                self.assertEqual(changed.json(), {**changed.json(), **change})
                row.refresh_from_db()
                self.assertEqual({field: getattr(row, field) for field in change}, change)
                self.assertEqual(deleter.post(f"/api/{path}/", body).status_code, 403)
                deleted = deleter.delete(new)
                self.assertEqual((deleted.status_code, deleted.content), (204, b""))
                self.assertEqual(model.objects.get(), row)

    def test_genres_are_public_and_screens_are_read_by_staff_only(self):
        customer = client_of(make_user())
        viewer = staff_client("viewer", "view_screen")
        other = staff_client("other", "view_movie")
        for path, row in (("genres", self.genre), ("screens", self.screen)):
            statuses = (200, 200, 200, 200) if path == "genres" else (401, 403, 403, 200)
            clients = (APIClient(), customer, other, viewer)
            for url in (f"/api/{path}/", f"/api/{path}/{row.pk}/"):
                with self.subTest(url=url):
                    self.assertEqual(
                        tuple(client.get(url).status_code for client in clients), statuses
                    )

    def test_the_lists_of_genres_and_screens_take_three_queries_at_any_size(self):
        for _ in range(2):
            for path in ("genres", "screens"):
                with self.subTest(path=path), self.assertNumQueries(3):
                    self.client.get(f"/api/{path}/?page_size=100")
            for number in range(20):
                Genre.objects.get_or_create(name=f"Genre {number}")
                make_screen()


class MovieWriteTests(StaffWriteTests):
    def test_a_movie_is_created_with_its_genres(self):
        Genre.objects.create(name="Action")
        body = self.movie_body(
            genres=["Horror", "Action"],
            description="This time it's war.",
            certificate="15",
            release_date="1986-08-29",
            poster_url="https://media.example/aliens.jpg",
            trailer_url="https://media.example/aliens.mp4",
        )

        response = self.client.post("/api/movies/", body)

        self.assertEqual(response.status_code, 201, response.content)
        movie = Movie.objects.get(title="Aliens")
        self.assertEqual(response.json(), {**body, "id": movie.pk, "genres": ["Action", "Horror"]})
        self.assertEqual([genre.name for genre in movie.genres.all()], ["Action", "Horror"])
        self.assertEqual((movie.duration_minutes, movie.certificate), (137, "15"))

    def test_a_change_of_the_genres_replaces_them_and_other_changes_leave_them(self):
        Genre.objects.create(name="Action")
        url = f"/api/movies/{self.movie.pk}/"

        self.assertEqual(self.client.patch(url, {"title": "A"}).json()["genres"], ["Horror"])
        self.assertEqual(
            self.client.patch(url, {"genres": ["Action"]}).json()["genres"], ["Action"]
        )
        self.assertEqual([genre.name for genre in self.movie.genres.all()], ["Action"])

    def test_an_unknown_genre_is_refused_by_its_name(self):
        response = self.client.post("/api/movies/", self.movie_body(genres=["Horror", "Jazz"]))

        self.assertEqual(response.status_code, 400, response.content)
        self.assertEqual(
            response.json()["errors"],
            [{"field": "genres", "code": "unknown", "detail": "There is no genre named Jazz."}],
        )
        self.assertFalse(Movie.objects.filter(title="Aliens").exists())


class InvalidFieldTests(StaffWriteTests):
    def assert_each_refused(self, path, model, body, refused):
        """Assert that every value is a 400 that names its field, and that nothing is written."""
        before = list(model.objects.values())
        for field, values in refused.items():
            for value in values:
                with self.subTest(field=field, value=str(value)[:40]):
                    response = self.client.post(path, {**body, field: value})
                    errors = self.assert_problem(response, 400, "invalid")["errors"]
                    fields = {error["field"].split(".")[0] for error in errors}
                    self.assertEqual(fields, {field})
        self.assertEqual(list(model.objects.values()), before)

    def test_invalid_fields_of_a_movie_are_refused(self):
        no_urls = ["javascript:alert(1)", "data:text/html,x", "//evil", f"https://a.b/{'x' * 500}"]
        refused = {
            "title": ["", "x" * 201, "a\0b", None, ["Aliens"]],
            "duration_minutes": [0, -1, 901, 2**63, 10**400, "long", 1.5, True],
            "description": ["x" * 5001],
            "genres": [["x" * 51], "Horror", [["Horror"]], [None], ["a\0"], None],
            "language": ["", "english", "EN", "en-us", "e\0"],
            "certificate": ["x" * 21],
            "release_date": ["tomorrow", "0000-01-01", "0001-01-01", "9999-12-31", 2**63],
            "poster_url": no_urls,
            "trailer_url": no_urls,
        }
        self.assert_each_refused("/api/movies/", Movie, self.movie_body(), refused)

    def test_more_genres_than_a_movie_may_have_are_refused(self):
        for names in (["Horror"] * 21, [f"Genre {number}" for number in range(21)]):
            with self.subTest(names=names[:2]):
                response = self.client.post("/api/movies/", self.movie_body(genres=names))
                self.assertEqual(response.status_code, 400, response.content)
                [error] = response.json()["errors"]
                self.assertEqual((error["field"], error["code"]), ("genres", "max_length"))

    def test_a_number_too_large_for_a_float_is_refused_as_an_id(self):
        """JSON has no bound for numbers: Python reads 1e400 as infinity."""
        for path, field in (("screens", "cinema"), ("shows", "movie"), ("shows", "screen")):
            with self.subTest(path=path, field=field):
                response = self.client.post(
                    f"/api/{path}/", f'{{"{field}": 1e400}}', content_type="application/json"
                )
                self.assertEqual(response.status_code, 400, response.content)
                self.assertIn(field, [error["field"] for error in response.json()["errors"]])

    def test_invalid_fields_of_a_genre_are_refused(self):
        refused = {"name": ["", "  ", "x" * 51, "a\0b", "Horror", None]}
        self.assert_each_refused("/api/genres/", Genre, {}, refused)

    def test_invalid_fields_of_a_cinema_are_refused(self):
        refused = {
            "name": ["", "x" * 101, "R\0", self.screen.cinema.name],
            "city": ["", "x" * 101],
            "address": ["x" * 201],
            "time_zone": ["", "Mars/Base", "europe/paris", "../../etc/passwd", "+02:00", "UTC\0"],
            "currency": ["", "eur", "EURO", "E", "€", "12$"],
        }
        self.assert_each_refused("/api/cinemas/", Cinema, self.cinema_body(), refused)

    def test_invalid_fields_of_a_screen_are_refused(self):
        refused = {
            "cinema": [0, 2**63, "Rex", None, True, [1]],
            "name": ["", "x" * 51, "S\0"],
            "turnaround_minutes": [-1, 241, 2**63, "short"],
            "single_seats": ["", "maybe", "OFF", "x" * 5000, None, True, 2**63, ["off"], {}],
        }
        self.assert_each_refused("/api/screens/", Screen, self.screen_body(), refused)

    def test_a_second_screen_of_the_same_name_in_one_cinema_is_refused(self):
        response = self.client.post("/api/screens/", self.screen_body(name="Screen 1"))
        self.assertEqual(response.status_code, 400, response.content)
        self.assertEqual(Screen.objects.count(), 1)

        other = make_cinema()
        response = self.client.post("/api/screens/", {"cinema": other.pk, "name": "Screen 1"})
        self.assertEqual(response.status_code, 201, response.content)

    def test_invalid_fields_of_a_show_are_refused(self):
        moments = ["0001-01-01T00:00:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00"]
        moments += ["9999-12-31T23:59:59", "1999-12-31T23:59:59Z", "2100-01-01T00:00:01Z"]
        moments += ["soon", 2**63, "2026-02-30T20:00:00"]
        refused = {
            "movie": [0, 2**63, "Alien", None],
            "screen": [0, 2**63, "Screen 1", None],
            "starts_at": [None, *moments],
            "ends_at": moments,
            "sales_open_at": moments,
            "sales_close_at": moments,
            "format": ["70mm", "", None],
            "language": ["", "english"],
            "subtitles": ["french"],
            "total_seats": [0, -1, 5001, 2**63, None, "many"],
        }
        self.assert_each_refused("/api/shows/", Show, self.show_body(), refused)

    def test_times_at_the_ends_of_the_calendar_are_refused_in_every_zone(self):
        for zone, clock in (
            ("Asia/Tokyo", "0001-01-01T00:00"),
            ("Pacific/Niue", "9999-12-31T23:59"),
        ):
            screen = make_screen(cinema=make_cinema(time_zone=zone))
            with self.subTest(zone=zone):
                body = self.show_body(screen=screen.pk, starts_at=clock)
                response = self.client.post("/api/shows/", body)
                self.assertEqual(response.status_code, 400, response.content)
                self.assertEqual(response.json()["errors"][0]["field"], "starts_at")

    def test_every_missing_required_field_is_named(self):
        required = {
            "movies": {"title", "duration_minutes", "language"},
            "genres": {"name"},
            "cinemas": {"name", "city", "time_zone", "currency"},
            "screens": {"cinema", "name"},
            "shows": {"movie", "screen", "starts_at", "language"},
        }
        for path, fields in required.items():
            with self.subTest(path=path):
                response = self.client.post(f"/api/{path}/", {})
                self.assertEqual(response.status_code, 400)
                errors = response.json()["errors"]
                self.assertEqual({error["field"] for error in errors}, fields)
                self.assertEqual({error["code"] for error in errors}, {"required"})

    def test_computed_fields_cannot_be_written(self):
        body = self.show_body(id=10**6, available_seats=1, currency="USD", movie_title="Other")

        response = self.client.post("/api/shows/", body)

        self.assertEqual(response.status_code, 201, response.content)
        shown = response.json()
        self.assertNotEqual(shown["id"], 10**6)
        self.assertEqual(
            (shown["available_seats"], shown["currency"], shown["movie_title"]),
            (80, "GBP", "Alien"),
        )


class DeleteTests(StaffWriteTests):
    def urls(self):
        return {
            Show: f"/api/shows/{self.show.pk}/",
            Movie: f"/api/movies/{self.movie.pk}/",
            Screen: f"/api/screens/{self.screen.pk}/",
            Cinema: f"/api/cinemas/{self.screen.cinema_id}/",
        }

    def test_rows_with_bookings_even_cancelled_ones_cannot_be_deleted(self):
        for status in ("booked", "cancelled"):
            Booking.objects.all().delete()
            make_booking(user=self.staff, show=self.show, status=status)
            for url in self.urls().values():
                with self.subTest(status=status, url=url):
                    response = self.client.delete(url)
                    self.assertEqual(response.status_code, 409, response.content)
                    self.assertEqual(response.json()["code"], "in_use")
                    for model in (Show, Movie, Screen, Cinema, Booking):
                        self.assertEqual(model.objects.count(), 1)

    def test_a_cinema_without_bookings_is_deleted_with_its_screens_and_shows(self):
        response = self.client.delete(self.urls()[Cinema])

        self.assertEqual(response.status_code, 204, response.content)
        for model in (Cinema, Screen, Show):
            self.assertFalse(model.objects.exists())
        self.assertEqual(Movie.objects.get(), self.movie)

    def test_a_movie_without_bookings_is_deleted_with_its_shows(self):
        response = self.client.delete(self.urls()[Movie])

        self.assertEqual(response.status_code, 204, response.content)
        self.assertFalse(Show.objects.exists())
        self.assertEqual(Screen.objects.get(), self.screen)

    def test_deleting_a_genre_keeps_its_movies(self):
        response = self.client.delete(f"/api/genres/{self.genre.pk}/")

        self.assertEqual(response.status_code, 204, response.content)
        self.assertEqual(list(self.movie.genres.all()), [])

    def test_deleting_an_unknown_row_is_a_404(self):
        response = self.client.delete(f"/api/shows/{self.show.pk + 1}/")

        self.assertEqual((response.status_code, response.json()["code"]), (404, "not_found"))
