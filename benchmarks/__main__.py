"""`python -m benchmarks run`, and the programs that it starts: data, plans, sell_out.

Each is a module of this package, called with the settings that the measured servers have.
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
