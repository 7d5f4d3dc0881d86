"""Is the service alive, is it ready? `/healthz` and `/readyz`, for load balancers and monitors.

They are answered first of all, whatever host name or scheme the request came with: who asks is
inside, and knows the machine by its address.
"""

from functools import cache

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import JsonResponse

from core.errors import Unavailable
from core.http.problems import problem_json


def health_middleware(get_response):
    answers = {"/healthz": alive, "/readyz": ready}

    def middleware(request):
        answer = answers.get(request.path_info)
        return answer(request) if answer else get_response(request)

    return middleware


def alive(request):
    """This process answers. It says nothing of the database: a restart would not bring it back."""
    return JsonResponse({"status": "alive"})


def ready(request):
    """The database answers, and has all tables that this version needs; otherwise 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        missing = _missing_migrations()
    except DatabaseError:
        return problem_json(Unavailable(), request)
    if missing:
        _missing_migrations.cache_clear()
        return problem_json(Unavailable(f"Not migrated yet: {', '.join(missing)}."), request)
    return JsonResponse({"status": "ready"})


@cache
def _missing_migrations():
    """Once none is missing, none will be: then the answer is kept for as long as the process."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [str(migration) for migration, _ in plan]
