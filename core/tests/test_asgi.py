"""A WSGI application in threads behind an ASGI server."""

import asyncio
import threading
from unittest import mock

from django.conf import settings
from django.test import SimpleTestCase, override_settings

from config.wsgi import application as service
from core.errors import BodyTimeout, TooManyLargeBodies
from core.http.asgi import (
    BODY_ERROR,
    PART_BYTES,
    BodyReader,
    ClientGone,
    ThreadedApplication,
    environ_of,
)

KILOBYTE = 1024


def scope(method="POST", path=b"/api/auth/login/", headers=(), **others):
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": "decoded",
        "raw_path": path,
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers],
        "client": ("203.0.113.9", 4711),
        "server": ("127.0.0.1", 8000),
    } | others


def parts(*bodies, then=None):
    """Return a `receive` that gives these parts of a body; `then` is called instead of the end."""
    messages = [{"type": "http.request", "body": body, "more_body": True} for body in bodies]
    if then is None:
        messages[-1]["more_body"] = False

    async def receive():
        return messages.pop(0) if messages else await then()

    return receive


async def never():
    await asyncio.Event().wait()


async def gone():
    return {"type": "http.disconnect"}


class BodyTests(SimpleTestCase):
    LENGTH = {"CONTENT_LENGTH": "1000"}

    async def test_a_body_is_read_from_its_parts(self):
        self.assertEqual(await BodyReader().read(self.LENGTH, parts(b"{", b"", b"}")), b"{}")

    async def test_nothing_is_awaited_without_a_body(self):
        self.assertEqual(await BodyReader().read({}, never), b"")

    async def test_a_chunked_body_is_read(self):
        chunked = {"HTTP_TRANSFER_ENCODING": "chunked"}
        self.assertEqual(await BodyReader().read(chunked, parts(b"{}")), b"{}")

    @override_settings(BODY_SECONDS=0.01)
    async def test_a_body_that_stays_away_is_a_timeout(self):
        for sent in [(), (b"{",)]:
            with self.assertRaises(BodyTimeout):
                await BodyReader().read(self.LENGTH, parts(*sent, then=never))

    @override_settings(BODY_SECONDS=0.05)
    async def test_a_body_that_trickles_is_a_timeout(self):
        async def byte():
            await asyncio.sleep(0.01)
            return {"type": "http.request", "body": b" ", "more_body": True}

        with self.assertRaises(BodyTimeout):
            await BodyReader().read(self.LENGTH, byte)

    async def test_a_client_that_leaves_is_noticed(self):
        with self.assertRaises(ClientGone):
            await BodyReader().read(self.LENGTH, parts(b"{", then=gone))

    async def test_no_more_than_the_largest_body_is_read(self):
        part = b"x" * 1024 * KILOBYTE
        body = await BodyReader().read(self.LENGTH, parts(*[part] * 5, then=never))
        self.assertGreater(len(body), settings.DATA_UPLOAD_MAX_MEMORY_SIZE)

    @override_settings(LARGE_BODIES=2, BODY_SECONDS=0.2)
    async def test_large_bodies_are_read_a_few_at_a_time(self):
        reader, large = BodyReader(), b"x" * 65 * KILOBYTE
        waiting = [
            asyncio.ensure_future(reader.read(self.LENGTH, parts(large, then=never)))
            for _ in range(2)
        ]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        with self.assertRaises(TooManyLargeBodies):
            await reader.read(self.LENGTH, parts(large))
        self.assertEqual(await reader.read(self.LENGTH, parts(b"{}")), b"{}")
        await asyncio.gather(*waiting, return_exceptions=True)
        self.assertEqual(await reader.read(self.LENGTH, parts(large)), large)


class EnvironTests(SimpleTestCase):
    def test_a_request_becomes_an_environment(self):
        headers = [("Host", "x"), ("Content-Type", "text/plain"), ("Content-Length", "2")]
        environ = environ_of(
            scope(path=b"/a%20b/%C3%A9%FF", query_string=b"x=%20&y=\xe9", headers=headers)
        )
        expected = {
            "REQUEST_METHOD": "POST",
            "SCRIPT_NAME": "",
            "PATH_INFO": "/a b/\xc3\xa9\xff",
            "QUERY_STRING": "x=%20&y=\xe9",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "203.0.113.9",
            "HTTP_HOST": "x",
            "CONTENT_TYPE": "text/plain",
            "CONTENT_LENGTH": "2",
        }
        self.assertEqual({key: environ[key] for key in expected}, expected)
        self.assertNotIn("HTTP_CONTENT_LENGTH", environ)

    def test_headers_of_one_name_are_joined(self):
        headers = [("Cookie", "a=1"), ("Cookie", "b=2"), ("Accept", "x"), ("Accept", "y")]
        environ = environ_of(scope(headers=headers))
        self.assertEqual((environ["HTTP_COOKIE"], environ["HTTP_ACCEPT"]), ("a=1;b=2", "x,y"))

    def test_a_header_with_an_underscore_cannot_pass_for_another(self):
        headers = [("X_Forwarded_For", "6.6.6.6"), ("Content_Length", "9")]
        environ = environ_of(scope(headers=headers))
        self.assertFalse({"HTTP_X_FORWARDED_FOR", "CONTENT_LENGTH"} & set(environ))

    def test_a_socket_without_addresses_is_served(self):
        environ = environ_of(scope(client=None, server=None))
        self.assertEqual((environ["REMOTE_ADDR"], environ["SERVER_PORT"]), ("", ""))


