"""Moves at the same moment as other writes: a clear answer for each, and one owner a seat."""

from collections import Counter

from django.test import TransactionTestCase

from accounts.tests.races import at_once
from bookings.models import Booking, Order
from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.bookings import make_order
from testing.builders.movies import make_movie, make_show

RACERS = 6
ROUNDS = 3


class MoveRaceTests(TransactionTestCase):
    def setUp(self):
        self.users = [make_user(f"racer{number}") for number in range(RACERS)]
        self.clients = [client_of(user) for user in self.users]
        for client in self.clients:
            client.raise_request_exception = False  # a 500 is an answer to count
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

    def assert_answers(self, responses, *possible):
        """Answers the responses as (status, code)."""
        answers = [(r.status_code, r.json().get("code", "")[:20]) for r in responses]
        answers = [(status, code if status >= 400 else None) for status, code in answers]
        self.assertLessEqual(set(answers), set(possible), [r.content for r in responses])
        return answers

    def assert_orders_are_whole(self):
        """Each order has its seats in its one show, or none; what is taken is taken once."""
        for order in Order.objects.all():
            active = [line for line in order.bookings.all() if line.status in ("held", "booked")]
            is_alive = order.status in ("held", "booked")
            self.assertEqual(len({line.seat_number for line in active}), len(active))
            self.assertEqual(bool(active), is_alive)
            self.assertEqual(order.total, sum(line.price for line in active))
            for line in active:
                self.assertEqual((line.show_id, line.status), (order.show_id, order.status))
        taken = Counter(Booking.objects.active().values_list("show", "seat_number"))
        self.assertLessEqual(set(taken.values()), {1})

    def test_two_orders_that_want_each_others_seats(self):
        one, other = self.order(0, "1", "2"), self.order(1, "3", "4")
        for _ in range(ROUNDS):
            responses = at_once([self.move(0, one, "3", "4"), self.move(1, other, "2", "1")])
            self.assert_answers(responses, (409, "seat_taken"))
        self.assert_orders_are_whole()
        self.assertEqual(Booking.objects.count(), 4)

    def test_orders_that_move_up_by_one_each_get_a_seat_or_keep_theirs(self):
        orders = [self.order(number, str(number + 1)) for number in range(RACERS)]

        responses = at_once([self.move(n, order, str(n + 2)) for n, order in enumerate(orders)])

        answers = self.assert_answers(responses, (200, None), (409, "seat_taken"))
        self.assertEqual(answers[-1], (200, None))
        self.assert_orders_are_whole()
        for number, order in enumerate(orders):
            seat = number + (2 if answers[number][0] == 200 else 1)
            active = Booking.objects.active().get(order=order)
            self.assertEqual(active.seat_number, str(seat))

    def test_orders_that_cross_between_two_shows_do_not_lock_each_other_out(self):
        here = [self.order(number, str(number + 1)) for number in range(3)]
        there = [self.order(n + 3, str(n + 4), show=self.other) for n in range(3)]
        for to, back in ((self.other, self.show), (self.show, self.other)):
            responses = at_once(
                [self.move(n, o, str(n + 1), show=to.pk) for n, o in enumerate(here)]
                + [self.move(n + 3, o, str(n + 4), show=back.pk) for n, o in enumerate(there)]
            )
            self.assert_answers(responses, (200, None))
            self.assertEqual(
                set(
                    Order.objects.filter(pk__in=[o.pk for o in here]).values_list("show", flat=True)
                ),
                {to.pk},
            )
        self.assert_orders_are_whole()

    def test_one_order_that_is_moved_twice_at_once_between_two_shows_ends_in_one(self):
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
            self.assert_answers(responses, (200, None))
            self.assert_orders_are_whole()
            self.assertEqual(Booking.objects.active().count(), 2)

    def test_an_order_that_is_cancelled_while_it_moves_ends_cancelled(self):
        for show in (self.show, self.other):
            for _ in range(ROUNDS):
                order = self.order(0, "1", "2")
                moved, cancelled = at_once(
                    [
                        self.move(0, order, "3", "4", show=show.pk),
                        self.post(0, f"orders/{order.code}/cancel"),
                    ]
                )
                self.assert_answers([cancelled], (200, None))
                self.assert_answers([moved], (200, None), (400, "already_cancelled"))
                self.assert_orders_are_whole()
                self.assertFalse(Booking.objects.active().exists())
                refunds = [b.refund for b in order.bookings.all()]
                self.assertEqual(sum(refunds), 10)

    def test_a_seat_is_moved_to_or_held_by_one(self):
        for _ in range(ROUNDS):
            order = self.order(0, "1")
            others = [
                self.post(n, f"shows/{self.other.pk}/hold", seat_numbers=["3", "4"])
                for n in range(1, 4)
            ]

            moved, *held = at_once([self.move(0, order, "3", show=self.other.pk), *others])

            self.assert_answers([moved], (200, None), (409, "seat_taken"))
            self.assert_answers(held, (201, None), (409, "seat_taken"))
            won = sum(r.status_code in (200, 201) for r in (moved, *held))
            self.assertEqual(won, 1)
            self.assert_orders_are_whole()
            Booking.objects.all().delete()
            Order.objects.all().delete()

    def test_an_order_that_moves_away_from_a_show_that_is_cancelled_is_kept_or_paid_back(self):
        staff, order = client_of(make_staff()), self.order(0, "1")

        moved, cancelled = at_once(
            [
                self.move(0, order, "1", show=self.other.pk),
                lambda: staff.post(f"/api/shows/{self.show.pk}/cancel/", {}),
            ]
        )

        self.assert_answers([cancelled], (200, None))
        self.assert_answers([moved], (200, None), (400, "already_cancelled"))
        self.assert_orders_are_whole()
        self.assertFalse(Booking.objects.active().filter(show=self.show).exists())
        self.assertEqual(Order.objects.get().status == "booked", moved.status_code == 200)

    def test_an_order_that_moves_to_a_show_that_is_cancelled_stays_or_is_paid_back(self):
        staff, order = client_of(make_staff()), self.order(0, "1")

        moved, cancelled = at_once(
            [
                self.move(0, order, "1", show=self.other.pk),
                lambda: staff.post(f"/api/shows/{self.other.pk}/cancel/", {}),
            ]
        )

        self.assert_answers([cancelled], (200, None))
        self.assert_answers([moved], (200, None), (409, "show_cancelled"))
        self.assert_orders_are_whole()
        self.assertFalse(Booking.objects.active().filter(show=self.other).exists())
        self.assertEqual(Order.objects.get().status == "cancelled", moved.status_code == 200)

    def test_the_limit_of_a_customer_holds_while_several_orders_move_at_once(self):
        orders = [self.order(0, str(number + 1)) for number in range(4)]
        with self.settings(MAX_SEATS_PER_SHOW=4):
            self.order(0, "7", show=self.other)
            self.order(0, "6", show=self.other)
            responses = at_once(
                [self.move(0, o, str(n + 1), show=self.other.pk) for n, o in enumerate(orders)]
            )
        answers = self.assert_answers(responses, (200, None), (400, "seat_limit"))
        self.assertEqual(answers.count((200, None)), 2)
        self.assertEqual(Booking.objects.active().filter(show=self.other).count(), 4)
