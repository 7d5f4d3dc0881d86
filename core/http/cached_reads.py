"""Cached responses of public GETs, sent before REST framework starts its work."""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers, set_response_etag
from rest_framework.response import Response

from core.cache import cached
from core.http.compression import IDENTITY, encode
from core.http.conditional import NO_STORE, TOKEN
from core.http.unknown import KnownParameters

# In each process: lists of the programme, and some 50 halls of 5,000 seats.
MAX_ENTRIES, MAX_BYTES = 2000, 64_000_000
OVERHEAD = 2000  # bytes of an entry beside its body and its key

VARY = ("Accept", "Accept-Encoding", "Authorization")


class CachedResponse(NamedTuple):
    body: bytes
    headers: dict[str, str]


class UncacheableError(Exception):
    """Carries the response of an error to its own request, past the cache."""

    def __init__(self, response: HttpResponseBase) -> None:
        self.response = response


class CachedReads(KnownParameters):
    """Mixin for a view whose GET depends only on the URL and the Accept header.

    Its responses are cached, compressed and public. Requests with a token bypass the cache, so that
    staff see their changes at once; a view that authenticates nobody answers them from it too. In
    both cases the response is not stored and not compressed.
    """

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        respond = functools.partial(super().dispatch, request, *args, **kwargs)
        if request.method not in ("GET", "HEAD"):
            return respond()
        try:
            if TOKEN in request.META and self.authentication_classes:
                return _not_shared(respond(), NO_STORE)
            found = response_for(*_key_of(request), respond=respond)
        except UncacheableError as error:
            return _not_shared(error.response, NO_STORE if TOKEN in request.META else "no-cache")
        return _answer(found, request)


def _not_shared(response: HttpResponseBase, cache_control: str) -> HttpResponseBase:
    response["Cache-Control"] = cache_control
    patch_vary_headers(response, VARY)
    return response


def _answer(found: CachedResponse, request: HttpRequest) -> HttpResponse:
    """Return the response in the coding that the client accepts.

    A compressed body has the same ETag, but as a weak one: If-None-Match fits in every coding.
    """
    body, headers = found
    if TOKEN in request.META:
        return HttpResponse(body, headers=headers | {"Cache-Control": NO_STORE})
    accepted = request.META.get("HTTP_ACCEPT_ENCODING", "")
    body, coding = encode(body, headers["ETag"], accepted)
    if coding != IDENTITY:
        headers = headers | {"Content-Encoding": coding, "ETag": f"W/{headers['ETag']}"}
    return HttpResponse(body, headers=headers)


def _public() -> str:
    """Let browsers and proxies keep a public response for as long as this process does."""
    seconds = settings.MEMORY_SECONDS
    return f"public, max-age={seconds}" if seconds else "public, no-cache"


def _key_of(request: HttpRequest) -> tuple[str, ...]:
    """Return what the response depends on.

    The query is used as it was sent: two different queries may be equal after decoding or quoting.
    So is the host, which CommonMiddleware has checked.
    """
    return (
        request.scheme or "",  # scheme and host are in the links to other pages
        request.META.get("HTTP_HOST") or request.get_host(),
        request.path,
        request.META.get("QUERY_STRING", ""),
        request.META.get("HTTP_ACCEPT", "*/*"),
    )


@cached(
    max_entries=MAX_ENTRIES,
    max_bytes=MAX_BYTES,
    size_of=lambda response: len(response.body) + OVERHEAD,
)
def response_for(*key: str, respond: Callable[[], HttpResponseBase]) -> CachedResponse:
    """Return the response for a key. Raises UncacheableError if it is an error."""
    response = cast(HttpResponse, respond())
    if response.status_code != 200:
        raise UncacheableError(response)
    if isinstance(response, Response):
        response.render()
    response["Cache-Control"] = _public()
    patch_vary_headers(response, VARY)
    set_response_etag(response)
    return CachedResponse(response.content, dict(response.headers))
