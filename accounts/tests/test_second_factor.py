"""The second factor at the log-in of the admin: the gate, the codes, and what is asked of whom."""

import re
from contextlib import contextmanager
from unittest import mock

from django.contrib import admin
from django.core import mail as outgoing
from django.core.management import CommandError, call_command
from django.test import Client, TestCase, TransactionTestCase, override_settings
from django.urls import get_resolver, reverse
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import staff_sessions
from accounts.errors import CodesPaused
from accounts.models import Session
from accounts.second_factor import codes
from accounts.second_factor.factors import (
    MAX_FACTORS,
    add_app,
    factors_of,
    make_recovery_codes,
    remove_all_factors,
    remove_factor,
)
from accounts.services import erase_user, export_data, tokens_of
from audit.models import Entry
from core.errors import InvalidInput, NotFound
from testing.builders.accounts import make_staff, make_user
from testing.jobs import run_jobs
from testing.races import at_once
from testing.second_factor import STEP, App, give_app
from testing.throttles import rates

ADMIN, LOGIN, GIVE = "/admin/", "/admin/login/", "/admin/second-factor/"
SET_UP, CONFIRM, CODES = f"{GIVE}set-up/", "/admin/confirm/", f"{GIVE}codes/"
USERS = "/admin/accounts/user/"
INSIDE = "Movies"  # a heading of the admin's start page


def later(seconds):
    """Within this context the clock of the admin's sessions is so much later."""
    now = staff_sessions._now()
    return mock.patch.object(staff_sessions, "_now", return_value=now + seconds)


def urls_of_the_admin():
    """Yield a path for every URL pattern below /admin/, with made-up arguments."""

    def walk(patterns, prefix):
        for pattern in patterns:
            path = prefix + str(pattern.pattern)
            if hasattr(pattern, "url_patterns"):
                yield from walk(pattern.url_patterns, path)
            else:
                yield pattern.name, re.sub(r"<[^>]*>", "1", path)

    for name, path in walk(get_resolver().url_patterns, "/"):
        if path.startswith(ADMIN):
            yield name, re.sub(r"\(\?P1[^)]*\)|\^|\$|\.\*\\Z", "", path)


class FactorTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff("staff", "pass123")

    def log_in(self, client=None, username="staff"):
        """Log in by password; return where the answer leads."""
        body = {"username": username, "password": "pass123", "next": f"{ADMIN}movies/"}
        response = (client or self.client).post(LOGIN, body)
        self.assertEqual(response.status_code, 302)
        return response.url

    def give(self, code, **more):
        return self.client.post(GIVE, {"code": code, **more})

    def is_in(self, client=None):
        response = (client or self.client).get(ADMIN)
        return response.status_code == 200 and INSIDE in response.content.decode()


