"""A ticket as a pass: a zip of pass.json, pictures, their hashes and a signature.

https://developer.apple.com/documentation/walletpasses
"""

import hashlib
import json
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from tickets.errors import WalletNotConfigured
from tickets.issuing import IssuedTicket
from tickets.wallet.signer import Signer, usable_signer

PICTURES = Path(__file__).parent / "pictures"
BACKGROUND, FOREGROUND, LABEL = "rgb(31, 58, 95)", "rgb(255, 255, 255)", "rgb(200, 215, 235)"

Field = dict[str, str]


def pass_of(ticket: IssuedTicket) -> bytes:
    """Return the pass. Raises WalletNotConfigured without a certificate that is valid now."""
    signer = usable_signer()
    if signer is None:
        raise WalletNotConfigured
    return pack(ticket, signer)


def pack(ticket: IssuedTicket, signer: Signer) -> bytes:
    """Return the signed pass. The format asks for SHA-1 in the list of hashes."""
    files = {"pass.json": json.dumps(content_of(ticket, signer)).encode()}
    files |= {path.name: path.read_bytes() for path in sorted(PICTURES.glob("*.png"))}
    hashes = {
        name: hashlib.sha1(content, usedforsecurity=False).hexdigest()
        for name, content in files.items()
    }
    manifest = json.dumps(hashes).encode()
    files |= {"manifest.json": manifest, "signature": signer.sign(manifest)}
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(ZipInfo(name), content, ZIP_DEFLATED)
    return out.getvalue()


def content_of(ticket: IssuedTicket, signer: Signer) -> dict[str, Any]:
    """Return pass.json."""
    booking, words = ticket.booking, ticket.words
    show = booking.show
    barcode = {
        "format": "PKBarcodeFormatQR",
        "message": ticket.code,
        "messageEncoding": "iso-8859-1",
        "altText": words.order,
    }
    return {
        "formatVersion": 1,
        "passTypeIdentifier": signer.pass_type,
        "teamIdentifier": signer.team,
        # The pass of a renewed ticket replaces the old one in the wallet.
        "serialNumber": str(booking.number),
        "organizationName": words.cinema,
        "description": f"Ticket for {words.film}, {words.day}, {words.clock}",
        "relevantDate": show.local(show.starts_at).isoformat(timespec="minutes"),
        "expirationDate": show.local(show.ends_at).isoformat(timespec="minutes"),
        "barcode": barcode,  # for versions of iOS before 9
        "barcodes": [barcode],
        "backgroundColor": BACKGROUND,
        "foregroundColor": FOREGROUND,
        "labelColor": LABEL,
        "logoText": words.cinema,
        "eventTicket": {
            "headerFields": _fields(("clock", "TIME", words.clock)),
            "primaryFields": _fields(("film", "FILM", words.film)),
            "secondaryFields": _fields(("day", "DAY", words.day), ("screen", "HALL", words.screen)),
            "auxiliaryFields": _fields(
                ("zone", "ZONE", words.zone),
                ("row", "ROW", words.row),
                ("seat", "SEAT", words.seat),
                ("ticket_type", "TICKET", words.ticket_type),
            ),
            "backFields": _fields(
                ("certificate", "Certificate", words.certificate),
                ("category", "Category", words.category),
                ("price", "Price", words.price),
                ("order", "Order", words.order),
                ("name", "Name", words.name),
                ("cinema", "Cinema", words.cinema),
                ("address", "Address", words.address),
            ),
        },
    }


def _fields(*fields: tuple[str, str, str]) -> list[Field]:
    """Return the fields that have a value."""
    return [{"key": key, "label": label, "value": value} for key, label, value in fields if value]
