"""The requests of the clients and their answers, with times."""

import json
import math
import threading
import time
from dataclasses import asdict, dataclass, field

# Once a key has an answer with one of these statuses, it must always get that answer.
FINAL = {200, 201, 204, 400, 403, 404}


@dataclass
class Try:
    """One request and its answer. Times are seconds since 1970."""

    id: str  # sent as X-Request-ID, so that rows name the try that wrote them
    start: float
    end: float = 0
    status: int = 0  # 0: no answer came
    body: bytes = b""
    is_replayed: bool = False
    error: str = ""

    @property
    def data(self):
        return json.loads(self.body) if self.body else {}

    @property
    def code(self):
        return self.data.get("code") if self.status >= 400 else None

    @property
    def is_final(self):
        return self.status in FINAL

    @property
    def has_succeeded(self):
        return self.status in (200, 201)

    @property
    def is_unknown(self):
        """Whether the try may have had an effect, or may have one later."""
        return self.status == 0 or self.status >= 500


@dataclass
class Call:
    """One intention of a client. All of its tries have the same Idempotency-Key."""

    id: str
    op: str  # book, hold, confirm, move, block, reschedule, change_prices...; or a read
    user: int
    method: str
    path: str
    body: dict
    key: str = ""  # only of a POST
    show: int = 0  # of a move: the new one
    order: str = ""
    booking: int = 0
    tries: list[Try] = field(default_factory=list)

    @property
    def is_write(self):
        """Whether the call has a key. PUT and PATCH change rows too, but without one."""
        return bool(self.key)

    @property
    def is_repeatable(self):
        return self.is_write or self.method == "PUT"

    @property
    def has_succeeded(self):
        return bool(self.answer and self.answer.has_succeeded)

    @property
    def may_have_succeeded(self):
        """Whether the call succeeded, or may have, because an answer is missing."""
        return self.has_succeeded or any(t.is_unknown for t in self.tries)

    @property
    def answer(self):
        """The first final answer; None if there is none."""
        return next((t for t in self.by_end() if t.is_final), None)

    @property
    def size(self):
        """The number of seats that are requested."""
        seats = self.body.get("seats") or self.body.get("seat_numbers") or [1]
        return self.body.get("best") or len(seats)

    def by_end(self):
        return sorted(self.tries, key=lambda t: t.end)


class History:
    """All calls. The clocks can be replaced in tests."""

    def __init__(self, wall_clock=time.time, steady_clock=time.monotonic):
        self.calls = []
        self._wall_clock, self._steady_clock = wall_clock, steady_clock
        self._lock = threading.Lock()
        self._min_offset, self._max_offset = math.inf, -math.inf

    def now(self):
        """Return the seconds since 1970, by the clock that the servers read too."""
        before = self._steady_clock()
        now = self._wall_clock()
        after = self._steady_clock()
        with self._lock:
            self._max_offset = max(self._max_offset, now - after)
            self._min_offset = min(self._min_offset, now - before)
        return now

    @property
    def clock_step(self):
        """By how many seconds the wall clock was changed during the run, normally 0.

        Two times that are compared may be wrong by this much.
        """
        return max(0.0, self._max_offset - self._min_offset)

    def add(self, call):
        with self._lock:
            self.calls.append(call)

    def save(self, path):
        with open(path, "w") as file:
            for call in self.calls:
                row = asdict(call)
                for t in row["tries"]:
                    t["body"] = t["body"].decode(errors="replace")
                file.write(json.dumps(row) + "\n")
