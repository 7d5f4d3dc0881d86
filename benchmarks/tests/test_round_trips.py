"""How often a request waits for PostgreSQL, counted at the socket."""

from contextlib import contextmanager
from unittest import mock

from django.db import connection
from django.test import TransactionTestCase, skipUnlessDBFeature

from benchmarks.relay import relay
from bookings import transitions
from testing.builders.accounts import make_user
from testing.builders.movies import make_show
from testing.cases import APIAssertions
from testing.warm import warm_caches


@skipUnlessDBFeature("has_select_for_update")  # PostgreSQL
class RoundTripTests(APIAssertions, TransactionTestCase):
    def setUp(self):
        super().setUp()
        self.show = make_show(total_seats=100, price="9.50")
        self.other = make_show(movie=self.show.movie, screen=self.show.screen, total_seats=100)
        self.client = self.client_of(make_user("alice"))
        self.enterContext(warm_caches(self.show, self.other))
        info = connection.connection.info
        self.relay = self.enterContext(relay(info.host, info.port))
        self.enterContext(connected_by(self.relay))
        for seat in range(1, 6):  # statements are prepared at their third execution
            self.post("shows/{show}/hold/", 201, seat_numbers=[str(seat)])
        self.client = self.client_of(make_user("bob"))

    def post(self, path, status=200, headers=None, **body):
        path = path.format(show=self.show.pk)
        response = self.client.post(f"/api/{path}", body, headers=headers)
        self.assertEqual(response.status_code, status, response.content)
        return response.json()

    @contextmanager
    def assert_round_trips(self, expected):
        before = self.relay.round_trips
        yield
        self.assertEqual(self.relay.round_trips - before, expected)

    @contextmanager
    def assert_round_trips_from(self, write, expected):
        """Assert how many there are from the call of this function of `transitions` on."""
        after_look = []
        real = getattr(transitions, write)

        def counted(*args, **kwargs):
            after_look.append(self.relay.round_trips)
            return real(*args, **kwargs)

        with mock.patch(f"bookings.services.selling.{write}", counted):
            yield
        self.assertEqual([self.relay.round_trips - at for at in after_look], [expected])

    def test_a_sale_waits_three_times_and_once_more_under_the_lock(self):
        for what, body in [
            ("hold", {"seat_numbers": ["11"]}),
            ("hold", {"seat_numbers": ["12", "13", "14"]}),
            ("book", {"seat_number": "15"}),
            ("hold", {"best": 2}),
        ]:
            # user; lock and look; write and commit
            with (
                self.subTest(what=what, body=body),
                self.assert_round_trips(3),
                self.assert_round_trips_from("place_order", 1),
            ):
                self.post(f"shows/{{show}}/{what}/", 201, **body)

    def test_a_key_costs_one_more(self):
        for nth in range(5):
            # user; key; lock and look; write and commit
            with self.assert_round_trips(4 if nth != 3 else mock.ANY):  # the fourth prepares
                self.post(
                    "shows/{show}/hold/",
                    201,
                    headers={"Idempotency-Key": f"key-{nth}"},
                    seat_numbers=[str(20 + nth)],
                )

    def test_changes_of_an_order_wait_four_times(self):
        for nth in range(4):
            order = self.post("shows/{show}/hold/", 201, seat_numbers=[str(30 + nth)])["code"]
            for what, body in [
                ("extend", {}),
                ("move", {"seat_numbers": [str(40 + nth)]}),
                ("confirm", {"payment_reference": f"pay-{nth}"}),
                ("move", {"seat_numbers": [str(50 + nth)]}),
                ("cancel", {}),
            ]:
                # user; order; lock and look; write and commit
                with (
                    self.subTest(what=what, nth=nth),
                    self.assert_round_trips(4 if nth else mock.ANY),
                ):
                    self.post(f"orders/{order}/{what}/", **body)

    def test_a_seat_lately_seen_taken_is_refused_in_two(self):
        self.post("shows/{show}/book/", 201, seat_number="60")
        for _ in range(4):
            self.post("shows/{show}/book/", 409, seat_number="60")
        with self.assert_round_trips(2):
            self.post("shows/{show}/book/", 409, seat_number="60")

    def test_the_user_and_the_order_are_one_each(self):
        order = self.post("shows/{show}/hold/", 201, seat_numbers=["70"])["code"]
        for path, expected in [("auth/me/", 1), (f"orders/{order}/", 2)]:
            for _ in range(4):
                self.client.get(f"/api/{path}")
            with self.subTest(path=path), self.assert_round_trips(expected):
                self.assertEqual(self.client.get(f"/api/{path}").status_code, 200)


@contextmanager
def connected_by(found):
    """Connect through the relay within this context."""
    options = connection.settings_dict["OPTIONS"]
    through = {"host": "127.0.0.1", "port": found.port}
    with mock.patch.dict(options, through):
        reconnect()
        yield
    reconnect()


def reconnect():
    connection.close()
    connection.close_pool()
