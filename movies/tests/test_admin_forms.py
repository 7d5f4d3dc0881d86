"""Forms of the admin: rows that changed meanwhile, and forms without changes."""

from decimal import Decimal
from unittest import mock

from django.test import TestCase

from movies import services
from movies.admin.shows import ShowForm
from movies.models import Price, PriceList, SeatingPlan, Show
from testing.builders.accounts import make_staff
from testing.builders.movies import make_price_list, make_seating_plan, make_show

IMPORTED = {
    "name": "Imported",
    "categories": [{"name": "Standard", "color": "rgba(1, 2, 3, 0.5)"}],
    "zones": [
        {
            "name": "Hall",
            "position": {"x": 5, "y": 5},
            "rows": [
                {
                    "row_number": "A",
                    "seats": [
                        {
                            "seat_guid": "theirs-1",
                            "seat_number": "1",
                            "position": {"x": 3, "y": 4},
                            "category": "Standard",
                        }
                    ],
                }
            ],
        }
    ],
}


class SavedMeanwhileTests(TestCase):
    def setUp(self):
        self.staff = make_staff()
        self.client.force_login(self.staff)

    def form_of(self, url):
        """Return the form as the browser would send it back without changes."""
        page = self.client.get(url).context["adminform"].form
        return {
            bound.html_name + suffix: value
            for bound in page
            for suffix, value in self.parts(bound)
            if value is not None
        }

    def parts(self, bound):
        value = bound.value()
        if hasattr(bound.field.widget, "widgets"):
            days = bound.field.widget.decompress(value)
            return [(f"_{nth}", part) for nth, part in enumerate(days)]
        return [("", value)]

    def test_a_form_opened_before_does_not_undo_a_cancellation(self):
        show = make_show()
        url = f"/admin/movies/show/{show.pk}/change/"
        data = self.form_of(url)
        clean = ShowForm.clean

        def cancelled_meanwhile(form):
            services.record_cancellation(show=show, by=self.staff, reason="Broken")
            return clean(form)

        with mock.patch.object(ShowForm, "clean", cancelled_meanwhile):
            response = self.client.post(url, {**data, "format": "3D"})

        self.assertEqual(response.status_code, 302, response.content)
        show = Show.objects.get()
        self.assertEqual(
            (show.format, show.is_cancelled, show.cancel_reason), ("3D", True, "Broken")
        )

    def test_an_imported_plan_saved_as_it_is_stays_as_it_is(self):
        plan = services.save_seating_plan(name="Imported", layout=IMPORTED)
        url = f"/admin/movies/seatingplan/{plan.pk}/change/"
        text = self.client.get(url).context["adminform"].form.initial["text"]

        response = self.client.post(
            url, {"text": text.replace("\n", "\r\n"), "layout": self.layout_in(url)}
        )

        self.assertEqual(response.status_code, 302, response.content)
        self.assertEqual(SeatingPlan.objects.get().layout, IMPORTED)

    def layout_in(self, url):
        return self.client.get(url).context["adminform"].form["layout"].value()

    def test_an_edited_plan_is_the_next_version(self):
        plan = make_seating_plan("A  ss")
        url = f"/admin/movies/seatingplan/{plan.pk}/change/"
        self.client.post(url, {"text": "A  sss", "layout": self.layout_in(url)})
        latest = SeatingPlan.objects.get(version=2)
        self.assertEqual((latest.name, latest.seat_count), (plan.name, 3))

    def test_a_row_moved_or_a_walkway_added_is_the_next_version_too(self):
        for text in ["A  ss\nB    ss", "A  ss\n\nB  ss"]:
            plan = make_seating_plan("A  ss\nB  ss")
            url = f"/admin/movies/seatingplan/{plan.pk}/change/"
            with self.subTest(text=text):
                self.client.post(
                    url, {"text": text.replace("\n", "\r\n"), "layout": self.layout_in(url)}
                )
                latest = SeatingPlan.objects.get(name=plan.name, version=2)
                self.assertNotEqual(latest.layout["zones"], plan.layout["zones"])

    def test_an_error_in_a_plan_is_one_sentence(self):
        response = self.client.post("/admin/movies/seatingplan/add/", {"name": "X", "text": "A q"})
        self.assertContains(response, "Line 1: q is not a category")

    def test_a_price_that_another_tab_has_added_is_not_added_twice(self):
        price_list = make_price_list({("Standard", "Adult"): 9})
        price = Price.objects.get()
        response = self.client.post(
            f"/admin/movies/pricelist/{price_list.pk}/change/",
            {
                "name": price_list.name,
                "currency": "GBP",
                "prices-TOTAL_FORMS": 1,
                "prices-INITIAL_FORMS": 0,
                "prices-0-price_list": price_list.pk,
                "prices-0-category": price.category_id,
                "prices-0-ticket_type": price.ticket_type_id,
                "prices-0-amount": "11",
            },
        )
        self.assertContains(response, "Standard, Adult has two prices.")
        self.assertEqual(PriceList.objects.get().prices.get(), price)

    def price_form(self, currency, amount):
        """Save a price list with one price; return (the answer, the amounts that are stored)."""
        [price_list] = PriceList.objects.all()
        [price] = price_list.prices.all()
        url = f"/admin/movies/pricelist/{price_list.pk}/change/"
        answer = self.client.post(
            url,
            {
                "name": price_list.name,
                "currency": currency,
                "prices-TOTAL_FORMS": 1,
                "prices-INITIAL_FORMS": 1,
                "prices-0-id": price.pk,
                "prices-0-price_list": price_list.pk,
                "prices-0-category": price.category_id,
                "prices-0-ticket_type": price.ticket_type_id,
                "prices-0-amount": amount,
            },
        )
        return answer, price_list.prices.get().amount

    def test_an_amount_has_the_digits_of_its_currency(self):
        price_list = make_price_list({("Standard", "Adult"): "9.50"})
        page = self.client.get(f"/admin/movies/pricelist/{price_list.pk}/change/")
        self.assertContains(page, 'value="9.50"')
        for currency, amount, words in [
            ("JPY", "10.50", "Amounts in JPY have no digits after the point."),
            ("GBP", "10.505", "Amounts in GBP have at most 2 digits after the point."),
            ("XYZ", "10", "There is no currency XYZ."),
        ]:
            with self.subTest(currency=currency):
                response, stored = self.price_form(currency, amount)
                self.assertContains(response, words)
                self.assertEqual(stored, Decimal("9.50"))
        for currency, amount in [("JPY", "1001"), ("KWD", "2.125"), ("CLP", "999999999999")]:
            with self.subTest(currency=currency):
                response, stored = self.price_form(currency, amount)
                self.assertEqual(response.status_code, 302, response.content)
                self.assertEqual(stored, Decimal(amount))
                page = self.client.get(f"/admin/movies/pricelist/{price_list.pk}/change/")
                self.assertContains(page, f'value="{amount}"')
