"""Tickets in the admin: the PDF of an order, and renewing its tickets."""

from audit.models import Entry
from bookings.tests.cases import ORDERS
from movies.models import StaffCinema
from testing.builders.accounts import make_clerk
from testing.builders.bookings import hold_order
from testing.builders.movies import make_cinema
from tickets.models import Ticket
from tickets.tests.cases import TicketTestCase


class AdminTests(TicketTestCase):
    def setUp(self):
        super().setUp()
        self.clerk = make_clerk("view_order", "view_ticket", "renew_ticket")
        self.client.force_login(self.clerk)
        self.page = f"{ORDERS}{self.order.pk}/change/"
        self.pdf = f"{ORDERS}{self.order.pk}/tickets.pdf"
        self.renewing = f"{ORDERS}{self.order.pk}/tickets/renew/"

    def test_the_page_of_an_order_leads_to_both(self):
        page = self.client.get(self.page)
        self.assertContains(page, self.pdf)
        self.assertContains(page, self.renewing)

    def test_the_links_are_only_for_those_with_the_rights(self):
        self.client.force_login(make_clerk("view_order", username="other"))
        page = self.client.get(self.page)
        for link in (self.pdf, self.renewing):
            self.assertNotContains(page, link)
            self.assertEqual(self.client.get(link).status_code, 403)
        self.assertEqual(self.client.post(self.renewing).status_code, 403)
        self.assertFalse(Ticket.objects.exists())

    def test_staff_of_other_cinemas_find_neither(self):
        StaffCinema.objects.create(user=self.clerk, cinema=make_cinema())
        for link in (self.pdf, self.renewing):
            self.assertEqual(self.client.get(link).status_code, 404)

    def test_the_pdf_is_that_of_the_customer_and_looking_is_on_record(self):
        response = self.client.get(self.pdf)
        self.assertIn("no-store", response["Cache-Control"])
        self.assertEqual(response.content, self.get(f"{self.path}.pdf").content)
        entry = Entry.objects.get()
        self.assertEqual((entry.verb, entry.object_id), ("view", str(self.order.pk)))

    def test_renewing_asks_first_and_is_on_record(self):
        self.assertContains(self.client.get(self.renewing), "The door refuses the old ones")
        self.assertFalse(Ticket.objects.exists())
        page = self.client.post(self.renewing, follow=True)
        self.assertRedirects(page, self.page)
        self.assertContains(page, "The tickets are renewed")
        self.assertEqual(Ticket.objects.count(), 2)
        self.assertEqual(Entry.objects.filter(verb="renew_tickets").count(), 1)

    def test_an_order_without_tickets_says_why(self):
        held = hold_order(user=self.alice, show=self.show, seats=["A4"])
        self.assertNotContains(self.client.get(f"{ORDERS}{held.pk}/change/"), "tickets.pdf")
        page = self.client.get(f"{ORDERS}{held.pk}/tickets.pdf", follow=True)
        self.assertContains(page, "only held, so it has no tickets yet")
        renewing = f"{ORDERS}{held.pk}/tickets/renew/"
        self.assertContains(self.client.get(renewing), "This order is held")
        self.assertContains(self.client.post(renewing, follow=True), "only held")

    def test_a_made_up_id_is_not_found(self):
        for pk in ("x", "99999999", "9" * 30):
            for path in ("tickets.pdf", "tickets/renew/"):
                with self.subTest(pk=pk, path=path):
                    response = self.client.get(f"{ORDERS}{pk}/{path}")
                    self.assertEqual(response.status_code, 404)
