"""Threads that work for an event loop."""

import asyncio
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Generic, TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")


class WorkerThreads(Generic[Job, Result]):
    """Runs `work` in `count` threads for the coroutines of one event loop.

    Does what `loop.run_in_executor()` does with a ThreadPoolExecutor, with one future instead of
    two: a cached response costs some 10% less CPU.
    """

    def __init__(self, work: Callable[[Job], Result], *, count: int) -> None:
        self._work, self._count = work, count
        self._jobs: SimpleQueue[tuple[asyncio.Future[Result], Job]] = SimpleQueue()
        self._is_started = False

    async def run(self, job: Job) -> Result:
        """Return what `work` returns for the job, or raise what it raises."""
        if not self._is_started:  # in the process that serves, not in the one that forks
            self._is_started = True
            for number in range(self._count):
                threading.Thread(
                    target=self._serve, name=f"worker-{number + 1}", daemon=True
                ).start()
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._jobs.put((future, job))
        return await future

    def _serve(self) -> None:
        while True:
            future, job = self._jobs.get()
            loop = future.get_loop()
            try:
                result = self._work(job)
            except Exception as error:  # whatever it is, the coroutine that waits gets it
                loop.call_soon_threadsafe(_fail, future, error)
            else:
                loop.call_soon_threadsafe(_finish, future, result)


def _finish(future: asyncio.Future[Result], result: Result) -> None:
    if not future.done():  # it is if its request was cancelled meanwhile
        future.set_result(result)


def _fail(future: asyncio.Future[Result], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
