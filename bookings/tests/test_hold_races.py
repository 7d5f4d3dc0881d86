"""Holds in real threads: nobody gets a part of what was asked for, nobody a seat of another."""

import time
from collections import Counter
from datetime import timedelta

from django.test import TransactionTestCase, override_settings
from django.utils import timezone

from accounts.tests.races import at_once
from bookings.models import Booking, Order
from testing.builders.accounts import client_of, make_user
from testing.builders.bookings import make_order
from testing.builders.movies import make_movie, make_seating_plan, make_show

RACERS = 16


class HoldRaceTests(TransactionTestCase):
    def setUp(self):
        self.users = [make_user(f"racer{number}") for number in range(RACERS)]
        self.clients = [client_of(user) for user in self.users]
        self.show = make_show(total_seats=40)

    def hold(self, client, *seat_numbers, show=None, **body):
        """A call that holds them."""
        if seat_numbers:
            body["seat_numbers"] = seat_numbers
        return lambda: client.post(f"/api/shows/{(show or self.show).pk}/hold/", body)

    def assert_answers(self, responses, expected):
        self.assertEqual(Counter(map(answer_of, responses)), expected)

    def assert_orders_are_whole(self):
        """Each seat has one owner at most, and an order all of its seats or none."""
        owners = Counter(Booking.objects.taking_a_seat().values_list("show", "seat_number"))
        self.assertEqual(set(owners.values()) - {1}, set())
        for order in Order.objects.with_bookings():
            statuses = {line.status for line in order.bookings.all()}
            self.assertEqual(statuses, {order.status}, f"{order} of {order.customer}")


def answer_of(response):
    return response.status_code, response.json().get(
        "code", ""
    ) if response.status_code > 201 else ""


class TakeTests(HoldRaceTests):
    def test_sixteen_want_pairs_that_overlap(self):
        """1 and 2, 2 and 3, ...: neighbours in a ring cannot both have theirs."""
        pairs = [(str(nth + 1), str((nth + 1) % RACERS + 1)) for nth in range(RACERS)]

        responses = at_once(
            [self.hold(client, *pair) for client, pair in zip(self.clients, pairs, strict=True)]
        )

        won = {nth for nth, response in enumerate(responses) if response.status_code == 201}
        self.assert_answers(
            responses, Counter({(201, ""): len(won), (409, "seat_taken"): RACERS - len(won)})
        )
        self.assert_orders_are_whole()
        for nth, response in enumerate(responses):
            neighbours = {(nth - 1) % RACERS, (nth + 1) % RACERS}
            if nth in won:
                self.assertTrue(won.isdisjoint(neighbours), won)
            else:  # so one of the seats was taken by a neighbour, and it is named
                self.assertTrue(won & neighbours, won)
                named = {seat["seat_number"] for seat in response.json()["seats"]}
                self.assertTrue(named and named <= set(pairs[nth]), named)
        self.assertEqual(Booking.objects.count(), 2 * len(won))
        self.assertEqual(Order.objects.count(), len(won))

    def test_sixteen_who_ask_for_the_best_two_get_different_ones(self):
        show = make_show(
            seating_plan=make_seating_plan("A  8\nB  8\nC  8\nD  8\n".replace("8", "ssssssss"))
        )

        responses = at_once([self.hold(client, show=show, best=2) for client in self.clients])

        self.assert_answers(responses, {(201, ""): RACERS})
        seats = [line["seat_number"] for r in responses for line in r.json()["bookings"]]
        self.assertEqual(len(set(seats)), 2 * RACERS)
        self.assert_orders_are_whole()

    def test_of_those_who_ask_for_the_best_two_as_many_get_them_as_there_are(self):
        show = make_show(total_seats=11)
        responses = at_once([self.hold(client, show=show, best=2) for client in self.clients])
        self.assert_answers(responses, {(201, ""): 5, (409, "show_full"): RACERS - 5})
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
        self.assert_answers(responses, {(201, ""): 2, (400, "seat_limit"): RACERS - 2})
        self.assertEqual(Booking.objects.count(), 4)
        self.assert_orders_are_whole()

    def test_a_hold_that_is_over_is_taken_over_by_one(self):
        owner = make_user("owner")
        lapsed = timezone.now() - timedelta(milliseconds=1)
        order = make_order(
            user=owner, show=self.show, seats=["1", "2", "3"], status="held", expires_at=lapsed
        )

        responses = at_once([self.hold(client, "2", "4") for client in self.clients])

        self.assert_answers(responses, {(201, ""): 1, (409, "seat_taken"): RACERS - 1})
        order.refresh_from_db()
        self.assertEqual(order.status, "expired")
        self.assert_orders_are_whole()
        self.assertEqual(Booking.objects.active().count(), 2)


