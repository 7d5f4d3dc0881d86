"""The packages of others: installed when the lock changes, listed, and compared with advisories."""

import contextlib
import functools
import http.server
import io
import json
import os
import shlex
import subprocess
import sys
import tempfile
import threading
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import TestCase, mock

from django.test import SimpleTestCase, tag

from supply import __main__ as supply
from supply.advisories import locked
from tests.test_settings import BASE_DIR

PYTHON = """#!/bin/sh
case "$*" in *"-m pip install"*) echo "$*" >> calls;; esac
"""
LOCK = "\\\n    --hash=sha256:00\n".join(["Django==5.2.1 ", "psycopg[binary]==3.3.9 ; x ", ""])


class InstallTests(TestCase):
    """`make` with a Python that only writes down what it would install."""

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        for name in ("Makefile", "requirements.txt", "requirements-dev.txt"):
            (self.folder / name).write_bytes((BASE_DIR / name).read_bytes())
        python = self.folder / ".venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(PYTHON)
        python.chmod(0o755)

    def installed(self, target=".venv/run"):
        """Make the target; return which locks were installed."""
        calls = self.folder / "calls"
        calls.write_text("")
        subprocess.run(
            ["make", "--silent", target], cwd=self.folder, check=True, capture_output=True
        )
        return [line.split()[-1] for line in calls.read_text().splitlines()]

    def test_only_another_lock_is_installed_again(self):
        lock = self.folder / "requirements.txt"
        self.assertEqual(self.installed(), ["requirements.txt"])
        self.assertEqual(self.installed(), [])
        lock.touch()  # a fresh checkout, or a layer of an image
        (self.folder / ".venv" / "bin" / "python").touch()
        self.assertEqual(self.installed(), [])
        content = lock.read_text()
        stamp = (self.folder / ".venv" / "run").stat().st_mtime
        lock.write_text(f"{content}\n# changed\n")
        os.utime(lock, (stamp - 1000, stamp - 1000))  # an older file than the stamp
        self.assertEqual(self.installed(), ["requirements.txt"])
        self.assertEqual(self.installed(), [])

    def test_the_packages_of_the_tests_follow_their_own_lock(self):
        both = ["requirements.txt", "requirements-dev.txt"]
        self.assertEqual(self.installed(".venv/dev"), both)
        self.assertEqual(self.installed(".venv/dev"), [])
        (self.folder / "requirements-dev.txt").write_text("changed")
        self.assertEqual(self.installed(".venv/dev"), both[1:])

    def test_static_files_are_collected_again_only_when_they_change(self):
        static = self.folder / "app" / "static" / "app.css"
        static.parent.mkdir(parents=True)
        static.write_text("")
        collected = self.folder / ".static" / "staticfiles.json"
        self.installed(".static/staticfiles.json")
        first = collected.stat().st_mtime_ns
        self.installed(".static/staticfiles.json")
        self.assertEqual(collected.stat().st_mtime_ns, first)
        static.touch()
        self.installed(".static/staticfiles.json")
        self.assertGreater(collected.stat().st_mtime_ns, first)

    def test_an_installation_that_fails_is_repeated(self):
        python = self.folder / ".venv" / "bin" / "python"
        python.write_text(PYTHON + 'case "$*" in *"-m pip install"*) exit 1;; esac\n')
        with self.assertRaises(subprocess.CalledProcessError):
            self.installed()
        python.write_text(PYTHON)
        self.assertEqual(self.installed(), ["requirements.txt"])


