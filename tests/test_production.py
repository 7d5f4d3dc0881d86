"""Production as seen from the network and in the log: a new process with production settings.

OWASP API8:2023, security misconfiguration; and that the log contains no secret.
"""

import json
import subprocess
import sys
from unittest import TestCase

from tests.test_settings import BASE_DIR, NO_TABLES, PRODUCTION

# Prints the answers by name and the secrets that it has used. The log goes to stderr.
SCRIPT = """
import json, os, re
from unittest import mock

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
django.setup()

from django.conf import settings
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a fast one

from django.core import mail as outgoing
from django.core.management import call_command
from django.test import Client

call_command("migrate", verbosity=0)

from accounts.models import User
from outbox.worker import Worker

User.objects.create_superuser("boss", password="pw-boss-secret")
outgoing.outbox = []
answers, secrets = {}, ["pw-boss-secret"]


def call(name, path, method="get", body=None, client=None, secure=True, **headers):
    client = client or Client(raise_request_exception=False)
    form = {"data": body} if path.startswith("/admin") else {
        "data": json.dumps(body or {}), "content_type": "application/json"}
    headers.setdefault("Host", "tickets.example")
    response = getattr(client, method)(
        path, headers={key.replace("_", "-"): value for key, value in headers.items()},
        secure=secure, **(form if method != "get" else {}))
    answers[name] = {
        "status": response.status_code,
        "headers": dict(response.headers),
        "cookies": {key: dict(morsel) for key, morsel in response.cookies.items()},
        "body": response.content.decode(),
    }
    return response


# Headers
call("movies", "/api/movies/")
call("me", "/api/auth/me/")
call("login page", "/admin/login/")
call("swagger", "/swagger/")
call("plain http", "/api/movies/?a=1", secure=False)
call("foreign host", "/api/movies/", Host="evil.example")
call("forwarded host", "/admin/", X_Forwarded_Host="evil.example")
call("missing", "/nope")
call("missing in the admin", "/admin/nope/")
call("metrics", "/metrics")
with mock.patch("movies.api.views.MovieViewSet.list", side_effect=ZeroDivisionError("pw-in-error")):
    call("broken", "/api/movies/?page_size=1")  # another page than the cached one
with mock.patch("django.contrib.admin.sites.AdminSite.each_context",
                side_effect=ZeroDivisionError("pw-in-error")):
    call("broken in the admin", "/admin/login/")

for name, origin in [("front", "https://front.example"), ("foreign", "https://evil.example"),
                     ("null", "null"), ("sub", "https://front.example.evil.example"),
                     ("preview", "https://pr-7.front.example"),
                     ("preview's sub", "https://pr-7.front.example.evil.example")]:
    call(f"{name} origin", "/api/movies/", Origin=origin)
    call(f"{name} preflight", "/api/auth/login/", "options", Origin=origin,
         Access_Control_Request_Method="POST", Access_Control_Request_Headers="sentry-trace")

# Secrets
def used(*values):
    secrets.extend(values)
    return values[0]


old, new, newest = "pw-Old-Rabbit-1", "pw-New-Rabbit-2", "pw-Newest-Rabbit-3"
used(old, new, newest, "pw-wrong-guess")
alice = {"username": "alice", "password": old}
call("sign up", "/api/auth/signup/", "post", alice | {"email": "alice@example.com"})
Worker().run_until_idle()
link = re.search(r"token: (\\S+)", outgoing.outbox[0].body).group(1)
used(link)
call("verify", "/api/auth/email/verify/", "post", {"token": link})
call("sign up again", "/api/auth/signup/", "post", alice)
call("wrong", "/api/auth/login/", "post", alice | {"password": "pw-wrong-guess"})
tokens = call("log in", "/api/auth/login/", "post", alice).json()
used(*tokens.values())
bearer = "Bearer " + tokens["access"]
call("own", "/api/auth/me/", Authorization=bearer)
call("bad", "/api/auth/me/", Authorization=bearer + "x")
call("basic", "/api/auth/me/", Authorization="Basic " + used("cHctYmFzaWM6c2VjcmV0"))
call("in query", "/api/auth/me/?token=" + tokens["access"])
call("bad refresh", "/api/auth/refresh/", "post", {"refresh": tokens["refresh"] + "x"})
with mock.patch("accounts.services.tokens.tokens_of", side_effect=ZeroDivisionError):
    call("broken log in", "/api/auth/login/", "post", alice)
changed = call("change", "/api/auth/password/change/", "post",
               {"current_password": old, "new_password": new}, Authorization=bearer)
used(*changed.json().values())
Worker().run_until_idle()
outgoing.outbox.clear()
call("reset", "/api/auth/password/reset/", "post", {"email": "alice@example.com"})
Worker().run_until_idle()
uid, token = re.search(r"page/(\\S+)/(\\S+)", outgoing.outbox[0].body).groups()
used(token)
call("confirm", "/api/auth/password/reset/confirm/", "post",
     {"uid": uid, "token": token, "new_password": newest})
call("confirm again", "/api/auth/password/reset/confirm/", "post",
     {"uid": uid, "token": token, "new_password": newest})
with mock.patch("django.core.mail.EmailMessage.send", side_effect=ConnectionRefusedError):
    call("reset, server down", "/api/auth/password/reset/", "post",
         {"email": "alice@example.com"})
    Worker().run_until_idle()
boss = {"username": "boss", "password": "pw-boss-secret"}
call("wrong in the admin", "/admin/login/", "post", boss | {"password": "pw-wrong-guess"})
logged_in = call("log in to the admin", "/admin/login/", "post", boss)
used(logged_in.cookies["sessionid"].value)
call("wrong once more", "/admin/login/?password=pw-wrong-guess", "post",
     boss | {"password": "pw-wrong-guess"})
call("no csrf", "/admin/login/", "post", boss, client=Client(enforce_csrf_checks=True))
used(settings.SECRET_KEY)

from axes.models import AccessAttempt
kept = " ".join(str(row) for row in AccessAttempt.objects.values())
print(json.dumps({"answers": answers, "secrets": secrets, "kept": kept}))
"""


