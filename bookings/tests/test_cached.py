"""Which cached data may be a second old when seats are sold, and which data is always current."""

import itertools
from unittest import mock

from django.db import connection
from django.test import TestCase, TransactionTestCase, skipUnlessDBFeature

from bookings import services
from bookings.models import Booking
from movies import cached_shows
from movies.models import Movie, Price, Screen, TicketType
from movies.services import record_cancellation
from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.bookings import make_order
from testing.builders.movies import make_price_list, make_show
from testing.cache import CacheEnabled
from testing.cases import APIAssertions
from testing.clock import past
from testing.prices import adult
from testing.races import at_once
from testing.sales import CustomerRequests


class CachedShowTests(CacheEnabled, CustomerRequests, TestCase):
    """A show of which a seat was just sold, so that it is cached."""

    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob = make_user("alice"), make_user("bob")
        cls.price_list = make_price_list(adult(Standard="9.50"))
        cls.show = make_show(total_seats=20, price_list=cls.price_list)

    def setUp(self):
        super().setUp()
        self.assertEqual(self.book("1").json()["price"], "9.50")
        self.assertEqual(self.book("1", user=self.bob).status_code, 409)

    def book(self, seat_number, *, user=None):
        return self.ask("book", user=user, seat_number=seat_number)

    def test_new_price_applies_within_a_second(self):
        Price.objects.filter(price_list=self.price_list).update(amount=12)
        self.assertEqual(self.book("2").json()["price"], "9.50")
        self.clock.now += 1
        self.assertEqual(self.book("3").json()["price"], "12.00")

    def test_cancelled_show_stops_selling_at_once(self):
        record_cancellation(show=self.show, by=make_staff(), reason="")
        self.assert_problem(self.book("2"), 409, "show_cancelled")

    def test_show_stops_selling_as_soon_as_its_sales_close(self):
        self.show.sales_close_at = past()
        self.show.save(update_fields=["sales_close_at"])
        self.assert_problem(self.book("2"), 400, "sales_closed")

    def test_smaller_hall_has_fewer_seats_at_once(self):
        self.show.total_seats = 10
        self.show.save(update_fields=["total_seats"])
        self.assert_problem(self.book("11"), 400, "seat_unknown")

    def test_cancelled_seat_is_free_at_once(self):
        booking = Booking.objects.get()
        services.cancel_booking(booking=booking, by=self.alice)
        self.assertEqual(self.book("1", user=self.bob).status_code, 201)

    def test_seat_is_free_as_soon_as_its_hold_ends(self):
        order = make_order(user=self.bob, show=self.show, seats=["2"], status="held")
        self.assert_problem(self.book("2"), 409, "seat_taken")
        order.bookings.update(expires_at=past(milliseconds=1))
        self.assertEqual(self.book("2").status_code, 201)

    def test_alternatives_are_free_now(self):
        offered = self.book("1", user=self.bob).json()["alternatives"][0]
        self.assertEqual(self.book(offered[0]).status_code, 201)

        again = self.book("1", user=self.bob).json()["alternatives"]

        self.assertNotIn(offered, again)
        self.assertEqual(self.book(again[0][0]).status_code, 201)

    def test_new_rule_for_single_seats_applies_within_a_second(self):
        self.book("3")
        Screen.objects.update(single_seats="reject")
        self.assertEqual(self.book("5", user=self.bob).status_code, 201)
        self.clock.now += 1
        self.assert_problem(self.book("7", user=self.bob), 400, "single_seat_left")


class DeletedRowTests(CacheEnabled, APIAssertions, TransactionTestCase):
    def test_movie_deleted_while_its_show_is_read_is_not_found(self):
        show, add_places = make_show(), cached_shows.with_cached_places

        def delete_and_add_places(shows):
            rows = list(shows)
            Movie.objects.all().delete()
            return add_places(rows)

        with mock.patch.object(cached_shows, "with_cached_places", delete_and_add_places):
            response = self.client.post(
                f"/api/shows/{show.pk}/quote/", {"best": 1}, content_type="application/json"
            )
        self.assert_problem(response, 404, "not_found")

    def test_ticket_type_deleted_a_moment_ago_is_a_conflict(self):
        prices = make_price_list(adult(Standard="9.50"))
        client, url = client_of(make_user()), f"/api/shows/{make_show(price_list=prices).pk}/book/"
        self.assertEqual(client.post(url, {"seat_number": "1"}).status_code, 201)
        Booking.objects.update(ticket_type=None)
        Price.objects.all().delete()
        TicketType.objects.all().delete()

        response = client.post(url, {"seat_number": "2"})

        self.assert_problem(response, 409, "conflict")
        self.assertEqual(Booking.objects.count(), 1)


@skipUnlessDBFeature("has_select_for_update")  # PostgreSQL prepares statements
class MigrationTests(TransactionTestCase):
    """A table is changed while the service runs with prepared statements."""

    def setUp(self):
        self.reconnect()
        self.addCleanup(self.reconnect)  # later tests must not see the changes

    def reconnect(self):
        connection.close()
        connection.close_pool()

    def alter(self, sql):
        with connection.cursor() as cursor:
            cursor.execute(sql)

    def book(self, client, show, seat):
        return client.post(f"/api/shows/{show.pk}/book/", {"seat_number": str(seat)}).status_code

    def test_changed_table_causes_one_503_for_all_connections(self):
        show = make_show(total_seats=60)
        clients = [client_of(make_user(f"user{number}")) for number in range(4)]
        seats = itertools.count(1)

        def book_four(client):
            return [self.book(client, show, next(seats)) for _ in range(4)]

        for table, column in (("movies_show", "language"), ("accounts_user", "email")):
            statuses = at_once([lambda client=client: book_four(client) for client in clients])
            self.assertEqual(statuses, [[201] * 4] * 4)  # each on a connection of its own
            self.addCleanup(self.alter, f"ALTER TABLE {table} ALTER {column} TYPE varchar(254)")
            self.alter(f"ALTER TABLE {table} ALTER {column} TYPE text")

            statuses = []
            with self.assertLogs("django.request", "ERROR"):
                for client in clients:
                    connection.close()  # next comes the connection that was idle longest
                    statuses.append(self.book(client, show, next(seats)))

            with self.subTest(table=table):
                self.assertEqual(sorted(statuses), [201, 201, 201, 503])
