"""Cached responses of public GETs, sent before REST framework starts its work."""

import functools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers, set_response_etag
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
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
    """Mixin for a view whose GET depends only on the URL, the host and the Accept header.

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
            key = self._key_of(request, kwargs)
            if key is None:
                return _not_shared(respond(), "no-cache")
            kept = response_for if _is_plain(request) else varied_response_for
            found = kept(*key, respond=respond)
        except UncacheableError as error:
            return _not_shared(error.response, NO_STORE if TOKEN in request.META else "no-cache")
        return _answer(found, request)

    def _key_of(self, request: HttpRequest, kwargs: dict[str, Any]) -> tuple[str, ...] | None:
        """Return what the response depends on, in one spelling; None if it will be an error.

        Only what the view reads is in it, decoded as the view reads it. So a client cannot fill the
        cache with responses that differ in nothing.
        """
        self.action = getattr(self, "action_map", {}).get("get", "list")
        accept = request.META.get("HTTP_ACCEPT", "*/*")
        accepted = _representation(tuple(self.renderer_classes), accept)
        query = sorted(request.GET.lists())
        if accepted is None or not {name for name, _ in query} <= set(self._known_parameters()):
            return None
        route = request.resolver_match.route if request.resolver_match else request.path
        return (
            request.scheme or "",  # scheme and host are in the links to other pages
            request.META.get("HTTP_HOST") or request.get_host(),  # CommonMiddleware has checked it
            route,
            repr(sorted(kwargs.items())),
            repr(query) if query else "",
            accepted,
        )


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


@functools.lru_cache(maxsize=500)
def _representation(renderers: tuple[type[BaseRenderer], ...], accept: str) -> str | None:
    """Return what of the Accept header changes the body; None if nothing fits it."""
    request: Any = SimpleNamespace(META={"HTTP_ACCEPT": accept}, query_params={})
    request.headers = {"accept": accept}
    try:
        renderer, media_type = DefaultContentNegotiation().select_renderer(
            request, [each() for each in renderers]
        )
    except NotAcceptable:
        return None
    indent = renderer.get_indent(media_type, {}) if isinstance(renderer, JSONRenderer) else None
    return f"{renderer.media_type} {indent}"


def _is_plain(request: HttpRequest) -> bool:
    """Return whether clients can make only few requests of this kind: no query, a named host."""
    hosts = settings.ALLOWED_HOSTS
    return not request.GET and (not hosts or request.get_host() in hosts)


def _size_of(response: "CachedResponse") -> int:
    return len(response.body) + OVERHEAD


@cached(max_entries=MAX_ENTRIES, max_bytes=MAX_BYTES, size_of=_size_of)
def response_for(*key: str, respond: Callable[[], HttpResponseBase]) -> CachedResponse:
    """Return the response for a key. Raises UncacheableError if it is an error."""
    return _made(respond)


@cached(max_entries=MAX_ENTRIES, max_bytes=MAX_BYTES // 2, size_of=_size_of)
def varied_response_for(*key: str, respond: Callable[[], HttpResponseBase]) -> CachedResponse:
    """As response_for, for requests with a query or another host.

    A client can make any number of them, such as searches. They have a cache of their own, so that
    they cannot drop the other responses.
    """
    return _made(respond)


def _made(respond: Callable[[], HttpResponseBase]) -> CachedResponse:
    response = cast(HttpResponse, respond())
    if response.status_code != 200:
        raise UncacheableError(response)
    if isinstance(response, Response):
        response.render()
    response["Cache-Control"] = _public()
    patch_vary_headers(response, VARY)
    set_response_etag(response)
    return CachedResponse(response.content, dict(response.headers))
