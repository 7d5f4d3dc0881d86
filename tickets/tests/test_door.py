"""`POST check-in/redeem/`: each ticket lets its holder in once, and every reason is told."""

import threading
import time
from datetime import timedelta
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.test import Client, TestCase, TransactionTestCase, override_settings
from django.utils import timezone

from accounts.models import User
from audit.models import Entry
from bookings import services
from bookings.models import Booking
from movies.models import Show, StaffCinema
from testing.builders.accounts import allow, client_of, make_clerk, make_user
from testing.builders.bookings import make_order
from testing.builders.movies import make_cinema, make_screen, make_show
from testing.cases import APIAssertions
from testing.clock import at
from testing.races import at_once
from tickets.codes import Claims, encode
from tickets.keys import signing_key
from tickets.models import Admission, TicketBlock

REDEEM, BATCH, ANNUL = (f"/api/check-in/{what}/" for what in ("redeem", "batch", "annul"))


def code_of(booking, generation=1):
    return encode(Claims(booking.show_id, booking.number, generation), signing_key())


class DoorTestCase(APIAssertions, TestCase):
    """A show in half an hour, Alice's seats 1 and 2, and an usher at door-1."""

    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.usher = make_user("alice"), make_clerk("check_in", username="usher")
        cls.show = make_show(starts_at=timezone.now() + timedelta(minutes=30))
        cls.order = make_order(user=cls.alice, show=cls.show, seats=["1", "2"])
        cls.first, cls.second = cls.order.bookings.order_by("id")

    def post(self, path, body, user=None):
        return self.client_of(user or self.usher).post(path, body)

    def scan(self, code, *, user=None, **fields):
        """Send a scan of door-1 with a new nonce; return the answer."""
        body = {"code": code, "device": "door-1", "nonce": str(uuid4()), **fields}
        response = self.post(REDEEM, body, user)
        self.assertEqual(response.status_code, 200, response.content)
        return response.json()

    def assert_refused(self, answer, reason):
        self.assertEqual((answer["result"], answer["reason"]), ("refused", reason))

    def assert_admitted(self, answer):
        self.assertEqual((answer["result"], answer["reason"]), ("admitted", None))


