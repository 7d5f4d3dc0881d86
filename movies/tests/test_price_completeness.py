"""A show on sale has a price for every seat of its hall; `price_from` is the lowest one."""

from collections import Counter
from datetime import timedelta

from django.db import connection
from django.test import TransactionTestCase, skipUnlessDBFeature
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from movies.models import SeatCategory, Show
from movies.tests.prices import FULL, URL, PriceTests, rows
from testing.answers import errors_in
from testing.builders.accounts import client_of, make_staff
from testing.builders.movies import (
    make_movie,
    make_price_list,
    make_screen,
    make_seating_plan,
    make_show,
)
from testing.races import at_once


class CompleteTests(PriceTests):
    """A show on sale has a price for every seat of its hall with every ticket type."""

    def without(self, *pair):
        return make_price_list({key: FULL[key] for key in FULL if key != pair}, name="Gaps")

    def test_a_show_with_a_missing_price_is_refused(self):
        for pair in FULL:
            gaps = self.without(*pair)
            with self.subTest(pair=pair):
                response = self.schedule(price_list=gaps.pk)
                words = f"Gaps has no price for {', '.join(pair)}."
                self.assert_problem(response, 400, "price_missing", detail=words)
                self.assertFalse(Show.objects.exists())
            gaps.delete()

        self.assertEqual(self.schedule().status_code, 201)

    def test_an_empty_list_is_refused_for_every_hall(self):
        response = self.schedule(price_list=make_price_list({}, name="Empty").pk)

        self.assert_problem(response, 400, "price_missing", detail="Empty has no price for Premium")

    def test_prices_of_other_categories_are_ignored(self):
        more = make_price_list(FULL | {("Sofa", "Adult"): 20, ("Sofa", "Child"): 20})

        self.assertEqual(self.schedule(price_list=more.pk).status_code, 201)

    def test_a_category_without_seats_needs_no_price(self):
        plan = make_seating_plan("v = VIP\nA  ss\nB  pp\n")

        response = self.schedule(seating_plan=plan.pk)

        self.assertEqual(response.status_code, 201, response.content)

    def test_numbered_seats_are_standard_seats(self):
        screen = make_screen(cinema=self.screen.cinema)
        standard = make_price_list({("Standard", "Adult"): 5})
        premium = make_price_list({("Premium", "Adult"): 5}, name="Premium only")
        body = {"screen": screen.pk, "total_seats": 50}

        refused = self.schedule(price_list=premium.pk, **body)
        scheduled = self.schedule(price_list=standard.pk, **body)

        words = "Premium only has no price for Standard, Adult."
        self.assert_problem(refused, 400, "price_missing", detail=words)
        self.assertEqual((scheduled.status_code, scheduled.json()["price_from"]), (201, "5.00"))

    def test_numbered_seats_are_standard_seats_in_any_spelling_of_the_category(self):
        standard = SeatCategory.objects.get(name="Standard")
        standard.name = "standard"
        standard.save()
        body = {"screen": make_screen(cinema=self.screen.cinema).pk, "total_seats": 50}

        response = self.schedule(**body)

        self.assertEqual(response.status_code, 201, response.content)
        self.assertEqual(response.json()["price_from"], "7.50")

    def test_a_list_in_another_currency_than_the_cinemas_is_refused(self):
        euros = make_price_list(FULL, currency="EUR", name="Soir")

        response = self.schedule(price_list=euros.pk)

        words = "Soir is in EUR, Astoria sells in GBP."
        self.assert_problem(response, 400, "invalid", detail=words)
        self.assertEqual(errors_in(response)[0][0], "price_list")
        self.assertFalse(Show.objects.exists())

    def test_a_change_that_leaves_a_seat_without_a_price_is_refused(self):
        show = make_show(screen=self.screen, seating_plan=self.plan, price_list=self.price_list)
        before = Show.objects.filter(pk=show.pk).values().get()
        plan = make_seating_plan("A  ss\nB  pp\nC  rr\n")
        euros = make_price_list(FULL, currency="EUR")
        for change, code in (
            ({"price_list": self.without("Premium", "Child").pk}, "price_missing"),
            ({"seating_plan": plan.pk}, "price_missing"),
            ({"price_list": euros.pk}, "invalid"),
        ):
            with self.subTest(change=change):
                response = self.client.patch(f"/api/shows/{show.pk}/", change)
                self.assert_problem(response, 400, code)
                self.assertEqual(Show.objects.filter(pk=show.pk).values().get(), before)

    def test_a_list_must_stay_complete_for_upcoming_shows(self):
        make_show(screen=self.screen, seating_plan=self.plan, price_list=self.price_list)
        for pair in FULL:
            with self.subTest(pair=pair):
                prices = {key: "1.00" for key in FULL if key != pair}
                response = self.put(self.price_list, prices, name="New name")
                words = f"has no price for {', '.join(pair)}."
                self.assert_problem(response, 400, "price_missing", detail=words)
                self.assertEqual(self.amounts_of(self.price_list), FULL)
                self.price_list.refresh_from_db()
                self.assertEqual(self.price_list.name, "Evening")
        other_currency = self.put(self.price_list, FULL, currency="EUR")
        self.assert_problem(other_currency, 400, "invalid")
        self.price_list.refresh_from_db()
        self.assertEqual(self.price_list.currency, "GBP")

        dearer = self.put(self.price_list, FULL | {("Standard", "Adult"): "12.00"})
        self.assertEqual(dearer.status_code, 200, dearer.content)

    def test_every_hall_of_the_upcoming_shows_is_checked(self):
        standard = make_seating_plan("A  ss\n")
        for plan in (standard, self.plan, standard):
            make_show(screen=make_screen(), seating_plan=plan, price_list=self.price_list)

        response = self.put(self.price_list, {("Standard", "Adult"): "1.00"})

        self.assert_problem(response, 400, "price_missing", detail="Premium, Adult")

    def test_past_and_cancelled_shows_do_not_limit_changes(self):
        now = timezone.now()
        for fields in ({"starts_at": now - timedelta(days=1)}, {"cancelled_at": now}):
            make_show(seating_plan=self.plan, price_list=self.price_list, **fields)

        response = self.put(self.price_list, {("Standard", "Adult"): "1.00"})

        self.assertEqual(response.status_code, 200, response.content)


