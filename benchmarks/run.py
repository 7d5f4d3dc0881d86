"""`make bench`: the service compared with simpler views, in one table.

A measure sends requests to the service and to a simpler view of the same server, in alternating
short rounds, and takes the median of the ratios. So other load on the machine matters little.
The table and its picture are written to `benchmarks/results/`.
"""

import argparse
import os
import tempfile
from pathlib import Path

from benchmarks import report
from benchmarks.data import BASE_BOOKINGS, make_tokens
from benchmarks.measures import MEASURES, NOT_BY_DEFAULT, Bench
from benchmarks.server import run_python, serving
from benchmarks.wrk import check_wrk

RESULTS = Path(__file__).with_name("results")


def main(*arguments):
    options = read_options(arguments)
    check_wrk()
    RESULTS.mkdir(exist_ok=True)
    log = RESULTS / "server.log"
    log.unlink(missing_ok=True)
    rows = []
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        urls = {
            "postgres": os.environ["DATABASE_URL"],  # set by testing/with_postgres.py
            "sqlite": f"sqlite:///{folder}/db.sqlite3",
        }
        for database, url in urls.items():
            if options.database in (database, "both"):
                rows += measure(database, url, options, log)
    report.write(rows, RESULTS)


def read_options(arguments):
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--only", default="", help=f"some of: {','.join(MEASURES)}")
    parser.add_argument("--seconds", type=int, default=4, help="of a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--database", choices=["postgres", "sqlite", "both"], default="both")
    parser.add_argument("--growth", type=int, default=1_000_000, help="bookings, at most")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args(arguments)
    names = list(filter(None, options.only.split(",")))
    if unknown := set(names).difference(MEASURES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}. Choose from {', '.join(MEASURES)}")
    options.only = names or [name for name in MEASURES if name not in NOT_BY_DEFAULT]
    return options


def measure(database, url, options, log):
    """Return the Rows of one database. Runs verify_integrity at the end."""
    rows = []
    run_python(url, "benchmarks", "data", BASE_BOOKINGS)
    with serving(url, options, log) as server:
        bench = Bench(database, url, server, options, make_tokens(), log)
        for name in options.only:
            for row in MEASURES[name](bench):
                rows.append(row._replace(database=database))
                report.print_row(rows[-1])
    run_python(url, "manage", "verify_integrity")
    return rows
