"""`GET orders/{code}/tickets/`: the codes and texts of booked seats."""

from datetime import UTC, datetime, timedelta

from django.utils import timezone

from accounts.models import User
from bookings.models import Booking
from movies.models import Cinema, Movie, Show, StaffCinema
from testing.builders.accounts import allow, make_clerk
from testing.builders.bookings import block_seat, book_order, hold_order, make_order
from testing.builders.movies import make_cinema, make_show
from testing.clock import end_hold
from tickets.models import Ticket
from tickets.tests.cases import TicketTestCase, claims_of


class TicketsTests(TicketTestCase):
    def tickets(self, user=None):
        response = self.get(f"{self.path}/", user)
        self.assertEqual(response.status_code, 200, response.content)
        return response.json()

    def test_each_booked_seat_has_a_ticket_whose_code_names_it(self):
        for ticket in self.tickets()["tickets"]:
            booking = self.order.bookings.get(seat_number=ticket["seat_number"])
            with self.subTest(seat=booking.seat_number):
                self.assertEqual(ticket["id"], booking.number)
                self.assertEqual(claims_of(ticket["code"]), (self.show.pk, booking.number, 1))
        self.assertFalse(Ticket.objects.exists())

    def test_a_ticket_says_all_that_its_holder_needs(self):
        Movie.objects.update(title="Spirited Away", certificate="PG")
        Cinema.objects.filter(pk=self.screen.cinema_id).update(time_zone="Europe/Athens")
        start = datetime(2030, 6, 7, 18, 5, tzinfo=UTC)
        Show.objects.filter(pk=self.show.pk).update(
            starts_at=start, ends_at=start + timedelta(hours=2)
        )
        User.objects.filter(pk=self.alice.pk).update(first_name="Alice", last_name="Liddell")
        found = self.tickets()
        self.assertEqual(
            found["tickets"][1]["text"],
            "Spirited Away (PG)\n"
            "Friday 7 June 2030, 21:05\n"
            "Lumière, Screen 2\n"
            "Hall, row B, seat 2, Premium\n"
            f"Adult, 14.25 EUR\nOrder {self.order.code}, Alice Liddell",
        )
        top = {name: value for name, value in found.items() if name != "tickets"}
        self.assertEqual(
            top,
            {
                "order": self.order.code,
                "show": self.show.pk,
                "movie_title": "Spirited Away",
                "certificate": "PG",
                "cinema_name": "Lumière",
                "screen_name": "Screen 2",
                "starts_at": "2030-06-07T21:05:00+03:00",
                "time_zone": "Europe/Athens",
                "currency": "EUR",
                "name": "Alice Liddell",
                "pdf_url": f"{self.path}.pdf",
            },
        )

    def test_it_names_the_urls_of_the_picture_and_of_the_pass(self):
        ticket = self.tickets()["tickets"][0]
        self.assertEqual(ticket["qr_url"], f"/api/bookings/{self.booking.number}/ticket.svg")
        self.assertIsNone(ticket["pass_url"])

    def test_it_is_stored_nowhere(self):
        self.assertEqual(self.get(f"{self.path}/")["Cache-Control"], "no-store")

    def test_seats_that_were_cancelled_have_no_ticket(self):
        self.act("cancel", self.order.code, "A1")
        self.assertEqual([each["seat_number"] for each in self.tickets()["tickets"]], ["B2"])

    def test_a_moved_order_has_the_tickets_of_its_new_seats(self):
        self.act("move", self.order.code, "A5", "A6")
        self.assertEqual([each["seat_number"] for each in self.tickets()["tickets"]], ["A5", "A6"])

    def test_an_order_that_is_not_booked_has_none(self):
        held = hold_order(user=self.alice, show=self.show, seats=["A4"])
        self.assert_problem(self.get(f"/api/orders/{held.code}/tickets/"), 409, "not_booked")
        end_hold(held)
        self.assert_problem(self.get(f"/api/orders/{held.code}/tickets/"), 409, "hold_expired")
        self.act("cancel", self.order.code)
        for path in (f"{self.path}/", f"{self.path}.pdf"):
            self.assert_problem(self.get(path), 400, "already_cancelled")

    def test_an_unknown_order_is_not_found(self):
        for path in ("tickets/", "tickets.pdf"):
            response = self.get(f"/api/orders/2222222222/{path}")
            self.assert_problem(response, 404, "not_found")

    def test_the_number_of_queries_does_not_depend_on_the_seats(self):
        small = make_order(user=self.alice, show=self.show, seats=["A7"])
        large = make_order(user=self.alice, show=self.show, seats=["B3", "B4", "B5", "B6"])
        client = self.client_of(self.alice)
        for order in (small, large):
            for path in ("tickets/", "tickets.pdf"):
                # The user; order, bookings, show; movie, screen, cinema and plan, which the process
                # keeps where its cache is on; generations; the customer.
                with self.subTest(path=path, order=order), self.assertNumQueries(11):
                    client.get(f"/api/orders/{order.code}/{path}")


