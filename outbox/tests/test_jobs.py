"""Jobs: added in the transaction, done at least once, tried again, given up."""

import uuid
from datetime import timedelta
from unittest import mock

from django.db import connection, transaction
from django.test import TestCase, TransactionTestCase
from django.utils import timezone

from outbox import registry
from outbox.claiming import claim_next, fail, finish
from outbox.jobs import enqueue, run_again
from outbox.models import Job
from outbox.registry import PAUSES, GiveUp, Handler, RetryLater, every, handles
from outbox.worker import Worker
from testing.clock import later
from testing.jobs import handling, no_handlers, run_jobs
from testing.races import at_once

KIND = "test"


def expire_lease(job):
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


class Recorder:
    """A function of jobs that remembers them, and raises what it is told to."""

    def __init__(self, *outcomes):
        self.outcomes = list(outcomes)
        self.jobs = []

    def __call__(self, job):
        self.jobs.append(job)
        if self.outcomes and (outcome := self.outcomes.pop(0)):
            raise outcome


class EnqueueTests(TestCase):
    def test_a_job_is_added_with_one_query(self):
        with self.assertNumQueries(1):
            enqueue(kind=KIND, body={"n": 1})
        job = Job.objects.get()
        self.assertEqual((job.kind, job.body, job.attempts, job.state), (KIND, {"n": 1}, 0, "due"))

    def test_a_job_goes_with_a_change_that_is_undone(self):
        with self.assertRaises(ZeroDivisionError), transaction.atomic():
            enqueue(kind=KIND)
            raise ZeroDivisionError
        self.assertFalse(Job.objects.exists())

    def test_a_job_with_the_same_dedupe_is_added_once(self):
        for number in range(3):
            enqueue(kind=KIND, dedupe="order 1", body={"n": number})
        enqueue(kind=KIND, dedupe="order 2")
        enqueue(kind=KIND)
        enqueue(kind=KIND)
        self.assertEqual(Job.objects.count(), 4)
        self.assertEqual(Job.objects.get(dedupe="order 1").body, {"n": 0})


