"""Writing price lists."""

from decimal import Decimal

from django.test import TransactionTestCase
from rest_framework.test import APIClient

from core.money import shown
from movies.models import PriceList
from movies.tests.prices import FULL, URL, PriceTests, rows
from testing.answers import errors_in
from testing.builders.accounts import client_of, make_staff, make_user, staff_client
from testing.builders.movies import (
    make_price_list,
    make_show,
)
from testing.races import at_once


class PriceListTests(PriceTests):
    def test_the_answer_lists_prices_by_ticket_type_like_the_later_read(self):
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

    def test_names_are_found_in_any_spelling(self):
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
            self.assert_problem(response, 400, "invalid", detail=words)
            self.assertEqual([code for _, code in errors_in(response)], [code])
            self.assertIn("prices", errors_in(response)[0][0])
        self.assertEqual(PriceList.objects.get(), self.price_list)
        self.assertEqual(self.amounts_of(self.price_list), FULL)

    def test_an_unknown_name_is_refused_and_named(self):
        sofa = rows({("Sofa", "Adult"): "1.00"})
        self.assert_prices_refused(sofa, "unknown", "There is no seat category named Sofa.")
        pupil = rows({("Standard", "Pupil"): "1.00"})
        self.assert_prices_refused(pupil, "unknown", "There is no ticket type named Pupil.")

    def test_two_prices_for_one_category_and_ticket_type_are_refused(self):
        twice = rows({("Standard", "Adult"): "1.00", ("standard", "adult"): "2.00"})
        self.assert_prices_refused(twice, "unique", "Standard, Adult has two prices.")

    def test_an_invalid_amount_is_refused(self):
        for amount, code in {
            "-0.01": "min_value",
            -1: "min_value",
            "1000000000000": "max_whole_digits",
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

    def test_amounts_are_saved_with_the_digits_of_their_currency(self):
        for amount, kept in {
            "0": "0.00",
            "-0": "0.00",
            "7.5": "7.50",
            7: "7.00",
            9.1: "9.10",
            "1E+2": "100.00",
            "10.500": "10.50",
            "999999999999.99": "999999999999.99",
        }.items():
            with self.subTest(amount=amount):
                response = self.put(self.price_list, {("Standard", "Adult"): amount})
                self.assertEqual(response.status_code, 200, response.content)
                self.assertEqual(response.json()["prices"][0]["amount"], kept)
                self.assertEqual(self.price_list.prices.get().amount, Decimal(kept))

    def test_prices_of_another_type_and_too_many_prices_are_refused(self):
        for prices in (None, {}, "11.00", 7, [7], ["11.00"], [None], [[]], rows(FULL) * 251):
            with self.subTest(prices=str(prices)[:40]):
                response = self.put(self.price_list, {}, prices=prices)
                self.assertEqual(response.status_code, 400, response.content)
        self.assertEqual(self.amounts_of(self.price_list), FULL)

    def test_an_invalid_name_or_currency_is_refused(self):
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

        self.assert_problem(response, 405, "method_not_allowed")

    def test_price_lists_and_ticket_types_are_for_staff(self):
        customer, usher = client_of(make_user("customer")), staff_client("usher", "add_show")
        for url, body in (
            (URL, {"name": "New", "currency": "GBP", "prices": []}),
            ("/api/ticket-types/", {"name": "Senior"}),
            ("/api/seat-categories/", {"name": "Sofa", "color": "#aa3377"}),
        ):
            for client, status in ((APIClient(), 401), (customer, 403), (usher, 403)):
                with self.subTest(url=url, status=status):
                    read = 200 if "ticket-types" in url else status
                    self.assertEqual(client.get(url).status_code, read)
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

    def test_a_change_takes_the_same_queries_at_any_number_of_prices_and_shows(self):
        for shows in (1, 10):
            for _ in range(shows):
                make_show(screen=self.screen, seating_plan=self.plan, price_list=self.price_list)
            more = {("Standard", f"Type {nth}"): 1 for nth in range(shows)}
            more |= {("Premium", f"Type {nth}"): 1 for nth in range(shows)}
            make_price_list(more)
            with self.subTest(shows=shows), self.assertNumQueries(23):
                response = self.put(self.price_list, FULL | more)
            self.assertEqual(response.status_code, 200, response.content)


class RaceTests(TransactionTestCase):
    def test_two_simultaneous_changes_leave_one_of_the_two(self):
        staff, price_list = make_staff(), make_price_list(FULL)
        body = {"name": price_list.name, "currency": "GBP"}
        expected = [
            {("Standard", "Adult"): "1.00", ("Standard", "Child"): "1.00"},
            {("Premium", "Adult"): "2.00", ("Standard", "Child"): "2.00"},
        ]
        responses = at_once(
            [
                lambda prices=prices: client_of(staff).put(
                    f"{URL}{price_list.pk}/", body | {"prices": rows(prices)}
                )
                for prices in expected * 4
            ]
        )

        self.assertEqual({response.status_code for response in responses}, {200})
        left = {
            (price.category.name, price.ticket_type.name): shown(price.amount, "GBP")
            for price in price_list.prices.select_related("category", "ticket_type")
        }
        self.assertIn(left, expected)


class CurrencyTests(PriceTests):
    def create(self, currency, **amounts):
        prices = rows({(category, "Adult"): amount for category, amount in amounts.items()})
        body = {"name": f"In {currency}", "currency": currency, "prices": prices}
        return self.client.post(URL, body)

    def test_amounts_have_the_digits_of_the_currency(self):
        for currency, sent, kept in [
            ("JPY", "1001", "1001"),
            ("KRW", "10.00", "10"),
            ("VND", 90000, "90000"),
            ("KWD", "2.125", "2.125"),
            ("BHD", "2", "2.000"),
            ("TND", "12.5", "12.500"),
            ("IRR", "1500000", "1500000.00"),
            ("RSD", "900.50", "900.50"),
            ("ALL", "1200.5", "1200.50"),
            ("IQD", "999999999999", "999999999999.000"),
            ("JOD", "999999999999.999", "999999999999.999"),
        ]:
            with self.subTest(currency=currency, sent=sent):
                response = self.create(currency, Standard=sent)
                self.assertEqual(response.status_code, 201, response.content)
                self.assertEqual(response.json()["prices"][0]["amount"], kept)
                url = f"{URL}{response.json()['id']}/"
                self.assertEqual(self.client.get(url).json(), response.json())
                PriceList.objects.filter(pk=response.json()["id"]).delete()

    def test_an_amount_with_more_digits_is_refused_with_the_digits_of_the_currency(self):
        for currency, amount, words in [
            ("JPY", "10.50", "Amounts in JPY have no digits after the point."),
            ("JPY", "0.0001", "Amounts in JPY have no digits after the point."),
            ("EUR", "10.505", "Amounts in EUR have at most 2 digits after the point."),
            ("KWD", "2.1255", "Amounts in KWD have at most 3 digits after the point."),
        ]:
            with self.subTest(currency=currency, amount=amount):
                response = self.create(currency, Premium=1, Standard=amount)
                self.assert_problem(response, 400, "invalid", detail=words)
                found = errors_in(response)
                self.assertEqual(found, [("prices.1.amount", "max_decimal_places")])
        self.assertEqual(PriceList.objects.get(), self.price_list)

    def test_another_currency_needs_amounts_that_it_has(self):
        response = self.put(self.price_list, FULL, currency="JPY")
        self.assert_problem(response, 400, "invalid", detail="JPY have no digits")

    def test_an_unknown_currency_is_refused_and_an_old_one_stays_readable(self):
        for currency in ("XYZ", "XXX", "XAU", "QQQ"):
            with self.subTest(currency=currency):
                response = self.create(currency, Standard=1)
                self.assert_problem(response, 400, "invalid", field="currency")
        PriceList.objects.update(currency="XYZ")
        listed = self.client.get(f"{URL}{self.price_list.pk}/").json()
        self.assertEqual((listed["currency"], listed["prices"][0]["amount"]), ("XYZ", "14.00"))

    def test_cinema_in_an_unknown_currency_is_refused(self):
        body = {"name": "Rex", "city": "Lyon", "time_zone": "Europe/Paris", "currency": "XYZ"}
        response = self.client.post("/api/cinemas/", body)
        self.assert_problem(response, 400, "invalid", detail="no currency XYZ", field="currency")
