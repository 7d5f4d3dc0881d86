"""Bookings of one seat at overlapping times are found, whatever their statuses are now."""

from contextlib import nullcontext
from datetime import timedelta
from unittest import mock

from django.test import TestCase
from django.utils import timezone

from bookings import integrity, services
from bookings.integrity import verify
from bookings.models import Booking, Order
from bookings.seat_overlaps import bookings_that_overlap
from bookings.seat_request import SeatRequest
from testing.builders.accounts import make_staff, make_user
from testing.builders.bookings import block_seat, book_order, hold_order, make_order
from testing.builders.movies import make_movie, make_show
from testing.clock import past


class OverlapTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob, cls.staff = make_user("alice"), make_user("bob"), make_staff()
        cls.movie = make_movie()
        cls.show = make_show(movie=cls.movie, price=9, total_seats=20)

    def setUp(self):
        # tests run in a transaction already
        self.enterContext(mock.patch.object(integrity, "read_snapshot", nullcontext))


class PlantedTests(OverlapTestCase):
    """Times are in minutes ago: `begin`, then `end` where the booking has ended."""

    def plant(self, status, begin, end=None, *, seat="1", show=None):
        show = show or self.show
        if status == "blocked":
            booking = block_seat(show=show, seat_number=seat, by=self.staff)
        else:
            order = make_order(user=self.alice, show=show, seats=[seat], status=status)
            booking = order.bookings.get()
        times = {"created_at": past(minutes=begin)}
        if end is not None:
            field = "cancelled_at" if status == "cancelled" else "expires_at"
            times[field] = past(minutes=end)
        Booking.objects.filter(pk=booking.pk).update(**times)
        Order.objects.filter(bookings=booking).update(
            **{name: value for name, value in times.items() if name != "cancelled_at"}
        )
        return booking

    def test_overlaps_are_found_in_every_combination(self):
        for first, second in [
            (("cancelled", 60, 30), ("cancelled", 40, 20)),
            (("cancelled", 60, 30), ("cancelled", 50, 40)),  # within the first
            (("cancelled", 60, 30), ("cancelled", 60, 30)),
            (("cancelled", 60, 30), ("expired", 31, 20)),
            (("expired", 60, 30), ("cancelled", 40, 20)),
            (("expired", 60, 30), ("expired", 40, 20)),
            (("cancelled", 60, 30), ("booked", 40)),
            (("expired", 60, 30), ("booked", 40)),
            (("expired", 60, 30), ("held", 40, -5)),
            (("expired", 60, 30), ("blocked", 40)),
            (("booked", 60), ("cancelled", 40, 20)),
            (("booked", 60), ("expired", 40, 20)),
            (("blocked", 60), ("cancelled", 40, 20)),
            (("held", 60, -5), ("cancelled", 40, 20)),
            (("booked", 60), ("cancelled", 40, 39)),
        ]:
            for order in ((first, second), (second, first)):  # ids need not follow the times
                with self.subTest(order=order):
                    planted = [self.plant(*each) for each in order]
                    earlier, later = planted if order[0] is first else planted[::-1]
                    report = verify()
                    [line] = report.lines
                    self.assertIn(f"Show {self.show.pk}: seat 1 was taken by", line)
                    for booking in planted:
                        self.assertIn(f"booking {booking.pk}", line)
                    if first[1] != second[1]:
                        self.assertLess(
                            line.index(f"booking {later.pk}"), line.index(f"booking {earlier.pk}")
                        )
                    Booking.objects.all().delete()
                    Order.objects.all().delete()

    def test_long_booking_is_compared_with_all_that_follow(self):
        self.plant("cancelled", 100, 10)
        self.plant("cancelled", 90, 80)
        later = [self.plant("expired", 70, 60), self.plant("booked", 20)]
        self.assertEqual(verify().findings, 3)
        self.assertIn(later[1].pk, [booking.pk for booking in bookings_that_overlap()])

    def test_one_after_the_other_is_no_overlap(self):
        self.plant("cancelled", 60, 50)
        self.plant("expired", 50, 40)
        self.plant("cancelled", 40, 40)
        self.plant("booked", 40)
        self.assertEqual(verify().lines, [])

    def test_other_seats_and_other_shows_are_not_compared(self):
        self.plant("booked", 60)
        self.plant("cancelled", 50, 40, seat="2")
        self.plant("cancelled", 50, 40, show=make_show(movie=self.movie))
        self.assertEqual(verify().lines, [])

    def test_clocks_of_two_servers_may_differ_by_a_second(self):
        first, second = self.plant("cancelled", 60, 30), self.plant("booked", 30)
        ended = Booking.objects.get(pk=first.pk).cancelled_at
        for seconds, findings in [(0.9, 0), (1.1, 1)]:
            created_at = ended - timedelta(seconds=seconds)
            Booking.objects.filter(pk=second.pk).update(created_at=created_at)
            self.assertEqual(verify().findings, findings)

    def test_overlaps_are_found_with_one_query(self):
        for seat in range(1, 11):
            self.plant("cancelled", 60, 30, seat=str(seat))
            self.plant("cancelled", 40, 20, seat=str(seat))
        with self.assertNumQueries(1):
            self.assertEqual(len(list(bookings_that_overlap())), 10)


