"""A mail server of the tests, which speaks SMTP (RFC 5321) and misbehaves on demand."""

import email
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message

from django.test import override_settings


class MailServer(socketserver.ThreadingTCPServer):
    """Keeps the mails that it has received in `mails`.

    `plan` says what happens to the next mails, one after the other, and then all are accepted:
    "reject 550" and "reject 450" answer the recipient, "lose" receives the mail and closes the
    connection without an answer, "hang" receives it and answers when `go_on` is set.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.mails: list[Message] = []
        self.plan: list[str] = []
        self.seconds = 0.0  # that each mail takes
        self.is_hanging = threading.Event()
        self.go_on = threading.Event()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    @property
    def ids(self) -> list[str]:
        return [mail["Message-ID"] for mail in self.mails]


class _Session(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self.say("220 test")
        behaviour = ""
        while line := self.rfile.readline().decode().strip():
            command = line.upper()
            if command.startswith("RCPT"):
                behaviour = self.server.plan.pop(0) if self.server.plan else ""
                if behaviour.startswith("reject"):
                    self.say(f"{behaviour.split()[1]} 5.1.1 {line[8:]}: no such mailbox")
                    continue
            if command == "DATA":
                self.say("354 go on")
                self.server.mails.append(email.message_from_bytes(self.read_data()))
                time.sleep(self.server.seconds)
                if behaviour == "lose":
                    return
                if behaviour == "hang":
                    self.server.is_hanging.set()
                    self.server.go_on.wait(60)
            if command == "QUIT":
                self.say("221 bye")
                return
            self.say("250 ok")

    def read_data(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        return b"".join(lines)

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Run a mail server, to which this process sends its mails within the context."""
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host, port = server.server_address[:2]
        with override_settings(
            EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
            EMAIL_HOST=host,
            EMAIL_PORT=port,
        ):
            try:
                yield server
            finally:
                server.go_on.set()
                server.shutdown()
