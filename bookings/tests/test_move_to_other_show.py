"""Moving an order to another show of its movie, and its payment reference."""

from django.utils import timezone

from bookings import services
from bookings.tests.cases import MoveTestCase
from movies.models import Show
from testing.builders.accounts import make_staff
from testing.builders.bookings import bookings_of
from testing.builders.movies import (
    make_cinema,
    make_price_list,
    make_screen,
)
from testing.prices import adult
from testing.rows import all_rows


class OtherShowTests(MoveTestCase):
    def test_order_moves_to_another_show_of_its_movie(self):
        order = self.book("A1", "A2", ticket_types=("Child", "Adult"))

        body = self.assert_moved(
            self.move(order, "B1", "A1", show=self.later), "19.05", "1.55", "0.00"
        )

        self.assertEqual(body["show"], self.later.pk)
        self.assertEqual(
            [
                (booking["seat_number"], booking["ticket_type"], booking["price"])
                for booking in body["bookings"]
            ],
            [("B1", "Child", "9.05"), ("A1", "Adult", "10.00")],
        )
        self.assertEqual(
            (self.active_seats(show=self.show), self.active_seats(show=self.later)),
            ([], ["A1", "B1"]),
        )
        listed = self.client_of(self.alice).get("/api/my-bookings/?status=booked").json()["results"]
        self.assertEqual({row["show"] for row in listed}, {self.later.pk})

    def test_order_moves_to_another_cinema_with_the_same_currency(self):
        prices = make_price_list(adult(Standard=4, Premium=6))
        show = self.make_show(screen=make_screen(cinema=make_cinema()), price_list=prices)
        order = self.book("A1")

        self.assert_moved(self.move(order, "A1", show=show), "4.00", "-6.00", "6.00")

    def test_ticket_type_that_the_other_show_lacks_is_refused(self):
        prices = make_price_list(adult(Standard=4, Premium=6))
        show = self.make_show(price_list=prices)
        order = self.book("A1", ticket_types=("Child",))
        rows = all_rows()

        response = self.move(order, "A1", show=show)
        self.assert_problem(response, 400, "ticket_type_unknown", ticket_types=["Adult"])
        self.assertEqual(all_rows(), rows)
        self.assertEqual(self.move(order, "A1", show=show, ticket_types=["Adult"]).status_code, 200)

    def test_move_to_a_free_show_brings_everything_back(self):
        free = self.make_show(price_list=None)
        order = self.book("A1", "B1")

        body = self.assert_moved(self.move(order, "A1", "A2", show=free), "0.00", "-24.25", "24.25")
        self.assertEqual([booking["refund"] for booking in body["bookings"]], [None, None])
        self.assertEqual(
            [booking["refund"] for booking in body["former_bookings"]], ["10.00", "14.25"]
        )

        self.assert_moved(self.move(order, "A1", "A2", show=self.show), "20.00", "20.00", "0.00")
        body = self.act("cancel", order).json()
        self.assertEqual([booking["refund"] for booking in body["bookings"]], ["10.00", "10.00"])

    def test_order_moves_to_a_numbered_hall(self):
        show = self.make_show(seating_plan=None, total_seats=5)
        order = self.book("A1", "A2")

        self.assert_moved(self.move(order, 4, "05", show=show), "20.00", "0.00", "0.00")
        self.assertEqual(self.active_seats(), ["4", "5"])

    def test_order_can_leave_a_show_whose_sales_are_closed(self):
        order = self.book("A1")
        Show.objects.filter(pk=self.show.pk).update(sales_close_at=timezone.now())

        self.assertEqual(self.move(order, "A1", show=self.later).status_code, 200)

    def test_old_booking_cannot_be_cancelled_again(self):
        order = self.book("A1")
        self.move(order, "A1", show=self.later)
        client = self.client_of(self.alice)

        response = client.post(f"/api/bookings/{bookings_of(order)[0].pk}/cancel/")

        self.assert_seats_refused(response, 400, "already_cancelled", "A1")
        self.assertEqual(self.active_seats(), ["A1"])

    def test_moved_order_can_be_cancelled_until_its_new_show_starts(self):
        order = self.book("A1")
        self.move(order, "A1", show=self.later)
        Show.objects.filter(pk=self.show.pk).update(starts_at=timezone.now())

        response = self.act("cancel", order)

        self.assertEqual(response.status_code, 200)

    def test_cancelling_the_former_show_does_not_affect_the_order(self):
        order = self.book("A1")
        self.move(order, "A1", show=self.later)

        services.cancel_show(show=self.show, by=make_staff())

        order.refresh_from_db()
        self.assertEqual((order.status, self.active_seats(show=self.later)), ("booked", ["A1"]))


class PaymentTests(MoveTestCase):
    def test_payment_reference_is_stored_with_the_new_seats(self):
        order = self.hold("A1")
        services.confirm_order(order=order, payment_reference="first")

        body = self.move(order, "B1", payment_reference="second").json()

        self.assertEqual(body["payment_reference"], "second")
        references = order.bookings.order_by("id").values_list("payment_reference", flat=True)
        self.assertEqual(list(references), ["first", "second"])

    def test_without_a_new_reference_the_old_one_stays(self):
        order = self.hold("A1")
        services.confirm_order(order=order, payment_reference="first")
        for body in ({}, {"payment_reference": ""}):
            self.assertEqual(self.move(order, "A2", **body).json()["payment_reference"], "first")
