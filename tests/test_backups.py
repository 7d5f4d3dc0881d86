"""`backup` and `restore_check`, on the database of the tests."""

import stat
import tempfile
from io import StringIO
from pathlib import Path
from unittest import mock

from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import TransactionTestCase, tag

from accounts.models import User
from bookings.models import Booking
from core.db.backups import back_up, restored
from testing.builders.accounts import make_user
from testing.builders.movies import make_show
from testing.sales import CustomerRequests


def tables():
    """Return {table: its rows as text, sorted}."""
    with connection.cursor() as cursor:
        found = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            found[table] = sorted(map(repr, cursor.fetchall()))
    return found


@tag("slow")
class BackupTests(CustomerRequests, TransactionTestCase):
    def setUp(self):
        super().setUp()
        self.show, self.customer = make_show(), make_user()
        for seat in ("1", "2"):
            response = self.ask("book", user=self.customer, seat_number=seat)
            self.assertEqual(response.status_code, 201, response.content)
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.file = Path(folder) / "copy"

    def restore_check(self, file):
        out = StringIO()
        call_command("restore_check", file, stdout=out)
        return out.getvalue()

    def test_a_restored_backup_has_every_row_of_the_original(self):
        original = tables()
        call_command("backup", self.file, stdout=StringIO())
        make_user("later")
        with restored(self.file):
            copy = tables()
        self.assertEqual(copy, original)
        self.assertEqual(len(copy["bookings_booking"]), 2)
        self.assertTrue(User.objects.filter(username="later").exists())
        self.assertEqual(stat.S_IMODE(self.file.stat().st_mode), 0o600)
        self.assertEqual([*self.file.parent.iterdir()], [self.file])

    def test_the_check_restores_and_verifies(self):
        back_up(self.file)
        told = self.restore_check(self.file)
        self.assertRegex(told, r"Restored .*copy, 0 minutes old: [1-9]\d* rows in \d\d tables\.")
        self.assertIn("All is well: 2 orders, 2 bookings", told)
        self.assertEqual(Booking.objects.count(), 2)  # the usual database is back

    def test_the_check_finds_wrong_data(self):
        Booking.objects.filter(seat_number="1").update(price="99.00")
        back_up(self.file)
        with self.assertRaisesMessage(CommandError, "findings in"):
            self.restore_check(self.file)
        self.assertEqual(Booking.objects.count(), 2)

    def test_a_file_that_is_no_backup_is_refused(self):
        back_up(self.file)
        content = self.file.read_bytes()
        for name, broken in [
            ("nothing", b""),
            ("words", b"This is no backup." * 1000),
            ("a half", content[: len(content) // 2]),
        ]:
            with self.subTest(name):
                file = self.file.parent / "broken"
                file.write_bytes(broken)
                with self.assertRaises(CommandError):
                    self.restore_check(file)
        with self.assertRaisesMessage(CommandError, "There is no backup"):
            self.restore_check(self.file.parent / "missing")
        self.assertEqual(Booking.objects.count(), 2)
        self.assertEqual(self.leftovers(), [])

    def leftovers(self):
        if connection.vendor == "sqlite":
            return []
        with connection.cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'restore_check_%'")
            return cursor.fetchall()

    def test_a_backup_overwrites_nothing_and_leaves_no_half_of_itself(self):
        self.file.write_text("important")
        with self.assertRaisesMessage(CommandError, "exists already"):
            call_command("backup", self.file)
        self.assertEqual(self.file.read_text(), "important")
        with (
            mock.patch("core.db.backups.os.link", side_effect=OSError("the disk is full")),
            self.assertRaisesMessage(CommandError, "could not be written: the disk is full."),
        ):
            call_command("backup", self.file.parent / "other")
        with self.assertRaisesMessage(CommandError, "could not be written"):
            call_command("backup", self.file / "in" / "no" / "folder")
        self.assertEqual([*self.file.parent.iterdir()], [self.file])

    def test_a_database_without_tables_is_not_backed_up(self):
        with (
            mock.patch.object(connection.introspection, "table_names", return_value=[]),
            self.assertRaisesMessage(CommandError, "has no tables. Is DATABASE_URL the right one?"),
        ):
            call_command("backup", self.file)
        self.assertFalse(self.file.exists())

    def test_a_sale_that_is_not_committed_neither_waits_nor_is_in_the_backup(self):
        with transaction.atomic():
            make_user("later")
            if connection.vendor == "postgresql":
                back_up(self.file)  # pg_dump has a connection of its own
        if connection.vendor == "sqlite":
            back_up(self.file)
        with restored(self.file):
            found = User.objects.filter(username="later").exists()
        self.assertIs(found, connection.vendor == "sqlite")
