"""`make run` and `make serve` run a worker of jobs beside the server: config/with_worker.py."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest import TestCase, skipUnless

import psutil
from django.db import connection
from django.test import tag

from tests.test_settings import BASE_DIR

SECONDS = 60  # that a busy machine may take
SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


@tag("slow")
@skipUnless(connection.vendor == "sqlite", "it has a database of its own: once is enough")
class WithWorkerTests(TestCase):
    def start(self, *command):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.log = Path(folder) / "log"
        needed = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        with self.log.open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "config.with_worker", *command],
                cwd=BASE_DIR,
                env=needed | {"ENV_FILE": "/dev/null", "DATABASE_URL": f"sqlite:///{folder}/db"},
                stderr=log,
            )
        self.addCleanup(kill_with_children, process)
        return psutil.Process(process.pid)

    def worker_of(self, process):
        """Wait for the worker, until it handles signals: the database has no tables yet."""
        self.wait_until(lambda: any("work" in each.cmdline() for each in children_of(process)))
        self.wait_until(lambda: "Run `manage.py migrate` first" in self.log.read_text())
        [worker] = [each for each in children_of(process) if "work" in each.cmdline()]
        return worker

    def wait_until(self, is_true):
        end = time.monotonic() + SECONDS
        while not is_true():
            self.assertLess(time.monotonic(), end, self.log.read_text())
            time.sleep(0.05)

    def test_the_worker_ends_with_the_server_whose_status_is_passed_on(self):
        process = self.start(
            sys.executable, "-c", "import time; time.sleep(4); raise SystemExit(3)"
        )
        worker = self.worker_of(process)
        self.assertEqual(process.wait(SECONDS), 3)
        self.assertFalse(worker.is_running())

    def test_a_signal_ends_both(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number):
                process = self.start(*SLEEP)
                worker = self.worker_of(process)
                [server] = [each for each in children_of(process) if each != worker]
                process.send_signal(number)
                process.wait(SECONDS)
                self.assertFalse(worker.is_running())
                self.assertFalse(server.is_running())

    def test_a_worker_that_dies_is_started_again(self):
        process = self.start(*SLEEP)
        worker = self.worker_of(process)
        worker.kill()
        self.wait_until(lambda: "is started again in 1 s" in self.log.read_text())
        self.log.write_text("")
        self.assertNotEqual(self.worker_of(process).pid, worker.pid)

    def test_a_worker_does_not_outlive_a_process_that_is_killed(self):
        process = self.start(*SLEEP)
        worker = self.worker_of(process)
        self.addCleanup(kill_all, children_of(process))
        process.kill()
        self.wait_until(lambda: not worker.is_running())


class MakefileTests(TestCase):
    def test_run_and_serve_start_a_worker_unless_jobs_are_off(self):
        for target in ("run", "serve"):
            for jobs, times in (("on", 1), ("off", 0)):
                with self.subTest(target=target, jobs=jobs):
                    done = subprocess.run(
                        ["make", "--dry-run", target, f"JOBS={jobs}"],
                        cwd=BASE_DIR,
                        capture_output=True,
                        text=True,
                        check=True,
                    )
                    found = re.findall(r"config\.with_worker \S*(granian|python)", done.stdout)
                    self.assertEqual(len(found), times, done.stdout)


def children_of(process):
    return process.children()


def kill_all(processes):
    for process in processes:
        if process.is_running():
            process.kill()


def kill_with_children(process):
    if process.poll() is None:
        kill_all(psutil.Process(process.pid).children(recursive=True))
        process.kill()
    process.wait()
