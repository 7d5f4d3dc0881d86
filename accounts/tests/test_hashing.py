import threading
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.tokens import default_token_generator
from django.test import SimpleTestCase, override_settings
from django.utils.http import urlsafe_base64_encode
from django.utils.module_loading import import_string
from rest_framework.test import APITestCase

from accounts import hashing
from accounts.hashers import PBKDF2Hasher
from accounts.hashing import HashingBusy, OneAtATime, one_hash_at_a_time
from accounts.models import User
from config import settings as configured
from testing.builders.accounts import make_staff, make_user
from testing.cases import APIAssertions
from testing.throttles import rates

PASSWORD = "pass123"  # noqa: S105


class QuickHasher(PBKDF2Hasher):
    algorithm = "quick"
    iterations = 1


quick_hashing = override_settings(PASSWORD_HASHERS=["accounts.tests.test_hashing.QuickHasher"])


class OneHashTests(SimpleTestCase):
    def test_each_hasher_of_the_settings_takes_turns(self):
        for path in configured.PASSWORD_HASHERS:
            with self.subTest(path=path):
                self.assertTrue(issubclass(import_string(path), OneAtATime))

    @quick_hashing
    def test_of_many_threads_one_hashes_and_the_others_are_refused_at_once(self):
        started, done = threading.Event(), threading.Event()

        def slow(*args, **kwargs):
            started.set()
            done.wait(10)
            return b"x" * 32

        def attempt():
            try:
                make_password(PASSWORD)
            except HashingBusy:
                return "refused"
            return "hashed"

        with (
            mock.patch("django.contrib.auth.hashers.pbkdf2", slow),
            ThreadPoolExecutor(32) as threads,
        ):
            first = threads.submit(attempt)
            started.wait(10)
            others = [threads.submit(attempt) for _ in range(31)]
            self.assertEqual({each.result(5) for each in others}, {"refused"})
            self.assertFalse(first.done())
            done.set()
            self.assertEqual(first.result(5), "hashed")

    def test_a_thread_that_has_the_turn_may_hash_again(self):
        with one_hash_at_a_time(), quick_hashing:
            self.assertTrue(make_password(PASSWORD))

    def test_the_turn_ends_after_an_error(self):
        with self.assertRaises(ZeroDivisionError), one_hash_at_a_time():
            raise ZeroDivisionError
        with ThreadPoolExecutor(1) as threads, quick_hashing:
            self.assertTrue(threads.submit(make_password, PASSWORD).result())


@quick_hashing
class BusyTests(APIAssertions, APITestCase):
    """Every place that hashes, while another thread hashes."""

    def setUp(self):
        super().setUp()
        self.enterContext(rates())
        self.alice = make_user("alice", PASSWORD)
        self.staff = make_staff("staff", PASSWORD)
        self.link = {
            "uid": urlsafe_base64_encode(str(self.alice.number).encode()),
            "token": default_token_generator.make_token(self.alice),
        }

    def busy(self):
        """Let another thread have the turn."""
        turn = mock.Mock()
        turn.acquire.return_value = False
        return mock.patch.object(hashing, "_turn", turn)

    def test_every_call_of_the_api_is_refused_and_changes_nothing(self):
        before = list(User.objects.order_by("pk").values())
        alice = self.client_of(self.alice)
        for client, path, body in [
            (self.client, "login/", {"username": "alice", "password": PASSWORD}),
            (self.client, "login/", {"username": "alice", "password": "wrong"}),
            (self.client, "login/", {"username": "unknown", "password": PASSWORD}),
            (self.client, "signup/", {"username": "carol", "password": PASSWORD}),
            (
                *(alice, "password/change/"),
                {"current_password": PASSWORD, "new_password": "another123"},
            ),
            (self.client, "password/reset/confirm/", {**self.link, "new_password": "another123"}),
        ]:
            with self.subTest(path=path, body=body):
                with self.busy():
                    response = client.post(f"/api/auth/{path}", body)
                self.assert_problem(response, 429, "hashing_busy")
                self.assertEqual(response["Retry-After"], "1")
                self.assertEqual(list(User.objects.order_by("pk").values()), before)
        # The same link and the same passwords work afterwards.
        confirmed = self.client.post(
            "/api/auth/password/reset/confirm/", {**self.link, "new_password": "another123"}
        )
        self.assertEqual(confirmed.status_code, 204)

    def test_a_refused_log_in_is_no_failure(self):
        with self.busy():
            for _ in range(settings.AXES_FAILURE_LIMIT + 1):
                self.client.post("/api/auth/login/", {"username": "alice", "password": "wrong"})
        response = self.client.post("/api/auth/login/", {"username": "alice", "password": PASSWORD})
        self.assertEqual(response.status_code, 200)

    def test_every_form_of_the_admin_answers_with_a_page(self):
        log_in = {"username": "staff", "password": PASSWORD}
        new = {"new_password1": "another123", "new_password2": "another123"}
        twice = {"password1": "another123", "password2": "another123", "usable_password": "true"}
        for is_logged_in, path, form in [
            (False, "login/", log_in),
            (True, "password_change/", {"old_password": PASSWORD, **new}),
            (True, "accounts/user/add/", {"username": "carol", **twice}),
            (True, f"accounts/user/{self.alice.pk}/password/", twice),
        ]:
            with self.subTest(path=path):
                self.client.logout()
                if is_logged_in:
                    self.client.force_login(self.staff)
                with self.busy():
                    page = self.client.post(f"/admin/{path}", form, format="multipart")
                self.assertContains(page, "send the form again in 1 second.", status_code=429)
                self.assertEqual(page["Retry-After"], "1")
