"""Counts of events of seats, for Prometheus."""

from django.db import transaction
from prometheus_client import Counter

SEATS = Counter("seats", "Seats held, booked, confirmed, cancelled, moved or expired.", ["event"])


def count_seats(event: str, seats: int) -> None:
    """Count once the transaction is committed: a rolled back change did not happen."""
    transaction.on_commit(lambda: SEATS.labels(event).inc(seats))
