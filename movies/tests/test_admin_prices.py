"""Price lists in the admin: the grid of prices, and copies."""

from decimal import Decimal

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from movies import services
from movies.models import Price, PriceList, SeatCategory, TicketType
from testing.builders.accounts import make_clerk, make_staff
from testing.builders.movies import make_price_list, make_screen, make_seating_plan, make_show

LISTS = "/admin/movies/pricelist/"
NEEDED = "Upcoming shows need this price."


class GridTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff()
        cls.price_list = make_price_list(
            {("Standard", "Adult"): "9.50", ("Standard", "Child"): 5, ("Premium", "Adult"): 12},
            name="Weekend",
        )

    def setUp(self):
        self.client.force_login(self.staff)
        self.url = f"{LISTS}{self.price_list.pk}/change/"

    def cell(self, category, ticket_type):
        category = SeatCategory.objects.get(name=category)
        return f"price-{category.pk}-{TicketType.objects.get(name=ticket_type).pk}"

    def form(self, **changes):
        """Return what the browser sends; `changes` may be {(category, ticket type): amount}."""
        page = self.client.get(self.url)
        form = page.context["adminform"].form
        data = {field.html_name: field.value() for field in form if field.value() is not None}
        return data | changes

    def send(self, prices=(), **changes):
        """Send the form with changed prices, {(category, ticket type): amount}."""
        typed = {self.cell(*names): amount for names, amount in dict(prices).items()}
        return self.client.post(self.url, self.form(**changes) | typed)

    def prices(self, price_list=None):
        prices = (price_list or self.price_list).prices.select_related("category", "ticket_type")
        return {(str(each.category), str(each.ticket_type)): each.amount for each in prices}

    def assert_errors(self, response, errors):
        self.assertEqual(response.status_code, 200)
        form = response.context["adminform"].form
        self.assertEqual(dict(form.errors), errors)
        for sentences in errors.values():
            for sentence in sentences:
                self.assertContains(response, sentence)


class GridTests(GridTestCase):
    def test_the_page_is_a_grid_with_empty_cells_marked(self):
        page = self.client.get(self.url)
        self.assertContains(page, '<th scope="row">Premium</th>', html=True)
        self.assertContains(page, '<th scope="col">Adult</th>', html=True)
        self.assertContains(page, 'value="9.50"')
        self.assertContains(page, 'placeholder="none"', count=4)
        self.assertContains(page, 'aria-label="Premium, Child"')
        rows = [
            (str(row.category), [cell.value() for cell in row.cells])
            for row in page.context["adminform"].form.grid()
        ]
        self.assertEqual(rows, [("Premium", [12, None]), ("Standard", [Decimal("9.50"), 5])])

    def test_prices_are_added_changed_and_removed(self):
        response = self.send(
            {("Premium", "Child"): "7", ("Standard", "Adult"): "10", ("Premium", "Adult"): ""}
        )
        self.assertEqual(response.status_code, 302)
        self.assertEqual(
            self.prices(),
            {("Standard", "Adult"): 10, ("Standard", "Child"): 5, ("Premium", "Child"): 7},
        )
        self.price_list.refresh_from_db()
        self.assertEqual(self.price_list.version, 2)

    def test_a_list_saved_as_it_is_stays_as_it_is(self):
        before = list(Price.objects.order_by("pk").values())
        self.assertEqual(self.send().status_code, 302)
        self.assertEqual(list(Price.objects.order_by("pk").values()), before)
        self.price_list.refresh_from_db()
        self.assertEqual(self.price_list.version, 1)

    def test_a_new_list_is_saved_with_its_prices(self):
        data = {"name": "Weekdays", "currency": "GBP", self.cell("Standard", "Adult"): "8"}
        response = self.client.post(f"{LISTS}add/", data)
        self.assertRedirects(response, LISTS)
        self.assertEqual(
            self.prices(PriceList.objects.get(name="Weekdays")), {("Standard", "Adult"): 8}
        )

    def test_each_error_is_at_its_cell(self):
        response = self.send(
            {("Standard", "Adult"): "x", ("Standard", "Child"): "-1", ("Premium", "Adult"): "1.005"}
        )
        self.assert_errors(
            response,
            {
                self.cell("Standard", "Adult"): ["Enter a number."],
                self.cell("Standard", "Child"): [
                    "Ensure this value is greater than or equal to 0."
                ],
                self.cell("Premium", "Adult"): [
                    "Amounts in GBP have at most 2 digits after the point."
                ],
            },
        )
        self.assertContains(response, 'value="x"')
        self.assertEqual(self.prices()["Standard", "Adult"], Decimal("9.50"))

    def test_prices_that_upcoming_shows_need_are_marked_at_their_cells(self):
        plan = make_seating_plan("A  sspp\n")
        self.send({("Premium", "Child"): "7"})
        make_show(seating_plan=plan, price_list=self.price_list, screen=make_screen())
        response = self.send({("Premium", "Adult"): "", ("Standard", "Child"): ""})
        self.assert_errors(
            response,
            {
                "__all__": ["Weekend has no price for Premium, Adult; Standard, Child."],
                self.cell("Premium", "Adult"): [NEEDED],
                self.cell("Standard", "Child"): [NEEDED],
            },
        )
        self.assertEqual(len(self.prices()), 4)

    def test_a_name_that_another_list_has_is_refused(self):
        make_price_list({}, name="Straße")
        response = self.send(name="STRASSE")
        self.assert_errors(response, {"name": ["There is a price list of this name."]})
        self.assertEqual(PriceList.objects.get(pk=self.price_list.pk).name, "Weekend")

    def test_amounts_have_the_digits_of_their_currency(self):
        cells = [("Standard", "Adult"), ("Standard", "Child"), ("Premium", "Adult")]
        for currency, amount, words in [
            ("JPY", "10.50", "Amounts in JPY have no digits after the point."),
            ("XYZ", "10", "There is no currency XYZ."),
            ("eur", "10", "There is no currency eur."),
        ]:
            with self.subTest(currency=currency):
                response = self.send(dict.fromkeys(cells, amount), currency=currency)
                self.assertContains(response, words)
                self.assertEqual(self.prices()["Standard", "Adult"], Decimal("9.50"))
        for currency, amount in [("JPY", "1001"), ("KWD", "2.125"), ("IRR", "999999999999.00")]:
            with self.subTest(currency=currency):
                response = self.send(dict.fromkeys(cells, amount), currency=currency)
                self.assertEqual(response.status_code, 302)
                self.assertEqual(set(self.prices().values()), {Decimal(amount)})
                self.assertContains(self.client.get(self.url), f'value="{amount}"')

    def test_prices_saved_meanwhile_are_not_undone(self):
        form = self.form()
        prices = {
            (
                SeatCategory.objects.get(name="Premium"),
                TicketType.objects.get(name="Child"),
            ): Decimal(7)
        }
        services.save_price_list(
            name="Weekend", currency="GBP", prices=prices, price_list=self.price_list
        )
        for version in (form["shown_version"], "", "x"):
            response = self.client.post(self.url, form | {"shown_version": version})
            self.assertContains(response, "was changed meanwhile")
            self.assertEqual(self.prices(), {("Premium", "Child"): 7})

    def test_a_large_grid_is_saved_and_costs_the_same_queries(self):
        """More fields than Django accepts by default: 1,000."""
        costs = []
        for total in (2, 40):
            for number in range(SeatCategory.objects.count(), total):
                SeatCategory.objects.create(name=f"Category {number}", color="#4a7fb5")
            for number in range(TicketType.objects.count(), total):
                TicketType.objects.create(name=f"Type {number}")
            with CaptureQueriesContext(connection) as queries:
                data = self.form()
            costs.append(len(queries))
        self.assertEqual(*costs)
        names = list(self.client.get(self.url).context["adminform"].form.cells)
        self.assertEqual(len(names), 1600)
        data |= dict.fromkeys(names, "") | dict.fromkeys(names[:900], "3")
        self.assertEqual(self.client.post(self.url, data).status_code, 302)
        self.assertEqual(len(self.prices()), 900)
        data = self.form() | dict.fromkeys(names, "4")
        self.assertContains(self.client.post(self.url, data), "at most 1,000 prices")

    def test_who_may_only_look_sees_the_prices(self):
        self.client.force_login(make_clerk("view_pricelist"))
        page = self.client.get(self.url)
        self.assertContains(page, "9.50")
        self.assertContains(page, '<span class="is-empty">none</span>', html=True)
        self.assertNotContains(page, "Duplicate")
        self.assertNotContains(page, 'name="price-')
        self.assertEqual(self.client.post(self.url, {"name": "X"}).status_code, 403)

    def test_without_categories_the_page_says_what_is_missing(self):
        Price.objects.all().delete()
        SeatCategory.objects.all().delete()
        self.assertContains(self.client.get(self.url), "Prices need at least one")


