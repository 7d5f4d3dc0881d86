"""Swagger UI, Redoc and the admin, as people use them: in a browser."""

from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from testing.browser import NARROW, SCREENSHOTS, BrowserTestCase, SwaggerUI, expect


class BrowserTests(BrowserTestCase):
    def test_a_customer_books_in_swagger_ui_and_staff_cancel_in_the_admin(self):
        with self.browser() as page:
            swagger = SwaggerUI(page)
            swagger.open()
            self.shoot(page, "01-operations")
            self.sign_up_and_log_in(swagger)
            show = self.find_show(swagger)
            booked = self.book_a_seat(swagger, show)
            order = self.hold_and_confirm_two(swagger, show)
            held = [booking["seat_number"] for booking in order["bookings"]]
            self.see_them_taken(page, show, [booked["seat_number"], *held])
            self.cancel_in_the_admin(page, order)
            self.see_the_history(page, order)
            swagger.open()
            self.see_them_available(swagger, show, held)
            self.see_them_taken(page, show, [booked["seat_number"]])

    def test_the_page_of_an_error_is_narrow_and_leads_to_its_operations(self):
        with self.browser() as page:
            page.set_viewport_size(NARROW)
            page.goto("/errors/held_too_long/")
            width = page.evaluate("document.documentElement.scrollWidth")
            self.assertLessEqual(width, NARROW["width"])
            page.get_by_role("link", name="POST /api/shows/{id}/hold/").press("Enter")
            expect(page.locator("#operations-shows-holdSeats")).to_contain_class("is-open")
            self.assertTrue(page.url.endswith("/swagger/#/shows/holdSeats"))

    def sign_up_and_log_in(self, swagger):
        operation = swagger.try_out("post", "/api/auth/signup/")
        status, account = swagger.execute(operation)
        self.assertEqual((status, account["username"]), (201, "alice"))
        self.shoot(swagger.page, "02-signed-up")
        status, tokens = swagger.execute(swagger.try_out("post", "/api/auth/login/"))
        self.assertEqual(status, 200)
        swagger.authorize(tokens["access"])
        self.shoot(swagger.page, "03-authorized")

    def find_show(self, swagger):
        """Return a show of tomorrow or later with many free seats."""
        operation = swagger.try_out("get", "/api/shows/")
        status, shows = swagger.execute(operation, page=3)
        self.assertEqual(status, 200)
        return max(shows["results"], key=lambda show: show["available_seats"])["id"]

    def book_a_seat(self, swagger, show):
        operation = swagger.try_out("get", "/api/shows/{id}/seats/")
        _, seats = swagger.execute(operation, id=show)
        free = next(s for s in seats["seats"] if s["status"] == "available")["seat_number"]
        operation = swagger.try_out("post", "/api/shows/{id}/book/")
        status, booking = swagger.execute(operation, id=show, body={"seat_number": free})
        self.assertEqual((status, booking["status"]), (201, "booked"))
        self.shoot(swagger.page, "04-booked")
        return booking

    def hold_and_confirm_two(self, swagger, show):
        order = self.hold_two(swagger, show)
        operation = swagger.try_out("post", "/api/orders/{code}/confirm/")
        status, order = swagger.execute(operation, code=order["code"])
        self.assertEqual((status, order["status"]), (200, "booked"))
        self.shoot(swagger.page, "05-confirmed")
        return order

    def hold_two(self, swagger, show):
        operation = swagger.try_out("post", "/api/shows/{id}/hold/")
        status, order = swagger.execute(operation, id=show)
        self.assertEqual((status, order["status"], len(order["bookings"])), (201, "held", 2))
        return order

    def see_them_taken(self, page, show, numbers):
        page.goto(f"/api/shows/{show}/seats.svg")
        for number in numbers:
            seat = page.locator(f'[data-seat="{number}"]')
            expect(seat).to_have_attribute("data-status", "booked")

    def cancel_in_the_admin(self, page, order):
        self.log_in_to_the_admin(page)
        self.shoot(page, "07-admin")
        page.locator("#content-main").get_by_role("link", name="Orders", exact=True).click()
        page.locator("#searchbar").fill(order["code"])
        page.get_by_role("button", name="Search").click()
        row = page.locator("#result_list tbody tr")
        expect(row).to_contain_text(order["code"])
        expect(row).to_contain_text("booked")
        row.get_by_role("checkbox").check()
        page.get_by_label("Action:").select_option(label="Cancel, refund the full price")
        self.shoot(page, "08-order-chosen")
        page.get_by_role("button", name="Go").click()
        expect(page.get_by_text("2 seats to cancel")).to_be_visible()
        page.get_by_label("Reason").fill("Asked for by telephone")
        self.shoot(page, "09-cancel")
        page.get_by_role("button", name="Cancel 2 seats").click()
        expect(page.locator(".messagelist .success")).to_contain_text(order["code"])
        expect(row).to_contain_text("cancelled")
        self.shoot(page, "10-cancelled")

    def see_the_history(self, page, order):
        page.locator("#result_list").get_by_role("link", name=order["code"]).click()
        self.shoot(page, "11-order")
        page.locator(".inlineviewlink").first.click()
        self.shoot(page, "12-booking")
        page.get_by_role("link", name="All bookings of the seat").click()
        history = page.locator(".history-list")
        expect(history).to_contain_text("Confirmed: booked, payment pi_3Q2x9K.")
        expect(history).to_contain_text("Cancelled by staff: Asked for by telephone.")
        self.shoot(page, "13-history")
        page.locator(".breadcrumbs a").last.click()
        expect(page.locator(".seat-map")).to_be_visible()
        self.shoot(page, "14-hall")

    def see_them_available(self, swagger, show, numbers):
        operation = swagger.try_out("get", "/api/shows/{id}/seats/")
        _, seats = swagger.execute(operation, id=show)
        statuses = {seat["seat_number"]: seat["status"] for seat in seats["seats"]}
        self.assertEqual({statuses[number] for number in numbers}, {"available"})

    def test_an_order_is_moved_and_cancelled_in_swagger_ui_with_the_examples_as_they_are(self):
        with self.browser() as page:
            swagger = SwaggerUI(page)
            swagger.open()
            self.sign_up_and_log_in(swagger)
            order = self.hold_two(swagger, self.find_show(swagger))
            seats = [booking["seat_number"] for booking in order["bookings"]]
            for action, after in [("move", "held"), ("confirm", "booked"), ("cancel", "cancelled")]:
                operation = swagger.try_out("post", f"/api/orders/{{code}}/{action}/")
                status, order = swagger.execute(operation, code=order["code"])
                self.assertEqual((status, order["status"]), (200, after))
                self.assertNotEqual(
                    [booking["seat_number"] for booking in order["bookings"]], seats
                )
            self.shoot(page, "cancelled")

    def test_redoc_shows_every_operation(self):
        with self.browser() as page:
            page.goto("/redoc/")
            expect(page.get_by_role("heading", name="Hold seats")).to_be_visible()
            self.shoot(page, "01")

    def test_the_timetable_shows_the_programme_of_a_saturday(self):
        """With SCREENSHOTS=docs this writes docs/timetable.png, the picture in the README."""
        with self.browser() as page:
            self.log_in_to_the_admin(page)
            saturday = timezone.localdate() + timedelta(days=7)
            saturday -= timedelta(days=(saturday.weekday() - 5) % 7)  # one of the next seven days
            page.goto(f"/admin/movies/show/timetable/?day={saturday}")
            expect(page.get_by_role("heading", name=f"Saturday {saturday.day}")).to_be_visible()
            expect(page.locator(".timetable-row")).to_have_count(3)
            expect(page.locator(".timetable-show").first).to_contain_text("sold")
            if SCREENSHOTS:
                page.locator("#content").screenshot(path=Path(SCREENSHOTS) / "timetable.png")
