"""The two roles of deploy/postgresql/roles.sql on a real server: one migrates, the other serves."""

import os
import subprocess
import sys
from unittest import TestCase, skipUnless

import psycopg
from django.db import connection
from django.test import tag
from psycopg.conninfo import make_conninfo

from tests.test_settings import BASE_DIR

NAME = "roles_of_tickets"
SALE = """
from django.core.management import call_command
call_command("load_demo", verbosity=0)
from django.contrib.auth import get_user_model
from django.test import Client
from movies.models import Show
shop = Client(headers={"Host": "127.0.0.1"})
def post(url, status, body, **headers):
    answer = shop.post(url, body, "application/json", headers=headers)
    assert answer.status_code == status, answer.content
    return answer.json()
customer = {"username": "customer", "password": "Long-Rabbit-7"}
post("/api/auth/signup/", 201, customer)
token = post("/api/auth/login/", 200, customer)["access"]
show = Show.objects.upcoming().first()
seats = shop.get(f"/api/shows/{show.pk}/seats/").json()["seats"]
seat = next(each["seat_number"] for each in seats if each["status"] == "available")
sent = {"Authorization": f"Bearer {token}", "Idempotency-Key": "one"}
booking = post(f"/api/shows/{show.pk}/book/", 201, {"seat_number": seat}, **sent)
assert booking["status"] == "booked", booking
call_command("tidy")
call_command("verify_integrity")
"""
REFUSED = [
    "CREATE TABLE mine (id integer)",
    "CREATE TEMPORARY TABLE mine (id integer)",
    "CREATE SCHEMA mine",
    "CREATE FUNCTION public.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "DROP TABLE bookings_booking",
    "ALTER TABLE bookings_booking ADD COLUMN mine integer",
    "ALTER TABLE bookings_booking DISABLE TRIGGER ALL",
    "DROP INDEX bookings_of_seat",
    "TRUNCATE bookings_booking CASCADE",
    "SET ROLE tickets_owner",
    "CREATE ROLE mine",
]


@tag("slow")
@skipUnless(connection.vendor == "postgresql", "SQLite has no roles")
class RoleTests(TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        info = connection.get_connection_params()
        cls.socket, cls.superuser = info["host"], info["user"]
        cls.server = cls.connect(cls.superuser, "postgres")
        cls.addClassCleanup(cls.server.close)

    def setUp(self):
        self.drop()
        self.addCleanup(self.drop)
        self.server.execute(f"CREATE DATABASE {NAME}")
        self.server.execute("CREATE ROLE stranger LOGIN")

    def drop(self):
        self.server.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        for role in ("tickets_owner", "tickets_runtime", "stranger"):
            self.server.execute(f"DROP ROLE IF EXISTS {role}")

    @classmethod
    def connect(cls, user, name=NAME):
        conninfo = make_conninfo(host=cls.socket, user=user, dbname=name)
        return psycopg.connect(conninfo, autocommit=True)

    def manage(self, role, *arguments, status=0):
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=BASE_DIR,
            env={
                "PATH": os.environ["PATH"],
                "ENV_FILE": "/dev/null",
                "DATABASE_URL": f"postgres://{role}@/{NAME}?host={self.socket}",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout + done.stderr

    def give_roles(self):
        """Run the file as its first lines say."""
        done = subprocess.run(
            ["psql", f"--host={self.socket}", f"--username={self.superuser}", f"--dbname={NAME}"]
            + ["--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
            + ["--file=deploy/postgresql/roles.sql"],
            cwd=BASE_DIR,
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_the_owner_migrates_and_the_runtime_role_serves_and_changes_no_table(self):
        self.give_roles()
        self.assertIn("permission denied", self.manage("tickets_runtime", "migrate", status=1))
        self.manage("tickets_owner", "migrate", "--verbosity=0")
        self.give_roles()  # again, as after an upgrade of this file
        self.manage("tickets_runtime", "migrate", "--verbosity=0")  # as `make serve` does
        told = self.manage("tickets_runtime", "shell", "--no-imports", "-c", SALE)
        self.assertIn("All is well", told)
        self.assert_refused()

    def assert_refused(self):
        with self.connect("tickets_runtime") as runtime:
            for statement in REFUSED:
                with self.subTest(statement), self.assertRaises(psycopg.Error) as caught:
                    runtime.execute(statement)
                self.assertEqual(caught.exception.sqlstate, "42501", caught.exception)
        with self.connect(self.superuser) as boss:
            owners = boss.execute(
                "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
            ).fetchall()
        self.assertEqual(owners, [("tickets_owner",)])
        with self.assertRaisesRegex(psycopg.Error, "permission denied for database"):
            self.connect("stranger")

    def test_a_database_that_a_superuser_migrated_is_handed_over(self):
        self.manage(self.superuser, "migrate", "--verbosity=0")
        self.give_roles()
        with self.connect("tickets_runtime") as runtime:
            runtime.execute("INSERT INTO movies_genre (name, name_key) VALUES ('Noir', 'noir')")
        self.assert_refused()
