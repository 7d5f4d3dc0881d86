"""A request that is sent again with its Idempotency-Key acts once and is answered alike."""

import threading
import time
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from unittest import mock

from django.db import OperationalError, connection
from django.test import Client, TestCase, TransactionTestCase, skipUnlessDBFeature
from django.utils import timezone
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response

from accounts.tests.answers import errors_in
from accounts.tests.races import at_once
from bookings import services
from bookings.api.seats import ShowSeatsViewSet
from bookings.api.urls import urlpatterns
from bookings.models import Booking, Order
from bookings.occupancy import Occupancy, read_for_request
from bookings.services import selling
from core.db import transactions
from core.errors import InternalError
from core.http import idempotency
from core.idempotency import delete_old_records
from core.models import IdempotencyRecord
from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.bookings import make_booking
from testing.builders.movies import make_show
from testing.warm import known

RACERS = 16
WRITES_NOTHING = ["quote"]  # but takes the body of a hold
KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"


class DriverError(Exception):
    sqlstate = "40001"  # serialization failure


def lost_race():
    error = OperationalError("lost")
    error.__cause__ = DriverError()
    return error


class SendsAgain:
    def post(self, path, body=None, *, key=KEY, user=None, client=None):
        client = client or client_of(user or self.alice)
        return client.post(path, body, headers={"Idempotency-Key": key})

    def book(self, seat_number="7", **kwargs):
        return self.post(f"/api/shows/{self.show.pk}/book/", {"seat_number": seat_number}, **kwargs)

    def assert_refused(self, response, status, code):
        self.assertEqual(response.status_code, status, response.content)
        self.assertEqual(response.json()["code"], code)

    def assert_replayed(self, first, again):
        self.assertEqual(again.status_code, first.status_code)
        self.assertEqual(again.content, first.content)
        own = ("Idempotency-Replayed", "X-Request-ID")
        kept, replayed = (
            {name: value for name, value in response.items() if name not in own}
            for response in (first, again)
        )
        self.assertEqual(replayed, kept)
        self.assertNotIn("Idempotency-Replayed", first)
        self.assertEqual(again["Idempotency-Replayed"], "true")

    def assert_nothing_is_left(self):
        self.assertFalse(Booking.objects.exists())
        self.assertFalse(Order.objects.exists())
        self.assertFalse(IdempotencyRecord.objects.exists())


