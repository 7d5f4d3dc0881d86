"""Booking with a ticket type, and booking the seats of a planned hall."""

from django.test import TransactionTestCase

from bookings.models import Booking
from core.db.transactions import waits_at_begin
from core.money import shown
from movies.models import SeatCategory, TicketType
from testing.answers import errors_in
from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.bookings import booking_of
from testing.builders.movies import (
    make_cinema,
    make_movie,
    make_price_list,
    make_screen,
    make_seating_plan,
    make_show,
)
from testing.prices import STANDARD_AND_PREMIUM, adult
from testing.races import at_once, outcome_of
from testing.sales import SaleTestCase
from testing.warm import warm_caches


class TicketTypeTests(SaleTestCase):
    def book(self, seat_number="A1", *, show=None, **body):
        return self.ask("book", show=show, seat_number=seat_number, **body)

    def assert_booked(self, response, *sold):
        """Assert ticket type, price and currency, in the answer and in the row."""
        self.assertEqual(response.status_code, 201, response.content)
        body = response.json()
        self.assertEqual((body["ticket_type"], body["price"], body["currency"]), sold)
        booking = booking_of(body)
        name = booking.ticket_type and booking.ticket_type.name
        self.assertEqual((name, shown(booking.price, booking.currency), booking.currency), sold)
        order = booking.order
        self.assertEqual((shown(order.total, order.currency), order.currency), sold[1:])

    def assert_not_booked(self, response, code, detail=""):
        self.assert_problem(response, 400, code, detail=detail)
        self.assertFalse(Booking.objects.exists())


class PriceTests(TicketTypeTests):
    def test_price_depends_on_category_and_ticket_type(self):
        for seat, ticket_type, price in (
            ("A1", "Adult", "11.00"),
            ("A2", "Child", "7.50"),
            ("B1", "Adult", "14.25"),
            ("B2", "Child", "9.00"),
        ):
            with self.subTest(seat=seat, ticket_type=ticket_type):
                response = self.book(seat, ticket_type=ticket_type)
                self.assert_booked(response, ticket_type, price, "EUR")

    def test_default_ticket_type_is_the_first_by_position(self):
        self.assert_booked(self.book("A1"), "Adult", "11.00", "EUR")
        TicketType.objects.filter(name="Adult").update(position=9)
        self.assert_booked(self.book("A2"), "Child", "7.50", "EUR")

    def test_ticket_types_at_one_position_are_sorted_by_name(self):
        TicketType.objects.update(position=3)

        self.assert_booked(self.book(), "Adult", "11.00", "EUR")

    def test_ticket_type_is_found_in_any_spelling(self):
        for seat, name in (("A1", "child"), ("A2", "CHILD"), ("A3", " Child ")):
            with self.subTest(name=name):
                self.assert_booked(self.book(seat, ticket_type=name), "Child", "7.50", "EUR")

    def test_category_names_ignore_case_beyond_ascii(self):
        """SQLite alone would not see that "LOGENPLÄTZE" of the plan is "Logenplätze"."""
        SeatCategory.objects.create(name="Logenplätze", color="#aa3377")
        plan = make_seating_plan("v = LOGENPLÄTZE\nA  vv\n")
        prices = make_price_list({("Logenplätze", "Étudiant"): 8}, currency="EUR")
        show = make_show(screen=self.screen, seating_plan=plan, price_list=prices)

        first = self.book("A1", show=show)
        second = self.book("A2", show=show, ticket_type="ÉTUDIANT")

        self.assert_booked(first, "Étudiant", "8.00", "EUR")
        self.assert_booked(second, "Étudiant", "8.00", "EUR")

    def test_numbered_seat_is_a_standard_seat(self):
        show = make_show(screen=self.screen, total_seats=9, price_list=self.price_list)

        self.assert_booked(self.book("7", show=show), "Adult", "11.00", "EUR")

    def test_free_show_costs_nothing_and_has_no_ticket_types(self):
        show = make_show(screen=self.screen, seating_plan=self.show.seating_plan)
        words = "This show is free: there are no ticket types."
        response = self.book(show=show, ticket_type="Adult")
        self.assert_not_booked(response, "ticket_type_unknown", words)

        self.assert_booked(self.book(show=show), None, "0.00", "EUR")

    def test_price_of_zero_is_a_price(self):
        nothing = make_price_list({("Standard", "Member"): 0}, currency="EUR")
        show = make_show(screen=self.screen, total_seats=9, price_list=nothing)

        self.assert_booked(self.book("1", show=show), "Member", "0.00", "EUR")

    def test_unknown_ticket_type_is_refused_with_the_known_ones(self):
        TicketType.objects.create(name="Senior")
        for name in ("Pupil", "Senior", "Adults", "%", "a_ult"):
            with self.subTest(name=name):
                words = f"There is no ticket type {name} for this seat: there are Adult, Child."
                self.assert_not_booked(self.book(ticket_type=name), "ticket_type_unknown", words)

    def test_malformed_ticket_type_is_refused(self):
        for value in ("", " ", "x" * 51, "a\x00b", True, [], ["Adult"], {}):
            with self.subTest(value=value):
                response = self.book(ticket_type=value)
                self.assert_not_booked(response, "invalid")
                self.assertEqual(errors_in(response)[0][0], "ticket_type")

    def test_price_and_currency_stay_when_the_price_list_changes(self):
        booking = self.book("A1", ticket_type="Child").json()
        staff = self.client_of(make_staff())
        prices = [
            {"category": category, "ticket_type": "Adult", "amount": "99.00"}
            for category in ("Standard", "Premium")
        ]
        changed = staff.put(
            f"/api/price-lists/{self.price_list.pk}/",
            {"name": "Dearer", "currency": "EUR", "prices": prices},
        )
        self.assertEqual(changed.status_code, 200, changed.content)

        [kept] = self.client_of(self.alice).get("/api/my-bookings/").json()["results"]
        self.assertEqual({**kept, "warnings": []}, booking)
        self.assert_booked(self.book("A2"), "Adult", "99.00", "EUR")

    def test_booking_costs_the_same_queries_however_many_prices_there_are(self):
        more = {(c, f"Type {nth}"): nth for c in ("Standard", "Premium") for nth in range(30)}
        longer = make_price_list(STANDARD_AND_PREMIUM | more, currency="EUR")
        plan = self.show.seating_plan
        for show in (
            self.show,
            make_show(screen=self.screen, seating_plan=plan, price_list=longer),
        ):
            show.plan.seats  # noqa: B018 - the plan is read once a process
            client = self.client_of(self.alice)
            url = f"/api/shows/{show.pk}/book/"
            # as in test_book.py
            with warm_caches(show), self.assertNumQueries(10 + waits_at_begin()):
                response = client.post(url, {"seat_number": "A1", "ticket_type": "Child"})
            self.assertEqual(response.status_code, 201, response.content)