class GateTests(FactorTestCase):
    def test_without_a_factor_the_password_is_enough(self):
        self.log_in()
        self.assertTrue(self.is_in())

    def test_with_a_factor_the_password_leads_to_the_page_that_asks_for_it(self):
        give_app(self.staff)
        self.log_in()
        response = self.client.get(f"{ADMIN}movies/movie/?q=x")
        self.assertRedirects(response, f"{GIVE}?next=/admin/movies/movie/%3Fq%3Dx")

    def test_no_page_of_the_admin_opens_between_password_and_factor(self):
        give_app(self.staff)
        self.log_in()
        seen = 0
        for name, path in urls_of_the_admin():
            if name in ("login", "logout", "second-factor"):
                continue
            for method in ("get", "post", "put", "delete", "head", "options"):
                with self.subTest(path=path, method=method):
                    response = getattr(self.client, method)(path)
                    self.assertEqual(response.status_code, 302)
                    self.assertTrue(response.url.startswith(f"{GIVE}?next="), response.url)
                    seen += 1
        self.assertGreater(seen, 600)
        self.assertFalse(self.is_in())

    def test_the_page_that_asks_shows_nothing_of_the_admin(self):
        give_app(self.staff)
        self.log_in()
        response = self.client.get(GIVE)
        self.assertContains(response, "Log out")
        for text in (INSIDE, "Change password", "View site", "nav-sidebar", USERS):
            self.assertNotContains(response, text)

    def test_the_code_of_the_app_opens_the_admin_and_leads_on(self):
        app, _ = give_app(self.staff)
        self.log_in()
        response = self.give(app.code(), next=f"{ADMIN}movies/movie/")
        self.assertRedirects(response, f"{ADMIN}movies/movie/")
        self.assertTrue(self.is_in())

    def test_the_session_gets_another_key_with_the_factor(self):
        app, _ = give_app(self.staff)
        self.log_in()
        former = self.client.session.session_key
        self.give(app.code())
        self.assertTrue(self.is_in())
        self.assertNotEqual(self.client.session.session_key, former)
        other = Client()
        other.cookies["sessionid"] = former
        self.assertFalse(self.is_in(other))

    def test_next_leads_to_no_other_host(self):
        for number, target in enumerate(
            ("https://evil.example/", "//evil.example", "javascript:1")
        ):
            with self.subTest(target=target):
                app, _ = give_app(make_staff(f"staff{number}", "pass123"))
                client = Client()
                self.log_in(client, f"staff{number}")
                response = client.post(GIVE, {"code": app.code(), "next": target})
                self.assertRedirects(response, ADMIN, fetch_redirect_response=False)

    def test_a_wrong_code_opens_nothing_and_counts_as_a_failed_log_in(self):
        app, _ = give_app(self.staff)
        self.log_in()
        with self.assertLogs("security", "INFO") as log:
            response = self.give(app.wrong_code())
        self.assertContains(response, "The code is wrong")
        self.assertIn("Failed log-in 'staff'", log.output[0])
        self.assertFalse(self.is_in())

    def test_no_code_is_no_failure(self):
        give_app(self.staff)
        self.log_in()
        for body in ({}, {"code": ""}, {"code": "x" * 41}, {"answer": "x" * 20_001}):
            with self.subTest(body=body), self.assertNoLogs("security", "INFO"):
                self.assertEqual(self.client.post(GIVE, body).status_code, 200)
        self.assertFalse(self.is_in())

    def test_made_up_answers_of_a_security_key_open_nothing(self):
        give_app(self.staff)
        self.log_in()
        for answer in ("x", "[]", "{}", "null", '{"id": "x"}', "[" * 9000, '{"response": 1}'):
            with self.subTest(answer=answer[:20]):
                client = Client()
                self.log_in(client)
                client.get(GIVE)
                response = client.post(GIVE, {"answer": answer})
                self.assertContains(response, "not accepted")
                self.assertFalse(self.is_in(client))

    def test_the_fifth_wrong_code_locks_out(self):
        app, _ = give_app(self.staff)
        self.log_in()
        with mock.patch.object(TOTPDevice, "verify_is_allowed", return_value=(True, None)):
            answers = [self.give(app.wrong_code()) for _ in range(5)]
            self.assertEqual([each.status_code for each in answers], [200] * 4 + [429])
            self.assertEqual(self.give(app.code()).status_code, 429)
        self.assertTemplateUsed(answers[-1], "locked_out.html")
        self.assertFalse(self.is_in())

    def test_codes_count_with_the_password_checks_of_the_address(self):
        app, _ = give_app(self.staff)
        self.log_in()
        with rates(login="2/min"):
            for _ in range(2):
                self.client.post(GIVE, {})
            response = self.give(app.code())
        self.assertEqual(response.status_code, 429)
        self.assertTemplateUsed(response, "try_later.html")

    def test_a_session_of_before_has_to_give_the_first_factor(self):
        self.log_in()
        self.assertTrue(self.is_in())
        app, _ = give_app(self.staff)
        self.assertFalse(self.is_in())
        self.give(app.code())
        self.assertTrue(self.is_in())

    def test_another_log_in_has_to_give_the_factor_again(self):
        app, _ = give_app(self.staff)
        self.log_in()
        self.give(app.code())
        self.log_in()
        self.assertFalse(self.is_in())

    def test_a_removed_factor_ends_what_it_has_opened(self):
        app, _ = give_app(self.staff)
        other, _ = give_app(self.staff, "Tablet")
        self.log_in()
        self.give(app.code())
        self.assertTrue(self.is_in())
        remove_factor(user=self.staff, kind="app", pk=TOTPDevice.objects.get(key=app.key).pk)
        self.assertFalse(self.is_in())
        self.give(app.code())
        self.assertFalse(self.is_in())
        with mock.patch.object(TOTPDevice, "verify_is_allowed", return_value=(True, None)):
            self.give(other.code())
        self.assertTrue(self.is_in())

    def test_a_factor_costs_no_query_on_a_page(self):
        self.client.force_login(self.staff)
        with self.assertNumQueries(3):
            self.client.get(ADMIN)
        app, _ = give_app(self.staff)
        self.give(app.code())
        with self.assertNumQueries(3):
            self.client.get(ADMIN)


