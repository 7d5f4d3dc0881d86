"""The settings as an operator uses them: a new process with environment variables."""

import os
import re
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from unittest import TestCase, mock, skipUnless

from django.db import connection
from django.test import SimpleTestCase, override_settings, tag

from config import environment as parsers
from config import secret_values, wallet_values
from config.environment import Environment
from tickets.tests.test_wallet import make_chain, pem

BASE_DIR = Path(__file__).resolve().parent.parent
NO_TABLES = "sqlite:///:memory:"
PRODUCTION = {
    "DEBUG": "off",
    "SECRET_KEY": "k" * 20 + "0123456789abcdefghijklmnopqrstuvwxyz",
    "ALLOWED_HOSTS": "tickets.example",
}


def manage(*arguments, **variables):
    """Run manage.py with only these of our variables; return the finished process."""
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    clean["ENV_FILE"] = "/dev/null"
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=BASE_DIR,
        env=clean | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def value_of(name, **variables):
    code = f"from django.conf import settings; print(repr(settings.{name}))"
    done = manage("shell", "--no-imports", "-c", code, **variables)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@tag("slow")
@skipUnless(connection.vendor == "sqlite", "it starts processes of its own: once is enough")
class SettingsTests(TestCase):
    def test_production_names_each_missing_setting(self):
        done = manage("check", DEBUG="false")
        self.assertEqual(done.returncode, 1)
        self.assertIn("SECRET_KEY must be set", done.stderr)
        self.assertIn("ALLOWED_HOSTS must name", done.stderr)
        self.assertNotIn("Traceback", done.stderr)

    def test_production_passes_the_deployment_check(self):
        done = manage(
            *("check", "--deploy", "--fail-level", "WARNING"),
            DATABASE_URL=NO_TABLES,
            TRUSTED_PROXIES="127.0.0.1",
            **PRODUCTION,
        )
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_production_without_a_named_proxy_is_warned_of(self):
        done = manage("check", "--deploy", DATABASE_URL=NO_TABLES, **PRODUCTION)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("core.W002", done.stderr)
        self.assertIn("Every request is redirected to HTTPS, again and again.", done.stderr)

    def test_settings_that_contradict_each_other_stop_the_start(self):
        for sentence, variables in [
            ("ADMIN_HOSTS must be among ALLOWED_HOSTS", {"ADMIN_HOSTS": "staff.example"}),
            (
                "SECURE_HSTS_PRELOAD must be off",
                {"SECURE_HSTS_PRELOAD": "on", "SECURE_HSTS_SECONDS": "3600"},
            ),
        ]:
            done = manage("check", **PRODUCTION, **variables)
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn(sentence, done.stderr)
            self.assertNotIn("Traceback", done.stderr)

    def test_preloading_is_chosen(self):
        self.assertEqual(value_of("SECURE_HSTS_PRELOAD", **PRODUCTION), "False")
        chosen = value_of("SECURE_HSTS_PRELOAD", **PRODUCTION, SECURE_HSTS_PRELOAD="on")
        self.assertEqual(chosen, "True")

    def test_a_wrong_value_stops_the_start_and_names_the_variable(self):
        for name, value in [
            ("DEBUG", "perhaps"),
            ("THROTTLING", "2"),
            ("OPERATIONS_PER_MINUTE", "60"),
            ("OPERATIONS_PER_MINUTE", "hold=many"),
            ("OPERATIONS_PER_MINUTE", "hold=-1"),
            ("OPERATIONS_PER_MINUTE", "holds=60"),
            ("MAX_SEATS_PER_SHOW", "ten"),
            ("MAX_SEATS_PER_SHOW", "0"),
            ("MEMORY_SECONDS", "0.5"),
            ("HOLD_SECONDS", "ten minutes"),
            ("HOLD_MAX_SECONDS", "599"),
            ("DATABASE_POOL_SIZE", "-1"),
            ("DATABASE_URL", "mysql://user:hunter2@host/name"),
            ("DATABASE_URL", "nonsense"),
            ("EMAIL_URL", "pigeon://coop"),
            ("CORS_ALLOWED_ORIGINS", "tickets.example"),
            ("TRUSTED_PROXIES", "10.0.0.0/99"),
            ("REDIS_URL", "http://cache"),
            ("PASSWORD_RESET_URL", "https://tickets.example/{id}"),
            ("PASSWORD_RESET_URL", "https://tickets.example/reset"),
            ("ALLOWED_HOSTS", "tickets.example:8000"),
            ("REDIS_URL", "redis://cache:abc/0"),
            ("HOLD_MAX_SECONDS", "99999999999"),
            ("METRICS_TOKEN", "$METRICS"),
            ("ENV_FILE", "/nowhere/.env"),
            ("JWT_SIGNING_KEYS", "hunter2"),
            ("TICKET_KEYS", "hunter2"),
            ("TICKET_KEYS", f"{'k' * 32},{'k' * 32}"),
            ("WALLET_CERTIFICATE", "hunter2"),
            ("WALLET_KEY", "hunter2"),
            ("JWT_ISSUER", "two words"),
            ("JWT_AUDIENCE", "two words"),
            ("STATIC_ROOT", "/nowhere"),
            ("CLOSED_PAGES", "swagger,api"),
            ("ADMIN_HOSTS", "https://staff.example"),
            ("ADMIN_HOSTS", "*"),
            ("ADMIN_ADDRESSES", "10.0.0.1/8"),
            ("STATIC_ROOT", str(BASE_DIR / "docs")),
            ("CORS_ALLOWED_ORIGIN_REGEXES", "https://("),
            ("CORS_ALLOW_HEADERS", "sentry trace"),
            ("CORS_EXPOSE_HEADERS", "*"),
            ("CORS_PREFLIGHT_MAX_AGE", "1h"),
        ]:
            with self.subTest(name=name, value=value):
                done = manage("check", **{name: value})
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertIn(f"{name} must be", done.stderr)
                self.assertNotIn("Traceback", done.stderr)
                self.assertNotIn("hunter2", done.stderr)

    def test_every_variable_is_in_the_example(self):
        source = (BASE_DIR / "config" / "settings.py").read_text()
        read = set(re.findall(r'(?:setting|secret)\(\s*"([A-Z_]+)"', source))
        example = (BASE_DIR / ".env.example").read_text()
        listed = set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))
        self.assertEqual(listed, read)

    def test_every_secret_is_named_where_files_are_explained(self):
        source = (BASE_DIR / "config" / "settings.py").read_text()
        secrets = set(re.findall(r'\bsecret\(\s*"([A-Z_]+)"', source))
        docs = (BASE_DIR / "docs" / "configuration.md").read_text()
        [section] = re.findall(r"## Secrets in files\n(.+?)```", docs, re.DOTALL)
        self.assertEqual(set(re.findall("`([A-Z_]{6,})`", section)), secrets)
        [comment] = re.findall(
            r"# A secret can.+?\n\n", (BASE_DIR / ".env.example").read_text(), re.S
        )
        for name in secrets:
            self.assertIn(name, comment)

    def test_passwords_are_checked_in_production_only(self):
        notice = "{'NAME': 'accounts.password_notice.PasswordNotice'}"  # which refuses none
        self.assertEqual(value_of("AUTH_PASSWORD_VALIDATORS"), f"[{notice}]")
        validators = value_of("AUTH_PASSWORD_VALIDATORS", **PRODUCTION)
        self.assertEqual(validators.count("NAME"), 5)
        self.assertIn("accounts.known_passwords.KnownPasswordValidator", validators)

    def test_passwords_are_hashed_with_argon2id_and_older_hashes_are_known(self):
        self.assertEqual(
            value_of("PASSWORD_HASHERS"),
            "['accounts.hashers.Argon2idHasher', 'accounts.hashers.PBKDF2Hasher']",
        )

    def test_production_allows_only_the_configured_origins(self):
        self.assertEqual(value_of("CORS_ALLOW_ALL_ORIGINS", **PRODUCTION), "False")
        self.assertEqual(
            value_of(
                "CORS_ALLOWED_ORIGINS", CORS_ALLOWED_ORIGINS="https://a.example", **PRODUCTION
            ),
            "['https://a.example']",
        )

    def test_configured_cors_headers_are_added_to_ours(self):
        for name, ours in (
            ("CORS_ALLOW_HEADERS", "authorization"),
            ("CORS_EXPOSE_HEADERS", "ETag"),
        ):
            value = value_of(name, **{name: "x-one, x-two"})
            self.assertIn(f"'{ours}'", value)
            self.assertIn("'x-one', 'x-two'", value)

    def test_an_origin_pattern_ends_the_permission_of_all_origins(self):
        pattern = {"CORS_ALLOWED_ORIGIN_REGEXES": r"http://localhost:\d+"}
        self.assertEqual(value_of("CORS_ALLOW_ALL_ORIGINS"), "True")
        self.assertEqual(value_of("CORS_ALLOW_ALL_ORIGINS", **pattern), "False")

    def test_sqlite_waits_for_the_write_lock_at_begin(self):
        options = value_of("DATABASES['default']['OPTIONS']")
        self.assertIn("'transaction_mode': 'IMMEDIATE'", options)
        self.assertIn("journal_mode=WAL", options)

    def test_a_database_url_chooses_postgresql_with_a_pool(self):
        url = "postgres://cinema:secret@db.example:5433/tickets"
        self.assertIn("postgresql", value_of("DATABASES['default']['ENGINE']", DATABASE_URL=url))
        pool = value_of(
            "DATABASES['default']['OPTIONS']['pool']", DATABASE_URL=url, DATABASE_POOL_SIZE="7"
        )
        self.assertIn("'max_size': 7", pool)

    def test_a_silent_network_failure_is_detected_within_seconds(self):
        options = value_of(
            "DATABASES['default']['OPTIONS']", DATABASE_URL="postgres://db.example/t"
        )
        self.assertIn("'tcp_user_timeout': 5000", options)
        self.assertIn("'keepalives_idle': 5", options)

    def test_each_secret_can_be_read_from_a_file(self):
        production = {name: value for name, value in PRODUCTION.items() if name != "SECRET_KEY"}
        for name, value, setting, found in [
            ("SECRET_KEY", "s" * 50, "SECRET_KEY", "s" * 50),
            ("SECRET_KEY_FALLBACKS", "s" * 50 + "\n" + "t" * 50, "SECRET_KEY_FALLBACKS", "t" * 50),
            ("JWT_SIGNING_KEYS", "2026:" + "j" * 32, "JWT_SIGNING_KEYS", "{'2026': 'jjj"),
            (
                "TICKET_KEYS",
                "o" * 32 + "\n" + "t" * 32,
                "TICKET_KEYS",
                f"['{'o' * 32}', '{'t' * 32}']",
            ),
            ("DATABASE_URL", "postgres://u:hunter2@h/n", "DATABASES", "hunter2"),
            ("REDIS_URL", "redis://:hunter2@h/0", "CACHES", "hunter2"),
            ("EMAIL_URL", "smtp://u:hunter2@h:25", "EMAIL_HOST_PASSWORD", "hunter2"),
            ("METRICS_TOKEN", "$tarts-with-a-dollar", "METRICS_TOKEN", "$tarts-with-a-dollar"),
        ]:
            with self.subTest(name), tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
                file.write(f"  {value}\n")
                file.flush()
                others = {"SECRET_KEY": PRODUCTION["SECRET_KEY"], **production}
                others.pop(name, None)
                self.assertIn(found, value_of(setting, **{f"{name}_FILE": file.name}, **others))

    def test_a_missing_file_of_a_secret_is_one_sentence(self):
        variables = {**PRODUCTION, "SECRET_KEY": "", "SECRET_KEY_FILE": "/nowhere"}
        done = manage("check", **variables)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(
            done.stderr.strip(),
            "Not started. SECRET_KEY_FILE must name a file that exists and can be read, "
            "not '/nowhere'.",
        )

    def test_a_secret_has_one_source(self):
        done = manage("check", SECRET_KEY="hunter2", SECRET_KEY_FILE="/nowhere")
        self.assertEqual(done.returncode, 1)
        self.assertIn("SECRET_KEY_FILE must be empty while SECRET_KEY is set.", done.stderr)

    def test_tokens_are_signed_with_the_secret_key_by_default(self):
        default = value_of("JWT_SIGNING_KEYS", **PRODUCTION)
        self.assertIn(PRODUCTION["SECRET_KEY"], default)
        former = value_of(
            "JWT_SIGNING_KEYS",
            **PRODUCTION | {"SECRET_KEY": "n" * 50},
            SECRET_KEY_FALLBACKS=PRODUCTION["SECRET_KEY"],
        )
        # The former key keeps its id, and the new one comes first.
        self.assertTrue(former.endswith(f", {default[1:]}"), former)
        own = value_of("JWT_SIGNING_KEYS", JWT_SIGNING_KEYS="a:" + "k" * 32, **PRODUCTION)
        self.assertEqual(own, f"{{'a': '{'k' * 32}'}}")

    def test_tickets_are_signed_with_the_secret_key_by_default(self):
        former = PRODUCTION["SECRET_KEY"]
        variables = PRODUCTION | {"SECRET_KEY": "n" * 50, "SECRET_KEY_FALLBACKS": former}
        both = repr(["n" * 50, former])
        self.assertEqual(value_of("TICKET_KEYS", **variables), both)
        self.assertEqual(value_of("TICKET_KEYS", TICKET_KEYS="SECRET_KEY", **variables), both)

    def test_the_certificate_of_passes_and_its_key_belong_together(self):
        (_, own), (_, other) = make_chain(), make_chain()
        together = "WALLET_CERTIFICATE and WALLET_KEY must be set together."
        for variables, sentence in (
            (own, ""),
            ({"WALLET_CERTIFICATE": own["WALLET_CERTIFICATE"]}, together),
            ({"WALLET_KEY": own["WALLET_KEY"]}, together),
            (own | {"WALLET_KEY": other["WALLET_KEY"]}, "must be the key of WALLET_CERTIFICATE."),
        ):
            done = manage("check", **variables)
            with self.subTest(sentence=sentence):
                self.assertEqual(done.returncode, 1 if sentence else 0, done.stderr)
                self.assertIn(sentence, done.stderr)
                self.assertNotIn("Traceback", done.stderr)
                self.assertNotIn("BEGIN PRIVATE", done.stderr)

    def test_a_deployment_with_an_expired_certificate_of_passes_does_not_start(self):
        _, ended = make_chain(end=datetime(2026, 1, 2, tzinfo=UTC))
        done = manage("check", "--deploy", DATABASE_URL=NO_TABLES, **PRODUCTION, **ended)
        self.assertEqual(done.returncode, 1)
        self.assertIn("WALLET_CERTIFICATE has ended on 2026-01-02", done.stderr)
        self.assertEqual(manage("check", **ended).returncode, 0)

    def test_demo_data_cannot_be_loaded_in_production(self):
        done = manage("load_demo", DATABASE_URL=NO_TABLES, **PRODUCTION)
        self.assertEqual(done.returncode, 1)
        self.assertIn("only with DEBUG on", done.stderr)


