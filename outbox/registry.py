"""Who does which job: apps register handlers in a module that their AppConfig.ready() imports."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from random import uniform
from typing import Any

from outbox.models import MAX_KIND, Job

MINUTE, HOUR, DAY = 60, 60 * 60, 24 * 60 * 60  # seconds
# The pauses between attempts: some 40 minutes altogether, and then each hour.
PAUSES = (5, 30, MINUTE, 5 * MINUTE, 10 * MINUTE, 20 * MINUTE, HOUR)
JITTER = 0.2  # of a pause, so that jobs that failed together are not tried together

Handle = Callable[[Job], None]


class RetryLater(Exception):
    """The job shall run again after so many seconds; None: after its usual pause."""

    def __init__(self, reason: str, seconds: float | None = None) -> None:
        super().__init__(reason)
        self.seconds = seconds


class GiveUp(Exception):
    """The job cannot succeed: it is listed for staff, with the reason."""


@dataclass(frozen=True)
class Handler:
    """`seconds` is the lease: the function must take less. `pauses` are those between attempts.

    `every` is the interval of a periodic task, and None for all other jobs.
    """

    kind: str
    run: Handle
    on: Sequence[str] = ()
    seconds: int = 2 * MINUTE
    attempts: int = 12
    pauses: Sequence[int] = PAUSES
    every: int | None = None

    def pause_after(self, attempts: int) -> float:
        """Return the seconds until the next attempt, with jitter."""
        pause = self.pauses[min(attempts, len(self.pauses)) - 1]
        return pause * uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - no secret


_handlers: dict[str, Handler] = {}


def handles(kind: str, *, on: Sequence[str] = (), **options: Any) -> Callable[[Handle], Handle]:
    """Register the function that does the jobs of a kind; `options` are those of Handler.

        @handles("order_mail", on=["order.booked", "order.cancelled"])
        def send_order_mail(job: Job) -> None: ...

    Each event of the types in `on`, where order.* means all that begin so, gets one such job. The
    function runs outside of any transaction, at least once for a job. It returns when the job is
    done, raises RetryLater or GiveUp; after any other exception the job is tried again too.
    """

    def register(run: Handle) -> Handle:
        _add(Handler(kind, run, tuple(on), **options))
        return run

    return register


def every(
    seconds: int, kind: str, *, lease: int = 5 * MINUTE
) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Register a task that some worker runs about every so many seconds, never two at a time.

    A run that fails is logged, and the next one comes in its time.
    """

    def register(run: Callable[[], None]) -> Callable[[], None]:
        _add(Handler(kind, lambda job: run(), seconds=lease, every=seconds))
        return run

    return register


def _add(handler: Handler) -> None:
    if len(handler.kind) > MAX_KIND or handler.kind in _handlers:
        raise ValueError(f"The kind {handler.kind!r} is too long, or has a handler already.")
    _handlers[handler.kind] = handler


def handler_of(kind: str) -> Handler:
    return _handlers[kind]


def kinds() -> list[str]:
    """Return the kinds of jobs that this version can do."""
    return sorted(_handlers)


def periodic() -> list[Handler]:
    return [handler for handler in _handlers.values() if handler.every is not None]


def subscribers(event_type: str) -> Iterator[Handler]:
    """Yield the handlers that want a job for each event of this type."""
    for handler in _handlers.values():
        if any(fnmatchcase(event_type, pattern) for pattern in handler.on):
            yield handler
