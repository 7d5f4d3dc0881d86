"""The security log: log-ins, passwords and rights, with name and address."""

from django.contrib.auth.models import Group
from django.test import Client, TestCase

from testing.builders.accounts import client_of, make_staff, make_user

PASSWORD = "a long enough one 4711"


class SecurityLogTests(TestCase):
    def lines(self, act):
        with self.assertLogs("security", "INFO") as logs:
            act()
        return [line.removeprefix("INFO:security:") for line in logs.output]

    def log_in(self, username, password):
        return self.client.post(
            "/api/auth/login/",
            {"username": username, "password": password},
            "application/json",
            REMOTE_ADDR="10.1.2.3",
        )

    def test_a_failed_log_in_has_name_and_address(self):
        make_user("alice", PASSWORD)
        for name in ("alice", "nobody"):
            self.assertEqual(
                self.lines(lambda name=name: self.log_in(name, "wrong")),
                [f"Failed log-in '{name}' from '10.1.2.3'"],
            )

    def test_a_name_cannot_start_a_line(self):
        [line] = self.lines(lambda: self.log_in("x\nFailed log-in 'alice'", "wrong"))
        self.assertNotIn("\n", line)

    def test_a_log_in_to_the_admin(self):
        make_user("boss", PASSWORD, is_staff=True)
        form = {"username": "boss", "password": "wrong"}
        act = lambda: Client(REMOTE_ADDR="10.1.2.3").post("/admin/login/", form)  # noqa: E731
        self.assertEqual(self.lines(act), ["Failed log-in 'boss' from '10.1.2.3'"])
        form["password"] = PASSWORD
        self.assertEqual(self.lines(act), ["Log-in 'boss' from '10.1.2.3'"])

    def test_a_new_password_and_a_log_out(self):
        alice = make_user("alice", PASSWORD)
        tokens = self.log_in("alice", PASSWORD).json()
        logout = lambda: self.client.post(  # noqa: E731
            "/api/auth/logout/", {"refresh": tokens["refresh"]}, "application/json"
        )
        self.assertEqual(self.lines(logout), ["Log-out 'alice' from '127.0.0.1'"])
        body = {"current_password": PASSWORD, "new_password": "another long one 4711"}
        change = lambda: client_of(alice).post("/api/auth/password/change/", body)  # noqa: E731
        self.assertEqual(self.lines(change), ["Password changed 'alice' from '127.0.0.1'"])

    def test_rights_that_staff_give(self):
        staff, bob = make_staff(), make_user("bob")
        group = Group.objects.create(name="Managers")
        client = Client()
        client.force_login(staff)
        form = {"username": "bob", "is_active": "on", "is_staff": "on", "groups": [group.pk]}
        form |= {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
        url = f"/admin/accounts/user/{bob.pk}/change/"
        lines = self.lines(lambda: client.post(url, form))
        self.assertIn("Rights changed 'bob' from '127.0.0.1'", lines)
        bob.refresh_from_db()
        self.assertTrue(bob.is_staff)