@override_settings(STAFF_SECOND_FACTOR="required")
class RequiredTests(FactorTestCase):
    def test_staff_without_a_factor_can_only_set_one_up(self):
        self.log_in()
        self.assertRedirects(self.client.get(f"{ADMIN}movies/"), f"{SET_UP}?next=/admin/movies/")
        for name, path in urls_of_the_admin():
            if name in ("login", "logout") or path.startswith((SET_UP, CONFIRM)):
                continue
            for method in ("get", "post"):
                with self.subTest(path=path, method=method):
                    response = getattr(self.client, method)(path)
                    self.assertEqual(response.status_code, 302)
                    self.assertTrue(response.url.startswith(f"{SET_UP}?next="), response.url)
        for path in (SET_UP, f"{SET_UP}app/", f"{SET_UP}key/", CONFIRM):
            response = self.client.get(path)
            self.assertEqual(response.status_code, 200)
            self.assertNotContains(response, USERS)
            self.assertNotContains(response, "nav-sidebar")

    def test_the_admin_opens_once_a_factor_is_set_up(self):
        self.log_in()
        app = self.add_app()
        self.assertTrue(self.is_in())
        client = Client()
        self.log_in(client)
        self.assertFalse(self.is_in(client))
        client.post(GIVE, {"code": app.code(STEP)})
        self.assertTrue(self.is_in(client))

    def add_app(self):
        self.client.get(f"{SET_UP}app/")
        app = App(self.client.session["app_key_to_add"])
        self.client.post(f"{SET_UP}app/", {"name": "Telephone", "code": app.code()})
        return app


