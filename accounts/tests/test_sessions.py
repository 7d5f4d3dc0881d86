"""Sessions of the API: reuse of a refresh token, the list of one's sessions, and their end."""

from datetime import timedelta
from functools import partial
from unittest import mock
from uuid import UUID, uuid4

from django.core import mail as outgoing
from django.core.cache import cache
from django.test import SimpleTestCase, TransactionTestCase, override_settings
from django.utils import timezone
from rest_framework.test import APIClient, APITestCase
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken as OldRefreshToken

from accounts.devices import device_of
from accounts.housekeeping import delete_expired_log_ins, delete_expired_tokens
from accounts.models import Session
from accounts.services import sessions, tokens_of
from testing.builders.accounts import make_user
from testing.cases import APIAssertions
from testing.clock import at
from testing.jobs import run_jobs
from testing.races import at_once

ME, LOGIN, REFRESH = "/api/auth/me/", "/api/auth/login/", "/api/auth/refresh/"
LOGOUT, SESSIONS = "/api/auth/logout/", "/api/auth/sessions/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"


def after(seconds):
    """Within this context the clock stands this many seconds later."""
    return at(timezone.now() + timedelta(seconds=seconds))


def make_older(seconds):
    """Move all sessions into the past: a clock in the future would make tokens of the future."""
    time = timedelta(seconds=seconds)
    for session in Session.objects.all():
        session.exchanges = [moment - seconds * 1000 for moment in session.exchanges]
        session.created_at -= time
        session.last_used_at -= time
        session.expires_at -= time
        session.save()


