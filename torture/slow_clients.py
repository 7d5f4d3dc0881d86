"""Clients that send a request and only the beginning of its body, and then wait."""

import select
import socket
import threading
from contextlib import suppress

CLIENTS = 64
REQUEST = (
    b"POST /api/auth/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
)


class SlowClients(threading.Thread):
    """Keeps so many slow connections open, also to a restarted server, until `stopped` is set."""

    def __init__(self, *, port, stopped):
        super().__init__(daemon=True, name="slow clients")
        self.port, self.stopped = port, stopped

    def run(self):
        waiting: list[socket.socket] = []
        while not self.stopped.wait(0.2):
            with suppress(OSError):  # the server is down
                while len(waiting) < CLIENTS:
                    waiting.append(self._connect())
            for connection in select.select(waiting, [], [], 0)[0]:  # answered or closed
                waiting.remove(connection)
                connection.close()
        for connection in waiting:
            connection.close()

    def _connect(self):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        try:
            connection.sendall(REQUEST)
        except OSError:
            connection.close()
            raise
        return connection
