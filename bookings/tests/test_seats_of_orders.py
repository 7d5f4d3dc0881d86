"""Seats of orders and bookings with their zone, row, number and category."""

from bookings.tests.cases import OrderTestCase
from movies.models import Show
from testing.builders.accounts import make_user
from testing.builders.movies import make_seating_plan, make_show

HALL = "[Orchestre]\nJ  ssss\nK  ssss\n\n[Balcon]\nJ  pp\n"
LABELS = ("zone", "row", "seat", "category")


class SeatsOfOrdersTests(OrderTestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice = make_user("alice")
        cls.show = make_show(seating_plan=make_seating_plan(HALL))
        cls.numbered = make_show(total_seats=30)

    def assert_labels(self, order, *expected):
        client = self.client_of(self.alice)
        body = client.get(f"/api/orders/{order.code}/").json()
        [listed] = [
            each
            for each in client.get("/api/orders/").json()["results"]
            if each["code"] == order.code
        ]
        own = [
            each
            for each in client.get("/api/my-bookings/").json()["results"][::-1]
            if each["order"] == order.code
        ]
        one = [client.get(f"/api/bookings/{each['id']}/").json() for each in own]
        for bookings in (body["bookings"], listed["bookings"], own, one):
            self.assertEqual(
                [tuple(each[name] for name in LABELS) for each in bookings], list(expected)
            )

    def test_seats_have_the_labels_of_their_hall(self):
        self.assert_labels(
            self.book("ORCHESTREJ2", "BALCONJ1"),
            ("Orchestre", "J", "2", "Standard"),
            ("Balcon", "J", "1", "Premium"),
        )

    def test_numbered_seat_has_no_row(self):
        self.assert_labels(self.hold("21", show=self.numbered), ("Hall", None, "21", "Standard"))

    def test_seat_that_the_hall_has_lost_has_no_labels(self):
        """Only ended bookings: the others keep their seats."""
        order = self.book("ORCHESTREK4")
        self.act("cancel", order)
        Show.objects.update(seating_plan=make_seating_plan("A  ss\n"))

        self.assert_labels(order, (None, None, None, None))

    def test_former_bookings_have_the_labels_of_their_own_show(self):
        order = self.hold("BALCONJ1")
        self.numbered.movie = self.show.movie
        self.numbered.save()

        moved = self.act("move", order, "7", show=self.numbered.pk).json()

        shown = self.client_of(self.alice).get(f"/api/orders/{order.code}/").json()
        for body in (moved, shown):
            [line], [former] = body["bookings"], body["former_bookings"]
            self.assertEqual([line[name] for name in LABELS], ["Hall", None, "7", "Standard"])
            self.assertEqual([former[name] for name in LABELS], ["Balcon", "J", "1", "Premium"])

    def test_labels_cost_no_query(self):
        for more in (1, 4):
            for nth in range(more):
                self.book(f"ORCHESTRE{'JK'[more > 1]}{nth + 1}")
            client = self.client_of(self.alice)
            # user, count, orders, bookings
            with self.subTest(more=more), self.assertNumQueries(5):
                client.get("/api/orders/")
            # user, count, bookings
            with self.subTest(more=more), self.assertNumQueries(3):
                client.get("/api/my-bookings/")
