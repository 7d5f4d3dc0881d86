"""The server as `make serve` runs it, in separate processes."""

import gzip
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import TestCase, skipUnless
from urllib.error import URLError
from urllib.request import Request, urlopen

import brotli
from django.db import connection
from django.test import tag

BASE_DIR = Path(__file__).resolve().parent.parent
TIMEOUT = 60  # seconds, enough for a busy machine


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@tag("slow")
@skipUnless(connection.vendor == "sqlite", "it has a database of its own: once is enough")
@skipUnless(Path("/proc/self/task").exists(), "looks for workers in /proc")
class ServerCase(TestCase):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.database = Path(folder) / "db.sqlite3"
        [self.port] = free_ports(1)
        self.env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | {
            "ENV_FILE": "/dev/null",
            "DEBUG": "off",
            "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
            "ALLOWED_HOSTS": "127.0.0.1",
            "SECURE_SSL_REDIRECT": "off",
            "DATABASE_URL": f"sqlite:///{self.database}",
        }
        self.prepare(Path(folder))
        makefile = (BASE_DIR / "Makefile").read_text().replace("\\\n", " ")
        [options] = re.findall(r"^SERVER_OPTIONS := (.*)", makefile, re.MULTILINE)
        self.server = subprocess.Popen(
            [
                Path(sys.executable).parent / "granian",
                *("--host", "127.0.0.1", "--port", str(self.port), "--workers", "2"),
                *options.split(),
                "config.asgi:application",
            ],
            cwd=BASE_DIR,
            env=self.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.addCleanup(self.server.wait)
        self.addCleanup(self.server.terminate)  # a kill would orphan its workers
        self.wait_until_ready()

    def prepare(self, folder):
        """Do what `make serve` does before it starts the server."""
        self.manage("migrate", "--verbosity", "0")

    def manage(self, *arguments):
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, cwd=BASE_DIR, env=self.env, check=True)

    def request(self, path, body=None):
        """Return the status and the JSON of the answer."""
        data = body and json.dumps(body).encode()
        url = f"http://127.0.0.1:{self.port}{path}"
        headers = {"Content-Type": "application/json"}
        with urlopen(Request(url, data, headers), timeout=TIMEOUT) as answer:  # noqa: S310
            return answer.status, json.load(answer)

    def raw(self, method, path, coding="identity"):
        """Return the headers and the bytes of a successful answer."""
        url = f"http://127.0.0.1:{self.port}{path}"
        request = Request(url, method=method, headers={"Accept-Encoding": coding})
        with urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
            return answer.headers, answer.read()

    def wait_until_ready(self):
        for _ in range(TIMEOUT * 5):
            try:
                return self.request("/readyz")
            except (URLError, ConnectionError):
                time.sleep(0.2)
        raise AssertionError("The server does not start.")


class ServerTests(ServerCase):
    def workers(self):
        children = Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def test_a_request_in_flight_is_finished_when_the_server_stops(self):
        database = sqlite3.connect(self.database, isolation_level=None)
        self.addCleanup(database.close)
        database.execute("BEGIN IMMEDIATE")  # blocks all writers
        with ThreadPoolExecutor() as threads:
            user = {"username": "late", "password": "a long enough one 4711"}
            answer = threads.submit(self.request, "/api/auth/signup/", user)
            time.sleep(3)  # the request has arrived and waits
            self.server.send_signal(signal.SIGTERM)
            time.sleep(1)
            database.execute("ROLLBACK")
            status, body = answer.result()
        self.assertEqual((status, body["username"]), (201, "late"))
        self.server.wait(timeout=TIMEOUT)

    def test_a_dead_worker_is_replaced_while_the_others_go_on(self):
        before = self.workers()
        self.assertGreaterEqual(len(before), 2)
        os.kill(before[-1], signal.SIGKILL)
        for _ in range(TIMEOUT * 5):
            if set(self.workers()) - set(before):
                break
            time.sleep(0.2)
        else:
            self.fail("No worker took the place of the dead one.")
        self.wait_until_ready()

    def test_head_has_the_headers_of_get_and_no_body(self):
        for coding in ("identity", "gzip", "br"):
            with self.subTest(coding=coding):
                get = self.raw("GET", "/schema/", coding)
                head = self.raw("HEAD", "/schema/", coding)
                names = ("Content-Encoding", "Content-Length", "ETag", "Vary", "Cache-Control")
                self.assertEqual([head[0][n] for n in names], [get[0][n] for n in names])
                self.assertEqual((int(head[0]["Content-Length"]), head[1]), (len(get[1]), b""))


class StaticFilesTests(ServerCase):
    """Hashed and compressed static files, as `make serve` collects them."""

    def prepare(self, folder):
        self.env["STATIC_ROOT"] = str(folder / "static")
        Path(self.env["STATIC_ROOT"]).mkdir()
        [options] = re.findall(
            r"collectstatic (.*)\\\n\s*(.*)\n", (BASE_DIR / "Makefile").read_text()
        )
        self.manage("collectstatic", *" ".join(options).split())
        super().prepare(folder)

    def test_pages_name_hashed_files_that_browsers_keep_for_good(self):
        for page in ("/admin/login/", "/swagger/", "/redoc/"):
            _, body = self.raw("GET", page)
            urls = set(re.findall(r'"(/static/[^"]+)"', body.decode()))
            self.assertTrue(urls, body)
            for url in urls:
                with self.subTest(page=page, url=url):
                    self.assertRegex(url, r"\.[0-9a-f]{12}\.\w+$")
                    headers, content = self.raw("GET", url)
                    self.assertEqual(
                        headers["Cache-Control"], "max-age=315360000, public, immutable"
                    )
                    for coding, decode in (("gzip", gzip.decompress), ("br", brotli.decompress)):
                        headers, packed = self.raw("GET", url, coding)
                        if headers["Content-Encoding"]:
                            self.assertEqual(headers["Content-Encoding"], coding)
                            self.assertEqual(headers["Vary"], "Accept-Encoding")
                            self.assertEqual(decode(packed), content)
                        else:
                            self.assertTrue(url.endswith(".png") or len(content) < 1000)
        headers, content = self.raw("GET", "/favicon.ico")  # a redirect
        self.assertEqual(headers["Content-Type"], "image/svg+xml")
        self.assertIn(b"<svg", content)
