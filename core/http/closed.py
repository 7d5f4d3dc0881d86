"""Pages that settings close: some to everybody, the admin to all but some hosts and addresses.

A closed page is answered as an unknown path, so that nobody can tell the two apart.
"""

from collections.abc import Callable
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.http.request import split_domain_port, validate_host

from core.errors import NotFound
from core.http.problems import problem_json

Handler = Callable[[HttpRequest], HttpResponseBase]

# {path without its final slash: names in CLOSED_PAGES that close it}. Swagger UI and Redoc show the
# document, and `/` leads to Swagger UI. core.http.health answers /readyz.
CLOSED_BY = {
    "": {"swagger", "schema"},
    "/swagger": {"swagger", "schema"},
    "/redoc": {"redoc", "schema"},
    "/schema": {"schema"},
    "/openapi.json": {"schema"},
    "/metrics": {"metrics"},
}


def closed_pages_middleware(get_response: Handler) -> Handler:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        if _is_closed(request):
            return problem_json(NotFound("There is nothing at this URL."), request)
        return get_response(request)

    return middleware


def is_open(name: str) -> bool:
    """Return whether a page may be linked to: "swagger" or "redoc"."""
    return not CLOSED_BY[f"/{name}"] & set(settings.CLOSED_PAGES)


def _is_closed(request: HttpRequest) -> bool:
    path = request.path_info
    if path == "/admin" or path.startswith("/admin/"):
        return not (_is_admin_host(request) and _is_admin_address(request))
    names = CLOSED_BY.get(path.rstrip("/"))
    return names is not None and not names.isdisjoint(settings.CLOSED_PAGES)


def _is_admin_host(request: HttpRequest) -> bool:
    if not settings.ADMIN_HOSTS:
        return True
    host, _ = split_domain_port(request.get_host())
    return validate_host(host, settings.ADMIN_HOSTS)


def _is_admin_address(request: HttpRequest) -> bool:
    if not settings.ADMIN_ADDRESSES:
        return True
    address = ip_address(request.META["REMOTE_ADDR"])  # config.wsgi gives it its one spelling
    return any(address in ip_network(network) for network in settings.ADMIN_ADDRESSES)
