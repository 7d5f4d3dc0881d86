"""A client sends a request again, with the same key, until it is answered."""

import http.client
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from random import Random

from torture.history import Call, Try

TIMEOUT = 15  # seconds; then the answer counts as lost


class Client(threading.Thread):
    """Makes calls, one after the other, until `stopped` is set."""

    pause = 0.05  # seconds between calls, on average

    def __init__(self, *, name, seed, port, user, token, history, stopped):
        super().__init__(daemon=True, name=name)
        self.rng = Random(f"{seed}-{name}")
        self.port, self.user, self.token = port, user, token
        self.history, self.stopped = history, stopped
        self.second_sender = ThreadPoolExecutor(1)
        self.calls = 0

    def run(self):
        while not self.stopped.is_set():
            call = self.next_call()
            if call is not None:
                self.make(call)
            self.stopped.wait(self.rng.expovariate(1 / self.pause))
        self.second_sender.shutdown()

    def next_call(self):
        """Return the next call, or None if nothing is possible now."""
        raise NotImplementedError

    def on_success(self, call, t):
        """Learn from the answer."""

    def new_call(self, op, method, path, body=None, **about):
        self.calls += 1
        name = f"{self.name}-{self.calls}"
        key = f"key-{name}" if method == "POST" else ""
        return Call(name, op, self.user, method, f"/api/{path}", body or {}, key, **about)

    def make(self, call):
        """Send the call until it is answered.

        Sometimes give up early, send it twice at the same time, or send it again afterwards.
        """
        self.history.add(call)
        tries = self.rng.choice([1, 4, 8, 8, 8]) if call.is_repeatable else 1
        for number in range(tries):
            duplicate = None
            if call.is_write and self.rng.random() < 0.12:
                duplicate = self.second_sender.submit(self.send, call, f"{call.id}-{number}b")
            t = self.send(call, f"{call.id}-{number}a")
            if duplicate is not None:
                duplicate.result()
            if not (t.is_unknown or t.code == "in_progress"):
                break
            time.sleep(self.rng.uniform(0.05, 0.3) * (number + 1))
        answer = call.answer
        if answer and call.is_write and self.rng.random() < 0.1:
            self.send(call, f"{call.id}-again")
        if answer and answer.has_succeeded:
            self.on_success(call, answer)

    def send(self, call, request_id):
        t = Try(request_id, self.history.now())
        call.tries.append(t)
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "X-Request-ID": request_id,
        }
        if call.key:
            headers["Idempotency-Key"] = call.key
        body = None if call.method == "GET" else json.dumps(call.body).encode()
        try:
            with closing(self.connect()) as connection:
                t.start = self.history.now()
                connection.request(call.method, call.path, body, headers)
                with connection.getresponse() as response:
                    data = response.read()
            t.is_replayed = response.headers.get("Idempotency-Replayed") == "true"
            t.body, t.status = data, response.status
        except (OSError, http.client.HTTPException) as error:
            t.error = repr(error)
        t.end = self.history.now()
        return t

    def connect(self):
        """Return a new connection; wait while connections are refused.

        An idle connection is not used again: the server may close it, which looks like a lost
        answer. A refused connection is no try, because no server has seen the request.
        """
        for _ in range(100):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
            try:
                connection.connect()
                return connection
            except ConnectionRefusedError:
                time.sleep(self.rng.uniform(0.2, 0.5))
        raise ConnectionRefusedError
