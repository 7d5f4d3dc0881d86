"""The benchmark of the compiled statements replaces the statements that the service runs."""

from pkgutil import resolve_name

from django.test import TestCase

from benchmarks.statements import STATEMENTS, queryset_of, replaced
from core.db.statements import Statement, insert
from testing.builders.accounts import client_of, make_user
from testing.builders.movies import make_show


class StatementsTests(TestCase):
    def test_every_name_is_a_compiled_statement(self):
        for name in STATEMENTS:
            with self.subTest(name=name):
                found = resolve_name(name)
                self.assertTrue(isinstance(found, Statement) or found is insert)

    def test_booking_works_with_every_statement_as_a_queryset(self):
        show, client = make_show(price="9.50"), client_of(make_user())
        calls = []

        def counted(name):
            run = queryset_of(resolve_name(name))
            return lambda *rows, **values: calls.append(name) or run(*rows, **values)

        with replaced({name: counted(name) for name in STATEMENTS}):
            book = client.post(f"/api/shows/{show.pk}/book/", {"seat_number": "1"})
            hold = client.post(f"/api/shows/{show.pk}/hold/", {"best": 2})
            named = client.post(f"/api/shows/{show.pk}/hold/", {"seat_numbers": ["7"]})
            confirm = client.post(f"/api/orders/{hold.json()['code']}/confirm/")

        answers = [book, hold, named, confirm]
        self.assertEqual([answer.status_code for answer in answers], [201, 201, 201, 200])
        self.assertEqual(set(calls), set(STATEMENTS))
