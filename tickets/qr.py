"""The QR code of a ticket."""

from io import BytesIO

import segno

# A door's camera reads it from a dim or cracked screen: a quarter of it may be unreadable.
ERROR_CORRECTION = "q"
QUIET_ZONE = 4  # modules, as ISO 18004 asks for


def qr_of(code: str) -> segno.QRCode:
    return segno.make_qr(code, error=ERROR_CORRECTION, boost_error=False)


def draw_svg(code: str, *, title: str) -> str:
    """Return the picture, white behind it and around it, so that it is read on a dark page too."""
    out = BytesIO()
    qr_of(code).save(
        out,
        kind="svg",
        border=QUIET_ZONE,
        light="#fff",
        title=title,
        omitsize=True,
        svgclass=None,
        lineclass=None,
        nl=False,
    )
    return out.getvalue().decode()
