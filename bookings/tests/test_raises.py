"""`@raises` of each service lists every domain error that its code and its rules raise."""

import ast
import inspect
import textwrap
from functools import cache
from types import FunctionType, ModuleType

from django.test import SimpleTestCase

from bookings import services
from bookings.errors import (
    CategoryUnknown,
    HeldTooLong,
    HoldLimit,
    PaymentRequired,
    ShowFull,
)
from bookings.previews import preview_cancelling
from bookings.quotes import quote_for
from core.errors import DomainError, InvalidInput, NotFound, raised_by

# Every operation documents these two: a malformed request, and an unknown id.
ALWAYS_DOCUMENTED = {InvalidInput, NotFound}
NOT_REACHED = {
    services.hold_seats: {PaymentRequired},  # a hold is paid afterwards
    quote_for: {HeldTooLong},  # a quote has no customer
    # one named seat, never held
    services.book_seats: {HeldTooLong, HoldLimit, ShowFull, CategoryUnknown},
}
CALLED_BY_VIEWS = [quote_for, preview_cancelling, *(getattr(services, n) for n in services.__all__)]


@cache
def errors_raised_by(function):
    """Return the domain errors that the function raises, or functions of bookings that it calls."""
    errors, seen, to_read = set(), set(), [function]
    while to_read:
        current = inspect.unwrap(to_read.pop())
        if current in seen:
            continue
        seen.add(current)
        tree = ast.parse(textwrap.dedent(inspect.getsource(current)))
        for node in ast.walk(tree):
            if isinstance(node, ast.Raise) and node.exc is not None:
                errors |= _domain_errors_in(node.exc, current.__globals__)
            elif isinstance(node, ast.Call):
                called = _resolve(node.func, current.__globals__)
                if _is_of_bookings(called):
                    to_read.append(called)
    return errors


def _domain_errors_in(expression, names):
    """Return the error classes that a `raise` names: `raise E`, `raise E(…)`, `raise E.of(…)`."""
    found = {names.get(each.id) for each in ast.walk(expression) if isinstance(each, ast.Name)}
    return {each for each in found if isinstance(each, type) and issubclass(each, DomainError)}


def _resolve(expression, names):
    """Return the value of `name` or `module.name` in a module; None for anything else."""
    if isinstance(expression, ast.Name):
        return names.get(expression.id)
    if isinstance(expression, ast.Attribute) and isinstance(expression.value, ast.Name):
        module = names.get(expression.value.id)
        return getattr(module, expression.attr, None) if isinstance(module, ModuleType) else None
    return None


def _is_of_bookings(called):
    return isinstance(called, FunctionType) and called.__module__.startswith("bookings.")


class RaisesTests(SimpleTestCase):
    def test_services_declare_every_error_that_they_raise(self):
        for service in CALLED_BY_VIEWS:
            with self.subTest(service=service.__name__):
                found = errors_raised_by(service) - ALWAYS_DOCUMENTED
                found -= NOT_REACHED.get(service, set())
                missing = found - set(raised_by(service))
                self.assertEqual({error.__name__ for error in missing}, set())

    def test_errors_of_rules_are_found_through_calls(self):
        names = {error.__name__ for error in errors_raised_by(services.move_order)}
        self.assertLessEqual({"HoldExpired", "SeatTaken", "SalesClosed", "ShowFull"}, names)