class RedeemTests(DoorTestCase):
    def test_a_ticket_lets_in_once_and_says_where_to_sit(self):
        code = code_of(self.first)
        answer = self.scan(code)
        self.assert_admitted(answer)
        ticket = answer["ticket"]
        self.assertEqual((ticket["order"], ticket["seat_number"]), (self.order.code, "1"))
        self.assertEqual(ticket["screen_name"], self.show.screen.name)
        self.assertIsNone(answer["first"])
        again = self.scan(code, device="door-2")
        self.assert_refused(again, "already_admitted")
        self.assertEqual(again["first"]["device"], "door-1")
        self.assertEqual(Admission.objects.standing().count(), 1)

    def test_typed_in_lower_case_it_is_the_same_ticket(self):
        self.assert_admitted(self.scan(code_of(self.first).lower()))
        self.assert_refused(self.scan(code_of(self.first)), "already_admitted")

    def test_the_answer_has_no_name_of_a_customer(self):
        User.objects.filter(pk=self.alice.pk).update(first_name="Markerquux")
        self.assertNotIn("Markerquux", str(self.scan(code_of(self.first))))

    def test_the_other_seat_of_the_order_is_a_ticket_of_its_own(self):
        self.assert_admitted(self.scan(code_of(self.first)))
        self.assert_admitted(self.scan(code_of(self.second)))

    def test_what_is_no_ticket_is_invalid_and_is_kept(self):
        unknown = encode(Claims(self.show.pk, 123456, 1), signing_key())
        other_show = encode(Claims(self.show.pk + 1, self.first.number, 1), signing_key())
        beyond = encode(Claims(self.show.pk, 2**55, 1), signing_key())
        for code in ("hello", "https://x.example/?q=1", unknown, other_show, beyond):
            answer = self.scan(code)
            self.assert_refused(answer, "invalid")
            self.assertIsNone(answer["ticket"])
        self.assertEqual(Admission.objects.filter(booking=None, result="refused").count(), 5)

    def test_a_renewed_ticket_makes_the_old_one_void(self):
        old = code_of(self.first)
        client_of(self.alice).post(f"/api/orders/{self.order.code}/tickets/renew/")
        self.assert_refused(self.scan(old), "revoked")
        self.assert_admitted(self.scan(code_of(self.first, 2)))

    def test_a_cancelled_seat_and_a_cancelled_show_are_refused(self):
        client_of(self.alice).post(f"/api/bookings/{self.first.number}/cancel/")
        self.assert_refused(self.scan(code_of(self.first)), "cancelled")
        Show.objects.filter(pk=self.show.pk).update(cancelled_at=timezone.now())
        self.assert_refused(self.scan(code_of(self.second)), "cancelled")

    def test_a_moved_seat_is_refused_as_moved(self):
        body = {"seat_numbers": ["8", "9"]}
        client_of(self.alice).post(f"/api/orders/{self.order.code}/move/", body)
        self.assert_refused(self.scan(code_of(self.first)), "moved")
        moved = self.order.bookings.get(seat_number="8")
        self.assert_admitted(self.scan(code_of(moved)))

    def test_a_ticket_for_another_show_says_which(self):
        other = make_show(starts_at=self.show.starts_at)
        answer = self.scan(code_of(self.first), show=other.pk)
        self.assert_refused(answer, "wrong_show")
        self.assertEqual(answer["ticket"]["screen_name"], self.show.screen.name)
        self.assert_admitted(self.scan(code_of(self.first), show=self.show.pk))

    def test_the_door_opens_before_the_start_and_closes_with_the_end(self):
        code = code_of(self.first)
        for moment, reason in (
            (self.show.starts_at - timedelta(minutes=91), "too_early"),
            (self.show.ends_at, "too_late"),
        ):
            with at(moment):
                self.assert_refused(self.scan(code), reason)
        with override_settings(CHECK_IN_MINUTES=29):
            self.assert_refused(self.scan(code), "too_early")
        with at(self.show.starts_at - timedelta(minutes=90)):
            self.assert_admitted(self.scan(code))

    def test_validity_comes_before_the_duplicate(self):
        self.assert_admitted(self.scan(code_of(self.first)))
        with at(self.show.ends_at):
            self.assert_refused(self.scan(code_of(self.first)), "too_late")
        client_of(self.alice).post(f"/api/orders/{self.order.code}/cancel/")
        self.assert_refused(self.scan(code_of(self.first)), "cancelled")

    def test_the_same_nonce_gets_the_same_answer(self):
        code = code_of(self.first)
        first = self.scan(code, nonce="n1")
        self.assertEqual(self.scan(code, nonce="n1"), first)
        refused = self.scan(code, nonce="n2")
        self.post(ANNUL, {"device": "door-1", "nonce": "n1", "reason": "test"})
        self.assert_refused(self.scan(code, nonce="n2"), "already_admitted")
        self.assertEqual(self.scan(code, nonce="n2")["first"], refused["first"])
        self.assertEqual(Admission.objects.count(), 2)

    def test_a_nonce_is_for_one_code_and_one_user(self):
        self.scan(code_of(self.first), nonce="n1")
        body = {"code": code_of(self.second), "device": "door-1", "nonce": "n1"}
        self.assert_problem(self.post(REDEEM, body), 422, "nonce_reused")
        other = make_clerk("check_in", username="usher2")
        body["code"] = code_of(self.first)
        self.assert_problem(self.post(REDEEM, body, other), 422, "nonce_reused")
        self.assert_admitted(self.scan(code_of(self.second), nonce="n1", device="door-2"))

    def test_a_time_in_the_future_is_now(self):
        later = (timezone.now() + timedelta(hours=5)).isoformat()
        self.scan(code_of(self.first), scanned_at=later)
        self.assertLessEqual(Admission.objects.get().scanned_at, timezone.now())

    def test_wrong_fields_are_named(self):
        response = self.post(REDEEM, {"code": "x" * 501, "device": "a b", "nonce": "", "sh": 1})
        self.assert_problem(response, 400, "invalid", fields={"code", "device", "nonce", "sh"})

    def test_the_table_holds_one_admission_of_a_ticket(self):
        self.scan(code_of(self.first))
        row = Admission.objects.get()
        row.pk, row.nonce = None, "other"
        with self.assertRaises(IntegrityError), transaction.atomic():
            row.save(force_insert=True)

    def test_the_number_of_queries(self):
        self.scan(code_of(self.second))
        client, body = self.client_of(self.usher), {"device": "door-1", "code": code_of(self.first)}
        for nonce in ("a", "b"):  # admitted, and refused with the one before
            with self.subTest(nonce=nonce), self.assertNumQueries(17):
                client.post(REDEEM, body | {"nonce": nonce})


