"""The pages of the admin in a browser: what a click, a key and the theme switch do."""

from datetime import timedelta

from django.utils import timezone

from bookings.models import Booking, Order
from movies.models import Screen, Show
from testing.browser import BrowserTestCase, expect

DARK_CARD, LIGHT_CARD = "rgb(27, 34, 44)", "rgb(245, 247, 250)"
PLACE = "(box) => [box.offsetLeft, box.offsetTop, box.offsetWidth, box.offsetHeight]"
LINKS_AT = """(box) => {
  const {left, top, width, height} = box.getBoundingClientRect();
  const links = new Set();
  for (let across = .05; across < 1; across += .15) {
    for (let down = .05; down < 1; down += .15) {
      const met = document.elementFromPoint(left + across * width, top + down * height);
      links.add(met?.closest("a")?.className ?? "none");
    }
  }
  return [...links].sort();
}"""


class TimetableTests(BrowserTestCase):
    def setUp(self):
        super().setUp()
        show = Show.objects.upcoming().order_by("starts_at").last()
        self.day = (timezone.now() + timedelta(days=90)).date()
        start = timezone.now().replace(hour=12, minute=0, second=0) + timedelta(days=90)
        screen = Screen.objects.get(pk=show.screen_id)
        times = [(0, 110), (110 + screen.turnaround_minutes, 7), (240, 12), (300, 150)]
        for after, minutes in times:
            show.pk = None
            show.starts_at = start + timedelta(minutes=after)
            show.ends_at = show.starts_at + timedelta(minutes=minutes)
            show.sales_open_at = show.sales_close_at = None
            show.save()
        self.url = f"/admin/movies/show/timetable/?cinema={screen.cinema_id}&day={self.day}"

    def test_a_show_is_clicked_on_its_whole_block_which_never_moves(self):
        with self.browser() as page:
            self.log_in_to_the_admin(page)
            page.goto(self.url)
            page.set_viewport_size({"width": 5000, "height": 900})  # so that nothing scrolls
            blocks = page.locator(".timetable-show")
            expect(blocks).to_have_count(4)
            places = [block.evaluate(PLACE) for block in blocks.all()]
            for block, place in zip(blocks.all(), places, strict=True):
                block.hover()
                self.assertEqual([each.evaluate(PLACE) for each in blocks.all()], places)
                links = set(block.evaluate(LINKS_AT))
                self.assertEqual(links - {"timetable-sold"}, {"timetable-title"})
                self.assertGreaterEqual(place[2], 24)
            title = blocks.nth(1).get_by_role("link").first
            title.focus()
            page.keyboard.press("Shift+Tab")
            page.keyboard.press("Tab")
            self.assertEqual([each.evaluate(PLACE) for each in blocks.all()], places)
            box = blocks.nth(1).locator(".timetable-box")
            self.assertNotEqual(box.evaluate("(box) => getComputedStyle(box).outlineStyle"), "none")
            self.shoot(page, "short-shows")
            page.keyboard.press("Enter")
            page.wait_for_url("**/change/")
            page.goto(self.url)
            blocks.nth(0).click(position={"x": 60, "y": 60})
            page.wait_for_url("**/change/")

    def test_shows_on_a_screen_do_not_cover_each_other(self):
        with self.browser() as page:
            self.log_in_to_the_admin(page)
            page.goto(self.url)
            places = [block.evaluate(PLACE) for block in page.locator(".timetable-show").all()]
            for (left, _, width, _), (next_left, *_) in zip(places, places[1:], strict=False):
                self.assertLessEqual(left + width, next_left + 1)


class HallTests(BrowserTestCase):
    def test_the_hall_follows_the_theme_and_stays_light_on_paper(self):
        show = Show.objects.upcoming().filter(bookings__status="booked").first()
        card = "() => getComputedStyle(document.querySelector('.seat-map > rect')).fill"
        with self.browser() as page:
            self.log_in_to_the_admin(page)
            page.goto(f"/admin/bookings/booking/show/{show.pk}/")
            for theme, system, expected in [
                ("auto", "light", LIGHT_CARD),
                ("auto", "dark", DARK_CARD),
                ("light", "dark", LIGHT_CARD),
                ("dark", "light", DARK_CARD),
            ]:
                page.emulate_media(color_scheme=system)
                page.evaluate(
                    "(theme) => { document.documentElement.dataset.theme = theme }", theme
                )
                self.assertEqual(page.evaluate(card), expected, (theme, system))
            page.emulate_media(media="print")
            self.assertEqual(page.evaluate(card), LIGHT_CARD)
            expect(page.locator("#nav-sidebar")).to_be_hidden()

    def test_a_click_on_a_seat_fills_in_its_number(self):
        show = Show.objects.upcoming().first()
        with self.browser() as page:
            self.log_in_to_the_admin(page)
            page.goto(f"/admin/bookings/booking/show/{show.pk}/")
            seats = page.locator("#picture .seat")
            numbers = [seats.nth(place).get_attribute("data-seat") for place in (0, 1)]
            for place in (0, 1):
                seats.nth(place).click()
            expect(page.get_by_label("Seats:", exact=True)).to_have_value(", ".join(numbers))
            expect(page.locator(".seat-ring")).to_have_count(2)
            expect(page.locator("#id_seat")).to_have_value(numbers[1])


