"""Run a WSGI application in threads behind an ASGI server: first the whole body, then a thread.

A thread waits for the database, never for a client. The event loop waits for the clients instead,
so thousands of connections that send nothing, or a byte a minute, leave the threads free.
"""

import asyncio
import contextlib
import io
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIApplication, WSGIEnvironment

from django.conf import settings

from core.errors import BodyTimeout, DomainError, TooManyLargeBodies
from core.http.threads import WorkerThreads

# The key in the environment under which the application finds why a body was not read.
BODY_ERROR = "core.body_error"
PART_BYTES = 64 * 1024  # of an answer

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Answer = tuple[int, list[tuple[bytes, bytes]], bytes]


class ClientGone(Exception):
    """The client closed the connection before its body was complete."""


class ThreadedApplication:
    """An ASGI application that answers with a WSGI application, in `threads` threads.

    An answer is built whole before it is sent, so a slow reader occupies no thread either. A large
    one is sent in parts, each when the client has read enough of those before.
    """

    def __init__(self, application: WSGIApplication, *, threads: int) -> None:
        self._application = application
        self._threads = WorkerThreads(self._answer, count=threads)
        self._bodies = BodyReader()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"Only HTTP is served, not {scope['type']}.")
        environ = environ_of(scope)
        try:
            environ["wsgi.input"] = io.BytesIO(await self._bodies.read(environ, receive))
        except ClientGone:
            return
        except DomainError as error:
            environ[BODY_ERROR] = error
        status, headers, body = await self._threads.run(environ)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await _send_body(body, send)

    def _answer(self, environ: WSGIEnvironment) -> Answer:
        """Call the WSGI application. Return its status, headers and body."""
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> Any:
            started[:] = status, headers

        result = self._application(environ, start_response)
        try:
            body = b"".join(result)
        finally:
            if hasattr(result, "close"):
                result.close()
        status, headers = started
        encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return int(status[:3]), encoded, body


async def _send_body(body: bytes, send: Send) -> None:
    """Send a body; a large one in parts, so that the server keeps no copy of it for each client.

    A client that does not read a part within PART_SECONDS is left: the server then closes the
    connection, because the rest of the Content-Length is missing.
    """
    if len(body) <= PART_BYTES:
        await send({"type": "http.response.body", "body": body})
        return
    with contextlib.suppress(TimeoutError):
        for start in range(0, len(body), PART_BYTES):
            end = start + PART_BYTES
            part = {"type": "http.response.body", "body": body[start:end]}
            async with asyncio.timeout(settings.PART_SECONDS):
                await send({**part, "more_body": end < len(body)})


class BodyReader:
    """Reads bodies in bounded time and memory.

    A body above MAX_BODY_BYTES is read up to DATA_UPLOAD_MAX_MEMORY_SIZE, and only LARGE_BODIES of
    them at a time. So their memory is at most MAX_BODY_BYTES for each connection, and a little.
    """

    def __init__(self) -> None:
        self._large = 0

    async def read(self, environ: WSGIEnvironment, receive: Receive) -> bytes:
        """Return the body of a request, one byte or more too long if it is too large.

        Raises BodyTimeout after BODY_SECONDS, TooManyLargeBodies and ClientGone.
        """
        if not ("CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ):
            return b""
        body, is_large = bytearray(), False
        try:
            async with asyncio.timeout(settings.BODY_SECONDS):
                async for part in _parts(receive):
                    body += part
                    if not is_large and len(body) > settings.MAX_BODY_BYTES:
                        if self._large >= settings.LARGE_BODIES:
                            raise TooManyLargeBodies
                        self._large += 1
                        is_large = True
                    if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
                        break
        except TimeoutError as error:
            raise BodyTimeout from error
        finally:
            self._large -= is_large
        return bytes(body)


async def _parts(receive: Receive) -> AsyncIterator[bytes]:
    """Yield the parts of a body as they arrive. Raises ClientGone."""
    has_more = True
    while has_more:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientGone
        yield message.get("body", b"")
        has_more = message.get("more_body", False)


def environ_of(scope: Message) -> WSGIEnvironment:
    """Return the environment of PEP 3333 for a request, with an empty body.

    A header whose name has an underscore is dropped: `X_Forwarded_For` would have the name of
    `X-Forwarded-For` in the environment, and proxies replace only the latter.
    """
    host, port = scope["server"] or ("", None)
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or ""),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": scope["client"][0] if scope["client"] else "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.errors": sys.stderr,
        "wsgi.input": io.BytesIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        if b"_" in name:
            continue
        key = name.decode("latin-1").upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        text = value.decode("latin-1")
        if key in environ:
            text = environ[key] + (";" if key == "HTTP_COOKIE" else ",") + text
        environ[key] = text
    return environ