class ProductionTests(TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            cwd=BASE_DIR,
            env=PRODUCTION
            | {
                "ENV_FILE": "/dev/null",
                "DATABASE_URL": NO_TABLES,
                "EMAIL_URL": "memorymail://",
                "CORS_ALLOWED_ORIGINS": "https://front.example",
                "CORS_ALLOWED_ORIGIN_REGEXES": r"https://pr-\d+\.front\.example",
                "CORS_ALLOW_HEADERS": "sentry-trace",
                "CORS_EXPOSE_HEADERS": "X-Cache",
                "CORS_PREFLIGHT_MAX_AGE": "600",
                "PASSWORD_RESET_URL": "https://front.example/page/{uid}/{token}",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        cls.answers, cls.secrets, cls.kept = found["answers"], found["secrets"], found["kept"]
        cls.log = done.stderr

    def status(self, name):
        return self.answers[name]["status"]

    def headers(self, name):
        return self.answers[name]["headers"]

    def test_every_answer_has_the_security_headers(self):
        for name in ["movies", "me", "login page", "swagger", "missing", "broken"]:
            headers = self.headers(name)
            with self.subTest(answer=name):
                self.assertEqual(
                    headers["Strict-Transport-Security"],
                    "max-age=31536000; includeSubDomains",
                )
                self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
                self.assertEqual(headers["X-Frame-Options"], "DENY")
                self.assertEqual(headers["Referrer-Policy"], "same-origin")
                self.assertIn("camera=()", headers["Permissions-Policy"])
                self.assertIn("default-src 'none'", headers["Content-Security-Policy"])

    def test_plain_http_is_redirected_to_https_on_the_same_host(self):
        self.assertEqual(self.status("plain http"), 301)
        self.assertEqual(
            self.headers("plain http")["Location"], "https://tickets.example/api/movies/?a=1"
        )

    def test_other_hosts_are_not_served_and_forwarded_hosts_are_ignored(self):
        self.assertEqual(self.status("foreign host"), 400)
        self.assertEqual(self.headers("forwarded host")["Location"], "/admin/login/?next=/admin/")

    def test_cookies_are_for_https_and_this_site_only(self):
        cookies = self.answers["log in to the admin"]["cookies"]
        self.assertEqual(cookies.keys(), {"sessionid", "csrftoken"})
        for name, cookie in cookies.items():
            with self.subTest(cookie=name):
                self.assertIs(cookie["secure"], True)
                self.assertEqual(cookie["samesite"], "Lax")
                self.assertEqual(cookie["domain"], "")
        self.assertIs(cookies["sessionid"]["httponly"], True)
        self.assertEqual(self.answers["log in"]["cookies"], {})

    def test_only_the_configured_origin_may_call_and_without_cookies(self):
        for kind in ("origin", "preflight"):
            allowed = self.headers(f"front {kind}")
            self.assertEqual(allowed["access-control-allow-origin"], "https://front.example")
            preview = self.headers(f"preview {kind}")
            self.assertEqual(preview["access-control-allow-origin"], "https://pr-7.front.example")
            for name in ("front", "preview", "foreign", "null", "sub", "preview's sub"):
                headers = self.headers(f"{name} {kind}")
                with self.subTest(origin=name, kind=kind):
                    self.assertNotIn("access-control-allow-credentials", headers)
                    if name not in ("front", "preview"):
                        self.assertNotIn("access-control-allow-origin", headers)

    def test_configured_headers_may_be_sent_and_read(self):
        preflight = self.headers("front preflight")
        allowed = preflight["access-control-allow-headers"].split(", ")
        self.assertLessEqual({"authorization", "idempotency-key", "sentry-trace"}, set(allowed))
        self.assertEqual(preflight["access-control-max-age"], "600")
        exposed = self.headers("front origin")["access-control-expose-headers"].split(", ")
        self.assertLessEqual({"ETag", "X-Request-ID", "X-Cache"}, set(exposed))

    def test_errors_show_no_internals(self):
        self.assertEqual((self.status("broken"), self.status("broken in the admin")), (500, 500))
        self.assertEqual((self.status("missing"), self.status("missing in the admin")), (404, 302))
        for name in ("broken", "missing", "broken in the admin", "foreign host", "no csrf"):
            for inside in ("Traceback", "ZeroDivisionError", "pw-in-error", "urlpatterns"):
                with self.subTest(answer=name, inside=inside):
                    self.assertNotIn(inside, self.answers[name]["body"])

    def test_metrics_are_closed_without_a_token(self):
        self.assertEqual(self.status("metrics"), 404)

    def test_the_calls_succeed_and_fail_as_intended(self):
        """Otherwise the log checked below might contain no secret only by accident."""
        for name, status in {
            "sign up": 201,
            "sign up again": 400,
            "wrong": 401,
            "log in": 200,
            "own": 200,
            "bad": 401,
            "broken log in": 500,
            "change": 200,
            "confirm": 204,
            "confirm again": 400,
            "reset, server down": 204,
            "wrong in the admin": 200,
            "log in to the admin": 302,
            "no csrf": 403,
        }.items():
            with self.subTest(call=name):
                self.assertEqual(self.status(name), status, self.answers[name]["body"])

    def test_the_log_is_json_and_contains_no_password_token_or_key(self):
        lines = [json.loads(line) for line in self.log.splitlines()]
        self.assertGreater(len(lines), 30)
        self.assertIn("Traceback", self.log)
        self.assertGreater(len(self.secrets), 10)
        for secret in [*self.secrets, "Bearer", "Authorization", "Basic "]:
            self.assertEqual([line["message"] for line in lines if secret in str(line)], [])

    def test_stored_failed_log_ins_contain_no_password(self):
        self.assertIn("boss", self.kept)
        for secret in self.secrets:
            self.assertNotIn(secret, self.kept)
