"""The seats of a show as movies sees them, with and without an app that sells them."""

from django.test import TestCase

from movies import occupancy
from movies.models import Show
from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.bookings import block_seat, make_booking
from testing.builders.movies import make_show


class OccupancyTests(TestCase):
    def setUp(self):
        self.staff = make_staff()
        self.show = make_show(total_seats=10)
        customer = make_user()
        for number, status in enumerate(["booked", "held", "cancelled", "expired"], start=1):
            make_booking(user=customer, show=self.show, seat_number=str(number), status=status)
        block_seat(show=self.show, seat_number="5", by=self.staff)

    def seats(self):
        show = Show.objects.with_available_seats().with_sold_seats().get()
        return show.available_seats, show.sold_seats

    def shrink(self, total_seats):
        return client_of(self.staff).patch(
            f"/api/shows/{self.show.pk}/", {"total_seats": total_seats}
        )

    def admin_list(self):
        self.client.force_login(self.staff)
        return self.client.get("/admin/movies/show/")


class RegisteredTests(OccupancyTests):
    def test_bookings_says_which_seats_are_taken(self):
        taken = occupancy.current().taken_seat_numbers(self.show.pk)
        self.assertEqual(set(taken), {"1", "2", "5"})

    def test_booked_held_and_blocked_seats_are_not_available_and_booked_seats_are_sold(self):
        self.assertEqual(self.seats(), (7, 1))

    def test_both_counts_are_right_for_a_show_without_bookings(self):
        empty = make_show(total_seats=4)
        show = Show.objects.with_available_seats().with_sold_seats().get(pk=empty.pk)
        self.assertEqual((show.available_seats, show.sold_seats), (4, 0))


class NothingRegisteredTests(OccupancyTests):
    def setUp(self):
        super().setUp()
        self.addCleanup(occupancy.register, occupancy.current())
        occupancy.register(occupancy.ALL_FREE)

    def test_all_seats_are_free_and_none_is_sold(self):
        self.assertEqual(self.seats(), (10, 0))

    def test_every_seat_may_be_removed(self):
        response = self.shrink(1)
        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(response.json()["available_seats"], 1)

    def test_the_list_of_shows_has_no_link_to_the_seats(self):
        self.assertContains(self.admin_list(), '<td class="field-seats">10/10\xa0left</td>')
