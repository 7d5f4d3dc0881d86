"""Statements that are compiled once."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

from django.db import DatabaseError, connection
from django.db.models import Value
from django.db.transaction import TransactionManagementError, atomic
from django.test import TestCase, TransactionTestCase, skipUnlessDBFeature
from django.test.utils import CaptureQueriesContext

from core.db.statements import LARGEST, Query, Statement, together
from movies.models import Cinema, Genre, Price, Show
from testing.builders.movies import make_cinema, make_price_list, make_show

NOON = datetime(2031, 5, 17, 12, tzinfo=UTC)


class StatementTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.show = make_show(starts_at=NOON, total_seats=70)
        cls.other = make_show(starts_at=NOON.replace(day=18))

    def test_a_statement_finds_the_same_rows_as_its_queryset(self):
        starts = Statement(
            lambda movie, earliest: (
                Show.objects.filter(movie=movie, starts_at__gte=earliest)
                .order_by("pk")
                .values_list("pk", "starts_at")
            )
        )
        self.assertEqual(
            starts(movie=self.show.movie_id, earliest=NOON), [(self.show.pk, self.show.starts_at)]
        )
        self.assertEqual(starts(movie=self.show.movie_id, earliest=NOON.replace(hour=13)), [])
        self.assertEqual(
            starts(movie=self.other.movie_id, earliest=NOON),
            [(self.other.pk, self.other.starts_at)],
        )

    def test_rows_may_be_model_instances_with_deferred_fields(self):
        show_of = Statement(lambda pk: Show.objects.defer("language").filter(pk=pk))

        [show] = show_of(pk=self.show.pk)

        self.assertEqual((show, show.starts_at, show.total_seats), (self.show, NOON, 70))
        self.assertEqual(show.get_deferred_fields(), {"language"})
        show.total_seats = 60
        show.save(update_fields=["total_seats"])
        self.assertEqual(Show.objects.get(pk=show.pk).total_seats, 60)

    def test_a_list_may_have_any_length(self):
        named = Statement(lambda names: Genre.objects.filter(name__in=names).values_list("name"))
        for name in ("Crime", "Drama", "Horror"):
            Genre.objects.create(name=name)
        for names in (["Crime"], ["Horror", "Drama"], ["Drama", "none", "Crime"]):
            with self.subTest(names=names):
                found = {name for [name] in named(names=names)}
                self.assertEqual(found, set(names) - {"none"})

    def test_decimals_are_returned_as_decimals(self):
        make_price_list({("Standard", "Adult"): Decimal("9.50")}, currency="EUR")
        amounts = Statement(
            lambda least: Price.objects.filter(amount__gte=least).values_list("amount")
        )
        self.assertEqual(amounts(least=Decimal("9.5")), [(Decimal("9.50"),)])
        self.assertEqual(amounts(least=Decimal("9.51")), [])

    @staticmethod
    def named(name, city):
        return Cinema.objects.filter(name=name, city=city).values_list("name", Value(name))

    def test_constants_are_quoted(self):
        for name in ("100 %", "%s", "O'Hara", "a\\b", '"; DROP TABLE movies_cinema; --'):
            make_cinema(name=name)
            found = Statement(partial(self.named, name))
            with self.subTest(name=name):
                self.assertEqual(found(city="London"), [(name, name)])

    def test_an_integer_that_no_column_can_hold_matches_nothing(self):
        show_of = Statement(lambda pk: Show.objects.filter(pk=pk))
        for pk in (2**63, -(2**63) - 1, 10**30):
            with self.subTest(pk=pk), self.assertNumQueries(0):
                self.assertEqual(show_of(pk=pk), [])

    def test_the_queryset_is_built_once(self):
        built = []

        def show_of(pk):
            built.append(pk)
            return Show.objects.filter(pk=pk)

        show_of = Statement(show_of)
        for show in (self.show, self.other, self.show):
            self.assertEqual(show_of(pk=show.pk), [show])
        self.assertEqual(len(built), 1)

    def test_several_run_together(self):
        starts = Statement(lambda pk: Show.objects.filter(pk=pk).values_list("starts_at"))
        with self.assertNumQueries(2):
            found = together(
                starts.with_values(pk=self.show.pk),
                starts.with_values(pk=LARGEST + 1).then(len),
                starts.with_values(pk=self.other.pk).then(lambda rows: rows[0][0]),
            )
        self.assertEqual(found, [[(NOON,)], 0, NOON.replace(day=18)])

    def test_an_error_among_several_is_raised(self):
        broken = Query("SELECT * FROM no_such_table", (), list)
        fine = Query("SELECT 1", (), list)
        for queries in [(broken, fine), (fine, broken), (fine, broken, fine)]:
            with self.subTest(queries=queries), atomic():
                with self.assertRaises(DatabaseError), atomic():
                    together(*queries)
                self.assertEqual(together(fine, fine), [[(1,)], [(1,)]])


class LockTests(TransactionTestCase):
    def test_a_locking_statement_needs_a_transaction(self):
        show = make_show()
        locked = Statement(lambda pk: Show.objects.locked().filter(pk=pk))
        with atomic():
            self.assertEqual(locked(pk=show.pk), [show])
        with self.assertRaises(TransactionManagementError):
            locked(pk=show.pk)

    @skipUnlessDBFeature("has_select_for_update")
    def test_a_statement_locks_as_its_queryset_does(self):
        show = make_show()
        locked = Statement(lambda pk: Show.objects.locked().filter(pk=pk))
        with atomic(), CaptureQueriesContext(connection) as queries:
            locked(pk=show.pk)
        self.assertIn("FOR NO KEY UPDATE", queries[0]["sql"])
