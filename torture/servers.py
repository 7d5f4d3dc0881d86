"""The application server, started as `make serve` does, so that it can be killed and restarted."""

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psutil

TIMEOUT = 180  # seconds in which a server must be up; generous, because machines may be busy


class AppServer:
    """granian with several workers. `keep_running` restarts it, as systemd would."""

    process: subprocess.Popen[bytes]  # of the last start

    def __init__(self, *, application, port, environ, log):
        self.application, self.port, self.environ = application, port, environ
        self.log = log.open("ab")
        self.starts, self.is_wanted = 0, True
        self._lock = threading.Lock()

    def start(self):
        self.starts += 1
        self.process = subprocess.Popen(
            [
                str(Path(sys.executable).parent / "granian"),
                *("--interface", "asginl", "--host", "127.0.0.1", "--port", str(self.port)),
                *("--workers", "2", "--http", "1", "--no-ws", "--backpressure", "4096"),
                *("--respawn-failed-workers", "--respawn-interval", "0.2"),
                self.application,
            ],
            env=self.environ,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )

    def kill_worker(self, rng):
        """Kill a worker process with SIGKILL, if one is running."""
        with suppress(psutil.NoSuchProcess):
            for worker in self._one_worker(rng):
                worker.kill()

    @contextmanager
    def frozen_worker(self, rng):
        """Suspend a worker process, perhaps while it has a lock."""
        chosen = self._one_worker(rng)
        with suppress(psutil.NoSuchProcess):
            for worker in chosen:
                worker.suspend()
        yield
        with suppress(psutil.NoSuchProcess):
            for worker in chosen:
                worker.resume()

    def _one_worker(self, rng):
        """Return a list with one process, or an empty list while the server starts."""
        with suppress(psutil.NoSuchProcess):
            if workers := psutil.Process(self.process.pid).children():
                return [rng.choice(workers)]
        return []

    def kill_all(self):
        """Kill the whole process group with SIGKILL, orphaned workers too."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def keep_running(self):
        """Start the server again if it has ended."""
        with self._lock:
            if self.is_wanted and self.process.poll() is not None:
                self.kill_all()  # orphaned workers occupy the port
                self.start()

    def wait_until_up(self):
        until = time.monotonic() + TIMEOUT
        while time.monotonic() < until:
            self.keep_running()
            try:
                if self._status() == 200:
                    return
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.2)
        raise RuntimeError(f"The server is not up after {TIMEOUT} seconds.")

    def _status(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with closing(connection):
            connection.request("GET", "/api/movies/")
            with connection.getresponse() as response:
                return response.status

    def restart(self):
        """Restart the server. No earlier request can have an effect afterwards."""
        with self._lock:
            self.kill_all()
            self.start()
        self.wait_until_up()

    def stop(self):
        self.is_wanted = False
        if self.starts:
            self.kill_all()
        self.log.close()
