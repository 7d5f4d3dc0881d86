"""Normalize WSGI requests before Django reads them."""

import io
import re
from collections.abc import Iterable
from ipaddress import ip_address
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings

NO_ADDRESS = "0.0.0.0"  # noqa: S104 - nothing is bound to it

ADDRESS_WITH_PORT = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::\d+)?|([0-9.]+):\d+")
CHARSET = re.compile(r";\s*charset\*?\s*=[^;]*", re.IGNORECASE)


def normalize_requests(application: WSGIApplication) -> WSGIApplication:
    """Wrap an application so that it gets a plain address, no charset and a body with a length."""

    def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        _normalize_address(environ)
        _drop_charset(environ)
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
            _read_chunked_body(environ)
        return application(environ, start_response)

    return wrapped


def _normalize_address(environ: WSGIEnvironment) -> None:
    """Drop a forwarded port: `203.0.113.9:4711`, `[2001:db8::1]:4711`.

    Replace anything that is not an address with NO_ADDRESS.
    """
    address = environ.get("REMOTE_ADDR", "")
    if found := ADDRESS_WITH_PORT.fullmatch(address):
        address = found[1] or found[2]
    try:
        ip_address(address)
    except ValueError:
        address = NO_ADDRESS
    environ["REMOTE_ADDR"] = address


def _drop_charset(environ: WSGIEnvironment) -> None:
    """Drop the charset: JSON is UTF-8, but Django would look up any codec that a client names."""
    environ["CONTENT_TYPE"] = CHARSET.sub("", environ.get("CONTENT_TYPE", ""))


def _read_chunked_body(environ: WSGIEnvironment) -> None:
    """Read a chunked body, because Django treats a body without Content-Length as empty.

    Reads one byte more than the limit at most, so that a body that is too large is rejected.
    """
    body = environ["wsgi.input"].read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