class AnswerTests(SimpleTestCase):
    """Answers to clients that read slowly, or never."""

    async def answer(self, body, send):
        def respond(environ, start_response):
            start_response("200 OK", [])
            return [body]

        application = ThreadedApplication(respond, threads=1)
        await application(scope("GET"), never, send)

    async def test_a_small_answer_is_one_message_and_a_large_one_has_parts(self):
        for size, expected in [
            (0, [0]),
            (PART_BYTES, [PART_BYTES]),
            (PART_BYTES + 1, [PART_BYTES, 1]),
        ]:
            sent = []

            async def send(message, sent=sent):
                sent.append(message)

            await self.answer(b"x" * size, send)
            start, *parts_sent = sent
            self.assertEqual(start["type"], "http.response.start")
            self.assertEqual([len(part["body"]) for part in parts_sent], expected)
            has_more = [part.get("more_body", False) for part in parts_sent]
            self.assertEqual(has_more, [True] * (len(expected) - 1) + [False])

    @override_settings(PART_SECONDS=0.05)
    async def test_a_client_that_reads_nothing_is_left(self):
        sent = []

        async def send(message):
            sent.append(message)
            if len(sent) == 3:
                await never()

        await asyncio.wait_for(self.answer(b"x" * 9 * PART_BYTES, send), 5)
        self.assertEqual(len(sent), 3)

    @override_settings(PART_SECONDS=0.2)
    async def test_a_client_that_reads_slowly_gets_all(self):
        sent = []

        async def send(message):
            await asyncio.sleep(0.05)
            sent.append(message.get("body", b""))

        body = b"x" * 9 * PART_BYTES
        await self.answer(body, send)
        self.assertEqual(b"".join(sent), body)


class ThreadTests(SimpleTestCase):
    async def answer(self, application, receive=never, **about):
        sent = []

        async def send(message):
            sent.append(message)

        await ThreadedApplication(application, threads=1)(scope(**about), receive, send)
        return sent

    async def test_the_application_answers_in_a_thread(self):
        seen = []

        def application(environ, start_response):
            seen.append((threading.current_thread(), environ["wsgi.input"].read()))
            start_response("201 Created", [("X-Name", "d\xe9j\xe0")])
            return [b"a", b"b"]

        sent = await self.answer(application, parts(b"{}"), headers=[("Content-Length", "2")])
        start = {
            "type": "http.response.start",
            "status": 201,
            "headers": [(b"X-Name", b"d\xe9j\xe0")],
        }
        self.assertEqual(sent, [start, {"type": "http.response.body", "body": b"ab"}])
        [(thread, body)] = seen
        self.assertEqual(body, b"{}")
        self.assertIsNot(thread, threading.current_thread())

    async def test_a_response_is_closed_also_when_it_fails(self):
        class Parts:
            close = mock.Mock()

            def __iter__(self):
                yield b""
                raise ZeroDivisionError

        def application(environ, start_response):
            start_response("200 OK", [])
            return Parts()

        with self.assertRaises(ZeroDivisionError):
            await self.answer(application)
        Parts.close.assert_called_once_with()

    async def test_a_client_that_leaves_gets_no_answer(self):
        application = mock.Mock()
        sent = await self.answer(application, gone, headers=[("Content-Length", "2")])
        self.assertEqual((sent, application.mock_calls), ([], []))

    async def test_the_service_says_why_a_body_was_not_read(self):
        for error, status in [(BodyTimeout, b"408"), (TooManyLargeBodies, b"503")]:
            with (
                mock.patch.object(BodyReader, "read", side_effect=error),
                self.assertLogs("django.request", "WARNING"),
            ):
                start, body = await self.answer(
                    service, headers=[("Host", "testserver"), ("Content-Length", "2")]
                )
            self.assertEqual(start["status"], int(status))
            headers = dict(start["headers"])
            self.assertEqual(headers[b"Content-Type"], b"application/problem+json")
            self.assertIn(error.code.encode(), body["body"])
            self.assertRegex(headers[b"X-Request-ID"], rb"^[0-9a-f]{32}$")

    async def test_only_http_is_served(self):
        with self.assertRaisesRegex(ValueError, "Only HTTP is served, not websocket."):
            await self.answer(service, type="websocket")

    def test_the_key_of_the_error_is_none_of_a_header(self):
        self.assertNotRegex(BODY_ERROR, "^HTTP_|^CONTENT_")
