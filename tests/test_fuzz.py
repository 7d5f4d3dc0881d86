"""Requests made up from the OpenAPI document: every answer is one that the document promises.

`make test` sends a few, the same ones each time; `make fuzz` sends many, each time others.
"""

import logging
import os
import sys
from collections import Counter
from unittest import SkipTest

from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import TestCase, override_settings

from accounts import mail
from accounts.services import tokens_of
from bookings import integrity
from config.wsgi import application
from tests import fuzz_rows

try:
    import hypothesis
    import schemathesis
    from hypothesis import strategies as st
    from schemathesis import GenerationMode, checks
    from schemathesis.specs.openapi import checks as openapi_checks
except ImportError:
    raise SkipTest("needs schemathesis: pip install -r requirements-dev.txt") from None

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES") or 8)  # requests to each operation
SEED = os.environ.get("FUZZ_SEED")
SETTINGS = hypothesis.settings(
    database=None,
    deadline=None,
    derandomize=not SEED,
    phases=[hypothesis.Phase.generate, hypothesis.Phase.shrink],
    print_blob=False,
    suppress_health_check=list(hypothesis.HealthCheck),
)
# Most operations answer whoever is not logged in all alike.
ROLES = ["staff", "customer", "staff", "customer", "anonymous"]
CHECKS = [
    checks.not_a_server_error,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
]
ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=4,
)


@override_settings(ALLOWED_HOSTS=["localhost"])
class FuzzTests(TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The connection of the test outlives each request, as with Django's test client.
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)
            cls.addClassCleanup(signal.connect, close_old_connections)
        logging.disable(logging.WARNING)  # of what was made up to be refused
        cls.addClassCleanup(logging.disable, logging.NOTSET)
        schema = schemathesis.openapi.from_wsgi("/schema/?format=json", application)
        schema.config.output.sanitization.update(enabled=False)  # to be sent again with curl
        operations = [found.ok() for found in schema.get_all_operations()]
        cls.requests = {operation: cls.requests_to(operation) for operation in operations}
        cls.seen = Counter()
        if "FUZZ_EXAMPLES" in os.environ:
            cls.addClassCleanup(cls.report)

    @classmethod
    def setUpTestData(cls):
        alice, staff = fuzz_rows.load()
        cls.users = {"staff": staff, "customer": alice, "anonymous": None}
        cls.words = fuzz_rows.words(alice)

    def test_every_answer_is_as_documented(self):
        def one_request(data):
            with transaction.atomic():
                self.send(data, operation)
                transaction.set_rollback(True)

        for operation in self.requests:
            with self.subTest(operation=operation.label):
                run(one_request, EXAMPLES)

    def test_after_any_requests_orders_and_bookings_agree(self):
        selling = [
            operation
            for operation in self.requests
            if operation.path.split("/")[2] in ("shows", "orders", "bookings")
            and operation.method != "get"
        ]

        def some_requests(data):
            with transaction.atomic():
                for operation in data.draw(
                    st.lists(st.sampled_from(selling), min_size=5, max_size=20), "operations"
                ):
                    self.send(data, operation)
                findings = [
                    check.sentence(row) for check in integrity.CHECKS for row in check.rows()
                ]
                transaction.set_rollback(True)
            self.assertEqual(findings, [])

        run(some_requests, EXAMPLES)

    def send(self, data, operation):
        role = data.draw(st.sampled_from(ROLES), "as")
        case = self.with_words(data, data.draw(self.requests[operation], "request"))
        user = self.users[role]
        headers = {"Authorization": f"Bearer {tokens_of(user)['access']}"} if user else {}
        with self.captureOnCommitCallbacks(execute=True):
            response = case.call(headers=headers)
        mail.wait_until_sent()  # no mail is under way while the next is made up
        self.seen[operation.label, role, response.status_code] += 1
        case.validate_response(response, CHECKS, additional_checks=[is_documented])

    @staticmethod
    def requests_to(operation):
        """As the document says, or not; most bodies are its examples, some of them spoiled."""
        modes = st.sampled_from([GenerationMode.POSITIVE] * 2 + [GenerationMode.NEGATIVE])
        cases = modes.flatmap(lambda mode: operation.as_strategy(generation_mode=mode))
        examples = examples_of(operation)
        if not examples:
            return cases
        example = st.sampled_from(examples)
        bodies = st.sampled_from([example, example, example.flatmap(spoiled), st.none()])
        bodies = bodies.flatmap(lambda body: body)
        return st.tuples(cases, bodies).map(with_body)

    def with_words(self, data, case):
        """The request, with some of its values such that they mean something here."""
        if case.path_parameters and data.draw(st.integers(0, 7)):
            name = data.draw(st.sampled_from(sorted(case.path_parameters)))
            values = fuzz_rows.values_behind(case.path.split("/")[2])
            value = data.draw(st.sampled_from(values))
            case.path_parameters = {**case.path_parameters, name: value}
        replaced = data.draw(st.sampled_from([st.just(True)] * 2 + [st.booleans(), st.just(False)]))
        case.body = self.worded(data, case.body, replaced)
        case.query = self.worded(data, case.query, replaced)
        return case

    def worded(self, data, value, replaced):
        if isinstance(value, list):
            return [self.worded(data, inner, replaced) for inner in value]
        if isinstance(value, dict):
            return {
                name: data.draw(st.sampled_from(self.words[name]))
                if name in self.words and data.draw(replaced)
                else self.worded(data, inner, replaced)
                for name, inner in value.items()
            }
        return value

    @classmethod
    def report(cls):
        """Say how often each operation answered what, so that one that is not reached shows."""
        lines = {}
        for (label, role, status), count in sorted(cls.seen.items()):
            lines.setdefault(label, []).append(f"{role} {status}: {count}")
        for label, counts in lines.items():
            sys.stderr.write(f"{label}\n    {', '.join(counts)}\n")


