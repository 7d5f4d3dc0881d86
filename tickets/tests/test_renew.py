"""`POST orders/{code}/tickets/renew/`: new codes, and the old ones are void."""

from django.db import IntegrityError, connection, transaction
from django.test import TransactionTestCase
from django.test.utils import CaptureQueriesContext

from audit.models import Entry
from movies.models import StaffCinema
from testing.builders.accounts import client_of, make_clerk, make_user
from testing.builders.bookings import hold_order, make_order
from testing.builders.movies import make_cinema, make_show
from testing.races import at_once, outcomes
from tickets.models import MAX_GENERATION, Ticket
from tickets.tests.cases import TicketTestCase, claims_of


class RenewTests(TicketTestCase):
    def generations(self):
        return {seat: claims_of(code).generation for seat, code in self.codes().items()}

    def test_each_seat_gets_the_next_code(self):
        before = self.codes()
        response = self.renew()
        self.assertEqual(response.status_code, 200, response.content)
        told = {each["seat_number"]: each["code"] for each in response.json()["tickets"]}
        self.assertEqual(told, self.codes())
        self.assertFalse(set(before.values()) & set(told.values()))
        self.assertEqual(self.generations(), {"A1": 2, "B2": 2})
        self.renew()
        self.assertEqual(self.generations(), {"A1": 3, "B2": 3})

    def test_the_rows_say_who_and_when(self):
        self.renew()
        [first, second] = Ticket.objects.order_by("pk")
        self.assertEqual({first.renewed_by, second.renewed_by}, {self.alice})
        self.assertEqual(first.renewed_at, second.renewed_at)

    def test_other_orders_keep_their_codes(self):
        other = make_order(user=self.alice, show=self.show, seats=["A7"])
        before = self.codes(other)
        self.renew()
        self.assertEqual(self.codes(other), before)

    def test_only_seats_that_are_booked_are_renewed(self):
        self.act("cancel", self.order.code, "A1")
        self.renew()
        self.assertEqual([each.booking.seat_number for each in Ticket.objects.all()], ["B2"])

    def test_an_order_without_tickets_is_refused(self):
        held = hold_order(user=self.alice, show=self.show, seats=["A4"])
        self.assert_problem(self.renew(order=held), 409, "not_booked")
        self.act("cancel", self.order.code)
        self.assert_problem(self.renew(), 400, "already_cancelled")
        self.assertFalse(Ticket.objects.exists())

    def test_the_same_key_renews_once(self):
        client, path = self.client_of(self.alice), f"{self.path}/renew/"
        first, again = (client.post(path, headers={"Idempotency-Key": "once"}) for _ in range(2))
        self.assertEqual(first.content, again.content)
        self.assertEqual(self.generations(), {"A1": 2, "B2": 2})

    def test_it_ends_before_the_numbers_do(self):
        self.renew()
        Ticket.objects.filter(booking=self.booking).update(generation=MAX_GENERATION)
        self.assert_problem(self.renew(), 409, "too_many_renewals")
        self.assertEqual(self.generations(), {"A1": MAX_GENERATION, "B2": 2})

    def test_the_table_takes_no_first_generation_and_none_beyond_the_last(self):
        for generation in (1, MAX_GENERATION + 1):
            row = Ticket(booking=self.booking, generation=generation, renewed_by=self.alice)
            with self.assertRaises(IntegrityError), transaction.atomic():
                row.save()

    def test_staff_with_the_right_renew_and_it_is_on_record(self):
        self.assertEqual(self.renew(make_clerk("renew_ticket")).status_code, 200)
        entry = Entry.objects.get(verb="renew_tickets")
        self.assertEqual((entry.who, entry.object_id), ("clerk", str(self.order.pk)))
        self.assertEqual(entry.after, {"seats": ["A1", "B2"]})

    def test_what_customers_renew_themselves_is_no_act_of_staff(self):
        self.renew()
        self.assertFalse(Entry.objects.exists())

    def test_nobody_else_renews(self):
        clerk = make_clerk("view_ticket")
        for user in (self.bob, clerk):
            self.assert_problem(self.renew(user), 403, "permission_denied")
        renewer = make_clerk("renew_ticket", username="renewer")
        StaffCinema.objects.create(user=renewer, cinema=make_cinema())
        self.assert_problem(self.renew(renewer), 403, "permission_denied")
        self.assertFalse(Ticket.objects.exists())

    def test_the_number_of_queries_does_not_depend_on_the_seats(self):
        small = make_order(user=self.alice, show=self.show, seats=["A7"])
        large = make_order(user=self.alice, show=self.show, seats=["B3", "B4", "B5", "B6"])
        counts = []
        for order in (small, large):
            self.renew(order=order)
            with CaptureQueriesContext(connection) as queries:
                self.renew(order=order)
            counts.append(len(queries))
        self.assertEqual(counts[0], counts[1])
        self.assertLess(counts[0], 25)


class RaceTests(TransactionTestCase):
    def test_renewals_at_once_each_begin_a_generation(self):
        alice = make_user("alice")
        order = make_order(user=alice, show=make_show(), seats=["1", "2"])
        client = client_of(alice)
        path = f"/api/orders/{order.code}/tickets/renew/"
        responses = at_once([lambda: client.post(path) for _ in range(8)])
        self.assertEqual(outcomes(responses), {(200, None): 8})
        self.assertEqual(set(Ticket.objects.values_list("generation", flat=True)), {9})

    def test_a_renewal_and_a_cancellation_at_once(self):
        alice = make_user("alice")
        order = make_order(user=alice, show=make_show(), seats=["1", "2"])
        client = client_of(alice)
        calls = [f"/api/orders/{order.code}/{what}/" for what in ("tickets/renew", "cancel")] * 3
        responses = at_once([lambda path=path: client.post(path) for path in calls])
        found = outcomes(responses)
        self.assertEqual(found[200, None] + found[400, "already_cancelled"], 6)
        order.refresh_from_db()
        self.assertEqual(order.status, "cancelled")
