"""Only `bookings/transitions.py` writes the status of orders and bookings."""

import ast
from pathlib import Path

from django.test import SimpleTestCase

import bookings

PACKAGE = Path(bookings.__file__).parent
MODELS = {"Order", "Booking"}
WRITES = {"update", "create", "get_or_create", "update_or_create", "bulk_create", "change_bookings"}


def status_writes_in(source):
    """Return the line numbers at which the source writes a status.

    That is an assignment to an attribute `status`, `setattr(…, "status", …)`, a `bulk_update` of
    it, and a keyword `status` of a model's constructor or of a call that writes rows.
    """
    return sorted({node.lineno for node in ast.walk(ast.parse(source)) if _writes_status(node)})


def _writes_status(node):
    match node:
        case ast.Assign(targets=targets):
            return any(_has_status(target) for target in targets)
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target, value=ast.expr()):
            return _has_status(target)
        case ast.Call(func=ast.Name(id=name), keywords=keywords) if name in MODELS | WRITES:
            return any(keyword.arg == "status" for keyword in keywords)
        case ast.Call(func=ast.Attribute(attr=name), keywords=keywords) if name in WRITES:
            return any(keyword.arg == "status" for keyword in keywords)
        case ast.Call(func=ast.Name(id="setattr"), args=[_, ast.Constant(value="status"), _]):
            return True
        case ast.Call(func=ast.Attribute(attr="bulk_update")):
            return any(
                isinstance(part, ast.Constant) and part.value == "status" for part in ast.walk(node)
            )
    return False


def _has_status(target):
    """Return whether an assignment's target is an attribute `status`, or has one in a tuple."""
    if isinstance(target, ast.Tuple | ast.List):
        return any(map(_has_status, target.elts))
    return isinstance(target, ast.Attribute) and target.attr == "status"


class StatusWritersTests(SimpleTestCase):
    def test_only_transitions_write_a_status(self):
        modules = {
            path.relative_to(PACKAGE).as_posix(): status_writes_in(path.read_text())
            for path in PACKAGE.rglob("*.py")
            if not {"tests", "migrations"} & set(path.relative_to(PACKAGE).parts)
        }
        self.assertGreater(len(modules), 30)
        writers = {name: lines for name, lines in modules.items() if lines}
        self.assertEqual(list(writers), ["transitions.py"], writers)
        self.assertGreaterEqual(len(writers["transitions.py"]), 5)

    def test_every_way_to_write_a_status_is_recognized(self):
        for source in [
            "order.status = 'booked'",
            "order.status, order.total = 'booked', 0",
            "order.status: str = 'booked'",
            "order.status += 'x'",
            "setattr(booking, 'status', 'held')",
            "Order(customer=user, status='held')",
            "Booking.objects.create(status='held')",
            "orders.filter(pk=1).update(total=0, status=Order.Status.CANCELLED)",
            "change_bookings(bookings, status='booked')",
            "Booking.objects.bulk_update(bookings, ['status', 'refund'])",
        ]:
            with self.subTest(source=source):
                self.assertEqual(status_writes_in(source), [1])

    def test_reading_a_status_is_not_a_write(self):
        for source in [
            "if order.status == 'held': pass",
            "rows = Order.objects.filter(status='held')",
            "status = order.status",
            "order.status: str",
            "order.save(update_fields=['status'])",
        ]:
            with self.subTest(source=source):
                self.assertEqual(status_writes_in(source), [])
