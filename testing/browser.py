"""Tests in a real browser, with a server that has the demo data.

The variable CHROMIUM is the path of the browser; by default it is the chromium of the PATH. The
variable SCREENSHOTS is a folder for pictures of every step; by default only failures are pictured,
in artefacts/.
"""

import json
import os
import re
import shutil
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from unittest import skipUnless
from urllib.parse import urlsplit

from django.core.management import call_command
from django.test import LiveServerTestCase, override_settings

try:
    from playwright.sync_api import Error, expect, sync_playwright
except ImportError:
    Error = expect = sync_playwright = None

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
SCREENSHOTS = os.environ.get("SCREENSHOTS")
FAILURES = Path(__file__).resolve().parent.parent / "artefacts"

TIMEOUT = 60_000  # milliseconds, for slow machines; waiting ends as soon as the page is ready
WIDE, NARROW = {"width": 1300, "height": 900}, {"width": 390, "height": 844}
SWITCHES = [
    "--no-sandbox",  # root cannot use the sandbox
    "--disable-dev-shm-usage",  # containers have little of it
    # The browser cannot reach any other host, whatever it tries on its own.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]


def without_handler(application):
    """Replace Django's test handler of static files: whitenoise serves them, as in production."""
    return application


@skipUnless(
    sync_playwright and CHROMIUM,
    "browser tests need the package playwright and chromium: apt-get install chromium, "
    "or CHROMIUM=/path/to/it",
)
class BrowserTestCase(LiveServerTestCase):
    """Tests use `with self.browser() as page:`, and make no queries within it.

    Playwright runs an event loop in the thread, and Django refuses queries in such a thread.
    """

    host = "127.0.0.1"
    static_handler = staticmethod(without_handler)

    def setUp(self):
        with override_settings(DEBUG=True):
            call_command("load_demo", stdout=StringIO())

    @contextmanager
    def browser(self, *statuses, expected=()):
        """Open a page; at the end assert that nothing failed and no other host was asked.

        Responses with one of these statuses, such as 409, are expected, and so are lines of the
        console that contain one of the expected texts.
        """
        expect.set_options(timeout=TIMEOUT)
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
            context = chromium.new_context(base_url=self.live_server_url, viewport=WIDE)
            context.set_default_timeout(TIMEOUT)
            heard = self._listen(context)
            page = context.new_page()
            try:
                yield page
                expected = (*expected, *(f"status of {status} " for status in statuses))
                self.assertEqual([each for each in heard if not self._has(each, expected)], [])
            except BaseException as error:
                error.add_note(f"Heard: {heard}\nSeen: {self._last_seen(page)}")
                raise
            finally:
                chromium.close()

    def _listen(self, context):
        """Return a list that collects failures, warnings and requests to other hosts."""
        heard = []

        def requested(request):
            url = urlsplit(request.url)
            if url.scheme not in ("data", "blob") and not request.url.startswith(
                f"{self.live_server_url}/"
            ):
                heard.append(f"request to another host: {request.url}")

        def failed(request):
            if request.failure != "net::ERR_ABORTED":  # the page was left before the response
                heard.append(f"{request.failure}: {request.url}")

        def said(message):
            if message.type in ("error", "warning"):
                heard.append(f"{message.type} on the console: {message.text}")

        context.on("request", requested)
        context.on("requestfailed", failed)
        context.on("console", said)
        context.on("weberror", lambda web_error: heard.append(f"error: {web_error.error}"))
        return heard

    def _has(self, text, words):
        return any(word in text for word in words)

    def log_in_to_the_admin(self, page):
        page.goto("/admin/login/?next=/admin/")
        page.get_by_label("Username").fill("staff")
        page.get_by_label("Password").fill("staff-pass123")
        page.get_by_role("button", name="Log in").click()
        expect(page.locator("#user-tools")).to_be_visible()

    def shoot(self, page, name):
        """If SCREENSHOTS is set, picture the page as it is, on a telephone and in dark mode."""
        if not SCREENSHOTS:
            return
        self._keep(page, SCREENSHOTS, name)
        page.set_viewport_size(NARROW)
        self._keep(page, SCREENSHOTS, f"{name}-narrow")
        page.set_viewport_size(WIDE)
        page.emulate_media(color_scheme="dark")
        self._keep(page, SCREENSHOTS, f"{name}-dark")
        page.emulate_media(color_scheme="light")

    def _last_seen(self, page):
        try:
            return self._keep(page, SCREENSHOTS or FAILURES, "failure")
        except Error as error:  # the failure itself is reported in any case
            return f"no picture, {error}"

    def _keep(self, page, folder, name):
        height = page.evaluate("document.documentElement.scrollHeight")
        path = Path(folder) / f"{self._testMethodName}-{name}.png"
        # Swagger UI as a whole is too long for one picture.
        page.screenshot(path=path, full_page=height < 6000)
        return path


class SwaggerUI:
    """The actions of a user in Swagger UI."""

    def __init__(self, page):
        self.page = page

    def open(self):
        self.page.goto("/swagger/")
        expect(self.page.locator(".opblock").first).to_be_visible()

    def authorize(self, token):
        self.page.get_by_role("button", name="Authorize").click()
        dialog = self.page.locator(".dialog-ux")
        dialog.locator("input").fill(token)
        dialog.get_by_role("button", name="Apply credentials").click()
        expect(dialog.get_by_role("button", name="Remove authorization")).to_be_visible()
        dialog.locator(".btn-done").click()
        expect(dialog).to_have_count(0)

    def try_out(self, method, path):
        """Open the operation and return it; close the previous one, as long pages are slow."""
        opened = self.page.locator(".opblock.is-open .opblock-summary-control")
        if opened.count():
            opened.click()
        operation = self.page.locator(f'.opblock-{method}:has([data-path="{path}"])')
        operation.locator(".opblock-summary-control").click()
        operation.get_by_role("button", name="Try it out").click()
        return operation

    def execute(self, operation, *, body=None, **parameters):
        """Execute; return (status, body) as shown. Without a body the example is sent."""
        for name, value in parameters.items():
            operation.locator(f'tr[data-param-name="{name}"] input').fill(str(value))
        if body is not None:
            operation.locator("textarea").fill(json.dumps(body))
        operation.get_by_role("button", name="Execute").click()
        answer = operation.locator(".live-responses-table")
        status = answer.locator("tbody .response-col_status")
        expect(status).to_have_text(re.compile(r"^\d{3}"))
        answer.scroll_into_view_if_needed()
        return int(status.inner_text()[:3]), json.loads(answer.locator("code").inner_text())
