"""Ticket types, seat categories, price lists, and which shows can be sold with them."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

from django.db import connection
from django.test import TestCase, TransactionTestCase, skipUnlessDBFeature
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.tests.answers import errors_in
from accounts.tests.races import at_once
from movies.models import Price, PriceList, SeatCategory, Show, TicketType
from testing.builders.accounts import client_of, make_staff, make_user, staff_client
from testing.builders.movies import (
    make_cinema,
    make_movie,
    make_price_list,
    make_screen,
    make_seating_plan,
    make_show,
)

URL = "/api/price-lists/"
FULL = {
    ("Standard", "Adult"): "11.00",
    ("Standard", "Child"): "7.50",
    ("Premium", "Adult"): "14.00",
    ("Premium", "Child"): "9.00",
}


def rows(prices):
    return [
        {"category": category, "ticket_type": ticket_type, "amount": amount}
        for (category, ticket_type), amount in prices.items()
    ]


class PriceTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff()
        cls.price_list = make_price_list(FULL, name="Evening")
        cls.plan = make_seating_plan("A  ss\nB  pp\n")
        cls.screen = make_screen(cinema=make_cinema(name="Astoria"), seating_plan=cls.plan)
        cls.movie = make_movie()

    def setUp(self):
        self.client = client_of(self.staff)

    def put_on(self, **changes):
        body = {"movie": self.movie.pk, "screen": self.screen.pk, "language": "en"}
        body |= {"starts_at": timezone.now() + timedelta(days=3), "price_list": self.price_list.pk}
        return self.client.post("/api/shows/", body | changes)

    def put(self, price_list, amounts, **changes):
        body = {"name": price_list.name, "currency": price_list.currency, "prices": rows(amounts)}
        return self.client.put(f"{URL}{price_list.pk}/", body | changes)

    def amounts_of(self, price_list):
        return {
            (price.category.name, price.ticket_type.name): str(price.amount)
            for price in price_list.prices.select_related("category", "ticket_type")
        }

    def assert_refused(self, response, status, code, words=""):
        self.assertEqual(response.status_code, status, response.content)
        self.assertEqual(response.json()["code"], code)
        self.assertIn(words, response.json()["detail"])


class PriceListTests(PriceTests):
    def test_a_list_is_answered_by_ticket_type_as_it_will_be_read(self):
        response = self.client.post(
            URL, {"name": "Matinée", "currency": "EUR", "prices": rows(FULL)[::-1]}
        )

        self.assertEqual(response.status_code, 201, response.content)
        saved = PriceList.objects.get(name="Matinée")
        by_ticket_type = sorted(rows(FULL), key=lambda row: (row["ticket_type"], row["category"]))
        self.assertEqual(
            response.json(),
            {"id": saved.pk, "name": "Matinée", "currency": "EUR", "prices": by_ticket_type},
        )
        self.assertEqual(response.json(), self.client.get(f"{URL}{saved.pk}/").json())
        self.assertEqual(self.amounts_of(saved), FULL)

    def test_names_are_known_whatever_their_case(self):
        prices = rows({("standard", "ADULT"): "1.00", (" PREMIUM ", "adult"): "2.00"})

        response = self.client.post(URL, {"name": "Odd", "currency": "GBP", "prices": prices})

        self.assertEqual(response.status_code, 201, response.content)
        self.assertEqual(
            self.amounts_of(PriceList.objects.get(name="Odd")),
            {("Standard", "Adult"): "1.00", ("Premium", "Adult"): "2.00"},
        )

    def test_a_change_replaces_all_the_prices(self):
        response = self.put(
            self.price_list, {("Standard", "Adult"): "12.34"}, name="Late", currency="EUR"
        )

        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(self.amounts_of(self.price_list), {("Standard", "Adult"): "12.34"})
        self.price_list.refresh_from_db()
        self.assertEqual((self.price_list.name, self.price_list.currency), ("Late", "EUR"))
        self.assertEqual(response.json(), self.client.get(f"{URL}{self.price_list.pk}/").json())

    def assert_prices_refused(self, prices, code, words=""):
        for response in (
            self.client.post(URL, {"name": "New", "currency": "GBP", "prices": prices}),
            self.put(self.price_list, {}, prices=prices),
        ):
            self.assertEqual(response.status_code, 400, response.content)
            self.assertEqual([code for _, code in errors_in(response)], [code])
            self.assertIn("prices", errors_in(response)[0][0])
            self.assertIn(words, response.json()["detail"])
        self.assertEqual(PriceList.objects.get(), self.price_list)
        self.assertEqual(self.amounts_of(self.price_list), FULL)

    def test_a_name_that_is_not_known_is_refused_and_named(self):
        sofa = rows({("Sofa", "Adult"): "1.00"})
        self.assert_prices_refused(sofa, "unknown", "There is no seat category named Sofa.")
        pupil = rows({("Standard", "Pupil"): "1.00"})
        self.assert_prices_refused(pupil, "unknown", "There is no ticket type named Pupil.")

    def test_one_seat_and_ticket_has_one_price(self):
        twice = rows({("Standard", "Adult"): "1.00", ("standard", "adult"): "2.00"})
        self.assert_prices_refused(twice, "unique", "Standard, Adult has two prices.")

    def test_an_amount_is_money(self):
        for amount, code in {
            "-0.01": "min_value",
            -1: "min_value",
            "1000000": "max_whole_digits",
            10**30: "max_digits",
            "1.001": "max_decimal_places",
            "1e400": "max_digits",
            "NaN": "invalid",
            "Infinity": "invalid",
            "£11.00": "invalid",
            "11,00": "invalid",
            "11.00 GBP": "invalid",
            "": "invalid",
            "1\x00": "invalid",
            True: "invalid",
            None: "null",
        }.items():
            with self.subTest(amount=amount):
                response = self.put(self.price_list, {("Standard", "Adult"): amount})
                self.assertEqual(response.status_code, 400, response.content)
                field = errors_in(response)[0][0]
                self.assertEqual(field, "prices.0.amount")
                self.assertIn(code, [code for _, code in errors_in(response)])
        self.assertEqual(self.amounts_of(self.price_list), FULL)

    def test_money_is_kept_to_the_penny(self):
        for amount, kept in {
            "0": "0.00",
            "-0": "0.00",
            "7.5": "7.50",
            7: "7.00",
            9.1: "9.10",
            "1E+2": "100.00",
            "999999.99": "999999.99",
        }.items():
            with self.subTest(amount=amount):
                response = self.put(self.price_list, {("Standard", "Adult"): amount})
                self.assertEqual(response.status_code, 200, response.content)
                self.assertEqual(response.json()["prices"][0]["amount"], kept)
                self.assertEqual(self.price_list.prices.get().amount, Decimal(kept))

    def test_what_is_no_list_of_prices_is_refused(self):
        for prices in (None, {}, "11.00", 7, [7], ["11.00"], [None], [[]], rows(FULL) * 251):
            with self.subTest(prices=str(prices)[:40]):
                response = self.put(self.price_list, {}, prices=prices)
                self.assertEqual(response.status_code, 400, response.content)
        self.assertEqual(self.amounts_of(self.price_list), FULL)

    def test_a_list_has_a_name_of_its_own_and_a_currency(self):
        for field, value in (
            ("name", "Evening"),
            ("name", ""),
            ("name", "x" * 101),
            ("currency", "gbp"),
            ("currency", "GBPX"),
            ("currency", "£"),
        ):
            with self.subTest(field=field, value=value):
                body = {"name": "New", "currency": "GBP", "prices": rows(FULL)}
                response = self.client.post(URL, body | {field: value})
                self.assertEqual(response.status_code, 400, response.content)
                self.assertEqual(errors_in(response)[0][0], field)
        self.assertEqual(PriceList.objects.count(), 1)

    def test_a_part_of_a_list_cannot_be_changed(self):
        response = self.client.patch(f"{URL}{self.price_list.pk}/", {"name": "Late"})

        self.assert_refused(response, 405, "method_not_allowed")

    def test_price_lists_and_ticket_types_are_for_staff(self):
        customer, usher = client_of(make_user("customer")), staff_client("usher", "add_show")
        for url, body in (
            (URL, {"name": "New", "currency": "GBP", "prices": []}),
            ("/api/ticket-types/", {"name": "Senior"}),
            ("/api/seat-categories/", {"name": "Sofa", "color": "#aa3377"}),
        ):
            for client, status in ((APIClient(), 401), (customer, 403), (usher, 403)):
                with self.subTest(url=url, status=status):
                    self.assertEqual(client.get(url).status_code, status)
                    self.assertEqual(client.post(url, body).status_code, status)
        viewer = staff_client("viewer", "view_pricelist")
        self.assertEqual(viewer.get(URL).status_code, 200)
        self.assertEqual(viewer.post(URL, {}).status_code, 403)
        adder = staff_client("adder", "add_pricelist")
        body = {"name": "New", "currency": "GBP", "prices": rows(FULL)}
        self.assertEqual(adder.post(URL, body).status_code, 201)
        changer = staff_client("changer", "change_pricelist")
        response = changer.put(f"{URL}{self.price_list.pk}/", body | {"name": "Late"})
        self.assertEqual(response.status_code, 200)
        self.assertEqual(changer.delete(f"{URL}{self.price_list.pk}/").status_code, 403)

    def test_lists_take_the_same_queries_for_two_as_for_twenty(self):
        for more in (1, 18):
            for _ in range(more):
                make_price_list(FULL)
            with self.assertNumQueries(6):
                response = self.client.get(URL)
        self.assertEqual(len(response.json()["results"]), 20)

    def test_a_change_takes_the_same_queries_however_many_prices_and_shows_there_are(self):
        for shows in (1, 10):
            for _ in range(shows):
                make_show(screen=self.screen, seating_plan=self.plan, price_list=self.price_list)
            more = {("Standard", f"Type {nth}"): 1 for nth in range(shows)}
            more |= {("Premium", f"Type {nth}"): 1 for nth in range(shows)}
            make_price_list(more)
            with self.subTest(shows=shows), self.assertNumQueries(20):
                response = self.put(self.price_list, FULL | more)
            self.assertEqual(response.status_code, 200, response.content)


class CompleteTests(PriceTests):
    """A show on sale has a price for every seat of its hall with every ticket type."""

    def without(self, *pair):
        return make_price_list({key: FULL[key] for key in FULL if key != pair}, name="Gaps")

    def test_a_show_is_not_put_on_with_a_price_missing(self):
        for pair in FULL:
            gaps = self.without(*pair)
            with self.subTest(pair=pair):
                response = self.put_on(price_list=gaps.pk)
                words = f"Gaps has no price for {', '.join(pair)}."
                self.assert_refused(response, 400, "price_missing", words)
                self.assertFalse(Show.objects.exists())
            gaps.delete()

        self.assertEqual(self.put_on().status_code, 201)

    def test_a_list_without_prices_is_complete_for_no_hall(self):
        response = self.put_on(price_list=make_price_list({}, name="Empty").pk)

        self.assert_refused(response, 400, "price_missing", "Empty has no price for Premium")

    def test_prices_for_seats_that_the_hall_does_not_have_do_not_matter(self):
        more = make_price_list(FULL | {("Sofa", "Adult"): 20, ("Sofa", "Child"): 20})

        self.assertEqual(self.put_on(price_list=more.pk).status_code, 201)

    def test_a_category_that_no_seat_has_needs_no_price(self):
        plan = make_seating_plan("v = VIP\nA  ss\nB  pp\n")

        response = self.put_on(seating_plan=plan.pk)

        self.assertEqual(response.status_code, 201, response.content)

    def test_numbered_seats_are_standard_seats(self):
        screen = make_screen(cinema=self.screen.cinema)
        standard = make_price_list({("Standard", "Adult"): 5})
        premium = make_price_list({("Premium", "Adult"): 5}, name="Premium only")
        body = {"screen": screen.pk, "total_seats": 50}

        refused = self.put_on(price_list=premium.pk, **body)
        put_on = self.put_on(price_list=standard.pk, **body)

        words = "Premium only has no price for Standard, Adult."
        self.assert_refused(refused, 400, "price_missing", words)
        self.assertEqual((put_on.status_code, put_on.json()["price_from"]), (201, "5.00"))

    def test_numbered_seats_are_standard_seats_however_the_category_is_written(self):
        standard = SeatCategory.objects.get(name="Standard")
        standard.name = "standard"
        standard.save()
        body = {"screen": make_screen(cinema=self.screen.cinema).pk, "total_seats": 50}

        response = self.put_on(**body)

        self.assertEqual(response.status_code, 201, response.content)
        self.assertEqual(response.json()["price_from"], "7.50")

    def test_a_list_in_another_currency_than_the_cinemas_is_refused(self):
        euros = make_price_list(FULL, currency="EUR", name="Soir")

        response = self.put_on(price_list=euros.pk)

        self.assert_refused(response, 400, "invalid", "Soir is in EUR, Astoria sells in GBP.")
        self.assertEqual(errors_in(response)[0][0], "price_list")
        self.assertFalse(Show.objects.exists())

    def test_a_show_is_not_changed_to_what_cannot_be_sold(self):
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
                self.assert_refused(response, 400, code)
                self.assertEqual(Show.objects.filter(pk=show.pk).values().get(), before)

    def test_a_list_stays_complete_for_the_shows_to_come(self):
        make_show(screen=self.screen, seating_plan=self.plan, price_list=self.price_list)
        for pair in FULL:
            with self.subTest(pair=pair):
                prices = {key: "1.00" for key in FULL if key != pair}
                response = self.put(self.price_list, prices, name="New name")
                words = f"has no price for {', '.join(pair)}."
                self.assert_refused(response, 400, "price_missing", words)
                self.assertEqual(self.amounts_of(self.price_list), FULL)
                self.price_list.refresh_from_db()
                self.assertEqual(self.price_list.name, "Evening")
        other_currency = self.put(self.price_list, FULL, currency="EUR")
        self.assert_refused(other_currency, 400, "invalid")
        self.price_list.refresh_from_db()
        self.assertEqual(self.price_list.currency, "GBP")

        dearer = self.put(self.price_list, FULL | {("Standard", "Adult"): "12.00"})
        self.assertEqual(dearer.status_code, 200, dearer.content)

    def test_every_hall_of_the_shows_to_come_is_looked_at(self):
        standard = make_seating_plan("A  ss\n")
        for plan in (standard, self.plan, standard):
            make_show(screen=make_screen(), seating_plan=plan, price_list=self.price_list)

        response = self.put(self.price_list, {("Standard", "Adult"): "1.00"})

        self.assert_refused(response, 400, "price_missing", "Premium, Adult")

    def test_shows_that_are_over_or_cancelled_do_not_keep_a_list_as_it_is(self):
        now = timezone.now()
        for fields in ({"starts_at": now - timedelta(days=1)}, {"cancelled_at": now}):
            make_show(seating_plan=self.plan, price_list=self.price_list, **fields)

        response = self.put(self.price_list, {("Standard", "Adult"): "1.00"})

        self.assertEqual(response.status_code, 200, response.content)


class InUseTests(PriceTests):
    def test_what_prices_bookings_and_shows_are_made_of_stays(self):
        make_show(screen=self.screen, seating_plan=self.plan, price_list=self.price_list)
        for path, row in (
            ("price-lists", self.price_list),
            ("ticket-types", TicketType.objects.get(name="Child")),
            ("seat-categories", SeatCategory.objects.get(name="Premium")),
        ):
            with self.subTest(path=path):
                response = self.client.delete(f"/api/{path}/{row.pk}/")
                self.assert_refused(response, 409, "in_use")
                self.assertTrue(type(row).objects.filter(pk=row.pk).exists())

    def test_a_ticket_type_that_was_sold_stays_when_no_price_has_it_any_more(self):
        numbered = make_show(price_list=self.price_list)
        client_of(make_user("customer")).post(
            f"/api/shows/{numbered.pk}/book/", {"seat_number": "1", "ticket_type": "Child"}
        )
        Price.objects.filter(ticket_type__name="Child").delete()
        child = TicketType.objects.get(name="Child")

        self.assert_refused(self.client.delete(f"/api/ticket-types/{child.pk}/"), 409, "in_use")

    def test_a_category_with_a_price_or_a_plan_stays(self):
        priced = make_price_list({("Sofa", "Adult"): 1}).prices.get().category
        make_seating_plan("v = VIP\nA  vv\n")
        for category in (priced, SeatCategory.objects.get(name="VIP")):
            response = self.client.delete(f"/api/seat-categories/{category.pk}/")
            self.assert_refused(response, 409, "in_use")

    def test_what_nobody_uses_goes(self):
        unused = SeatCategory.objects.create(name="Sofa", color="#aa3377")
        senior = TicketType.objects.create(name="Senior")
        for path, row in (
            ("seat-categories", unused),
            ("ticket-types", senior),
            ("price-lists", self.price_list),
        ):
            response = self.client.delete(f"/api/{path}/{row.pk}/")
            self.assertEqual(response.status_code, 204, response.content)
            self.assertFalse(type(row).objects.filter(pk=row.pk).exists())

    def test_a_category_that_plans_name_keeps_its_name_but_for_its_case(self):
        url = f"/api/seat-categories/{SeatCategory.objects.get(name='Premium').pk}/"

        renamed = self.client.patch(url, {"name": "Gold"})
        self.assertEqual(renamed.status_code, 400, renamed.content)
        self.assertEqual(errors_in(renamed), [("name", "in_use")])
        for change in ({"name": "PREMIUM"}, {"color": "#000000", "has_restricted_view": True}):
            response = self.client.patch(url, change)
            self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(SeatCategory.objects.get(name="PREMIUM").color, "#000000")

    def test_a_category_that_no_plan_names_can_be_renamed(self):
        sofa = SeatCategory.objects.create(name="Sofa", color="#aa3377")

        response = self.client.patch(f"/api/seat-categories/{sofa.pk}/", {"name": "Divan"})

        self.assertEqual((response.status_code, response.json()["name"]), (200, "Divan"))

    def test_a_name_is_given_once_whatever_its_case(self):
        for path, body in (
            ("seat-categories", {"name": "STANDARD", "color": "#aa3377"}),
            ("ticket-types", {"name": "aDULT"}),
        ):
            response = self.client.post(f"/api/{path}/", body)
            self.assertEqual(response.status_code, 400, response.content)
            self.assertEqual(errors_in(response), [("name", "unique")])

    def test_ticket_types_come_by_their_position(self):
        self.client.post("/api/ticket-types/", {"name": "Member", "position": 0})
        child = TicketType.objects.get(name="Child")
        self.client.patch(f"/api/ticket-types/{child.pk}/", {"position": 9})

        with self.assertNumQueries(3):
            results = self.client.get("/api/ticket-types/").json()["results"]

        names = [(kind["name"], kind["position"]) for kind in results]
        self.assertEqual(names, [("Adult", 0), ("Member", 0), ("Child", 9)])


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

    def test_a_category_that_no_seat_has_does_not_make_a_show_cheaper(self):
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
    def test_the_list_is_locked_before_its_prices_are_looked_at(self):
        """Or it could lose a price while a show is put on with it."""
        with CaptureQueriesContext(connection) as queries:
            self.assertEqual(self.put_on().status_code, 201)

        sql = [query["sql"] for query in queries]
        locks = [s for s in sql if 'FROM "movies_pricelist"' in s and " FOR " in s]
        looks = [s for s in sql if 'FROM "movies_price"' in s]
        self.assertEqual(len(locks), 1)
        self.assertLess(sql.index(locks[0]), sql.index(looks[0]))


class RaceTests(TransactionTestCase):
    def test_a_list_loses_a_price_or_a_show_is_put_on_but_never_both(self):
        staff, movie = make_staff(), make_movie()
        plan = make_seating_plan("A  ss\nB  pp\n")
        screens = [make_screen(seating_plan=plan) for _ in range(4)]
        for nth in range(3):
            price_list = make_price_list(FULL, name=f"List {nth}")
            body = {"movie": movie.pk, "language": "en", "price_list": price_list.pk}
            body["starts_at"] = timezone.now() + timedelta(days=1 + nth)
            short = {"name": price_list.name, "currency": "GBP"}
            short["prices"] = rows({("Standard", "Adult"): "1.00"})

            def put_on(screen, body=body):
                return client_of(staff).post("/api/shows/", body | {"screen": screen.pk})

            def shorten(url=f"{URL}{price_list.pk}/", short=short):
                return client_of(staff).put(url, short)

            responses = at_once(
                [*(lambda screen=screen: put_on(screen) for screen in screens), *[shorten] * 4]
            )

            statuses = Counter(response.status_code for response in responses)
            is_short = price_list.prices.count() == 1
            self.assertEqual(price_list.shows.exists(), not is_short, statuses)
            self.assertLessEqual(set(statuses), {200, 201, 400})

    def test_two_changes_of_one_list_at_once_leave_one_of_the_two(self):
        staff, price_list = make_staff(), make_price_list(FULL)
        body = {"name": price_list.name, "currency": "GBP"}
        wanted = [
            {("Standard", "Adult"): "1.00", ("Standard", "Child"): "1.00"},
            {("Premium", "Adult"): "2.00", ("Standard", "Child"): "2.00"},
        ]
        responses = at_once(
            [
                lambda prices=prices: client_of(staff).put(
                    f"{URL}{price_list.pk}/", body | {"prices": rows(prices)}
                )
                for prices in wanted * 4
            ]
        )

        self.assertEqual({response.status_code for response in responses}, {200})
        left = {
            (price.category.name, price.ticket_type.name): str(price.amount)
            for price in price_list.prices.select_related("category", "ticket_type")
        }
        self.assertIn(left, wanted)
