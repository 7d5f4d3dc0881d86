"""Jobs and events in the admin, their metrics, and what `tidy` deletes."""

import re
from datetime import timedelta

from django.db import connection
from django.test import TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.roles import MANAGER, ROLES, SUPPORT, rights_of
from audit.models import Entry
from movies.models import StaffCinema
from outbox.dispatching import dispatch_events
from outbox.events import NewEvent, record_events
from outbox.housekeeping import delete_old_events, delete_old_jobs
from outbox.models import Event, Job, new_event_id
from testing.builders.accounts import allow, make_clerk, make_staff
from testing.builders.movies import make_cinema
from testing.clock import later
from testing.jobs import handling, no_handlers

JOBS, EVENTS = "/admin/outbox/job/", "/admin/outbox/event/"


def make_job(state, **fields):
    now = timezone.now()
    hour = timedelta(hours=1)
    return Job.objects.create(
        kind="account_mail",
        **{
            "due": {"run_at": now - hour},
            "waiting": {"run_at": now + hour},
            "running": {"run_at": now - hour, "lease_until": now + hour},
            "dead": {"dead_at": now, "last_error": "no such mailbox", "attempts": 9},
            "done": {"done_at": now},
        }[state],
        **fields,
    )


class PageTests(TestCase):
    def setUp(self):
        self.clerk = make_clerk("view_job", "view_event")
        self.client.force_login(self.clerk)
        self.jobs = {state: make_job(state) for state in ("due", "waiting", "running", "dead")}
        self.jobs["done"] = make_job("done")

    def send_again(self, *states):
        chosen = [self.jobs[state].pk for state in states]
        body = {"action": "send_again", "_selected_action": chosen}
        return self.client.post(JOBS, body, follow=True)

    def test_the_list_filters_by_state(self):
        for state, job in self.jobs.items():
            with self.subTest(state=state):
                response = self.client.get(JOBS, {"state": state})
                self.assertEqual(list(response.context["cl"].queryset), [job])
        self.assertContains(self.client.get(JOBS), "no such mailbox")

    def test_a_page_shows_the_body_and_changes_nothing(self):
        job = make_job("dead", body={"to": "alice@example.com"})
        page = f"{JOBS}{job.pk}/change/"
        self.assertContains(self.client.get(page), "alice@example.com")
        self.assertEqual(self.client.post(page, {"kind": "x"}).status_code, 403)
        self.assertEqual(self.client.get(f"{JOBS}add/").status_code, 403)
        self.assertTrue(Entry.objects.filter(verb="view", object_id=str(job.pk)).exists())

    def test_the_list_costs_the_same_for_many_jobs(self):
        self.client.get(JOBS)
        counts = []
        for _ in range(2):
            with CaptureQueriesContext(connection) as queries:
                self.client.get(JOBS)
            counts.append(len(queries))
            for _ in range(20):
                make_job("dead")
        self.assertEqual(*counts)

    def test_given_up_jobs_run_again_on_record(self):
        allow(self.clerk, "view_job", "run_job_again")
        response = self.send_again("dead", "done", "waiting")
        self.assertContains(response, "1 of 3 run again")
        job = Job.objects.get(pk=self.jobs["dead"].pk)
        self.assertEqual((job.state, job.attempts), ("due", 0))
        entry = Entry.objects.get(verb="run_again")
        self.assertEqual((entry.who, entry.object_id), (self.clerk.username, str(job.pk)))
        self.assertContains(self.send_again("done"), "None of these was given up")

    def test_running_again_needs_its_own_right(self):
        self.assertNotContains(self.client.get(JOBS), "send_again")
        self.send_again("dead")
        self.assertEqual(Job.objects.get(pk=self.jobs["dead"].pk).state, "dead")

    def test_events_are_shown(self):
        record_events([NewEvent("order.booked", "order:ABC", {"code": "ABC"})])
        event = Event.objects.get()
        self.assertContains(self.client.get(EVENTS), "order.booked")
        page = self.client.get(f"{EVENTS}{event.pk}/change/")
        self.assertContains(page, "&quot;code&quot;: &quot;ABC&quot;")
        self.assertContains(self.client.get(EVENTS, {"dispatched": "no"}), "order:ABC")
        self.assertNotContains(self.client.get(EVENTS, {"dispatched": "yes"}), "order:ABC")
        self.assertContains(self.client.get(EVENTS, {"q": "order:ABC"}), "order.booked")

    def test_staff_of_some_cinemas_do_not_see_them(self):
        StaffCinema.objects.create(user=self.clerk, cinema=make_cinema())
        for page in (JOBS, EVENTS):
            self.assertEqual(self.client.get(page).status_code, 403)


