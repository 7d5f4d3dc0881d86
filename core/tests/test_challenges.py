from dataclasses import replace
from itertools import count
from unittest import mock

from django.core.cache import cache
from django.core.checks import run_checks
from django.test import TestCase, override_settings
from rest_framework.test import APIClient

from accounts import services
from accounts.models import User
from bookings.api.throttles import TURNOVER, counts
from core.http.proof_of_work import (
    BITS,
    LIFETIME,
    MAX_REFUSALS,
    PROOF_OF_WORK,
    has_zero_bits,
)
from testing.builders.accounts import client_of, make_user
from testing.builders.movies import make_show
from testing.cases import APIAssertions
from testing.throttles import rates

SIGN_UP = "/api/auth/signup/"
PATH = "core.http.proof_of_work.PROOF_OF_WORK"


def solved(challenge):
    """Return the answer to a challenge, as a client finds it."""
    answers = (f"{challenge['token']} {number}" for number in count())
    return next(answer for answer in answers if has_zero_bits(answer, challenge["bits"]))


@override_settings(CHALLENGE=PATH)
class ProofOfWorkTests(APIAssertions, TestCase):
    def setUp(self):
        super().setUp()
        cache.clear()
        self.enterContext(rates())
        self.enterContext(mock.patch("core.http.proof_of_work.BITS", 8))

    def sign_up(self, name, answer=""):
        body = {"username": name, "password": "pass123"}
        headers = {"challenge-answer": answer} if answer else {}
        return APIClient().post(SIGN_UP, body, headers=headers)

    def challenge(self):
        return self.sign_up("asker").json()["challenge"]

    def test_a_sign_up_without_an_answer_gets_a_challenge_and_with_it_succeeds(self):
        response = self.sign_up("alice")
        body = self.assert_problem(response, 403, "challenge_required")
        self.assertEqual(body["challenge"].keys(), {"kind", "token", "bits"})
        self.assertFalse(User.objects.exists())
        self.assertEqual(self.sign_up("alice", solved(body["challenge"])).status_code, 201)

    def test_an_answer_is_good_once(self):
        answer = solved(self.challenge())
        self.assertEqual(self.sign_up("alice", answer).status_code, 201)
        self.assert_problem(self.sign_up("bob", answer), 403, "challenge_required")

    def test_a_refused_request_is_sent_again_with_its_answer(self):
        make_user("alice")
        answer = solved(self.challenge())
        self.assertEqual(self.sign_up("alice", answer).status_code, 400)
        self.assertEqual(self.sign_up("bob", answer).status_code, 201)
        self.assert_problem(self.sign_up("carol", answer), 403, "challenge_required")

    def test_a_refused_hold_is_sent_again_with_and_without_a_key(self):
        show, client = make_show(), client_of(make_user())
        for number, key in enumerate(({}, {"idempotency-key": "k1"}), 1):
            with self.subTest(key=key):
                headers = key | {"challenge-answer": solved(self.challenge())}
                url = f"/api/shows/{show.pk}/hold/"
                unknown = {"seat_numbers": ["Z99"]}
                self.assertEqual(client.post(url, unknown, headers=headers).status_code, 400)
                headers |= dict.fromkeys(key, "k2")  # a 400 is kept for its key
                held = client.post(url, {"seat_numbers": [str(number)]}, headers=headers)
                self.assertEqual(held.status_code, 201)
                again = {"challenge-answer": headers["challenge-answer"]}
                refused = client.post(url, {"best": 1}, headers=again)
                self.assert_problem(refused, 403, "challenge_required")

    def test_an_answer_is_spent_after_some_refusals(self):
        make_user("alice")
        answer = solved(self.challenge())
        for _ in range(MAX_REFUSALS):
            self.assertEqual(self.sign_up("alice", answer).status_code, 400)
        self.assert_problem(self.sign_up("bob", answer), 403, "challenge_required")
        self.assertFalse(User.objects.filter(username="bob").exists())

    def test_refusals_with_a_key_are_counted_too(self):
        show, client = make_show(), client_of(make_user())
        answer = solved(self.challenge())
        for number in range(MAX_REFUSALS + 1):
            headers = {"challenge-answer": answer, "idempotency-key": f"k{number}"}
            body = {"seat_numbers": ["Z99"]}
            response = client.post(f"/api/shows/{show.pk}/hold/", body, headers=headers)
            self.assertEqual(response.status_code, 403 if number == MAX_REFUSALS else 400)

    def test_an_answer_in_use_is_not_given_back_by_another_request(self):
        answer = solved(self.challenge())
        others = []

        def meanwhile(**asked):
            others.append(self.sign_up("bob", answer).status_code)
            others.append(self.sign_up("carol", answer).status_code)
            return sign_up(**asked)

        sign_up = services.sign_up
        with mock.patch("accounts.services.sign_up", meanwhile):
            self.assertEqual(self.sign_up("alice", answer).status_code, 201)
        self.assertEqual(others, [403, 403])

    def test_a_challenge_without_a_third_function_keeps_what_it_got(self):
        challenge = replace(PROOF_OF_WORK, give_back=None)
        make_user("alice")
        answer = solved(self.challenge())
        with mock.patch("core.http.challenges.challenge_of", lambda path: challenge):
            self.assertEqual(self.sign_up("alice", answer).status_code, 400)
            self.assertEqual(self.sign_up("bob", answer).status_code, 403)

    def test_wrong_old_and_forged_answers_are_refused(self):
        challenge = self.challenge()
        wrong = next(
            f"{challenge['token']} {number}"
            for number in count()
            if not has_zero_bits(f"{challenge['token']} {number}", 8)
        )
        forged = solved({"token": "x" + challenge["token"], "bits": 8})
        for answer in (wrong, forged, challenge["token"], "x", "ü 1", " 1", "9" * 5000, "a b c"):
            with self.subTest(answer=answer[:60]):
                response = self.sign_up("alice", answer)
                self.assert_problem(response, 403, "challenge_required")
        with mock.patch("time.time", return_value=0):
            old = solved(self.challenge())
        self.assert_problem(self.sign_up("alice", old), 403, "challenge_required")
        self.assertFalse(User.objects.exists())

    def test_a_hold_needs_one_and_the_refusal_is_not_kept_for_its_key(self):
        show, client = make_show(), client_of(make_user())
        url, body = f"/api/shows/{show.pk}/hold/", {"best": 2}
        key = {"idempotency-key": "k1"}
        refused = client.post(url, body, headers=key)
        challenge = self.assert_problem(refused, 403, "challenge_required")["challenge"]
        answered = key | {"challenge-answer": solved(challenge)}
        held = client.post(url, body, headers=answered)
        self.assertEqual(held.status_code, 201)
        again = client.post(url, body, headers=answered)
        self.assertEqual((again.status_code, again.json()), (201, held.json()))
        self.assertEqual(client.post(f"/api/shows/{show.pk}/quote/", body).status_code, 200)

    def test_a_real_challenge_is_solved_with_the_number_of_bits_that_it_names(self):
        with mock.patch("core.http.proof_of_work.BITS", BITS):
            self.assertEqual(self.challenge()["bits"], BITS)
        self.assertLessEqual(LIFETIME, 600)

    def test_a_challenge_that_cannot_be_imported_stops_the_start(self):
        for path in ("core.http.proof_of_work.NONE", "core.http.proof_of_work.BITS", "nope.nope"):
            with self.subTest(path=path), override_settings(CHALLENGE=path):
                self.assertIn("core.E002", [each.id for each in run_checks()])
        self.assertNotIn("core.E002", [each.id for each in run_checks()])


