"""What browsers may do with each response: Content-Security-Policy, Permissions-Policy, caches.

Every page of the admin is opened in a browser by tests/test_accessibility.py, which fails on any
violation of the policy that the browser reports.
"""

import re
from unittest import mock, skipUnless

from django.db import connection
from django.test import Client, TestCase

from core.http.policies import NO_PAGE
from testing.browser import BrowserTestCase, SwaggerUI, expect
from testing.builders.accounts import client_of, make_staff
from testing.builders.movies import make_show

INLINE = re.compile(r"<(?:script(?![^>]*\bsrc=)|style)\b(?![^>]*\bnonce=)[^>]*>")
ATTRIBUTE = re.compile(r"<[^>]*\s(?:style|on[a-z]+)=[^>]*>")


def policy_of(response):
    """Return {directive: [sources]}."""
    parts = response["Content-Security-Policy"].split("; ")
    return {name: sources for name, *sources in map(str.split, parts)}


class PolicyTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.show = make_show()
        cls.boss = make_staff("boss")

    def pages(self):
        self.client.force_login(self.boss)
        yield from ["/swagger/", "/redoc/", "/errors/", "/errors/seat_taken/"]
        yield from ["/admin/", "/admin/nope/", "/admin/movies/show/timetable/"]
        yield f"/admin/bookings/booking/show/{self.show.pk}/"
        yield f"/admin/movies/screen/{self.show.screen_id}/change/"

    def test_a_page_runs_only_our_scripts_and_those_with_its_nonce(self):
        nonces = set()
        for url in self.pages():
            with self.subTest(url=url):
                response = self.client.get(url)
                policy, page = policy_of(response), response.content.decode()
                self.assertEqual(policy["default-src"], ["'none'"])
                self.assertEqual(policy["base-uri"], ["'none'"])
                self.assertEqual(policy["frame-ancestors"], ["'none'"])
                for kind in ("script-src", "style-src"):
                    self.assertRegex(" ".join(policy[kind]), r"^'self'( 'nonce-[\w+/=]{24}')?$")
                self.assertNotIn("unsafe", response["Content-Security-Policy"])
                self.assertEqual(INLINE.findall(page), [])
                self.assertEqual(ATTRIBUTE.findall(page), [])
                used = re.findall('nonce="([^"]*)"', page)
                self.assertLessEqual(
                    {f"'nonce-{nonce}'" for nonce in used}, {*policy["script-src"]}
                )
                self.assertTrue(nonces.isdisjoint(used))
                nonces.update(used)
        self.assertGreaterEqual(len(nonces), 5)

    def test_only_redoc_may_start_a_worker(self):
        for url in self.pages():
            with self.subTest(url=url):
                allowed = policy_of(self.client.get(url)).get("worker-src")
                self.assertEqual(allowed, ["blob:"] if url == "/redoc/" else None)

    def test_what_is_no_page_may_load_and_run_nothing(self):
        for url in [
            "/api/movies/",
            "/api/orders/",
            "/nope",
            "/openapi.json",
            "/healthz",
            "/readyz",
        ]:
            with self.subTest(url=url):
                self.assertEqual(self.client.get(url)["Content-Security-Policy"], NO_PAGE)
        with self.settings(DEBUG=True):
            self.assertEqual(self.client.get("/nope")["Content-Security-Policy"], NO_PAGE)
        picture = policy_of(self.client.get(f"/api/shows/{self.show.pk}/seats.svg"))
        self.assertEqual(picture.pop("style-src-attr"), ["'unsafe-inline'"])
        self.assertEqual(picture, policy_of(self.client.get("/api/movies/")))

    def test_errors_of_pages_have_the_policy_too(self):
        client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        with self.assertLogs("django.security.csrf", "WARNING"):
            refused = client.post("/admin/login/", {"username": "boss"})
        self.assertEqual(refused.status_code, 403)
        with (
            mock.patch("django.contrib.admin.sites.AdminSite.each_context", side_effect=KeyError),
            self.assertLogs("django.request", "ERROR"),
        ):
            broken = client.get("/admin/login/")
        self.assertEqual(broken.status_code, 500)
        for response in (refused, broken):
            self.assertEqual(policy_of(response)["default-src"], ["'none'"])
            self.assertEqual(INLINE.findall(response.content.decode()), [])

    def test_no_response_may_use_camera_place_or_payment(self):
        for url in [*self.pages(), "/api/movies/", "/nope", "/healthz"]:
            with self.subTest(url=url):
                features = self.client.get(url)["Permissions-Policy"].split(", ")
                self.assertLessEqual({"camera=()", "geolocation=()", "payment=()"}, {*features})