class DoTests(TestCase):
    def setUp(self):
        self.enterContext(no_handlers())

    def test_a_job_is_done_once_and_its_body_deleted(self):
        enqueue(kind=KIND, body={"to": "alice@example.com"})
        run = Recorder()
        with handling(KIND, run):
            self.assertEqual(run_jobs(), 1)
            self.assertEqual(run_jobs(), 0)
        [done] = run.jobs
        self.assertEqual(done.body, {"to": "alice@example.com"})
        job = Job.objects.get()
        self.assertEqual((job.state, job.body, job.lease, job.attempts), ("done", {}, None, 1))

    def test_the_job_that_is_due_longest_comes_first_and_none_before_its_time(self):
        now = timezone.now()
        for name, minutes in (("b", 2), ("a", 3), ("later", -1)):
            enqueue(kind=KIND, body={"name": name}, run_at=now - timedelta(minutes=minutes))
        run = Recorder()
        with handling(KIND, run):
            run_jobs()
            self.assertEqual([job.body["name"] for job in run.jobs], ["a", "b"])
            with later(minutes=2):
                run_jobs()
        self.assertEqual(len(run.jobs), 3)

    def test_a_worker_leaves_jobs_of_other_and_of_unknown_kinds(self):
        for kind in (KIND, "test_2", "of_a_newer_version"):
            enqueue(kind=kind)
        run, other = Recorder(), Recorder()
        with handling(KIND, run), handling("test_2", other):
            run_jobs("test_2")
            self.assertEqual((len(run.jobs), len(other.jobs)), (0, 1))
            run_jobs()
        self.assertEqual(len(run.jobs), 1)
        self.assertEqual(Job.objects.get(done_at=None).kind, "of_a_newer_version")

    def test_a_failed_job_is_tried_again_after_a_pause_with_jitter(self):
        enqueue(kind=KIND, body={"n": 1})
        with (
            handling(KIND, Recorder(ValueError("no luck"))),
            self.assertLogs("outbox.worker", "WARNING") as logged,
        ):
            run_jobs()
        self.assertIn("ValueError: no luck (test_jobs.py:", logged.output[0])
        job = Job.objects.get()
        self.assertEqual((job.state, job.attempts, job.body), ("waiting", 1, {"n": 1}))
        self.assertEqual(job.last_error, "ValueError: no luck")
        pause = (job.run_at - timezone.now()).total_seconds()
        self.assertTrue(PAUSES[0] * 0.7 < pause <= PAUSES[0] * 1.2, pause)

    def test_pauses_grow_and_differ(self):
        handler = Handler(KIND, print)
        for attempts in (1, 3, len(PAUSES), 50):
            found = {handler.pause_after(attempts) for _ in range(20)}
            usual = PAUSES[min(attempts, len(PAUSES)) - 1]
            self.assertGreater(len(found), 10)
            self.assertTrue(all(0.8 * usual <= pause <= 1.2 * usual for pause in found))

    def test_the_same_error_leaves_one_traceback(self):
        for _ in range(5):
            enqueue(kind="test_traceback")

        def broken(job):
            raise LookupError(job.pk)

        with (
            handling("test_traceback", broken),
            self.assertLogs("outbox.worker", "WARNING") as logged,
        ):
            run_jobs()
        self.assertEqual(len(logged.output), 5)
        self.assertEqual(sum("Traceback" in line for line in logged.output), 1)

    def test_a_job_says_when_it_wants_to_be_tried_again(self):
        enqueue(kind=KIND)
        with (
            handling(KIND, Recorder(RetryLater("busy", seconds=3600))),
            self.assertLogs("outbox.worker", "WARNING") as logged,
        ):
            run_jobs()
        self.assertNotIn("Traceback", "".join(logged.output))
        job = Job.objects.get()
        self.assertGreater(job.run_at, timezone.now() + timedelta(minutes=59))
        self.assertEqual(job.last_error, "busy")

    def test_a_job_gives_up_at_once(self):
        enqueue(kind=KIND)
        with handling(KIND, Recorder(GiveUp("no such\nmailbox"))), self.assertLogs("outbox.worker"):
            run_jobs()
            self.assertEqual(run_jobs(), 0)
        job = Job.objects.get()
        self.assertEqual((job.state, job.last_error), ("dead", "no such mailbox"))

    def test_a_job_is_given_up_after_its_last_attempt(self):
        enqueue(kind=KIND)
        run = Recorder(*[RetryLater("busy", seconds=0)] * 9)
        with handling(KIND, run, attempts=3), self.assertLogs("outbox.worker") as logged:
            run_jobs()
        self.assertEqual(len(run.jobs), 3)
        self.assertEqual(Job.objects.get().state, "dead")
        self.assertIn("is given up: busy", logged.output[-1])

    def test_a_given_up_job_runs_again_from_its_first_attempt(self):
        enqueue(kind=KIND)
        run = Recorder(GiveUp("no"), RetryLater("busy", seconds=0))
        with handling(KIND, run, attempts=2), self.assertLogs("outbox.worker"):
            run_jobs()
            job = Job.objects.get()
            self.assertTrue(run_again(job=job))
            self.assertFalse(run_again(job=job))
            run_jobs()
        job.refresh_from_db()
        self.assertEqual((job.state, job.attempts), ("done", 2))

    def test_a_job_whose_worker_dies_each_time_is_given_up(self):
        enqueue(kind=KIND)
        run = Recorder()
        with handling(KIND, run, attempts=2):
            for _ in range(2):
                expire_lease(claim_next([KIND]))
            self.assertIsNone(claim_next([KIND]))
        job = Job.objects.get()
        self.assertEqual((job.state, run.jobs), ("dead", []))
        self.assertIn("worker ended", job.last_error)


class LeaseTests(TestCase):
    def setUp(self):
        self.enterContext(handling(KIND, print, seconds=60))
        enqueue(kind=KIND)

    def test_a_leased_job_is_taken_by_nobody_else_until_the_lease_is_over(self):
        job = claim_next([KIND])
        self.assertEqual(Job.objects.get().state, "running")
        self.assertIsNone(claim_next([KIND]))
        with later(seconds=61):
            again = claim_next([KIND])
        self.assertEqual((again.pk, again.attempts), (job.pk, 2))
        self.assertNotEqual(again.lease, job.lease)

    def test_a_lost_lease_finishes_nothing(self):
        lost = claim_next([KIND])
        expire_lease(lost)
        taken = claim_next([KIND])
        self.assertFalse(finish(job=lost))
        self.assertFalse(fail(job=lost, error="late", is_final=True))
        job = Job.objects.get()
        self.assertEqual((job.state, job.lease, job.last_error), ("running", taken.lease, ""))
        self.assertTrue(finish(job=taken))
        self.assertFalse(finish(job=taken))

    def test_a_worker_says_that_another_one_has_taken_its_job_over(self):
        def slow(job):
            expire_lease(job)
            Job.objects.filter(pk=job.pk).update(lease=uuid.uuid4())

        with handling(KIND, slow), self.assertLogs("outbox.worker", "WARNING") as logged:
            Worker([KIND])._do(claim_next([KIND]))
        self.assertIn("another worker has taken it over", logged.output[0])


