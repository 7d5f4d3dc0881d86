"""Holds in real threads: each hold gets all of its seats or none, and each seat has one owner."""

import time
from collections import Counter
from datetime import timedelta

from django.test import TransactionTestCase, override_settings
from django.utils import timezone

from bookings.models import Booking, Order
from testing.builders.accounts import client_of, make_user
from testing.builders.bookings import make_order
from testing.builders.movies import make_movie, make_seating_plan, make_show
from testing.clock import past
from testing.races import at_once, outcome_of, outcomes

RACERS = 16


class HoldRaceTests(TransactionTestCase):
    def setUp(self):
        self.users = [make_user(f"racer{number}") for number in range(RACERS)]
        self.clients = [client_of(user) for user in self.users]
        self.show = make_show(total_seats=40)

    def hold(self, client, *seat_numbers, show=None, **body):
        """Return a call that holds these seats."""
        if seat_numbers:
            body["seat_numbers"] = seat_numbers
        return lambda: client.post(f"/api/shows/{(show or self.show).pk}/hold/", body)

    def assert_outcomes(self, responses, expected):
        self.assertEqual(outcomes(responses), expected)

    def assert_orders_are_whole(self):
        """Assert that each seat has one owner at most, and each order all of its seats or none."""
        owners = Counter(Booking.objects.taking_a_seat().values_list("show", "seat_number"))
        self.assertEqual(set(owners.values()) - {1}, set())
        for order in Order.objects.with_bookings():
            statuses = {line.status for line in order.bookings.all()}
            self.assertEqual(statuses, {order.status}, f"{order} of {order.customer}")


class HoldSeatsTests(HoldRaceTests):
    def test_overlapping_pairs_go_to_one_of_two_neighbours(self):
        """Seats 1 and 2, 2 and 3, ...: of two neighbours in the ring only one can succeed."""
        pairs = [(str(nth + 1), str((nth + 1) % RACERS + 1)) for nth in range(RACERS)]

        responses = at_once(
            [self.hold(client, *pair) for client, pair in zip(self.clients, pairs, strict=True)]
        )

        won = {nth for nth, response in enumerate(responses) if response.status_code == 201}
        self.assert_outcomes(
            responses, Counter({(201, None): len(won), (409, "seat_taken"): RACERS - len(won)})
        )
        self.assert_orders_are_whole()
        for nth, response in enumerate(responses):
            neighbours = {(nth - 1) % RACERS, (nth + 1) % RACERS}
            if nth in won:
                self.assertTrue(won.isdisjoint(neighbours), won)
            else:  # then a neighbour has one of the seats, and the problem names it
                self.assertTrue(won & neighbours, won)
                named = {seat["seat_number"] for seat in response.json()["seats"]}
                self.assertTrue(named and named <= set(pairs[nth]), named)
        self.assertEqual(Booking.objects.count(), 2 * len(won))
        self.assertEqual(Order.objects.count(), len(won))

    def test_sixteen_requests_for_the_best_two_get_different_seats(self):
        show = make_show(
            seating_plan=make_seating_plan("A  8\nB  8\nC  8\nD  8\n".replace("8", "ssssssss"))
        )

        responses = at_once([self.hold(client, show=show, best=2) for client in self.clients])

        self.assert_outcomes(responses, {(201, None): RACERS})
        seats = [line["seat_number"] for r in responses for line in r.json()["bookings"]]
        self.assertEqual(len(set(seats)), 2 * RACERS)
        self.assert_orders_are_whole()

    def test_requests_for_the_best_two_succeed_while_seats_are_left(self):
        show = make_show(total_seats=11)
        responses = at_once([self.hold(client, show=show, best=2) for client in self.clients])
        self.assert_outcomes(responses, {(201, None): 5, (409, "show_full"): RACERS - 5})
        self.assert_orders_are_whole()

    @override_settings(MAX_SEATS_PER_SHOW=5)
    def test_one_customer_on_sixteen_devices_stays_within_the_limit(self):
        devices = [client_of(self.users[0]) for _ in range(RACERS)]
        responses = at_once(
            [
                self.hold(device, str(2 * nth + 1), str(2 * nth + 2))
                for nth, device in enumerate(devices)
            ]
        )
        self.assert_outcomes(responses, {(201, None): 2, (400, "seat_limit"): RACERS - 2})
        self.assertEqual(Booking.objects.count(), 4)
        self.assert_orders_are_whole()

    def test_lapsed_hold_is_taken_by_one_customer(self):
        owner = make_user("owner")
        order = make_order(
            user=owner,
            show=self.show,
            seats=["1", "2", "3"],
            status="held",
            expires_at=past(milliseconds=1),
        )

        responses = at_once([self.hold(client, "2", "4") for client in self.clients])

        self.assert_outcomes(responses, {(201, None): 1, (409, "seat_taken"): RACERS - 1})
        order.refresh_from_db()
        self.assertEqual(order.status, "expired")
        self.assert_orders_are_whole()
        self.assertEqual(Booking.objects.active().count(), 2)


