"""How long a session of the admin lasts, and what needs a password that was given lately."""

from unittest import mock

from django.contrib.auth.models import Group, Permission
from django.contrib.messages import get_messages
from django.contrib.sessions.models import Session
from django.test import Client, TestCase, override_settings

from accounts import staff_sessions
from accounts.models import User
from bookings.models import Order
from movies.models import StaffCinema
from testing.builders.accounts import make_staff, make_user
from testing.builders.bookings import make_order
from testing.builders.movies import make_cinema, make_show
from testing.second_factor import give_app
from testing.throttles import rates

ADMIN, LOGIN, CONFIRM = "/admin/", "/admin/login/", "/admin/confirm/"
USERS, GROUPS = "/admin/accounts/user/", "/admin/auth/group/"
MINUTE, HOUR = 60, 60 * 60


def later(seconds):
    """Within this context the clock of the admin's sessions is so much later."""
    now = staff_sessions._now()
    return mock.patch.object(staff_sessions, "_now", return_value=now + seconds)


class StaffTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff("staff", "pass123")

    def setUp(self):
        self.client.force_login(self.staff)

    def messages(self, response):
        return [str(each) for each in get_messages(response.wsgi_request)]


class SessionTests(StaffTestCase):
    def assert_ended(self, response, sentence, path=ADMIN):
        self.assertRedirects(response, f"{LOGIN}?next={path}", fetch_redirect_response=False)
        page = self.client.get(response.url)
        self.assertContains(page, sentence)
        self.assertNotIn("_auth_user_id", self.client.session)

    def test_a_session_ends_after_half_an_hour_without_use(self):
        with later(30 * MINUTE):
            response = self.client.get(f"{USERS}?q=x")
        sentence = "because it was not used for 30 minutes"
        self.assert_ended(response, sentence, f"{USERS}%3Fq%3Dx")

    def test_a_session_that_is_used_ends_after_eight_hours(self):
        for minutes in range(20, 8 * 60, 20):
            with later(minutes * MINUTE):
                self.assertEqual(self.client.get(ADMIN).status_code, 200, minutes)
        with later(8 * HOUR):
            response = self.client.get(ADMIN)
        self.assert_ended(response, "Your session has ended after 8 hours.")

    @override_settings(STAFF_SESSION_HOURS=1, STAFF_IDLE_MINUTES=1)
    def test_both_times_are_settings(self):
        with later(59):
            self.assertEqual(self.client.get(ADMIN).status_code, 200)
        with later(60):
            self.assert_ended(self.client.get(ADMIN), "not used for 1 minute.")

    def test_a_form_that_comes_too_late_changes_nothing_and_the_page_says_so(self):
        with later(31 * MINUTE):
            response = self.client.post("/admin/movies/genre/add/", {"name": "Noir"})
        self.assert_ended(response, "not used for 30 minutes", "/admin/movies/genre/add/")

    def test_use_is_written_at_most_once_a_minute(self):
        def saved():
            return Session.objects.get().session_data

        before = saved()
        with later(59), self.assertNumQueries(3):
            self.client.get(ADMIN)
        self.assertEqual(saved(), before)
        with later(60):
            self.client.get(ADMIN)
        self.assertNotEqual(saved(), before)

    def test_a_session_of_a_former_version_ends(self):
        session = self.client.session
        del session[staff_sessions.BEGAN]
        session.save()
        self.assert_ended(self.client.get(ADMIN), "Log in again.")

    def test_a_log_in_of_the_api_does_not_prolong_the_session_of_the_admin(self):
        before = self.client.session[staff_sessions.BEGAN]
        with later(10 * MINUTE):
            body = {"username": "staff", "password": "pass123"}
            response = self.client.post("/api/auth/login/", body, content_type="application/json")
        self.assertEqual(response.status_code, 200)
        self.assertEqual(self.client.session[staff_sessions.BEGAN], before)
        self.assertEqual(self.client.session[staff_sessions.CONFIRMED], before)

    def test_the_cookie_and_the_row_end_with_the_session(self):
        self.client.cookies.clear()
        with override_settings(SESSION_COOKIE_AGE=8 * HOUR):
            self.client.post(LOGIN, {"username": "staff", "password": "pass123", "next": ADMIN})
        self.assertLessEqual(self.client.cookies["sessionid"]["max-age"], 8 * HOUR)


