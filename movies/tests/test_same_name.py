"""One rule says when two spellings are the same name: see core/names.py."""

from datetime import timedelta

from django.test import TestCase
from django.utils import timezone

from movies.models import Genre, PriceList, SeatCategory, SeatingPlan, TicketType
from movies.seating.text_format import parse_text
from testing.answers import errors_in
from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.movies import (
    make_cinema,
    make_movie,
    make_price_list,
    make_screen,
    make_show,
)
from testing.cases import APIAssertions

SPELLINGS = [
    ("Großes Sofa", "GROSSES SOFA"),
    ("Амели", "амели"),
    ("Straße", "STRASSE"),
    ("Amélie", "Ame\u0301lie"),
    ("Big sofa", "  Big   sofa "),
]
# Path, model, and what a new row needs besides its name.
COLLECTIONS = [
    ("genres", Genre, {}),
    ("seat-categories", SeatCategory, {"color": "#aa3377"}),
    ("ticket-types", TicketType, {}),
    ("price-lists", PriceList, {"currency": "EUR", "prices": []}),
    ("seating-plans", SeatingPlan, {"text": "A  ss"}),
]
LONG_NAME = "ﷺ" * 100  # NFKC makes 18 characters of each


class SameNameTests(APIAssertions, TestCase):
    def setUp(self):
        super().setUp()
        self.client = self.client_of(make_staff())

    def post(self, path, **body):
        return self.client.post(f"/api/{path}/", body)

    def create(self, path, **body):
        response = self.post(path, **body)
        self.assertEqual(response.status_code, 201, response.content)
        return response.json()


class UniqueTests(SameNameTests):
    def test_a_second_spelling_of_a_name_is_refused_in_every_collection(self):
        for path, model, fields in COLLECTIONS:
            for first, second in SPELLINGS:
                with self.subTest(path=path, second=second):
                    row = self.create(path, name=first, **fields)
                    self.assert_problem(
                        self.post(path, name=second, **fields), 400, "invalid", field="name"
                    )
                    self.assertEqual([saved.pk for saved in model.objects.all()], [row["id"]])
                    model.objects.all().delete()

    def test_the_answer_names_the_kind_of_row_and_the_code(self):
        for path, _, fields in COLLECTIONS[:-1]:
            with self.subTest(path=path):
                self.create(path, name="Straße", **fields)
                response = self.post(path, name="STRASSE", **fields)
                kind = {"seat-categories": "seat category"}.get(
                    path, path.removesuffix("s").replace("-", " ")
                )
                self.assert_problem(
                    response, 400, "invalid", detail=f"There is a {kind} of this name."
                )
                self.assertEqual(errors_in(response), [("name", "unique")])

    def test_a_row_may_respell_its_own_name_but_not_take_another_rows(self):
        for path, model, fields in COLLECTIONS[:-1]:
            with self.subTest(path=path):
                url = f"/api/{path}/{self.create(path, name='Straße', **fields)['id']}/"
                self.create(path, name="Амели", **fields)
                respelled = self.client.put(url, {"name": "STRASSE", **fields})
                self.assertEqual(respelled.status_code, 200, respelled.content)
                self.assertEqual(respelled.json()["name"], "STRASSE")
                taken = self.client.put(url, {"name": "АМЕЛИ", **fields})
                self.assertEqual(errors_in(taken), [("name", "unique")])
                names = set(model.objects.values_list("name", flat=True))
                self.assertEqual(names, {"STRASSE", "Амели"})

    def test_a_new_version_of_a_plan_may_respell_the_name_and_keeps_the_first_spelling(self):
        plan = self.create("seating-plans", name="Straße", text="A  ss")
        response = self.client.put(
            f"/api/seating-plans/{plan['id']}/", {"name": "STRASSE", "text": "A  sss"}
        )
        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual((response.json()["name"], response.json()["version"]), ("Straße", 2))

    def test_a_name_whose_key_is_long_is_saved_once(self):
        for path, _, fields in COLLECTIONS:
            name = LONG_NAME if path in ("price-lists", "seating-plans") else LONG_NAME[:50]
            with self.subTest(path=path):
                self.assertEqual(self.create(path, name=name, **fields)["name"], name)
                self.assert_problem(
                    self.post(path, name=name, **fields), 400, "invalid", field="name"
                )
                self.create(path, name=f"{name[:-1]}ﷻ", **fields)


