"""What anybody may read, answered from memory before DRF begins its work."""

import functools
from typing import NamedTuple

from django.http import HttpResponse
from django.utils.cache import set_response_etag

from core.cache import cached

# With these at most 40 MB of a process, whatever it is asked for.
MAX_ENTRIES, MAX_BYTES = 200, 200_000
MAX_KEY_LENGTH = 1000  # of URL and Accept header together


class Answer(NamedTuple):
    body: bytes
    headers: dict[str, str]


class UncacheableError(Exception):
    """Carries the response to the one who asked, past the memory."""

    def __init__(self, response):
        self.response = response


class CachedReads:
    """For a view whose GET depends on the URL and the Accept header, and on nothing else.

    Whoever sends a token is answered afresh: staff see at once what they have changed.
    """

    def dispatch(self, request, *args, **kwargs):
        work_out = functools.partial(super().dispatch, request, *args, **kwargs)
        if request.method != "GET" or "HTTP_AUTHORIZATION" in request.META:
            return work_out()
        try:
            answer = answer_to(*_asked_by(request), work_out=work_out)
        except UncacheableError as error:
            return error.response
        return HttpResponse(answer.body, headers=answer.headers)

    @property
    def default_response_headers(self):
        """Browsers may keep it, but are to ask, with its ETag, whether it is still so."""
        return super().default_response_headers | {"Cache-Control": "no-cache"}


def _asked_by(request):
    """The query is taken as it came: decoded or quoted, two that differ could look the same."""
    return (
        request.scheme,  # like the host it is in the links to the next page and back
        request.get_host(),
        request.path,
        request.META.get("QUERY_STRING", ""),
        request.META.get("HTTP_ACCEPT", "*/*"),
    )


@cached(max_entries=MAX_ENTRIES)
def answer_to(*asked, work_out):
    """The Answer; raises UncacheableError if it is an error or too large, or the question too long."""
    response = work_out()
    if response.status_code != 200 or sum(map(len, asked)) > MAX_KEY_LENGTH:
        raise UncacheableError(response)
    response.render()
    if len(response.content) > MAX_BYTES:
        raise UncacheableError(response)
    set_response_etag(response)
    return Answer(response.content, dict(response.headers))
