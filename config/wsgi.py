"""The application that servers run: `granian --interface wsgi config.wsgi:application`."""

import os
import re

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def with_plain_address(application):
    """Some proxies forward an address with a port: `203.0.113.9:4711`, `[2001:db8::1]:4711`."""

    def wrapped(environ, start_response):
        address = environ.get("REMOTE_ADDR", "")
        found = re.fullmatch(r"\[(.+)\](?::\d+)?|([^:]+):\d+", address)
        if found:
            environ["REMOTE_ADDR"] = found[1] or found[2]
        return application(environ, start_response)

    return wrapped


# Behind this line REMOTE_ADDR and the scheme are the client's own; no one else reads X-Forwarded-*.
application = wrap_wsgi_with_proxy_headers(
    with_plain_address(get_wsgi_application()), settings.TRUSTED_PROXIES
)
