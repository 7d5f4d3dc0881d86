"""Every error over HTTP is a problem (RFC 9457), wherever it was raised."""

import itertools
import json
import os
import socket
import subprocess
import sys
from unittest import mock

from django.db import IntegrityError, OperationalError
from django.test import Client, SimpleTestCase, TestCase, override_settings, tag
from redis.exceptions import ConnectionError as RedisConnectionError
from rest_framework.exceptions import ValidationError

from core.errors import FieldError, InvalidInput
from core.http.problems import problem_of
from movies.models import Movie
from testing.builders.accounts import make_staff, make_user
from testing.cases import APIAssertions
from tests.test_settings import BASE_DIR


class ProblemTests(APIAssertions, TestCase):
    def setUp(self):
        super().setUp()
        self.client = Client(raise_request_exception=False)

    def test_an_unknown_url_is_a_404_for_every_method(self):
        for path in ["/nope", "/api/", "/api/nope/", "/api/movies/x/", "/static/nope.css", "/a b"]:
            for method in ["get", "post", "put", "patch", "delete", "options"]:
                with self.subTest(path=path, method=method):
                    self.assert_problem(getattr(self.client, method)(path), 404, "not_found")

    def test_a_missing_last_slash_is_redirected_for_get_and_explained_for_post(self):
        response = self.client.get("/api/movies?search=a")
        self.assertEqual(response.status_code, 302)
        self.assertEqual(response["Location"], "/api/movies/?search=a")
        response = self.client.post("/api/auth/login")
        self.assert_problem(response, 404, "not_found", detail="/api/auth/login/")

    def test_the_redirect_never_leaves_the_site(self):
        for path in ["//evil.example/api/movies", "/\\evil.example", "//evil.example"]:
            response = self.client.get("/", PATH_INFO=path)
            self.assertEqual(response.status_code, 404, response.headers)

    def test_an_unsupported_method_is_a_405_that_lists_the_others(self):
        response = self.client.delete("/api/auth/login/")
        self.assert_problem(response, 405, "method_not_allowed")
        self.assertEqual(response["Allow"], "POST, OPTIONS")

    def test_a_body_other_than_json_is_a_415(self):
        for content_type in ["text/plain", "application/xml", "multipart/form-data; boundary=x"]:
            response = self.client.post("/api/auth/login/", "x", content_type=content_type)
            self.assert_problem(response, 415, "unsupported_media_type")

    def test_a_request_for_html_is_a_406(self):
        response = self.client.get("/api/movies/", headers={"Accept": "text/html"})
        self.assert_problem(response, 406, "not_acceptable")

    def test_a_malformed_body_is_a_400_with_errors(self):
        for text in ["{", "", "[1]", '"x"', "\x00", "[" * 60_000, '{"a":' * 12_000, b"\xff\xfe"]:
            response = self.client.post("/api/auth/login/", text, content_type="application/json")
            self.assertTrue(self.assert_problem(response, 400, "invalid")["errors"])

    @override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000)
    def test_a_body_that_is_too_large_is_not_read(self):
        for content_type in ("application/json", "text/plain"):
            with self.subTest(content_type=content_type):
                body = json.dumps({"username": "x" * 1000})
                response = self.client.post("/api/auth/login/", body, content_type=content_type)
                self.assert_problem(response, 413, "request_too_large")

    def test_an_answer_lists_a_hundred_errors_at_most(self):
        errors = [FieldError(f"seats.{number}", "Wrong.") for number in range(101)]
        nested = ValidationError({"seats": [{"seat_number": ["Wrong."]}] * 101})
        for error in (InvalidInput(errors), nested):
            with self.subTest(error=type(error)):
                problem = problem_of(error)
                self.assertEqual(len(problem.members["errors"]), 100)
                self.assertEqual(problem.detail.count("Wrong."), 3)

    def test_an_unknown_host_is_a_400(self):
        with (
            override_settings(ALLOWED_HOSTS=["tickets.example"]),
            self.assertLogs("django.security.DisallowedHost", "WARNING"),
        ):
            response = self.client.get("/api/movies/", headers={"Host": "evil.example"})
        self.assert_problem(response, 400, "invalid")

    def test_a_plain_request_id_is_kept_and_any_other_is_replaced(self):
        given = {"X-Request-ID": "kiosk-7.42"}
        self.assertEqual(
            self.client.get("/api/movies/", headers=given)["X-Request-ID"], "kiosk-7.42"
        )
        for odd in ["x" * 65, "a b", "ü", "<script>"]:
            response = self.client.get("/api/movies/", headers={"X-Request-ID": odd})
            self.assertRegex(response["X-Request-ID"], r"^[0-9a-f]{32}$")

    def test_every_request_has_a_line_in_the_log(self):
        with self.assertLogs("requests", "INFO") as logs:
            self.client.get("/api/movies/", headers={"X-Request-ID": "kiosk-7.43"})
        self.assertIn("GET '/api/movies/' 200", logs.output[0])

    def test_an_unexpected_error_is_logged_and_not_shown(self):
        error = ZeroDivisionError("secret")
        with (
            mock.patch("movies.api.views.MovieViewSet.list", side_effect=error),
            self.assertLogs("core.http.problems", "ERROR") as logs,
            self.assertLogs("django.request", "ERROR"),
        ):
            response = self.client.get("/api/movies/")
        body = self.assert_problem(response, 500, "internal_error")
        self.assertNotIn("secret", json.dumps(body))
        self.assertIn("ZeroDivisionError", logs.output[0])

    def test_an_unavailable_cache_is_a_503(self):
        with (
            mock.patch("movies.api.views.MovieViewSet.list", side_effect=RedisConnectionError),
            self.assertLogs("core.http.problems", "WARNING"),
            self.assertLogs("django.request", "ERROR"),
        ):
            response = self.client.get("/api/movies/")
        self.assert_problem(response, 503, "unavailable")
        self.assertEqual(response["Retry-After"], "5")

    def test_a_race_that_only_the_database_saw_is_a_409(self):
        with mock.patch("movies.api.views.GenreViewSet.create", side_effect=IntegrityError):
            response = self.client_of(make_staff()).post("/api/genres/", {"name": "Drama"})
        self.assert_problem(response, 409, "conflict")

    def test_a_row_that_was_deleted_meanwhile_is_a_404(self):
        with mock.patch("movies.api.views.MovieViewSet.list", side_effect=Movie.DoesNotExist):
            self.assert_problem(self.client.get("/api/movies/"), 404, "not_found")

    def test_each_error_names_its_field_and_code(self):
        client = self.client_of(make_user())
        response = client.patch("/api/auth/me/", {"email": "x", "first_name": []})
        body = self.assert_problem(response, 400, "invalid", fields={"email", "first_name"})
        self.assertEqual({error["code"] for error in body["errors"]}, {"invalid"})

    def test_a_form_without_csrf_token_is_answered_as_a_problem(self):
        client = Client(enforce_csrf_checks=True)
        with self.assertLogs("django.security.csrf", "WARNING"):
            self.assert_problem(client.post("/api/shows/1/book"), 404, "not_found")
            self.assert_problem(client.post("/api/nope/"), 404, "not_found")
            self.assert_problem(client.delete("/nope"), 404, "not_found")
            self.assert_problem(client.post("/favicon.ico"), 405, "method_not_allowed")

    def test_half_of_a_surrogate_pair_is_a_400_everywhere(self):
        client = self.client_of(make_staff())
        for path in ["auth/login/", "shows/", "movies/", "auth/signup/", "seating-plans/"]:
            response = client.post(
                f"/api/{path}", '{"format": "\\ud800", "x": 1}', content_type="application/json"
            )
            self.assert_problem(response, 400, "invalid")

    def test_a_missing_table_is_a_500_and_not_an_outage(self):
        error = OperationalError("no such table: movies_movie")
        with (
            mock.patch("movies.api.views.MovieViewSet.list", side_effect=error),
            self.assertLogs("core.http.problems", "ERROR"),
            self.assertLogs("django.request", "ERROR"),
        ):
            response = self.client.get("/api/movies/")
        self.assert_problem(response, 500, "internal_error")

    def test_too_many_parameters_are_a_400(self):
        for path in ["/api/movies/", "/api/my-bookings/"]:
            response = self.client_of(make_user(path)).get(path + "?" + "a=1&" * 1100)
            self.assert_problem(response, 400, "invalid")

    def test_the_documentation_pages_answer_problems_and_ignore_tokens(self):
        for path in ["/swagger/", "/redoc/", "/schema/"]:
            for method in ["post", "options"]:
                response = getattr(self.client, method)(path)
                self.assert_problem(response, 405, "method_not_allowed")
            response = self.client.get(path, headers={"Authorization": "Bearer x"})
            self.assertEqual(response.status_code, 200)


