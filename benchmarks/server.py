"""The measured server: `make serve` in its own process group."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil

BASE_DIR = Path(__file__).resolve().parent.parent
START_TIMEOUT = 120  # seconds

os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(50))  # shared by servers and tokens


def settings_for(database_url):
    """Return the environment of production, as far as it works without a proxy."""
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
        "ENV_FILE": os.devnull,
        "DEBUG": "off",
        "ALLOWED_HOSTS": "127.0.0.1",
        "SECURE_SSL_REDIRECT": "off",
        "THROTTLING": "off",
        "DATABASE_URL": database_url,
        "DATABASE_URL_FILE": "",
        "MAKEFLAGS": "",
    }


def run_python(database_url, *arguments):
    """Run a module on this database and return its output. Exits if it fails."""
    done = subprocess.run(
        [sys.executable, "-m", *map(str, arguments)],
        cwd=BASE_DIR,
        env=settings_for(database_url),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, arguments))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


class Server:
    def __init__(self, process, port):
        self.process = process
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def cpu_seconds(self):
        """Return the CPU time of its processes so far, without those of PostgreSQL."""
        workers = psutil.Process(self.process.pid).children(recursive=True)
        times = [worker.cpu_times() for worker in workers]
        return sum(each.user + each.system for each in times)


@contextmanager
def serving(database_url, options, log):
    """Yield a Server on this database that logs to the file `log`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with open(log, "ab") as output:
        process = subprocess.Popen(
            [
                *("make", "--no-print-directory", "serve", f"PORT={port}"),
                *(f"WORKERS={options.workers}", f"THREADS={options.threads}"),
            ],
            cwd=BASE_DIR,
            env=settings_for(database_url),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        server = Server(process, port)
        _wait_for(server, log)
        yield server
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def _wait_for(server, log):
    ends = time.monotonic() + START_TIMEOUT
    while time.monotonic() < ends and server.process.poll() is None:
        try:
            urlopen(f"{server.url}/readyz", timeout=5).close()
        except (URLError, OSError):
            time.sleep(0.1)
        else:
            return
    sys.exit(f"The server did not start:\n{Path(log).read_text()[-2000:]}")
