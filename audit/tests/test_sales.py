"""What staff do to sales, prices and plans is on record, though it writes many rows at once."""

from decimal import Decimal

from django.test import Client, TestCase

from audit.models import Entry
from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.bookings import make_order
from testing.builders.movies import (
    make_cinema,
    make_price_list,
    make_screen,
    make_seating_plan,
    make_show,
)


class SalesTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff, cls.alice = make_staff(), make_user("alice")
        cls.show = make_show()
        cls.order = make_order(user=cls.alice, show=cls.show)

    def setUp(self):
        self.api = client_of(self.staff)

    def entry(self, verb):
        return Entry.objects.get(verb=verb)

    def admin(self):
        client = Client()
        client.force_login(self.staff)
        return client

    def cancel_in_admin(self, order, action):
        form = {"action": action, "_selected_action": [order.pk], "reason": "Ill", "confirm": "yes"}
        return self.admin().post("/admin/bookings/order/", form)

    def test_an_order_that_staff_cancel(self):
        self.cancel_in_admin(self.order, "cancel_in_full")
        entry = self.entry("cancel_order")
        self.assertEqual((entry.who, entry.object_id), ("staff", str(self.order.pk)))
        self.assertEqual(entry.before, {"status": "booked"})
        self.assertEqual(entry.after["seats"], ["1"])
        self.assertEqual((entry.after["is_full_refund"], entry.after["reason"]), (True, "Ill"))

    def test_an_order_of_their_own_that_staff_refund(self):
        order = make_order(user=self.staff, show=self.show, seats=["2"])
        self.cancel_in_admin(order, "cancel_in_full")
        self.assertEqual(self.entry("cancel_order").object_id, str(order.pk))

    def test_an_order_that_its_customer_cancels_is_none_of_it(self):
        response = client_of(self.alice).post(f"/api/orders/{self.order.code}/cancel/")
        self.assertEqual(response.status_code, 200)
        self.assertFalse(Entry.objects.exists())

    def test_seats_that_are_blocked_and_unblocked(self):
        for action in ("block", "unblock"):
            self.api.post(
                f"/api/shows/{self.show.pk}/{action}/", {"seat_numbers": ["3"], "reason": "Broken"}
            )
        blocked, unblocked = self.entry("block_seats"), self.entry("unblock_seats")
        self.assertEqual(blocked.after, {"seats": ["3"], "reason": "Broken"})
        self.assertEqual(unblocked.before, {"seats": ["3"]})
        self.assertEqual(blocked.object_id, str(self.show.pk))

    def test_a_show_that_is_cancelled_names_its_orders(self):
        self.api.post(f"/api/shows/{self.show.pk}/cancel/", {"reason": "Flood"})
        self.assertEqual(self.entry("cancel_orders").after["orders"], [self.order.code])
        self.assertTrue(Entry.objects.filter(verb="change", object_type="movies.show").exists())

    def test_prices_that_changed_are_named_and_the_others_keep_their_rows(self):
        price_list = make_price_list({("Standard", "Adult"): Decimal("10.00")})
        price = price_list.prices.select_related("category", "ticket_type").get()
        body = {
            "name": price_list.name,
            "currency": price_list.currency,
            "prices": [
                {
                    "category": price.category.name,
                    "ticket_type": price.ticket_type.name,
                    "amount": "12.50",
                }
            ],
        }
        response = self.api.put(f"/api/price-lists/{price_list.pk}/", body, format="json")
        self.assertEqual(response.status_code, 200, response.content)
        name = f"{price.category}, {price.ticket_type}"
        self.assertEqual(self.entry("change_prices").after, {name: "12.50"})
        self.assertEqual(price_list.prices.get().pk, price.pk)
        self.assertEqual(price_list.prices.get().amount, Decimal("12.50"))

    def test_a_refund_rule_has_one_entry(self):
        cinema = make_cinema(refund_tiers={24: 100, 2: 50})
        tiers = [{"hours_before": 24, "percent": 100}, {"hours_before": 3, "percent": 40}]
        response = self.api.patch(
            f"/api/cinemas/{cinema.pk}/", {"refund_tiers": tiers}, format="json"
        )
        self.assertEqual(response.status_code, 200, response.content)
        entry = self.entry("change_refund_rule")
        self.assertEqual((entry.object_type, entry.object_id), ("movies.cinema", str(cinema.pk)))
        self.assertEqual(entry.before, {"24 hours before": "100%", "2 hours before": "50%"})
        self.assertEqual(entry.after, {"24 hours before": "100%", "3 hours before": "40%"})

    def test_screens_that_a_new_plan_moves(self):
        plan = make_seating_plan("A  ssss\n", name="Plan")
        screen = make_screen(seating_plan=plan)
        body = {"name": "Plan", "text": "A  sssss\n"}
        response = self.api.put(f"/api/seating-plans/{plan.pk}/", body, format="json")
        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(self.entry("move_screens").after, {"screens": [str(screen)]})
