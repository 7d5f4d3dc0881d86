"""What `manage.py` runs: Django's commands, with one sentence for each mistake of the operator."""

import logging
import sys

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
    "restore_check",
    "runserver",
    "tidy",
    "verify_integrity",
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
        execute_from_command_line(arguments)
    except ImproperlyConfigured as error:
        sys.exit(f"Not started. {error}")
    except (DatabaseError, InterfaceError) as error:
        sentence = sentence_for(error)
        if sentence is None:
            raise
        sys.exit(f"Stopped. {sentence}")
