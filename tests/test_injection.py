"""Line breaks, hosts and addresses of clients do not get into headers, log lines or links."""

from unittest import mock

from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail as django_mail
from django.test import TestCase, override_settings

from accounts.models import User
from testing.builders.accounts import make_staff, make_user
from testing.builders.movies import make_show
from testing.cases import APIAssertions
from testing.jobs import run_jobs
from testing.throttles import rates

EVIL = "x\r\nSet-Cookie: stolen=1\r\n\r\n<script>"
RESET = "/api/auth/password/reset/"


class LineBreakTests(APIAssertions, TestCase):
    def assert_clean(self, response):
        self.assertFalse(response.cookies)
        for name, value in response.items():
            self.assertNotRegex(name + value, r"[\r\n]")

    def test_a_request_id_cannot_start_a_header_or_a_log_line(self):
        for value in (EVIL, "x\n", "x\r", "x\x0b", "x\u2028", "x" * 64 + "\n"):
            with self.subTest(value=value), self.assertLogs("requests", "INFO") as logs:
                response = self.client.get("/api/movies/", headers={"X-Request-ID": value})
                self.assert_clean(response)
                self.assertRegex(response["X-Request-ID"], r"\A[0-9a-f]{32}\Z")
                self.assertNotIn("\n", logs.output[0])

    def test_an_idempotency_key_cannot_start_a_header(self):
        url = f"/api/shows/{make_show().pk}/book/"
        client = self.client_of(make_user())
        for value in (EVIL, "x\n", "x y", "ü", "", "x" * 256):
            with self.subTest(value=value):
                response = client.post(
                    url, {"seat_number": "1"}, headers={"Idempotency-Key": value}
                )
                self.assert_problem(response, 400, "invalid", fields={"Idempotency-Key"})
                self.assert_clean(response)
                self.assertNotIn("stolen", response.content.decode())

    def test_a_path_or_query_cannot_start_a_header_or_a_log_line(self):
        for path in ("/api/movies", "/api/movies/", "/nope", "/"):
            for end in ("%0d%0aSet-Cookie:%20stolen=1", "?a=%0d%0aSet-Cookie:%20stolen=1"):
                with (
                    self.subTest(path=path, end=end),
                    self.assertLogs("requests", "INFO") as logs,
                ):
                    response = self.client.get(path + end)
                    self.assert_clean(response)
                    self.assertEqual(len(logs.output[0].splitlines()), 1)

    def test_a_user_name_cannot_start_a_header_of_a_mail(self):
        name = "eve\nBcc: victim@example.com"
        with rates():
            response = self.client.post(
                "/api/auth/signup/",
                {"username": name, "password": "pass123"},
                content_type="application/json",
            )
        self.assert_problem(response, 400, "invalid", fields={"username"})
        eve = {"email": "eve@example.com", "email_verified": True}
        User.objects.create(username=name, password="md5$a$b", **eve)
        self.client.post(RESET, {"email": "eve@example.com"}, content_type="application/json")
        run_jobs()
        (message,) = django_mail.outbox
        self.assertEqual(message.recipients(), ["eve@example.com"])
        self.assertEqual(message.message()["Bcc"], None)
        self.assertEqual(message.message()["Subject"], "Reset your password")


class HostTests(TestCase):
    HOSTILE = {
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "Origin": "//evil.example",
    }

    @override_settings(ALLOWED_HOSTS=["*"])
    def test_the_link_in_a_mail_does_not_depend_on_the_request(self):
        make_user("alice", "pass123", email="alice@example.com")
        for page in ("", "https://tickets.example/{uid}/{token}"):
            with self.subTest(page=page), override_settings(PASSWORD_RESET_URL=page):
                self.client.post(
                    RESET,
                    {"email": "alice@example.com"},
                    content_type="application/json",
                    headers=self.HOSTILE,
                )
                run_jobs()
                self.assertNotIn("evil", str(django_mail.outbox[-1].message()))
        self.assertEqual(len(django_mail.outbox), 2)


class RedirectTests(TestCase):
    ELSEWHERE = [
        "//evil.example",
        "///evil.example",
        "https://evil.example",
        "https:evil.example",
        "\\\\evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:///evil.example",
        "\x08//evil.example",
        "https://testserver@evil.example",
        "https://testserver.evil.example",
    ]

    def test_the_log_in_of_the_admin_redirects_only_within_the_site(self):
        make_staff("staff", "pass123")
        for there in self.ELSEWHERE:
            with self.subTest(next=there), rates():
                form = {"username": "staff", "password": "pass123", "next": there}
                response = self.client.post("/admin/login/", form)
                self.assertEqual(response.status_code, 302)
                self.assertEqual(response["Location"], "/admin/")
                response = self.client.get("/admin/login/", {"next": there})
                self.assertEqual(response["Location"], "/admin/")
                self.client.logout()

    def test_no_other_page_redirects_to_a_parameter(self):
        for path in ("/", "/swagger/", "/favicon.ico", "/api/movies", "/admin/", "/admin/logout/"):
            for name in ("next", "url", "redirect", "return_to"):
                response = self.client.get(path, {name: "//evil.example"})
                location = response.headers.get("Location", "/")
                with self.subTest(path=path, name=name, location=location):
                    self.assertRegex(location, r"^/(?![/\\])")

    def test_a_path_that_looks_like_a_host_does_not_leave_the_site(self):
        for path in (
            "//evil.example/admin",
            "//evil.example/api/movies",
            "///evil.example//",
            "/api/movies//evil.example",
            "/swagger//evil.example",
            "/admin//evil.example",
            "/admin/https://evil.example",
        ):
            response = self.client.get("/", PATH_INFO=path)
            with self.subTest(path=path):
                self.assertRegex(response.headers.get("Location", "/"), r"^/(?![/\\])")


class SameWorkTests(TestCase):
    """A failed log-in in the admin takes as long for an unknown user. The API: see test_login."""

    def test_a_failure_in_the_admin_costs_one_password_hash(self):
        make_staff("staff", "pass123")
        make_user("inactive", "pass123", is_staff=True, is_active=False)
        for username in ("staff", "inactive", "unknown"):
            with (
                self.subTest(username=username),
                mock.patch.object(
                    MD5PasswordHasher, "encode", autospec=True, side_effect=MD5PasswordHasher.encode
                ) as encode,
            ):
                self.client.post("/admin/login/", {"username": username, "password": "wrong"})
                self.assertEqual(encode.call_count, 1)