def mistakes_of(parse, text):
    """Return the mistakes of an environment in which the variable V has this text."""
    environment = Environment()
    with mock.patch.dict(os.environ, {"V": text}):
        environment.setting("V", parse, None)
    return environment.mistakes


class ParserTests(TestCase):
    """Which values stop the start: the parsers themselves, without a process for each."""

    def assert_refused(self, parse, *texts):
        for text in texts:
            with self.subTest(text=text):
                [mistake] = mistakes_of(parse, text)
                self.assertRegex(mistake, r"\AV must be [^\n]+\.\Z")
                self.assertNotIn("hunter2", mistake)

    def assert_accepted(self, parse, *texts):
        for text in texts:
            with self.subTest(text=text):
                self.assertEqual(mistakes_of(parse, text), [])

    def test_hosts_are_names_without_scheme_port_and_path(self):
        self.assert_refused(
            parsers.hosts,
            *("tickets.example:8000", "https://tickets.example", "*.tickets.example"),
            *("tickets.example/", "a.example b.example", "a.example;b.example", "tickets.example."),
            *(
                "..tickets.example",
                "a..example",
                "my_host",
                "::1",
                "[::1",
                "[::1]:80",
                "kino.münchen",
            ),
            *("'tickets.example'", "[tickets.example]", "a.example,*.b.example", "-a.example"),
        )
        self.assert_accepted(
            parsers.hosts,
            *("tickets.example", "a.example, b.example", ".tickets.example", "*", "localhost"),
            *(
                "127.0.0.1",
                "[::1]",
                "[2001:db8::1]",
                "Tickets.Example",
                "xn--kino-mnchen-9db.example",
            ),
        )

    def test_a_redis_url_has_a_host_a_port_and_a_number(self):
        self.assert_refused(
            parsers.redis,
            *("redis://h:abc/0", "redis://h:99999/0", "redis://h:0/0", "redis://", "redis:///0"),
            *("redis://h/zero", "redis://h/0/1", "http://h", "redis://:hun#ter2@h/0", "unix://"),
            *("redis://h:6379/0?db=x", "redis://[h/0", "redis://a/0,b/0"),
        )
        self.assert_accepted(
            parsers.redis,
            *("redis://h", "redis://h/", "redis://h:6379/0", "rediss://u:p@h.example:6380/15"),
            *(
                "redis://[::1]:6379/0",
                "redis://my_cache:6379",
                "unix:///run/redis.sock",
                "redis://a/0,redis://b/0",
            ),
        )

    def test_numbers_have_bounds(self):
        hold = parsers.number_from(1, 2_592_000)
        self.assert_refused(
            hold, "99999999999", "2592001", "0", "-1", "1e3", "1_0", "٣", "9" * 5000, "1.5", "ten"
        )
        self.assert_accepted(hold, "1", "600", "0600", "2592000")

    def test_a_value_that_begins_with_a_dollar_is_refused_and_not_shown(self):
        for text in ("$HUNTER", "${HUNTER}", "$", r"\$hunter", " $HUNTER"):
            self.assertRegex(mistakes_of(str, text)[0], r"\AV must be .+begins with \$")
        self.assert_accepted(str, "a$b")

    def test_a_database_url_has_a_name_and_a_port_that_is_a_number(self):
        self.assert_refused(
            parsers.database,
            *("postgres://h", "postgres://h/", "postgres://h:abc/n", "postgres://h:99999/n"),
            *("postgres://h:0/n", "postgres://u:hunter2#@h/n", "postgres://u:hun/ter2@h/n"),
            *("postgres://[h/n", "sqlite:///", "sqlite:////", "sqlite:////nowhere/db.sqlite3"),
            *("sqlite:////tmp", "postgres://u:hunter2@h:x,g:5432/n", "postgres://a b/n"),
        )
        self.assert_accepted(
            parsers.database,
            *("postgres://h/n", "postgresql://u:p%23@h:5432/n?sslmode=require", "sqlite:///x.db"),
            *("postgresql://postgres:@/postgres?host=/tmp/run", "postgres://a:1,b:2/n"),
            *(
                "sqlite:///:memory:",
                "sqlite:////tmp/x.db",
                "postgres://tickets_db_1/n",
                "postgres://[::1]:5432/n",
            ),
        )

    def test_a_mail_url_has_a_known_scheme_and_a_port_that_is_a_number(self):
        self.assert_refused(
            parsers.mail_server,
            *("smtp://h:abc", "smtp://h:99999", "smtp://h:0", "pigeon://coop", "h:25"),
            *("smtp://u:hunter2#@h:25", "smtp://a b:25", "smtp://u:hun/ter2@h"),
        )
        self.assert_accepted(
            parsers.mail_server, "smtp://localhost:25", "smtp+tls://u:p%40@h.example:587"
        )
        self.assert_accepted(parsers.mail_server, "consolemail://", "filemail:///tmp/mails")

    def test_a_sender_is_an_address(self):
        self.assert_refused(
            parsers.sender, "tickets", "a@b\nBcc: c@d", "a b@c", "@b", "a@", "a@b, c"
        )
        self.assert_accepted(parsers.sender, "tickets@localhost", "Astoria <a@astoria.example>")

    def test_a_reset_page_is_a_page_of_the_web(self):
        self.assert_refused(
            parsers.page_with("uid", "token"),
            *("ftp://h/{uid}/{token}", "/reset/{uid}/{token}", "javascript:{uid}{token}"),
            *(
                "https:///{uid}/{token}",
                "https://h:x/{uid}/{token}",
                "https://h/{uid}/{token}/{id}",
            ),
            *("https://h/{uid.x}/{token}", "https://h/{uid}", "https://h/{uid}/{token} x"),
            *("https://h/{{uid}}/{{token}}", "https://h/{0}/{uid}/{token}"),
        )
        self.assert_accepted(
            parsers.page_with("uid", "token"),
            "https://h.example/{uid}/{token}",
            "http://localhost:3000/#{uid}.{token}",
        )

    def test_a_page_of_the_front_end_has_the_placeholders_of_its_setting(self):
        self.assert_refused(
            parsers.page_with("token"), "https://h/", "https://h/{uid}/{token}", "https://h/{uid}"
        )
        self.assert_accepted(parsers.page_with("token"), "https://h.example/?token={token}")
        self.assert_refused(parsers.page_with(), "https://h/{token}", "terms", "javascript:x")
        self.assert_accepted(parsers.page_with(), "https://h.example/terms/")

    def test_origins_have_no_path_and_no_wildcard(self):
        self.assert_refused(
            parsers.origins,
            *(
                "https://a.example/",
                "https://a.example/shop",
                "*",
                "https://*.a.example",
                "a.example",
            ),
            *("https://a.example:x", "https://a.example:443", "http://a.example:80", "null"),
            *(
                "https://a.example?x",
                "https://a.example#x",
                "https://u@a.example",
                "ftp://a.example",
            ),
            *("https://", "https://a.example https://b.example"),
        )
        self.assert_accepted(
            parsers.origins,
            *(
                "https://a.example",
                "http://localhost:3000",
                "https://a.example,https://b.example:8443",
            ),
            *("HTTPS://A.example", "http://[::1]:3000", "http://127.0.0.1:80000"[:-1]),
        )

    def test_origin_patterns_match_no_foreign_origin(self):
        self.assert_refused(
            parsers.origin_patterns,
            *("https://.*", ".*", "(", "https://a)|(.*", "null|https://a", "https?://[a-z.]+"),
            *(r"https://\w+\.\w+", "[", "*", r"https://a\.example https://.+", "a{99999999999}"),
        )
        self.assert_accepted(
            parsers.origin_patterns,
            *(r"https://[a-z0-9-]+\.tickets\.example", r"http://localhost:\d{1,5}"),
            r"https://a\.example  https://(b|c)\.example(:8443)?",
        )

    def test_an_origin_pattern_matches_only_whole_origins(self):
        [pattern] = parsers.origin_patterns(r"https://a\.example|https://b\.example")
        for origin, is_allowed in (
            ("https://a.example", True),
            ("https://b.example", True),
            ("https://a.example.evil.invalid", False),
            ("https://b.example:8443", False),
            ("https://xb.example", False),
            ("https://a.example\n", False),
        ):
            with self.subTest(origin=origin):
                self.assertEqual(bool(re.match(pattern, origin)), is_allowed)

    def test_header_names_are_tokens(self):
        self.assert_refused(
            parsers.header_names, "a b", "a:b", "*", "a\nb", "é", "x-a;x-b", '"a"', "a" * 101
        )
        self.assert_accepted(parsers.header_names, "sentry-trace, baggage", "X-Requested-With")

    def test_proxies_are_addresses_or_networks(self):
        self.assert_refused(parsers.networks, "10.0.0.1/8", "$PROXY", "*", "proxy", "10.0.0.0/99")
        self.assert_refused(parsers.networks, "10.0.0.1:80", "https://10.0.0.1", "10.0.0.0/8 ::1")
        self.assert_accepted(parsers.networks, "10.0.0.0/8,127.0.0.1", "::1", "2001:db8::/32")
        self.assertIn("10.0.0.0/8", mistakes_of(parsers.networks, "10.0.0.1/8")[0].split(";")[1])

    def test_a_token_can_be_sent_in_a_header(self):
        self.assert_refused(parsers.bearer_token, "hunter2 b", "hunter2é")
        self.assert_accepted(parsers.bearer_token, "s3cret")

    def test_signing_keys_have_ids_and_are_long(self):
        parse = secret_values.signing_keys(["former"])
        self.assert_refused(
            parse,
            *("hunter2" * 10, "a:hunter2", ":" + "hunter2" * 10, "a b:" + "hunter2" * 10),
            *(f"a:{'hunter2' * 10},a:{'x' * 32}", ",", "secret_key", f"{'a' * 65}:{'x' * 32}"),
        )
        self.assert_accepted(
            parse, f"a:{'x' * 32}", f"a:{'x' * 32},\n b.2-_:{'y:+/=' * 9}\n", "SECRET_KEY"
        )
        keys = parse(f"a:{'x' * 32} SECRET_KEY")
        self.assertEqual(list(keys.values()), ["x" * 32, "former"])

    def test_keys_of_tickets_are_long_and_different(self):
        parse = secret_values.ticket_keys(["former"])
        self.assert_refused(
            parse, "hunter2", f"{'x' * 32},hunter2", ",", f"{'x' * 32} {'x' * 32}", "secret_key"
        )
        self.assertEqual(parse(f"{'x' * 32}\nSECRET_KEY"), ["x" * 32, "former"])

    def test_certificates_of_passes_name_their_type_and_team(self):
        root, chain = make_chain()
        certificates, key = chain["WALLET_CERTIFICATE"], chain["WALLET_KEY"]
        self.assert_refused(wallet_values.pass_certificates, "hunter2", key, pem(root))
        self.assert_accepted(wallet_values.pass_certificates, certificates)
        locked = key.replace("PRIVATE", "ENCRYPTED PRIVATE")
        self.assert_refused(wallet_values.pass_key, "hunter2", certificates, locked)
        self.assert_accepted(wallet_values.pass_key, key)

    def test_former_keys_are_as_long_as_keys(self):
        parse = secret_values.former_keys(10)
        self.assert_refused(parse, "hunter2", f"{'k' * 10},hunter2")
        self.assert_accepted(parse, "k" * 10, f"{'k' * 10}, {'l' * 10} {'m' * 11}")


