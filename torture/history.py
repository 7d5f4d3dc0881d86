"""What the clients asked and were answered, and when. A call is one wish; its tries share a key."""

import json
import math
import threading
import time
from dataclasses import asdict, dataclass, field

# Answers after which the same key must always be answered alike.
KEPT = {200, 201, 204, 400, 403, 404}


@dataclass
class Try:
    id: str  # sent as X-Request-ID, so that rows name the try that made them
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
    def is_kept(self):
        return self.status in KEPT

    @property
    def has_succeeded(self):
        return self.status in (200, 201)

    @property
    def is_unknown(self):
        """Whether it may have had an effect, or have one yet."""
        return self.status == 0 or self.status >= 500


@dataclass
class Call:
    id: str
    op: str  # book, hold, confirm, extend, cancel, cancel_booking, move, block...; or a read
    user: int
    method: str
    path: str
    body: dict
    key: str = ""
    show: int = 0  # of a move: where to
    order: str = ""
    booking: int = 0
    tries: list[Try] = field(default_factory=list)

    @property
    def is_write(self):
        return bool(self.key)

    @property
    def answer(self):
        """The first answer that is kept, None if none came."""
        return next((t for t in self.by_end() if t.is_kept), None)

    @property
    def size(self):
        """How many seats it asks for."""
        seats = self.body.get("seats") or self.body.get("seat_numbers") or [1]
        return self.body.get("best") or len(seats)

    def by_end(self):
        return sorted(self.tries, key=lambda t: t.end)


class History:
    def __init__(self):
        self.calls = []
        self._lock = threading.Lock()
        self._at_least, self._at_most = -math.inf, math.inf

    def now(self):
        """Seconds since 1970, by the clock that the servers read too."""
        before = time.monotonic()
        now = time.time()
        after = time.monotonic()
        with self._lock:
            self._at_least = max(self._at_least, now - after)
            self._at_most = min(self._at_most, now - before)
        return now

    @property
    def clock_step(self):
        """By how many seconds the clock was set meanwhile, 0 as a rule.

        Times compared with one another may be wrong by so much.
        """
        return max(0.0, self._at_least - self._at_most)

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