class PeriodicTests(TestCase):
    def setUp(self):
        self.enterContext(no_handlers())
        self.runs = Recorder()
        self.enterContext(handling("sweep", self.runs, every=60))

    def test_a_task_runs_in_its_intervals(self):
        run_jobs()
        run_jobs()
        self.assertEqual(len(self.runs.jobs), 1)
        with later(seconds=61):
            run_jobs()
        self.assertEqual(len(self.runs.jobs), 2)
        job = Job.objects.get()
        self.assertEqual((job.done_at, job.dead_at, job.attempts), (None, None, 0))

    def test_a_task_that_fails_runs_in_its_next_interval_and_is_never_given_up(self):
        self.runs.outcomes = [GiveUp("no")] * 20
        with self.assertLogs("outbox.worker"):
            for minute in range(1, 16):
                with later(seconds=61 * minute):
                    run_jobs()
        self.assertEqual(len(self.runs.jobs), 15)
        self.assertEqual((Job.objects.get().dead_at, Job.objects.get().last_error), (None, "no"))

    def test_the_job_of_a_task_that_is_gone_is_deleted_after_a_day(self):
        day = timedelta(days=1)
        for kind, age in (("old", 2 * day), ("new", day / 2)):
            run_at = timezone.now() - age
            enqueue(kind=kind, dedupe=f"every {kind}", run_at=run_at)
        run_jobs()
        self.assertEqual(set(Job.objects.values_list("kind", flat=True)), {"sweep", "new"})

    def test_a_function_becomes_a_task_by_its_decorator(self):
        with mock.patch.dict(registry._handlers):

            @every(30, "test_sweep_2")
            def sweep():
                self.runs.jobs.append("swept")

            run_jobs("test_sweep_2")
        self.assertEqual(self.runs.jobs, ["swept"])

    def test_a_kind_has_one_handler(self):
        with self.assertRaises(ValueError):
            handles("sweep")(print)


class JobRaceTests(TransactionTestCase):
    def setUp(self):
        self.enterContext(no_handlers())

    def test_several_workers_do_each_job_once(self):
        for number in range(40):
            enqueue(kind=KIND, body={"n": number})
        run = Recorder()
        with handling(KIND, run):
            at_once([run_jobs] * 4)
        self.assertEqual(sorted(job.body["n"] for job in run.jobs), list(range(40)))
        self.assertEqual(Job.objects.done().count(), 40)

    def test_of_two_workers_with_one_job_only_the_one_with_the_lease_finishes_it(self):
        with handling(KIND, print):
            for _ in range(10):
                enqueue(kind=KIND)
                slow = claim_next([KIND])
                expire_lease(slow)
                quick = claim_next([KIND])
                done = at_once([lambda: finish(job=slow), lambda: finish(job=quick)])  # noqa: B023
                self.assertEqual(done, [False, True])

    def test_a_worker_that_takes_over_and_one_that_finishes_late_never_both_finish(self):
        with handling(KIND, print):
            for _ in range(10):
                enqueue(kind=KIND)
                slow = claim_next([KIND])
                expire_lease(slow)

                def take_over():
                    job = claim_next([KIND])
                    return job is not None and finish(job=job)

                done = at_once([lambda: finish(job=slow), take_over])  # noqa: B023
                self.assertEqual(sum(done), 1, done)

    def test_one_worker_at_a_time_runs_a_periodic_task(self):
        run = Recorder()
        with handling("sweep", run, every=60):
            at_once([run_jobs] * 4)
        self.assertEqual(len(run.jobs), 1)
        self.assertEqual(Job.objects.filter(kind="sweep").count(), 1)

    def test_a_look_for_jobs_does_not_wait_for_a_writer(self):
        """On SQLite a transaction would take the write lock, which sales need."""
        if connection.vendor != "sqlite":
            self.skipTest("SQLite only")
        with transaction.atomic():
            [idle] = at_once([run_jobs])
        self.assertEqual(idle, 0)
