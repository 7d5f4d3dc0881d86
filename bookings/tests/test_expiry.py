"""A hold whose time is over is over at once and for everyone; no job has to run."""

import time
from datetime import timedelta
from unittest import mock

from django.test import TestCase, override_settings
from django.utils import timezone

from bookings.models import Booking, Order
from bookings.occupancy import read_for_request
from bookings.services import selling
from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.bookings import bookings_of, make_order
from testing.builders.movies import make_show


class ExpiryTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob = make_user("alice"), make_user("bob")
        cls.show = make_show(total_seats=10)

    def hold(self, *seat_numbers, user=None):
        url = f"/api/shows/{self.show.pk}/hold/"
        return client_of(user or self.alice).post(url, {"seat_numbers": seat_numbers})

    def lapsed_order(self, *seat_numbers):
        """Held over the URL; then its time passes."""
        response = self.hold(*seat_numbers)
        self.assertEqual(response.status_code, 201, response.content)
        order = Order.objects.get(code=response.json()["code"])
        over = timezone.now() - timedelta(milliseconds=1)
        Order.objects.filter(pk=order.pk).update(expires_at=over)
        order.bookings.update(expires_at=over)
        return order

    def assert_refused(self, response, status, code):
        self.assertEqual(response.status_code, status, response.content)
        self.assertEqual(response.json()["code"], code)

    def assert_statuses(self, order, status):
        order.refresh_from_db()
        self.assertEqual(order.status, status)
        self.assertEqual(set(order.bookings.values_list("status", flat=True)), {status})

    def seats_seen(self):
        """What each public page says of the free seats: [seats/, availability/, shows/, ...]."""
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

    def seen(self, free):
        names = ["seats", "availability", "shows", "show", "picture"]
        return dict.fromkeys(names, free) | {"not available": 10 - free}

    def test_whoever_takes_its_seat_begins_when_it_is_over(self):
        """Also where it ends between the lock and the look."""
        show = make_show(total_seats=1)
        [held] = bookings_of(make_order(user=self.alice, show=show, status="held"))

        def ends_just_now(*args, **kwargs):
            show.bookings.filter(pk=held.pk).update(expires_at=timezone.now())
            return read_for_request(*args, **kwargs)

        with mock.patch.object(selling, "read_for_request", ends_just_now):
            client_of(self.bob).post(f"/api/shows/{show.pk}/hold/", {"best": 1})
        held.refresh_from_db()
        taken = show.bookings.get(order__customer=self.bob)
        self.assertLessEqual(held.expires_at, taken.created_at)

    def test_its_seats_are_free_on_every_page(self):
        self.hold("7", user=self.bob)
        self.assertEqual(self.seats_seen(), self.seen(9))

        order = self.lapsed_order("1", "2", "3")

        self.assertEqual(self.seats_seen(), self.seen(9))
        self.assert_statuses(order, "held")  # nothing was written to make it so

    def test_orders_and_bookings_say_that_it_is_over(self):
        order = self.lapsed_order("1", "2")
        client = client_of(self.alice)
        [listed] = client.get("/api/orders/").json()["results"]
        for body in (listed, client.get(f"/api/orders/{order.code}/").json()):
            self.assertEqual(body["status"], "expired")
            self.assertEqual([line["status"] for line in body["bookings"]], ["expired"] * 2)
        bookings = client.get("/api/my-bookings/").json()["results"]
        self.assertEqual([booking["status"] for booking in bookings], ["expired"] * 2)
        one = client.get(f"/api/bookings/{bookings[0]['id']}/").json()
        self.assertEqual(one["status"], "expired")

    def test_filters_by_status_agree(self):
        alive = self.hold("5").json()["code"]
        order = self.lapsed_order("1", "2")
        ended = make_order(user=self.alice, show=self.show, seats=["3"], status="expired")
        client = client_of(self.alice)
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

    def test_nothing_can_be_done_with_it(self):
        lapsed = self.lapsed_order("1", "2")
        ended = make_order(user=self.alice, show=self.show, seats=["3"], status="expired")
        client = client_of(self.alice)
        for order in (lapsed, ended):
            before = Order.objects.filter(pk=order.pk).values().get()
            line = order.bookings.first()
            for path, body in [
                (f"orders/{order.code}/confirm/", {"payment_reference": "pi_1"}),
                (f"orders/{order.code}/extend/", {}),
                (f"orders/{order.code}/cancel/", {}),
                (f"orders/{order.code}/cancel/", {"seat_numbers": [line.seat_number]}),
                (f"orders/{order.code}/move/", {"best": order.bookings.count()}),
                (f"bookings/{line.pk}/cancel/", {}),
            ]:
                with self.subTest(path=path):
                    self.assert_refused(client.post(f"/api/{path}", body), 409, "hold_expired")
            self.assertEqual(Order.objects.filter(pk=order.pk).values().get(), before)

    def test_the_next_customer_takes_a_seat_once_and_all_of_the_old_order_is_over(self):
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
                client = client_of(self.bob)
                if path == "block":
                    client = client_of(make_staff())
                url = f"/api/shows/{self.show.pk}/{path}/"

                first, second = client.post(url, body), client.post(url, body)

                self.assertIn(first.status_code, (200, 201), first.content)
                self.assert_refused(second, 409, "seat_taken")
                self.assert_statuses(order, "expired")
                [active] = Booking.objects.active().filter(seat_number="2")
                self.assertNotEqual(active.order_id, order.pk)
                for seat in ("1", "3"):
                    response = self.hold(
                        seat, user=make_user(f"{path}{seat}{len(body)}{body}"[:99])
                    )
                    self.assertEqual(response.status_code, 201, response.content)

    def test_several_old_orders_give_way_to_one(self):
        orders = [self.lapsed_order("1", "2"), self.lapsed_order("3"), self.lapsed_order("4", "5")]
        alive = make_order(user=self.alice, show=self.show, seats=["6"], status="held")
        untouched = self.lapsed_order("7")
        response = self.hold("2", "3", "4", user=self.bob)
        self.assertEqual(response.status_code, 201, response.content)
        for order in orders:
            self.assert_statuses(order, "expired")
        self.assert_statuses(alive, "held")
        self.assert_statuses(untouched, "held")

    def test_the_best_seats_may_be_those_of_a_hold_that_is_over(self):
        order = self.lapsed_order(*map(str, range(1, 11)))
        url = f"/api/shows/{self.show.pk}/hold/"
        response = client_of(self.bob).post(url, {"best": 10})
        self.assertEqual(response.status_code, 201, response.content)
        self.assert_statuses(order, "expired")

    def test_what_was_given_back_before_the_end_stays_cancelled(self):
        code = self.hold("1", "2").json()["code"]
        client_of(self.alice).post(f"/api/orders/{code}/cancel/", {"seat_numbers": ["1"]})
        order = Order.objects.get(code=code)
        over = timezone.now() - timedelta(milliseconds=1)
        Order.objects.update(expires_at=over)
        Booking.objects.update(expires_at=over)
        body = client_of(self.alice).get(f"/api/orders/{code}/").json()
        self.assertEqual(body["status"], "expired")
        self.hold("2", user=self.bob)
        order.refresh_from_db()
        self.assertEqual(order.status, "expired")
        statuses = order.bookings.order_by("id").values_list("status", flat=True)
        self.assertEqual(list(statuses), ["cancelled", "expired"])

    def test_who_held_a_seat_may_book_it_afterwards_like_anybody(self):
        order = self.lapsed_order("1", "2")
        url = f"/api/shows/{self.show.pk}/book/"
        response = client_of(self.alice).post(url, {"seat_number": "1"})
        self.assertEqual(response.status_code, 201, response.content)
        self.assert_statuses(order, "expired")


@override_settings(HOLD_SECONDS=1, HOLD_MAX_SECONDS=60)
class ClockTests(TestCase):
    def test_a_second_passes_and_the_seat_is_another_s(self):
        show = make_show(total_seats=3)
        alice, bob = client_of(make_user("alice")), client_of(make_user("bob"))
        url = f"/api/shows/{show.pk}/"
        order = alice.post(f"{url}hold/", {"seat_numbers": ["1", "2"]}).json()

        time.sleep(1.05)

        statuses = [seat["status"] for seat in bob.get(f"{url}seats/").json()["seats"]]
        self.assertEqual(statuses, ["available"] * 3)
        late = bob.post(f"{url}hold/", {"seat_numbers": ["2"]})
        self.assertEqual(late.status_code, 201, late.content)
        confirmed = alice.post(f"/api/orders/{order['code']}/confirm/")
        self.assertEqual((confirmed.status_code, confirmed.json()["code"]), (409, "hold_expired"))
