"""A request repeated with its Idempotency-Key acts once and gets the same answer."""

from datetime import timedelta
from decimal import Decimal
from unittest import mock

from django.db import connection
from django.db.models import F
from django.test import Client, TestCase
from django.utils import timezone
from rest_framework.response import Response

from bookings.api.urls import urlpatterns
from bookings.models import Booking
from bookings.tests.cases import KEY, KeyedRequests
from core.db.transactions import waits_at_begin
from core.http import idempotency
from core.models import IdempotencyRecord
from testing.answers import errors_in
from testing.builders.accounts import make_staff, make_user
from testing.builders.bookings import make_booking
from testing.builders.movies import make_show
from testing.warm import warm_caches

WRITES_NOTHING = ["quote"]  # although it takes the body of a hold


class ReplayTests(KeyedRequests, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob, cls.staff = make_user("alice"), make_user("bob"), make_staff()
        cls.show = make_show(price=Decimal("9.50"))

    def test_repeated_booking_gets_the_same_answer_and_is_made_once(self):
        first = self.book()
        self.assertEqual(first.status_code, 201, first.content)
        self.assertEqual(first["Content-Type"], "application/json")

        for _ in range(2):
            self.assert_replayed(first, self.book())

        self.assertEqual(Booking.objects.get().number, first.json()["id"])
        self.assertEqual(IdempotencyRecord.objects.get().user, self.alice)

    def test_answer_is_that_of_a_request_without_a_key(self):
        plain = self.client_of(self.alice).post(
            f"/api/shows/{self.show.pk}/book/", {"seat_number": "8"}, format="json"
        )
        keyed = self.book()
        self.assertEqual(keyed.json().keys(), plain.json().keys())
        varying = ("X-Request-ID", "Content-Length")
        self.assertEqual(
            {name: value for name, value in keyed.items() if name not in varying},
            {name: value for name, value in plain.items() if name not in varying},
        )

    def test_without_a_key_every_request_acts_and_nothing_is_recorded(self):
        path = f"/api/shows/{self.show.pk}/book/"
        client = self.client_of(self.alice)
        statuses = [client.post(path, {"seat_number": "7"}).status_code for _ in range(2)]
        self.assertEqual(statuses, [201, 409])
        self.assertFalse(IdempotencyRecord.objects.exists())

    def test_repeated_refusal_gets_the_same_answer_though_it_would_succeed_now(self):
        self.show.sales_open_at = timezone.now() + timedelta(hours=1)
        self.show.save()
        first = self.book()
        self.assert_problem(first, 400, "sales_closed")

        self.show.sales_open_at = None
        self.show.save()

        self.assert_replayed(first, self.book())  # with the request_id of the first
        self.assertFalse(Booking.objects.exists())
        self.assertEqual(self.book(key="another").status_code, 201)

    def test_refusals_of_every_kind_are_recorded(self):
        booking = make_booking(user=self.bob, show=self.show)
        for path, body, status in [
            (f"/api/shows/{self.show.pk}/book/", {}, 400),
            (f"/api/shows/{self.show.pk}/book/", [], 400),
            ("/api/shows/987654/book/", {"seat_number": "7"}, 404),
            (f"/api/bookings/{booking.number}/cancel/", None, 403),
        ]:
            key = f"{path}{body}".replace(" ", "")
            with self.subTest(path=path, body=body):
                first = self.post(path, body, key=key)
                self.assertEqual(first.status_code, status, first.content)
                self.assert_replayed(first, self.post(path, body, key=key))

    def test_block_unblock_and_cancel_take_a_key(self):
        seats = {"seat_numbers": ["1", "2"], "reason": "Broken"}
        booking = make_booking(user=self.staff, show=self.show, seat_number="9")
        for path, body in [
            (f"/api/shows/{self.show.pk}/block/", seats),
            (f"/api/shows/{self.show.pk}/unblock/", seats),
            (f"/api/bookings/{booking.number}/cancel/", None),
        ]:
            with self.subTest(path=path):
                first = self.post(path, body, key=path, user=self.staff)
                self.assertEqual(first.status_code, 200, first.content)
                self.assert_replayed(first, self.post(path, body, key=path, user=self.staff))
        self.assertEqual(Booking.objects.filter(status="blocked").count(), 0)

    def test_every_write_of_the_api_takes_a_key(self):
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

    def test_answer_without_a_body_is_recorded(self):
        booking = make_booking(user=self.alice, show=self.show)
        path = f"/api/bookings/{booking.number}/cancel/"
        with mock.patch("core.http.serving.Response", lambda data, status: Response(status=204)):
            first = self.post(path)
        self.assertEqual((first.status_code, first.content), (204, b""))
        self.assertNotIn("Content-Type", first)
        self.assert_replayed(first, self.post(path))

    def test_header_that_is_not_recorded_is_not_sent_with_the_first_answer(self):
        def respond(data, status):
            return Response(data, status, headers={"X-Odd": "1"})

        with mock.patch("core.http.serving.Response", respond):
            first = self.book()
        self.assertNotIn("X-Odd", first)
        self.assert_replayed(first, self.book())

    def test_another_request_with_the_same_key_is_refused_and_does_nothing(self):
        first = self.book()
        booking = first.json()["id"]
        for name, response in {
            "body": self.book("8"),
            "spelling": self.book("07"),
            "path": self.post(f"/api/shows/{make_show().pk}/book/", {"seat_number": "7"}),
            "operation": self.post(f"/api/bookings/{booking}/cancel/"),
        }.items():
            with self.subTest(name):
                self.assert_problem(response, 422, "idempotency_key_reused")
        self.assertEqual(Booking.objects.get().status, "booked")
        self.assert_replayed(first, self.book())

    def test_another_method_is_another_request(self):
        request = self.book().wsgi_request
        fingerprints = []
        for request.method in ["POST", "PUT"]:
            fingerprints.append(idempotency.fingerprint_of(request))
        kept = IdempotencyRecord.objects.get().fingerprint
        self.assertEqual([found == kept for found in fingerprints], [True, False])

    def test_same_key_of_another_customer_is_another_key(self):
        self.assertEqual(self.book("7").status_code, 201)
        self.assertEqual(self.book("8", user=self.bob).status_code, 201)
        self.assert_problem(self.book("7", user=make_user("carol")), 409, "seat_taken")
        self.assertEqual(IdempotencyRecord.objects.count(), 2)

    def test_key_is_free_after_24_hours(self):
        self.book("7")
        records = IdempotencyRecord.objects.all()
        day = timedelta(hours=24)

        records.update(created_at=timezone.now() - day + timedelta(minutes=1))
        self.assert_problem(self.book("8"), 422, "idempotency_key_reused")

        records.update(created_at=timezone.now() - day - timedelta(seconds=1))
        second = self.book("8")
        self.assertEqual(second.status_code, 201, second.content)
        self.assert_replayed(second, self.book("8"))
        self.assertGreater(records.get().created_at, timezone.now() - timedelta(minutes=1))

    def test_unsupported_content_type_leaves_the_key_unused(self):
        """The content type does not belong to the fingerprint of a request."""
        path = f"/api/shows/{self.show.pk}/book/"
        statuses = [
            self.client_of(self.alice)
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

    def test_malformed_key_is_a_400_that_names_the_header(self):
        for key in ["", " ", "a b", " a", "a\n", "a\t", "\0", "a\x7f", "é", "x" * 256]:
            with self.subTest(key=key):
                response = self.book(key=key)
                self.assert_problem(response, 400, "invalid")
                self.assertEqual(errors_in(response), [("Idempotency-Key", "invalid")])
        self.assert_nothing_is_left()

    def test_key_has_up_to_255_printable_characters(self):
        printable = "".join(map(chr, range(33, 127)))
        for seat, key in enumerate(["x", "x" * 255, "X", printable], start=1):
            with self.subTest(key=key):
                first = self.book(str(seat), key=key)
                self.assertEqual(first.status_code, 201)
                self.assert_replayed(first, self.book(str(seat), key=key))

    def test_request_without_login_gets_401_and_uses_no_key(self):
        for key in [KEY, "an odd one"]:
            response = self.book(client=Client(), key=key)
            self.assert_problem(response, 401, "not_authenticated")
        self.assertFalse(IdempotencyRecord.objects.exists())

    def test_lost_permission_also_refuses_the_recorded_answer(self):
        path, body = f"/api/shows/{self.show.pk}/block/", {"seat_numbers": ["1"], "reason": "x"}
        self.assertEqual(self.post(path, body, user=self.staff).status_code, 200)
        self.staff.is_staff = False
        self.staff.save()
        self.assert_problem(self.post(path, body, user=self.staff), 403, "permission_denied")
        self.assertEqual(IdempotencyRecord.objects.count(), 1)

    def test_too_large_body_is_refused_and_not_recorded(self):
        with self.settings(DATA_UPLOAD_MAX_MEMORY_SIZE=10):
            self.assert_problem(self.book(), 413, "request_too_large")
        self.assert_nothing_is_left()

    def test_number_of_keys_and_their_bytes_are_limited_for_each_user(self):
        for limit in ({"IDEMPOTENCY_KEYS": 2}, {"IDEMPOTENCY_MEGABYTES": 0}):
            IdempotencyRecord.objects.all().delete()
            Booking.objects.all().delete()
            with self.subTest(limit=limit):
                self.assertEqual(self.book("1").status_code, 201)
                self.assertEqual(self.book("2", key="second").status_code, 201)
                with self.settings(**limit):
                    response = self.book("3", key="third")
                    self.assert_problem(response, 429, "too_many_keys")
                    self.assertEqual(response["Retry-After"], "3600")
                    self.assert_problem(self.book("x", key="third"), 429, "too_many_keys")
                    # Known keys, other users and requests without a key are not refused.
                    self.assertEqual(self.book("1").status_code, 201)
                    other = self.client_of(make_user(f"other {limit}"))
                    path = f"/api/shows/{self.show.pk}/book/"
                    self.assertEqual(other.post(path, {"seat_number": "9"}).status_code, 201)
                self.assertFalse(Booking.objects.filter(seat_number="3").exists())

    def test_old_keys_do_not_count(self):
        self.book("1")
        IdempotencyRecord.objects.update(created_at=F("created_at") - timedelta(hours=24))
        with self.settings(IDEMPOTENCY_KEYS=1):
            self.assertEqual(self.book("2", key="second").status_code, 201)

    def test_key_costs_four_queries_and_a_replay_six(self):
        client, path = self.client_of(self.alice), f"/api/shows/{self.show.pk}/book/"
        lock = connection.vendor == "postgresql"  # costs one more query
        with warm_caches(self.show), self.assertNumQueries(10 + waits_at_begin()):
            client.post(path, {"seat_number": "1"})
        # record?, used keys, key of a new one; those ten; record
        with warm_caches(self.show), self.assertNumQueries(14 + lock + waits_at_begin()):
            self.book("2", client=client)
        # user; savepoint, record, used keys, key of a new one, savepoint
        with self.assertNumQueries(6 + lock):
            self.book("2", client=client)