class SeatingPlanTests(BrowserTestCase):
    def test_a_plan_is_drawn_while_it_is_typed(self):
        with self.browser() as page:
            self.log_in_to_the_admin(page)
            page.goto("/admin/movies/seatingplan/add/")
            preview = page.locator("[data-preview]")
            expect(preview).to_have_text("Drawn while you type.")
            text = page.get_by_label("Text:")
            text.press_sequentially("A ssss_ssss\nB ww_aa\n")
            expect(preview.locator(".seat")).to_have_count(12)
            expect(preview).to_contain_text("12 seats.")
            self.shoot(page, "1-drawn")
            text.press_sequentially("C ss%ss\nD yy")
            expect(preview.get_by_role("listitem")).to_have_count(2)
            expect(preview).to_contain_text("Line 3: ")
            expect(preview).to_contain_text("Line 4: ")
            expect(preview.locator(".seat")).to_have_count(12)  # the last that could be drawn
            self.shoot(page, "2-faults")
            faults = preview.get_by_role("listitem").all_inner_texts()
            page.get_by_label("Name:").fill("Studio")
            page.get_by_role("button", name="Save", exact=True).click()
            expect(page.locator(".errornote")).to_be_visible()
            expect(page.locator(".field-text > .errorlist li")).to_have_text(faults)
            expect(preview.get_by_role("listitem")).to_have_text(faults)
            text.fill("A ssss")
            expect(preview.locator(".seat")).to_have_count(4)
            expect(preview.get_by_role("listitem")).to_have_count(0)
            page.get_by_role("button", name="Save and continue editing").click()
            expect(page.locator(".messagelist .success")).to_contain_text("Studio")
            expect(preview.locator(".seat")).to_have_count(4)
            text.fill("A ssssss")
            expect(preview.locator(".seat")).to_have_count(6)

    def test_without_a_server_the_preview_says_so(self):
        with self.browser(500) as page:
            self.log_in_to_the_admin(page)
            page.goto("/admin/movies/seatingplan/add/")
            page.route("**/preview/", lambda route: route.fulfill(status=500))
            page.get_by_label("Text:").fill("A ss")
            expect(page.locator("[data-preview]")).to_contain_text("No preview now.")


class ListTests(BrowserTestCase):
    def setUp(self):
        super().setUp()
        order = Order.objects.filter(status="booked").order_by("-pk").first()
        booking = order.bookings.first()
        fields = ("show", "order", "status", "price", "ticket_type", "created_at", "booked_at")
        copied = {name: getattr(booking, name) for name in fields}
        Booking.objects.bulk_create(
            Booking(**copied, seat_number=f"ORCHESTREZ{number}") for number in range(10, 20)
        )

    def test_the_seats_of_an_order_are_not_cut_off(self):
        with self.browser() as page:
            self.log_in_to_the_admin(page)
            page.set_viewport_size({"width": 1280, "height": 900})
            page.goto("/admin/bookings/order/")
            cell = page.locator(".field-seats", has_text="ORCHESTREZ19").first
            box, table = cell.bounding_box(), page.locator(".results").bounding_box()
            self.assertLessEqual(box["x"] + box["width"], table["x"] + table["width"])
            self.assertEqual(cell.evaluate("(cell) => cell.scrollWidth - cell.clientWidth"), 0)
            for width in (800, 390):
                page.set_viewport_size({"width": width, "height": 900})
                expect(page.get_by_text("wider than the window: scroll")).to_be_visible()
                page.locator(".results").focus()
                cell.scroll_into_view_if_needed()
                expect(cell).to_be_in_viewport()

    def test_the_keyboard_reaches_the_content_first_by_the_skip_link(self):
        with self.browser() as page:
            self.log_in_to_the_admin(page)
            page.goto("/admin/bookings/order/")
            page.locator("body").press("Tab")
            page.keyboard.press("Enter")
            self.assertTrue(page.url.endswith("#content-start"))
            reached = []
            for _ in range(6):
                page.keyboard.press("Tab")
                reached.append(page.evaluate("document.activeElement.textContent.trim()"))
                outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                self.assertEqual(outline, "solid", reached)
            self.assertTrue(any(text.startswith("Status:") for text in reached), reached)