class PriceFromTests(PriceTests):
    def price_from(self, show):
        one = self.client.get(f"/api/shows/{show.pk}/").json()["price_from"]
        for url in ("/api/shows/", f"/api/movies/{show.movie_id}/shows/"):
            listed = {
                row["id"]: row["price_from"] for row in self.client.get(url).json()["results"]
            }
            self.assertEqual(listed[show.pk], one)
        return one

    def test_it_is_the_lowest_price_of_the_halls_own_categories(self):
        prices = FULL | {("Floor", "Adult"): "1.00", ("Floor", "Child"): "0.50"}
        show = make_show(seating_plan=self.plan, price_list=make_price_list(prices))

        self.assertEqual(self.price_from(show), "7.50")

    def test_a_category_without_seats_is_ignored(self):
        plan = make_seating_plan("v = VIP\nA  ss\n")
        prices = {("Standard", "Adult"): 9, ("VIP", "Adult"): 1}
        show = make_show(seating_plan=plan, price_list=make_price_list(prices))

        self.assertEqual(self.price_from(show), "9.00")

    def test_a_numbered_show_has_standard_seats(self):
        prices = {("Floor", "Adult"): 1, ("Standard", "Adult"): 9, ("Standard", "Child"): 6}
        show = make_show(price_list=make_price_list(prices))

        self.assertEqual(self.price_from(show), "6.00")

    def test_a_free_show_has_none_and_one_that_costs_nothing_has_zero(self):
        self.assertIsNone(self.price_from(make_show(seating_plan=self.plan)))
        nothing = make_price_list({("Standard", "Adult"): 0, ("Premium", "Adult"): 0})
        show = make_show(seating_plan=self.plan, price_list=nothing)
        self.assertEqual(self.price_from(show), "0.00")

    def test_shows_of_several_halls_each_have_their_own(self):
        cheap = make_show(seating_plan=make_seating_plan("A  ss\n"), price_list=self.price_list)
        dear = make_show(seating_plan=make_seating_plan("A  pp\n"), price_list=self.price_list)

        self.assertEqual((self.price_from(cheap), self.price_from(dear)), ("7.50", "9.00"))


@skipUnlessDBFeature("has_select_for_update")
class LockTests(PriceTests):
    def test_the_list_is_locked_before_its_prices_are_read(self):
        """Otherwise it could lose a price while a show is scheduled with it."""
        with CaptureQueriesContext(connection) as queries:
            self.assertEqual(self.schedule().status_code, 201)

        sql = [query["sql"] for query in queries]
        locks = [s for s in sql if 'FROM "movies_pricelist"' in s and " FOR " in s]
        looks = [s for s in sql if 'FROM "movies_price"' in s]
        self.assertEqual(len(locks), 1)
        self.assertLess(sql.index(locks[0]), sql.index(looks[0]))


class RaceTests(TransactionTestCase):
    def test_a_list_loses_a_price_or_gets_a_show_but_never_both(self):
        staff, movie = make_staff(), make_movie()
        plan = make_seating_plan("A  ss\nB  pp\n")
        screens = [make_screen(seating_plan=plan) for _ in range(4)]
        for nth in range(3):
            price_list = make_price_list(FULL, name=f"List {nth}")
            body = {"movie": movie.pk, "language": "en", "price_list": price_list.pk}
            body["starts_at"] = timezone.now() + timedelta(days=1 + nth)
            short = {"name": price_list.name, "currency": "GBP"}
            short["prices"] = rows({("Standard", "Adult"): "1.00"})

            def schedule(screen, body=body):
                return client_of(staff).post("/api/shows/", body | {"screen": screen.pk})

            def shorten(url=f"{URL}{price_list.pk}/", short=short):
                return client_of(staff).put(url, short)

            responses = at_once(
                [*(lambda screen=screen: schedule(screen) for screen in screens), *[shorten] * 4]
            )

            statuses = Counter(response.status_code for response in responses)
            is_short = price_list.prices.count() == 1
            self.assertEqual(price_list.shows.exists(), not is_short, statuses)
            self.assertLessEqual(set(statuses), {200, 201, 400})
