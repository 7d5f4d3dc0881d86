"""Jobs of a test: doing them in its own thread, handlers of its own, and workers as processes."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.db import connection

from outbox import registry
from outbox.models import Job
from outbox.registry import Handler
from outbox.worker import Worker


def run_jobs(*kinds: str) -> int:
    """Dispatch the events and do the jobs that are due, as a worker would; return how many.

    Mails are jobs: call this before a test looks at `django.core.mail.outbox`.
    """
    return Worker(kinds).run_until_idle()


@contextmanager
def handling(kind: str, run: Callable[[Job], None], **options: Any) -> Iterator[None]:
    """Let this function do the jobs of a kind within the context."""
    with mock.patch.dict(registry._handlers, {kind: Handler(kind, run, **options)}):
        yield


@contextmanager
def no_handlers() -> Iterator[None]:
    """Let no app do jobs or periodic tasks within the context, but for `handling` in it."""
    with mock.patch.dict(registry._handlers, clear=True):
        yield


@contextmanager
def worker_process(*arguments: str, **env: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `manage.py work` on the database of the test; kill it at the end if it still runs."""
    command = [sys.executable, "manage.py", "work", *arguments]
    needed = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = needed | {"ENV_FILE": os.devnull, "DATABASE_URL": database_url()} | env
    with subprocess.Popen(  # noqa: S603 - no text of users
        command,
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def database_url() -> str:
    """Return the DATABASE_URL of the database of the test."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))
