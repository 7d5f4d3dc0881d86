"""A TCP relay in front of PostgreSQL that delays each direction and counts round trips.

`python -m benchmarks.relay HOST PORT SECONDS` runs one until it is stopped, and prints its port.
"""

import asyncio
import selectors
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import cast

# The message ReadyForQuery without its last byte, which tells the state of the transaction. The
# client waits for it. https://www.postgresql.org/docs/current/protocol-message-formats.html
READY = b"Z\0\0\0\5"


class Relay:
    """`round_trips` counts how often the server told a client that it is ready for more."""

    def __init__(self, host: str, port: int, round_trip: float) -> None:
        """`host` is a name, an address or the folder of a socket. `round_trip` is in seconds."""
        self.host = host
        self.server_port = port
        self.delay = round_trip / 2
        self.round_trips = 0
        self.port = 0
        self.open: set[Side] = set()

    async def serve(self, started: threading.Event) -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Client(self), "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        try:
            await server.serve_forever()
        finally:
            for side in list(self.open):
                side.transport.abort()
            while self.open:
                await asyncio.sleep(0)  # a connection ends in the next round of the loop

    async def connect(self, server: "Side") -> None:
        loop = asyncio.get_running_loop()
        if self.host.startswith("/"):
            path = f"{self.host}/.s.PGSQL.{self.server_port}"
            await loop.create_unix_connection(lambda: server, path)
        else:
            await loop.create_connection(lambda: server, self.host, self.server_port)


class Side(asyncio.Protocol):
    """The relay's connection to one side; what it receives goes to `other` after the delay."""

    transport: asyncio.Transport
    other: "Side"

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self.loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.relay.open.add(self)

    def data_received(self, data: bytes) -> None:
        self.loop.call_later(self.relay.delay, self.other.transport.write, data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.relay.open.discard(self)
        if self.other in self.relay.open:
            self.loop.call_later(self.relay.delay, self.other.transport.close)


class Server(Side):
    def data_received(self, data: bytes) -> None:
        self.relay.round_trips += data[-6:-1] == READY
        super().data_received(data)


class Client(Side):
    """Reads nothing before the server is connected."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.pause_reading()
        self.other = Server(self.relay)
        self.other.other = self
        self.connecting = self.loop.create_task(self._connect())

    async def _connect(self) -> None:
        try:
            await self.relay.connect(self.other)
        except OSError:
            self.transport.abort()
        else:
            self.transport.resume_reading()


@contextmanager
def relay(host: str, port: int, round_trip: float = 0) -> Iterator[Relay]:
    """Yield a running relay to this PostgreSQL server; it listens at 127.0.0.1."""
    # select() waits for microseconds, epoll only for whole milliseconds.
    loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
    found, started = Relay(host, port, round_trip), threading.Event()

    def run() -> None:
        asyncio.set_event_loop(loop)
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(found.serve(started))
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    started.wait()
    try:
        yield found
    finally:
        loop.call_soon_threadsafe(lambda: [task.cancel() for task in asyncio.all_tasks(loop)])
        thread.join()


if __name__ == "__main__":
    with relay(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])) as found:
        sys.stdout.write(f"{found.port}\n")
        sys.stdout.flush()
        signal.pause()