class MetricsTests(TestCase):
    def metrics(self):
        with override_settings(DEBUG=True):
            text = self.client.get("/metrics").content.decode()
        return {name: float(value) for name, value in re.findall(r"^(jobs_\w+) (\S+)$", text, re.M)}

    def test_nothing_to_do(self):
        self.assertEqual(self.metrics(), {"jobs_due": 0, "jobs_oldest_seconds": 0, "jobs_dead": 0})

    def test_jobs_and_events_that_wait_are_counted(self):
        for state in ("due", "waiting", "running", "dead", "dead", "done"):
            make_job(state)
        record_events([NewEvent("order.booked", "order:ABC", {})])
        found = self.metrics()
        self.assertEqual((found["jobs_due"], found["jobs_dead"]), (2, 2))
        self.assertAlmostEqual(found["jobs_oldest_seconds"], 3600, delta=60)

    def test_they_cost_three_queries(self):
        for _ in range(2):
            with override_settings(DEBUG=True), self.assertNumQueries(3):
                self.client.get("/metrics")
            for _ in range(10):
                make_job("due")


@override_settings(EVENT_DAYS=30)
class TidyTests(TestCase):
    def setUp(self):
        self.enterContext(no_handlers())

    def test_ended_jobs_are_deleted_after_a_time_and_others_never(self):
        kept = [make_job("due"), make_job("waiting"), make_job("running")]
        for state in ("done", "dead"):
            make_job(state)
        self.assertEqual(delete_old_jobs(), 0)
        with later(days=31):
            self.assertEqual(delete_old_jobs(), 2)
        self.assertEqual(set(Job.objects.all()), set(kept))

    def test_old_events_are_deleted_but_the_last_one_of_each_subject(self):
        self.old_event("order:A")
        self.old_event("order:A")
        self.old_event("order:B")
        dispatch_events()
        self.assertEqual(delete_old_events(), 1)
        self.assertEqual(
            set(Event.objects.values_list("subject", "sequence")), {("order:A", 2), ("order:B", 1)}
        )
        record_events([NewEvent("order.booked", "order:A", {})])
        self.assertEqual(Event.objects.filter(subject="order:A").latest("sequence").sequence, 3)

    def test_events_that_wait_or_that_a_job_needs_are_kept(self):
        with handling("test_mail", print, on=["order.*"]):
            self.old_event("order:A")
            dispatch_events()
        self.old_event("order:A")
        self.old_event("order:A")  # neither is dispatched
        self.assertEqual(delete_old_events(), 0)
        dispatch_events()
        self.assertEqual(delete_old_events(), 1)
        Job.objects.all().delete()
        self.assertEqual(delete_old_events(), 1)

    def old_event(self, subject):
        record_events([NewEvent("order.moved", subject, {})])
        old = timezone.now() - timedelta(days=31)
        event = Event.objects.filter(subject=subject).latest("sequence")
        Event.objects.filter(pk=event.pk).update(id=new_event_id(old), created_at=old)


class RoleTests(TestCase):
    def test_managers_and_support_may_see_jobs_and_run_them_again(self):
        rights = {"outbox.view_job", "outbox.view_event", "outbox.run_job_again"}
        having = {role for role in ROLES if rights <= rights_of(role)}
        self.assertEqual(having, {MANAGER, SUPPORT})
        self.client.force_login(make_staff())
        self.assertEqual(self.client.get(JOBS).status_code, 200)