@tag("slow")
class UnavailableTests(SimpleTestCase):
    """In a process of its own that cannot reach its database or its cache."""

    SCRIPT = """
import os, sys, django
os.environ.update(DJANGO_SETTINGS_MODULE="config.settings", ALLOWED_HOSTS="*")
django.setup()
from django.test import Client
for method, path in zip(sys.argv[1::2], sys.argv[2::2]):
    response = Client().generic(method, path)
    print(response.status_code, response.json()["code"], response["Retry-After"])
"""

    def assert_unavailable(self, *requests, **environment):
        done = subprocess.run(
            [sys.executable, "-c", self.SCRIPT, *itertools.chain(*requests)],
            cwd=BASE_DIR,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        answers = ["503 unavailable 5"] * len(requests)
        self.assertEqual(done.stdout.splitlines(), answers, done.stderr)

    def test_an_unavailable_database_is_a_503_with_retry_after(self):
        self.assert_unavailable(
            ("GET", "/api/movies/"),
            ("GET", "/api/shows/1/"),
            DATABASE_URL="postgres://nobody@127.0.0.1:1/nothing",
        )

    def test_a_silent_cache_is_a_503_with_retry_after(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            self.assert_unavailable(
                ("POST", "/api/auth/login/"), REDIS_URL=f"redis://127.0.0.1:{port}/0"
            )
