"""The benchmark of the compiled statements replaces the statements that the service runs."""

from pkgutil import resolve_name

from django.test import TestCase, override_settings

from benchmarks.statements import STATEMENTS, queryset_of, replaced
from core.db.statements import Statement
from core.db.writes import insert_later
from testing.builders.accounts import client_of, make_user
from testing.builders.movies import make_show


class StatementsTests(TestCase):
    def test_every_name_is_a_compiled_statement(self):
        for name in STATEMENTS:
            with self.subTest(name=name):
                found = resolve_name(name)
                self.assertTrue(isinstance(found, Statement) or found is insert_later)

    def test_booking_works_with_every_statement_as_a_queryset(self):
        show, client = make_show(price="9.50"), client_of(make_user())
        calls = []

        def counted(name):
            found = queryset_of(resolve_name(name))
            if isinstance(found, Statement):
                compile_anew = found._compiled
                found._compiled = lambda *lengths: calls.append(name) or compile_anew(*lengths)
                return found
            return lambda rows: calls.append(name) or found(rows)

        with replaced({name: counted(name) for name in STATEMENTS}):
            book = client.post(f"/api/shows/{show.pk}/book/", {"seat_number": "1"})
            hold = client.post(f"/api/shows/{show.pk}/hold/", {"best": 2})
            named = client.post(f"/api/shows/{show.pk}/hold/", {"seat_numbers": ["7"]})
            confirm = client.post(f"/api/orders/{hold.json()['code']}/confirm/")
            cancel = client.post(f"/api/orders/{hold.json()['code']}/cancel/")
            with override_settings(MEMORY_SECONDS=60):
                client.get(f"/api/shows/{show.pk}/availability/")
                taken = client.post(f"/api/shows/{show.pk}/book/", {"seat_number": "1"})

        answers = [book, hold, named, confirm, cancel, taken]
        self.assertEqual([each.status_code for each in answers], [201, 201, 201, 200, 200, 409])
        self.assertEqual(set(calls), set(STATEMENTS))
