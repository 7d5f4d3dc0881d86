"""Failures at random moments: killed processes, a crashed database, cancelled statements."""

import subprocess
import threading
from collections import Counter
from random import Random

import psycopg

KINDS = {
    "sqlite": ["worker", "server", "freeze"],
    "postgresql": [
        *("worker", "server", "freeze"),
        *("backends", "statements", "database", "read_only"),
    ],
}


class Chaos(threading.Thread):
    """Causes failures at random moments until `stopped` is set.

    `failures` counts them by kind. `error` is set if the thread ended by an exception.
    """

    def __init__(self, *, seed, server, database, pause):
        super().__init__(daemon=True, name="chaos")
        self.rng = Random(f"{seed}-chaos")
        self.server, self.database, self.pause = server, database, pause
        self.failures: Counter[str] = Counter()
        self.stopped, self.error = threading.Event(), None
        self.actions = {
            "worker": self.kill_worker,
            "server": self.kill_server,
            "freeze": self.freeze_worker,
            "backends": self.terminate_backends,
            "statements": self.cancel_statements,
            "database": self.crash_database,
            "read_only": self.reject_writes,
        }

    def run(self):
        """Cause all kinds in turn, in another order each time."""
        kinds = KINDS[self.database.name]
        try:
            while True:
                for kind in self.rng.sample(kinds, len(kinds)):
                    if self.stopped.wait(self.rng.uniform(0.2, 2) * self.pause):
                        return
                    self.server.keep_running()
                    self.actions[kind]()
                    self.failures[kind] += 1
        except (OSError, subprocess.SubprocessError, psycopg.Error) as error:
            self.error = error

    def kill_worker(self):
        self.server.kill_worker(self.rng)

    def kill_server(self):
        self.server.kill_all()
        self.stopped.wait(self.rng.uniform(0, 1))
        self.server.keep_running()

    def freeze_worker(self):
        with self.server.frozen_worker(self.rng):
            self.stopped.wait(self.rng.uniform(0, 3))

    def terminate_backends(self):
        for _ in range(self.rng.randint(1, 6)):
            self.database.terminate_backends(self.rng)
            self.stopped.wait(self.rng.uniform(0, 0.1))

    def cancel_statements(self):
        for _ in range(self.rng.randint(1, 20)):
            self.database.cancel_statements(self.rng)
            self.stopped.wait(self.rng.uniform(0, 0.05))

    def crash_database(self):
        self.database.crash()
        self.stopped.wait(self.rng.uniform(0, 1))
        self.database.start()

    def reject_writes(self):
        self.database.reject_writes()
        self.stopped.wait(self.rng.uniform(0, 1))
        self.database.accept_writes()
