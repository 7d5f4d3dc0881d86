import os
import signal
from argparse import ArgumentParser
from threading import Thread
from time import sleep
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from outbox.registry import kinds
from outbox.worker import Worker


class Command(BaseCommand):
    help = (
        "Does the jobs, such as mails, and dispatches the events: until SIGTERM or Ctrl-C, after "
        "which it finishes the job in hand. Several can run at a time. Waits while the database is "
        "away."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="do what is due now, and what follows, then end"
        )
        parser.add_argument("--kinds", default="", help="do only these kinds of jobs: mail,webhook")
        parser.add_argument(
            "--parent", type=int, help="stop when the parent process is no longer this one"
        )

    def handle(self, *, once: bool, kinds: str, parent: int | None, **options: Any) -> None:
        worker = Worker(_chosen(kinds))
        if once:
            self.stdout.write(f"{worker.run_until_idle()} jobs")
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda number, _: _stop(worker, number))
        if parent is not None:
            Thread(target=_watch_parent, args=[worker, parent], daemon=True).start()
        worker.run()


def _stop(worker: Worker, number: int) -> None:
    """Let a second Ctrl-C end the process at once: another worker does the job again.

    Not a second SIGTERM: systemd sends one to all processes, and so does the process beside it.
    """
    worker.stop()
    if number == signal.SIGINT:
        signal.signal(number, signal.SIG_DFL)


def _watch_parent(worker: Worker, parent: int) -> None:
    while os.getppid() == parent:
        sleep(1)
    worker.stop()


def _chosen(text: str) -> list[str]:
    chosen = [kind for kind in text.split(",") if kind]
    if unknown := sorted(set(chosen) - set(kinds())):
        raise CommandError(f"There is no kind {', '.join(unknown)}, only {', '.join(kinds())}.")
    return chosen
