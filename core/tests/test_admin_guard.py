"""Hand-made URLs and forms in the admin are a 400; a bug of our own is a 500."""

from unittest import mock

from django.contrib import admin
from django.db import IntegrityError, OperationalError
from django.test import Client, TestCase

from movies.models import Movie
from testing.builders.accounts import make_staff

MOVIES, SHOWS = "/admin/movies/movie/", "/admin/movies/show/"


def raise_value_error(model_admin, request):
    raise ValueError("secret")


def raise_attribute_error(model_admin, request):
    return request.no_such_attribute


def ask_for_an_impossible_row(model_admin, request):
    """Django raises the ValueError here, but for a value of ours."""
    return Movie.objects.filter(pk="abc")


class AdminGuardTests(TestCase):
    def setUp(self):
        self.client = Client(raise_request_exception=False)
        self.client.force_login(make_staff())

    def assert_invalid(self, response):
        self.assertContains(response, "invalid value", status_code=400)
        self.assertContains(response, ">Movie Ticket Booking</a>", status_code=400)

    def test_impossible_query_strings_are_a_400(self):
        for query in [
            "?starts_at__year__lte=99999",
            "?starts_at__year__gte=99999",
            "add/?movie=abc",
            "add/?starts_at=x",
        ]:
            with self.subTest(query=query), self.assertLogs("core.http.admin_guard", "WARNING"):
                self.assert_invalid(self.client.get(SHOWS + query))

    def test_impossible_forms_are_a_400(self):
        for selected in ["abc", "\0", "", "-1", str(2**70)]:
            with self.assertLogs("core.http.admin_guard", "WARNING"):
                response = self.client.post(
                    SHOWS, {"action": "delete_selected", "_selected_action": selected}
                )
            self.assert_invalid(response)

    def test_the_log_has_the_path_and_the_traceback_but_not_the_query_string(self):
        with self.assertLogs("core.http.admin_guard", "WARNING") as logs:
            self.client.get(f"{SHOWS}?starts_at__year__gte=99999&q=secret")
        [record] = logs.records
        self.assertEqual(record.getMessage(), f"Impossible value in a request for '{SHOWS}'")
        self.assertIsNotNone(record.exc_info)
        self.assertNotIn("secret", logs.output[0])

    def test_a_bug_in_our_own_code_is_a_500_with_its_traceback_in_the_log(self):
        for bug, error in [
            (raise_value_error, ValueError),
            (raise_attribute_error, AttributeError),
            (ask_for_an_impossible_row, ValueError),
        ]:
            with (
                self.subTest(bug=bug.__name__),
                mock.patch("movies.admin.catalogue.MovieAdmin.get_queryset", bug),
                self.assertLogs("django.request", "ERROR") as logs,
            ):
                response = self.client.get(f"{MOVIES}?q=hidden")
            self.assertEqual(response.status_code, 500)
            self.assertNotContains(response, "secret", status_code=500)
            [record] = logs.records
            self.assertIs(record.exc_info[0], error)
            self.assertIn(bug.__name__, logs.output[0])
            self.assertNotIn("hidden", record.getMessage())

    def test_a_method_that_only_calls_the_one_it_overrides_is_not_to_blame(self):
        def changelist_view(self, request, extra_context=None):
            return admin.ModelAdmin.changelist_view(self, request, extra_context)

        with (
            mock.patch("movies.admin.shows.ShowAdmin.changelist_view", changelist_view),
            self.assertLogs("core.http.admin_guard", "WARNING"),
        ):
            response = self.client.get(f"{SHOWS}?starts_at__year__gte=99999")
        self.assert_invalid(response)

    def test_an_override_that_passes_a_wrong_value_on_is_a_500(self):
        def get_queryset(self, request):
            return admin.ModelAdmin.get_queryset(self, request).filter(pk="abc")

        with (
            mock.patch("movies.admin.catalogue.MovieAdmin.get_queryset", get_queryset),
            self.assertLogs("django.request", "ERROR"),
        ):
            self.assertEqual(self.client.get(MOVIES).status_code, 500)

    def test_a_lost_race_is_a_409(self):
        with mock.patch(
            "movies.admin.catalogue.MovieAdmin.get_queryset", side_effect=IntegrityError
        ):
            response = self.client.get(MOVIES)
        self.assertContains(response, "Another change came first", status_code=409)

    def test_an_unavailable_database_is_a_503_in_plain_text(self):
        away = mock.patch(
            "movies.admin.catalogue.MovieAdmin.get_queryset", side_effect=OperationalError
        )
        with (
            away,
            self.assertLogs("core.http.problems", "WARNING"),
            self.assertLogs("django.request", "ERROR"),
        ):
            response = self.client.get(MOVIES)
        self.assertEqual(response["Content-Type"], "text/plain")
        self.assertEqual(response["Retry-After"], "5")
        self.assertContains(response, "Try again in a few seconds.", status_code=503)

    def test_a_user_name_that_is_too_long_is_rejected_by_the_log_in_form(self):
        self.client.logout()
        response = self.client.post("/admin/login/", {"username": "x" * 300, "password": "wrong"})
        self.assertEqual(response.status_code, 200)
        self.assertContains(response, "at most 254 characters")

    def test_outside_the_admin_a_value_error_is_a_500(self):
        with (
            mock.patch("movies.api.views.MovieViewSet.list", side_effect=ValueError),
            self.assertLogs("core.http.problems", "ERROR"),
            self.assertLogs("django.request", "ERROR"),
        ):
            response = self.client.get("/api/movies/")
        self.assertEqual(response.status_code, 500)
