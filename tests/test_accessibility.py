"""Every page of the admin in a browser: no fault that axe-core finds, and nothing cut off.

Swagger UI and Redoc are pages of others, and are not tested here.
"""

from unittest import mock, skipUnless

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.db import IntegrityError, connection
from django.urls import reverse

from audit.models import Entry
from bookings.models import Booking, Order
from movies.models import Genre, Show
from outbox.models import Event, Job
from payments.models import GatewayEvent, Payment, Refund
from testing.browser import BrowserTestCase, expect
from testing.second_factor import App
from tickets.models import Admission

try:
    from axe_playwright_python.base import AXE_SCRIPT
except ImportError:
    AXE_SCRIPT = None

READ_ONLY = {
    Booking,
    Order,
    Admission,
    Entry,
    Event,
    Job,
    Payment,
    Refund,
    GatewayEvent,
}  # nobody adds these
READ_ONLY |= {AccessAttempt, AccessFailureLog, AccessLog}
WIDTHS = (1280, 800, 390)
# `preload` would ask for style sheets again, some under a wrong URL.
ALL_RULES = {"resultTypes": ["violations"], "preload": False}
# The rules that depend on the colours; all others find the same in light and in dark.
COLOR_RULES = {**ALL_RULES, "runOnly": ["color-contrast", "link-in-text-block"]}
# A style element would need the nonce of the page.
NO_TRANSITIONS = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("* { transition: none !important }");
  document.adoptedStyleSheets.push(sheet);
}"""
SIZES = """() => {
  const width = document.documentElement.clientWidth;
  const faults = [];
  if (document.documentElement.scrollWidth > width) faults.push("the page scrolls sideways");
  const all = (selector) => [...document.querySelectorAll(selector)];
  const boxes = (selector) => all(selector)
    .map((each) => each.getBoundingClientRect()).filter((box) => box.width && box.height);
  for (const tool of boxes(".object-tools li")) {
    for (const heading of boxes("#content > h1, #content > h2")) {
      const isOver = tool.top < heading.bottom && heading.top < tool.bottom;
      if (isOver) faults.push("a button is over the heading");
    }
  }
  for (const field of all(".form-row :is(input, select, textarea), .object-tools li")) {
    const scrolls = field.closest(".inline-group, .results, [role=region]");
    const isCut = !scrolls && field.getBoundingClientRect().right > width;
    if (isCut) faults.push(`${field.id || field.textContent} is cut off`);
  }
  for (const box of all("#changelist .results, .inline-group, [role=region][tabindex]")) {
    const isHinted = box.previousElementSibling?.matches(".scroll-hint") ?? false;
    const isWide = box.scrollWidth > box.clientWidth + 1;
    if (isWide !== isHinted) faults.push(`a wrong hint of ${box.className}`);
  }
  return faults;
}"""


@skipUnless(connection.vendor == "sqlite", "the same on each database: once is enough")
class AccessibilityTests(BrowserTestCase):
    def setUp(self):
        super().setUp()
        short_lists = mock.patch.object(admin.ModelAdmin, "list_per_page", 10)
        self.enterContext(short_lists)
        self.pages = [*self.pages_of_models(), *self.own_pages()]
        self.faults = []

    def pages_of_models(self):
        """Yield the URLs of the list and the forms of every model in the admin."""
        for model in admin.site._registry:
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
            yield reverse(f"{name}_changelist")
            if model not in READ_ONLY:
                yield reverse(f"{name}_add")
            if row := model._default_manager.order_by("pk").first():
                yield reverse(f"{name}_change", args=[row.pk])

    def own_pages(self):
        self.show = Show.objects.upcoming().filter(bookings__status="booked").first()
        genre = Genre.objects.first()
        booking = self.show.bookings.filter(status="booked").first()
        show = [self.show.pk]
        return [
            reverse("admin:index"),
            reverse("admin:app_list", args=["movies"]),
            reverse("admin:password_change"),
            reverse("second-factor-set-up"),
            reverse("second-factor-app"),
            reverse("second-factor-key"),
            reverse("confirm-password"),
            reverse("admin:movies_genre_changelist") + "?q=nothing-has-this-name",
            reverse("admin:movies_genre_delete", args=[genre.pk]),
            reverse("admin:movies_genre_history", args=[genre.pk]),
            reverse("admin:movies_show_delete", args=show),
            reverse("admin:movies_show_timetable"),
            reverse("admin:movies_show_schedule"),
            reverse("admin:movies_show_reschedule", args=show),
            reverse("admin:movies_show_change", args=show),
            reverse("admin:bookings_show_seats", args=show),
            reverse("admin:bookings_order_changelist") + f"?show={self.show.pk}",
            reverse("admin:bookings_booking_changelist") + f"?q={booking.seat_number}",
            reverse("admin:accounts_user_change", args=[booking.order.customer_id]),
            reverse("admin:movies_movie_delete", args=[self.show.movie_id]),
            reverse("admin:movies_screen_delete", args=[self.show.screen_id]),
            reverse("admin:bookings_order_renew", args=[booking.order_id]),
            reverse("admin:bookings_order_block", args=[booking.order_id]),
            reverse("admin:bookings_seat_history", args=[*show, booking.seat_number]),
        ]

    def check(self, page, name):
        """Collect the faults of the page at every width, in light and in dark."""
        page.evaluate(NO_TRANSITIONS)  # colours change at once
        page.evaluate(AXE_SCRIPT)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme="light")
            page.wait_for_timeout(50)  # until the page has seen its new size
            self.faults += [f"{name} at {width}: {fault}" for fault in page.evaluate(SIZES)]
            self.ask_axe(page, f"{name} at {width}, light", ALL_RULES)
            page.emulate_media(color_scheme="dark")
            self.ask_axe(page, f"{name} at {width}, dark", COLOR_RULES)
        self.shoot(page, name.strip("/").replace("/", "-").partition("?")[0])

    def ask_axe(self, page, name, rules):
        for violation in page.evaluate("(rules) => axe.run(rules)", rules)["violations"]:
            targets = [str(node["target"]) for node in violation["nodes"]]
            self.faults.append(f"{name}: {violation['help']}: {', '.join(targets[:3])}")

    def test_no_page_of_the_admin_has_a_fault(self):
        with self.browser() as page:
            page.goto("/admin/login/")
            self.check(page, "log in")
            self.log_in_to_the_admin(page)
            for url in self.pages:
                page.goto(url)
                self.check(page, url)
        self.assertEqual(self.faults, [])

    def test_no_page_of_a_second_factor_has_a_fault(self):
        with self.browser() as page:
            self.log_in_to_the_admin(page)
            page.goto(reverse("second-factor-app"))
            app = App.of_text(page.locator(".app-key").inner_text().replace(" ", ""))
            page.get_by_label("Name").fill("Telephone")
            page.get_by_label("Code:").fill("12")
            page.get_by_role("button", name="Add the app").click()
            expect(page.locator(".errorlist")).to_be_visible()
            self.check(page, "app with errors")
            page.get_by_label("Code:").fill(app.code())
            page.get_by_role("button", name="Add the app").click()
            expect(page.get_by_role("link", name="I have kept them")).to_be_visible()
            self.check(page, "recovery codes")
            for name in ("second-factor-set-up", "confirm-password"):
                page.goto(reverse(name))
                self.check(page, f"{name} with a factor")
            page.goto("/admin/accounts/user/?q=staff")
            page.locator("#result_list .field-username a").click()
            page.get_by_role("link", name="Remove second factor").click()
            self.check(page, "remove second factor")
            page.context.clear_cookies()
            page.goto("/admin/login/?next=/admin/")
            page.get_by_label("Username").fill("staff")
            page.get_by_label("Password").fill("staff-pass123")
            page.get_by_role("button", name="Log in").click()
            page.get_by_role("button", name="Go on").click()
            expect(page.locator(".errorlist")).to_be_visible()
            self.check(page, "second factor")
        self.assertEqual(self.faults, [])

    def test_no_page_within_an_action_has_a_fault(self):
        with self.browser() as page:
            self.log_in_to_the_admin(page)
            page.goto("/admin/bookings/order/?status=booked")
            page.locator("#result_list tbody").get_by_role("checkbox").first.check()
            page.get_by_label("Action:").select_option(label="Cancel, refund the full price")
            page.get_by_role("button", name="Go").click()
            expect(page.get_by_label("Reason")).to_be_visible()
            self.check(page, "cancel")
            page.locator(".cancel-button").click()
            expect(page.locator(".errorlist").first).to_be_visible()
            self.check(page, "cancel without a reason")
            page.goto(reverse("admin:movies_show_reschedule", args=[self.show.pk]))
            page.locator("#id_starts_at_1").fill("23:55")
            page.get_by_label("Reason").fill("The print is late")
            page.get_by_role("button", name="See what changes").click()
            self.check(page, "reschedule")
            page.goto("/admin/movies/show/schedule/")
            page.get_by_role("button", name="Schedule all shows").click()
            expect(page.locator(".errornote")).to_be_visible()
            self.check(page, "schedule with errors")
            page.goto(f"/admin/bookings/booking/show/{self.show.pk}/")
            page.get_by_role("button", name="Block", exact=True).click()
            expect(page.locator(".errorlist").first).to_be_visible()
            page.get_by_text("Cancel the show").first.click()
            self.check(page, "seats with errors")
        self.assertEqual(self.faults, [])

    def test_no_page_of_an_error_has_a_fault(self):
        with self.browser(400, 409, 429, 403) as page:
            self.log_in_to_the_admin(page)
            with self.assertLogs("core.http.admin_guard", "WARNING"):
                page.goto("/admin/movies/show/add/?movie=abc")
            expect(page.get_by_role("heading", name="Invalid value")).to_be_visible()
            self.check(page, "invalid value")
            page.goto("/admin/movies/genre/add/")
            page.get_by_label("Name").fill("Noir")
            with mock.patch.object(Genre, "save", side_effect=IntegrityError):
                page.get_by_role("button", name="Save", exact=True).click()
                expect(page.get_by_role("heading", name="Another change")).to_be_visible()
            self.check(page, "saved meanwhile")
            page.context.clear_cookies()
            page.goto("/admin/login/")
            locked = page.get_by_role("heading", name="Too many failed attempts")
            while not locked.count():
                page.get_by_label("Username").fill("staff")
                page.get_by_label("Password").fill("wrong")
                page.get_by_role("button", name="Log in").click()
                page.wait_for_load_state()
            self.check(page, "locked out")
        self.assertEqual(self.faults, [])