class ConfirmTests(StaffTestCase):
    def confirm(self, client=None, **body):
        body = {"password": "pass123", "next": USERS, **body}
        return (client or self.client).post(CONFIRM, body)

    def is_fresh(self):
        return self.client.get("/admin/second-factor/set-up/").status_code == 200

    def test_a_log_in_counts_for_a_quarter_of_an_hour(self):
        with later(15 * MINUTE - 1):
            self.assertTrue(self.is_fresh())
        with later(15 * MINUTE):
            self.assertFalse(self.is_fresh())

    def test_the_password_makes_the_session_fresh_and_leads_back(self):
        with later(20 * MINUTE):
            self.assertRedirects(self.confirm(), USERS)
            self.assertTrue(self.is_fresh())

    def test_a_wrong_password_does_not_and_counts_as_a_failed_log_in(self):
        with later(20 * MINUTE):
            with self.assertLogs("security", "INFO"):
                response = self.confirm(password="wrong")
            self.assertContains(response, "This is not your password.")
            self.assertFalse(self.is_fresh())

    def test_nothing_is_no_failed_log_in(self):
        with self.assertNoLogs("security", "INFO"):
            self.assertEqual(self.confirm(password="").status_code, 200)

    def test_a_user_with_a_factor_gives_it_too(self):
        app, recovery_codes = give_app(self.staff)
        session = self.client.session
        session[staff_sessions.FACTOR] = self.staff.factor_stamp
        session.save()
        with later(20 * MINUTE):
            self.assertContains(self.confirm(), "Enter a code")
            self.assertContains(self.confirm(code=app.wrong_code()), "The code is wrong")
            self.assertContains(self.confirm(password="x", code=recovery_codes[0]), "not your")
            self.assertFalse(self.is_fresh())
            self.assertRedirects(self.confirm(code=recovery_codes[0]), USERS)
            self.assertTrue(self.is_fresh())

    def test_it_leads_to_no_other_host(self):
        response = self.confirm(next="https://evil.example/")
        self.assertRedirects(response, ADMIN)

    def test_the_fifth_wrong_password_locks_out(self):
        answers = [self.confirm(password="wrong").status_code for _ in range(5)]
        self.assertEqual(answers, [200] * 4 + [429])
        self.assertEqual(self.confirm().status_code, 429)

    def test_it_counts_with_the_password_checks_of_the_address(self):
        with rates(login="1/min"):
            self.confirm()
            response = self.confirm()
        self.assertEqual(response.status_code, 429)
        self.assertTemplateUsed(response, "try_later.html")


