"""python -m torture --database postgresql --minutes 30 --seed 7

Exits with 1 if it finds something, and keeps the history in the folder that it names.
"""

import argparse
import json
import random
import secrets
import shutil
import signal
import socket
import sys
import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path

from torture.faults import FAULTS
from torture.replacing import NothingToReplace
from torture.run import run

MAX_SHOWN = 5  # findings of a kind


def main():
    options = read_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # stops the servers and the database
    folder = Path(options.folder or tempfile.mkdtemp(prefix=f"torture-{options.database}-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)  # started by root, PostgreSQL runs as another user
    try:
        outcome = run(options, folder)
    except NothingToReplace as error:
        sys.exit(f"The fault {options.fault} cannot be put in. {error}")
    (folder / "findings.json").write_text(json.dumps(outcome.findings, indent=1))
    print_report(options, outcome, folder)
    if not outcome.findings and not options.folder:
        shutil.rmtree(folder)
    return 1 if outcome.findings else 0


def read_options():
    parser = argparse.ArgumentParser(prog="torture")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], required=True)
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--seed", default=secrets.token_hex(3))
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--customers", type=int, default=24, help="shared by the clients")
    parser.add_argument("--port", type=int, help="default: a free one")
    parser.add_argument("--folder", help="default: a new temporary one")
    parser.add_argument("--calm", dest="chaos", action="store_false", help="cause no failures")
    parser.add_argument("--fault", choices=FAULTS, help="put this fault into the service")
    options = parser.parse_args()
    options.seconds = options.minutes * 60
    options.port = options.port or free_port()
    return options


def free_port():
    """Return a free port below the ephemeral ones, which a client could take during a restart."""
    while True:
        port = random.randrange(20_000, 30_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def print_report(options, outcome, folder):
    calls = outcome.history.calls
    tries = [t for call in calls for t in call.tries]
    replayed = sum(t.is_replayed for t in tries)
    rows = outcome.rows
    lines = [
        ("", f"{options.database}, seed {options.seed}"),
        ("seconds", f"{outcome.seconds:.0f}"),
        ("calls", f"{len(calls)} in {len(tries)} tries, {replayed} answers replayed"),
        ("", _counts(Counter(call.op for call in calls))),
        ("answers", _counts(Counter(_status_and_code(t) for t in tries))),
        ("rows", f"{len(rows['bookings'])} bookings in {len(rows['orders'])} orders"),
        ("failures", _counts(outcome.failures) or "none"),
        ("starts", f"{outcome.starts} of the server"),
    ]
    if outcome.history.clock_step > 0.001:
        lines.append(("clock", f"was changed by {outcome.history.clock_step:.3f} s"))
    lines.append(
        ("findings", f"{len(outcome.findings)}, see {folder}" if outcome.findings else "none")
    )
    for name, value in lines:
        print(f"{name:10}{value}")
    for kind, count in Counter(kind for kind, _ in outcome.findings).items():
        print(f"  {count} {kind}")
        for sentence in [s for k, s in outcome.findings if k == kind][:MAX_SHOWN]:
            print(f"    {sentence}")


def _status_and_code(t):
    return f"{t.status or 'lost'} {t.code or ''}".strip()


def _counts(counter):
    return ", ".join(f"{count} {name}" for name, count in counter.most_common())


if __name__ == "__main__":
    sys.exit(main())
