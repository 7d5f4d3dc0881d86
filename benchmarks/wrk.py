"""Load from wrk. It is written in C, so clients take little of the machine."""

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
    """The requests of a run: each goes to the next target.

    With `spread`, each requests a new seat, of so many shows in turn.
    """

    method: str
    targets: list[dict[str, str]]  # path, and etag if 304 is expected
    expected: int  # the status of every answer
    tokens: list[str] = []
    body: str = ""
    clients: int = 16
    start: int = 0  # the number of the first request
    spread: int = 0
    seats: int = 0  # to request of each show
    first_seat: int = 1


class Round(NamedTuple):
    """The result of one run of wrk. Times in seconds."""

    seconds: float
    issued: int  # requests, also those that the end of the run cut off
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
    """Run the plan and return a Round. Exits at an answer with another status than expected."""
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
    report = json.loads(done.stdout.splitlines()[-1])
    failed = report.pop("failed")
    statuses = Counter(report["statuses"])
    if failed or set(statuses) != {str(plan.expected)}:
        sys.exit(
            f"{plan.method} {plan.targets[0]['path']}: every answer should be {plan.expected}, but "
            f"the answers were {dict(statuses)}, and {failed} requests failed."
        )
    return Round(**report, answers=statuses.total())


def _lua(value):
    """Return the value as a literal of the language Lua."""
    match value:
        case dict():
            items = ",\n".join(f"[{_lua(key)}]={_lua(item)}" for key, item in value.items())
            return f"{{{items}}}"
        case list():
            return f"{{{','.join(map(_lua, value))}}}"
        case _:
            return json.dumps(value)