class FreshActsTests(StaffTestCase):
    """The acts that need a fresh password: stale, nothing happens, and the page leads back."""

    def assert_asked(self, response, path):
        self.assertRedirects(response, f"{CONFIRM}?next={path}", fetch_redirect_response=False)
        page = self.client.get(response.url)
        self.assertContains(page, "Nothing was changed. Give your password first")
        self.assertContains(page, f'value="{path}"')

    def assert_only_fresh(self, path, body, is_done):
        with later(16 * MINUTE):
            self.assert_asked(self.client.post(path, body), path)
            self.assertFalse(is_done())
            self.client.post(CONFIRM, {"password": "pass123"})
            self.client.post(path, body)
        self.assertTrue(is_done())

    def test_a_show_is_cancelled(self):
        show = make_show()
        path = f"/admin/bookings/booking/show/{show.pk}/"

        def is_done():
            show.refresh_from_db()
            return show.is_cancelled

        self.assert_only_fresh(path, {"do": "cancel", "cancel_reason": "Flood"}, is_done)

    def test_an_order_is_refunded_in_full(self):
        order = make_order(user=make_user("alice"), show=make_show())
        path = "/admin/bookings/order/"
        body = {"action": "cancel_in_full", "_selected_action": [order.pk]}

        def is_done():
            return Order.objects.get(pk=order.pk).status == "cancelled"

        self.assert_only_fresh(path, {**body, "reason": "Ill"}, is_done)

    def test_the_first_page_of_a_full_refund_asks_already(self):
        order = make_order(user=make_user("alice"), show=make_show())
        path = "/admin/bookings/order/"
        body = {"action": "cancel_in_full", "_selected_action": [order.pk]}
        with later(16 * MINUTE):
            self.assert_asked(self.client.post(path, body), path)

    def test_a_refund_by_the_rule_does_not_need_it(self):
        order = make_order(user=make_user("alice"), show=make_show())
        body = {"action": "cancel_by_rule", "_selected_action": [order.pk], "reason": "Ill"}
        with later(16 * MINUTE):
            self.client.post("/admin/bookings/order/", body)
        self.assertEqual(Order.objects.get(pk=order.pk).status, "cancelled")

    def user_form(self, user, **changes):
        body = {"username": user.username, "is_active": "on"}
        body |= {"date_joined_0": "2026-01-01", "date_joined_1": "12:00:00"}
        return body | changes

    def test_rights_of_a_user_are_changed(self):
        group = Group.objects.create(name="Projectionists")
        permission = Permission.objects.first()
        for number, changes in enumerate(
            (
                {"is_staff": "on"},
                {"is_superuser": "on"},
                {"groups": [group.pk]},
                {"user_permissions": [permission.pk]},
            )
        ):
            with self.subTest(changes=changes):
                user = make_user(f"user{number}")
                path = f"{USERS}{user.pk}/change/"

                def is_done(pk=user.pk):
                    user = User.objects.get(pk=pk)
                    rights = user.groups.exists() or user.user_permissions.exists()
                    return user.is_staff or user.is_superuser or rights

                self.assert_only_fresh(path, self.user_form(user, **changes), is_done)
                self.client = Client()
                self.client.force_login(self.staff)

    def test_a_member_of_staff_is_limited_to_a_cinema(self):
        clerk, cinema = make_user("clerk", is_staff=True), make_cinema()
        prefix = "staff_cinemas"
        body = self.user_form(clerk, is_staff="on", date_joined_0="2026-01-01")
        body |= {f"{prefix}-TOTAL_FORMS": "1", f"{prefix}-INITIAL_FORMS": "0"}
        body |= {f"{prefix}-0-cinema": cinema.pk, f"{prefix}-0-user": clerk.pk}
        is_done = StaffCinema.objects.filter(user=clerk).exists
        self.assert_only_fresh(f"{USERS}{clerk.pk}/change/", body, is_done)

    def test_a_name_of_a_user_does_not_need_it(self):
        user = make_user("alice")
        with later(16 * MINUTE):
            body = self.user_form(user, first_name="Alice")
            self.client.post(f"{USERS}{user.pk}/change/", body)
        user.refresh_from_db()
        self.assertEqual(user.first_name, "Alice")

    def test_permissions_of_a_group_are_changed(self):
        group = Group.objects.create(name="Projectionists")
        body = {"name": group.name, "permissions": [Permission.objects.first().pk]}
        path = f"{GROUPS}{group.pk}/change/"
        self.assert_only_fresh(path, body, group.permissions.exists)

    def test_a_group_with_permissions_is_added(self):
        body = {"name": "New", "permissions": [Permission.objects.first().pk]}
        is_done = Group.objects.filter(name="New").exists
        self.assert_only_fresh(f"{GROUPS}add/", body, is_done)

    def test_a_group_is_deleted(self):
        group = Group.objects.create(name="Projectionists")
        is_done = lambda: not Group.objects.filter(pk=group.pk).exists()  # noqa: E731
        self.assert_only_fresh(f"{GROUPS}{group.pk}/delete/", {"post": "yes"}, is_done)

    def test_groups_are_deleted_by_the_action(self):
        group = Group.objects.create(name="Projectionists")
        body = {"action": "delete_selected", "_selected_action": [group.pk], "post": "yes"}
        is_done = lambda: not Group.objects.filter(pk=group.pk).exists()  # noqa: E731
        self.assert_only_fresh(GROUPS, body, is_done)
