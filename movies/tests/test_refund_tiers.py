"""The refund rule of a cinema. Its effect on a seat: bookings/tests/test_refunds.py."""

from unittest import mock

from django.contrib.auth.models import Permission
from django.db import IntegrityError, connection, transaction
from django.test import TestCase, TransactionTestCase, skipUnlessDBFeature
from django.test.utils import CaptureQueriesContext

from movies.admin.halls import RefundTiersFormSet
from movies.models import Cinema, RefundTier
from testing.answers import errors_in
from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.movies import make_cinema, make_show
from testing.cases import APIAssertions
from testing.races import at_once

URL = "/api/cinemas/"
RACERS = 8


def tier(hours_before, percent):
    return {"hours_before": hours_before, "percent": percent}


def rule_of(cinema):
    return dict(cinema.refund_tiers.values_list("hours_before", "percent"))


class RefundTierTests(APIAssertions, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff()
        cls.cinema = make_cinema(name="Astoria", refund_tiers={24: 100, 2: 50})
        cls.url = f"{URL}{cls.cinema.pk}/"

    def setUp(self):
        super().setUp()
        self.client = self.client_of(self.staff)

    def body(self, **changes):
        body = {"name": "Rex", "city": "Paris", "time_zone": "Europe/Paris", "currency": "EUR"}
        return body | changes


class WriteTests(RefundTierTests):
    def test_a_new_cinema_has_its_rule_the_most_hours_first(self):
        response = self.client.post(
            URL, self.body(refund_tiers=[tier(0, 10), tier(2160, 100), tier(5, 10)])
        )

        self.assertEqual(response.status_code, 201, response.content)
        self.assertEqual(
            response.json()["refund_tiers"], [tier(2160, 100), tier(5, 10), tier(0, 10)]
        )
        cinema = Cinema.objects.get(name="Rex")
        self.assertEqual(rule_of(cinema), {2160: 100, 5: 10, 0: 10})
        shown = self.client_class().get(f"{URL}{cinema.pk}/")
        self.assertEqual(shown.json(), response.json())

    def test_a_new_cinema_has_no_rule_by_default(self):
        response = self.client.post(URL, self.body())

        self.assertEqual((response.status_code, response.json()["refund_tiers"]), (201, []))

    def test_a_change_replaces_the_rule_only_if_it_contains_one(self):
        for call, changes, rule in (
            (self.client.patch, {"city": "Leeds"}, {24: 100, 2: 50}),
            (self.client.put, self.body(), {24: 100, 2: 50}),
            (self.client.patch, {"refund_tiers": [tier(24, 80)]}, {24: 80}),
            (self.client.put, self.body(refund_tiers=[tier(3, 0)]), {3: 0}),
            (self.client.patch, {"refund_tiers": []}, {}),
        ):
            with self.subTest(changes=changes):
                response = call(self.url, changes)
                self.assertEqual(response.status_code, 200, response.content)
                self.assertEqual(rule_of(self.cinema), rule)
                self.assertEqual(
                    response.json()["refund_tiers"], [tier(*step) for step in rule.items()]
                )

    def test_ten_tiers_are_accepted(self):
        tiers = [tier(hours, hours) for hours in range(10)]

        response = self.client.patch(self.url, {"refund_tiers": tiers})

        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(response.json()["refund_tiers"], tiers[::-1])

    def test_a_cinema_with_shows_may_change_its_rule(self):
        make_show(screen=self.cinema.screens.create(name="Screen 1"))

        response = self.client.patch(self.url, {"refund_tiers": []})

        self.assertEqual(response.status_code, 200, response.content)

    def test_deleting_a_cinema_deletes_its_rule(self):
        self.assertEqual(self.client.delete(self.url).status_code, 204)
        self.assertFalse(RefundTier.objects.exists())

    def test_changing_the_rule_needs_the_permission_to_change_the_cinema(self):
        viewer = make_user("viewer", is_staff=True)
        viewer.user_permissions.set(Permission.objects.filter(codename="change_refundtier"))
        for client, status in (
            (self.client_class(), 401),
            (client_of(make_user()), 403),
            (client_of(viewer), 403),
        ):
            response = client.patch(self.url, {"refund_tiers": []}, content_type="application/json")
            self.assertEqual(response.status_code, status)
        self.assertEqual(rule_of(self.cinema), {24: 100, 2: 50})

    def test_a_change_takes_the_same_queries_at_any_number_of_tiers(self):
        for tiers in ([tier(1, 1)], [tier(hours, hours) for hours in range(10)]):
            with self.subTest(tiers=len(tiers)), self.assertNumQueries(17):
                self.client.patch(self.url, {"refund_tiers": tiers})


class InvalidRuleTests(RefundTierTests):
    def assert_tiers_refused(self, tiers, field, code, words=""):
        """Assert that POST, PUT and PATCH refuse the tiers, and that nothing is saved."""
        for call, url, body in (
            (self.client.post, URL, self.body(refund_tiers=tiers)),
            (self.client.put, self.url, self.body(refund_tiers=tiers)),
            (self.client.patch, self.url, {"city": "Leeds", "refund_tiers": tiers}),
        ):
            response = call(url, body)
            self.assert_problem(response, 400, "invalid", detail=words)
            self.assertIn((field, code), errors_in(response))
        self.assertEqual(Cinema.objects.values().get()["city"], "London")
        self.assertEqual(rule_of(self.cinema), {24: 100, 2: 50})

    def test_the_refund_must_not_grow_as_the_show_comes_nearer(self):
        words = "51% until 2 hours before the start is more than 50% until 24 hours"
        for tiers in ([tier(24, 50), tier(2, 51)], [tier(2, 51), tier(48, 100), tier(24, 50)]):
            self.assert_tiers_refused(tiers, "refund_tiers", "invalid", words)

    def test_there_is_one_tier_a_time(self):
        words = "There are two tiers of 24 hours."
        for percent in (100, 50):
            tiers = [tier(24, 100), tier(2, 0), tier(24, percent)]
            self.assert_tiers_refused(tiers, "refund_tiers", "unique", words)

    def test_eleven_tiers_are_too_many(self):
        tiers = [tier(hours, hours) for hours in range(11)]
        self.assert_tiers_refused(tiers, "refund_tiers", "max_length")

    def test_numbers_are_whole_and_within_bounds(self):
        for value, code in (
            (-1, "min_value"),
            (2161, "max_value"),
            (2**63, "max_value"),
            (10**400, "max_value"),
            (1.5, "invalid"),
            (1e308, "invalid"),
            (True, "invalid"),
            (False, "invalid"),
            ("", "invalid"),
            ("many", "invalid"),
            ("1\x00", "invalid"),
            ("9" * 2000, "max_string_length"),
            (None, "null"),
            ([24], "invalid"),
            ({}, "invalid"),
        ):
            with self.subTest(value=str(value)[:20]):
                self.assert_tiers_refused([tier(value, 50)], "refund_tiers.0.hours_before", code)
                self.assert_tiers_refused([tier(24, value)], "refund_tiers.0.percent", code)
        self.assert_tiers_refused([tier(24, 101)], "refund_tiers.0.percent", "max_value")
        for missing in ("hours_before", "percent"):
            tiers = [tier(24, 100), {k: v for k, v in tier(2, 50).items() if k != missing}]
            self.assert_tiers_refused(tiers, f"refund_tiers.1.{missing}", "required")

    def test_nan_infinity_and_huge_numbers_are_refused(self):
        for number in ("1e400", "-1e400", "NaN", "Infinity", "9" * 5000):
            with self.subTest(number=number[:9]):
                response = self.client.patch(
                    self.url,
                    f'{{"refund_tiers": [{{"hours_before": {number}, "percent": 1}}]}}',
                    content_type="application/json",
                )
                self.assertEqual(response.status_code, 400, response.content)

    def test_values_of_another_type_are_refused(self):
        for tiers in (None, "24", 24, True, {}, tier(24, 100)):
            with self.subTest(tiers=tiers):
                response = self.client.patch(self.url, {"refund_tiers": tiers})
                self.assertEqual(response.status_code, 400, response.content)
                self.assertEqual(errors_in(response)[0][0], "refund_tiers")
        for tiers in ([24], ["24"], [[]], [[tier(24, 100)]], [True]):
            with self.subTest(tiers=tiers):
                self.assert_tiers_refused(tiers, "refund_tiers.0", "invalid")
        self.assert_tiers_refused([None], "refund_tiers.0", "null")
        self.assert_tiers_refused([tier(24, 100), {}], "refund_tiers.1.percent", "required")

    def test_the_database_holds_one_tier_a_time_and_the_bounds(self):
        for hours_before, percent in ((24, 10), (2161, 50), (10, 101)):
            with (
                self.subTest(hours_before=hours_before, percent=percent),
                self.assertRaises(IntegrityError),
                transaction.atomic(),
            ):
                self.cinema.refund_tiers.create(hours_before=hours_before, percent=percent)


class AdminTests(RefundTierTests):
    def setUp(self):
        super().setUp()
        self.client = self.client_class()
        self.client.force_login(self.staff)
        self.page = f"/admin/movies/cinema/{self.cinema.pk}/change/"

    def form_of(self, url):
        """Return the form as the browser would send it back without changes."""
        context = self.client.get(url).context
        formsets = [inline.formset for inline in context["inline_admin_formsets"]]
        forms = [context["adminform"].form]
        for formset in formsets:
            forms += [formset.management_form, *formset.forms]
        return {
            field.html_name: "" if field.value() is None else field.value()
            for form in forms
            for field in form
        }

    def send(self, url=None, **typed):
        """Send the form of the page; `tier_0="24 100"` sets hours and percent of the first tier."""
        data = self.form_of(url or self.page)
        for name, value in typed.items():
            if name.startswith("tier_"):
                prefix = f"refund_tiers-{name.removeprefix('tier_')}"
                data[f"{prefix}-hours_before"], data[f"{prefix}-percent"] = value.split(" ")
            else:
                data[name.replace("__", "-")] = value
        return self.client.post(url or self.page, data)

    def assert_saved(self, response, rule):
        self.assertEqual(response.status_code, 302, response.content)
        self.assertEqual(rule_of(self.cinema), rule)

    def assert_form_shows(self, response, words):
        self.assertEqual(response.status_code, 200)
        self.assertContains(response, words)
        self.assertEqual(rule_of(self.cinema), {24: 100, 2: 50})

    def test_an_unchanged_form_keeps_the_rows(self):
        before = list(RefundTier.objects.values())
        self.assert_saved(self.send(), {24: 100, 2: 50})
        self.assertEqual(list(RefundTier.objects.values()), before)

    def test_tiers_are_changed_added_and_removed(self):
        self.assert_saved(self.send(tier_1="3 40", tier_2="0 10"), {24: 100, 3: 40, 0: 10})
        self.assert_saved(self.send(refund_tiers__0__DELETE="on"), {3: 40, 0: 10})
        history = self.client.get(f"/admin/movies/cinema/{self.cinema.pk}/history/")
        self.assertContains(history, "2 hours before: 50% → ; 24 hours before: 100% → 100%")
        self.assertContains(history, "24 hours before: 100% → ;")

    def test_a_tier_may_get_the_former_time_of_another(self):
        self.assert_saved(self.send(tier_0="2 100", tier_1="1 50"), {2: 100, 1: 50})
        self.assert_saved(self.send(tier_0="1 100", tier_1="2 100"), {2: 100, 1: 100})
        typed = {"refund_tiers__0__DELETE": "on", "tier_2": "2 100"}
        self.assert_saved(self.send(**typed), {2: 100, 1: 100})

    def test_a_new_cinema_is_saved_with_its_rule(self):
        response = self.send(
            "/admin/movies/cinema/add/", **self.body(trailer_minutes=15), tier_0="5 50"
        )

        self.assertEqual(response.status_code, 302, response.content)
        self.assertEqual(rule_of(Cinema.objects.get(name="Rex")), {5: 50})

    def test_the_rules_are_those_of_the_api(self):
        self.assert_form_shows(self.send(tier_1="2 101"), "less than or equal to 100")
        self.assert_form_shows(self.send(tier_1="2161 50"), "less than or equal to 2160")
        self.assert_form_shows(self.send(tier_1="-1 50"), "greater than or equal to 0")
        self.assert_form_shows(self.send(tier_1="2 "), "This field is required.")
        self.assert_form_shows(self.send(tier_1="1e400 5"), "Enter a whole number.")
        self.assert_form_shows(
            self.send(tier_0="24 10"), "the refund must not grow as the show comes"
        )
        self.assert_form_shows(self.send(tier_1="24 50"), "correct the duplicate data")
        new = self.send(
            "/admin/movies/cinema/add/", **self.body(trailer_minutes=15), tier_0="9 5", tier_1="5 9"
        )
        self.assert_form_shows(new, "the refund must not grow")
        self.assertEqual(Cinema.objects.get(), self.cinema)

    def test_removing_an_invalid_tier_does_not_hide_another_error(self):
        typed = {"tier_0": "24 1000", "refund_tiers__0__DELETE": "on", "tier_2": "1 60"}
        self.assert_form_shows(self.send(**typed), "the refund must not grow")

    def test_eleven_tiers_are_too_many(self):
        extra = {
            f"refund_tiers__{nth}__{name}": 0 if name == "percent" else 100 - nth
            for nth in range(2, 11)
            for name in ("hours_before", "percent")
        }
        response = self.send(refund_tiers__TOTAL_FORMS=11, tier_0="2 0", tier_1="1 0", **extra)
        self.assert_form_shows(response, "A refund rule has at most 10 tiers.")

    def test_tiers_that_were_saved_meanwhile_are_validated_too(self):
        clean = RefundTiersFormSet.clean

        def clean_after_another(formset):
            self.cinema.refund_tiers.create(hours_before=1, percent=50)
            clean(formset)

        with mock.patch.object(RefundTiersFormSet, "clean", clean_after_another):
            response = self.send(tier_1="2 40")
        self.assertContains(response, "50% until 1 hours before the start is more than 40%")

    def test_a_form_opened_before_the_rule_was_replaced_is_refused(self):
        data = self.form_of(self.page)
        client_of(self.staff).patch(self.url, {"refund_tiers": [tier(24, 100), tier(2, 50)]})

        response = self.client.post(self.page, data)

        self.assert_form_shows(response, "Please correct the errors below.")

    @skipUnlessDBFeature("has_select_for_update")
    def test_the_cinema_is_locked_before_its_tiers_are_read(self):
        data = self.form_of(self.page)
        with CaptureQueriesContext(connection) as queries:
            self.client.post(self.page, data)
        reads = [query["sql"] for query in queries]
        locked = next(nth for nth, sql in enumerate(reads) if "FOR NO KEY UPDATE" in sql)
        looked = next(nth for nth, sql in enumerate(reads) if 'FROM "movies_refundtier"' in sql)
        self.assertLess(locked, looked)


class RaceTests(TransactionTestCase):
    def test_eight_simultaneous_rules_leave_one_complete_rule(self):
        cinema = make_cinema()
        clients = [client_of(make_staff(f"staff{number}")) for number in range(RACERS)]
        rules = [{24: 100, number: 10 * number} for number in range(RACERS)]

        responses = at_once(
            [
                lambda client=client, rule=rule: client.patch(
                    f"{URL}{cinema.pk}/",
                    {"refund_tiers": [tier(*step) for step in rule.items()]},
                )
                for client, rule in zip(clients, rules, strict=True)
            ]
        )

        self.assertEqual({response.status_code for response in responses}, {200})
        self.assertIn(rule_of(cinema), rules)