class CodeTests(TestCase):
    """The rules about codes, at the service."""

    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff()
        cls.app, cls.recovery_codes = give_app(cls.staff)

    def check(self, code):
        return codes.check_code(user=self.staff, code=code)

    def test_a_code_of_the_app_works_once(self):
        code = self.app.code()
        self.assertTrue(self.check(f" {code[:3]} {code[3:]}"))
        self.assertFalse(self.check(code))

    def test_a_recovery_code_works_once_in_any_spelling(self):
        self.assertEqual(len(set(self.recovery_codes)), 10)
        self.assertTrue(self.check(self.recovery_codes[0].upper().replace("-", " ")))
        self.assertFalse(self.check(self.recovery_codes[0]))
        self.assertEqual(codes.recovery_codes_left(self.staff), 9)

    def test_recovery_codes_are_not_stored_as_they_are(self):
        stored = set(StaticToken.objects.values_list("token", flat=True))
        shown = {code.replace("-", "") for code in self.recovery_codes}
        self.assertFalse(stored & shown)
        self.assertFalse(any(self.check(token) for token in list(stored)[:1]))

    def test_codes_of_another_user_are_wrong(self):
        other, other_codes = give_app(make_staff("other"))
        self.assertFalse(self.check(other.code()))
        self.assertFalse(self.check(other_codes[0]))

    def test_what_is_no_code_is_wrong(self):
        for code in ("", "0", "１２３４５６", "-1", "é" * 40, "\ud800", "12345678"):
            with self.subTest(code=code):
                StaticDevice.objects.update(throttling_failure_count=0)
                self.assertFalse(self.check(code))

    def test_each_wrong_code_doubles_the_pause_up_to_four_minutes(self):
        for failures, seconds in ((0, 1), (1, 2), (4, 16), (8, 256), (30, 256)):
            with self.subTest(failures=failures):
                TOTPDevice.objects.update(
                    throttling_failure_count=failures, throttling_failure_timestamp=None
                )
                self.assertFalse(self.check(self.app.wrong_code()))
                with self.assertRaises(CodesPaused) as refused:
                    self.check(self.app.code())
                self.assertIn(refused.exception.retry_after, (seconds, seconds - 1))

    def test_a_right_code_ends_the_pauses_of_all_apps(self):
        other, _ = give_app(self.staff, "Tablet")
        self.assertTrue(self.check(other.code()))
        self.assertTrue(self.check(self.app.code()))

    def test_a_user_has_at_most_ten_factors(self):
        for _ in range(MAX_FACTORS - 1):
            give_app(self.staff)
        with self.assertRaises(InvalidInput):
            give_app(self.staff)

    def test_an_app_needs_its_code(self):
        for code in (self.app.code(), "", "000", "x" * 40):
            with self.subTest(code=code), self.assertRaises(InvalidInput):
                add_app(user=self.staff, key=App().key, code=code, name="x")
        self.assertEqual(len(factors_of(self.staff)), 1)

    def test_the_last_factor_takes_the_recovery_codes_along(self):
        (factor,) = factors_of(self.staff)
        user = remove_factor(user=self.staff, kind="app", pk=factor.pk)
        self.assertFalse(user.has_second_factor)
        self.assertFalse(StaticToken.objects.exists())

    def test_the_factor_of_another_user_cannot_be_removed(self):
        (factor,) = factors_of(self.staff)
        for kind in ("app", "key", "other"):
            with self.subTest(kind=kind), self.assertRaises(NotFound):
                remove_factor(user=make_staff(f"other-{kind}"), kind=kind, pk=factor.pk)

    def test_new_recovery_codes_replace_the_old_ones(self):
        new = make_recovery_codes(user=self.staff)
        self.assertFalse(self.check(self.recovery_codes[0]))
        StaticDevice.objects.update(throttling_failure_count=0)
        self.assertTrue(self.check(new[0]))


class CodeRaceTests(TransactionTestCase):
    def test_a_code_that_is_sent_at_once_works_once(self):
        staff = make_staff()
        app, recovery_codes = give_app(staff)
        for code in (app.code(), recovery_codes[0]):
            with self.subTest(code=code):

                def check(code=code):
                    try:
                        return codes.check_code(user=staff, code=code)
                    except CodesPaused:
                        return False

                self.assertEqual(sorted(at_once([check] * 4)), [False, False, False, True])


