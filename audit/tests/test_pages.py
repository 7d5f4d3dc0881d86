"""The audit in the admin: who looked at customers, the list, the history of an object, and CSV."""

import csv
import io

from django.test import Client, TestCase

from audit.models import Entry
from audit.records import command, record
from movies.models import Genre
from testing.builders.accounts import allow, make_clerk, make_staff, make_user
from testing.builders.bookings import make_order
from testing.builders.movies import make_show

AUDIT = "/admin/audit/entry/"


class PageTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff()
        cls.alice = make_user("alice", email="alice@example.com")
        cls.order = make_order(user=cls.alice, show=make_show())

    def setUp(self):
        self.client = self.client_of(self.staff)

    def client_of(self, user):
        client = Client(REMOTE_ADDR="10.1.2.3")
        client.force_login(user)
        return client

    def looks(self):
        return list(
            Entry.objects.order_by("id").values_list("who", "verb", "object_type", "object_id")
        )


class LookTests(PageTestCase):
    def test_pages_that_show_customers_are_on_record(self):
        booking = self.order.bookings.get()
        for path, verb, about, row in [
            ("accounts/user/", "list", "accounts.user", ""),
            ("accounts/user/?q=alice", "search", "accounts.user", ""),
            (f"accounts/user/{self.alice.pk}/change/", "view", "accounts.user", self.alice.pk),
            (f"accounts/user/{self.alice.pk}/history/", "view", "accounts.user", self.alice.pk),
            ("bookings/order/", "list", "bookings.order", ""),
            (f"bookings/order/{self.order.pk}/change/", "view", "bookings.order", self.order.pk),
            ("bookings/booking/?q=1", "search", "bookings.booking", ""),
            (f"bookings/booking/{booking.pk}/change/", "view", "bookings.booking", booking.pk),
            (
                f"bookings/booking/show/{self.order.show_id}/seat/1/",
                "view",
                "movies.show",
                self.order.show_id,
            ),
        ]:
            with self.subTest(path=path):
                before = len(self.looks())
                self.assertEqual(self.client.get(f"/admin/{path}").status_code, 200)
                self.assertEqual(self.looks()[before:], [("staff", verb, about, str(row))])
        entry = Entry.objects.filter(verb="search").last()
        self.assertEqual((entry.address, entry.user_id), ("10.1.2.3", self.staff.pk))
        self.assertIn("?q=…", entry.object_text, "what names a person is not kept")

    def test_an_autocomplete_of_customers_is_a_search(self):
        response = self.client.get(
            "/admin/autocomplete/?term=al&app_label=bookings&model_name=order&field_name=customer"
        )
        expected = [] if response.status_code != 200 else [("staff", "search", "accounts.user", "")]
        self.assertEqual(self.looks(), expected)

    def test_pages_without_customers_are_not_on_record(self):
        for path in ("", "movies/genre/", f"movies/show/{self.order.show_id}/change/"):
            self.assertEqual(self.client.get(f"/admin/{path}").status_code, 200)
        self.assertEqual(self.looks(), [])

    def test_a_refused_look_is_not_on_record(self):
        client = self.client_of(make_clerk("view_genre"))
        self.assertEqual(client.get("/admin/accounts/user/").status_code, 403)
        self.assertEqual(self.looks(), [])


class HistoryTests(PageTestCase):
    def change(self):
        genre = Genre.objects.create(name="Dram")
        data = {"name": "Drama"}
        response = self.client.post(f"/admin/movies/genre/{genre.pk}/change/", data)
        self.assertEqual(response.status_code, 302)
        return genre

    def test_the_history_of_an_object_has_its_entries(self):
        genre = self.change()
        page = self.client.get(f"/admin/movies/genre/{genre.pk}/history/")
        self.assertContains(page, "name: Dram → Drama")
        self.assertContains(page, f"object_type=movies.genre&amp;object_id={genre.pk}")

    def test_who_may_see_the_object_sees_its_history_but_not_the_list(self):
        genre = self.change()
        client = self.client_of(make_clerk("view_genre"))
        page = client.get(f"/admin/movies/genre/{genre.pk}/history/")
        self.assertContains(page, "name: Dram → Drama")
        self.assertNotContains(page, AUDIT)
        self.assertEqual(client.get(AUDIT).status_code, 403)

    def test_an_object_without_entries_says_so(self):
        genre = Genre.objects.create(name="Drama")
        page = self.client.get(f"/admin/movies/genre/{genre.pk}/history/")
        self.assertContains(page, "No member of staff has changed this genre")


