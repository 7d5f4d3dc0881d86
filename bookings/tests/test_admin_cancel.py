"""Staff cancel orders and bookings in the admin."""

from unittest import mock

from django.test import Client

from accounts.models import User
from bookings import services
from bookings.seat_request import SeatRequest
from bookings.tests.cases import BOOKINGS, BY_RULE, IN_FULL, ORDERS, AdminTestCase
from testing.builders.accounts import client_of, make_clerk
from testing.builders.bookings import block_seat, make_booking
from testing.builders.movies import make_screen, make_seating_plan, make_show
from testing.clock import past


class CancelOrdersTests(AdminTestCase):
    def test_first_page_says_the_refund_and_cancels_nothing(self):
        order = self.make_order(seats=["7", "8"])
        for action, refund in [(BY_RULE, "10 JPY"), (IN_FULL, "20 JPY")]:
            with self.subTest(action=action):
                page = self.post(ORDERS, action, order)
                self.assertEqual(page.status_code, 200)
                self.assertContains(page, order.code)
                self.assertContains(page, "20 JPY")
                self.assertEqual(page.context["totals"], refund)
                self.assertContains(page, "Cancel 2 seats")
                self.assertContains(page, f'name="action" value="{action}"')
        order.refresh_from_db()
        self.assertEqual(order.status, "booked")

    def test_orders_are_cancelled_by_rule_or_in_full_with_user_and_reason(self):
        for action, refund in [(BY_RULE, 5), (IN_FULL, 10)]:
            order = self.make_order(seats=["7", "8"])
            with self.subTest(action=action):
                page = self.post(ORDERS, action, order, reason="Was <ill>.")

                self.assertRedirects(page, ORDERS)
                self.assertEqual(
                    self.messages_of(page),
                    [f"Cancelled: 7, 8 of order {order}. To refund: {2 * refund} JPY."],
                )
                order.refresh_from_db()
                self.assertEqual((order.status, order.total), ("cancelled", 0))
                for booking in order.bookings.all():
                    self.assertEqual(
                        (booking.status, booking.refund, booking.cancelled_by),
                        ("cancelled", refund, self.staff),
                    )
                    self.assertEqual(booking.cancel_reason, "Was <ill>.")

    def test_seats_cancelled_before_are_not_refunded_again(self):
        order = self.make_order(seats=["7", "8"])
        client_of(self.alice).post(f"/api/orders/{order}/cancel/", {"seat_numbers": ["7"]})
        page = self.post(ORDERS, IN_FULL, order, reason="Ill")
        self.assertEqual(
            self.messages_of(page), [f"Cancelled: 8 of order {order}. To refund: 10 JPY."]
        )

    def test_cancelling_needs_a_reason(self):
        order = self.make_order()
        for reason, sentence in [
            ("", "This field is required."),
            ("  ", "This field is required."),
            ("x" * 201, "at most 200 characters"),
            ("a\0b", "Null characters are not allowed."),
        ]:
            with self.subTest(reason=reason[:5]):
                page = self.post(ORDERS, BY_RULE, order, reason=reason)
                self.assertContains(page, sentence)
        order.refresh_from_db()
        self.assertEqual(order.status, "booked")

    def test_refused_orders_are_reported_and_the_others_cancelled(self):
        good = self.make_order(seats=["1"])
        held = self.make_order(seats=["2"], status="held")
        gone = self.make_order(seats=["3"], status="cancelled")
        late = self.make_order(seats=["4"], show=self.late_show)
        lapsed = self.make_order(seats=["5"], status="held", expires_at=past())
        rows = [good, held, gone, late, lapsed]

        page = self.post(ORDERS, BY_RULE, *rows)
        self.assertContains(page, "not cancelled", count=3)
        self.assertEqual(page.context["totals"], "5 JPY")

        page = self.post(ORDERS, BY_RULE, *rows, reason="Ill")
        messages = " ".join(self.messages_of(page))
        self.assertIn(f"Order {gone}: This is already cancelled.", messages)
        self.assertIn(f"Order {late}: The show has started: it is too late", messages)
        self.assertIn(f"Order {lapsed}: The hold has expired", messages)
        self.assertIn("To refund: 5 JPY.", messages)
        for order, status in zip(rows, ["cancelled"] * 3 + ["booked", "held"], strict=True):
            order.refresh_from_db()
            self.assertEqual(order.status, status)
        self.assertEqual(held.bookings.get().refund, 0)

    def test_page_without_cancellable_orders_has_no_button(self):
        page = self.post(ORDERS, BY_RULE, self.make_order(show=self.late_show))
        self.assertContains(page, "The show has started")
        self.assertNotContains(page, 'name="reason"')

    def test_cancelling_from_the_page_of_an_order_leads_back_to_it(self):
        order = self.make_order()
        url = f"{ORDERS}{order.pk}/change/"
        page = self.client.get(url)
        for action in (BY_RULE, IN_FULL):
            self.assertContains(page, f'name="action" value="{action}"')

        page = self.post(ORDERS, BY_RULE, order, stay="1")
        self.assertContains(page, f'href="{url}"')
        self.assertContains(page, 'name="stay"')

        page = self.post(ORDERS, BY_RULE, order, stay="1", reason="Ill")
        self.assertRedirects(page, url)
        self.assertNotContains(page, f'name="action" value="{BY_RULE}"')

    def test_number_of_selected_rows_is_limited(self):
        for _ in range(201):
            self.make_order(status="cancelled")
        page = self.post(ORDERS, BY_RULE, *self.show.orders.all(), select_across="1", reason="Ill")
        self.assertEqual(
            self.messages_of(page), ["Select at most 200 rows. Nothing was cancelled."]
        )

    def test_rows_hidden_by_a_filter_are_reported(self):
        order = self.make_order()
        page = self.post(f"{ORDERS}?status=held", BY_RULE, order, reason="Ill")
        self.assertIn("Nothing was cancelled.", self.messages_of(page)[0])
        order.refresh_from_db()
        self.assertEqual(order.status, "booked")

    def test_permission_to_view_does_not_cancel_orders(self):
        order = self.make_order()
        for codenames in (["view_order"], ["view_order", "change_booking"]):
            with self.subTest(codenames=codenames):
                self.client.force_login(make_clerk(*codenames))
                for url in (ORDERS, f"{ORDERS}{order.pk}/change/"):
                    self.assertNotContains(self.client.get(url), BY_RULE)
                self.post(ORDERS, BY_RULE, order, reason="Ill")
                order.refresh_from_db()
                self.assertEqual(order.status, "booked")
                User.objects.get(username="clerk").delete()

    def test_permission_to_change_orders_cancels_them(self):
        self.client.force_login(make_clerk("change_order"))
        order = self.make_order()
        self.post(ORDERS, IN_FULL, order, reason="Ill")
        order.refresh_from_db()
        self.assertEqual(order.status, "cancelled")

    def test_malformed_input_changes_nothing_and_is_no_500(self):
        order = self.make_order()
        for rows in (["x"], ["1\0"], [str(2**70)], ["-1"], [order.pk, "x"]):
            with self.subTest(rows=rows), mock.patch("core.http.admin_guard.logger"):
                data = {"action": BY_RULE, "_selected_action": rows, "reason": "Ill"}
                self.assertIn(self.client.post(ORDERS, data).status_code, (302, 400))
        self.client.post(ORDERS, {"action": "cancel", "_selected_action": [order.pk]})
        self.client.get(ORDERS, {"action": BY_RULE, "_selected_action": order.pk, "reason": "Ill"})
        order.refresh_from_db()
        self.assertEqual(order.status, "booked")

    def test_form_from_another_site_is_refused(self):
        order, client = self.make_order(), Client(enforce_csrf_checks=True)
        client.force_login(self.staff)
        data = {"action": BY_RULE, "_selected_action": [order.pk], "reason": "Ill"}
        with self.assertLogs("django.security.csrf", "WARNING"):
            self.assertEqual(client.post(ORDERS, data).status_code, 403)

    def test_first_page_costs_the_same_queries_for_many_orders(self):
        orders = [self.make_order(seats=[str(number)]) for number in range(1, 21)]
        self.post(ORDERS, BY_RULE, orders[0])
        for some in (orders[:1], orders):
            # session, user; the list: cinemas, count, cinemas; keys; orders, bookings, refund rules
            with self.subTest(some=len(some)), self.assertNumQueries(11):
                self.post(ORDERS, BY_RULE, *some)