class StaffTests(TicketTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.clerk = make_clerk("view_ticket")

    def statuses(self, user):
        number = self.booking.number
        paths = [f"{self.path}/", f"{self.path}.pdf", f"/api/bookings/{number}/ticket.svg"]
        return {self.get(path, user).status_code for path in paths}

    def test_staff_with_the_right_see_tickets_of_customers(self):
        self.assertEqual(self.statuses(self.clerk), {200})

    def test_nobody_else_does(self):
        self.assertEqual(self.statuses(self.bob), {403})
        allow(self.bob, "view_ticket")  # which is no member of staff
        self.assertEqual(self.statuses(User.objects.get(pk=self.bob.pk)), {403})
        usher = make_clerk("renew_ticket", "view_order", username="usher")
        self.assertEqual(self.statuses(usher), {403})

    def test_staff_of_other_cinemas_do_not(self):
        StaffCinema.objects.create(user=self.clerk, cinema=make_cinema())
        self.assertEqual(self.statuses(self.clerk), {403})
        StaffCinema.objects.create(user=self.clerk, cinema=self.screen.cinema)
        self.assertEqual(self.statuses(User.objects.get(pk=self.clerk.pk)), {200})


class PictureTests(TicketTestCase):
    """`GET bookings/{id}/ticket.svg`."""

    def picture(self, booking, user=None):
        return self.get(f"/api/bookings/{booking.number}/ticket.svg", user)

    def test_a_moved_seat_says_which_order_has_the_new_one(self):
        self.act("move", self.order.code, "A5", "A6")
        response = self.picture(self.booking)
        self.assert_problem(response, 409, "seat_moved", order=self.order.code)

    def test_a_cancelled_seat_is_not_a_moved_one(self):
        self.act("move", self.order.code, "A5", "A6")
        self.act("cancel", self.order.code, "A5")
        cancelled = self.order.bookings.get(seat_number="A5")
        self.assert_problem(self.picture(cancelled), 400, "already_cancelled")

    def test_a_held_and_an_expired_seat_have_none(self):
        held = hold_order(user=self.alice, show=self.show, seats=["A4"])
        booking = held.bookings.get()
        self.assert_problem(self.picture(booking), 409, "not_booked")
        end_hold(held)
        self.assert_problem(self.picture(booking), 409, "hold_expired")

    def test_a_blocked_seat_is_no_booking(self):
        blocked = block_seat(show=self.show, seat_number="A8", by=make_clerk())
        clerk = make_clerk("view_ticket", username="clerk2")
        self.assert_problem(self.picture(blocked, clerk), 404, "not_found")

    def test_the_number_of_queries(self):
        client, path = self.client_of(self.alice), f"/api/bookings/{self.booking.number}/ticket.svg"
        # Beside those of the whole order: to find it, and the ticket types.
        with self.assertNumQueries(14):
            client.get(path)

    def test_a_sale_writes_no_row(self):
        book_order(user=self.bob, show=self.show, seats=["A3"])
        self.assertFalse(Ticket.objects.exists())


class WordsTests(TicketTestCase):
    def words(self, show, **seat):
        order = make_order(user=self.alice, show=show, **seat)
        [ticket] = self.get(f"/api/orders/{order.code}/tickets/").json()["tickets"]
        return ticket["text"].splitlines()

    def test_a_free_seat_without_rows_and_ticket_type(self):
        lines = self.words(make_show(starts_at=timezone.now() + timedelta(days=1)))
        self.assertEqual(lines[3:5], ["Hall, seat 1, Standard", "free"])

    def test_an_hour_that_the_clocks_have_twice_has_its_offset(self):
        cinema = make_cinema(time_zone="Europe/London")
        for hour, clock in ((0, "01:30 (UTC+01:00)"), (1, "01:30 (UTC+00:00)"), (2, "02:30")):
            start = datetime(2030, 10, 27, hour, 30, tzinfo=UTC)
            screen = cinema.screens.create(name=f"Screen {hour}")
            lines = self.words(make_show(screen=screen, starts_at=start))
            with self.subTest(hour=hour):
                self.assertEqual(lines[1], f"Sunday 27 October 2030, {clock}")

    def test_a_seat_that_the_plan_has_no_more_keeps_its_number(self):
        order = make_order(user=self.alice, show=self.show, seats=["Z9"])
        self.assertEqual(Booking.objects.filter(order=order).count(), 1)
        [ticket] = self.get(f"/api/orders/{order.code}/tickets/").json()["tickets"]
        self.assertIn("\nseat Z9\n", ticket["text"])
