"""Which queries of a request read a large table from one end to the other.

`python -m benchmarks plans` sends one request of each kind to the service, in this process, on
PostgreSQL, and has every query explained before it runs. What it books is rolled back. Tells as
JSON.
"""

import json
import re
import sys

from django.db import connection, transaction
from django.test import Client

from benchmarks.data import EMPTY_TAKEN, empty_shows, make_tokens

LARGE = "bookings_booking|bookings_order|movies_show|accounts_user"


class Explained:
    """For `execute_wrapper`: keeps the plan of each query that can be explained."""

    def __init__(self):
        self.plans = []

    def __call__(self, execute, sql, params, many, context):
        if re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", sql):
            with connection.connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN {sql}", params)
                self.plans.append("\n".join(line for (line,) in cursor.fetchall()))
        return execute(sql, params, many, context)


def explain(token, requests):
    """{name: the scans of whole tables}, and how many queries there were, by request."""
    found = {}
    client = Client(headers={"Authorization": f"Bearer {token}", "Host": "127.0.0.1"})
    for name, (method, path, body, expected) in requests.items():
        explained = Explained()
        with transaction.atomic(), connection.execute_wrapper(explained):
            answer = client.generic(method, path, body, content_type="application/json")
            transaction.set_rollback(True)
        if answer.status_code != expected:
            sys.exit(f"{path} was answered {answer.status_code}: {answer.content.decode()}")
        scans = [re.findall(rf"Seq Scan on (?:{LARGE})\b.*", plan) for plan in explained.plans]
        found[name] = {"queries": len(explained.plans), "scans": sum(scans, [])}
    return found


def main():
    show, seat = empty_shows()[-1], json.dumps({"seat_number": str(EMPTY_TAKEN + 1)})
    requests = {
        "book": ("POST", f"/api/shows/{show}/book/", seat, 201),
        "availability": ("GET", f"/api/shows/{show}/availability/", "", 200),
        "my-bookings": ("GET", "/api/my-bookings/", "", 200),
    }
    json.dump(explain(make_tokens()[0], requests), sys.stdout)
