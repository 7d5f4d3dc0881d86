"""Unhandled exceptions in the log of the service, which is one JSON object a line."""

import json

UNAVAILABLE = 503


def count_unhandled_exceptions(lines):
    """Return how many lines are errors with a traceback.

    Without those of a 503: chaos makes the database unavailable, also outside of views.
    """
    return sum(_is_unhandled(_parsed(line)) for line in lines)


def _parsed(line):
    """Return the entry of a line, or an empty one: the server itself logs plain text."""
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}


def _is_unhandled(entry):
    is_error = entry.get("level") in ("ERROR", "CRITICAL") and "exc_info" in entry
    return is_error and entry.get("status_code") != UNAVAILABLE
