"""The application as `make serve` starts it, to be killed and started again."""

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

TIMEOUT = 180  # seconds in which a server must be up; much, as machines may be busy


class AppServer:
    """granian with several workers; started again when it ends, as systemd would."""

    def __init__(self, *, application, port, environ, log):
        self.application, self.port, self.environ = application, port, environ
        self.log = log.open("ab")
        self.process: subprocess.Popen[bytes] | None = None
        self.starts, self.is_wanted = 0, True
        self._lock = threading.Lock()

    def start(self):
        self.starts += 1
        self.process = subprocess.Popen(
            [
                str(Path(sys.executable).parent / "granian"),
                *("--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port)),
                *("--workers", "2", "--blocking-threads", "2", "--no-ws"),
                *("--respawn-failed-workers", "--respawn-interval", "0.2"),
                self.application,
            ],
            env=self.environ,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )

    def kill_worker(self, rng):
        """kill -9 for one of the processes that answer, if there is any just now."""
        with suppress(psutil.NoSuchProcess):
            for worker in self._one_worker(rng):
                worker.kill()

    @contextmanager
    def frozen_worker(self, rng):
        """One of the processes that answer stands still, wherever it is: with a lock, say."""
        chosen = self._one_worker(rng)
        with suppress(psutil.NoSuchProcess):
            for worker in chosen:
                worker.suspend()
        yield
        with suppress(psutil.NoSuchProcess):
            for worker in chosen:
                worker.resume()

    def _one_worker(self, rng):
        """A list of one process; of none, while it starts."""
        with suppress(psutil.NoSuchProcess):
            if self.process and (workers := psutil.Process(self.process.pid).children()):
                return [rng.choice(workers)]
        return []

    def kill_all(self):
        """kill -9 for all of it, workers that outlived their parent too."""
        if self.process:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def keep_running(self):
        """Start it again if it has ended."""
        with self._lock:
            if self.is_wanted and self.process and self.process.poll() is not None:
                self.kill_all()  # workers that outlived it hold the port
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
        """After it, no request that was sent before can have an effect any more."""
        with self._lock:
            self.kill_all()
            self.start()
        self.wait_until_up()

    def stop(self):
        self.is_wanted = False
        self.kill_all()
        self.log.close()
