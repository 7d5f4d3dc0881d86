"""Moves at the same time as other writes: each gets a clear answer, each seat has one owner."""

from collections import Counter

from django.test import TransactionTestCase

from bookings.models import Booking, Order
from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.bookings import make_order
from testing.builders.movies import make_movie, make_show
from testing.races import at_once, outcome_of

RACERS = 6
ROUNDS = 3


class MoveRaceTests(TransactionTestCase):
    def setUp(self):
        self.users = [make_user(f"racer{number}") for number in range(RACERS)]
        self.clients = [client_of(user) for user in self.users]
        for client in self.clients:
            client.raise_request_exception = False  # assert_outcomes reports a 500
        movie = make_movie()
        self.show, self.other = (
            make_show(movie=movie, total_seats=RACERS + 1, price=5) for _ in range(2)
        )

    def order(self, number, *seats, show=None, **fields):
        user, show = self.users[number], show or self.show
        return make_order(user=user, show=show, seats=seats, price=5, **fields)

    def post(self, number, path, **body):
        return lambda: self.clients[number].post(f"/api/{path}/", body)

    def move(self, number, order, *seats, **body):
        return self.post(number, f"orders/{order.code}/move", seat_numbers=seats, **body)

    def assert_outcomes(self, responses, *possible):
        """Assert that each outcome is one of these; return the outcomes."""
        found = [outcome_of(response) for response in responses]
        self.assertLessEqual(set(found), set(possible), [r.content for r in responses])
        return found

    def assert_orders_are_whole(self):
        """Assert that each order has its seats in its show or none, and each seat one booking."""
        for order in Order.objects.all():
            active = [each for each in order.bookings.all() if each.status in ("held", "booked")]
            is_active = order.status in ("held", "booked")
            self.assertEqual(len({booking.seat_number for booking in active}), len(active))
            self.assertEqual(bool(active), is_active)
            self.assertEqual(order.total, sum(booking.price for booking in active))
            for booking in active:
                self.assertEqual((booking.show_id, booking.status), (order.show_id, order.status))
        taken = Counter(Booking.objects.active().values_list("show", "seat_number"))
        self.assertLessEqual(set(taken.values()), {1})

    def test_orders_that_want_the_seats_of_each_other_both_stay(self):
        one, other = self.order(0, "1", "2"), self.order(1, "3", "4")
        for _ in range(ROUNDS):
            responses = at_once([self.move(0, one, "3", "4"), self.move(1, other, "2", "1")])
            self.assert_outcomes(responses, (409, "seat_taken"))
        self.assert_orders_are_whole()
        self.assertEqual(Booking.objects.count(), 4)

    def test_orders_that_move_up_by_one_get_the_next_seat_or_keep_theirs(self):
        orders = [self.order(number, str(number + 1)) for number in range(RACERS)]

        responses = at_once([self.move(n, order, str(n + 2)) for n, order in enumerate(orders)])

        found = self.assert_outcomes(responses, (200, None), (409, "seat_taken"))
        self.assertEqual(found[-1], (200, None))
        self.assert_orders_are_whole()
        for number, order in enumerate(orders):
            seat = number + (2 if found[number][0] == 200 else 1)
            active = Booking.objects.active().get(order=order)
            self.assertEqual(active.seat_number, str(seat))

    def test_orders_that_cross_between_two_shows_do_not_deadlock(self):
        here = [self.order(number, str(number + 1)) for number in range(3)]
        there = [self.order(n + 3, str(n + 4), show=self.other) for n in range(3)]
        for to, back in ((self.other, self.show), (self.show, self.other)):
            responses = at_once(
                [self.move(n, o, str(n + 1), show=to.pk) for n, o in enumerate(here)]
                + [self.move(n + 3, o, str(n + 4), show=back.pk) for n, o in enumerate(there)]
            )
            self.assert_outcomes(responses, (200, None))
            self.assertEqual(
                set(
                    Order.objects.filter(pk__in=[o.pk for o in here]).values_list("show", flat=True)
                ),
                {to.pk},
            )
        self.assert_orders_are_whole()

    def test_order_moved_several_times_at_once_ends_in_one_show(self):
        order = self.order(0, "1", "2")
        for _ in range(ROUNDS):
            responses = at_once(
                [
                    self.move(0, order, "1", "2", show=self.other.pk),
                    self.move(0, order, "3", "4", show=self.show.pk),
                    self.move(0, order, "5", "6", show=self.other.pk),
                    self.move(0, order, "1", "3", show=self.show.pk),
                ]
            )
            self.assert_outcomes(responses, (200, None))
            self.assert_orders_are_whole()
            self.assertEqual(Booking.objects.active().count(), 2)

    def test_order_cancelled_while_it_moves_ends_cancelled(self):
        for show in (self.show, self.other):
            for _ in range(ROUNDS):
                order = self.order(0, "1", "2")
                moved, cancelled = at_once(
                    [
                        self.move(0, order, "3", "4", show=show.pk),
                        self.post(0, f"orders/{order.code}/cancel"),
                    ]
                )
                self.assert_outcomes([cancelled], (200, None))
                self.assert_outcomes([moved], (200, None), (400, "already_cancelled"))
                self.assert_orders_are_whole()
                self.assertFalse(Booking.objects.active().exists())
                refunds = [b.refund for b in order.bookings.all()]
                self.assertEqual(sum(refunds), 10)

    def test_seat_is_moved_to_or_held_by_one_order(self):
        for _ in range(ROUNDS):
            order = self.order(0, "1")
            others = [
                self.post(n, f"shows/{self.other.pk}/hold", seat_numbers=["3", "4"])
                for n in range(1, 4)
            ]

            moved, *held = at_once([self.move(0, order, "3", show=self.other.pk), *others])

            self.assert_outcomes([moved], (200, None), (409, "seat_taken"))
            self.assert_outcomes(held, (201, None), (409, "seat_taken"))
            won = sum(r.status_code in (200, 201) for r in (moved, *held))
            self.assertEqual(won, 1)
            self.assert_orders_are_whole()
            Booking.objects.all().delete()
            Order.objects.all().delete()

    def test_order_that_leaves_a_show_being_cancelled_is_kept_or_refunded(self):
        staff, order = client_of(make_staff()), self.order(0, "1")

        moved, cancelled = at_once(
            [
                self.move(0, order, "1", show=self.other.pk),
                lambda: staff.post(f"/api/shows/{self.show.pk}/cancel/", {}),
            ]
        )

        self.assert_outcomes([cancelled], (200, None))
        self.assert_outcomes([moved], (200, None), (400, "already_cancelled"))
        self.assert_orders_are_whole()
        self.assertFalse(Booking.objects.active().filter(show=self.show).exists())
        self.assertEqual(Order.objects.get().status == "booked", moved.status_code == 200)

    def test_order_that_moves_to_a_show_being_cancelled_stays_or_is_refunded(self):
        staff, order = client_of(make_staff()), self.order(0, "1")

        moved, cancelled = at_once(
            [
                self.move(0, order, "1", show=self.other.pk),
                lambda: staff.post(f"/api/shows/{self.other.pk}/cancel/", {}),
            ]
        )

        self.assert_outcomes([cancelled], (200, None))
        self.assert_outcomes([moved], (200, None), (409, "show_cancelled"))
        self.assert_orders_are_whole()
        self.assertFalse(Booking.objects.active().filter(show=self.other).exists())
        self.assertEqual(Order.objects.get().status == "cancelled", moved.status_code == 200)

    def test_seat_limit_applies_while_several_orders_move_at_once(self):
        orders = [self.order(0, str(number + 1)) for number in range(4)]
        with self.settings(MAX_SEATS_PER_SHOW=4):
            self.order(0, "7", show=self.other)
            self.order(0, "6", show=self.other)
            responses = at_once(
                [self.move(0, o, str(n + 1), show=self.other.pk) for n, o in enumerate(orders)]
            )
        found = self.assert_outcomes(responses, (200, None), (400, "seat_limit"))
        self.assertEqual(found.count((200, None)), 2)
        self.assertEqual(Booking.objects.active().filter(show=self.other).count(), 4)
