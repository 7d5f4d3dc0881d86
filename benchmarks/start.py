"""The time from a fresh clone to the first answer of `make run`."""

import os
import signal
import socket
import subprocess
import tempfile
import time
from urllib.error import URLError
from urllib.request import urlopen

from benchmarks.report import Row
from benchmarks.server import BASE_DIR

TIMEOUT = 900  # seconds


def measure(bench):
    """Measure the last commit, on SQLite. Installs packages from the network or pip's cache."""
    if bench.database != "sqlite":
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="clone-", ignore_cleanup_errors=True) as clone:
        subprocess.run(["git", "clone", "--quiet", BASE_DIR, clone], check=True)
        started = time.monotonic()
        process = subprocess.Popen(
            ["make", "run", f"PORT={port}"],
            cwd=clone,
            env={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            seconds = _first_answer(process, port, started)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()
    result = "did not start" if seconds is None else f"{seconds:.0f} s"
    yield Row("fresh clone to first answer of make run", service=result)


def _first_answer(process, port, started):
    while process.poll() is None and time.monotonic() - started < TIMEOUT:
        try:
            urlopen(f"http://127.0.0.1:{port}/api/movies/", timeout=5).close()
        except (URLError, OSError):
            time.sleep(0.2)
        else:
            return time.monotonic() - started
    return None
