"""Whether a show is on sale, sold out, or nearly so."""

from datetime import timedelta

from django.test import TestCase
from django.utils import timezone

from movies.models import Show
from testing.builders.accounts import make_user
from testing.builders.bookings import block_seat, make_order
from testing.builders.movies import make_show
from testing.clock import at

FLAGS = ("on_sale", "sold_out", "few_left", "available_seats")
HOUR = timedelta(hours=1)


class FlagTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.customer = make_user()

    def flags(self, show):
        """Return the flags of a show, which are the same wherever it is shown."""
        body = self.client.get(f"/api/shows/{show.pk}/").json()
        for path in (f"shows/?movie={show.movie_id}", f"movies/{show.movie_id}/shows/?"):
            for upcoming in ("true", "false"):
                listed = self.client.get(f"/api/{path}&upcoming={upcoming}").json()["results"]
                for each in listed:
                    self.assertEqual(each, body)
        return tuple(body[name] for name in FLAGS)

    def take(self, show, seats, status="booked"):
        numbers = [str(nth + 1) for nth in range(seats)]
        make_order(user=self.customer, show=show, seats=numbers, status=status)

    def test_show_is_on_sale_until_sales_close_it_starts_or_is_cancelled(self):
        now = timezone.now()
        for fields, is_on_sale in [
            ({}, True),
            ({"sales_open_at": now - HOUR, "sales_close_at": now + HOUR}, True),
            ({"sales_open_at": now + HOUR}, False),
            ({"sales_close_at": now - HOUR}, False),
            ({"starts_at": now - HOUR}, False),
            ({"cancelled_at": now}, False),
        ]:
            show = make_show(total_seats=10, **fields)
            self.take(show, 3)
            with self.subTest(fields=fields):
                expected = (True, False, False, 7) if is_on_sale else (False, False, False, 0)
                self.assertEqual(self.flags(show), expected)

    def test_flags_follow_the_clock(self):
        show = make_show(sales_open_at=timezone.now() + HOUR)
        for hours, is_on_sale in ((0.9, False), (1.1, True), (25, False)):
            with self.subTest(hours=hours), at(timezone.now() + hours * HOUR):
                self.assertIs(
                    self.client.get(f"/api/shows/{show.pk}/").json()["on_sale"], is_on_sale
                )

    def test_show_is_sold_out_when_all_seats_are_booked_held_or_blocked(self):
        show = make_show(total_seats=3)
        self.take(show, 1)
        make_order(user=self.customer, show=show, seats=["2"], status="held")
        self.assertEqual(self.flags(show), (True, False, True, 1))

        block_seat(show=show, seat_number="3", by=self.customer)

        self.assertEqual(self.flags(show), (True, True, False, 0))

    def test_show_that_was_sold_out_stays_so_after_its_start(self):
        show = make_show(total_seats=2)
        self.take(show, 2)
        Show.objects.update(starts_at=timezone.now() - HOUR)

        self.assertEqual(self.flags(show), (False, True, False, 0))

    def test_few_seats_are_a_tenth_of_the_hall_and_at_most_twenty(self):
        for seats, few in ((1, 1), (8, 1), (30, 3), (35, 4), (200, 20), (500, 20)):
            for left in (few, few + 1):
                if left > seats:
                    continue
                show = make_show(total_seats=seats)
                self.take(show, seats - left) if left < seats else None
                with self.subTest(seats=seats, left=left):
                    self.assertEqual(self.flags(show), (True, False, left == few, left))

    def test_few_seats_are_left_only_while_they_can_be_booked(self):
        show = make_show(total_seats=10, sales_close_at=timezone.now() - HOUR)
        self.take(show, 9)

        self.assertEqual(self.flags(show), (False, False, False, 0))
