"""A security key, as a browser answers with one: WebAuthn without attestation."""

import hashlib
import json
import os
import struct
from base64 import urlsafe_b64encode

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

ES256 = {1: 2, 3: -7, -1: 1}  # COSE: an elliptic curve, ECDSA with SHA-256, P-256
PRESENT, WITH_KEY = 0x01, 0x40  # flags


class SecurityKey:
    SIGNED = frozenset({"authenticatorData", "clientDataJSON", "signature"})

    def __init__(self, host="testserver", origin="http://testserver"):
        self.host, self.origin, self.uses = host, origin, 0
        self.id, self.key = os.urandom(16), ec.generate_private_key(ec.SECP256R1())

    def create(self, options, **changes):
        """Return the answer to the options of a page that adds a key."""
        numbers = self.key.public_key().public_numbers()
        public = {**ES256, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        own = bytes(16) + struct.pack(">H", len(self.id)) + self.id + cbor2.dumps(public)
        data = self._data(PRESENT | WITH_KEY) + own
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        response = {"attestationObject": attestation, "transports": ["usb"]}
        return self._answer("webauthn.create", options, response, changes)

    def get(self, options, **changes):
        """Return the answer to the options of a page that asks for a key."""
        self.uses += 1
        data = self._data(PRESENT)
        client = self._client("webauthn.get", options)
        signed = data + hashlib.sha256(client).digest()
        response = {
            "authenticatorData": data,
            "signature": self.key.sign(signed, ec.ECDSA(hashes.SHA256())),
        }
        return self._answer("webauthn.get", options, response, changes)

    def _data(self, flags):
        return hashlib.sha256(self.host.encode()).digest() + struct.pack(">BI", flags, self.uses)

    def _client(self, kind, options):
        client = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        return json.dumps(client).encode()

    def _answer(self, kind, options, response, changes):
        response = {"clientDataJSON": self._client(kind, options), **response, **changes}
        encoded = {
            name: as_text(value) if isinstance(value, bytes) else value
            for name, value in response.items()
        }
        key = as_text(self.id)
        answer = {"id": key, "rawId": key, "type": "public-key", "response": encoded}
        return json.dumps({**answer, "clientExtensionResults": {}})


def as_text(value):
    return urlsafe_b64encode(value).decode().rstrip("=")