class PlannedSeatTests(TicketTypeTests):
    def test_all_spellings_of_a_seat_mean_the_same_seat(self):
        first = self.book(" a01 ")
        self.assertEqual(first.json()["seat_number"], "A1")
        for spelling in ("A1", "a1", "A001", " A1"):
            with self.subTest(spelling=spelling):
                response = self.book(spelling)
                self.assert_problem(response, 409, "seat_taken")
        self.assertEqual(Booking.objects.get().seat_number, "A1")

    def test_unknown_seat_is_refused(self):
        words = "its seats are A1 to B6."
        for seat in ("A0", "A9", "C1", "1", "AA1", "A", "A1B", "STANDARDA1", 1):
            with self.subTest(seat=seat):
                self.assert_not_booked(self.book(seat), "seat_unknown", words)

    def test_every_listed_seat_can_be_booked_by_its_number(self):
        plan = make_seating_plan(
            "[Stalls]\nA  5+2> ss\n1  sssssssssss\n11  s\n[Balcony]\nA  5+2> ss\n"
        )
        show = make_show(screen=self.screen, seating_plan=plan)
        seats = self.client.get(f"/api/shows/{show.pk}/seats/").json()["seats"]
        numbers = [seat["seat_number"] for seat in seats]
        self.assertEqual(len(numbers), 16)
        with self.settings(MAX_SEATS_PER_SHOW=16):
            for number in numbers:
                response = self.book(number.lower(), show=show)
                self.assertEqual(response.status_code, 201, response.content)

        seats = self.client.get(f"/api/shows/{show.pk}/seats/").json()["seats"]
        self.assertEqual({seat["status"] for seat in seats}, {"booked"})


class RaceTests(TransactionTestCase):
    def test_show_that_changes_during_sales_is_still_sold(self):
        """A booking that waited for the lock reads the changed show."""
        staff = client_of(make_staff())
        customers = [client_of(make_user(f"racer{number}")) for number in range(7)]
        for client in (staff, *customers):
            client.raise_request_exception = False  # the assertion below reports a 500
        cinema = make_cinema(currency="GBP")
        text = "A  sssssss\n"
        for change in (
            {"price_list": make_price_list(adult(Standard=12)).pk},
            {"seating_plan": make_seating_plan(text).pk},
            {"screen": make_screen(cinema=cinema).pk},
            {"movie": make_movie("Aliens").pk},
        ):
            show = make_show(
                screen=make_screen(cinema=cinema),
                seating_plan=make_seating_plan(text),
                price_list=make_price_list(adult(Standard=11)),
            )
            url = f"/api/shows/{show.pk}/"

            responses = at_once(
                [lambda url=url, change=change: staff.patch(url, change)]
                + [
                    lambda url=url, client=client, seat=seat: client.post(
                        f"{url}book/", {"seat_number": f"A{seat}"}
                    )
                    for seat, client in enumerate(customers, 1)
                ]
            )

            with self.subTest(change=change):
                changed, *booked = [outcome_of(response) for response in responses]
                # Once a seat is sold, only rescheduling changes the movie or the screen.
                is_kept = change.keys() & {"movie", "screen"}
                self.assertIn(changed, [(200, None), *([(409, "show_sold")] if is_kept else [])])
                self.assertEqual(booked, [(201, None)] * len(customers))
                self.assertEqual(show.bookings.count(), len(customers))