class OfflineTests(DoorTestCase):
    def report(self, *scans, user=None):
        lines = [{"device": "door-1", "nonce": str(uuid4()), **each} for each in scans]
        response = self.post(BATCH, {"scans": lines}, user)
        self.assertEqual(response.status_code, 200, response.content)
        return response.json()["scans"]

    def test_two_offline_admissions_of_a_ticket_are_kept_and_the_second_is_double(self):
        code = code_of(self.first)
        [first] = self.report({"code": code})
        [second] = self.report({"code": code, "device": "door-2"})
        self.assert_admitted(first["answer"])
        self.assertIs(first["answer"]["double"], False)
        answer = second["answer"]
        self.assertEqual((answer["result"], answer["reason"]), ("admitted", "already_admitted"))
        self.assertIs(answer["double"], True)
        self.assertEqual(answer["first"]["device"], "door-1")
        self.assertEqual(Admission.objects.standing().count(), 2)

    def test_who_was_let_in_against_the_rules_is_inside_with_the_reason(self):
        client_of(self.alice).post(f"/api/orders/{self.order.code}/cancel/")
        [line, none] = self.report({"code": code_of(self.first)}, {"code": "hello"})
        self.assertEqual(line["answer"]["result"], "admitted")
        self.assertEqual(line["answer"]["reason"], "cancelled")
        self.assertEqual(none["answer"]["result"], "admitted")
        self.assertEqual(none["answer"]["reason"], "invalid")

    def test_a_batch_that_is_sent_again_changes_nothing(self):
        scans = [
            {"code": code_of(each), "nonce": each.seat_number} for each in (self.first, self.second)
        ]
        self.assertEqual(self.report(*scans), self.report(*scans))
        self.assertEqual(Admission.objects.count(), 2)

    def test_one_wrong_nonce_spoils_no_other_scan(self):
        self.scan(code_of(self.first), nonce="n1")
        lines = self.report(
            {"code": code_of(self.second), "nonce": "n1"}, {"code": code_of(self.second)}
        )
        self.assertEqual([each["problem"] for each in lines], ["nonce_reused", None])
        self.assertIsNone(lines[0]["answer"])
        self.assert_admitted(lines[1]["answer"])

    def test_the_time_is_that_of_the_device(self):
        then = timezone.now() - timedelta(minutes=20)
        self.report({"code": code_of(self.first), "scanned_at": then.isoformat()})
        row = Admission.objects.get()
        self.assertEqual(row.scanned_at, then)
        self.assertTrue(row.is_offline)

    def test_a_batch_is_bounded(self):
        for scans in ([], [{"code": "x", "device": "d", "nonce": str(n)} for n in range(501)]):
            response = self.post(BATCH, {"scans": scans})
            self.assert_problem(response, 400, "invalid", fields={"scans"})
        self.assertFalse(Admission.objects.exists())

    def test_a_full_batch_fits_into_a_request(self):
        code = code_of(self.first)
        lines = self.report(*({"code": code, "show": self.show.pk} for _ in range(500)))
        self.assertEqual(sum(each["answer"]["double"] for each in lines), 499)