class OwnerTests(HoldRaceTests):
    def order_of(self, user, *seats, left=300, show=None):
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

    def test_a_hold_is_confirmed_once_by_all_who_confirm_at_once(self):
        order = self.order_of(self.users[0], "1", "2")
        responses = at_once(
            [
                self.act(client_of(self.users[0]), order, "confirm", payment_reference=f"pi_{nth}")
                for nth in range(RACERS)
            ]
        )
        self.assert_answers(responses, {(200, ""): 1, (409, "paid_already"): RACERS - 1})
        [reference] = [r.json()["payment_reference"] for r in responses if r.status_code == 200]
        kept = set(order.bookings.values_list("payment_reference", flat=True))
        self.assertEqual(kept, {reference})
        self.assert_orders_are_whole()

    def test_what_is_confirmed_and_cancelled_at_once_ends_cancelled(self):
        """Whichever comes first: the other finds a whole order."""
        orders = [
            self.order_of(user, str(2 * nth + 1), str(2 * nth + 2))
            for nth, user in enumerate(self.users[: RACERS // 2])
        ]
        calls = []
        for order, client in zip(orders, self.clients, strict=False):
            calls += [self.act(client, order, "confirm"), self.act(client, order, "cancel")]

        responses = at_once(calls)

        for confirmed, cancelled in zip(responses[::2], responses[1::2], strict=True):
            self.assertEqual(cancelled.status_code, 200, cancelled.content)
            self.assertIn(answer_of(confirmed), [(200, ""), (400, "already_cancelled")])
        self.assertEqual(set(Order.objects.values_list("status", flat=True)), {"cancelled"})
        self.assert_orders_are_whole()
        self.assertFalse(Booking.objects.active().exists())

    def edge(self, act, *, rounds=3, left=0.5):
        """Owners act on their holds and others take seats of them, all around the time they end.

        Four holds of three seats in each round. Answers (order, the owner's response, the others')
        for each.
        """
        movie, found = make_movie(), []
        for turn in range(rounds):
            show = make_show(movie=movie, total_seats=12)
            orders = [
                self.order_of(
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
                # -300 ms to 30 ms: sixteen at once make each other wait, so some must begin early
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

    def test_a_hold_confirmed_at_its_end_is_booked_whole_or_lost_whole(self):
        for order, confirmed, others in self.edge(
            lambda self, owner, order: self.act(owner, order, "confirm")
        ):
            answers = {answer_of(response) for response in others}
            statuses = set(order.bookings.values_list("status", flat=True))
            with self.subTest(order=order, confirmed=confirmed.status_code, others=answers):
                if confirmed.status_code == 200:
                    self.assertEqual((order.status, statuses), ("booked", {"booked"}))
                    self.assertEqual(answers, {(409, "seat_taken")})
                else:
                    self.assertEqual(answer_of(confirmed), (409, "hold_expired"))
                    self.assertIn(
                        (order.status, statuses), [("expired", {"expired"}), ("held", {"held"})]
                    )
                    is_taken = (201, "") in answers
                    self.assertEqual(order.status, "expired" if is_taken else "held")

    def test_a_hold_extended_at_its_end_is_kept_whole_or_lost_whole(self):
        for order, extended, others in self.edge(
            lambda self, owner, order: self.act(owner, order, "extend")
        ):
            answers = {answer_of(response) for response in others}
            lines = set(order.bookings.values_list("status", "expires_at"))
            with self.subTest(order=order, extended=extended.status_code, others=answers):
                self.assertEqual(lines, {(order.status, order.expires_at)})
                if extended.status_code == 200:
                    self.assertEqual((order.status, order.status_now), ("held", "held"))
                    self.assertEqual(answers, {(409, "seat_taken")})
                else:
                    self.assertEqual(answer_of(extended), (409, "hold_expired"))
                    self.assertEqual(order.status_now, "expired")

    @override_settings(HOLD_SECONDS=1, HOLD_MAX_SECONDS=60)
    def test_a_hold_made_over_the_url_ends_for_its_owner_when_it_begins_for_others(self):
        owner, *others = self.clients
        made = self.hold(owner, "1", "2", "3")().json()
        order = Order.objects.get(code=made["code"])

        def insist(client):
            """Again and again until the seats are had, or surely will not be."""

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

        confirmed, *taken = at_once([confirm, *(insist(client) for client in others[:7])])

        order.refresh_from_db()
        winners = [response for response in taken if response.status_code == 201]
        if confirmed.status_code == 200:
            self.assertEqual((order.status, winners), ("booked", []))
        else:
            self.assertEqual(answer_of(confirmed), (409, "hold_expired"))
            self.assertLessEqual(len(winners), 1)
        self.assert_orders_are_whole()
