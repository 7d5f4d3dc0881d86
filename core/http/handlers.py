"""Django's own error handlers and the last URL pattern: JSON for the API, pages for the admin."""

import sys
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import Resolver404, resolve
from django.views import csrf, defaults
from rest_framework import exceptions

from core.errors import InvalidInput, NotFound, Unavailable
from core.http.problems import error_of, problem_json, problem_of


def is_admin(request: HttpRequest) -> bool:
    """Return whether the request is for a page of the admin: everything else speaks JSON."""
    return request.path_info.startswith("/admin/")


def unknown_path(request: HttpRequest, exception: Any = None) -> HttpResponseBase:
    """Answer 404; redirect a GET that only lacks its final slash."""
    if is_admin(request):
        return defaults.page_not_found(request, exception)
    with_slash = f"{request.path_info}/"
    if not request.path_info.endswith("/") and _is_known(with_slash):
        if request.method in ("GET", "HEAD"):
            return HttpResponseRedirect(request.get_full_path(force_append_slash=True))
        return problem_json(NotFound(f"URLs end with a slash: {with_slash}"), request)
    return problem_json(NotFound("There is nothing at this URL."), request)


def _is_known(path: str) -> bool:
    try:
        return resolve(path).func is not unknown_path
    except Resolver404:
        return False


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_json(InvalidInput.of(None, "The request is malformed."), request)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if is_admin(request):
        return defaults.permission_denied(request, exception)
    return problem_json(exceptions.PermissionDenied(), request)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """Answer a form without a CSRF token. Outside the admin nothing accepts forms."""
    if is_admin(request):
        return csrf.csrf_failure(request, reason)
    if _is_known(request.path_info):
        return problem_json(exceptions.MethodNotAllowed(request.method or ""), request)
    return unknown_path(request)


def server_error(request: HttpRequest) -> HttpResponseBase:
    exc = sys.exc_info()[1]
    error = error_of(exc if isinstance(exc, Exception) else Exception())
    if not is_admin(request):
        return problem_json(error, request)
    if isinstance(error, Unavailable):
        problem = problem_of(error)
        return HttpResponse(problem.detail, "text/plain", problem.status, headers=problem.headers)
    return defaults.server_error(request)