class DuplicateTests(GridTestCase):
    def test_the_button_makes_a_copy_and_opens_it(self):
        self.assertContains(self.client.get(self.url), f"{LISTS}{self.price_list.pk}/duplicate/")
        response = self.client.post(f"{LISTS}{self.price_list.pk}/duplicate/")
        copy = PriceList.objects.latest("pk")
        self.assertRedirects(response, f"{LISTS}{copy.pk}/change/")
        self.assertEqual((copy.name, copy.currency), ("Weekend (copy)", "GBP"))
        self.assertEqual(self.prices(copy), self.prices())

    def test_further_copies_are_numbered(self):
        make_price_list({}, name="WEEKEND (COPY 2)")
        names = [services.duplicate_price_list(price_list=self.price_list).name for _ in range(3)]
        self.assertEqual(names, ["Weekend (copy)", "Weekend (copy 3)", "Weekend (copy 4)"])

    def test_a_long_name_is_cut(self):
        long = make_price_list({}, name="ß" * 100)
        names = {services.duplicate_price_list(price_list=long).name for _ in range(3)}
        self.assertEqual(len(names), 3)
        self.assertLessEqual(max(map(len, names)), 100)

    def test_the_action_copies_the_selected_lists(self):
        other = make_price_list({("Standard", "Adult"): 1}, name="Weekdays")
        selected = [self.price_list.pk, other.pk]
        data = {"action": "duplicate_selected", "_selected_action": selected}
        page = self.client.post(LISTS, data, follow=True)
        self.assertContains(page, "Weekend (copy)")
        self.assertContains(page, "Weekdays (copy)")
        self.assertEqual(PriceList.objects.count(), 4)

    def test_it_needs_the_permission_to_add_and_a_post(self):
        url = f"{LISTS}{self.price_list.pk}/duplicate/"
        self.assertEqual(self.client.get(url).status_code, 405)
        self.assertEqual(self.client.post(f"{LISTS}99999/duplicate/").status_code, 404)
        self.client.force_login(make_clerk("view_pricelist", "change_pricelist"))
        self.assertEqual(self.client.post(url).status_code, 403)
        self.assertEqual(PriceList.objects.count(), 1)