class SetUpTests(FactorTestCase):
    def setUp(self):
        self.staff.email, self.staff.email_verified = "staff@example.com", True
        self.staff.save()
        self.log_in()

    @contextmanager
    def told(self, subject):
        run_jobs()
        outgoing.outbox.clear()
        yield
        run_jobs()
        self.assertEqual([each.subject for each in outgoing.outbox], [subject])

    def new_app(self):
        self.client.get(f"{SET_UP}app/")
        return App(self.client.session["app_key_to_add"])

    def add(self, app, name="Telephone"):
        return self.client.post(f"{SET_UP}app/", {"name": name, "code": app.code()})

    def test_the_admin_links_to_the_page(self):
        self.assertContains(self.client.get(ADMIN), f'href="{SET_UP}"')

    def test_an_app_is_added_with_its_code_and_recovery_codes_are_shown_once(self):
        app = self.new_app()
        page = self.client.get(f"{SET_UP}app/")
        self.assertContains(page, "<svg")
        with (
            self.told("A second factor was added to your account"),
            self.assertLogs("security", "INFO") as log,
        ):
            response = self.add(app)
        self.assertRedirects(response, CODES, fetch_redirect_response=False)
        self.assertIn("Second factor added 'staff'", "\n".join(log.output))
        shown = re.findall("<code>(.*?)</code>", self.client.get(CODES).content.decode())
        self.assertEqual(len(shown), 10)
        self.assertRedirects(self.client.get(CODES), SET_UP)
        self.assertContains(self.client.get(SET_UP), "Telephone")
        self.assertTrue(codes.check_code(user=self.staff, code=shown[3]))

    def test_the_code_that_added_an_app_opens_no_session(self):
        app = self.new_app()
        self.add(app)
        self.log_in()
        self.assertContains(self.give(app.code()), "The code is wrong")

    def test_a_wrong_code_adds_nothing_and_keeps_the_key(self):
        app = self.new_app()
        body = {"name": "Telephone", "code": app.wrong_code()}
        response = self.client.post(f"{SET_UP}app/", body)
        self.assertContains(response, "This is not the code")
        self.assertEqual(self.client.session["app_key_to_add"], app.key)
        self.assertFalse(TOTPDevice.objects.exists())

    def test_the_key_is_not_in_the_audit_and_the_change_is(self):
        self.add(self.new_app())
        entry = Entry.objects.get(verb="add_factor")
        self.assertEqual(entry.after, {"kind": "authenticator app", "name": "Telephone"})
        self.assertEqual((entry.who, entry.object_id), ("staff", str(self.staff.pk)))
        everything = str(list(Entry.objects.values()))
        self.assertNotIn(TOTPDevice.objects.get().key, everything)

    def test_the_first_factor_ends_the_sessions_of_the_api(self):
        tokens_of(self.staff)
        self.add(self.new_app())
        self.assertFalse(Session.objects.live().exists())
        tokens_of(self.staff)
        self.add(self.new_app(), "Tablet")
        self.assertTrue(Session.objects.live().exists())

    def test_a_factor_is_removed_on_record(self):
        self.add(self.new_app())
        (factor,) = factors_of(self.staff)
        with (
            self.told("A second factor was removed from your account"),
            self.assertLogs("security", "INFO") as log,
        ):
            response = self.client.post(SET_UP, {"remove": f"app {factor.pk}"}, follow=True)
        self.assertContains(response, "You have none yet.")
        self.assertIn("Second factor removed 'staff'", "\n".join(log.output))
        self.assertEqual(Entry.objects.get(verb="remove_factor").before["name"], "Telephone")
        self.assertTrue(self.is_in())

    def test_made_up_buttons_change_nothing(self):
        self.add(self.new_app())
        for value in ("", "app", "app x", "app 999", "key 1", "x 1", "app " + "9" * 40, "app ²"):
            with self.subTest(value=value):
                response = self.client.post(SET_UP, {"remove": value, "do": value})
                self.assertRedirects(response, SET_UP)
        self.assertEqual(len(factors_of(self.staff)), 1)

    def test_new_recovery_codes_are_shown_and_on_record(self):
        self.add(self.new_app())
        response = self.client.post(SET_UP, {"do": "codes"}, follow=True)
        self.assertRedirects(response, CODES)
        self.assertTrue(Entry.objects.filter(verb="new_recovery_codes").exists())

    def test_every_page_needs_a_fresh_password(self):
        with later(16 * 60):
            for path in (SET_UP, f"{SET_UP}app/", f"{SET_UP}key/"):
                with self.subTest(path=path):
                    self.assertRedirects(self.client.get(path), f"{CONFIRM}?next={path}")

    def test_the_list_costs_five_queries_however_many_factors_there_are(self):
        for _ in range(2):
            give_app(self.staff)
            self.staff.refresh_from_db()
            session = self.client.session
            session["factor_stamp"] = self.staff.factor_stamp
            session.save()
            with self.assertNumQueries(5):
                self.client.get(SET_UP)

    def test_customers_have_no_such_pages(self):
        self.client.force_login(make_user("alice"))
        for path in (GIVE, SET_UP, f"{SET_UP}app/", f"{SET_UP}key/", CODES, CONFIRM):
            with self.subTest(path=path):
                self.assertRedirects(self.client.get(path), f"{LOGIN}?next={path}")

    def test_the_pages_of_the_packages_are_closed(self):
        for model in admin.site._registry:
            self.assertNotIn(
                model._meta.app_label, ("otp_totp", "otp_static", "django_otp_webauthn")
            )


