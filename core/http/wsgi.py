"""Normalize WSGI requests before Django reads them."""

import io
import re
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address, ip_network
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings

NO_ADDRESS = "0.0.0.0"  # noqa: S104 - nothing is bound to it

ADDRESS_WITH_PORT = re.compile(r"\[([0-9A-Za-z:.%]+)\](?::\d*)?|([0-9.]+):\d*")
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


def normalize_proxies(application: WSGIApplication) -> WSGIApplication:
    """Wrap an application that reads X-Forwarded-For, so that it gets plain addresses in it."""

    def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        _normalize_hops(environ)
        return application(environ, start_response)

    return wrapped


def drop_request_ids(
    application: WSGIApplication, trusted_proxies: Iterable[str]
) -> WSGIApplication:
    """Wrap an application so that it gets an X-Request-ID from trusted proxies only.

    Otherwise a client could write the id of another's request into the log and the history of
    seats. The server's peer must have its one spelling already, and must not be the client yet.
    """
    networks = [ip_network(proxy) for proxy in trusted_proxies]

    def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if "HTTP_X_REQUEST_ID" in environ:
            peer = plain_address(environ.get("REMOTE_ADDR", ""))
            if peer is None or not any(ip_address(peer) in network for network in networks):
                del environ["HTTP_X_REQUEST_ID"]
        return application(environ, start_response)

    return wrapped


def plain_address(text: str) -> str | None:
    """Return an address in its one spelling, without port and zone; None if it is no address.

    A server on `[::]` sees an IPv4 client as `::ffff:203.0.113.9`; that is `203.0.113.9`.
    """
    found = ADDRESS_WITH_PORT.fullmatch(text.strip())
    try:
        address = ip_address((found[1] or found[2]) if found else text.strip())
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or IPv6Address(int(address)))
    return str(address)


def _normalize_address(environ: WSGIEnvironment) -> None:
    """Give REMOTE_ADDR its one spelling. Replace anything that is no address with NO_ADDRESS."""
    environ["REMOTE_ADDR"] = plain_address(environ.get("REMOTE_ADDR", "")) or NO_ADDRESS


def _normalize_hops(environ: WSGIEnvironment) -> None:
    """Give the server's peer and every forwarded hop its one spelling.

    Only addresses change: a word that is none, such as `unknown`, still ends the search for the
    client.
    """
    peer = environ.get("REMOTE_ADDR", "")
    environ["REMOTE_ADDR"] = plain_address(peer) or peer
    if "HTTP_X_FORWARDED_FOR" in environ:
        hops = [hop.strip() for hop in environ["HTTP_X_FORWARDED_FOR"].split(",")]
        environ["HTTP_X_FORWARDED_FOR"] = ",".join(plain_address(hop) or hop for hop in hops if hop)


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
