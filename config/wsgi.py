"""The application that servers run: `granian --interface wsgi config.wsgi:application`."""

import io
import os
import re
from ipaddress import ip_address

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def plain_request(application):
    """Bring what servers and clients send in odd ways into the form that Django reads."""

    def wrapped(environ, start_response):
        _drop_port(environ)
        _drop_charset(environ)
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
            _read_chunked_body(environ)
        return application(environ, start_response)

    return wrapped


def _drop_port(environ):
    """Some proxies forward a port with the address: `203.0.113.9:4711`, `[2001:db8::1]:4711`.

    What is no address at all becomes one that nobody has.
    """
    found = re.fullmatch(
        r"\[([0-9A-Fa-f:.]+)\](?::\d+)?|([0-9.]+):\d+", environ.get("REMOTE_ADDR", "")
    )
    if found:
        environ["REMOTE_ADDR"] = found[1] or found[2]
    try:
        ip_address(environ.get("REMOTE_ADDR", ""))
    except ValueError:
        environ["REMOTE_ADDR"] = "0.0.0.0"  # noqa: S104 - nothing is bound to it


def _drop_charset(environ):
    """JSON is UTF-8; Django would look up any codec that a client names, and may fail."""
    content_type = environ.get("CONTENT_TYPE", "")
    environ["CONTENT_TYPE"] = re.sub(r";\s*charset\*?\s*=[^;]*", "", content_type, flags=re.I)


def _read_chunked_body(environ):
    """A body without Content-Length would count as empty. Of one too large, enough to refuse it."""
    body = environ["wsgi.input"].read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))


# Behind this line REMOTE_ADDR and the scheme are the client's own; no one else reads X-Forwarded-*.
application = wrap_wsgi_with_proxy_headers(
    plain_request(get_wsgi_application()), settings.TRUSTED_PROXIES
)
