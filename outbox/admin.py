"""Jobs and events in the admin: to read, and to let a job that was given up run again."""

import json
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from audit.admin import is_hidden_from
from audit.looks import shows_customers
from outbox.jobs import run_again
from outbox.models import Event, Job, JobQuerySet
from outbox.registry import kinds

shows_customers("outbox.job")  # the body of a mail that waits has its address


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that only the service writes. Hidden from staff who are limited to some cinemas."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) and not is_hidden_from(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="body")
    def shown_body(self, row: Any) -> str:
        return format_html("<pre>{}</pre>", json.dumps(row.body, indent=2, ensure_ascii=False))


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("dead", "given up"),
            ("due", "due"),
            ("running", "running"),
            ("waiting", "waiting"),
            ("done", "done"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        jobs, now = cast(JobQuerySet, queryset), timezone.now()
        states = {
            "dead": jobs.dead(),
            "due": jobs.due(now),
            "running": jobs.running(now),
            "waiting": jobs.waiting(now),
            "done": jobs.done(),
        }
        return states.get(self.value() or "", jobs)


class KindFilter(admin.SimpleListFilter):
    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, kind.replace("_", " ")) for kind in kinds()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "state", "created_at", "run_at", "attempts", "last_error"]
    list_filter = [StateFilter, KindFilter]
    fields = readonly_fields = (
        *("kind", "state", "about_event", "shown_body", "created_at", "run_at", "attempts"),
        *("last_error", "done_at", "dead_at", "lease_until", "dedupe"),
    )
    actions = ["send_again"]

    @admin.display(description="state")
    def state(self, job: Job) -> str:
        return "given up" if job.state == "dead" else job.state

    @admin.display(description="event")
    def about_event(self, job: Job) -> str:
        return str(job.event) if job.event else "-"

    def has_run_again_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("outbox.run_job_again")

    @admin.action(description="Send again", permissions=["run_again"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        """Let the chosen jobs that were given up run again; others stay as they are."""
        again = sum(run_again(job=job) for job in queryset)
        words = f"{again} of {len(queryset)} run again." if again else "None of these was given up."
        messages.info(request, words)


class DispatchedFilter(admin.SimpleListFilter):
    title = "dispatched"
    parameter_name = "dispatched"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "yes"), ("no", "not yet")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        if self.value() in ("yes", "no"):
            return queryset.filter(position__isnull=self.value() == "no")
        return queryset


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "type", "subject", "sequence", "position"]
    list_filter = [DispatchedFilter]
    search_fields = ["=subject"]
    search_help_text = "The whole subject, such as order:B7KXM2HQ9T or show:12."
    fields = readonly_fields = (
        *("id", "type", "subject", "sequence", "shown_body", "created_at", "position"),
    )
    actions = None
