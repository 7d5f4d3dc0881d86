"""A crowd at the opening of a sale, as a process of its own; tells what it saw as JSON.

    python -m benchmarks sell_out http://127.0.0.1:8000 1621 2000

Each client arrives within ARRIVALS seconds, wants one to four seats, looks at what is free, and
holds seats: half of them by number, half the best there are. Who is refused takes what was offered
instead, looks again, or in the end makes do with fewer seats. Who holds seats pays and confirms.
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
PAYING = (0.5, 2)  # seconds, from and to
LOOKS = 5  # then a client goes home


class Client:
    """One customer with a connection of their own."""

    def __init__(self, port, token, seen):
        self.port = port
        self.token = token
        self.seen = seen  # [(status, seconds)] of all clients

    async def buy(self, show, chance):
        """Some seats of the show, or none."""
        await asyncio.sleep(chance.uniform(0, ARRIVALS))
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        wanted, likes_best = chance.randint(1, 4), chance.random() < 0.5
        for _ in range(LOOKS):
            if not (seats := await self.free_seats(show)):
                break
            wanted = min(wanted, len(seats))
            body = (
                {"best": wanted} if likes_best else {"seat_numbers": chance.sample(seats, wanted)}
            )
            status, answer = await self.call("POST", f"/api/shows/{show}/hold/", body)
            if status == 409 and answer.get("alternatives"):
                body = {"seat_numbers": answer["alternatives"][0]}
                status, answer = await self.call("POST", f"/api/shows/{show}/hold/", body)
            if status == 201:
                await asyncio.sleep(chance.uniform(*PAYING))
                await self.call("POST", f"/api/orders/{answer['code']}/confirm/", {})
                break
        self.writer.close()

    async def free_seats(self, show):
        _, answer = await self.call("GET", f"/api/shows/{show}/availability/")
        taken = {*answer["held"], *answer["booked"], *answer["blocked"]}
        return [str(n) for n in range(1, answer["total_seats"] + 1) if str(n) not in taken]

    async def call(self, method, path, body=None):
        """Status and JSON of the answer."""
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
        self.seen.append((status, time.perf_counter() - started))
        return status, json.loads(answer)


async def sell(url, show, clients, tokens):
    port, chance = int(url.rsplit(":", 1)[1]), random.Random(1)
    seen: list[tuple[int, float]] = []  # status and seconds of each answer
    started = time.monotonic()
    async with asyncio.TaskGroup() as crowd:
        for number in range(clients):
            client = Client(port, tokens[number % len(tokens)], seen)
            crowd.create_task(client.buy(show, random.Random(chance.random())))
    seconds = time.monotonic() - started
    cuts = quantiles([each for _, each in seen], n=100)
    return {
        "arrivals": ARRIVALS,
        "seconds": seconds,
        "p50": cuts[49],
        "p99": cuts[98],
        "statuses": dict(sorted(Counter(status for status, _ in seen).items())),
    }


def sold(show):
    """Seats that are booked, if none is held, and no two bookings are of one seat."""
    rows = Booking.objects.filter(show=show).active().values_list("seat_number", "status")
    is_whole = all(status == "booked" for _, status in rows)
    return len({number for number, _ in rows}) if is_whole and len(dict(rows)) == len(rows) else 0


def main(url, show, clients):
    told = asyncio.run(sell(url, int(show), int(clients), make_tokens()))
    json.dump(told | {"sold": sold(show)}, sys.stdout)
