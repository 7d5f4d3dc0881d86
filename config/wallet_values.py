"""The certificate of passes for Apple Wallet and its key, as settings. No message shows the key."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # slow to import, and only needed with these settings
    from cryptography.x509 import Certificate


def pass_certificates(text: str) -> str:
    """Check the certificate of a pass type, and those behind it."""
    from cryptography.x509.oid import NameOID

    try:
        subject = _first_of(text).subject
    except ValueError:
        raise ValueError(
            "certificates in PEM: that of the pass type, then the one of Apple that has signed it"
        ) from None
    for name in (NameOID.USER_ID, NameOID.ORGANIZATIONAL_UNIT_NAME):
        if len(subject.get_attributes_for_oid(name)) != 1:
            raise ValueError("the certificate of a pass type, which names the type and the team")
    return text


def pass_key(text: str) -> str:
    """Check a private key without a password."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey):
        raise ValueError("the private key of WALLET_CERTIFICATE in PEM, without a password")
    return text


def is_key_of(key: str, certificates: str) -> bool:
    """Return whether the key belongs to the first certificate."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    public = load_pem_private_key(key.encode(), password=None).public_key()
    return public == _first_of(certificates).public_key()


def _first_of(text: str) -> "Certificate":
    from cryptography.x509 import load_pem_x509_certificates

    return load_pem_x509_certificates(text.encode())[0]