class NoChallengeTests(TestCase):
    def test_without_the_setting_nothing_is_asked(self):
        body = {"username": "alice", "password": "pass123"}
        self.assertEqual(APIClient().post(SIGN_UP, body).status_code, 201)


@override_settings(ADDRESS_HELD_SEATS=6, THROTTLING=True)
class SeatsOfAddressTests(APIAssertions, TestCase):
    def setUp(self):
        super().setUp()
        counts.clear()
        self.addCleanup(counts.clear)
        self.show = make_show()

    def hold(self, name, address="192.0.2.1", seats=3):
        client = client_of(User.objects.filter(username=name).first() or make_user(name))
        url = f"/api/shows/{self.show.pk}/hold/"
        return client.post(url, {"best": seats}, REMOTE_ADDR=address)

    def test_an_address_holds_so_many_seats_whatever_accounts_it_uses(self):
        statuses = [self.hold(f"user{number}").status_code for number in range(2)]
        self.assertEqual(statuses, [201, 201])
        with self.assertLogs("bookings.api.throttles", "WARNING") as logs:
            refused = self.hold("user2")
        self.assert_problem(refused, 429, "throttled")
        self.assertIn("Retry-After", refused)
        self.assertIn("192.0.2.1 has held 6 seats", logs.output[0])
        self.assertEqual(self.hold("user3", address="192.0.2.2").status_code, 201)

    def test_bookings_count_too_and_moves_cannot_go_around(self):
        alice = client_of(make_user("alice"))
        for number in range(1, 7):
            url, body = f"/api/shows/{self.show.pk}/book/", {"seat_number": str(number)}
            response = alice.post(url, body, REMOTE_ADDR="192.0.2.1")
            self.assertEqual(response.status_code, 201)
        logs = self.enterContext(self.assertLogs("bookings.api.throttles", "WARNING"))
        self.assertEqual(self.hold("bob").status_code, 429)
        held = self.hold("carol", address="192.0.2.9").json()
        carol = client_of(User.objects.get(username="carol"))
        url = f"/api/orders/{held['code']}/move/"
        moved = carol.post(url, {"best": 4}, REMOTE_ADDR="192.0.2.1")
        self.assertEqual(moved.status_code, 429)
        self.assertEqual(len(logs.output), 2)

    def call(self, name, path, body=None):
        client = client_of(User.objects.get(username=name))
        return client.post(f"/api/{path}/", body or {}, REMOTE_ADDR="192.0.2.1")

    def test_seats_that_are_free_again_do_not_count(self):
        one, two = self.hold("alice").json(), self.hold("bob").json()
        self.assertEqual(self.call("alice", f"orders/{one['code']}/cancel").status_code, 200)
        three = self.hold("carol").json()
        booking = self.call("carol", f"orders/{three['code']}/confirm").json()["bookings"][0]
        self.assertEqual(self.call("carol", f"bookings/{booking['id']}/cancel").status_code, 200)
        self.assertEqual(self.hold("dave", seats=1).status_code, 201)
        some = {"seat_numbers": [two["bookings"][0]["seat_number"]]}
        self.assertEqual(self.call("bob", f"orders/{two['code']}/cancel", some).status_code, 200)
        self.assertEqual(self.hold("erin", seats=1).status_code, 201)
        with self.assertLogs("bookings.api.throttles", "WARNING"):
            self.assertEqual(self.hold("frank", seats=1).status_code, 429)

    def test_a_move_counts_the_difference(self):
        held = self.hold("alice", seats=2).json()
        for _ in range(2):
            moved = self.call("alice", f"orders/{held['code']}/move", {"best": 3})
            self.assertEqual(moved.status_code, 200)
        self.assertEqual(self.hold("bob").status_code, 201)
        with self.assertLogs("bookings.api.throttles", "WARNING"):
            self.assertEqual(self.hold("carol").status_code, 429)

    def test_taking_and_releasing_seats_ends_after_some_turns(self):
        for number in range(2 * TURNOVER):
            held = self.hold(f"user{number}").json()
            released = self.call(f"user{number}", f"orders/{held['code']}/cancel")
            self.assertEqual(released.status_code, 200)
        with self.assertLogs("bookings.api.throttles", "WARNING") as logs:
            self.assertEqual(self.hold("alice").status_code, 429)
        self.assertIn("has held 30 seats and given 30 back", logs.output[0])

    def test_seats_given_back_for_another_address_make_no_credit(self):
        held = self.hold("alice", address="192.0.2.9").json()
        self.assertEqual(self.call("alice", f"orders/{held['code']}/cancel").status_code, 200)
        self.assertEqual([self.hold("bob").status_code, self.hold("carol").status_code], [201, 201])
        with self.assertLogs("bookings.api.throttles", "WARNING"):
            self.assertEqual(self.hold("dave").status_code, 429)

    def test_a_hold_that_is_refused_does_not_count(self):
        for _ in range(3):
            self.assertEqual(self.hold("alice", seats=99).status_code, 400)
        self.assertEqual(self.hold("alice").status_code, 201)

    @override_settings(ADDRESS_HELD_SEATS=0)
    def test_the_limit_can_be_off(self):
        statuses = [self.hold(f"user{number}").status_code for number in range(4)]
        self.assertEqual(statuses, [201] * 4)