class SessionTestCase(APIAssertions, APITestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice = make_user("alice", "pass123", email="alice@example.com")
        cls.tokens = tokens_of(cls.alice, user_agent=FIREFOX)

    def send(self, method, url, tokens, body=None, **headers):
        headers["Authorization"] = f"Bearer {tokens['access']}"
        return getattr(self.client, method)(url, body, headers=headers)

    def me(self, tokens):
        return self.send("get", ME, tokens)

    def refresh(self, tokens):
        return self.client.post(REFRESH, {"refresh": tokens["refresh"]})

    def log_out(self, tokens):
        return self.client.post(LOGOUT, {"refresh": tokens["refresh"]})

    def sessions(self, tokens):
        response = self.send("get", SESSIONS, tokens)
        self.assertEqual(response.status_code, 200, response.content)
        return response.json()["results"]

    def assert_over(self, *pairs):
        for pair in pairs:
            for response in (self.me(pair), self.refresh(pair), self.log_out(pair)):
                self.assert_problem(response, 401, "token_not_valid")

    def assert_works(self, tokens):
        self.assertEqual(self.me(tokens).status_code, 200)
        self.assertEqual(self.refresh(tokens).status_code, 200)

    def mails(self):
        with after(3600):  # of which they were caused by a clock in the future
            run_jobs()
        return outgoing.outbox


class ReuseTests(SessionTestCase):
    def test_reuse_after_the_grace_ends_the_whole_family_and_tells_the_owner(self):
        other = tokens_of(self.alice)
        first = self.refresh(self.tokens).json()
        make_older(20)
        second = self.refresh(first).json()
        make_older(11)
        self.assertEqual(self.me(second).status_code, 200)
        self.assert_problem(self.refresh(self.tokens), 401, "token_not_valid")
        self.assert_over(self.tokens, first, second)
        self.assert_works(other)
        [message] = self.mails()
        self.assertEqual(message.to, ["alice@example.com"])
        self.assertTrue(message.body.startswith("Hello alice,\n"))
        self.assertIn("(Firefox on Windows) was used a second time.", message.body)

    def test_a_log_out_with_a_used_token_is_a_reuse_too(self):
        first = self.refresh(self.tokens).json()
        with after(31):
            self.assertEqual(self.me(first).status_code, 200)
            self.assert_problem(self.log_out(self.tokens), 401, "token_not_valid")
            self.assert_over(first)
        self.assertEqual(len(self.mails()), 1)

    def test_reuse_within_the_grace_ends_nothing(self):
        first = self.refresh(self.tokens).json()
        with after(29):
            self.assertEqual(self.refresh(self.tokens).json(), first)
            self.assert_works(first)
        self.assertEqual(self.mails(), [])

    def test_the_owner_is_told_once(self):
        self.refresh(self.tokens)
        with after(31):
            for _ in range(3):
                self.refresh(self.tokens)
        self.assertEqual(len(self.mails()), 1)

    def test_reuse_after_a_log_out_tells_nobody(self):
        first = self.refresh(self.tokens).json()
        self.assertEqual(self.log_out(first).status_code, 204)
        with after(31):
            self.assert_over(self.tokens, first)
        self.assertEqual(self.mails(), [])

    def test_a_user_without_an_address_is_logged_out_too(self):
        type(self.alice).objects.update(email="")
        first = self.refresh(self.tokens).json()
        with after(31):
            self.assert_problem(self.refresh(self.tokens), 401, "token_not_valid")
            self.assert_over(self.tokens, first)
        self.assertEqual(self.mails(), [])

    def test_every_token_of_the_family_is_recognised_however_old(self):
        pair = self.tokens
        for _ in range(5):
            pair = self.refresh(pair).json()
            make_older(600)
        pair = self.refresh(pair).json()
        self.assertEqual(len(Session.objects.get().exchanges), 1)  # only what can be repeated
        self.assertEqual(self.me(pair).status_code, 200)
        self.assert_problem(self.refresh(self.tokens), 401, "token_not_valid")
        self.assert_over(pair)

    def test_what_is_remembered_is_bounded(self):
        pair = self.tokens
        with mock.patch.object(sessions, "MAX_EXCHANGES", 3):
            for _ in range(6):
                pair = self.refresh(pair).json()
        self.assertEqual(len(Session.objects.get().exchanges), 3)
        self.assert_works(pair)

    def test_a_restored_backup_logs_nobody_out(self):
        first = self.refresh(self.tokens).json()
        second = self.refresh(first).json()
        Session.objects.update(generation=0, exchanges=[])
        third = self.refresh(second).json()
        self.assertEqual(Session.objects.get().generation, 3)
        self.assert_works(third)

    def test_a_new_secret_key_changes_nothing_for_a_repetition(self):
        first = self.refresh(self.tokens).json()
        with override_settings(SECRET_KEY="n" * 50):
            self.assertEqual(self.refresh(self.tokens).json(), first)
            self.assert_works(first)


class ListTests(SessionTestCase):
    def test_the_list_has_each_session_of_the_user(self):
        make_user("bob")
        tokens_of(make_user("eve"))
        with after(5):
            phone = tokens_of(self.alice, user_agent="CinemaApp/1.0 (evil.example)")
        found = self.sessions(self.tokens)
        self.assertEqual([each["device"] for each in found], ["CinemaApp", "Firefox on Windows"])
        self.assertEqual([each["current"] for each in found], [False, True])
        self.assertEqual([each["current"] for each in self.sessions(phone)], [True, False])
        self.assertEqual(
            found[0].keys(),
            {"id", "device", "created_at", "last_used_at", "expires_at", "current"},
        )

    def test_a_log_in_records_the_device(self):
        body = {"username": "alice", "password": "pass123"}
        tokens = self.client.post(LOGIN, body, headers={"User-Agent": "curl/8.5.0"}).json()
        self.assertEqual(self.sessions(tokens)[0]["device"], "curl")

    def test_a_refresh_moves_the_last_use_and_the_end(self):
        make_older(60)
        before = self.sessions(self.tokens)[0]
        pair = self.refresh(self.tokens).json()
        [session] = self.sessions(pair)
        self.assertEqual((session["id"], session["current"]), (before["id"], True))
        self.assertEqual(session["created_at"], before["created_at"])
        self.assertGreater(session["last_used_at"], before["last_used_at"])
        self.assertGreater(session["expires_at"], before["expires_at"])

    def test_sessions_that_are_over_are_not_listed(self):
        for over in [{"ended_at": timezone.now()}, {"expires_at": timezone.now()}]:
            tokens_of(self.alice)
            newest = Session.objects.latest("created_at")
            Session.objects.filter(pk=newest.pk).update(**over)
        self.assertEqual(len(self.sessions(self.tokens)), 1)

    def test_a_new_password_ends_the_sessions_of_before(self):
        body = {"current_password": "pass123", "new_password": "pass124"}
        pair = self.send("post", "/api/auth/password/change/", self.tokens, body).json()
        [session] = self.sessions(pair)
        self.assertTrue(session["current"])
        self.assert_over(self.tokens)

    def test_the_list_costs_three_queries_however_many_sessions_there_are(self):
        for _ in range(2):
            with self.assertNumQueries(3):
                self.sessions(self.tokens)
            for _ in range(10):
                tokens_of(self.alice)

    def test_the_list_has_pages(self):
        tokens_of(self.alice)
        response = self.send("get", f"{SESSIONS}?page_size=1&page=2", self.tokens)
        self.assertEqual(response.json()["count"], 2)
        response = self.send("get", f"{SESSIONS}?user=1", self.tokens)
        self.assert_problem(response, 400, "invalid", fields={"user"})

    def test_nobody_keeps_the_list(self):
        response = self.send("get", SESSIONS, self.tokens)
        self.assertEqual(response["Cache-Control"], "no-store")

    def test_it_takes_a_token(self):
        for method, url in [
            ("get", SESSIONS),
            ("delete", SESSIONS),
            ("delete", f"{SESSIONS}{uuid4()}/"),
        ]:
            response = getattr(self.client, method)(url)
            self.assert_problem(response, 401, "not_authenticated")


class EndTests(SessionTestCase):
    def url_of(self, tokens):
        [current] = [each for each in self.sessions(tokens) if each["current"]]
        return f"{SESSIONS}{current['id']}/"

    def test_a_session_of_another_device_is_ended_at_once(self):
        phone = tokens_of(self.alice)
        response = self.send("delete", self.url_of(phone), self.tokens)
        self.assertEqual((response.status_code, response.content), (204, b""))
        self.assert_over(phone)
        self.assert_works(self.tokens)
        self.assertEqual(len(self.sessions(self.tokens)), 1)

    def test_the_present_session_can_be_ended(self):
        self.assertEqual(
            self.send("delete", self.url_of(self.tokens), self.tokens).status_code, 204
        )
        self.assert_over(self.tokens)

    def test_a_session_that_is_not_mine_or_over_is_a_404(self):
        eve = tokens_of(make_user("eve"))
        phone = tokens_of(self.alice)
        gone = self.url_of(phone)
        self.send("delete", gone, self.tokens)
        for url in (self.url_of(eve), gone, f"{SESSIONS}{uuid4()}/"):
            self.assert_problem(self.send("delete", url, self.tokens), 404, "not_found")
        for url in (f"{SESSIONS}1/", f"{SESSIONS}{'x' * 36}/"):
            self.assertEqual(self.send("delete", url, self.tokens).status_code, 404)
        self.assert_works(eve)

    def test_log_out_everywhere_ends_every_session_of_the_user(self):
        phone, eve = tokens_of(self.alice), tokens_of(make_user("eve"))
        self.assertEqual(self.send("delete", SESSIONS, self.tokens).status_code, 204)
        self.assert_over(self.tokens, phone)
        self.assert_works(eve)
        self.assertEqual(self.me(tokens_of(self.alice)).status_code, 200)

    def test_ending_one_costs_four_queries_and_all_six(self):
        phone, url = tokens_of(self.alice), self.url_of(self.tokens)
        with self.assertNumQueries(4):
            self.send("delete", url, phone)
        with self.assertNumQueries(5):
            self.send("delete", SESSIONS, phone)

    def test_a_request_reads_the_user_and_the_session_by_one_query(self):
        with self.assertNumQueries(1):
            self.me(self.tokens)

    def test_tokens_name_a_session_of_their_user(self):
        eve = tokens_of(make_user("eve"))
        Session.objects.filter(user__username="eve").update(user=self.alice)
        self.assert_over(eve)


class TokensOfBeforeTests(SessionTestCase):
    """Refresh tokens of version 0.1.0 have no session: the first exchange makes one."""

    def setUp(self):
        refresh = OldRefreshToken.for_user(self.alice)
        self.old = {"access": str(refresh.access_token), "refresh": str(refresh)}
        Session.objects.all().delete()

    def test_it_is_exchanged_and_goes_on_as_a_session(self):
        self.assertEqual(self.me(self.old).status_code, 200)
        first = self.refresh(self.old).json()
        self.assertEqual(self.refresh(self.old).json(), first)
        [session] = self.sessions(first)
        self.assertEqual((session["current"], session["device"]), (True, ""))
        self.assertEqual(Session.objects.get().pk, UUID(OutstandingToken.objects.get().jti))
        with after(31):
            self.assert_problem(self.refresh(self.old), 401, "token_not_valid")
            self.assert_over(first)
        self.assertEqual(len(self.mails()), 1)

    def test_servers_of_that_version_refuse_it_then(self):
        self.refresh(self.old)
        self.assertEqual(BlacklistedToken.objects.get().token.token, self.old["refresh"])

    def test_a_log_out_ends_it(self):
        self.assertEqual(self.log_out(self.old).status_code, 204)
        self.assert_problem(self.refresh(self.old), 401, "token_not_valid")
        self.assert_problem(self.log_out(self.old), 401, "token_not_valid")

    def test_one_that_was_used_or_deleted_before_is_rejected(self):
        BlacklistedToken.objects.create(token=OutstandingToken.objects.get())
        self.assert_problem(self.refresh(self.old), 401, "token_not_valid")
        OutstandingToken.objects.all().delete()
        self.assert_problem(self.refresh(self.old), 401, "token_not_valid")
        self.assertFalse(Session.objects.exists())

    def test_log_out_everywhere_ends_it_before_its_first_exchange(self):
        new = tokens_of(self.alice)
        self.assertEqual(self.send("delete", SESSIONS, new).status_code, 204)
        self.assert_problem(self.refresh(self.old), 401, "token_not_valid")

    def test_tidy_deletes_it_with_its_time(self):
        self.refresh(self.old)
        OutstandingToken.objects.update(expires_at=timezone.now())
        self.assertEqual(delete_expired_tokens(), 1)
        self.assertFalse(BlacklistedToken.objects.exists())


class TidyTests(SessionTestCase):
    def test_sessions_are_deleted_when_their_last_token_has_expired(self):
        tokens_of(self.alice)
        expired, ended = Session.objects.all()
        Session.objects.filter(pk=expired.pk).update(expires_at=timezone.now())
        Session.objects.filter(pk=ended.pk).update(ended_at=timezone.now())
        self.assertEqual(delete_expired_log_ins(), 1)
        self.assertEqual(Session.objects.get(), ended)

    def test_they_go_with_their_user(self):
        self.alice.delete()
        self.assertFalse(Session.objects.exists())


class DeviceTests(SimpleTestCase):
    def test_browsers_and_programs_are_named(self):
        chrome = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0"
        for user_agent, name in {
            FIREFOX: "Firefox on Windows",
            f"Mozilla/5.0 (X11; Linux x86_64) {chrome} Safari/537.36": "Chrome on Linux",
            f"Mozilla/5.0 (Windows NT 10.0) {chrome} Safari/537.36 Edg/142.0": "Edge on Windows",
            f"Mozilla/5.0 (Linux; Android 16; Pixel) {chrome} Mobile": "Chrome on Android",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19 Safari/604.1": (
                "Safari on iPhone"
            ),
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 15_1) Version/19 Safari/605": "Safari on macOS",
            "python-requests/2.32.5": "python-requests",
            "okhttp/5.1": "okhttp",
            "evil.example/1.0": "evil",
            "Mozilla/5.0": "Mozilla",
            "": "",
            "\u202e\x00": "",
            "x" * 10_000: "x" * 40,
        }.items():
            with self.subTest(name):
                self.assertEqual(device_of(user_agent), name)


