"""Requests generated from the OpenAPI document: every answer must be a documented one.

`make test` sends a few, always the same; `make fuzz` sends many, with a new seed each time.
"""

import logging
import os
import sys
from collections import Counter
from unittest import SkipTest

from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import TestCase, override_settings, tag

from accounts.services import tokens_of
from bookings import integrity
from config.wsgi import application
from testing.jobs import run_jobs
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
# Anonymous requests are fewer, because most operations answer all of them with 401.
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


@tag("slow")
@override_settings(ALLOWED_HOSTS=["localhost"])
class FuzzTests(TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The connection of the test outlives each request, as with Django's test client.
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)
            cls.addClassCleanup(signal.connect, close_old_connections)
        logging.disable(logging.WARNING)  # expected for invalid requests
        cls.addClassCleanup(logging.disable, logging.NOTSET)
        schema = schemathesis.openapi.from_wsgi("/schema/?format=json", application)
        schema.config.output.sanitization.update(
            enabled=False
        )  # so that a request can be repeated with curl
        operations = [found.ok() for found in schema.get_all_operations()]
        cls.requests = {operation: cls.requests_to(operation) for operation in operations}
        cls.seen = Counter()
        if "FUZZ_EXAMPLES" in os.environ:
            cls.addClassCleanup(cls.report)

    @classmethod
    def setUpTestData(cls):
        alice, staff = fuzz_rows.load()
        cls.users = {"staff": staff, "customer": alice, "anonymous": None}
        cls.known_values = fuzz_rows.known_values(alice)

    def test_every_answer_is_documented(self):
        def one_request(data):
            with transaction.atomic():
                self.send(data, operation)
                transaction.set_rollback(True)

        for operation in self.requests:
            with self.subTest(operation=operation.label):
                run(one_request, EXAMPLES)

    def test_orders_and_bookings_are_consistent_after_any_requests(self):
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
        case = self.with_known_values(data, data.draw(self.requests[operation], "request"))
        user = self.users[role]
        headers = {"Accept-Encoding": "identity"}  # nothing decodes it on the way to the checks
        if user:
            headers["Authorization"] = f"Bearer {tokens_of(user)['access']}"
        with self.captureOnCommitCallbacks(execute=True):
            response = case.call(headers=headers)
        run_jobs()  # before the next request is generated
        self.seen[operation.label, role, response.status_code] += 1
        case.validate_response(response, CHECKS, additional_checks=[is_documented])

    @staticmethod
    def requests_to(operation):
        """Generate valid and invalid requests. Most bodies are examples, some corrupted."""
        modes = st.sampled_from([GenerationMode.POSITIVE] * 2 + [GenerationMode.NEGATIVE])
        cases = modes.flatmap(lambda mode: operation.as_strategy(generation_mode=mode))
        examples = examples_of(operation)
        if not examples:
            return cases
        example = st.sampled_from(examples)
        bodies = st.sampled_from([example, example, example.flatmap(corrupted), st.none()])
        bodies = bodies.flatmap(lambda body: body)
        return st.tuples(cases, bodies).map(with_body)

    def with_known_values(self, data, case):
        """Replace some values of the request by values that exist in the database."""
        if case.path_parameters and data.draw(st.integers(0, 7)):
            name = data.draw(st.sampled_from(sorted(case.path_parameters)))
            values = fuzz_rows.values_behind(case.path.split("/")[2])
            value = data.draw(st.sampled_from(values))
            case.path_parameters = {**case.path_parameters, name: value}
        replaced = data.draw(st.sampled_from([st.just(True)] * 2 + [st.booleans(), st.just(False)]))
        case.body = self.replace_values(data, case.body, replaced)
        case.query = self.replace_values(data, case.query, replaced)
        return case

    def replace_values(self, data, value, replaced):
        if isinstance(value, list):
            return [self.replace_values(data, inner, replaced) for inner in value]
        if isinstance(value, dict):
            return {
                name: data.draw(st.sampled_from(self.known_values[name]))
                if name in self.known_values and data.draw(replaced)
                else self.replace_values(data, inner, replaced)
                for name, inner in value.items()
            }
        return value

    @classmethod
    def report(cls):
        """Print how often each operation answered each status, to show operations not reached."""
        lines = {}
        for (label, role, status), count in sorted(cls.seen.items()):
            lines.setdefault(label, []).append(f"{role} {status}: {count}")
        for label, counts in lines.items():
            sys.stderr.write(f"{label}\n    {', '.join(counts)}\n")


def run(check, examples):
    """Run the check with this many examples; it draws its own data."""
    check = hypothesis.settings(SETTINGS, max_examples=examples)(hypothesis.given(st.data())(check))
    if SEED:
        check = hypothesis.seed(int(SEED))(check)
    check()


def with_body(case_and_body):
    case, body = case_and_body
    if body is not None:
        case.body, case.media_type = body, "application/json"
    return case


def corrupted(value):
    """Generate a copy in which one value, at any depth, is replaced by any JSON."""
    if isinstance(value, dict) and value:
        return st.sampled_from(sorted(value)).flatmap(
            lambda name: (corrupted(value[name]) | ANY_JSON).map(lambda new: {**value, name: new})
        )
    if isinstance(value, list) and value:
        return st.integers(0, len(value) - 1).flatmap(
            lambda at: (corrupted(value[at]) | ANY_JSON).map(
                lambda new: [*value[:at], new, *value[at + 1 :]]
            )
        )
    return ANY_JSON


def documented(operation):
    """Return the operation as the document has it."""
    return operation.schema.raw_schema["paths"][operation.path][operation.method]


def examples_of(operation):
    content = documented(operation).get("requestBody", {}).get("content", {})
    examples = content.get("application/json", {}).get("examples", {})
    return [example["value"] for example in examples.values()]


def is_documented(context, response, case):
    """Check that the document lists the status and, for a problem, also the code.

    Except 405, which the document leaves to `default`: a value in a path may lead to another
    operation, such as `shows/schedule/`, which has other methods.
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
    # A replayed answer has the request_id of the first answer.
    is_first = "idempotency-replayed" not in response.headers
    is_of_another = problem["request_id"] != response.headers["x-request-id"][0]
    if problem["status"] != status or (is_first and is_of_another):
        raise AssertionError(f"Body and headers differ: {problem}")
    if promised and problem["code"] not in promised["content"][media_type]["examples"]:
        raise AssertionError(f"{status} {problem['code']} is not documented: {response.text}")
