#!/usr/bin/env python
"""Django's command line: `python manage.py help` lists what it can do."""

# Old versions of Python must be able to read this file, down to 2.7.

import os
import sys


def main():
    if sys.version_info < (3, 11):
        sys.exit(
            "Not started. Python 3.11 or newer is needed, and this is %d.%d. "
            "Use .venv/bin/python, which `make run` creates; to create it with another Python: "
            "make run PYTHON=python3.12" % sys.version_info[:2]
        )
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        from config.command_line import main as run
    except ImportError as error:
        sys.exit(
            "Not started. A package is missing in this Python (%s). "
            "Use .venv/bin/python, which `make run` creates." % error
        )
    run(sys.argv)


if __name__ == "__main__":
    main()