class ReplayTests(SendsAgain, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob, cls.staff = make_user("alice"), make_user("bob"), make_staff()
        cls.show = make_show(price=Decimal("9.50"))

    def test_a_booking_sent_again_is_answered_alike_and_made_once(self):
        first = self.book()
        self.assertEqual(first.status_code, 201, first.content)
        self.assertEqual(first["Content-Type"], "application/json")

        for _ in range(2):
            self.assert_replayed(first, self.book())

        self.assertEqual(Booking.objects.get().pk, first.json()["id"])
        self.assertEqual(IdempotencyRecord.objects.get().user, self.alice)

    def test_the_answer_is_that_of_a_request_without_a_key(self):
        plain = client_of(self.alice).post(
            f"/api/shows/{self.show.pk}/book/", {"seat_number": "8"}, format="json"
        )
        keyed = self.book()
        self.assertEqual(keyed.json().keys(), plain.json().keys())
        varying = ("X-Request-ID", "Content-Length")
        self.assertEqual(
            {name: value for name, value in keyed.items() if name not in varying},
            {name: value for name, value in plain.items() if name not in varying},
        )

    def test_without_a_key_every_request_acts_and_nothing_is_kept(self):
        path = f"/api/shows/{self.show.pk}/book/"
        statuses = [
            client_of(self.alice).post(path, {"seat_number": "7"}).status_code for _ in range(2)
        ]
        self.assertEqual(statuses, [201, 409])
        self.assertFalse(IdempotencyRecord.objects.exists())

    def test_a_refusal_sent_again_is_answered_alike_though_it_would_go_well_now(self):
        self.show.sales_open_at = timezone.now() + timedelta(hours=1)
        self.show.save()
        first = self.book()
        self.assert_refused(first, 400, "sales_closed")
        self.assertEqual(first["Content-Type"], "application/problem+json")

        self.show.sales_open_at = None
        self.show.save()

        self.assert_replayed(first, self.book())  # with the request_id of the first
        self.assertFalse(Booking.objects.exists())
        self.assertEqual(self.book(key="another").status_code, 201)

    def test_refusals_of_every_kind_are_kept(self):
        booking = make_booking(user=self.bob, show=self.show)
        for path, body, status in [
            (f"/api/shows/{self.show.pk}/book/", {}, 400),
            (f"/api/shows/{self.show.pk}/book/", [], 400),
            ("/api/shows/987654/book/", {"seat_number": "7"}, 404),
            (f"/api/bookings/{booking.pk}/cancel/", None, 403),
        ]:
            key = f"{path}{body}".replace(" ", "")
            with self.subTest(path=path, body=body):
                first = self.post(path, body, key=key)
                self.assertEqual(first.status_code, status, first.content)
                self.assert_replayed(first, self.post(path, body, key=key))

    def test_every_write_of_bookings_takes_a_key(self):
        seats = {"seat_numbers": ["1", "2"], "reason": "Broken"}
        booking = make_booking(user=self.staff, show=self.show, seat_number="9")
        for path, body in [
            (f"/api/shows/{self.show.pk}/block/", seats),
            (f"/api/shows/{self.show.pk}/unblock/", seats),
            (f"/api/bookings/{booking.pk}/cancel/", None),
        ]:
            with self.subTest(path=path):
                first = self.post(path, body, key=path, user=self.staff)
                self.assertEqual(first.status_code, 200, first.content)
                self.assert_replayed(first, self.post(path, body, key=path, user=self.staff))
        self.assertEqual(Booking.objects.filter(status="blocked").count(), 0)

    def test_no_write_of_bookings_is_forgotten(self):
        found = 0
        for pattern in urlpatterns:
            view, actions = pattern.callback, getattr(pattern.callback, "actions", {})
            for verb in ["post", "put", "patch", "delete"]:
                method = getattr(view.cls, actions.get(verb, verb), None)
                if method and method.__name__ not in WRITES_NOTHING:
                    with self.subTest(route=str(pattern.pattern), verb=verb):
                        self.assertEqual(getattr(method, "headers", None), idempotency.HEADERS)
                    found += 1
        self.assertGreaterEqual(found, 4)

    def test_an_answer_without_a_body_is_kept_too(self):
        booking = make_booking(user=self.alice, show=self.show)
        path = f"/api/bookings/{booking.pk}/cancel/"
        with mock.patch("bookings.api.serving.Response", lambda data, status: Response(status=204)):
            first = self.post(path)
        self.assertEqual((first.status_code, first.content), (204, b""))
        self.assertNotIn("Content-Type", first)
        self.assert_replayed(first, self.post(path))

    def test_a_header_that_is_not_kept_is_not_sent_the_first_time_either(self):
        def respond(data, status):
            return Response(data, status, headers={"X-Odd": "1"})

        with mock.patch("bookings.api.serving.Response", respond):
            first = self.book()
        self.assertNotIn("X-Odd", first)
        self.assert_replayed(first, self.book())

    def test_another_request_with_the_key_is_refused_and_does_nothing(self):
        first = self.book()
        booking = first.json()["id"]
        path = f"/api/shows/{self.show.pk}/book/"
        for name, response in {
            "body": self.book("8"),
            "spelling": self.book("07"),
            "query": self.post(f"{path}?x=1", {"seat_number": "7"}),
            "path": self.post(f"/api/shows/{make_show().pk}/book/", {"seat_number": "7"}),
            "operation": self.post(f"/api/bookings/{booking}/cancel/"),
        }.items():
            with self.subTest(name):
                self.assert_refused(response, 422, "idempotency_key_reused")
                self.assertEqual(response["Content-Type"], "application/problem+json")
        self.assertEqual(Booking.objects.get().status, "booked")
        self.assert_replayed(first, self.book())

    def test_another_method_is_another_request(self):
        request = self.book().wsgi_request
        fingerprints = []
        for request.method in ["POST", "PUT"]:
            fingerprints.append(idempotency.fingerprint_of(request))
        kept = IdempotencyRecord.objects.get().fingerprint
        self.assertEqual([found == kept for found in fingerprints], [True, False])

    def test_every_customer_has_keys_of_their_own(self):
        self.assertEqual(self.book("7").status_code, 201)
        self.assertEqual(self.book("8", user=self.bob).status_code, 201)
        self.assert_refused(self.book("7", user=make_user("carol")), 409, "seat_taken")
        self.assertEqual(IdempotencyRecord.objects.count(), 2)

    def test_a_key_is_free_after_24_hours(self):
        self.book("7")
        records = IdempotencyRecord.objects.all()
        day = timedelta(hours=24)

        records.update(created_at=timezone.now() - day + timedelta(minutes=1))
        self.assert_refused(self.book("8"), 422, "idempotency_key_reused")

        records.update(created_at=timezone.now() - day - timedelta(seconds=1))
        second = self.book("8")
        self.assertEqual(second.status_code, 201, second.content)
        self.assert_replayed(second, self.book("8"))
        self.assertGreater(records.get().created_at, timezone.now() - timedelta(minutes=1))

    def test_a_conflict_leaves_the_key_unused(self):
        taken = make_booking(user=self.bob, show=self.show, seat_number="7")
        for _ in range(2):
            response = self.book()
            self.assert_refused(response, 409, "seat_taken")
            self.assertNotIn("Idempotency-Replayed", response)
        self.assertFalse(IdempotencyRecord.objects.exists())

        client_of(self.bob).post(f"/api/bookings/{taken.pk}/cancel/")
        self.assertEqual(self.book().status_code, 201)

    def test_a_refusal_that_may_pass_leaves_nothing_even_if_it_is_returned(self):
        for refused in [401, 409, 415, 429, 500, 503]:
            with (
                self.subTest(status=refused),
                mock.patch(
                    "bookings.api.serving.Response",
                    lambda data, status, refused=refused: Response(data, refused),
                ),
            ):
                self.assertEqual(self.book().status_code, refused)
                self.assert_nothing_is_left()

    def test_an_unforeseen_error_is_logged_once_and_leaves_the_key_unused(self):
        client = client_of(self.alice)
        client.raise_request_exception = False
        foreseen = APIException("Later")
        for error, logged in [(ZeroDivisionError("x"), 1), (InternalError(), 1), (foreseen, 0)]:
            with self.subTest(error=error):
                with (
                    mock.patch.object(services, "book_seats", side_effect=error),
                    mock.patch("core.http.problems.logger.error") as log,
                ):
                    self.assertEqual(self.book(client=client).status_code, 500)
                self.assertEqual(log.call_count, logged)
                self.assert_nothing_is_left()
        self.assertEqual(self.book(client=client).status_code, 201)

    def test_a_database_that_is_away_is_logged_once(self):
        away = OperationalError("the connection is lost")
        with (
            mock.patch.object(services, "book_seats", side_effect=away),
            self.assertLogs("core.http.problems", "WARNING") as logs,
        ):
            self.assert_refused(self.book(), 503, "unavailable")
        self.assertEqual(len(logs.output), 1)
        self.assert_nothing_is_left()
        self.assertEqual(self.book().status_code, 201)

    def test_a_refusal_that_is_kept_leaves_nothing_of_what_came_before_it(self):
        refusal = ValidationError("Too late.")
        with mock.patch("bookings.api.serving.Response", side_effect=refusal):
            first = self.book()
        self.assertEqual(first.status_code, 400)
        self.assertFalse(Booking.objects.exists())
        self.assert_replayed(first, self.book())

    def test_a_type_of_body_that_is_not_read_leaves_the_key_unused(self):
        """The type is no part of what makes it the same request."""
        path = f"/api/shows/{self.show.pk}/book/"
        statuses = [
            client_of(self.alice)
            .post(
                path,
                '{"seat_number": "7"}',
                content_type=content_type,
                headers={"Idempotency-Key": KEY},
            )
            .status_code
            for content_type in ["text/plain", "application/json"]
        ]
        self.assertEqual(statuses, [415, 201])

    def test_a_race_that_the_service_lost_for_good_starts_again_from_the_key(self):
        outcomes = [lost_race(), mock.DEFAULT]
        with mock.patch.object(
            services, "book_seats", side_effect=outcomes, wraps=services.book_seats
        ) as book:
            self.assertEqual(self.book().status_code, 201)
        self.assertEqual(book.call_count, 2)
        self.assertEqual(Booking.objects.count(), 1)

    def test_a_race_lost_while_recording_starts_again(self):
        save, errors = IdempotencyRecord.save, [lost_race(), lost_race()]

        def lose_twice(record):
            if errors:
                raise errors.pop()
            save(record)

        with mock.patch.object(IdempotencyRecord, "save", lose_twice):
            first = self.book()
        self.assertEqual(first.status_code, 201, first.content)
        self.assertEqual(Booking.objects.get().pk, first.json()["id"])
        self.assert_replayed(first, self.book())

    def test_an_odd_key_is_a_400_that_names_the_header(self):
        for key in ["", " ", "a b", " a", "a\n", "a\t", "\0", "a\x7f", "é", "x" * 256]:
            with self.subTest(key=key):
                response = self.book(key=key)
                self.assert_refused(response, 400, "invalid")
                self.assertEqual(errors_in(response), [("Idempotency-Key", "invalid")])
        self.assert_nothing_is_left()

    def test_every_printable_character_and_255_of_them_make_a_key(self):
        printable = "".join(map(chr, range(33, 127)))
        for seat, key in enumerate(["x", "x" * 255, "X", printable], start=1):
            with self.subTest(key=key):
                first = self.book(str(seat), key=key)
                self.assertEqual(first.status_code, 201)
                self.assert_replayed(first, self.book(str(seat), key=key))

    def test_who_is_not_logged_in_gets_a_401_and_uses_no_key(self):
        for key in [KEY, "an odd one"]:
            response = self.book(client=Client(), key=key)
            self.assert_refused(response, 401, "not_authenticated")
        self.assertFalse(IdempotencyRecord.objects.exists())

    def test_who_may_not_ask_any_more_gets_no_answer_kept_from_before(self):
        path, body = f"/api/shows/{self.show.pk}/block/", {"seat_numbers": ["1"], "reason": "x"}
        self.assertEqual(self.post(path, body, user=self.staff).status_code, 200)
        self.staff.is_staff = False
        self.staff.save()
        self.assert_refused(self.post(path, body, user=self.staff), 403, "permission_denied")
        self.assertEqual(IdempotencyRecord.objects.count(), 1)

    def test_a_body_too_large_is_refused_and_not_kept(self):
        with self.settings(DATA_UPLOAD_MAX_MEMORY_SIZE=10):
            self.assert_refused(self.book(), 413, "request_too_large")
        self.assert_nothing_is_left()

    def test_a_key_costs_six_queries_and_a_replay_needs_four(self):
        client, path = client_of(self.alice), f"/api/shows/{self.show.pk}/book/"
        lock = connection.vendor == "postgresql"  # one query more
        with known(self.show), self.assertNumQueries(8):
            client.post(path, {"seat_number": "1"})
        # savepoint, record?, savepoint; those; savepoint, record, savepoint
        with known(self.show), self.assertNumQueries(14 + lock):
            self.book("2", client=client)
        # user; savepoint, record, savepoint
        with self.assertNumQueries(4 + lock):
            self.book("2", client=client)


class DeleteTests(SendsAgain, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice = make_user("alice")
        cls.old = timezone.now() - timedelta(hours=24, seconds=1)

    def make_records(self, count, created_at):
        IdempotencyRecord.objects.bulk_create(
            IdempotencyRecord(
                user=self.alice,
                key=f"{created_at:%s}-{number}",
                fingerprint="x",
                status=201,
                created_at=created_at,
            )
            for number in range(count)
        )

    def test_only_old_records_are_deleted_in_batches(self):
        self.make_records(5, self.old)
        self.make_records(1, timezone.now() - timedelta(hours=23))
        # savepoint, what to delete, delete, savepoint; twice. And once nothing
        with mock.patch.object(transactions, "BATCH", 3), self.assertNumQueries(11):
            self.assertEqual(delete_old_records(), 5)
        self.assertEqual(IdempotencyRecord.objects.count(), 1)
        self.assertEqual(delete_old_records(), 0)

    def test_records_go_with_their_user(self):
        self.make_records(1, timezone.now())
        self.alice.delete()
        self.assertFalse(IdempotencyRecord.objects.exists())


class CrashTests(SendsAgain, TransactionTestCase):
    """With real commits. The process ends where the exception is raised."""

    def setUp(self):
        self.alice = make_user("alice")
        self.show = make_show()
        self.client = client_of(self.alice)
        self.client.raise_request_exception = False

    def test_between_effect_and_record_neither_is_left_and_the_retry_runs(self):
        with (
            mock.patch.object(IdempotencyRecord, "save", side_effect=ZeroDivisionError),
            self.assertLogs("core.http.problems", "ERROR") as logs,
        ):
            self.assert_refused(self.book(client=self.client), 500, "internal_error")
        self.assertEqual(len(logs.output), 1)
        self.assert_nothing_is_left()
        again = self.book()
        self.assertEqual(again.status_code, 201)
        self.assertNotIn("Idempotency-Replayed", again)

    def test_while_the_answer_is_rendered_neither_is_left(self):
        with (
            mock.patch.object(
                Response,
                "rendered_content",
                mock.PropertyMock(side_effect=[ZeroDivisionError, b""]),
            ),
            self.assertLogs("core.http.problems", "ERROR"),
        ):
            self.assertEqual(self.book(client=self.client).status_code, 500)
        self.assert_nothing_is_left()
        self.assertEqual(self.book().status_code, 201)

    def test_between_commit_and_answer_both_are_left_and_the_retry_is_answered(self):
        with (
            mock.patch.object(ShowSeatsViewSet, "finalize_response", side_effect=ZeroDivisionError),
            self.assertLogs("django.request", "ERROR"),
        ):
            self.assertEqual(self.book(client=self.client).status_code, 500)
        booking, record = Booking.objects.get(), IdempotencyRecord.objects.get()

        again = self.book()

        self.assertEqual((again.status_code, again.json()["id"]), (201, booking.pk))
        self.assertEqual(again["Idempotency-Replayed"], "true")
        self.assertEqual(again.content, bytes(record.body))
        self.assertEqual(Booking.objects.count(), 1)


class RaceTests(SendsAgain, TransactionTestCase):
    def setUp(self):
        self.alice = make_user("alice")
        self.show = make_show(total_seats=RACERS)
        self.clients = [client_of(self.alice) for _ in range(RACERS)]

    def book_at_once(self, seats):
        return at_once(
            [
                lambda seat=seat, client=client: self.book(seat, client=client)
                for seat, client in zip(seats, self.clients, strict=True)
            ]
        )

    def test_sixteen_times_the_same_request_acts_once(self):
        responses = self.book_at_once(["7"] * RACERS)

        self.assertEqual(Booking.objects.count(), 1)
        self.assertEqual(Order.objects.count(), 1)
        booked = [r for r in responses if r.status_code == 201]
        self.assertEqual(len({r.content for r in booked}), 1)
        self.assertEqual(sum("Idempotency-Replayed" not in r for r in booked), 1)
        for response in responses:
            if response.status_code != 201:
                self.assert_refused(response, 409, "in_progress")
                self.assertEqual(response["Retry-After"], "1")
        if connection.vendor == "sqlite":
            self.assertEqual(len(booked), RACERS)
        self.assertEqual(self.book().content, booked[0].content)

    def test_sixteen_different_requests_with_one_key_act_once(self):
        responses = self.book_at_once([str(number + 1) for number in range(RACERS)])

        answers = Counter((r.status_code, r.json().get("code")) for r in responses)
        others = {(422, "idempotency_key_reused"), (409, "in_progress")}
        self.assertEqual(answers.pop((201, None)), 1)
        self.assertLessEqual(answers.keys(), others)
        self.assertEqual(Booking.objects.count(), 1)
        self.assertEqual(IdempotencyRecord.objects.count(), 1)

    def test_sixteen_keys_are_not_in_each_others_way(self):
        with self.settings(MAX_SEATS_PER_SHOW=RACERS):
            responses = at_once(
                [
                    lambda seat=str(seat), client=client: self.book(seat, key=seat, client=client)
                    for seat, client in enumerate(self.clients, start=1)
                ]
            )
        self.assertEqual({r.status_code for r in responses}, {201})

    def test_a_race_for_a_seat_that_only_the_database_sees_ends_as_without_a_key(self):
        """The retry of the service happens within the transaction of the key."""
        users = [make_user(f"racer{number}") for number in range(4)]
        first_look = threading.local()

        def look(*args, **kwargs):
            """In the first try nobody sees the others; the second try looks for real."""
            if not hasattr(first_look, "is_over"):
                first_look.is_over = True
                return Occupancy({}, {})
            return read_for_request(*args, **kwargs)

        with (
            mock.patch.object(selling, "read_for_request", look),
            mock.patch.object(services, "book_seats", self.book_without_a_first_look),
        ):
            clients = map(client_of, users)
            responses = at_once([lambda c=client: self.book(client=c) for client in clients])

        answers = Counter((r.status_code, r.json().get("code")) for r in responses)
        self.assertEqual(answers, {(201, None): 1, (409, "seat_taken"): 3})
        self.assertEqual(Booking.objects.count(), 1)
        self.assertEqual(Order.objects.count(), 1)
        self.assertEqual(IdempotencyRecord.objects.count(), 1)

    @staticmethod
    def book_without_a_first_look(*, customer, show_id, request):
        return selling.take_seats(
            customer=customer, show_id=show_id, request=request, status="booked"
        )

    @skipUnlessDBFeature("has_select_for_update")  # PostgreSQL
    def test_while_the_first_is_running_the_second_is_told_at_once(self):
        started, may_go_on = threading.Event(), threading.Event()
        book_seat = services.book_seats

        def book_slowly(**kwargs):
            booking = book_seat(**kwargs)
            started.set()
            may_go_on.wait(timeout=30)
            return booking

        def send_again():
            """Answers the second response, and the seconds it took."""
            started.wait(timeout=30)
            try:
                before = time.monotonic()
                return self.book(client=self.clients[1]), time.monotonic() - before
            finally:
                may_go_on.set()

        with mock.patch.object(services, "book_seats", book_slowly):
            first, (second, seconds) = at_once([self.book, send_again])

        self.assert_refused(second, 409, "in_progress")
        self.assertEqual(second["Retry-After"], "1")
        self.assertLess(seconds, 5)
        self.assertEqual(first.status_code, 201)
        self.assert_replayed(first, self.book())

    @skipUnlessDBFeature("has_select_for_update")  # PostgreSQL
    def test_without_the_lock_the_constraint_still_lets_a_key_act_once(self):
        both_looked = threading.Barrier(2, timeout=30)
        first_try = threading.local()

        def lock_nothing(name):
            return True

        def book_together(**kwargs):
            if not hasattr(first_try, "is_over"):
                first_try.is_over = True
                both_looked.wait()
            return book_seat(**kwargs)

        book_seat = services.book_seats
        with (
            mock.patch("core.idempotency.try_advisory_lock", lock_nothing),
            mock.patch.object(services, "book_seats", book_together),
        ):
            responses = at_once(
                [lambda seat=seat: self.book(seat, client=client_of(self.alice)) for seat in "78"]
            )

        answers = Counter((r.status_code, r.json().get("code")) for r in responses)
        self.assertEqual(answers, {(201, None): 1, (422, "idempotency_key_reused"): 1})
        self.assertEqual(Booking.objects.count(), 1)
