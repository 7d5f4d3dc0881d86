"""What `manage.py` runs: Django's commands, with one sentence for each mistake of the operator."""

import logging
import sys

from django import setup
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import DatabaseError, InterfaceError

from core.db.failures import sentence_for, why_unreachable

# They try to connect first. Alone, they would wait for the pool, or report it many times.
NEED_DATABASE = {
    "backup",
    "changepassword",
    "createsuperuser",
    "load_demo",
    "migrate",
    "remove_second_factor",
    "restore_check",
    "runserver",
    "tidy",
    "verify_integrity",
}
# They change no data, or run by the clock. Every other command is on record, one of tomorrow too.
NOT_ON_RECORD = {
    "check",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "makemigrations",
    "restore_check",
    "runserver",
    "showmigrations",
    "spectacular",
    "sqlflush",
    "sqlmigrate",
    "sqlsequencereset",
    "test",
    "testserver",
    "tidy",
    "verify_integrity",
    "version",
    "work",
    "draw_demo_hall",
}
HELP = {"-h", "--help", "--version"}


def main(arguments: list[str]) -> None:
    needs_database = bool(NEED_DATABASE & set(arguments[1:2])) and not HELP & set(arguments)
    if arguments[1:2] != ["runserver"]:
        # The sentence below says it once; the pool would repeat it for each of its attempts.
        logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
    try:
        if needs_database and (reason := why_unreachable()):
            sys.exit(f"Not started. {reason}")
        _execute(arguments)
    except ImproperlyConfigured as error:
        sys.exit(f"Not started. {error}")
    except (DatabaseError, InterfaceError) as error:
        sentence = sentence_for(error)
        if sentence is None:
            raise
        sys.exit(f"Stopped. {sentence}")


def _execute(arguments: list[str]) -> None:
    """Run the command; record it first, so that one that fails midway is on record too."""
    name = next(iter(arguments[1:2]), "help")
    if name in NOT_ON_RECORD or name.startswith("-") or HELP & set(arguments):
        execute_from_command_line(arguments)
        return
    if not apps.ready:
        setup()
    from audit.records import command

    with command(name):
        is_recorded = _record(name)
        execute_from_command_line(arguments)
        if not is_recorded:  # `migrate` has made the table
            _record(name)


def _record(name: str) -> bool:
    """Return whether the command is on record: not without a database, which it cannot change."""
    from audit.records import record_command

    return not why_unreachable() and record_command(name)
