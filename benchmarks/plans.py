"""Full scans of large tables in the queries of a request, on PostgreSQL.

`python -m benchmarks plans` sends one request of each kind to the service, within this process, and
explains every query before it runs. Its booking is rolled back. Prints JSON.
"""

import json
import re
import sys

from django.db import connection, transaction
from django.test import Client

from benchmarks.data import EMPTY_TAKEN, empty_shows, make_tokens

LARGE = "bookings_booking|bookings_order|movies_show|accounts_user"


class PlanCollector:
    """An `execute_wrapper` that collects the plan of each query."""

    def __init__(self):
        self.plans = []

    def __call__(self, execute, sql, params, many, context):
        if re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", sql):
            with connection.connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN {sql}", params)
                self.plans.append("\n".join(line for (line,) in cursor.fetchall()))
        return execute(sql, params, many, context)


def explain(token, requests):
    """Return {request: {"queries": their number, "scans": [full scans of large tables]}}."""
    found = {}
    client = Client(headers={"Authorization": f"Bearer {token}", "Host": "127.0.0.1"})
    for name, (method, path, body, expected) in requests.items():
        collector = PlanCollector()
        with transaction.atomic(), connection.execute_wrapper(collector):
            answer = client.generic(method, path, body, content_type="application/json")
            transaction.set_rollback(True)
        if answer.status_code != expected:
            sys.exit(f"{path} answered {answer.status_code}: {answer.content.decode()}")
        scans = [re.findall(rf"Seq Scan on (?:{LARGE})\b.*", plan) for plan in collector.plans]
        found[name] = {"queries": len(collector.plans), "scans": sum(scans, [])}
    return found


def main():
    show, seat = empty_shows()[-1], json.dumps({"seat_number": str(EMPTY_TAKEN + 1)})
    requests = {
        "book": ("POST", f"/api/shows/{show}/book/", seat, 201),
        "availability": ("GET", f"/api/shows/{show}/availability/", "", 200),
        "my-bookings": ("GET", "/api/my-bookings/", "", 200),
    }
    json.dump(explain(make_tokens()[0], requests), sys.stdout)
