"""Personal data over all apps: the export has them, and after an erasure no table does."""

import json
from datetime import timedelta
from io import StringIO

from django.conf import settings
from django.core import mail as outgoing
from django.core.management import call_command
from django.db import connection
from django.test import Client, TestCase, override_settings
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import update_account
from audit.models import AppendOnly, Entry
from bookings.models import Booking, Order
from core.errors import TokenInvalid
from outbox.models import Job
from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.bookings import book_order
from testing.builders.movies import make_show
from testing.cases import APIAssertions
from testing.jobs import run_jobs
from testing.throttles import rates

ME, EXPORT, USERS = "/api/auth/me/", "/api/auth/me/export/", "/admin/accounts/user/"
MARKER = "markerquux"
PASSWORD = "six impossible things"


def tables_with(marker):
    """Return the tables that have the marker in any column, with the rows."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            rows = [row for row in cursor.fetchall() if marker in _text(row)]
            if rows:
                found[table] = rows
    return found


def _text(row):
    return " ".join(
        bytes(value).decode(errors="replace")
        if isinstance(value, bytes | memoryview)
        else str(value)
        for value in row
    ).lower()


class Person(APIAssertions, TestCase):
    """A customer who has left a marker in every place where a person can type."""

    def setUp(self):
        super().setUp()
        self.show = make_show(total_seats=20)
        self.boss = make_staff("boss", "pass123")
        self.admin = Client()
        self.admin.force_login(self.boss)
        with rates():
            self.sign_up()
            self.buy()
            self.is_looked_at()
        run_jobs()

    def sign_up(self):
        body = {"username": MARKER, "email": f"{MARKER}@example.com", "password": PASSWORD}
        body |= {"first_name": f"{MARKER} Anna", "last_name": f"{MARKER} O'Neill"}
        self.assertEqual(APIClient().post("/api/auth/signup/", body).status_code, 201)
        self.user = User.objects.get(username=MARKER)
        User.objects.filter(pk=self.user.pk).update(email_verified=True)
        device = {"user-agent": f"{MARKER}-browser/1.0"}
        for name in (MARKER.upper(), f"{MARKER}@example.com"):
            for password in ("wrong", PASSWORD, "wrong"):
                login = APIClient().post(
                    "/api/auth/login/", {"username": name, "password": password}, headers=device
                )
                if login.status_code == 200:
                    self.tokens = login.json()
        self.client = APIClient(
            headers={"authorization": f"Bearer {self.tokens['access']}", **device}
        )
        change = {"email": f"new-{MARKER}@example.com", "current_password": PASSWORD}
        self.assertEqual(self.client.patch(ME, change).status_code, 200)

    def buy(self):
        def post(path, body, key):
            headers = {"idempotency-key": f"{MARKER}-{key}"}
            return self.client.post(f"/api/{path}/", body, headers=headers)

        held = post(f"shows/{self.show.pk}/hold", {"seat_numbers": ["1", "2"]}, "hold")
        self.code = held.json()["code"]
        paid = {"payment_reference": f"{MARKER}-4711"}
        self.assertEqual(post(f"orders/{self.code}/confirm", paid, "pay").status_code, 200)
        post(f"shows/{self.show.pk}/hold", {"seat_numbers": ["3"]}, "still-held")

    def is_looked_at(self):
        page = f"{USERS}{self.user.pk}/change/"
        for url in (
            page,
            f"{USERS}?q={MARKER}",
            f"{USERS}?q={MARKER.title()}%40example.com",
            f"/admin/bookings/order/?q={MARKER}+o%27neill",
        ):
            self.assertEqual(self.admin.get(url).status_code, 200)
        body = {"username": MARKER, "email": f"{MARKER}@example.com", "is_active": "on"}
        body |= {"first_name": f"{MARKER} Annabel", "last_name": f"{MARKER} O'Neill"}
        body |= {"date_joined_0": "2026-01-01", "date_joined_1": "12:00:00"}
        self.assertEqual(self.admin.post(page, body).status_code, 302)
        order = Order.objects.get(code=self.code)
        seat = order.bookings.get(seat_number="2")
        cancel = {"action": "cancel_by_rule", "_selected_action": [seat.pk]}
        cancel |= {"reason": f"{MARKER} was ill", "post": "yes"}
        self.admin.post("/admin/bookings/booking/", cancel)
        Booking.objects.filter(pk=seat.pk).update(cancel_reason=f"{MARKER} was ill")
        self.comes_in()

    def comes_in(self):
        door, scan = client_of(self.boss), {"device": "door-1", "nonce": "n1"}
        tickets = self.client.get(f"/api/orders/{self.code}/tickets/").json()["tickets"]
        scans = {"scans": [scan | {"code": tickets[0]["code"]}]}
        self.assertEqual(door.post("/api/check-in/batch/", scans).status_code, 200)
        order = Order.objects.get(code=self.code)
        block = f"/admin/bookings/order/{order.pk}/tickets/block/"
        self.admin.post(block, {"reason": f"{MARKER} lost the telephone"})
        annul = scan | {"reason": f"{MARKER} sat in the wrong hall"}
        self.assertEqual(door.post("/api/check-in/annul/", annul).status_code, 200)

    def orders(self):
        fields = ("code", "status", "total", "currency", "customer_id", "show_id")
        return list(Order.objects.order_by("pk").values(*fields))

    def seats(self):
        fields = ("seat_number", "status", "price", "refund", "booked_at", "cancelled_at")
        return list(Booking.objects.order_by("pk").values(*fields))


class ErasureTests(Person):
    def erase(self):
        return self.client.delete(ME, {"password": PASSWORD})

    def assert_erased(self):
        self.assertEqual(tables_with(MARKER), {})
        self.assertEqual(tables_with("annabel"), {})
        self.user.refresh_from_db()
        self.assertFalse(self.user.is_active)

    def test_the_marker_is_in_many_tables_before(self):
        self.assertGreaterEqual(
            tables_with(MARKER).keys(),
            {
                "accounts_user",
                "accounts_session",
                "audit_entry",
                "axes_accessattempt",
                "bookings_booking",
                "core_idempotencyrecord",
                "django_admin_log",
            },
        )

    def test_a_customer_erases_the_account_with_the_password(self):
        orders, seats, entries = self.orders(), self.seats(), Entry.objects.count()
        response = self.erase()
        self.assertEqual((response.status_code, response.content), (204, b""))
        self.assert_erased()
        self.assertEqual((self.orders(), self.seats()), (orders, seats))
        self.assertEqual(Entry.objects.count(), entries)

    def test_every_token_stops_working_and_the_name_is_free_again(self):
        self.erase()
        self.assert_problem(self.client.get(ME), 401, "token_not_valid")
        refresh = {"refresh": self.tokens["refresh"]}
        self.assertEqual(APIClient().post("/api/auth/refresh/", refresh).status_code, 401)
        login = {"username": MARKER, "password": PASSWORD}
        self.assertEqual(APIClient().post("/api/auth/login/", login).status_code, 401)
        again = {"username": MARKER, "password": PASSWORD}
        self.assertEqual(APIClient().post("/api/auth/signup/", again).status_code, 201)

    def test_the_password_must_be_right(self):
        for body, code in (({"password": "wrong"}, "wrong_password"), ({}, "required")):
            with self.subTest(body=body):
                response = self.client.delete(ME, body)
                self.assert_problem(response, 400, "invalid", errors=[("password", code)])
        self.assertEqual(APIClient().delete(ME, {"password": PASSWORD}).status_code, 401)
        self.assertTrue(User.objects.filter(username=MARKER).exists())

    def test_an_account_of_staff_is_refused(self):
        response = client_of(self.boss).delete(ME, {"password": "pass123"})
        self.assert_problem(response, 409, "staff_account")
        self.assertTrue(User.objects.filter(username="boss").exists())

    def test_staff_with_the_right_erase_a_customer_and_it_is_on_record(self):
        page = f"{USERS}{self.user.pk}/erase/"
        self.assertContains(self.admin.get(page), f"Erase {MARKER}")
        self.assertEqual(self.admin.post(page).status_code, 302)
        self.assert_erased()
        entry = Entry.objects.get(verb="erase")
        self.assertEqual((entry.who, entry.object_id), ("boss", str(self.user.pk)))
        self.assertContains(self.admin.get(page), "was erased on")
        self.admin.post(page)
        self.assertEqual(Entry.objects.filter(verb="erase").count(), 1)

    def test_staff_without_the_right_can_neither_erase_nor_export(self):
        clerk = make_user("clerk", is_staff=True)
        clerk.user_permissions.set(self.boss_rights_but("erase_user"))
        self.admin.force_login(clerk)
        for path in ("erase", "export"):
            url = f"{USERS}{self.user.pk}/{path}/"
            self.assertEqual(self.admin.get(url).status_code, 403)
            self.assertEqual(self.admin.post(url).status_code, 403)
        page = self.admin.get(f"{USERS}{self.user.pk}/change/")
        self.assertNotContains(page, "/erase/")
        for pk in ("0", "99999999999999999999", "x"):
            self.admin.force_login(self.boss)
            self.assertEqual(self.admin.get(f"{USERS}{pk}/erase/").status_code, 404)

    def boss_rights_but(self, codename):
        from django.contrib.auth.models import Permission

        return Permission.objects.filter(content_type__app_label="accounts").exclude(
            codename=codename
        )

    def test_tidy_erases_customers_without_use(self):
        old = timezone.now() - timedelta(days=400)
        User.objects.filter(pk=self.user.pk).update(date_joined=old, last_login=old)
        with override_settings(INACTIVE_CUSTOMER_DAYS=365):
            call_command("tidy", stdout=StringIO())
            self.assertTrue(User.objects.filter(username=MARKER).exists(), "its orders are new")
            Order.objects.update(created_at=old)
            recent = timezone.now() - timedelta(days=20)
            self.user.sessions.update(last_used_at=recent, expires_at=recent)
            call_command("tidy", stdout=StringIO())
            self.assertTrue(User.objects.filter(username=MARKER).exists(), "a token was refreshed")
            User.objects.filter(pk=self.user.pk).update(used_on=old)
            Order.objects.update(created_at=old)
            call_command("tidy", stdout=StringIO())
            self.assertTrue(User.objects.filter(username=MARKER).exists(), "its show is to come")
            self.show.starts_at, self.show.ends_at = old, old + timedelta(hours=2)
            self.show.save()
        call_command("tidy", stdout=StringIO())
        self.assertTrue(User.objects.filter(username=MARKER).exists(), "it is off")
        with override_settings(INACTIVE_CUSTOMER_DAYS=365):
            call_command("tidy", stdout=StringIO())
        self.assert_erased()
        self.assertTrue(User.objects.filter(username="boss").exists())

    def test_the_audit_keeps_who_did_what_and_refuses_other_changes(self):
        entries = list(Entry.objects.order_by("pk").values_list("pk", "at", "who", "verb"))
        self.erase()
        self.assertEqual(
            list(Entry.objects.order_by("pk").values_list("pk", "at", "who", "verb")), entries
        )
        with self.assertRaises(AppendOnly):
            Entry.objects.update(object_text="x")

    def test_no_name_of_a_customer_changes_the_audit_of_others(self):
        boss = User.objects.get(pk=self.boss.pk)
        self.admin.post("/admin/movies/genre/add/", {"name": "Terror True"})
        before = list(Entry.objects.exclude(object_type="accounts.user").values())
        eve = make_user("true", "pass123", first_name="err", last_name="admin")
        self.assertEqual(client_of(eve).delete(ME, {"password": "pass123"}).status_code, 204)
        after = list(Entry.objects.exclude(object_type="accounts.user").values())
        self.assertEqual(after, before)
        self.assertEqual(boss.username, "boss")

    def test_an_erasure_lifts_no_lock_out_and_shows_no_failures_of_others(self):
        login = {"username": "boss", "password": "wrong"}
        for _ in range(6):
            refused = APIClient().post("/api/auth/login/", login)
        self.assertEqual(refused.status_code, 429)
        eve = make_user("eve", "pass123", first_name="boss", email="boss", email_verified=False)
        client = client_of(eve)
        self.assertEqual(client.get(EXPORT).json()["failed_log_ins"], [])
        self.assertEqual(client.delete(ME, {"password": "pass123"}).status_code, 204)
        self.assertEqual(APIClient().post("/api/auth/login/", login).status_code, 429)

    def test_a_taken_name_keeps_nobody_from_being_erased(self):
        make_user(f"erased-{self.user.number}")
        self.assertEqual(self.erase().status_code, 204)

    def test_former_staff_stay_while_the_audit_names_them(self):
        self.admin.post("/admin/movies/genre/add/", {"name": "Terror"})
        page = f"{USERS}{self.boss.pk}/erase/"
        other = Client()
        other.force_login(make_staff("other", "pass123"))
        self.assertEqual(other.get(page).status_code, 403)
        User.objects.filter(pk=self.boss.pk).update(is_staff=False, is_superuser=False)
        response = client_of(self.boss).delete(ME, {"password": "pass123"})
        day = timezone.now() + timedelta(days=settings.AUDIT_DAYS + 1)
        words = f"it can be erased from {day:%-d %B %Y} on."
        detail = self.assert_problem(response, 409, "staff_account")["detail"]
        self.assertIn(words, detail)
        self.assertNotIn("Take its rights away", detail)
        shown = other.get(page)
        self.assertContains(shown, words)
        self.assertNotContains(shown, 'value="Erase')

    def test_a_form_of_before_brings_nothing_back(self):
        page = f"{USERS}{self.user.pk}/change/"
        self.erase()
        body = {"username": MARKER, "email": f"{MARKER}@example.com", "is_active": "on"}
        body |= {"date_joined_0": "2026-01-01", "date_joined_1": "12:00:00"}
        self.assertEqual(self.admin.post(page, body).status_code, 403)
        self.assert_erased()

    def test_a_request_in_flight_brings_nothing_back(self):
        stale = User.objects.get(pk=self.user.pk)
        self.erase()
        with self.assertRaises(TokenInvalid):
            update_account(user=stale, first_name=MARKER)
        with self.assertRaises(TokenInvalid):
            update_account(user=stale, email=f"x{MARKER}@example.com", current_password=PASSWORD)
        self.assert_erased()

    def test_mails_that_wait_are_exported_erased_and_not_sent(self):
        address = f"{MARKER}@example.com"
        with rates():
            APIClient().post("/api/auth/password/reset/", {"email": address.upper()})
            APIClient().post("/api/auth/password/reset/", {"email": "other@example.com"})
            self.client.post("/api/auth/email/send/")
        waiting = self.client.get(EXPORT).json()["mails_to_send"]
        self.assertEqual(
            [(mail["kind"], mail["to"].lower()) for mail in waiting],
            [("password_reset_mail", address), ("verification_mail", f"new-{address}")],
        )
        self.erase()
        self.assert_erased()
        self.assertEqual(Job.objects.exclude(body={}).get().body, {"to": "other@example.com"})
        outgoing.outbox.clear()
        run_jobs()
        self.assertEqual(outgoing.outbox, [])

    def test_other_customers_stay_as_they_are(self):
        other = make_user("markerless", email="markerless@example.com", first_name="Anna")
        book_order(user=other, show=self.show, seats=["9"])
        before = User.objects.filter(pk=other.pk).values().get()
        self.erase()
        self.assertEqual(User.objects.filter(pk=other.pk).values().get(), before)


class ExportTests(Person):
    def test_the_export_has_every_part_and_all_that_was_typed(self):
        response = self.client.get(EXPORT)
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response["Content-Disposition"], 'attachment; filename="my-data.json"')
        self.assertEqual(response["Cache-Control"], "no-store")
        body = response.json()
        self.assertEqual(
            body.keys(),
            {
                "exported_at",
                "account",
                "acts_of_staff",
                "addresses",
                "admissions",
                "failed_log_ins",
                "mails_to_send",
                "orders",
                "payments",
                "repeatable_requests",
                "second_factors",
                "sessions",
            },
        )
        self.assertEqual(body["account"]["new_email"], f"new-{MARKER}@example.com")
        self.assertEqual([order["code"] for order in body["orders"]][0], self.code)
        self.assertEqual(body["orders"][0]["payment_reference"], f"{MARKER}-4711")
        [admission] = body["admissions"]
        self.assertEqual((admission["order"], admission["seat_number"]), (self.code, "1"))
        self.assertEqual(len(body["repeatable_requests"]), 3)
        self.assertIn(f"{MARKER}-browser", str(body["sessions"]))
        self.assertEqual({act["verb"] for act in body["acts_of_staff"]}, {"view", "change"})
        self.assertNotIn("boss", json.dumps(body))
        self.assertNotIn("password", json.dumps(body))

    def test_an_export_has_nothing_of_others(self):
        other = make_user("hatter", email="hatter@example.com")
        book_order(user=other, show=self.show, seats=["9"])
        body = client_of(other).get(EXPORT).json()
        self.assertNotIn(MARKER, json.dumps(body))
        self.assertEqual(len(body["orders"]), 1)

    def test_an_export_needs_a_token_and_is_limited(self):
        self.assertEqual(APIClient().get(EXPORT).status_code, 401)
        with rates(export="2/hour"):
            statuses = [self.client.get(EXPORT).status_code for _ in range(3)]
        self.assertEqual(statuses, [200, 200, 429])

    def test_staff_with_the_right_export_a_customer_and_it_is_on_record(self):
        url = f"{USERS}{self.user.pk}/export/"
        body = self.admin.get(url).json()
        self.assertEqual(body["account"]["username"], MARKER)
        entry = Entry.objects.order_by("pk").last()
        self.assertEqual((entry.who, entry.object_text), ("boss", url))

    def test_the_queries_of_an_export_do_not_grow_with_the_orders(self):
        other = make_user("hatter")
        client = client_of(other)
        with rates():
            for seat in ("10", "11"):
                book_order(user=other, show=self.show, seats=[seat])
                with self.assertNumQueries(12):
                    client.get(EXPORT)


class TermsTests(APIAssertions, TestCase):
    URL = "https://tickets.example/terms-2026/"

    def sign_up(self, **changes):
        body = {"username": "alice", "password": "pass123"} | changes
        return APIClient().post("/api/auth/signup/", body)

    @override_settings(TERMS_URL=URL)
    def test_where_there_are_terms_a_sign_up_accepts_them_and_it_is_recorded(self):
        for changes in ({}, {"terms_accepted": False}):
            response = self.sign_up(**changes)
            errors = [("terms_accepted", "required")]
            body = self.assert_problem(response, 400, "invalid", errors=errors)
            self.assertIn(self.URL, body["detail"])
        self.assertEqual(self.sign_up(terms_accepted=True).status_code, 201)
        alice = User.objects.get()
        self.assertEqual(alice.accepted_terms, self.URL)
        self.assertLess(timezone.now() - alice.terms_accepted_at, timedelta(minutes=1))

    def test_without_terms_nothing_is_asked_or_recorded(self):
        self.assertEqual(self.sign_up(terms_accepted=True).status_code, 201)
        self.assertEqual(User.objects.get().accepted_terms, "")