@tag("slow")
class BillOfMaterialsTests(TestCase):
    def test_the_sbom_has_every_locked_package_with_its_hashes(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "sbom.json"
            make = (BASE_DIR / "Makefile").read_text()
            [command] = [part for part in make.split("\n\t@") if "cyclonedx-py" in part]
            command = command.replace("\\\n", " ").replace("sbom.json", shlex.quote(str(file)))
            command = command.replace("$(BIN)", shlex.quote(str(Path(sys.executable).parent)))
            done = subprocess.run(
                shlex.split(command), cwd=BASE_DIR, capture_output=True, text=True, check=False
            )
            self.assertEqual(done.returncode, 0, done.stderr)
            document = json.loads(file.read_text())
        self.assertEqual(document["bomFormat"], "CycloneDX")
        found = {(each["name"].lower(), each["version"]) for each in document["components"]}
        self.assertEqual(found, {*locked(BASE_DIR / "requirements.txt")})
        for component in document["components"]:
            hashes = [
                each
                for reference in component.get("externalReferences", [])
                for each in reference.get("hashes", [])
            ]
            self.assertTrue(hashes, component["name"])


def advisory(name, *events, days=1, **members):
    modified = datetime.now(UTC) - timedelta(days=days)
    return {
        "id": "GHSA-1",
        "modified": f"{modified:%Y-%m-%dT%H:%M:%SZ}",
        "summary": "It leaks.",
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": name},
                "ranges": [{"type": "ECOSYSTEM", "events": [*events]}],
            }
        ],
    } | members


def since(version):
    return {"introduced": version}


def fixed(version):
    return {"fixed": version}


