"""Cached responses of public GETs, sent before REST framework starts its work."""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import set_response_etag
from rest_framework.response import Response

from core.cache import cached
from core.http.unknown import KnownParameters

# Together at most 40 MB a process.
MAX_ENTRIES, MAX_BYTES = 200, 200_000
MAX_KEY_LENGTH = 1000  # characters of URL and Accept header together


class CachedResponse(NamedTuple):
    body: bytes
    headers: dict[str, str]


class UncacheableError(Exception):
    """Carries a response to its own request, past the cache."""

    def __init__(self, response: HttpResponseBase) -> None:
        self.response = response


class CachedReads(KnownParameters):
    """Mixin for a view whose GET depends only on the URL and the Accept header.

    Requests with a token bypass the cache, so that staff see their changes at once.
    """

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        respond = functools.partial(super().dispatch, request, *args, **kwargs)
        if request.method != "GET" or "HTTP_AUTHORIZATION" in request.META:
            return respond()
        try:
            cached_response = response_for(*_key_of(request), respond=respond)
        except UncacheableError as error:
            return error.response
        return HttpResponse(cached_response.body, headers=cached_response.headers)

    @property
    def default_response_headers(self) -> dict[str, str]:
        """Let browsers keep the response but revalidate it by its ETag."""
        return super().default_response_headers | {"Cache-Control": "no-cache"}


def _key_of(request: HttpRequest) -> tuple[str, ...]:
    """Return what the response depends on.

    The query is used as it was sent: two different queries may be equal after decoding or quoting.
    """
    return (
        request.scheme or "",  # scheme and host are in the links to other pages
        request.get_host(),
        request.path,
        request.META.get("QUERY_STRING", ""),
        request.META.get("HTTP_ACCEPT", "*/*"),
    )


@cached(max_entries=MAX_ENTRIES)
def response_for(*key: str, respond: Callable[[], HttpResponseBase]) -> CachedResponse:
    """Return the response for a key.

    Raises UncacheableError if it is an error or too large, or if the key is too long.
    """
    response = cast(Response, respond())
    if response.status_code != 200 or sum(map(len, key)) > MAX_KEY_LENGTH:
        raise UncacheableError(response)
    response.render()
    if len(response.content) > MAX_BYTES:
        raise UncacheableError(response)
    set_response_etag(response)
    return CachedResponse(response.content, dict(response.headers))
