"""What happens to seats, counted for Prometheus."""

from django.db import transaction
from prometheus_client import Counter

SEATS = Counter("seats", "Seats held, booked, confirmed, cancelled, moved or expired.", ["event"])


def count_seats(event, seats):
    """Once the transaction is committed: what was rolled back did not happen."""
    transaction.on_commit(lambda: SEATS.labels(event).inc(seats))
