"""The demo data that `load_demo` creates."""

from collections import Counter
from contextlib import nullcontext
from datetime import timedelta
from io import StringIO
from unittest import mock

from django.core.management import call_command
from django.db.models import Count, Sum
from django.test import TestCase, override_settings, tag
from django.utils import timezone

from accounts.models import User
from bookings import integrity
from bookings.models import Booking, Order
from bookings.quotes import quote_for
from bookings.seat_request import SeatRequest
from movies.models import Cinema, Movie, Screen, Show
from testing.builders.movies import make_cinema
from testing.clock import at


def load_demo(*arguments):
    out = StringIO()
    call_command("load_demo", *arguments, stdout=out)
    return out.getvalue()


def everything():
    """Return the demo data without ids."""
    return (
        list(Show.objects.order_by("screen", "starts_at").values_list("starts_at", "movie__title")),
        sorted(Booking.objects.values_list("show__starts_at", "seat_number", "order__code")),
    )


@tag("slow")
@override_settings(DEBUG=True)
class LoadDemoTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        with override_settings(DEBUG=True):
            cls.output = load_demo()

    def test_movies_screens_and_bookings_are_plenty(self):
        self.assertGreaterEqual(Movie.objects.count(), 24)
        self.assertEqual(Cinema.objects.values("time_zone").distinct().count(), 2)
        self.assertEqual(Screen.objects.count(), 5)
        self.assertEqual(Screen.objects.filter(single_seats="warn").count(), 1)
        self.assertTrue(2700 < Booking.objects.count() < 3300, Booking.objects.count())

    def test_each_cinema_has_its_own_refund_rule(self):
        rules = {
            cinema.name: list(cinema.refund_tiers.values_list("hours_before", "percent"))
            for cinema in Cinema.objects.all()
        }
        self.assertEqual(rules, {"Astoria": [(24, 100), (2, 50)], "Lumière": [(1, 100)]})

    def test_best_seats_of_a_hall_with_a_balcony_are_in_the_stalls(self):
        show = Show.objects.with_places().filter(screen__name="Grande salle").latest("starts_at")
        [seat] = quote_for(show=show, request=SeatRequest(best=1)).selection.seat_numbers
        self.assertTrue(seat.startswith("ORCHESTRE"), seat)

    def test_printed_accounts_can_log_in(self):
        self.assertIn("demo / demo-pass123", self.output)
        for username, password in [("demo", "demo-pass123"), ("staff", "staff-pass123")]:
            response = self.client.post(
                "/api/auth/login/",
                {"username": username, "password": password},
                content_type="application/json",
            )
            self.assertEqual(response.status_code, 200, response.content)
        self.assertFalse(User.objects.get(username="demo").is_staff)
        self.assertTrue(User.objects.get(username="staff").is_superuser)

    def test_shows_cover_two_weeks_and_never_overlap(self):
        days = Counter()
        for screen in Screen.objects.select_related("cinema"):
            shows = list(screen.shows.with_places())
            days.update({show.local(show.starts_at).date() for show in shows})
            for one, next_one in zip(shows, shows[1:], strict=False):
                self.assertLessEqual(one.ends_at + screen.turnaround, next_one.starts_at)
        self.assertGreaterEqual(len(days), 14)
        # Late in the evening the next day has already begun in one of the two cinemas.
        between = [days[day] for day in sorted(days)[1:-1]]
        self.assertEqual(set(between), {5}, days)

    def test_late_shows_are_on_friday_and_saturday(self):
        hours = {
            (show.local(show.starts_at).weekday(), show.local(show.starts_at).hour)
            for show in Show.objects.with_places()
        }
        self.assertTrue({(4, 22), (5, 22)} <= hours or {(4, 23), (5, 23)} <= hours, hours)
        self.assertFalse([day for day, hour in hours if hour >= 22 and day not in (4, 5)])
        self.assertTrue([day for day, hour in hours if hour < 17])

    def test_bookings_keep_the_rules_of_sales(self):
        sold_twice = (
            Booking.objects.active().values("show", "seat_number").annotate(n=Count("id"))
        ).filter(n__gt=1)
        self.assertFalse(sold_twice.exists())
        for booking in Booking.objects.select_related("show"):
            self.assertTrue(booking.show.has_seat(booking.seat_number), booking)
        for order in Order.objects.prefetch_related("bookings"):
            prices = [b.price for b in order.bookings.all() if b.status == "booked"]
            self.assertEqual(order.total, sum(prices))
            self.assertEqual(order.status, "booked" if prices else "cancelled")
        too_many = (
            Booking.objects.active().values("show", "order__customer").annotate(n=Count("id"))
        ).filter(n__gt=10)
        self.assertFalse(too_many.exists())

    def test_no_seat_was_taken_by_two_customers_at_one_time(self):
        with mock.patch.object(integrity, "read_snapshot", nullcontext):  # in a transaction already
            self.assertEqual(integrity.verify().lines, [])

    def test_weekend_evenings_sell_best(self):
        sold = Counter()
        for show in Show.objects.with_places().annotate(sold=Count("bookings")):
            sold[show.local(show.starts_at).weekday()] += show.sold
        self.assertGreater(sold[5], 2 * sold[0])

    def test_second_run_changes_nothing(self):
        before = everything()
        self.assertIn("0 new shows, 0 new bookings", load_demo())
        self.assertEqual(everything(), before)

    def test_same_day_gives_the_same_data(self):
        before = everything()
        Booking.objects.all().delete()
        Order.objects.all().delete()
        Cinema.objects.all().delete()
        load_demo()
        self.assertEqual(everything(), before)

    def test_later_run_adds_the_missing_day(self):
        shows, sold = Show.objects.count(), Booking.objects.aggregate(n=Sum("price"))["n"]
        first_day = Show.objects.earliest("starts_at").starts_at.date()
        later = Show.objects.filter(starts_at__date__gt=first_day + timedelta(days=11))
        # As a list: PostgreSQL has no statistics of rows that are not committed, and joins slowly.
        pks = list(later.values_list("pk", flat=True))
        Booking.objects.filter(show__in=pks).delete()
        Order.objects.filter(show__in=pks).delete()
        later.delete()
        load_demo()
        self.assertEqual(Show.objects.count(), shows)
        self.assertEqual(Booking.objects.aggregate(n=Sum("price"))["n"], sold)

    def test_if_empty_changes_nothing_in_a_filled_database(self):
        Show.objects.filter(bookings=None).delete()
        count = Show.objects.count()
        self.assertIn("no demo data loaded", load_demo("--if-empty"))
        self.assertEqual(Show.objects.count(), count)

    def test_if_empty_loads_new_shows_when_those_of_the_demo_are_over(self):
        before = set(Show.objects.values_list("pk", flat=True))
        weeks_later = timezone.now() + timedelta(days=40)
        with at(weeks_later):
            self.assertIn("The shows of the demo are over", load_demo("--if-empty"))
            new = Show.objects.exclude(pk__in=before)
            show = Show.objects.with_places().get(pk=new.latest("starts_at").pk)
            self.assertTrue(quote_for(show=show, request=SeatRequest(best=2)))
            self.assertEqual(new.filter(starts_at__lt=weeks_later - timedelta(days=1)).count(), 0)
            count = Show.objects.count()
            self.assertGreater(count, 1.9 * len(before))
            with self.assertNumQueries(5):  # two of them begin and end the transaction
                self.assertIn("no demo data loaded", load_demo("--if-empty"))
            self.assertEqual(Show.objects.count(), count)
        self.assertLessEqual(before, set(Show.objects.values_list("pk", flat=True)))

    def test_if_empty_leaves_a_database_with_another_cinema_alone(self):
        make_cinema(name="Rex")
        with at(timezone.now() + timedelta(days=40)):
            self.assertIn("no demo data loaded", load_demo("--if-empty"))
        Cinema.objects.filter(name="Rex").delete()
        Cinema.objects.filter(name="Astoria").update(address="2 High Street")
        with at(timezone.now() + timedelta(days=40)):
            self.assertIn("no demo data loaded", load_demo("--if-empty"))

    def test_new_shows_leave_out_a_screen_with_another_plan(self):
        screen = Screen.objects.get(name="Screen 3")
        screen.seating_plan = None
        screen.save()
        shows = screen.shows.count()
        with at(timezone.now() + timedelta(days=40)):
            self.assertIn("The shows of the demo are over", load_demo("--if-empty"))
        self.assertEqual(screen.shows.count(), shows)

    def test_upcoming_shows_can_be_booked_now(self):
        self.assertTrue(Show.objects.filter(starts_at__gt=timezone.now()).exists())
