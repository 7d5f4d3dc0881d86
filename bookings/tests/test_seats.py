"""All seats of a show, as a list and as a picture."""

from datetime import UTC, datetime
from xml.etree import ElementTree

from django.test import TestCase

from bookings.api.serializers.seats import SeatSerializer
from movies.models import TicketType
from testing.builders.accounts import make_staff, make_user
from testing.builders.bookings import block_seat, make_booking
from testing.builders.movies import (
    make_cinema,
    make_movie,
    make_price_list,
    make_screen,
    make_seating_plan,
    make_show,
)
from testing.prices import adult, adult_and_child
from testing.sales import CustomerRequests

SVG = "{http://www.w3.org/2000/svg}"


class SeatsTests(CustomerRequests, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.customer, cls.staff = make_user("customer"), make_staff()
        cls.screen = make_screen(
            cinema=make_cinema(name="Lumière", currency="EUR"), name="Screen <2> & more"
        )
        prices = adult_and_child(Standard=("9.50", "7.00"), Premium=("14.00", "12.25"))
        cls.price_list = make_price_list(prices, currency="EUR")
        cls.show = make_show(
            movie=make_movie("Alien"),
            screen=cls.screen,
            seating_plan=make_seating_plan("A  sss_ss\nB   ppp\n"),
            price_list=cls.price_list,
            starts_at=datetime(2040, 6, 10, 19, tzinfo=UTC),
        )

    def seats(self, show=None):
        response = self.client.get(f"/api/shows/{(show or self.show).pk}/seats/")
        self.assertEqual(response.status_code, 200, response.content)
        return response.json()["seats"]

    def texts(self, show):
        return [seat["text"] for seat in self.seats(show)]


class SeatListTests(SeatsTests):
    def test_list_is_public_and_has_all_fields(self):
        response = self.client.get(f"/api/shows/{self.show.pk}/seats/")

        self.assertEqual(response.status_code, 200, response.content)
        body = response.json()
        self.assertEqual((body["show"], body["currency"]), (self.show.pk, "EUR"))
        numbers = [seat["seat_number"] for seat in body["seats"]]
        self.assertEqual(numbers, ["A1", "A2", "A3", "A4", "A5", "B1", "B2", "B3"])
        for seat in body["seats"]:
            self.assertEqual(list(seat), list(SeatSerializer().fields))
        self.assertEqual(
            body["seats"][3],
            {
                "seat_number": "A4",
                "zone": "Hall",
                "row": "A",
                "seat": "4",
                "category": "Standard",
                "x": 120.0,
                "y": 0.0,
                "status": "available",
                "sold_with": None,
                "prices": {"Adult": "9.50", "Child": "7.00"},
                "text": "Row A, seat 4, aisle, standard, available, 9.50 EUR",
            },
        )
        self.assertEqual(
            body["seats"][6],
            {
                "seat_number": "B2",
                "zone": "Hall",
                "row": "B",
                "seat": "2",
                "category": "Premium",
                "x": 60.0,
                "y": 30.0,
                "status": "available",
                "sold_with": None,
                "prices": {"Adult": "14.00", "Child": "12.25"},
                "text": "Row B, seat 2, premium, available, 14.00 EUR",
            },
        )

    def test_categories_have_the_flags_of_selling(self):
        show = make_show(screen=self.screen, seating_plan=make_seating_plan("A  cc_ss_w\n"))

        body = self.client.get(f"/api/shows/{show.pk}/seats/").json()

        meanings = {
            category.pop("name"): [key for key, is_so in category.items() if is_so is True]
            for category in body["categories"]
        }
        self.assertEqual(
            meanings,
            {"Standard": [], "Couple": ["is_sold_in_pairs"], "Wheelchair": ["is_accessible"]},
        )
        self.assertEqual(
            [seat["sold_with"] for seat in body["seats"]], ["A2", "A1", None, None, None]
        )

    def test_numbered_seats_have_no_row_and_no_aisle(self):
        show = make_show(screen=self.screen, total_seats=45, price_list=self.price_list)

        seats = self.seats(show)

        self.assertEqual([seat["seat_number"] for seat in seats], [str(n) for n in range(1, 46)])
        for number in (1, 7, 20, 45):
            seat = seats[number - 1]
            with self.subTest(number=number):
                self.assertEqual(
                    {**seat, "x": None, "y": None, "zone": None},
                    {
                        "seat_number": str(number),
                        "zone": None,
                        "row": "",
                        "seat": str(number),
                        "category": "Standard",
                        "x": None,
                        "y": None,
                        "status": "available",
                        "sold_with": None,
                        "prices": {"Adult": "9.50", "Child": "7.00"},
                        "text": f"Seat {number}, standard, available, 9.50 EUR",
                    },
                )
        self.assertEqual(len({(seat["x"], seat["y"]) for seat in seats}), 45)

    def test_each_seat_has_its_status(self):
        for seat, status in (
            ("A1", "booked"),
            ("A2", "held"),
            ("A4", "cancelled"),
            ("A5", "expired"),
        ):
            make_booking(user=self.customer, show=self.show, seat_number=seat, status=status)
        block_seat(show=self.show, seat_number="B1", by=self.staff)
        make_booking(user=self.customer, show=make_show(), seat_number="B3")

        seats = self.seats()

        self.assertEqual(
            [(seat["seat_number"], seat["status"]) for seat in seats],
            [
                ("A1", "booked"),
                ("A2", "held"),
                ("A3", "available"),
                ("A4", "available"),
                ("A5", "available"),
                ("B1", "blocked"),
                ("B2", "available"),
                ("B3", "available"),
            ],
        )
        self.assertEqual(seats[0]["text"], "Row A, seat 1, aisle, standard, booked, 9.50 EUR")

    def test_default_ticket_type_comes_first_and_is_in_the_text(self):
        prices = {("Standard", "Adult"): 9, ("Standard", "Zero"): 1, ("Standard", "Member"): 5}
        price_list = make_price_list(prices, currency="EUR")
        for position, name in enumerate(["Zero", "Member", "Adult"]):
            TicketType.objects.filter(name=name).update(position=position)
        show = make_show(screen=self.screen, total_seats=3, price_list=price_list)

        seat = self.seats(show)[1]

        self.assertEqual(
            list(seat["prices"].items()), [("Zero", "1.00"), ("Member", "5.00"), ("Adult", "9.00")]
        )
        self.assertEqual(seat["text"], "Seat 2, standard, available, 1.00 EUR")

    def test_text_names_the_zone_if_there_are_several(self):
        plan = make_seating_plan("[Stalls]\nA  ss\n[Balcony]\nA  ss\nAA  ss\n")
        seats = self.seats(make_show(seating_plan=plan))

        self.assertEqual(
            [(seat["seat_number"], seat["zone"], seat["text"]) for seat in seats[1:5:2]],
            [
                ("STALLSA2", "Stalls", "Stalls, row A, seat 2, aisle, standard, available, free"),
                (
                    "BALCONYA2",
                    "Balcony",
                    "Balcony, row A, seat 2, aisle, standard, available, free",
                ),
            ],
        )

    def test_seats_beside_a_gap_and_at_the_ends_are_on_an_aisle(self):
        show = make_show(seating_plan=make_seating_plan("A  ssss_ss_s\n"))

        on_aisle = ["aisle" in text for text in self.texts(show)]

        self.assertEqual(on_aisle, [True, False, False, True, True, True, True])

    def test_free_show_has_no_prices_and_says_so(self):
        show = make_show(seating_plan=make_seating_plan("A  sss\n"))

        seats = self.seats(show)

        self.assertEqual({str(seat["prices"]) for seat in seats}, {"{}"})
        self.assertEqual(seats[1]["text"], "Row A, seat 2, standard, available, free")

    def test_price_of_zero_is_a_price(self):
        price_list = make_price_list(adult(Standard=0))
        show = make_show(total_seats=3, price_list=price_list)

        seat = self.seats(show)[1]

        self.assertEqual(seat["prices"], {"Adult": "0.00"})
        self.assertEqual(seat["text"], "Seat 2, standard, available, 0.00 GBP")

    def test_booked_seat_is_visible_at_once(self):
        self.ask("book", user=self.customer, seat_number="A2")

        self.assertEqual(self.seats()[1]["status"], "booked")

    def test_unknown_show_is_not_found(self):
        for pk in (self.show.pk + 1000, 10**20):
            for name in ("seats/", "seats.svg"):
                with self.subTest(pk=pk, name=name):
                    response = self.client.get(f"/api/shows/{pk}/{name}")
                    self.assert_problem(response, 404, "not_found")

    def test_list_and_picture_cost_the_same_queries_for_50_and_500_seats(self):
        for rows in (5, 50):
            plan = make_seating_plan("".join(f"{row}X  sssss_sssss\n" for row in range(rows)))
            show = make_show(screen=self.screen, seating_plan=plan, price_list=self.price_list)
            for row in range(rows):
                make_booking(user=self.customer, show=show, seat_number=f"{row}X1")
            for name, queries in (("seats.svg", 4), ("seats/", 3), ("seats.svg", 3)):
                # show, bookings, prices; once a process also the plan
                with self.subTest(rows=rows, name=name), self.assertNumQueries(queries):
                    response = self.client.get(f"/api/shows/{show.pk}/{name}")
                self.assertEqual(response.status_code, 200)
            self.assertEqual(len(self.seats(show)), 10 * rows)


class PictureTests(SeatsTests):
    def picture(self, show=None, **headers):
        response = self.client.get(
            f"/api/shows/{(show or self.show).pk}/seats.svg", headers=headers
        )
        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(response["Content-Type"].split(";")[0], "image/svg+xml")
        return ElementTree.fromstring(response.content)  # noqa: S314 - our own

    def test_picture_has_every_seat_with_its_status(self):
        make_booking(user=self.customer, show=self.show, seat_number="A1")
        make_booking(user=self.customer, show=self.show, seat_number="A2", status="held")
        make_booking(user=self.customer, show=self.show, seat_number="A3", status="cancelled")
        block_seat(show=self.show, seat_number="B1", by=self.staff)

        picture = self.picture()

        statuses = {seat["seat_number"]: seat["status"] for seat in self.seats()}
        self.assertEqual(set(statuses.values()), {"available", "booked", "held", "blocked"})
        self.assertEqual(
            {
                seat.get("data-seat"): seat.get("data-status")
                for seat in picture.iter()
                if seat.get("data-seat")
            },
            statuses,
        )

    def test_title_names_the_show(self):
        title = self.picture().find(f"{SVG}title").text

        self.assertEqual(title, "Alien, Lumière, Screen <2> & more, 2040-06-10 20:00")

    def test_numbered_show_has_a_picture(self):
        picture = self.picture(make_show(total_seats=45))

        self.assertEqual(len([seat for seat in picture.iter() if seat.get("data-seat")]), 45)

    def test_picture_is_served_for_all_usual_accept_headers(self):
        for accept in (
            "*/*",
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
            "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
            "image/webp,image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5",
            "image/*",
            "image/svg+xml",
            "application/json, text/plain, */*",
        ):
            with self.subTest(accept=accept):
                self.picture(accept=accept)
        self.picture()  # without the header

    def test_request_that_accepts_no_svg_is_refused(self):
        url = f"/api/shows/{self.show.pk}/seats.svg"

        response = self.client.get(url, headers={"accept": "image/png"})

        self.assert_problem(response, 406, "not_acceptable")