class AnnulTests(DoorTestCase):
    def annul(self, nonce="n1", user=None, device="door-1"):
        body = {"device": device, "nonce": nonce, "reason": "Wrong hall"}
        return self.post(ANNUL, body, user)

    def test_an_annulled_admission_lets_the_ticket_in_again_and_is_on_record(self):
        code = code_of(self.first)
        self.scan(code, nonce="n1")
        response = self.annul()
        self.assertEqual(response.status_code, 200, response.content)
        self.assertIs(response.json()["annulled"], True)
        entry = Entry.objects.get(verb="annul_admission")
        self.assertEqual((entry.who, entry.after["reason"]), ("usher", "Wrong hall"))
        self.assert_admitted(self.scan(code))
        self.assertEqual(self.annul().status_code, 200)  # again
        self.assertEqual(Entry.objects.filter(verb="annul_admission").count(), 1)
        self.assertEqual(Admission.objects.standing().count(), 1)

    def test_a_refusal_cannot_be_annulled(self):
        self.scan("hello", nonce="n1")
        self.assert_problem(self.annul(), 409, "not_admitted")

    def test_an_unknown_scan_is_not_found(self):
        self.scan(code_of(self.first), nonce="n1")
        self.assert_problem(self.annul(nonce="n2"), 404, "not_found")
        other = make_clerk("check_in", username="usher2")
        StaffCinema.objects.create(user=other, cinema=make_cinema())
        self.assert_problem(self.annul(user=other), 404, "not_found")


class ListTests(DoorTestCase):
    def list(self, user=None, **query):
        path = f"/api/check-in/shows/{self.show.pk}/tickets/"
        return self.client_of(user or self.usher).get(path, query)

    def seats(self, **query):
        return [each["seat_number"] for each in self.list(**query).json()["tickets"]]

    def test_it_has_every_ticket_the_counts_and_no_code(self):
        make_order(user=self.alice, show=self.show, seats=["5"], status="held")
        self.scan(code_of(self.first))
        response = self.list()
        found = response.json()
        self.assertEqual(found["counts"], {"booked": 2, "admitted": 1})
        [first, second] = found["tickets"]
        self.assertEqual((first["seat_number"], first["generation"]), ("1", 1))
        self.assertIsNotNone(first["admitted_at"])
        self.assertIsNone(second["admitted_at"])
        self.assertNotIn("T1.", response.content.decode())
        [key] = found["keys"]
        self.assertEqual(key["id"], signing_key().id.hex())
        self.assertEqual(key["key"], signing_key().public.public_bytes_raw().hex())

    def test_since_has_what_changed(self):
        self.assertEqual(self.seats(), ["1", "2"])
        later = timezone.now() + timedelta(minutes=2)
        since = (later - timedelta(minutes=1)).isoformat()
        self.assertEqual(self.seats(since=since), [])
        with at(later):
            self.scan(code_of(self.first), nonce="n1")
            self.assertEqual(self.seats(since=since), ["1"])
            client_of(self.alice).post(f"/api/bookings/{self.second.number}/cancel/")
            self.assertEqual(self.seats(since=since), ["1", "2"])
        statuses = [each["status"] for each in self.list().json()["tickets"]]
        self.assertEqual(statuses, ["booked", "cancelled"])

    def test_an_annulled_admission_and_a_renewed_ticket_are_changes(self):
        self.scan(code_of(self.first), nonce="n1")
        later = timezone.now() + timedelta(minutes=2)
        with at(later):
            self.post(ANNUL, {"device": "door-1", "nonce": "n1", "reason": "x"})
            self.assertEqual(self.seats(since=later.isoformat()), ["1"])
            client_of(self.alice).post(f"/api/orders/{self.order.code}/tickets/renew/")
            self.assertEqual(self.seats(since=later.isoformat()), ["1", "2"])
        self.assertEqual(self.list().json()["counts"], {"booked": 2, "admitted": 0})

    def test_what_commits_late_comes_with_the_next_list(self):
        as_of = self.list().json()["as_of"]
        self.assertEqual(self.seats(since=as_of), ["1", "2"])

    def test_a_wrong_time_and_a_cancelled_show_say_so(self):
        self.assert_problem(self.list(since="yesterday"), 400, "invalid", fields={"since"})
        Show.objects.filter(pk=self.show.pk).update(cancelled_at=timezone.now())
        self.assert_problem(self.list(), 409, "show_cancelled")

    def test_the_number_of_queries_does_not_depend_on_the_tickets(self):
        for seats in (["11"], [str(seat) for seat in range(20, 40)]):
            make_order(user=self.alice, show=self.show, seats=seats)
            client = self.client_of(self.usher)
            path = f"/api/check-in/shows/{self.show.pk}/tickets/"
            client.get(path)
            with self.assertNumQueries(9):
                client.get(path)


