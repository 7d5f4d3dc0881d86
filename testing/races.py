"""Calls that really run at the same time."""

import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import connections


def at_once(calls):
    """Run each call in a thread of its own, all started together; return the results in order."""
    barrier = threading.Barrier(len(calls))

    def run(call):
        barrier.wait(timeout=30)
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))
