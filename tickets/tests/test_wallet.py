"""Passes for Apple Wallet, with a chain of certificates made here and verified by openssl."""

import hashlib
import json
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from unittest import skipUnless
from zipfile import ZipFile

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID
from django.test import SimpleTestCase, override_settings

from movies.models import Movie
from testing.clock import at
from tickets.checks import certificate_of_passes_is_valid
from tickets.tests.cases import TicketTestCase

START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2036, 1, 1, tzinfo=UTC)
NAMES = {
    "uid": NameOID.USER_ID,
    "team": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "name": NameOID.COMMON_NAME,
}


def pem(certificate):
    return certificate.public_bytes(Encoding.PEM).decode()


def key_pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def certify(key, signer=None, *, end=END, **names):
    """Return a certificate of the key; `signer` is (certificate, key) of its issuer."""
    subject = x509.Name(x509.NameAttribute(NAMES[name], value) for name, value in names.items())
    issuer, issuer_key = (signer[0].subject, signer[1]) if signer else (subject, key)
    is_authority = "uid" not in names
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(START)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        .sign(issuer_key, SHA256())
    )


def make_chain(end=END):
    """Return (root, settings): a pass type's certificate below an intermediate below the root."""
    root_key, middle_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    key = rsa.generate_private_key(65537, 2048)
    root = certify(root_key, name="Root")
    middle = certify(middle_key, (root, root_key), name="Intermediate")
    leaf = certify(key, (middle, middle_key), end=end, uid="pass.example.tickets", team="TEAM1")
    chain = pem(leaf) + pem(middle)
    return root, {"WALLET_CERTIFICATE": chain, "WALLET_KEY": key_pem(key)}


class PassTests(TicketTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.root, cls.settings_of_passes = make_chain()

    def fetch(self, booking=None, user=None):
        number = (booking or self.booking).number
        return self.get(f"/api/bookings/{number}/ticket.pkpass", user)

    def files(self):
        with override_settings(**self.settings_of_passes):
            response = self.fetch()
        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(response["Content-Type"], "application/vnd.apple.pkpass")
        self.assertEqual(response["Cache-Control"], "no-store")
        archive = ZipFile(BytesIO(response.content))
        return {name: archive.read(name) for name in archive.namelist()}

    def test_the_pass_has_the_code_and_the_words_of_the_ticket(self):
        Movie.objects.update(title="Сталкер", certificate="12A")
        content = json.loads(self.files()["pass.json"])
        [barcode] = content["barcodes"]
        self.assertEqual(barcode["message"], self.codes()["A1"])
        self.assertEqual(barcode["format"], "PKBarcodeFormatQR")
        self.assertEqual(content["passTypeIdentifier"], "pass.example.tickets")
        self.assertEqual(content["teamIdentifier"], "TEAM1")
        self.assertEqual(content["serialNumber"], str(self.booking.number))
        start = self.show.local(self.show.starts_at).isoformat(timespec="minutes")
        self.assertEqual(content["relevantDate"], start)
        ticket = content["eventTicket"]
        self.assertEqual([each["value"] for each in ticket["primaryFields"]], ["Сталкер"])
        told = {each["key"]: each["value"] for fields in ticket.values() for each in fields}
        expected = {"row": "A", "seat": "1", "screen": "Screen 2", "certificate": "12A"}
        self.assertEqual({name: told[name] for name in expected}, expected)
        self.assertEqual((told["price"], told["order"]), ("11.00 EUR", self.order.code))

    def test_no_key_of_a_field_is_there_twice(self):
        ticket = json.loads(self.files()["pass.json"])["eventTicket"]
        keys = [each["key"] for fields in ticket.values() for each in fields]
        self.assertEqual(len(keys), len(set(keys)))

    def test_the_manifest_has_the_hash_of_every_file(self):
        files = self.files()
        manifest = json.loads(files["manifest.json"])
        self.assertEqual(manifest.keys(), files.keys() - {"manifest.json", "signature"})
        for name, digest in manifest.items():
            sha1 = hashlib.sha1(files[name], usedforsecurity=False).hexdigest()
            self.assertEqual(sha1, digest, name)
        self.assertLessEqual({"pass.json", "icon.png", "icon@2x.png"}, manifest.keys())

    @skipUnless(shutil.which("openssl"), "needs openssl")
    def test_openssl_verifies_the_signature_and_its_chain(self):
        files = self.files()
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (folder / "root.pem").write_text(pem(self.root))
        for name in ("manifest.json", "signature"):
            (folder / name).write_bytes(files[name])
        command = ["openssl", "smime", "-verify", "-binary", "-inform", "DER", "-purpose", "any"]
        command += ["-in", "signature", "-content", "manifest.json", "-CAfile", "root.pem"]
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        (folder / "manifest.json").write_bytes(files["manifest.json"] + b" ")
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
        self.assertNotEqual(done.returncode, 0)

    def test_the_tickets_name_its_url_only_where_it_is_offered(self):
        with override_settings(**self.settings_of_passes):
            [first, _] = self.get(f"{self.path}/").json()["tickets"]
            self.assertEqual(self.get(first["pass_url"]).status_code, 200)
            with at(END):
                [first, _] = self.get(f"{self.path}/").json()["tickets"]
                self.assertIsNone(first["pass_url"])

    def test_without_a_certificate_or_after_its_end_there_is_none(self):
        self.assert_problem(self.fetch(), 404, "wallet_not_configured")
        _, ended = make_chain(end=START + timedelta(days=1))
        with override_settings(**ended):
            self.assert_problem(self.fetch(), 404, "wallet_not_configured")

    def test_it_is_only_for_the_owner_and_staff(self):
        with override_settings(**self.settings_of_passes):
            self.assert_problem(self.fetch(user=self.bob), 403, "permission_denied")


class CheckTests(SimpleTestCase):
    def ids(self, moment):
        _, chain = make_chain()
        with override_settings(**chain), at(moment):
            return [(each.id, str(each.msg)) for each in certificate_of_passes_is_valid()]

    def test_it_warns_from_thirty_days_before_the_end(self):
        self.assertEqual(self.ids(END - timedelta(days=31)), [])
        sentence = "WALLET_CERTIFICATE ends on 2036-01-01."
        self.assertEqual(self.ids(END - timedelta(days=29)), [("tickets.W001", sentence)])

    def test_after_the_end_it_is_an_error(self):
        [(code, sentence)] = self.ids(END)
        self.assertEqual(code, "tickets.E001")
        self.assertIn("has ended on 2036-01-01", sentence)

    def test_without_a_certificate_there_is_nothing_to_say(self):
        self.assertEqual(certificate_of_passes_is_valid(), [])