class RightsTests(DoorTestCase):
    def calls(self, show):
        yield "post", REDEEM, {"code": "x", "device": "d", "nonce": str(uuid4())}
        yield "post", BATCH, {"scans": [{"code": "x", "device": "d", "nonce": str(uuid4())}]}
        yield "get", f"/api/check-in/shows/{show.pk}/tickets/", {}

    def statuses(self, user):
        client = self.client_of(user)
        return {
            getattr(client, how)(path, body).status_code
            for how, path, body in self.calls(self.show)
        }

    def test_only_staff_with_the_right_check_in(self):
        self.assertEqual(self.statuses(self.usher), {200})
        allow(self.alice, "check_in")
        clerk = make_clerk("view_ticket", "renew_ticket", "view_order")
        for user in (User.objects.get(pk=self.alice.pk), clerk):
            self.assertEqual(self.statuses(user), {403})

    def test_staff_of_another_cinema_let_nobody_in_here(self):
        here, there = self.show.screen.cinema, make_cinema()
        StaffCinema.objects.create(user=self.usher, cinema=there)
        usher = User.objects.get(pk=self.usher.pk)
        self.assert_refused(self.scan(code_of(self.first), user=usher), "wrong_show")
        body = {"code": code_of(self.first), "device": "d", "nonce": "n", "show": self.show.pk}
        response = self.post(REDEEM, body, usher)
        self.assert_problem(response, 400, "invalid", fields={"show"})
        path = f"/api/check-in/shows/{self.show.pk}/tickets/"
        self.assertEqual(self.client_of(usher).get(path).status_code, 403)
        self.assertFalse(Admission.objects.standing().exists())
        StaffCinema.objects.create(user=self.usher, cinema=here)
        usher = User.objects.get(pk=self.usher.pk)
        self.assert_admitted(self.scan(code_of(self.first), user=usher, device="door-9"))