class StorageTests(TestCase):
    def test_nothing_that_a_person_gets_is_stored(self):
        staff = make_staff()
        token, session = client_of(staff), Client()
        session.force_login(staff)
        for client, url in [
            *((token, url) for url in ("/api/movies/", "/api/orders/", "/api/nope/", "/readyz/")),
            *((session, url) for url in ("/admin/", "/admin/jsi18n/", "/swagger/", "/errors/")),
            (session, "/admin/nope/"),
        ]:
            with self.subTest(url=url):
                self.assertIn("no-store", client.get(url).headers.get("Cache-Control", ""))
        for url in ("/api/auth/login/", "/api/auth/signup/", "/api/auth/password/reset/"):
            with self.subTest(url=url):
                response = self.client.post(url, {"username": "x"}, "application/json")
                self.assertEqual(response["Cache-Control"], "no-store")

    def test_public_answers_may_be_stored(self):
        for url in ("/api/movies/", "/errors/", "/swagger/", "/redoc/"):
            with self.subTest(url=url):
                answer = self.client.get(url)
                self.assertNotIn("no-store", answer.headers.get("Cache-Control", ""))


@skipUnless(connection.vendor == "sqlite", "the same on each database: once is enough")
class BrowserPolicyTests(BrowserTestCase):
    def test_no_page_breaks_its_own_policy(self):
        with self.browser(404) as page:
            SwaggerUI(page).open()
            page.goto("/redoc/")
            expect(page.get_by_role("heading", name="Movie Ticket Booking API")).to_be_visible()
            page.get_by_role("textbox").fill("seats")  # the worker searches
            expect(page.locator("[data-role='search:results'] li").first).to_be_visible()
            menu = page.locator(".menu-content")
            self.assertGreater(menu.evaluate("each => each.getBoundingClientRect().height"), 800)
            position = menu.evaluate("each => getComputedStyle(each).position")
            self.assertEqual(position, "sticky")  # the styles of Redoc are applied
            self.shoot(page, "redoc")
            for url in ("/errors/", "/errors/seat_taken/"):
                page.goto(url)
                self.assertEqual(page.evaluate("getComputedStyle(document.body).maxWidth"), "736px")
            page.goto("/admin/nope/")
            self.log_in_to_the_admin(page)
            page.goto("/admin/nope/")
            page.goto("/api/movies/")

    def test_an_inline_script_is_blocked_on_every_page(self):
        blocked = []
        with self.browser(expected=["Content Security Policy"]) as page:
            page.context.on("console", lambda said: blocked.append(said.text))
            self.log_in_to_the_admin(page)
            for url in ("/admin/", "/swagger/", "/redoc/", "/errors/"):
                with self.subTest(url=url):
                    page.goto(url)
                    blocked.clear()
                    page.evaluate(
                        """() => {
                          const script = document.createElement("script");
                          script.textContent = "window.broken = true";
                          document.body.append(script);
                          const image = document.createElement("div");
                          image.innerHTML = "<img src='data:,x' onerror='window.broken = true'>";
                          document.body.append(image);
                        }"""
                    )
                    page.wait_for_timeout(200)
                    self.assertIsNone(page.evaluate("window.broken ?? null"))
                    self.assertGreaterEqual(len(blocked), 2, blocked)
