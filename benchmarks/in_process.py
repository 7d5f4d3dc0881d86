"""Requests to the service within this process, and the CPU time that they take."""

import io
import json
import sys
import time
from typing import Any
from wsgiref.util import setup_testing_defaults

from benchmarks.data import CUSTOMERS, make_tokens


class Service:
    """The WSGI application, as servers run it."""

    def __init__(self) -> None:
        from config.wsgi import application

        self.application: Any = application
        self.tokens = make_tokens()

    def send(
        self, method: str, path: str, expected: int, body: Any = None, *, customer: int = 0
    ) -> tuple[float, Any]:
        """Return the milliseconds of CPU time, and the JSON of the answer.

        Exits if the answer has another status than expected.
        """
        content, statuses = json.dumps(body).encode() if body is not None else b"", []
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "HTTP_HOST": "127.0.0.1",
            "HTTP_AUTHORIZATION": f"Bearer {self.tokens[customer % CUSTOMERS]}",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(content)),
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.input": io.BytesIO(content),
        }
        setup_testing_defaults(environ)
        started = time.process_time_ns()
        response = self.application(environ, lambda status, *_: statuses.append(status))
        answer = b"".join(response)
        response.close()
        spent = (time.process_time_ns() - started) / 1e6
        if not statuses[0].startswith(str(expected)):
            sys.exit(f"{path} answered {statuses[0]}: {answer.decode()}")
        return spent, json.loads(answer)
