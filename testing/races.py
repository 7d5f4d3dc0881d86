"""Calls that run at the same time, and their outcomes."""

import threading
from collections import Counter
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


def outcome_of(response):
    """Return (status, error code); the code of a success is None."""
    return response.status_code, response.json()["code"] if response.status_code >= 400 else None


def outcomes(responses):
    """Count the responses by outcome."""
    return Counter(map(outcome_of, responses))
