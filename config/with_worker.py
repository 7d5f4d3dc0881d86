"""Run a server with a worker of jobs beside it.

    python -m config.with_worker COMMAND [ARGUMENT ...]

A worker that dies is started again. When the server ends, or this process is told to stop, the
worker finishes the job in hand and ends too. Exits with the status of the server.
"""

import signal
import subprocess
import sys
import time
from os import getpid

POLL = 0.2  # seconds
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds, before a worker that died is started again
HEALTHY = 60.0  # seconds after which a death is no crash loop
FINISH = 30.0  # seconds that a worker has for the job in hand
CTRL_C = 2.0  # seconds that a server has after Ctrl-C until it is told by a signal of its own
WORK = [sys.executable, "manage.py", "work", "--parent"]


class Worker:
    """The process of the worker. Ctrl-C of a terminal does not reach it, only `stop` does."""

    def __init__(self) -> None:
        self._pause, self._start_at = FIRST_PAUSE, 0.0
        self._started_at = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    def keep_running(self) -> None:
        """Start the worker if it does not run, after a pause if it has just died."""
        now = time.monotonic()
        if self._process is None and now >= self._start_at:
            self._process = subprocess.Popen(  # noqa: S603 - no text of users
                [*WORK, str(getpid())], start_new_session=True
            )
            self._started_at = now
        elif self._process is not None and self._process.poll() is not None:
            if now - self._started_at > HEALTHY:
                self._pause = FIRST_PAUSE
            sys.stderr.write(
                f"The worker of jobs ended with {self._process.returncode}; "
                f"it is started again in {self._pause:.0f} s.\n"
            )
            self._process, self._start_at = None, now + self._pause
            self._pause = min(2 * self._pause, LONGEST_PAUSE)

    def stop(self) -> None:
        """Ask the worker to end after the job in hand."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def wait(self) -> None:
        """Wait for its end, and kill it after FINISH: another worker repeats the job in hand."""
        if self._process is not None:
            try:
                self._process.wait(FINISH)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def main(command: list[str]) -> int:
    worker = Worker()
    asked: set[int] = set()  # the signals that ask to stop
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: asked.add(number))
    server = subprocess.Popen(command)  # noqa: S603 - the command of the operator
    asked_at, is_told = 0.0, False
    while server.poll() is None:
        now = time.monotonic()
        if not asked:
            worker.keep_running()
        elif not asked_at:
            asked_at = now
            worker.stop()
        # A terminal sends Ctrl-C to the server too, which would take a second signal as haste.
        if asked and not is_told and (signal.SIGTERM in asked or now - asked_at > CTRL_C):
            is_told = True
            server.terminate()
        time.sleep(POLL)
    worker.stop()
    worker.wait()
    status = server.returncode
    return status if status >= 0 else 128 - status  # as a shell says it


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit("Usage: python -m config.with_worker COMMAND [ARGUMENT ...]")
    sys.exit(main(sys.argv[1:]))
