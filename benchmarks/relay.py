"""A TCP relay in front of PostgreSQL that delays each direction and counts round trips.

`python -m benchmarks.relay HOST PORT SECONDS` runs one until it is stopped, and prints its port.
"""

import asyncio
import selectors
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

CHUNK = 65536  # bytes
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

    async def serve(self, started: threading.Event) -> None:
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        with suppress(asyncio.CancelledError):
            await server.serve_forever()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.host.startswith("/"):
            to = await asyncio.open_unix_connection(f"{self.host}/.s.PGSQL.{self.server_port}")
        else:
            to = await asyncio.open_connection(self.host, self.server_port)
        try:
            await asyncio.gather(
                self._forward(reader, to[1]),
                self._forward(to[0], writer),
            )
        except asyncio.CancelledError:
            pass  # the relay ends
        finally:
            writer.transport.abort()
            to[1].transport.abort()

    async def _forward(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        """Pass on what arrives, each piece with the delay; several may be under way."""
        pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        sender = asyncio.create_task(_send_late(pieces, target))
        with suppress(ConnectionError):
            while piece := await source.read(CHUNK):
                self.round_trips += piece[-6:-1] == READY
                pieces.put_nowait((time.perf_counter() + self.delay, piece))
        pieces.put_nowait((0, b""))
        await sender


async def _send_late(pieces: Any, target: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while True:
            at, piece = await pieces.get()
            if not piece:
                break
            if (seconds := at - time.perf_counter()) > 0:
                await asyncio.sleep(seconds)
            target.write(piece)
    target.close()


@contextmanager
def relay(host: str, port: int, round_trip: float = 0) -> Iterator[Relay]:
    """Yield a running relay to this PostgreSQL server; it listens at 127.0.0.1."""
    # select() waits for microseconds, epoll only for whole milliseconds.
    loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
    found, started = Relay(host, port, round_trip), threading.Event()

    def run() -> None:
        asyncio.set_event_loop(loop)
        main = loop.create_task(found.serve(started))
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(main)
        connections = asyncio.all_tasks(loop)
        for task in connections:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*connections, return_exceptions=True))
        loop.run_until_complete(asyncio.sleep(0))  # the transports end after their tasks
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
