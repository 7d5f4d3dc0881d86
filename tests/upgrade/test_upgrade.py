"""An old database with data migrates to this version, and one that cannot stops with a sentence."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test import SimpleTestCase, tag

from tests.test_settings import manage
from tests.upgrade.databases import SpareDatabase, dumps

# Tables in which migrating adds rows.
UNVERIFIED = "SELECT count(*) FROM accounts_user WHERE email <> '' AND NOT email_verified"
GROWING = {
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
}

LOG_INS = """
from django.test import Client
client = Client(headers={"host": "localhost"})
for name in ("twin", "Twin", "TWIN", "tw\u0456n"):
    body = {"username": name, "password": "pass123"}
    print(client.post("/api/auth/login/", body, content_type="application/json").status_code)
from accounts.models import User
keys = User.objects.filter(username__iexact="twin").values_list("username", "username_key")
print(sorted(keys, key=str))
"""
STATUSES = """
from django.test import Client
client = Client(headers={"host": "localhost"})
for path in ("/readyz", "/api/shows/", "/api/movies/", "/api/cinemas/"):
    print(client.get(path).status_code)
"""


@tag("slow")
class UpgradeTests(SpareDatabase, SimpleTestCase):
    def manage(self, *arguments):
        return manage(*arguments, DATABASE_URL=self.url)

    def assert_passes(self, *arguments):
        """Run manage.py with these arguments, and return its output."""
        done = self.manage(*arguments)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def assert_refused(self, *arguments):
        """Assert that manage.py stops with core.E001 and without a traceback; return the error."""
        done = self.manage(*arguments)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertEqual(done.stderr.count("(core.E001)"), 1, done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        return done.stderr

    def test_the_database_of_each_release_migrates_and_keeps_its_rows(self):
        self.assertTrue(dumps())
        for dump in dumps():
            with self.subTest(dump=dump.name):
                self.load(dump)
                before = self.count_rows()
                self.assert_passes("migrate", "--verbosity", "0")
                self.assert_passes("check", "--database", "default")
                self.assertIn("All is well", self.assert_passes("verify_integrity"))
                answers = self.assert_passes("shell", "--no-imports", "-c", STATUSES)
                self.assertEqual(answers.split(), ["200"] * 4)

                self.database.check_constraints()
                after = self.count_rows()
                for table in before:
                    grown = after[table] - before[table]
                    self.assertGreaterEqual(grown, 0, table)
                    if table not in GROWING:
                        self.assertEqual(grown, 0, table)
                with self.database.cursor() as cursor:
                    cursor.execute(UNVERIFIED)
                    self.assertEqual(cursor.fetchone(), (0,))

    def test_users_of_one_name_in_two_spellings_go_on_logging_in(self):
        password = PBKDF2PasswordHasher().encode("pass123", "salt", iterations=1)
        for dump in dumps():
            with self.subTest(dump=dump.name):
                self.load(dump)
                for name in ("Twin", "twin"):
                    self.rows(
                        "INSERT INTO accounts_user (password, is_superuser, username, first_name, "  # noqa: S608
                        "last_name, email, is_staff, is_active, date_joined) VALUES "
                        f"('{password}', FALSE, '{name}', '', '', '', FALSE, TRUE, '2026-01-01')"
                    )
                self.database.close()
                self.assert_passes("migrate", "--verbosity", "0")
                printed = self.assert_passes("shell", "--no-imports", "-c", LOG_INS).splitlines()
                # Any other spelling is that of the older one.
                self.assertEqual(printed[:4], ["200"] * 4)
                self.assertEqual(printed[4], "[('Twin', 'twin'), ('twin', None)]")

    def test_the_dump_of_each_release_has_orders_and_bookings_in_every_status(self):
        for dump in dumps():
            with self.subTest(dump=dump.name):
                self.load(dump)
                self.assertEqual(
                    self.rows("SELECT DISTINCT status FROM bookings_order ORDER BY status"),
                    [("booked",), ("cancelled",), ("expired",), ("held",)],
                )
                self.assertEqual(
                    self.rows("SELECT DISTINCT status FROM bookings_booking ORDER BY status"),
                    [("blocked",), ("booked",), ("cancelled",), ("expired",), ("held",)],
                )
                self.assertEqual(
                    self.rows("SELECT COUNT(*) FROM movies_show WHERE cancelled_at IS NOT NULL"),
                    [(1,)],
                )
                self.assertGreater(self.count_rows()["core_idempotencyrecord"], 0)

    def test_a_database_from_before_the_first_release_gets_one_sentence_with_the_remedy(self):
        self.load(dumps()[0])
        self.rows("ALTER TABLE movies_movie DROP COLUMN poster_url")
        self.rows("DELETE FROM django_migrations WHERE app = 'bookings'")
        before = self.count_rows()

        for command in (["migrate"], ["migrate", "movies"], ["check", "--database", "default"]):
            with self.subTest(command=command):
                error = self.assert_refused(*command)
                self.assertIn("(missing: movies_movie.poster_url)", error)
                self.assertIn("before version 0.1.0 cannot be migrated. Make a new one: ", error)
        self.assertEqual(self.count_rows(), before)

    def test_an_empty_or_half_migrated_database_passes(self):
        self.assert_passes("check", "--database", "default")
        self.assert_passes("migrate", "movies", "--verbosity", "0")
        self.assert_passes("check", "--database", "default")
        self.assert_passes("migrate", "--verbosity", "0")
        self.assert_passes("check", "--database", "default")
