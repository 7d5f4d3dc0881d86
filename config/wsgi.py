"""The application that servers run: `granian --interface wsgi config.wsgi:application`."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

from core.http.wsgi import normalize_proxies, normalize_requests

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# Only this line reads X-Forwarded-*: then REMOTE_ADDR and the scheme are those of the client.
application = normalize_proxies(
    wrap_wsgi_with_proxy_headers(
        normalize_requests(get_wsgi_application()), settings.TRUSTED_PROXIES
    )
)
