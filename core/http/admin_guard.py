"""Hand-made URLs and forms in the admin: 400 instead of 500."""

import logging
import math
import re
import traceback
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import DataError, IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from core.errors import DomainError
from core.http.handlers import is_admin

logger = logging.getLogger(__name__)

# A number that fits into 64 bits, or a UUID.
ID = re.compile("[0-9]{1,18}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
IMPOSSIBLE_VALUE = (ValueError, OverflowError, RecursionError, DataError)


class AdminInputGuard:
    """Middleware that answers 400 where Django's admin fails on a value that a client made up.

    The admin passes query strings to filters, autocompletes and actions without checking them: a
    year 99999, a NUL, an id of letters. Only an error in which no code of ours took part counts;
    an error of our own stays a 500 with its traceback. A lost race is a 409. A domain error with
    the status 429 is a page that says when to try again.

    The ids that an action selects are checked before the view, because actions of ours run the
    query for them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        if not is_admin(request):
            return None
        selected = request.POST.getlist(ACTION_CHECKBOX_NAME)
        return None if all(map(ID.fullmatch, selected)) else _reject(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not is_admin(request):
            return None
        if isinstance(exception, DomainError) and exception.status == 429:
            return try_later(request, str(exception), exception.retry_after or 1)
        if isinstance(exception, IntegrityError):
            return render(request, "saved_meanwhile.html", status=409)
        is_impossible = isinstance(exception, IMPOSSIBLE_VALUE) or (
            request.method == "GET" and isinstance(exception, AttributeError)
        )
        if not is_impossible or not _is_from_django(exception):
            return None
        return _reject(request, exception)


def try_later(request: HttpRequest, sentence: str, seconds: float) -> HttpResponse:
    """Return a page for a form that was not read, with the reason and Retry-After."""
    seconds = math.ceil(seconds)
    page = render(request, "try_later.html", {"sentence": sentence, "seconds": seconds}, status=429)
    page["Retry-After"] = str(seconds)
    return page


def _reject(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    logger.warning("Impossible value in a request for %r", request.path, exc_info=exception)
    return render(request, "invalid_value.html", status=400)


def _is_from_django(exception: Exception) -> bool:
    """Return whether our code took no part, except by methods that call the one they override.

    The traceback begins at the view, so frames of middleware are not in it.
    """
    frames = [frame for frame, _ in traceback.walk_tb(exception.__traceback__)]
    return all(
        _calls_overridden(frame, frames[index + 1 :])
        for index, frame in enumerate(frames)
        if _is_ours(frame)
    )


def _calls_overridden(frame: FrameType, deeper: list[FrameType]) -> bool:
    """Return whether the same method of the same object runs in a deeper frame."""
    owner = frame.f_locals.get("self")
    return owner is not None and any(
        each.f_code.co_name == frame.f_code.co_name and each.f_locals.get("self") is owner
        for each in deeper
    )


def _is_ours(frame: FrameType) -> bool:
    return frame.f_globals.get("__name__", "").partition(".")[0] in _our_packages()


@cache
def _our_packages() -> set[str]:
    """Return the names of the apps that are part of this project."""
    return {
        app.name
        for app in apps.get_app_configs()
        if Path(app.path).resolve().parent == settings.BASE_DIR
    }