class ListTests(PageTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        with command("import"):
            cls.genre = Genre.objects.create(name="Drama")
        record("notice", text="=HYPERLINK(1)")

    def listed(self, query):
        page = self.client.get(f"{AUDIT}?{query}")
        self.assertEqual(page.status_code, 200)
        return [entry.verb for entry in page.context["cl"].result_list]

    def test_the_list_is_filtered_by_every_column(self):
        self.assertEqual(self.listed(""), ["notice", "add"])
        self.assertEqual(self.listed("who=import"), ["add"])
        self.assertEqual(self.listed("verb=notice"), ["notice"])
        about = f"object_type=movies.genre&object_id={self.genre.pk}"
        self.assertEqual(self.listed(about), ["add"])
        self.assertEqual(self.listed("first_day=2020-01-01&last_day=2090-12-31"), ["notice", "add"])
        self.assertEqual(self.listed("last_day=2020-01-01"), [])
        self.assertEqual(self.listed("first_day=2090-01-01"), [])
        self.assertEqual(self.listed("address=10.9.9.9"), [])
        self.assertEqual(self.listed("request_id=none"), [])

    def test_an_odd_filter_is_no_error_of_the_server(self):
        for query in ("first_day=x", "last_day=99999-01-01", "who=%00", "object_id=%F0%9F%8E%AC"):
            with self.subTest(query=query):
                self.assertIn(self.client.get(f"{AUDIT}?{query}").status_code, (200, 302))

    def test_entries_cannot_be_added_changed_or_deleted(self):
        entry = Entry.objects.first()
        self.assertEqual(self.client.get(f"{AUDIT}add/").status_code, 403)
        self.assertEqual(self.client.get(f"{AUDIT}{entry.pk}/delete/").status_code, 403)
        page = self.client.get(f"{AUDIT}{entry.pk}/change/")
        self.assertContains(page, "notice")
        response = self.client.post(f"{AUDIT}{entry.pk}/change/", {"who": "bob"})
        self.assertEqual(response.status_code, 403)

    def test_the_list_costs_the_same_queries_at_any_length(self):
        for _ in range(2):
            with self.assertNumQueries(4):  # session, user; count, rows
                self.client.get(AUDIT)
            for number in range(20):
                record("notice", text=str(number))

    def test_what_is_listed_can_be_downloaded(self):
        response = self.client.get(f"{AUDIT}?csv=1&verb=notice")
        self.assertEqual(response["Content-Type"], "text/csv; charset=utf-8")
        self.assertIn("no-store", response["Cache-Control"])
        text = b"".join(response.streaming_content).decode()
        [row] = csv.DictReader(io.StringIO(text))
        self.assertEqual(row["object_text"], "'=HYPERLINK(1)")  # no formula
        self.assertEqual((row["verb"], row["who"]), ("notice", "system"))
        export = Entry.objects.first()
        self.assertEqual((export.verb, export.who), ("export", "staff"))

    def test_the_download_needs_the_right_to_see_the_list(self):
        clerk = make_clerk("view_order")
        response = self.client_of(clerk).get(f"{AUDIT}?csv=1")
        self.assertEqual(response.status_code, 403)
        allow(clerk, "view_entry")
        self.assertEqual(self.client_of(clerk).get(f"{AUDIT}?csv=1").status_code, 200)