class CancelBookingsTests(AdminTestCase):
    def test_some_seats_of_an_order_can_be_cancelled(self):
        order = self.make_order(seats=["7", "8", "9"])
        first, second, third = order.bookings.order_by("id")

        page = self.post(BOOKINGS, BY_RULE, first, third)
        self.assertEqual(page.context["totals"], "10 JPY")
        self.assertContains(page, "Cancel 2 seats")

        page = self.post(BOOKINGS, IN_FULL, first, third, reason="Ill")
        self.assertEqual(
            self.messages_of(page), [f"Cancelled: 7, 9 of order {order}. To refund: 20 JPY."]
        )
        for booking, status in [(first, "cancelled"), (second, "booked"), (third, "cancelled")]:
            booking.refresh_from_db()
            self.assertEqual(booking.status, status)
        order.refresh_from_db()
        self.assertEqual((order.status, order.total), ("booked", 10))

    def test_refused_bookings_are_reported_row_by_row(self):
        good, gone = self.make_order(seats=["1", "2"]).bookings.order_by("id")
        services.cancel_booking(booking=gone, by=self.alice)
        late = make_booking(user=self.alice, show=self.late_show)
        blocked = block_seat(show=self.show, seat_number="9", by=self.staff)

        for reason in ({}, {"reason": "Ill"}):
            page = self.post(BOOKINGS, BY_RULE, good, gone, late, blocked, **reason)
            self.assertContains(page, "Seat 2 is already cancelled.")
            self.assertContains(page, "it is too late to cancel")
            self.assertContains(page, "Seat 9 is blocked by staff")

        for booking, status in [(good, "cancelled"), (late, "booked"), (blocked, "blocked")]:
            booking.refresh_from_db()
            self.assertEqual(booking.status, status)
        gone.refresh_from_db()
        self.assertEqual(gone.cancelled_by, self.alice)

    def test_couple_seats_are_cancelled_only_together(self):
        plan = make_seating_plan("A  sscc\n")
        show = make_show(screen=make_screen(cinema=self.cinema), seating_plan=plan)
        order = self.make_order(show=show, seats=["A1", "A3", "A4"])
        single, left, right = order.bookings.order_by("id")

        page = self.post(BOOKINGS, BY_RULE, single, left, reason="Ill")
        self.assertEqual(
            self.messages_of(page),
            [
                f"Order {order}: Seat A3 is half of a couple seat: take its partner too.",
                f"Cancelled: A1 of order {order}. To refund: 5 JPY.",
            ],
        )

        self.post(BOOKINGS, BY_RULE, left, right, reason="Ill")
        order.refresh_from_db()
        self.assertEqual(order.status, "cancelled")

    def test_cancelled_booking_does_not_stand_for_a_later_one_of_its_seat(self):
        order = self.make_order(seats=["7"])
        for seat in ("8", "7"):
            there = SeatRequest((seat,))
            services.move_order(order=order, show=self.show, request=there, by=self.alice)
        first = order.bookings.earliest("id")

        page = self.post(BOOKINGS, BY_RULE, first, reason="Ill")

        self.assertEqual(self.messages_of(page), [f"Order {order}: Seat 7 is already cancelled."])
        order.refresh_from_db()
        self.assertEqual(order.status, "booked")

    def test_permission_to_view_does_not_cancel_bookings(self):
        self.client.force_login(make_clerk("view_booking", "change_order"))
        booking = self.make_order().bookings.get()
        self.assertNotContains(self.client.get(BOOKINGS), BY_RULE)
        self.post(BOOKINGS, BY_RULE, booking, reason="Ill")
        booking.refresh_from_db()
        self.assertEqual(booking.status, "booked")

    def test_permission_to_change_bookings_cancels_them(self):
        self.client.force_login(make_clerk("change_booking"))
        booking = self.make_order().bookings.get()
        self.post(BOOKINGS, BY_RULE, booking, reason="Ill")
        booking.refresh_from_db()
        self.assertEqual(booking.status, "cancelled")
