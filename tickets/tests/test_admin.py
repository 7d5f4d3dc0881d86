"""Tickets in the admin: the PDF of an order, renewing its tickets, and the list of admissions."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import Entry
from bookings.tests.cases import ORDERS
from movies.models import StaffCinema
from testing.builders.accounts import client_of, make_clerk, make_staff
from testing.builders.bookings import hold_order
from testing.builders.movies import make_cinema
from tickets.models import Admission, Ticket
from tickets.tests.cases import TicketTestCase

ADMISSIONS = "/admin/tickets/admission/"


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


class AdmissionTests(TicketTestCase):
    def setUp(self):
        super().setUp()
        self.client.force_login(make_clerk("view_admission"))
        code = self.codes()["A1"]
        door = client_of(make_clerk("check_in", username="usher"))
        for nonce, text in (("n1", code), ("n2", "hello")):
            scan = {"code": text, "device": "door-1", "nonce": nonce}
            door.post("/api/check-in/batch/", {"scans": [scan]})
            door.post("/api/check-in/redeem/", scan | {"nonce": f"{nonce}-again"})

    def test_the_list_and_each_page_show_the_scans_and_looking_is_on_record(self):
        page = self.client.get(ADMISSIONS)
        for words in (self.order.code, "A1", "door-1", "usher", "no valid ticket", "too early"):
            self.assertContains(page, words)
        for admission in Admission.objects.all():
            url = f"{ADMISSIONS}{admission.pk}/change/"
            self.assertEqual(self.client.get(url).status_code, 200)
        self.assertEqual(Entry.objects.filter(object_type="tickets.admission").count(), 5)

    def test_nobody_adds_changes_or_deletes_one(self):
        self.client.force_login(make_staff())
        pk = Admission.objects.first().pk
        for path in ("add/", f"{pk}/delete/"):
            self.assertEqual(self.client.get(f"{ADMISSIONS}{path}").status_code, 403)
        self.assertEqual(self.client.post(f"{ADMISSIONS}{pk}/change/").status_code, 403)

    def test_staff_of_other_cinemas_see_none(self):
        clerk = make_clerk("view_admission", username="elsewhere")
        StaffCinema.objects.create(user=clerk, cinema=make_cinema())
        self.client.force_login(clerk)
        self.assertNotContains(self.client.get(ADMISSIONS), self.order.code)

    def test_the_list_costs_the_same_however_long_it_is(self):
        self.client.get(ADMISSIONS)
        with CaptureQueriesContext(connection) as few:
            self.client.get(ADMISSIONS)
        row = Admission.objects.filter(result="refused", booking__isnull=False).get()
        for nonce in range(20):
            row.pk, row.nonce = None, str(nonce)
            row.save(force_insert=True)
        with CaptureQueriesContext(connection) as many:
            self.client.get(ADMISSIONS)
        self.assertEqual(len(many), len(few))
