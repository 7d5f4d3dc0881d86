"""Many clients at the opening of a sale. Prints JSON.

    python -m benchmarks sell_out http://127.0.0.1:8000 1621 2000

Each client arrives within ARRIVALS seconds, reads the availability, and holds one to four seats:
half of the clients name seats, half request the best ones. After a rejection a client takes an
offered alternative, or reads the availability again, and accepts fewer seats if so few are left.
Then it pays and confirms.
"""

import asyncio
import json
import random
import sys
import time
from collections import Counter
from statistics import quantiles

from benchmarks.data import make_tokens
from bookings.models import Booking

ARRIVALS = 10  # seconds
PAYMENT_TIME = (0.5, 2)  # seconds, shortest and longest
MAX_TRIES = 5  # then a client gives up


class Client:
    """A customer with one connection."""

    def __init__(self, port, token, answers):
        self.port = port
        self.token = token
        self.answers = answers  # [(status, seconds)] of all clients

    async def buy(self, show, rng):
        """Buy some seats of the show, or none."""
        await asyncio.sleep(rng.uniform(0, ARRIVALS))
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        count, wants_best = rng.randint(1, 4), rng.random() < 0.5
        for _ in range(MAX_TRIES):
            if not (seats := await self.free_seats(show)):
                break
            count = min(count, len(seats))
            body = {"best": count} if wants_best else {"seat_numbers": rng.sample(seats, count)}
            status, answer = await self.call("POST", f"/api/shows/{show}/hold/", body)
            if status == 409 and answer.get("alternatives"):
                body = {"seat_numbers": answer["alternatives"][0]}
                status, answer = await self.call("POST", f"/api/shows/{show}/hold/", body)
            if status == 201:
                await asyncio.sleep(rng.uniform(*PAYMENT_TIME))
                await self.call("POST", f"/api/orders/{answer['code']}/confirm/", {})
                break
        self.writer.close()

    async def free_seats(self, show):
        _, answer = await self.call("GET", f"/api/shows/{show}/availability/")
        taken = {*answer["held"], *answer["booked"], *answer["blocked"]}
        return [str(n) for n in range(1, answer["total_seats"] + 1) if str(n) not in taken]

    async def call(self, method, path, body=None):
        """Return the status and the JSON of the answer."""
        content = b"" if body is None else json.dumps(body).encode()
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self.token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        started = time.perf_counter()
        self.writer.write(head.encode() + content)
        status_line, *headers = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in headers if line)
        answer = await self.reader.readexactly(int(fields["content-length"]))
        status = int(status_line.split()[1])
        self.answers.append((status, time.perf_counter() - started))
        return status, json.loads(answer)


async def sell(url, show, clients, tokens):
    port, rng = int(url.rsplit(":", 1)[1]), random.Random(1)
    answers: list[tuple[int, float]] = []
    started = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for number in range(clients):
            client = Client(port, tokens[number % len(tokens)], answers)
            group.create_task(client.buy(show, random.Random(rng.random())))
    seconds = time.monotonic() - started
    cuts = quantiles([each for _, each in answers], n=100)
    return {
        "arrivals": ARRIVALS,
        "seconds": seconds,
        "p50": cuts[49],
        "p99": cuts[98],
        "statuses": dict(sorted(Counter(status for status, _ in answers).items())),
    }


def count_sold(show):
    """Return the number of booked seats; 0 if a seat is still held or has two bookings."""
    rows = Booking.objects.filter(show=show).active().values_list("seat_number", "status")
    is_whole = all(status == "booked" for _, status in rows)
    return len({number for number, _ in rows}) if is_whole and len(dict(rows)) == len(rows) else 0


def main(url, show, clients):
    report = asyncio.run(sell(url, int(show), int(clients), make_tokens()))
    json.dump(report | {"sold": count_sold(show)}, sys.stdout)
