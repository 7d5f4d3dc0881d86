"""The application that servers run: `granian --interface wsgi config.wsgi:application`."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

from core.db.statement_timeout import limit_statements
from core.http.wsgi import drop_request_ids, normalize_proxies, normalize_requests

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = normalize_requests(get_wsgi_application())
limit_statements(settings.DATABASE_STATEMENT_SECONDS)
# Only this line reads X-Forwarded-*: then REMOTE_ADDR and the scheme are those of the client.
application = wrap_wsgi_with_proxy_headers(application, settings.TRUSTED_PROXIES)
application = normalize_proxies(drop_request_ids(application, settings.TRUSTED_PROXIES))
