"""The loop of `manage.py work`: dispatch events, then do the jobs that are due, one by one."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from core.db.failures import sentence_for
from core.request_id import begin_request, end_request
from outbox.claiming import claim_next, fail, finish, is_last_attempt
from outbox.dispatching import dispatch_events
from outbox.models import Job
from outbox.registry import GiveUp, RetryLater, handler_of, kinds, periodic

logger = logging.getLogger(__name__)

IDLE_SECONDS = 1.0  # between two looks when nothing is due
DATABASE_SECONDS = 2.0  # between two attempts to reach the database
PERIODIC_SECONDS = 60  # between two looks whether each periodic task has its job
DAY = timedelta(days=1)

T = TypeVar("T")

# (kind, error, line) of the unexpected errors whose traceback is in the log of this process.
_logged: set[tuple[str, str, str]] = set()


class Stopped(Exception):
    """The worker was told to stop while the database was away."""


class Worker:
    """One worker. It runs in one thread; `stop` may be called from any, or from a signal."""

    def __init__(self, only: Sequence[str] = ()) -> None:
        self._kinds = list(only) or kinds()
        self._stopping = threading.Event()
        self._is_database_away = False
        self._next_periodic = 0.0

    def stop(self) -> None:
        """Stop after the job in hand."""
        self._stopping.set()

    def run(self) -> None:
        """Work until `stop` is called."""
        while not self._stopping.is_set():
            try:
                if not self._reach(self._work_once):
                    self._stopping.wait(IDLE_SECONDS)
            except Stopped:
                return

    def run_until_idle(self) -> int:
        """Do everything that is due now, and what follows from it; return how many jobs."""
        done = 0
        while not self._stopping.is_set() and (jobs := self._work_once()):
            done += jobs
        return done

    def _work_once(self) -> int:
        """Dispatch what waits, and do the jobs that are due; return how many."""
        self._add_periodic()
        dispatch_events()
        done = 0
        while not self._stopping.is_set() and (job := claim_next(self._kinds)):
            self._do(job)
            done += 1
            if not done % 10:
                dispatch_events()  # new events do not wait for a long queue of jobs
        return done

    def _do(self, job: Job) -> None:
        """Run the job and record its end. Nothing that its function raises stops the worker."""
        token = begin_request(f"job-{job.pk}")
        try:
            end = _attempt(job)
            if not self._reach(end):
                logger.warning("%s: another worker has taken it over; its lease was over.", job)
        finally:
            end_request(token)

    def _reach(self, act: Callable[[], T]) -> T:
        """Run an act on the database until the database can be reached. Raises Stopped.

        What needs the lease of a job can be repeated: it changes nothing without the lease.
        """
        while True:
            try:
                result = act()
            except (DatabaseError, InterfaceError) as error:
                self._wait_for_database(error)
            else:
                if self._is_database_away:
                    self._is_database_away = False
                    logger.warning("The database is back.")
                return result

    def _wait_for_database(self, error: Exception) -> None:
        if not self._is_database_away:
            self._is_database_away = True
            words = sentence_for(error) or " ".join(str(error).split())  # type: ignore[arg-type]
            logger.warning("The worker waits for the database: %s", words)
        connection.close()
        if self._stopping.wait(DATABASE_SECONDS):
            raise Stopped

    def _add_periodic(self) -> None:
        """Add the job of each periodic task that has none; delete that of a task which is gone."""
        if time.monotonic() < self._next_periodic:
            return
        self._next_periodic = time.monotonic() + PERIODIC_SECONDS
        wanted = {f"every {handler.kind}": handler.kind for handler in periodic()}
        jobs = Job.objects.filter(dedupe__startswith="every ")
        found = set(jobs.values_list("dedupe", flat=True))
        if missing := wanted.keys() - found:
            Job.objects.bulk_create(
                (Job(kind=wanted[dedupe], dedupe=dedupe) for dedupe in sorted(missing)),
                ignore_conflicts=True,
            )
        if gone := found - wanted.keys():  # of a newer version too, which soon has run it again
            jobs.filter(dedupe__in=gone, run_at__lt=timezone.now() - DAY).delete()


def _attempt(job: Job) -> Callable[[], bool]:
    """Run the job's function; return the act that records how it ended."""
    handler = handler_of(job.kind)
    try:
        handler.run(job)
    except RetryLater as error:
        words, pause = str(error), error.seconds
        _log(job, words)
        return lambda: fail(job=job, error=words, pause=pause)
    except GiveUp as error:
        words = str(error)
        logger.error("%s is given up: %s", job, words)
        return lambda: fail(job=job, error=words, is_final=True)
    except Exception as error:  # noqa: BLE001 - a broken job must not end the worker
        words = f"{type(error).__name__}: {error}"
        _log(job, words, error)
        return lambda: fail(job=job, error=words)
    return lambda: finish(job=job)


def _log(job: Job, words: str, error: Exception | None = None) -> None:
    """Write one line; with the traceback only where an unexpected error is new to the process."""
    handler = handler_of(job.kind)
    is_new = False
    if error is not None:
        frame = error.__traceback__
        while frame is not None and frame.tb_next is not None:
            frame = frame.tb_next
        place = f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame else ""
        key = (job.kind, type(error).__name__, place)
        is_new = key not in _logged
        _logged.add(key)
        words = f"{words} ({place})"
    if is_last_attempt(job, handler):
        logger.error("%s is given up: %s", job, words, exc_info=error if is_new else None)
    else:
        logger.warning(
            "%s failed in attempt %d, and is tried again: %s",
            *(job, job.attempts, words),
            exc_info=error if is_new else None,
        )
