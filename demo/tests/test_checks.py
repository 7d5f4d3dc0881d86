"""The deploy check of the demo accounts."""

from unittest import mock

from django.db import DatabaseError
from django.test import TestCase

from accounts.models import User
from demo.accounts import load_accounts
from demo.checks import no_public_passwords


class PublicPasswordTests(TestCase):
    def test_accounts_with_their_public_passwords_are_reported(self):
        load_accounts()
        found = no_public_passwords(None)
        self.assertEqual({error.id for error in found}, {"demo.E001"})
        self.assertEqual(
            [error.msg for error in found],
            [
                f"The demo account {name} still has its public password."
                for name in ("demo", "staff")
            ],
        )

    def test_changed_passwords_inactive_and_missing_accounts_pass(self):
        self.assertEqual(no_public_passwords(None), [])
        demo, staff = load_accounts()
        demo.set_password("another-pass456")
        demo.save(update_fields=["password"])
        staff.is_active = False
        staff.save(update_fields=["is_active"])
        self.assertEqual(no_public_passwords(None), [])

    def test_unreachable_database_passes(self):
        with mock.patch.object(User.objects, "filter", side_effect=DatabaseError):
            self.assertEqual(no_public_passwords(None), [])