class AuditTests(SimpleTestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.lock = self.folder / "requirements.txt"
        self.lock.write_text(LOCK)
        self.copy = self.folder / "pypi.zip"

    def write(self, *advisories, file=None):
        with zipfile.ZipFile(file or self.copy, "w") as archive:
            for number, each in enumerate(advisories):
                archive.writestr(f"{number}.json", json.dumps(each))

    def run_it(self, *arguments):
        """Return (exit status, everything it has printed)."""
        out = io.StringIO()
        with (
            mock.patch("sys.argv", ["supply", f"--copy={self.copy}", *map(str, arguments)]),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(out),
        ):
            try:
                status = supply.main()
            except SystemExit as stop:
                return 1, f"{out.getvalue()}{stop.code}"
        return status, out.getvalue()

    def test_versions_in_a_range_are_found_and_others_are_not(self):
        for events, is_found in [
            ([since("0")], True),
            ([since("0"), fixed("5.2.1")], False),
            ([since("0"), fixed("5.2.2")], True),
            ([since("5.2"), fixed("5.2.10")], True),  # not as text
            ([since("5.2.2")], False),
            ([since("0"), {"last_affected": "5.2.1"}], True),
            ([since("0"), {"last_affected": "5.2"}], False),
            ([since("0"), fixed("4.2"), since("5.0"), fixed("5.1")], False),
            ([fixed("5.3"), since("5.0"), fixed("4.2"), since("0")], True),
            ([since("0"), fixed("unreadable")], True),
        ]:
            with self.subTest(events=events):
                self.write(advisory("django", *events))
                status, told = self.run_it("audit", self.lock)
                self.assertEqual(status, int(is_found), told)
                self.assertEqual("django 5.2.1: GHSA-1" in told, is_found)
        listed = advisory("DJANGO")
        listed["affected"][0]["versions"] = ["5.2.1"]
        self.write(listed)
        self.assertEqual(self.run_it("audit", self.lock)[0], 1)

    def test_other_packages_ecosystems_and_withdrawn_advisories_are_no_findings(self):
        other = advisory("django", since("0"))
        other["affected"][0]["package"]["ecosystem"] = "npm"
        git = advisory("django", since("0"))
        git["affected"][0]["ranges"][0]["type"] = "GIT"
        withdrawn = advisory("django", since("0"), withdrawn="2026-01-01T00:00:00Z")
        self.write(other, git, withdrawn, advisory("flask", since("0")))
        status, told = self.run_it("audit", self.lock)
        self.assertEqual(status, 0, told)
        self.assertIn("0 known vulnerabilities in 2 packages", told)

    def test_one_vulnerability_with_two_ids_is_one_finding(self):
        self.write(
            advisory("psycopg", since("0"), fixed("3.4"), aliases=["CVE-1", "PYSEC-1"]),
            advisory("psycopg", since("0"), fixed("3.4"), id="PYSEC-1", aliases=["CVE-1"]),
        )
        status, told = self.run_it("audit", self.lock)
        self.assertEqual(status, 1)
        self.assertIn("psycopg 3.3.9: GHSA-1 (CVE-1, PYSEC-1), fixed in 3.4. It leaks.", told)
        self.assertIn("1 known vulnerabilities", told)

    def test_the_age_of_the_copy_is_that_of_its_latest_advisory(self):
        self.write(advisory("flask", since("0"), days=40), advisory("bottle", since("0"), days=90))
        status, told = self.run_it("audit", self.lock)
        self.assertEqual(status, 0)
        self.assertIn("2 advisories, the latest of ", told)
        self.assertIn("40 days ago.", told)
        self.assertIn("renew the copy", told)

    def test_without_a_copy_or_with_a_broken_one_the_audit_fails(self):
        status, told = self.run_it("audit", self.lock)
        self.assertEqual(status, 1)
        self.assertIn("make advisories FROM=", told)
        self.copy.write_bytes(b"<html>Please log in</html>")
        self.assertEqual(self.run_it("audit", self.lock)[0], 1)
        self.write()
        self.assertIn("no advisory", self.run_it("audit", self.lock)[1])
        self.write(advisory("flask", since("0")))
        self.lock.write_text("")
        self.assertIn("locks no package", self.run_it("audit", self.lock)[1])

    def test_a_copy_is_renewed_from_a_server_or_a_file_and_never_by_less(self):
        new, old, broken = (self.folder / name for name in ("new.zip", "old.zip", "broken.zip"))
        self.write(advisory("flask", since("0"), days=1), file=new)
        self.write(advisory("flask", since("0"), days=9), file=old)
        broken.write_bytes(new.read_bytes()[:100])
        handler = functools.partial(QuietFiles, directory=self.folder)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        site = f"http://127.0.0.1:{server.server_port}"
        for source, is_taken in [
            (old, True),
            (broken, False),
            (f"{site}/new.zip", True),
            (old, False),
            (f"{site}/missing.zip", False),
            ("http://127.0.0.1:1/new.zip", False),
            (self.folder / "missing", False),
        ]:
            with self.subTest(source=source):
                before = self.copy.read_bytes() if self.copy.exists() else b""
                status, told = self.run_it("update", source)
                self.assertEqual(status, int(not is_taken), told)
                self.assertEqual(self.copy.read_bytes() != before, is_taken)
        self.assertEqual(self.copy.read_bytes(), new.read_bytes())

    def test_every_kind_of_broken_copy_fails_in_a_sentence_and_is_renewed(self):
        self.write(advisory("flask", since("0")))
        whole = self.copy.read_bytes()
        damaged = bytearray(whole)
        damaged[40] ^= 0xFF
        packed = self.folder / "packed.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("1.json", json.dumps(advisory("flask", since("0"))) * 50)
        deflated = bytearray(packed.read_bytes())
        deflated[45:60] = b"\xff" * 15
        contents = {
            "empty": b"",
            "a page": b"<html>Please log in</html>",
            "cut": whole[:-20],
            "damaged": bytes(damaged),
            "damaged and packed": bytes(deflated),
        }
        for name, document in {
            "a list": [],
            "no documents": "text",
            "no date": advisory("flask", since("0")) | {"modified": None},
            "another date": advisory("flask", since("0")) | {"modified": "yesterday"},
            "nothing affected": advisory("flask", since("0")) | {"affected": None},
            "no name": advisory("flask", since("0")) | {"affected": [{"package": "flask"}]},
        }.items():
            self.write(document)
            contents[name] = self.copy.read_bytes()
        source = self.folder / "source.zip"
        source.write_bytes(whole)
        for name, content in contents.items():
            with self.subTest(name):
                self.copy.write_bytes(content)
                status, told = self.run_it("audit", self.lock)
                self.assertEqual(status, 1)
                self.assertIn("Failed: ", told)
                status, told = self.run_it("update", source)
                self.assertEqual((status, self.copy.read_bytes()), (0, whole), told)

    def test_an_export_that_lost_most_advisories_is_not_taken(self):
        self.write(*[advisory(f"package{number}", since("0")) for number in range(20)])
        before, source = self.copy.read_bytes(), self.folder / "source.zip"
        self.write(*[advisory("flask", since("0"), days=0)] * 2, file=source)
        status, told = self.run_it("update", source)
        self.assertEqual((status, self.copy.read_bytes()), (1, before))
        self.assertIn("has only 2 advisories, not 20", told)


class QuietFiles(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass
