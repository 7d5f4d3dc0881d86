"""The service behind nginx and Caddy, with the configurations of deploy/."""

import json
import shutil
import socket
import ssl
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from unittest import skipUnless

from tests.test_server import BASE_DIR, TIMEOUT, ServerCase, free_ports

PROBLEM = "application/problem+json"


class ProxyCase:
    """What every proxy does. A subclass starts one, on `https_port`."""

    def prepare(self, folder):
        self.folder = folder
        self.env |= {
            "ALLOWED_HOSTS": "127.0.0.1,tickets.example",
            "SECURE_SSL_REDIRECT": "on",
            "TRUSTED_PROXIES": "127.0.0.1",
            "ADMIN_ADDRESSES": "127.0.0.2",
            "STATIC_ROOT": str(folder / "static"),
        }
        folder.joinpath("static").mkdir()
        self.manage("collectstatic", "--noinput", "--verbosity", "0")
        super().prepare(folder)

    def setUp(self):
        super().setUp()
        self.http_port, self.https_port = free_ports(2)
        self.certificate, self.key = self.folder / "cert.pem", self.folder / "key.pem"
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
                *("-subj", "/CN=tickets.example", "-addext", "subjectAltName=DNS:tickets.example"),
                *("-out", self.certificate, "-keyout", self.key),
            ],
            check=True,
            capture_output=True,
        )
        log = self.enterContext(self.folder.joinpath("proxy.log").open("w"))
        self.proxy = subprocess.Popen(
            self.command(),
            stdout=log,
            stderr=subprocess.STDOUT,
            env=self.env | {"HOME": str(self.folder)},
        )
        self.addCleanup(self.proxy.wait)
        self.addCleanup(self.proxy.terminate)
        for _ in range(TIMEOUT * 5):
            if self.curl("/healthz")[0] == 200:
                return
            time.sleep(0.2)
        self.fail(self.folder.joinpath("proxy.log").read_text())

    def configuration(self, path, *replacements):
        """Return the text of a file in deploy/ with the names of this test, each found in it."""
        text = (BASE_DIR / "deploy" / path).read_text()
        for old, new in replacements:
            self.assertIn(old, text)
            text = text.replace(old, new)
        return text

    def curl(self, path, *options, scheme="https"):
        """Return (status, headers, body) of a request to tickets.example."""
        port = self.https_port if scheme == "https" else self.http_port
        marks = json.dumps({"status": "%{http_code}", "version": "%{http_version}"})
        head, body = self.folder / "head", self.folder / "body"
        body.write_bytes(b"")
        run = subprocess.run(
            [
                *("curl", "--silent", "--max-time", str(TIMEOUT), "--cacert", self.certificate),
                *("--resolve", f"tickets.example:{port}:127.0.0.1", "--write-out", marks),
                *("--dump-header", head, "--output", body, *options),
                f"{scheme}://tickets.example:{port}{path}",
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        about = json.loads(run.stdout)
        lines = head.read_text().splitlines() if head.exists() else []
        headers = dict(line.lower().split(": ", 1) for line in lines if ": " in line)
        headers["version"] = about["version"]
        return int(about["status"]), headers, body.read_bytes()

    def test_clients_are_served_as_by_the_service_itself(self):
        """One server for all: a start takes seconds. The last check stops it."""
        for check in (
            self.check_clients_get_http_2_and_their_own_address_and_scheme,
            self.check_plain_http_is_sent_to_https,
            self.check_what_is_public_is_compressed,
            self.check_static_files_are_kept_for_good,
            self.check_a_body_that_is_too_large_is_a_problem,
            self.check_slow_clients_leave_the_service_free,
            self.check_a_service_that_is_down_is_a_problem,
        ):
            with self.subTest(check=check.__name__):
                check()

    def check_clients_get_http_2_and_their_own_address_and_scheme(self):
        status, headers, _ = self.curl("/api/movies/")  # no redirect: the scheme is https
        self.assertEqual((status, headers["version"]), (200, "2"))
        self.assertRegex(headers["x-request-id"], r"^[0-9a-f-]{32,36}$")
        own = ("--interface", "127.0.0.2")
        self.assertEqual(self.curl("/admin/login/", *own)[0], 200)
        claim = ("-H", "X-Forwarded-For: 127.0.0.2", "-H", "X_Forwarded_For: 127.0.0.2")
        self.assertEqual(self.curl("/admin/login/", *claim)[0], 404)
        self.assertEqual(self.curl("/admin/login/", *own, "-H", "X-Forwarded-For: 6.6.6.6")[0], 200)
        _, headers, _ = self.curl("/healthz", "-H", "X-Request-ID: mine")
        self.assertNotEqual(headers["x-request-id"], "mine")

    def check_plain_http_is_sent_to_https(self):
        status, headers, _ = self.curl("/api/movies/?page=1", scheme="http")
        self.assertIn(status, (301, 308))
        self.assertRegex(
            headers["location"], r"^https://tickets\.example(:\d+)?/api/movies/\?page=1$"
        )

    def check_what_is_public_is_compressed(self):
        for coding in ("br", "gzip"):
            _, headers, _ = self.curl("/schema/", "-H", f"Accept-Encoding: {coding}")
            self.assertEqual(headers["content-encoding"], coding)

    def check_static_files_are_kept_for_good(self):
        [style] = (self.folder / "static" / "admin" / "css").glob("base.*.css")
        path = f"/static/admin/css/{style.name}"
        status, headers, body = self.curl(path)
        self.assertEqual((status, body), (200, style.read_bytes()))
        self.assertEqual(headers["cache-control"], "max-age=315360000, public, immutable")
        status, headers, body = self.curl(path, "-H", "Accept-Encoding: gzip")
        self.assertEqual(headers["content-encoding"], "gzip")
        self.assertLess(len(body), style.stat().st_size)
        self.assertEqual(self.curl("/static/../../etc/passwd", "--path-as-is")[0] // 100, 4)

    def check_a_body_that_is_too_large_is_a_problem(self):
        large = self.folder / "large"
        large.write_bytes(b"x" * 5 * 1024 * 1024)
        status, headers, body = self.curl("/api/auth/login/", "--data-binary", f"@{large}")
        self.assertEqual((status, headers["content-type"]), (413, PROBLEM))
        self.assertEqual(json.loads(body)["code"], "request_too_large")

    def check_slow_clients_leave_the_service_free(self):
        head = (
            b"POST /api/auth/login/ HTTP/1.1\r\nHost: tickets.example\r\nContent-Length: 9\r\n\r\n{"
        )
        trusting = ssl.create_default_context(cafile=self.certificate)
        for _ in range(100):
            plain = socket.create_connection(("127.0.0.1", self.https_port), timeout=TIMEOUT)
            self.addCleanup(plain.close)
            with suppress(ssl.SSLError):  # a busy proxy may refuse some
                slow = trusting.wrap_socket(plain, server_hostname="tickets.example")
                self.addCleanup(slow.close)
                slow.sendall(head)
        with ThreadPoolExecutor() as threads:
            answers = [threads.submit(self.request, "/healthz") for _ in range(4)]
            self.assertEqual({answer.result(TIMEOUT)[0] for answer in answers}, {200})
        self.assertEqual(self.curl("/api/movies/")[0], 200)

    def check_a_service_that_is_down_is_a_problem(self):
        self.server.terminate()
        self.server.wait()
        status, headers, body = self.curl("/api/movies/")
        self.assertEqual((status, headers["content-type"]), (503, PROBLEM))
        self.assertEqual((json.loads(body)["code"], headers["retry-after"]), ("unavailable", "5"))


@skipUnless(shutil.which("nginx") and shutil.which("openssl"), "nginx is not installed")
class NginxTests(ProxyCase, ServerCase):
    def command(self):
        site = self.folder / "tickets.conf"
        site.write_text(
            self.configuration(
                "nginx/tickets.conf",
                ("127.0.0.1:8000", f"127.0.0.1:{self.port}"),
                ("listen 80;\n    listen [::]:80;", f"listen 127.0.0.1:{self.http_port};"),
                (
                    "listen 443 ssl http2;\n    listen [::]:443 ssl http2;",
                    f"listen 127.0.0.1:{self.https_port} ssl http2;",
                ),
                ("/etc/ssl/tickets/fullchain.pem", str(self.certificate)),
                ("/etc/ssl/tickets/privkey.pem", str(self.key)),
                ("/srv/tickets/.static/", f"{self.folder}/static/"),
            )
        )
        places = "".join(
            f"{kind}_temp_path {self.folder}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        main = self.folder / "nginx.conf"
        main.write_text(
            f"daemon off; pid {self.folder}/pid; error_log stderr; user root;\n"
            f"events {{}} http {{ include /etc/nginx/mime.types; access_log off; {places}"
            f" include {site}; }}"
        )
        return ["nginx", "-e", "stderr", "-c", main]


@skipUnless(shutil.which("caddy") and shutil.which("openssl"), "Caddy is not installed")
class CaddyTests(ProxyCase, ServerCase):
    def command(self):
        site = self.folder / "Caddyfile"
        site.write_text(
            self.configuration(
                "caddy/Caddyfile",
                ("127.0.0.1:8000", f"127.0.0.1:{self.port}"),
                ("tickets.example {", f"tickets.example {{\n\ttls {self.certificate} {self.key}\n"),
                ("/srv/tickets/.static", f"{self.folder}/static"),
                (
                    "{\n\tservers {",
                    f"{{\n\tadmin off\n\thttp_port {self.http_port}\n"
                    f"\thttps_port {self.https_port}\n\tservers {{",
                ),
            )
        )
        return ["caddy", "run", "--adapter", "caddyfile", "--config", site]