class DoorRaceTests(TransactionTestCase):
    def setUp(self):
        self.usher = make_clerk("check_in")
        self.alice = make_user("alice")
        start = timezone.now() + timedelta(minutes=30)
        self.show = make_show(screen=make_screen(), starts_at=start)
        self.booking = make_order(user=self.alice, show=self.show, seats=["1"]).bookings.get()
        self.client = client_of(self.usher)

    def redeem(self, device, nonce):
        body = {"code": code_of(self.booking), "device": device, "nonce": nonce}
        return self.client.post(REDEEM, body)

    def answers(self, calls):
        responses = at_once(calls)
        self.assertEqual({each.status_code for each in responses}, {200})
        return [(each.json()["result"], each.json()["reason"]) for each in responses]

    def test_the_same_ticket_at_eight_doors_at_once_is_admitted_once(self):
        found = self.answers(
            [lambda door=door: self.redeem(f"door-{door}", "n") for door in range(8)]
        )
        self.assertEqual(found.count(("admitted", None)), 1)
        self.assertEqual(found.count(("refused", "already_admitted")), 7)
        self.assertEqual(Admission.objects.standing().count(), 1)

    def test_one_scan_that_is_sent_eight_times_at_once_has_one_answer(self):
        found = self.answers([lambda: self.redeem("door-1", "n")] * 8)
        self.assertEqual(set(found), {("admitted", None)})
        self.assertEqual(Admission.objects.count(), 1)

    def test_a_code_that_is_none_sent_at_once_has_one_answer(self):
        body = {"code": "hello", "device": "door-1", "nonce": "n"}
        found = self.answers([lambda: self.client.post(REDEEM, body)] * 8)
        self.assertEqual(set(found), {("refused", "invalid")})
        self.assertEqual(Admission.objects.count(), 1)

    def test_a_scan_waits_for_a_cancellation_that_has_begun(self):
        began = threading.Event()

        def cancel():
            with transaction.atomic():
                order = self.booking.order
                services.cancel_order(order=order, by=self.alice, reason="", seat_numbers=None)
                began.set()
                time.sleep(0.5)

        def scan():
            began.wait(timeout=30)
            return self.redeem("door-1", "n").json()

        _, answer = at_once([cancel, scan])
        self.assertEqual((answer["result"], answer["reason"]), ("refused", "cancelled"))

    def test_a_ticket_that_is_cancelled_at_once_is_refused_or_was_let_in_before(self):
        cancel = client_of(self.alice)
        path = f"/api/bookings/{self.booking.number}/cancel/"
        scan, _ = at_once([lambda: self.redeem("door-1", "n"), lambda: cancel.post(path)])
        booking = Booking.objects.get(pk=self.booking.pk)
        self.assertEqual(booking.status, "cancelled")
        row = Admission.objects.get()
        if scan.json()["result"] == "admitted":
            self.assertGreaterEqual(booking.cancelled_at, row.scanned_at)
        else:
            self.assertEqual(row.reason, "cancelled")


class BlockTests(DoorTestCase):
    """Tickets that staff block in the admin."""

    def setUp(self):
        super().setUp()
        self.admin = Client()
        self.admin.force_login(make_clerk("view_order", "block_tickets"))
        self.page = f"/admin/bookings/order/{self.order.pk}/tickets/block/"

    def test_blocked_tickets_are_refused_until_they_are_unblocked(self):
        self.assertContains(self.admin.get(self.page), "The seats stay booked")
        page = self.admin.post(self.page, {"reason": "Stolen"}, follow=True)
        self.assertContains(page, "The tickets are blocked.")
        self.assert_refused(self.scan(code_of(self.first)), "blocked")
        self.assertContains(self.admin.get(self.page), "blocked: Stolen")
        self.admin.post(self.page)
        self.assert_admitted(self.scan(code_of(self.first)))
        verbs = Entry.objects.filter(object_type="tickets.ticketblock").values_list("verb", "after")
        self.assertEqual([verb for verb, _ in verbs], ["change", "add"])
        self.assertEqual(verbs[1][1]["reason"], "Stolen")

    def test_it_needs_a_reason_and_a_booked_order(self):
        self.assertContains(self.admin.post(self.page, {"reason": ""}), "This field is required")
        client_of(self.alice).post(f"/api/orders/{self.order.code}/cancel/")
        page = self.admin.post(self.page, {"reason": "x"}, follow=True)
        self.assertContains(page, "already cancelled")
        self.assertFalse(TicketBlock.objects.exists())

    def test_it_needs_the_right(self):
        self.admin.force_login(make_clerk("view_order", "renew_ticket", username="other"))
        for method in (self.admin.get, self.admin.post):
            self.assertEqual(method(self.page, {"reason": "x"}).status_code, 403)

    def test_a_device_learns_of_it(self):
        path = f"/api/check-in/shows/{self.show.pk}/tickets/"
        later = timezone.now() + timedelta(minutes=2)
        with at(later):
            self.admin.post(self.page, {"reason": "Stolen"})
            client = self.client_of(self.usher)
            tickets = client.get(path, {"since": later.isoformat()}).json()["tickets"]
        self.assertEqual([each["blocked"] for each in tickets], [True, True])
