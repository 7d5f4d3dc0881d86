"""Load from wrk, which is written in C: little of the machine goes to the clients."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import NamedTuple

SCRIPT = Path(__file__).with_name("load.lua")


class Plan(NamedTuple):
    """What to send: request after request to the next target.

    With `spread` each request wants a seat that none before it wanted, of so many shows in turn.
    """

    method: str
    targets: list[dict[str, str]]  # path, and an etag where 304 is expected
    expected: int  # the status of every answer
    tokens: list[str] = []
    body: str = ""
    clients: int = 16
    start: int = 0  # the number of the first request
    spread: int = 0
    seats: int = 0  # that a run takes of each show
    first_seat: int = 1


class Round(NamedTuple):
    """What one run of wrk brought. Times in seconds."""

    seconds: float
    issued: int  # requests, those among them that the end of the run cut off
    answers: int
    p50: float
    p99: float
    statuses: dict[str, int]

    @property
    def rate(self):
        return self.answers / self.seconds


def check_wrk():
    if shutil.which("wrk") is None:
        sys.exit(
            "The benchmark needs wrk. Debian, Ubuntu: apt-get install wrk; macOS: brew install wrk."
        )


def send(server, plan, seconds):
    """One Round of the plan; an answer with another status than it expects ends the benchmark."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(f"return {_lua(plan._asdict())}")
        file.flush()
        done = subprocess.run(
            [
                *("wrk", "--threads", "1", "--connections", str(plan.clients)),
                *("--duration", f"{seconds}s", "--timeout", "30s", "--script", str(SCRIPT)),
                *(server.url, "--", file.name),
            ],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    told = json.loads(done.stdout.splitlines()[-1])
    failed = told.pop("failed")
    statuses = Counter(told["statuses"])
    if failed or set(statuses) != {str(plan.expected)}:
        sys.exit(
            f"{plan.method} {plan.targets[0]['path']}: only {plan.expected} was expected, but "
            f"answers were {dict(statuses)}, and {failed} requests had none."
        )
    return Round(**told, answers=statuses.total())


def _lua(value):
    """A literal of the language Lua."""
    match value:
        case dict():
            items = ",\n".join(f"[{_lua(key)}]={_lua(item)}" for key, item in value.items())
            return f"{{{items}}}"
        case list():
            return f"{{{','.join(map(_lua, value))}}}"
        case _:
            return json.dumps(value)
