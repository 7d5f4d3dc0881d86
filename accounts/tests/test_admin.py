from django.conf import settings
from django.contrib.auth.models import Permission
from django.test import TestCase
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from accounts.models import User
from testing.builders.accounts import make_staff, make_user

LOGIN, USERS = "/admin/login/", "/admin/accounts/user/"


class AdminLoginTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        make_staff("staff", "pass123")
        make_user("alice", "pass123")

    def log_in(self, username="staff", password="pass123"):
        return self.client.post(
            f"{LOGIN}?next=/admin/", {"username": username, "password": password}
        )

    def test_staff_log_in_and_see_the_admin(self):
        self.assertRedirects(self.log_in(), "/admin/")
        self.assertContains(self.client.get("/admin/"), "Users")

    def test_a_customer_cannot_log_in(self):
        self.assertContains(self.log_in("alice"), "staff account")
        self.assertRedirects(self.client.get("/admin/"), f"{LOGIN}?next=/admin/")

    def test_the_fifth_failure_locks_out_with_a_page_and_429(self):
        for _ in range(settings.AXES_FAILURE_LIMIT):
            response = self.log_in(password="wrong")
        self.assertEqual(response.status_code, 429)
        self.assertTemplateUsed(response, "locked_out.html")
        self.assertContains(response, "Try again in 15 minutes.", status_code=429)
        self.assertEqual(self.log_in().status_code, 429)
        self.assertNotIn("_auth_user_id", self.client.session)

    def test_the_lock_out_page_has_retry_after(self):
        for _ in range(settings.AXES_FAILURE_LIMIT):
            response = self.log_in(password="wrong")
        self.assertIn("Retry-After", response.headers)

    def test_failures_in_the_api_count_for_the_admin(self):
        for _ in range(settings.AXES_FAILURE_LIMIT):
            self.client.post(
                "/api/auth/login/",
                {"username": "staff", "password": "wrong"},
                content_type="application/json",
            )
        self.assertEqual(self.log_in().status_code, 429)


class AdminUsersTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff()
        cls.alice = make_user("alice", email="alice@example.com")

    def setUp(self):
        self.client.force_login(self.staff)

    def test_the_list_shows_every_user(self):
        response = self.client.get(USERS)
        self.assertContains(response, "alice@example.com")
        self.assertContains(response, "2 users")

    def test_the_list_costs_nine_queries_however_many_users_there_are(self):
        for number in range(2):
            with self.subTest(number=number), self.assertNumQueries(9):
                self.client.get(USERS)
            for name in range(10):
                make_user(f"user{number}{name}")

    def test_a_user_is_found_by_email(self):
        response = self.client.get(USERS, {"q": "ALICE@example"})
        self.assertContains(response, "1 user")

    def test_staff_add_a_user_who_can_log_in(self):
        response = self.client.post(
            f"{USERS}add/",
            {
                "username": "bob",
                "usable_password": "true",
                "password1": "pass123",
                "password2": "pass123",
            },
        )
        bob = User.objects.get(username="bob")
        self.assertRedirects(response, f"{USERS}{bob.pk}/change/")
        self.assertTrue(bob.check_password("pass123"))

    def test_a_taken_email_is_rejected_whatever_its_case(self):
        url = f"{USERS}{self.staff.pk}/change/"
        response = self.client.post(
            url,
            {
                "username": "staff",
                "email": "ALICE@example.com",
                "is_active": "on",
                "is_staff": "on",
                "date_joined_0": "2026-01-01",
                "date_joined_1": "12:00:00",
            },
        )
        self.assertContains(response, "Another account has this e-mail address.")
        self.staff.refresh_from_db()
        self.assertEqual(self.staff.email, "")

    def test_tokens_of_customers_have_no_page(self):
        token = OutstandingToken.objects.create(jti="1", token="x", expires_at=timezone.now())
        for model in ("outstandingtoken", "blacklistedtoken"):
            for url in (f"{model}/", f"{model}/{token.pk}/change/"):
                with self.subTest(url=url):
                    response = self.client.get(f"/admin/token_blacklist/{url}")
                    self.assertEqual(response.status_code, 404)

    def test_a_page_for_one_user_renders(self):
        for url in (f"{USERS}add/", f"{USERS}{self.alice.pk}/change/"):
            with self.subTest(url=url):
                self.assertEqual(self.client.get(url).status_code, 200)


class ClerkTests(TestCase):
    """A member of staff with every permission on users, but not a superuser."""

    @classmethod
    def setUpTestData(cls):
        cls.clerk = make_user("clerk", is_staff=True)
        cls.clerk.user_permissions.set(Permission.objects.filter(content_type__model="user"))
        cls.customer, cls.boss = make_user("customer"), make_staff("boss")

    def setUp(self):
        self.client.force_login(self.clerk)

    def test_a_clerk_cannot_grant_rights(self):
        path = f"{USERS}{self.customer.pk}/change/"
        body = {"username": "renamed", "is_active": "on", "date_joined_0": "2026-01-01"}
        body |= {"date_joined_1": "12:00", "is_staff": "on", "is_superuser": "on"}
        body["user_permissions"] = list(Permission.objects.values_list("pk", flat=True))

        self.assertEqual(self.client.post(path, body).status_code, 302)

        self.customer.refresh_from_db()
        self.assertEqual(self.customer.username, "renamed")
        self.assertFalse(self.customer.is_staff or self.customer.is_superuser)
        self.assertFalse(self.customer.user_permissions.exists())

    def test_a_clerk_cannot_change_staff(self):
        for user in (self.boss, self.clerk):
            before = User.objects.filter(pk=user.pk).values().get()
            for path in ("change/", "password/", "delete/"):
                body = {"password1": "pass123", "password2": "pass123", "post": "yes"}
                response = self.client.post(f"{USERS}{user.pk}/{path}", body)
                self.assertEqual(response.status_code, 403, path)
            self.assertEqual(User.objects.filter(pk=user.pk).values().get(), before)
        self.assertEqual(self.client.get(f"{USERS}{self.boss.pk}/change/").status_code, 200)