class HistoryTests(OverlapTestCase):
    """Whatever the services do leaves no overlap."""

    def lapse(self, order):
        """Let the hold of an order end now."""
        now = timezone.now()
        for rows in (Order.objects.filter(pk=order.pk), Booking.objects.filter(order=order)):
            rows.update(expires_at=now)

    def move(self, order, *seats, show=None):
        services.move_order(order=order, request=SeatRequest(seats), by=self.alice, show=show)

    def test_moves_to_and_fro_and_over_each_other(self):
        other = make_show(movie=self.movie, price=9, total_seats=20)
        orders = [
            book_order(user=self.alice, show=self.show, seats=["1", "2"]),
            hold_order(user=self.alice, show=self.show, seats=["3", "4"]),
        ]
        for order in orders:
            self.move(order, "5", "6")
            self.move(order, "6", "5")
            self.move(order, "6", "7")
            self.move(order, "1", "2", show=other)
            self.move(order, "5", "6")
            services.cancel_order(order=order, by=self.alice)
        book_order(user=self.bob, show=self.show, seats=["5", "6", "7"])
        self.assertEqual(verify().lines, [])

    def test_lapsed_holds_are_taken_over(self):
        for _ in range(3):
            self.lapse(hold_order(user=self.alice, show=self.show, seats=["1", "2"]))
            taken = hold_order(user=self.bob, show=self.show, seats=["2", "3"])
            self.lapse(taken)
            order = book_order(user=self.alice, show=self.show, seats=["3"])
            services.cancel_order(order=order, by=self.alice)
        self.lapse(hold_order(user=self.alice, show=self.show, seats=["9"]))
        self.move(book_order(user=self.bob, show=self.show, seats=["8"]), "9")
        self.lapse(hold_order(user=self.alice, show=self.show, seats=["10"]))
        services.block_seats(show=self.show, seat_numbers=["10"], by=self.staff, reason="Broken")
        self.assertEqual(verify().lines, [])

    def test_holds_are_extended_confirmed_and_cancelled_in_part(self):
        for _ in range(2):
            order = hold_order(user=self.alice, show=self.show, seats=["1", "2", "3"])
            services.extend_hold(order=order)
            services.cancel_order(order=order, by=self.alice, seat_numbers=["2"])
            block = {"show": self.show, "seat_numbers": ["2"], "by": self.staff}
            services.block_seats(**block, reason="Broken")
            services.unblock_seats(**block, reason="Mended")
            book_order(user=self.bob, show=self.show, seats=["2"])
            services.confirm_order(order=order)
            for each in Order.objects.live():
                services.cancel_order(order=each, by=self.alice)
        self.assertEqual(verify().lines, [])

    def test_cancelled_show(self):
        book_order(user=self.alice, show=self.show, seats=["1"])
        self.lapse(hold_order(user=self.bob, show=self.show, seats=["2"]))
        hold_order(user=self.bob, show=self.show, seats=["3"])
        services.cancel_show(show=self.show, by=self.staff)
        self.assertEqual(verify().lines, [])
