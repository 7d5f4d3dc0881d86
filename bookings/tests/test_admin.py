from datetime import timedelta
from decimal import Decimal
from unittest import mock

from django.contrib.auth.models import Permission
from django.test import Client, TestCase
from django.utils import timezone

from bookings import services
from bookings.seat_request import SeatRequest
from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.bookings import block_seat, make_booking, make_order
from testing.builders.movies import make_cinema, make_screen, make_seating_plan, make_show

ORDERS, BOOKINGS = "/admin/bookings/order/", "/admin/bookings/booking/"
BY_RULE, IN_FULL = "cancel_by_rule", "cancel_in_full"


def make_clerk(*codenames):
    clerk = make_user("clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return clerk


class AdminTestCase(TestCase):
    """A cinema gives half of the price back, and orders have a show in 24 hours."""

    @classmethod
    def setUpTestData(cls):
        cls.staff, cls.alice = make_staff(), make_user("alice")
        cls.cinema = make_cinema(time_zone="Asia/Tokyo", currency="JPY", refund_tiers={2: 50})
        cls.show = make_show(screen=make_screen(cinema=cls.cinema))
        cls.late_show = make_show(starts_at=timezone.now() - timedelta(hours=1))

    def setUp(self):
        self.client.force_login(self.staff)

    def make_order(self, **fields):
        fields.setdefault("show", self.show)
        return make_order(user=self.alice, price=Decimal(10), **fields)

    def post(self, url, action, *rows, **fields):
        data = {"action": action, "_selected_action": [row.pk for row in rows], **fields}
        return self.client.post(url, data, follow=True)

    def said(self, response):
        return [str(message) for message in response.context["messages"]]


class CancelOrdersTests(AdminTestCase):
    def test_first_it_says_what_comes_back_and_nothing_is_cancelled(self):
        order = self.make_order(seats=["7", "8"])
        for action, refund in [(BY_RULE, "10.00 JPY"), (IN_FULL, "20.00 JPY")]:
            with self.subTest(action=action):
                page = self.post(ORDERS, action, order)
                self.assertEqual(page.status_code, 200)
                self.assertContains(page, order.code)
                self.assertContains(page, "20.00 JPY")
                self.assertEqual(page.context["totals"], refund)
                self.assertContains(page, "Cancel 2 seats")
                self.assertContains(page, f'name="action" value="{action}"')
        order.refresh_from_db()
        self.assertEqual(order.status, "booked")

    def test_by_rule_or_in_full_with_who_and_why(self):
        for action, refund in [(BY_RULE, 5), (IN_FULL, 10)]:
            order = self.make_order(seats=["7", "8"])
            with self.subTest(action=action):
                page = self.post(ORDERS, action, order, reason="Was <ill>.")

                self.assertRedirects(page, ORDERS)
                self.assertEqual(
                    self.said(page),
                    [f"Cancelled: 7, 8 of order {order}. To give back: {2 * refund:.2f} JPY."],
                )
                order.refresh_from_db()
                self.assertEqual((order.status, order.total), ("cancelled", 0))
                for booking in order.bookings.all():
                    self.assertEqual(
                        (booking.status, booking.refund, booking.cancelled_by),
                        ("cancelled", refund, self.staff),
                    )
                    self.assertEqual(booking.cancel_reason, "Was <ill>.")

    def test_what_was_given_back_before_is_not_given_back_again(self):
        order = self.make_order(seats=["7", "8"])
        client_of(self.alice).post(f"/api/orders/{order}/cancel/", {"seat_numbers": ["7"]})
        page = self.post(ORDERS, IN_FULL, order, reason="Ill")
        self.assertEqual(
            self.said(page), [f"Cancelled: 8 of order {order}. To give back: 10.00 JPY."]
        )

    def test_a_reason_is_needed(self):
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

    def test_what_cannot_be_cancelled_is_said_and_the_rest_is_done(self):
        good = self.make_order(seats=["1"])
        held = self.make_order(seats=["2"], status="held")
        gone = self.make_order(seats=["3"], status="cancelled")
        late = self.make_order(seats=["4"], show=self.late_show)
        lapsed = self.make_order(
            seats=["5"], status="held", expires_at=timezone.now() - timedelta(seconds=1)
        )
        rows, no = [good, held, gone, late, lapsed], "not cancelled"

        page = self.post(ORDERS, BY_RULE, *rows)
        self.assertContains(page, no, count=3)
        self.assertEqual(page.context["totals"], "5.00 JPY")

        page = self.post(ORDERS, BY_RULE, *rows, reason="Ill")
        said = " ".join(self.said(page))
        self.assertIn(f"Order {gone}: This is already cancelled.", said)
        self.assertIn(f"Order {late}: The show has started: it is too late", said)
        self.assertIn(f"Order {lapsed}: The hold has expired", said)
        self.assertIn("To give back: 5.00 JPY.", said)
        for order, status in zip(rows, ["cancelled"] * 3 + ["booked", "held"], strict=True):
            order.refresh_from_db()
            self.assertEqual(order.status, status)
        self.assertEqual(held.bookings.get().refund, 0)

    def test_where_nothing_can_be_cancelled_there_is_no_button(self):
        page = self.post(ORDERS, BY_RULE, self.make_order(show=self.late_show))
        self.assertContains(page, "The show has started")
        self.assertNotContains(page, 'name="reason"')

    def test_from_the_page_of_an_order_and_back_to_it(self):
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

    def test_not_too_many_at_once(self):
        for _ in range(201):
            self.make_order(status="cancelled")
        page = self.post(ORDERS, BY_RULE, *self.show.orders.all(), select_across="1", reason="Ill")
        self.assertEqual(self.said(page), ["At most 200 at once. Nothing was cancelled."])

    def test_what_a_filter_hides_now_is_said(self):
        order = self.make_order()
        page = self.post(f"{ORDERS}?status=held", BY_RULE, order, reason="Ill")
        self.assertIn("Nothing was cancelled.", self.said(page)[0])
        order.refresh_from_db()
        self.assertEqual(order.status, "booked")

    def test_who_may_only_look_cannot_cancel(self):
        order = self.make_order()
        for codenames in (["view_order"], ["view_order", "change_booking"]):
            with self.subTest(codenames=codenames):
                self.client.force_login(make_clerk(*codenames))
                for url in (ORDERS, f"{ORDERS}{order.pk}/change/"):
                    self.assertNotContains(self.client.get(url), BY_RULE)
                self.post(ORDERS, BY_RULE, order, reason="Ill")
                order.refresh_from_db()
                self.assertEqual(order.status, "booked")
                order.customer._meta.model.objects.get(username="clerk").delete()

    def test_who_may_change_orders_cancels_them(self):
        self.client.force_login(make_clerk("change_order"))
        order = self.make_order()
        self.post(ORDERS, IN_FULL, order, reason="Ill")
        order.refresh_from_db()
        self.assertEqual(order.status, "cancelled")

    def test_odd_input_changes_nothing_and_is_no_fault(self):
        order = self.make_order()
        for rows in (["x"], ["1\0"], [str(2**70)], ["-1"], [order.pk, "x"]):
            with self.subTest(rows=rows), mock.patch("core.http.admin_guard.logger"):
                data = {"action": BY_RULE, "_selected_action": rows, "reason": "Ill"}
                self.assertIn(self.client.post(ORDERS, data).status_code, (302, 400))
        self.client.post(ORDERS, {"action": "cancel", "_selected_action": [order.pk]})
        self.client.get(ORDERS, {"action": BY_RULE, "_selected_action": order.pk, "reason": "Ill"})
        order.refresh_from_db()
        self.assertEqual(order.status, "booked")

    def test_a_form_from_elsewhere_is_refused(self):
        order, client = self.make_order(), Client(enforce_csrf_checks=True)
        client.force_login(self.staff)
        data = {"action": BY_RULE, "_selected_action": [order.pk], "reason": "Ill"}
        self.assertEqual(client.post(ORDERS, data).status_code, 403)

    def test_the_page_that_asks_costs_the_same_for_many(self):
        orders = [self.make_order(seats=[str(number)]) for number in range(1, 21)]
        self.post(ORDERS, BY_RULE, orders[0])
        for some in (orders[:1], orders):
            # session, user; the list: cinemas, count, cinemas; keys; orders, bookings, refund rules
            with self.subTest(some=len(some)), self.assertNumQueries(9):
                self.post(ORDERS, BY_RULE, *some)


class CancelBookingsTests(AdminTestCase):
    def test_some_seats_of_an_order(self):
        order = self.make_order(seats=["7", "8", "9"])
        first, second, third = order.bookings.order_by("id")

        page = self.post(BOOKINGS, BY_RULE, first, third)
        self.assertEqual(page.context["totals"], "10.00 JPY")
        self.assertContains(page, "Cancel 2 seats")

        page = self.post(BOOKINGS, IN_FULL, first, third, reason="Ill")
        self.assertEqual(
            self.said(page), [f"Cancelled: 7, 9 of order {order}. To give back: 20.00 JPY."]
        )
        for booking, status in [(first, "cancelled"), (second, "booked"), (third, "cancelled")]:
            booking.refresh_from_db()
            self.assertEqual(booking.status, status)
        order.refresh_from_db()
        self.assertEqual((order.status, order.total), ("booked", 10))

    def test_what_cannot_be_cancelled_is_said_row_by_row(self):
        good, gone = self.make_order(seats=["1", "2"]).bookings.order_by("id")
        services.cancel_booking(booking=gone, by=self.alice)
        late = make_booking(user=self.alice, show=self.late_show)
        blocked = block_seat(show=self.show, seat_number="9", by=self.staff)

        for reason in ({}, {"reason": "Ill"}):
            page = self.post(BOOKINGS, BY_RULE, good, gone, late, blocked, **reason)
            self.assertContains(page, "Seat 2 is already cancelled.")
            self.assertContains(page, "it is too late to cancel")
            self.assertContains(page, "Seat 9 is kept off sale by staff")

        for booking, status in [(good, "cancelled"), (late, "booked"), (blocked, "blocked")]:
            booking.refresh_from_db()
            self.assertEqual(booking.status, status)
        gone.refresh_from_db()
        self.assertEqual(gone.cancelled_by, self.alice)

    def test_a_couple_goes_together_and_no_half_of_it(self):
        plan = make_seating_plan("A  sscc\n")
        show = make_show(screen=make_screen(cinema=self.cinema), seating_plan=plan)
        order = self.make_order(show=show, seats=["A1", "A3", "A4"])
        single, left, right = order.bookings.order_by("id")

        page = self.post(BOOKINGS, BY_RULE, single, left, reason="Ill")
        self.assertEqual(
            self.said(page),
            [
                f"Order {order}: Seat A3 is half of a couple seat: take its partner too.",
                f"Cancelled: A1 of order {order}. To give back: 5.00 JPY.",
            ],
        )

        self.post(BOOKINGS, BY_RULE, left, right, reason="Ill")
        order.refresh_from_db()
        self.assertEqual(order.status, "cancelled")

    def test_a_row_that_was_cancelled_never_means_a_later_row_of_its_seat(self):
        order = self.make_order(seats=["7"])
        there = SeatRequest(("8",))
        services.move_order(order=order, show=self.show, request=there, by=self.alice)
        services.move_order(order=order, show=self.show, request=SeatRequest(("7",)), by=self.alice)
        first = order.bookings.earliest("id")

        page = self.post(BOOKINGS, BY_RULE, first, reason="Ill")

        self.assertEqual(self.said(page), [f"Order {order}: Seat 7 is already cancelled."])
        order.refresh_from_db()
        self.assertEqual(order.status, "booked")

    def test_who_may_only_look_cannot_cancel(self):
        self.client.force_login(make_clerk("view_booking", "change_order"))
        booking = self.make_order().bookings.get()
        self.assertNotContains(self.client.get(BOOKINGS), BY_RULE)
        self.post(BOOKINGS, BY_RULE, booking, reason="Ill")
        booking.refresh_from_db()
        self.assertEqual(booking.status, "booked")

    def test_who_may_change_bookings_cancels_them(self):
        self.client.force_login(make_clerk("change_booking"))
        booking = self.make_order().bookings.get()
        self.post(BOOKINGS, BY_RULE, booking, reason="Ill")
        booking.refresh_from_db()
        self.assertEqual(booking.status, "cancelled")


class ListsTests(AdminTestCase):
    def test_nothing_is_added_changed_or_deleted_by_hand(self):
        order = self.make_order()
        for url, row in [(ORDERS, order), (BOOKINGS, order.bookings.get())]:
            with self.subTest(url=url):
                self.assertEqual(self.client.get(f"{url}add/").status_code, 403)
                self.assertEqual(self.client.get(f"{url}{row.pk}/delete/").status_code, 403)
                page = f"{url}{row.pk}/change/"
                self.assertContains(self.client.get(page), "View")
                response = self.client.post(page, {"status": "held"})
                self.assertEqual(response.status_code, 403)
        order.refresh_from_db()
        self.assertEqual(order.status, "booked")

    def test_lists_cost_the_same_at_any_length(self):
        # session, user; cinemas of the filter, count, rows, and of orders their bookings
        for url, queries in [(BOOKINGS, 5), (ORDERS, 6)]:
            for more in [1, 20]:
                for _ in range(more):
                    make_booking(user=self.alice, show=make_show())
                with self.subTest(url=url, more=more), self.assertNumQueries(queries):
                    self.assertEqual(self.client.get(url).status_code, 200)

    def test_the_page_of_an_order_costs_the_same_at_any_size(self):
        for seats in (["1"], ["2", "3", "4", "5"]):
            order = self.make_order(seats=seats)
            # session, user; order, its bookings, and those again for their table
            with self.subTest(seats=seats), self.assertNumQueries(5):
                self.client.get(f"{ORDERS}{order.pk}/change/")

    def test_lists_are_searched_by_code_name_and_title(self):
        code = self.make_order().code
        for url in [BOOKINGS, ORDERS]:
            for word in [code, "alice", "Alien"]:
                with self.subTest(url=url, word=word):
                    self.assertContains(self.client.get(url, {"q": word}), code)
            self.assertNotContains(self.client.get(url, {"q": "nobody"}), code)

    def test_a_blocked_seat_without_order_is_listed(self):
        blocked = block_seat(show=make_show(), seat_number="99", by=self.staff)
        self.assertContains(self.client.get(BOOKINGS), "99")
        page = self.client.get(f"{BOOKINGS}{blocked.pk}/change/")
        self.assertNotContains(page, BY_RULE)

    def test_the_status_is_that_of_now_and_the_filter_agrees(self):
        held = self.make_order(seats=["1"], status="held")
        past = timezone.now() - timedelta(seconds=1)
        lapsed = self.make_order(seats=["2"], status="held", expires_at=past)
        ended = self.make_order(seats=["3"], status="expired")
        booked = self.make_order(seats=["4"])
        cancelled = self.make_order(seats=["5"], status="cancelled")
        orders = [held, lapsed, ended, booked, cancelled]
        for status, expected in [
            ("held", [held]),
            ("expired", [lapsed, ended]),
            ("booked", [booked]),
            ("cancelled", [cancelled]),
            ("", orders),
            ("nonsense", []),
        ]:
            with self.subTest(status=status):
                page = self.client.get(ORDERS, {"status": status} if status else {})
                self.assertEqual(set(page.context["cl"].result_list), set(expected))
                page = self.client.get(BOOKINGS, {"status": status} if status else {})
                found = {booking.order for booking in page.context["cl"].result_list}
                self.assertEqual(found, set(expected))
        page = self.client.get(ORDERS)
        self.assertContains(page, '<td class="field-now">expired</td>', count=2, html=True)
        self.assertContains(page, '<td class="field-now">held</td>', count=1, html=True)
        page = self.client.get(f"{ORDERS}{lapsed.pk}/change/")
        self.assertNotContains(page, BY_RULE)
        self.assertContains(page, "expired", count=3)  # of the order, and twice of its booking

    def test_lists_say_what_is_to_be_given_back(self):
        order = self.make_order(seats=["7", "8", "9"])
        services.cancel_order(order=order, by=self.alice, seat_numbers=["7", "9"])
        for page in (self.client.get(ORDERS), self.client.get(f"{ORDERS}{order.pk}/change/")):
            self.assertContains(page, "10.00 JPY", count=2)  # of one seat, and back for two
        page = self.client.get(ORDERS)
        self.assertContains(page, '<td class="field-refund">10.00 JPY</td>', html=True)
        self.assertContains(page, '<td class="field-seats">8</td>', html=True)

    def test_times_are_by_the_clocks_of_the_cinema(self):
        order = self.make_order()
        time = f"{order.created_at + timedelta(hours=9):%a %d %b %Y %H:%M:%S}"
        for page in (ORDERS, BOOKINGS, f"{ORDERS}{order.pk}/change/"):
            self.assertContains(self.client.get(page), time)

    def test_a_booking_leads_to_the_history_of_its_seat(self):
        booking = self.make_order(seats=["7"]).bookings.get()
        page = self.client.get(f"{BOOKINGS}{booking.pk}/change/")
        self.assertContains(page, f'href="/admin/bookings/booking/show/{self.show.pk}/seat/7/"')

    def test_odd_query_strings_are_no_fault(self):
        for url in (ORDERS, BOOKINGS):
            for query in ("status=a%00b", "status=x&status=y", "created_at__gte=x", "o=99", "p=x"):
                with self.subTest(url=url, query=query), mock.patch("core.http.admin_guard.logger"):
                    self.assertLess(self.client.get(f"{url}?{query}").status_code, 500)
            for pk in ("x", 2**70, "1%00"):
                with self.subTest(url=url, pk=pk):
                    status = self.client.get(f"{url}{pk}/change/").status_code
                    self.assertIn(status, (302, 400, 404))
