from datetime import timedelta

from django.test import TestCase
from django.utils import timezone

from testing.builders.accounts import make_user
from testing.builders.bookings import make_booking
from testing.builders.movies import make_cinema, make_movie, make_screen, make_show
from testing.cases import APIAssertions


class MovieShowsTests(APIAssertions, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.movie = make_movie("Alien")
        cls.url = f"/api/movies/{cls.movie.pk}/shows/"
        cls.london = make_screen(cinema=make_cinema(time_zone="Europe/London"))
        cls.tokyo = make_screen(cinema=make_cinema(time_zone="Asia/Tokyo"))
        cls.now = timezone.now()
        cls.later = cls.show(days=3, screen=cls.tokyo, format="IMAX", language="ja")
        cls.sooner = cls.show(days=2)
        cls.yesterday = cls.show(days=-1)
        make_show(screen=cls.london, starts_at=cls.now + timedelta(days=1))  # of another movie

    @classmethod
    def show(cls, *, days, screen=None, **fields):
        return make_show(
            movie=cls.movie,
            screen=screen or cls.london,
            starts_at=cls.now + timedelta(days=days),
            **fields,
        )

    def found(self, **parameters):
        response = self.client.get(self.url, parameters)
        self.assertEqual(response.status_code, 200, response.content)
        return [show["id"] for show in response.json()["results"]]

    def test_upcoming_shows_of_the_movie_are_listed_the_next_one_first(self):
        self.assertEqual(self.found(), [self.sooner.pk, self.later.pk])
        self.assertEqual(self.found(upcoming="true"), [self.sooner.pk, self.later.pk])

    def test_upcoming_false_gives_the_past_ones(self):
        self.assertEqual(self.found(upcoming="false"), [self.yesterday.pk])

    def test_shows_that_start_together_are_in_the_order_of_their_ids(self):
        twin = self.show(days=2, screen=self.tokyo)

        self.assertEqual(self.found(), [self.sooner.pk, twin.pk, self.later.pk])

    def test_an_unknown_movie_is_a_404(self):
        for number in (0, self.movie.pk + 100, 2**63):
            with self.subTest(number=number):
                response = self.client.get(f"/api/movies/{number}/shows/")
                self.assert_problem(response, 404, "not_found")

    def test_a_movie_without_shows_has_an_empty_list(self):
        response = self.client.get(f"/api/movies/{make_movie().pk}/shows/")

        self.assertEqual((response.status_code, response.json()["results"]), (200, []))

    def test_cinema(self):
        self.assertEqual(self.found(cinema=self.tokyo.cinema_id), [self.later.pk])
        self.assertEqual(self.found(cinema=2**63 - 1), [])

    def test_date(self):
        day = self.sooner.local(self.sooner.starts_at).date().isoformat()

        self.assertEqual(self.found(date=day), [self.sooner.pk])

    def test_format(self):
        self.assertEqual(self.found(format="IMAX"), [self.later.pk])
        self.assertEqual(self.found(format="3D"), [])

    def test_language(self):
        self.assertEqual(self.found(language="JA"), [self.later.pk])
        self.assertEqual(self.found(language="fr"), [])

    def test_a_malformed_value_is_refused_by_the_name_of_its_parameter(self):
        malformed = {
            "cinema": ["astoria", str(2**63)],
            "date": ["tomorrow", "9999-12-31"],
            "format": ["70mm", "2D\0"],
            "language": ["english", "e\0"],
            "upcoming": ["maybe", "true\0"],
            "page": ["0"],
        }
        for field, values in malformed.items():
            for value in values:
                with self.subTest(field=field, value=value):
                    response = self.client.get(self.url, {field: value})
                    body = self.assert_problem(response, 400, "invalid")
                    self.assertEqual({error["field"] for error in body["errors"]}, {field})

    def test_ten_times_the_shows_and_bookings_take_the_same_three_queries(self):
        user = make_user()
        make_booking(user=user, show=self.sooner)
        with self.assertNumQueries(3):
            self.assertEqual(len(self.found()), 2)

        for days in range(4, 22):
            show = self.show(days=days, screen=make_screen())
            for seat in ("1", "2"):
                make_booking(user=user, show=show, seat_number=seat)
        with self.assertNumQueries(3):
            self.assertEqual(len(self.found()), 20)

    def test_a_date_takes_one_query_more(self):
        day = self.sooner.local(self.sooner.starts_at).date().isoformat()
        with self.assertNumQueries(4):
            self.found(date=day)

        for _ in range(10):
            self.show(days=2, screen=make_screen())
        with self.assertNumQueries(4):
            self.assertEqual(len(self.found(date=day)), 11)
