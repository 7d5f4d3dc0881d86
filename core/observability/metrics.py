"""Metrics for Prometheus, at `/metrics`.

Several processes keep their counts in files of PROMETHEUS_MULTIPROC_DIR, which `make serve` sets,
and any of them answers with the sums. Without it a process reports only its own counts.
"""

from secrets import compare_digest

from django.conf import settings
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)  # seconds

REQUESTS = Counter("http_requests", "Requests answered.", ["method", "route", "status"])
LATENCY = Histogram(
    "http_request_seconds", "From request to response.", ["method", "route"], buckets=BUCKETS
)
PROBLEMS = Counter("problems", "Errors answered, by their code.", ["code"])
POOL = Gauge(
    "database_pool_connections",
    "Connections to PostgreSQL, and requests that wait for one.",
    ["state"],
    multiprocess_mode="livesum",
)

# What is computed when it is asked for, by the collectors that apps register: of any process the
# same, so it is neither counted nor summed up.
AT_SCRAPE = CollectorRegistry()


def count_request(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    """Count a request by method, route and status. Unknown methods count as "other"."""
    method = request.method if request.method in METHODS else "other"
    route = request.resolver_match.route if request.resolver_match else ""
    REQUESTS.labels(method, route, response.status_code).inc()
    LATENCY.labels(method, route).observe(seconds)
    if pool := getattr(connection, "pool", None):  # PostgreSQL only
        stats = pool.get_stats()
        POOL.labels("open").set(stats.get("pool_size", 0))
        POOL.labels("free").set(stats.get("pool_available", 0))
        POOL.labels("waited_for").set(stats.get("requests_waiting", 0))


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer the counts as text, in production only for a request with METRICS_TOKEN."""
    if not _may_see_metrics(request):
        raise Http404
    registry = REGISTRY
    if settings.PROMETHEUS_MULTIPROC_DIR:
        registry = CollectorRegistry()
        MultiProcessCollector(  # type: ignore[no-untyped-call]
            registry, settings.PROMETHEUS_MULTIPROC_DIR
        )
    text = generate_latest(registry) + generate_latest(AT_SCRAPE)
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


def _may_see_metrics(request: HttpRequest) -> bool:
    if not settings.METRICS_TOKEN:
        return settings.DEBUG
    given = request.headers.get("Authorization", "")
    return compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