class SecretFileTests(TestCase):
    """Files that give no secret: the sentence names the variable and the file, not its content."""

    def mistakes_of(self, path, parse=str):
        environment = Environment()
        with mock.patch.dict(os.environ, {"V_FILE": str(path)}):
            environment.secret("V", parse, None)
        return environment.mistakes

    def test_a_file_without_a_value_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            contents = {
                "empty": b"",
                "blank": b" \n",
                "binary": b"\xff\xfehunter2",
                "large": b"hunter2" * 10_000,
            }
            for name, content in contents.items():
                path = Path(folder) / name
                path.write_bytes(content)
                with self.subTest(name):
                    [mistake] = self.mistakes_of(path)
                    self.assertRegex(mistake, r"\AV_FILE must name a file .+, not '.+'\.\Z")
                    self.assertNotIn("hunter2", mistake)
            for name in ("missing", "."):
                [mistake] = self.mistakes_of(Path(folder) / name)
                self.assertIn("a file that exists and can be read", mistake)

    def test_a_wrong_value_of_a_file_names_the_file(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("mysql://u:hunter2@h/n")
            file.flush()
            [mistake] = self.mistakes_of(file.name, parsers.database)
        self.assertRegex(mistake, rf"\AV must be .+ It is read from '{file.name}'\.\Z")
        self.assertNotIn("hunter2", mistake)

    def test_an_endless_file_is_refused(self):
        [mistake] = self.mistakes_of("/dev/zero")
        self.assertIn("at most 65536 bytes", mistake)


class WrongHostTests(SimpleTestCase):
    def test_the_log_names_the_host_and_the_variable(self):
        for host in ("evil.example", "my_host", "a b", "x" * 5000, "evil.example:8000"):
            for debug in (False, True):
                with (
                    self.subTest(host=host[:20], debug=debug),
                    override_settings(ALLOWED_HOSTS=["tickets.example"], DEBUG=debug),
                    self.assertLogs("django.security.DisallowedHost", "WARNING") as log,
                ):
                    response = self.client.get("/api/movies/", headers={"host": host})
                    self.assertEqual(response.status_code, 400)
                    [line] = log.records
                    expected = f"Rejected the host {host[:255]!r}: it is not in ALLOWED_HOSTS."
                    self.assertEqual(line.getMessage(), expected)
                    self.assertEqual((line.levelname, line.exc_info), ("WARNING", None))