class LostFactorTests(FactorTestCase):
    def setUp(self):
        self.boss = make_staff("boss", "pass123")
        give_app(self.staff)
        self.page = reverse("admin:accounts_user_remove_second_factor", args=[self.staff.pk])

    def test_a_superuser_removes_the_factor_of_another(self):
        self.log_in(username="boss")
        change = reverse("admin:accounts_user_change", args=[self.staff.pk])
        self.assertContains(self.client.get(change), self.page)
        self.assertContains(self.client.get(self.page), "Telephone, authenticator app")
        self.assertRedirects(self.client.post(self.page), change)
        self.staff.refresh_from_db()
        self.assertFalse(self.staff.has_second_factor)
        entry = Entry.objects.get(verb="remove_factors")
        self.assertEqual(
            (entry.who, entry.before), ("boss", {"factors": ["authenticator app Telephone"]})
        )
        self.assertNotContains(self.client.get(change), self.page)
        self.assertContains(self.client.post(self.page, follow=True), "It was removed before.")

    def test_its_button_has_the_colour_of_all_that_cannot_be_undone(self):
        """Django colours the one submit button of a page with this class."""
        self.log_in(username="boss")
        page = self.client.get(self.page)
        self.assertContains(page, "delete-confirmation")
        self.assertContains(page, '<input type="submit" value="Remove the second factor of staff">')

    def test_it_needs_a_fresh_password(self):
        self.log_in(username="boss")
        with later(16 * 60):
            self.assertRedirects(self.client.post(self.page), f"{CONFIRM}?next={self.page}")
        self.staff.refresh_from_db()
        self.assertTrue(self.staff.has_second_factor)

    def test_staff_who_are_no_superusers_cannot(self):
        clerk = make_user("clerk", is_staff=True)
        self.client.force_login(clerk)
        self.assertEqual(self.client.post(self.page).status_code, 403)

    def test_an_unknown_user_is_a_404(self):
        self.log_in(username="boss")
        for pk in ("0", "x", "9" * 30):
            response = self.client.get(f"{USERS}{pk}/second-factor/")
            self.assertEqual(response.status_code, 404)

    def test_a_command_removes_that_of_the_last_superuser(self):
        with mock.patch("sys.stdout"):
            call_command("remove_second_factor", "STAFF")
        self.staff.refresh_from_db()
        self.assertFalse(self.staff.has_second_factor)
        for name in ("staff", "nobody"):
            with self.assertRaises(CommandError):
                call_command("remove_second_factor", name)

    def test_it_ends_the_sessions_of_the_admin(self):
        app, _ = give_app(self.staff, "Tablet")
        opened, between = Client(), Client()
        for client in (opened, between):
            self.log_in(client)
        opened.post(GIVE, {"code": app.code()})
        self.assertTrue(self.is_in(opened))
        remove_all_factors(user=self.staff)
        for client in (opened, between):
            page = client.get(ADMIN, follow=True)
            self.assertContains(page, "your second factor was removed")
            self.assertFalse(self.is_in(client))

    def test_it_ends_the_sessions_of_the_api(self):
        tokens_of(self.staff)
        remove_all_factors(user=self.staff)
        self.assertFalse(Session.objects.live().exists())


class PersonalDataTests(TestCase):
    def test_a_former_member_of_staff_exports_and_erases_factors_without_their_keys(self):
        user = make_user("alice", "pass123")
        app, _ = give_app(user)
        exported = export_data(user)
        (factor,) = exported["second_factors"]
        self.assertEqual((factor["kind"], factor["name"]), ("authenticator app", "Telephone"))
        self.assertNotIn(app.key, str(exported))
        erase_user(user=user)
        user.refresh_from_db()
        self.assertFalse(user.has_second_factor)
        for model in (TOTPDevice, StaticDevice, StaticToken):
            self.assertFalse(model.objects.exists())