def run(check, examples):
    """The check of so many examples; it draws what it needs."""
    check = hypothesis.settings(SETTINGS, max_examples=examples)(hypothesis.given(st.data())(check))
    if SEED:
        check = hypothesis.seed(int(SEED))(check)
    check()


def with_body(case_and_body):
    case, body = case_and_body
    if body is not None:
        case.body, case.media_type = body, "application/json"
    return case


def spoiled(value):
    """The same with one place in it, however deep, that is anything."""
    if isinstance(value, dict) and value:
        return st.sampled_from(sorted(value)).flatmap(
            lambda name: (spoiled(value[name]) | ANY_JSON).map(lambda new: {**value, name: new})
        )
    if isinstance(value, list) and value:
        return st.integers(0, len(value) - 1).flatmap(
            lambda at: (spoiled(value[at]) | ANY_JSON).map(
                lambda new: [*value[:at], new, *value[at + 1 :]]
            )
        )
    return ANY_JSON


def documented(operation):
    """What the document has for the operation, as it stands there."""
    return operation.schema.raw_schema["paths"][operation.path][operation.method]


def examples_of(operation):
    content = documented(operation).get("requestBody", {}).get("content", {})
    examples = content.get("application/json", {}).get("examples", {})
    return [example["value"] for example in examples.values()]


def is_documented(context, response, case):
    """The status stands in the document by itself, and with a problem also its code.

    But for 405, which the document leaves to `default`: a wrong value in a path may lead to
    another operation, such as `shows/schedule/`, which has other methods.
    """
    status = response.status_code
    promised = documented(case.operation)["responses"].get(str(status))
    if promised is None and status != 405:
        raise AssertionError(f"{status} is not documented: {response.text}")
    if status < 400:
        return
    media_type = response.headers["content-type"][0]
    if media_type != "application/problem+json":
        raise AssertionError(f"{status} is sent as {media_type}")
    problem = response.json()
    # An answer that is given again has the request_id of the first.
    is_first = "idempotency-replayed" not in response.headers
    is_of_another = problem["request_id"] != response.headers["x-request-id"][0]
    if problem["status"] != status or (is_first and is_of_another):
        raise AssertionError(f"Body and headers differ: {problem}")
    if promised and problem["code"] not in promised["content"][media_type]["examples"]:
        raise AssertionError(f"{status} {problem['code']} is not documented: {response.text}")