class AdminTests(TestCase):
    def setUp(self):
        self.client.force_login(make_staff())

    def add(self, model_name, **typed):
        return self.client.post(f"/admin/movies/{model_name}/add/", typed)

    def test_a_second_spelling_of_a_name_is_refused_at_the_name(self):
        for model, sentence, fields in [
            (Genre, "There is a genre of this name.", {}),
            (SeatCategory, "There is a seat category of this name.", {"color": "#aa3377"}),
            (TicketType, "There is a ticket type of this name.", {"position": 0}),
            (PriceList, "There is a price list of this name.", {"currency": "EUR"}),
            (SeatingPlan, "There is a plan of this name.", {"text": "A  ss"}),
        ]:
            name = model._meta.model_name
            for first, second in SPELLINGS:
                with self.subTest(model=name, second=second):
                    added = self.add(name, name=first, **fields)
                    self.assertEqual(added.status_code, 302, added.content)
                    response = self.add(name, name=second, **fields)
                    self.assertEqual(response.status_code, 200)
                    errors = response.context["adminform"].form.errors
                    self.assertIn(sentence, errors["name"][0])
                    model.objects.get().delete()

    def test_a_row_may_respell_its_own_name(self):
        genre = Genre.objects.create(name="Straße")
        url = f"/admin/movies/genre/{genre.pk}/change/"
        self.assertEqual(self.client.post(url, {"name": "STRASSE"}).status_code, 302)
        self.assertEqual(Genre.objects.get().name, "STRASSE")

    def test_a_name_whose_key_is_long_is_saved(self):
        self.assertEqual(self.add("genre", name=LONG_NAME[:50]).status_code, 302)
        self.assertEqual(Genre.objects.get().name, LONG_NAME[:50])


class ReferenceTests(SameNameTests):
    """A row is found by every spelling of its name."""

    def test_a_movie_is_given_its_genres_and_found_by_them(self):
        for first, second in SPELLINGS:
            with self.subTest(second=second):
                Genre.objects.create(name=first)
                movie = self.create(
                    "movies",
                    title="Film",
                    duration_minutes=90,
                    language="en",
                    genres=[second, first],
                )
                self.assertEqual(movie["genres"], [first])
                for genre in (first, second):
                    found = self.client.get("/api/movies/", {"genre": genre}).json()["results"]
                    self.assertEqual([one["id"] for one in found], [movie["id"]])

    def test_a_price_is_given_to_the_category_and_the_ticket_type(self):
        for first, second in SPELLINGS:
            with self.subTest(second=second):
                SeatCategory.objects.create(name=first, color="#aa3377")
                TicketType.objects.create(name=first)
                row = {"category": second, "ticket_type": second, "amount": "25.00"}
                price_list = self.create("price-lists", name=first, currency="EUR", prices=[row])
                self.assertEqual(
                    price_list["prices"], [{**row, "category": first, "ticket_type": first}]
                )
                response = self.post(
                    "price-lists",
                    name="Twice",
                    currency="EUR",
                    prices=[row, {**row, "category": first, "ticket_type": first}],
                )
                self.assertEqual(errors_in(response), [("prices", "unique")])

    def test_numbered_seats_are_of_the_category_standard_in_every_spelling(self):
        prices = make_price_list({("ＳＴＡＮＤＡＲＤ", "Adult"): "9.00"})
        show = make_show(price_list=prices)
        self.assertEqual(self.client.get(f"/api/shows/{show.pk}/").json()["price_from"], "9.00")


class OnePriceTests(SameNameTests):
    """The seat list, the quote and the booking agree on the price of a seat."""

    def plan_of(self, category):
        layout = parse_text("A  ssss", f"Hall {SeatingPlan.objects.count()}")
        layout["categories"] = [{"name": category, "color": "#aa3377"}]
        for seat in layout["zones"][0]["rows"][0]["seats"]:
            seat["category"] = category
        return self.create("seating-plans", layout=layout)["id"]

    def test_the_price_shown_is_the_price_taken_however_the_names_are_spelled(self):
        screen = make_screen(cinema=make_cinema(currency="EUR"))
        movie, customer = make_movie(), client_of(make_user("customer"))
        for day, (first, second) in enumerate(SPELLINGS, 1):
            SeatCategory.objects.create(name=first, color="#aa3377")
            TicketType.objects.create(name=first)
            row = {"category": second, "ticket_type": second, "amount": "25.00"}
            prices = self.create("price-lists", name=second, currency="EUR", prices=[row])["id"]
            for number, (category, ticket_type) in enumerate([(first, second), (second, first)]):
                with self.subTest(category=category, ticket_type=ticket_type):
                    show = self.create(
                        "shows",
                        movie=movie.pk,
                        screen=screen.pk,
                        starts_at=timezone.now() + timedelta(days=2 * day + number),
                        language="en",
                        seating_plan=self.plan_of(category),
                        price_list=prices,
                    )
                    self.assertEqual(show["price_from"], "25.00")
                    self.assert_one_price(customer, show["id"], category, ticket_type, first)

    def assert_one_price(self, customer, show, category, ticket_type, name):
        url = f"/api/shows/{show}"
        seats = customer.get(f"{url}/seats/").json()["seats"]
        self.assertEqual([seat["prices"] for seat in seats], [{name: "25.00"}] * 4)
        quote = customer.post(
            f"{url}/quote/",
            {"best": 1, "category": category, "ticket_types": [ticket_type]},
        )
        self.assertEqual(quote.status_code, 200, quote.content)
        self.assertEqual(quote.json()["total"], "25.00")
        booked = customer.post(f"{url}/book/", {"seat_number": "A1", "ticket_type": ticket_type})
        self.assertEqual(booked.status_code, 201, booked.content)
        self.assertEqual((booked.json()["price"], booked.json()["ticket_type"]), ("25.00", name))