class OwnerTests(HoldRaceTests):
    def hold_of(self, user, *seats, left=300, show=None):
        now = timezone.now()
        return make_order(
            user=user,
            show=show or self.show,
            seats=seats,
            status="held",
            expires_at=now + timedelta(seconds=left),
            extendable_until=now + timedelta(seconds=left + 300),
        )

    def act(self, client, order, action, **body):
        return lambda: client.post(f"/api/orders/{order.code}/{action}/", body)

    def test_sixteen_simultaneous_payments_confirm_a_hold_once(self):
        order = self.hold_of(self.users[0], "1", "2")
        responses = at_once(
            [
                self.act(client_of(self.users[0]), order, "confirm", payment_reference=f"pi_{nth}")
                for nth in range(RACERS)
            ]
        )
        self.assert_outcomes(responses, {(200, None): 1, (409, "paid_already"): RACERS - 1})
        [reference] = [r.json()["payment_reference"] for r in responses if r.status_code == 200]
        kept = set(order.bookings.values_list("payment_reference", flat=True))
        self.assertEqual(kept, {reference})
        self.assert_orders_are_whole()

    def test_order_confirmed_and_cancelled_at_once_ends_cancelled(self):
        """Whichever request comes first, the other one finds a whole order."""
        orders = [
            self.hold_of(user, str(2 * nth + 1), str(2 * nth + 2))
            for nth, user in enumerate(self.users[: RACERS // 2])
        ]
        calls = []
        for order, client in zip(orders, self.clients, strict=False):
            calls += [self.act(client, order, "confirm"), self.act(client, order, "cancel")]

        responses = at_once(calls)

        for confirmed, cancelled in zip(responses[::2], responses[1::2], strict=True):
            self.assertEqual(cancelled.status_code, 200, cancelled.content)
            self.assertIn(outcome_of(confirmed), [(200, None), (400, "already_cancelled")])
        self.assertEqual(set(Order.objects.values_list("status", flat=True)), {"cancelled"})
        self.assert_orders_are_whole()
        self.assertFalse(Booking.objects.active().exists())

    def race_at_the_end(self, act, *, rounds=3, left=0.5):
        """Let owners act on their holds while others take the seats, all around their end.

        Each round has four holds of three seats, which end after `left` seconds. Return (order,
        the owner's response, the responses of the others) for each hold.
        """
        movie, found = make_movie(), []
        for turn in range(rounds):
            show = make_show(movie=movie, total_seats=12)
            orders = [
                self.hold_of(
                    user, *(str(3 * nth + seat) for seat in (1, 2, 3)), show=show, left=left
                )
                for nth, user in enumerate(self.users[:4])
            ]
            end = time.monotonic() + left

            def around(offset, call, end=end):
                def wait_and_call():
                    time.sleep(max(0, end + offset - time.monotonic()))
                    return call()

                return wait_and_call

            calls = []
            for nth, order in enumerate(orders):
                first = 3 * nth + 1
                owner, *others = self.clients[nth::4]
                # -300 ms to 30 ms: sixteen calls at once delay each other, so some start early
                offset = (nth * 3 + turn - 10) * 0.03
                calls += [
                    around(offset, act(self, owner, order)),
                    around(0.001 * turn, self.hold(others[0], str(first), show=show)),
                    around(0.005, self.hold(others[1], str(first + 1), str(first + 2), show=show)),
                    around(offset, self.hold(others[2], str(first), str(first + 2), show=show)),
                ]
            responses = at_once(calls)
            self.assert_orders_are_whole()
            for nth, order in enumerate(orders):
                order.refresh_from_db()
                found.append((order, responses[4 * nth], responses[4 * nth + 1 : 4 * nth + 4]))
        return found

    def test_hold_confirmed_at_its_end_is_booked_whole_or_lost_whole(self):
        for order, confirmed, others in self.race_at_the_end(
            lambda self, owner, order: self.act(owner, order, "confirm")
        ):
            answers = {outcome_of(response) for response in others}
            statuses = set(order.bookings.values_list("status", flat=True))
            with self.subTest(order=order, confirmed=confirmed.status_code, others=answers):
                if confirmed.status_code == 200:
                    self.assertEqual((order.status, statuses), ("booked", {"booked"}))
                    self.assertEqual(answers, {(409, "seat_taken")})
                else:
                    self.assertEqual(outcome_of(confirmed), (409, "hold_expired"))
                    self.assertIn(
                        (order.status, statuses), [("expired", {"expired"}), ("held", {"held"})]
                    )
                    is_taken = (201, None) in answers
                    self.assertEqual(order.status, "expired" if is_taken else "held")

    def test_hold_extended_at_its_end_is_kept_whole_or_lost_whole(self):
        for order, extended, others in self.race_at_the_end(
            lambda self, owner, order: self.act(owner, order, "extend")
        ):
            answers = {outcome_of(response) for response in others}
            states = set(order.bookings.values_list("status", "expires_at"))
            with self.subTest(order=order, extended=extended.status_code, others=answers):
                self.assertEqual(states, {(order.status, order.expires_at)})
                if extended.status_code == 200:
                    self.assertEqual((order.status, order.status_now), ("held", "held"))
                    self.assertEqual(answers, {(409, "seat_taken")})
                else:
                    self.assertEqual(outcome_of(extended), (409, "hold_expired"))
                    self.assertEqual(order.status_now, "expired")

    @override_settings(HOLD_SECONDS=1, HOLD_MAX_SECONDS=60)
    def test_hold_ends_for_its_owner_before_others_can_take_its_seats(self):
        owner, *others = self.clients
        made = self.hold(owner, "1", "2", "3")().json()
        order = Order.objects.get(code=made["code"])

        def retry(client):
            """Retry until the seats are held, or the order has a final status."""

            def call():
                time.sleep(max(0, (order.expires_at - timezone.now()).total_seconds() - 0.05))
                for _ in range(40):
                    response = self.hold(client, "1", "2", "3")()
                    if (
                        response.status_code == 201
                        or Order.objects.filter(pk=order.pk).exclude(status="held").exists()
                    ):
                        break
                return response

            return call

        def confirm():
            time.sleep(max(0, (order.expires_at - timezone.now()).total_seconds() - 0.01))
            return self.act(owner, order, "confirm")()

        confirmed, *taken = at_once([confirm, *(retry(client) for client in others[:7])])

        order.refresh_from_db()
        winners = [response for response in taken if response.status_code == 201]
        if confirmed.status_code == 200:
            self.assertEqual((order.status, winners), ("booked", []))
        else:
            self.assertEqual(outcome_of(confirmed), (409, "hold_expired"))
            self.assertLessEqual(len(winners), 1)
        self.assert_orders_are_whole()
