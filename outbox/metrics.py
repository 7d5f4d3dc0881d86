"""The metrics of jobs, read from the database when /metrics is asked for."""

from collections.abc import Iterator

from django.db import DatabaseError, InterfaceError
from django.db.models import Count, Min
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily

from core.observability.metrics import AT_SCRAPE
from outbox.models import Event, Job


class Jobs:
    """Counts by indexes that have only unfinished and dead jobs."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the gauges; none while the database is away, so that all others still answer."""
        now = timezone.now()
        try:
            due = Job.objects.due(now).aggregate(count=Count("pk"), since=Min("run_at"))
            dead = Job.objects.dead().count()
            waiting = Event.objects.filter(position=None).aggregate(
                count=Count("pk"), since=Min("created_at")
            )
        except (DatabaseError, InterfaceError):
            return
        oldest = min(filter(None, [due["since"], waiting["since"]]), default=now)
        yield GaugeMetricFamily(
            "jobs_due", "Jobs to do now, and events to dispatch.", due["count"] + waiting["count"]
        )
        yield GaugeMetricFamily(
            "jobs_oldest_seconds",
            "How long the oldest of them has been due.",
            max((now - oldest).total_seconds(), 0),
        )
        yield GaugeMetricFamily("jobs_dead", "Jobs that were given up, and wait for staff.", dead)


AT_SCRAPE.register(Jobs())
