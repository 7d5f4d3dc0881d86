"""A lapsed hold: its seats are free at once, for everyone and without any job."""

import time
from unittest import mock

from django.test import TestCase, override_settings
from django.utils import timezone

from bookings.models import Booking, Order
from bookings.occupancy import occupancy_of
from bookings.services import locking
from testing.builders.accounts import make_staff, make_user
from testing.builders.bookings import bookings_of, make_order
from testing.builders.movies import make_show
from testing.cases import APIAssertions
from testing.clock import end_hold
from testing.sales import CustomerRequests


class ExpiryTests(CustomerRequests, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob = make_user("alice"), make_user("bob")
        cls.show = make_show(total_seats=10)

    def hold(self, *seat_numbers, user=None):
        return self.ask("hold", *seat_numbers, user=user)

    def lapsed_order(self, *seat_numbers):
        """Return an order that was held through the URL and whose time has passed since."""
        response = self.hold(*seat_numbers)
        self.assertEqual(response.status_code, 201, response.content)
        order = Order.objects.get(code=response.json()["code"])
        end_hold(order)
        return order

    def assert_statuses(self, order, status):
        order.refresh_from_db()
        self.assertEqual(order.status, status)
        self.assertEqual(set(order.bookings.values_list("status", flat=True)), {status})

    def seats_seen(self):
        """Return {page: number of free seats} of each public page."""
        url = f"/api/shows/{self.show.pk}/"
        seats = self.client.get(f"{url}seats/").json()["seats"]
        polled = self.client.get(f"{url}availability/").json()
        [listed] = self.client.get("/api/shows/").json()["results"]
        picture = self.client.get(f"{url}seats.svg").content.decode()
        return {
            "seats": sum(seat["status"] == "available" for seat in seats),
            "availability": polled["available_seats"],
            "not available": len(polled["held"] + polled["booked"] + polled["blocked"]),
            "shows": listed["available_seats"],
            "show": self.client.get(url).json()["available_seats"],
            "picture": picture.count(", available"),
        }

    def all_see(self, free):
        names = ["seats", "availability", "shows", "show", "picture"]
        return dict.fromkeys(names, free) | {"not available": 10 - free}

    def test_new_hold_begins_when_the_lapsed_one_ended(self):
        """The hold may also end after the show was locked and before its seats are read."""
        show = make_show(total_seats=1)
        [held] = bookings_of(make_order(user=self.alice, show=show, status="held"))

        def ends_just_now(*args, **kwargs):
            show.bookings.filter(pk=held.pk).update(expires_at=timezone.now())
            return occupancy_of(*args, **kwargs)

        with mock.patch.object(locking, "occupancy_of", ends_just_now):
            self.ask("hold", show=show, user=self.bob, best=1)
        held.refresh_from_db()
        taken = show.bookings.get(order__customer=self.bob)
        self.assertLessEqual(held.expires_at, taken.created_at)

    def test_seats_of_a_lapsed_hold_are_free_on_every_page(self):
        self.hold("7", user=self.bob)
        self.assertEqual(self.seats_seen(), self.all_see(9))

        order = self.lapsed_order("1", "2", "3")

        self.assertEqual(self.seats_seen(), self.all_see(9))
        self.assert_statuses(order, "held")  # no row was written

    def test_orders_and_bookings_answer_that_the_hold_expired(self):
        order = self.lapsed_order("1", "2")
        client = self.client_of(self.alice)
        [listed] = client.get("/api/orders/").json()["results"]
        for body in (listed, client.get(f"/api/orders/{order.code}/").json()):
            self.assertEqual(body["status"], "expired")
            self.assertEqual([booking["status"] for booking in body["bookings"]], ["expired"] * 2)
        bookings = client.get("/api/my-bookings/").json()["results"]
        self.assertEqual([booking["status"] for booking in bookings], ["expired"] * 2)
        one = client.get(f"/api/bookings/{bookings[0]['id']}/").json()
        self.assertEqual(one["status"], "expired")

    def test_status_filters_treat_a_lapsed_hold_as_expired(self):
        alive = self.hold("5").json()["code"]
        order = self.lapsed_order("1", "2")
        ended = make_order(user=self.alice, show=self.show, seats=["3"], status="expired")
        client = self.client_of(self.alice)
        for status, codes in [
            ("held", [alive]),
            ("expired", [ended.code, order.code]),
            ("booked", []),
            ("cancelled", []),
        ]:
            with self.subTest(status=status):
                orders = client.get(f"/api/orders/?status={status}").json()["results"]
                self.assertEqual([order["code"] for order in orders], codes)
                self.assertEqual({order["status"] for order in orders} - {status}, set())
                bookings = client.get(f"/api/my-bookings/?status={status}").json()["results"]
                self.assertEqual({booking["order"] for booking in bookings}, set(codes))
                self.assertEqual({booking["status"] for booking in bookings} - {status}, set())

    def test_lapsed_hold_rejects_every_action(self):
        lapsed = self.lapsed_order("1", "2")
        ended = make_order(user=self.alice, show=self.show, seats=["3"], status="expired")
        client = self.client_of(self.alice)
        for order in (lapsed, ended):
            before = Order.objects.filter(pk=order.pk).values().get()
            line = order.bookings.first()
            for path, body in [
                (f"orders/{order.code}/confirm/", {"payment_reference": "pi_1"}),
                (f"orders/{order.code}/extend/", {}),
                (f"orders/{order.code}/cancel/", {}),
                (f"orders/{order.code}/cancel/", {"seat_numbers": [line.seat_number]}),
                (f"orders/{order.code}/move/", {"best": order.bookings.count()}),
                (f"bookings/{line.number}/cancel/", {}),
            ]:
                with self.subTest(path=path):
                    self.assert_problem(client.post(f"/api/{path}", body), 409, "hold_expired")
            self.assertEqual(Order.objects.filter(pk=order.pk).values().get(), before)

    def test_taking_one_seat_expires_the_whole_lapsed_order(self):
        for path, body in [
            ("hold", {"seat_numbers": ["2", "4"]}),
            ("book", {"seat_number": "2"}),
            ("hold", {"seats": [{"seat_number": "2"}]}),
            ("block", {"seat_numbers": ["2"], "reason": "Broken"}),
        ]:
            with self.subTest(path=path, body=body):
                Booking.objects.all().delete()
                Order.objects.all().delete()
                order = self.lapsed_order("1", "2", "3")
                client = self.client_of(self.bob)
                if path == "block":
                    client = self.client_of(make_staff())
                url = f"/api/shows/{self.show.pk}/{path}/"

                first, second = client.post(url, body), client.post(url, body)

                self.assertIn(first.status_code, (200, 201), first.content)
                self.assert_problem(second, 409, "seat_taken")
                self.assert_statuses(order, "expired")
                [active] = Booking.objects.active().filter(seat_number="2")
                self.assertNotEqual(active.order_id, order.pk)
                for seat in ("1", "3"):
                    response = self.hold(
                        seat, user=make_user(f"{path}{seat}{len(body)}{body}"[:99])
                    )
                    self.assertEqual(response.status_code, 201, response.content)

    def test_one_hold_can_take_seats_of_several_lapsed_orders(self):
        orders = [self.lapsed_order("1", "2"), self.lapsed_order("3"), self.lapsed_order("4", "5")]
        alive = make_order(user=self.alice, show=self.show, seats=["6"], status="held")
        untouched = self.lapsed_order("7")
        response = self.hold("2", "3", "4", user=self.bob)
        self.assertEqual(response.status_code, 201, response.content)
        for order in orders:
            self.assert_statuses(order, "expired")
        self.assert_statuses(alive, "held")
        self.assert_statuses(untouched, "held")

    def test_best_seats_may_be_those_of_a_lapsed_hold(self):
        order = self.lapsed_order(*map(str, range(1, 11)))
        response = self.ask("hold", user=self.bob, best=10)
        self.assertEqual(response.status_code, 201, response.content)
        self.assert_statuses(order, "expired")

    def test_seats_cancelled_before_the_end_stay_cancelled(self):
        code = self.hold("1", "2").json()["code"]
        self.act("cancel", code, "1")
        order = Order.objects.get(code=code)
        end_hold(order)
        body = self.client_of(self.alice).get(f"/api/orders/{code}/").json()
        self.assertEqual(body["status"], "expired")
        self.hold("2", user=self.bob)
        order.refresh_from_db()
        self.assertEqual(order.status, "expired")
        statuses = order.bookings.order_by("id").values_list("status", flat=True)
        self.assertEqual(list(statuses), ["cancelled", "expired"])

    def test_customer_of_the_lapsed_hold_can_book_the_seat_again(self):
        order = self.lapsed_order("1", "2")
        response = self.ask("book", seat_number="1")
        self.assertEqual(response.status_code, 201, response.content)
        self.assert_statuses(order, "expired")


@override_settings(HOLD_SECONDS=1, HOLD_MAX_SECONDS=60)
class ClockTests(APIAssertions, TestCase):
    def test_hold_of_one_second_lapses_after_one_second(self):
        show = make_show(total_seats=3)
        alice, bob = self.client_of(make_user("alice")), self.client_of(make_user("bob"))
        url = f"/api/shows/{show.pk}/"
        order = alice.post(f"{url}hold/", {"seat_numbers": ["1", "2"]}).json()

        time.sleep(1.05)

        statuses = [seat["status"] for seat in bob.get(f"{url}seats/").json()["seats"]]
        self.assertEqual(statuses, ["available"] * 3)
        late = bob.post(f"{url}hold/", {"seat_numbers": ["2"]})
        self.assertEqual(late.status_code, 201, late.content)
        confirmed = alice.post(f"/api/orders/{order['code']}/confirm/")
        self.assert_problem(confirmed, 409, "hold_expired")
