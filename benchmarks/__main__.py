"""`python -m benchmarks run`, and the programs that it starts: data, plans, sell_out, statements.

Each is a module of this package. It runs with the settings of the measured servers.
"""

import os
import sys
from importlib import import_module

import django

from benchmarks.server import settings_for

if __name__ == "__main__":
    os.environ |= settings_for(os.environ["DATABASE_URL"])
    django.setup()
    import_module(f"benchmarks.{sys.argv[1]}").main(*sys.argv[2:])