class SessionRaceTests(TransactionTestCase):
    def setUp(self):
        cache.clear()
        self.alice = make_user("alice", email="alice@example.com")

    def refresh(self, tokens):
        return APIClient().post(REFRESH, {"refresh": tokens["refresh"]})

    def test_concurrent_reuse_ends_the_session_once_and_tells_once(self):
        tokens = tokens_of(self.alice)
        first = self.refresh(tokens).json()
        with after(31):
            responses = at_once([partial(self.refresh, tokens)] * 8)
            self.assertEqual({each.status_code for each in responses}, {401})
            self.assertEqual(self.refresh(first).status_code, 401)
            run_jobs()
        self.assertEqual(len(outgoing.outbox), 1)

    def test_refreshes_of_a_token_of_before_make_one_session(self):
        refresh = OldRefreshToken.for_user(self.alice)
        responses = at_once([partial(self.refresh, {"refresh": str(refresh)})] * 8)
        self.assertEqual({each.status_code for each in responses}, {200})
        self.assertEqual(len({each.content for each in responses}), 1)
        self.assertEqual(Session.objects.get().generation, 1)

    def test_nothing_works_after_log_out_everywhere_beside_refreshes(self):
        for is_old in (False, True):
            for _ in range(3):
                pairs = [tokens_of(self.alice) for _ in range(3)]
                refreshed = pairs
                if is_old:
                    old = [OldRefreshToken.for_user(self.alice) for _ in range(3)]
                    refreshed = [{"refresh": str(each)} for each in old]
                caller = APIClient()
                caller.credentials(HTTP_AUTHORIZATION=f"Bearer {pairs[0]['access']}")
                calls = [partial(self.refresh, pair) for pair in refreshed]
                *refreshes, ended = at_once([*calls, partial(caller.delete, SESSIONS)])
                self.assertEqual(ended.status_code, 204)
                new = [each.json() for each in refreshes if each.status_code == 200]
                for pair in [*pairs, *refreshed, *new]:
                    self.assertEqual(self.refresh(pair).status_code, 401)

    def test_a_session_is_ended_beside_refreshes(self):
        for _ in range(3):
            mine, phone = tokens_of(self.alice), tokens_of(self.alice)
            caller = APIClient()
            caller.credentials(HTTP_AUTHORIZATION=f"Bearer {mine['access']}")
            results = caller.get(SESSIONS).json()["results"]
            url = next(f"{SESSIONS}{each['id']}/" for each in results if not each["current"])
            calls = [partial(self.refresh, phone)] * 4
            *refreshes, ended = at_once([*calls, partial(caller.delete, url)])
            self.assertEqual(ended.status_code, 204)
            for pair in [phone, *(each.json() for each in refreshes if each.status_code == 200)]:
                self.assertEqual(self.refresh(pair).status_code, 401)
            Session.objects.all().delete()
