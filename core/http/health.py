"""Health checks for load balancers and monitors: `/healthz` and `/readyz`.

They are answered before any other middleware, whatever host name or scheme the request has: load
balancers call a machine by its address.
"""

from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from core.db.drift import read_schema_state, some_of
from core.errors import Unavailable
from core.http.problems import problem_json

Handler = Callable[[HttpRequest], HttpResponseBase]


def health_middleware(get_response: Handler) -> Handler:
    answers: dict[str, Handler] = {"/healthz": alive, "/readyz": ready}

    def middleware(request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if path == "/readyz" and "readyz" in settings.CLOSED_PAGES:
            return get_response(request)  # which knows no such path
        return answers.get(path, get_response)(request)

    return middleware


def alive(request: HttpRequest) -> HttpResponse:
    """Return 200 without asking the database: a restart of this process would not bring it back."""
    return JsonResponse({"status": "alive"})


def ready(request: HttpRequest) -> HttpResponse:
    """Return 200 if the database answers and its schema fits this version, else 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        misfit = schema_misfit()
    except DatabaseError:
        return problem_json(Unavailable(), request)
    if misfit:
        schema_misfit.cache_clear()
        return problem_json(Unavailable(misfit), request)
    return JsonResponse({"status": "ready"})


@cache
def schema_misfit() -> str:
    """Say how the database does not fit this version; empty if it does.

    Cached for the life of the process once it fits: a process that has begun to serve goes on
    while a newer version migrates the database.
    """
    return read_schema_misfit()


def read_schema_misfit() -> str:
    """Read the schema and say how it does not fit this version; empty if it does."""
    state = read_schema_state(connection)
    sentences = []
    if state.unapplied:
        sentences.append(f"Not migrated yet: {', '.join(state.unapplied)}.")
    if state.unknown:
        sentences.append(
            f"The database was migrated by a newer version: {some_of(state.unknown)}. "
            "Start that version."
        )
    if state.drift:
        sentences.append(f"The tables differ from the applied migrations ({state.drift}).")
    return " ".join(sentences)
