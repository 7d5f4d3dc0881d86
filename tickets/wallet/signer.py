"""The certificate of passes: what it says, when it ends, and its signatures."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.hazmat.primitives.serialization.pkcs7 import (
    PKCS7Options,
    PKCS7SignatureBuilder,
)
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.utils import timezone

OPTIONS = [PKCS7Options.DetachedSignature, PKCS7Options.Binary]


@dataclass(frozen=True)
class Signer:
    """A certificate of a pass type with its key, and the certificates between it and the root."""

    certificate: x509.Certificate
    key: RSAPrivateKey | EllipticCurvePrivateKey
    between: list[x509.Certificate]

    @property
    def pass_type(self) -> str:
        """The identifier of the pass type, such as pass.example.tickets."""
        return self._subject(NameOID.USER_ID)

    @property
    def team(self) -> str:
        return self._subject(NameOID.ORGANIZATIONAL_UNIT_NAME)

    @property
    def ends_at(self) -> datetime:
        return self.certificate.not_valid_after_utc

    @property
    def is_over(self) -> bool:
        return self.ends_at <= timezone.now()

    def sign(self, data: bytes) -> bytes:
        """Return the detached signature, PKCS #7 in DER."""
        builder = PKCS7SignatureBuilder().set_data(data)
        builder = builder.add_signer(self.certificate, self.key, SHA256())
        for certificate in self.between:
            builder = builder.add_certificate(certificate)
        return builder.sign(Encoding.DER, OPTIONS)

    def _subject(self, oid: x509.ObjectIdentifier) -> str:
        [attribute] = self.certificate.subject.get_attributes_for_oid(oid)
        return str(attribute.value)


def usable_signer() -> Signer | None:
    """Return the configured signer while its certificate is valid."""
    signer = configured_signer()
    return None if signer is None or signer.is_over else signer


def configured_signer() -> Signer | None:
    """Return the signer of the settings, which have checked it; None without one."""
    if not settings.WALLET_CERTIFICATE:
        return None
    return _signer_of(settings.WALLET_CERTIFICATE, settings.WALLET_KEY)


@lru_cache(maxsize=2)
def _signer_of(certificates: str, key: str) -> Signer:
    first, *between = x509.load_pem_x509_certificates(certificates.encode())
    private = load_pem_private_key(key.encode(), password=None)
    if not isinstance(private, RSAPrivateKey | EllipticCurvePrivateKey):
        raise TypeError("WALLET_KEY is neither an RSA key nor one of an elliptic curve.")
    return Signer(first, private, between)
