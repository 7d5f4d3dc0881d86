"""Choosing in forms of the admin: screens and others by their label, time zones, currencies."""

from django.test import TestCase

from movies.models import Cinema
from testing.builders.accounts import make_staff
from testing.builders.movies import make_cinema, make_price_list, make_screen, make_seating_plan

CINEMAS = "/admin/movies/cinema/"


class AutocompleteTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff()
        mitte, west = (make_cinema(name=name) for name in ("Kino Mitte", "Straßen-Kino"))
        cls.first = make_screen(cinema=mitte, name="Screen 1")
        cls.second = make_screen(cinema=mitte, name="Screen 2")
        cls.west = make_screen(cinema=west, name="Große Halle")
        cls.plan = make_seating_plan("A  s", name="Rotunda")
        cls.prices = make_price_list({}, name="Weekend", currency="EUR")

    def setUp(self):
        self.client.force_login(self.staff)

    def offered(self, term, field="screen"):
        """Return the labels that the form of a show offers for what was typed."""
        query = {"app_label": "movies", "model_name": "show", "field_name": field, "term": term}
        response = self.client.get("/admin/autocomplete/", query)
        self.assertEqual(response.status_code, 200)
        return [result["text"] for result in response.json()["results"]]

    def test_a_screen_is_found_by_any_part_of_its_label(self):
        label = "Kino Mitte, Screen 1"
        self.assertEqual(str(self.first), label)
        for term in [
            label, "Kino Mitte – Screen 1", "Mitte 1", "1 mitte", "mitte,1",
            "Kino Mitte - Screen 1", "MITTE SCREEN 1", "mitte (1)",
        ]:  # fmt: skip
            with self.subTest(term=term):
                self.assertEqual(self.offered(term), [label])
        self.assertEqual(len(self.offered("kino mitte, scr")), 2)
        self.assertEqual(len(self.offered("")), 3)

    def test_other_alphabets_and_spellings(self):
        for term in ["strassen-kino", "STRASSEN", "straßen gross", "große halle", "GROSSE"]:
            with self.subTest(term=term):
                self.assertEqual(self.offered(term), ["Straßen-Kino, Große Halle"])

    def test_what_is_in_no_label_finds_nothing(self):
        for term in ["mitte 3", "rotunda", "★", "x" * 5000, "mitte " * 41]:
            with self.subTest(term=term):
                self.assertEqual(self.offered(term), [])

    def test_plans_and_price_lists_are_found_by_their_labels_too(self):
        self.assertEqual(self.offered("Weekend (EUR)", "price_list"), ["Weekend (EUR)"])
        self.assertEqual(self.offered("weekend gbp", "price_list"), [])
        self.assertEqual(self.offered("rotunda, version 1", "seating_plan"), ["Rotunda"])
        self.assertEqual(self.offered("rotunda, version 2", "seating_plan"), [])

    def test_lists_find_labels_too(self):
        page = self.client.get("/admin/movies/screen/", {"q": "Kino Mitte, Screen 2"})
        self.assertEqual(list(page.context["cl"].result_list), [self.second])


class CinemaFormTests(TestCase):
    def setUp(self):
        self.client.force_login(make_staff())

    def send(self, cinema=None, **fields):
        data = {"name": "Rex", "city": "Paris", "time_zone": "Europe/Paris", "currency": "EUR"}
        data |= {"trailer_minutes": 15}
        for inline in ("refund_tiers", "screens"):
            data |= {f"{inline}-TOTAL_FORMS": 0, f"{inline}-INITIAL_FORMS": 0}
        path = f"{cinema.pk}/change/" if cinema else "add/"
        return self.client.post(f"{CINEMAS}{path}", data | fields)

    def test_time_zone_and_currency_are_chosen_from_lists(self):
        page = self.client.get(f"{CINEMAS}add/")
        self.assertContains(page, '<optgroup label="Europe">')
        self.assertContains(page, '<option value="Europe/Paris">Europe/Paris</option>', html=True)
        name = "America/Argentina/Buenos_Aires"
        label = "America/Argentina/Buenos Aires"
        self.assertContains(page, f'<option value="{name}">{label}</option>', html=True)
        self.assertContains(page, '<option value="EUR">EUR, Euro</option>', html=True)
        for name in ("localtime", "Factory", "DEM", "XAU"):
            self.assertNotContains(page, f'value="{name}"')

    def test_every_choice_is_accepted_by_the_model(self):
        form = self.client.get(f"{CINEMAS}add/").context["adminform"].form
        zones = [choice for _, group in form.fields["time_zone"].choices[1:] for choice in group]
        choices = {"time_zone": zones, "currency": form.fields["currency"].choices[1:]}
        for name, offered in choices.items():
            self.assertGreater(len(offered), 100)
            for value, _ in offered:
                Cinema._meta.get_field(name).clean(value, None)

    def test_the_chosen_values_are_saved_and_chosen_again(self):
        self.assertRedirects(self.send(), CINEMAS)
        cinema = Cinema.objects.get()
        self.assertEqual((cinema.time_zone, cinema.currency), ("Europe/Paris", "EUR"))
        page = self.client.get(f"{CINEMAS}{cinema.pk}/change/")
        for option in ('value="Europe/Paris" selected', 'value="EUR" selected'):
            self.assertContains(page, option)
        self.assertEqual(self.send(cinema, time_zone="UTC").status_code, 302)

    def test_wrong_values_are_refused_in_a_sentence(self):
        for field, value, sentence in [
            ("time_zone", "Europe/Pariss", "A time zone is a name such as Europe/Paris"),
            ("time_zone", "localtime", "A time zone is a name such as Europe/Paris"),
            ("time_zone", "", "This field is required."),
            ("currency", "XYZ", "There is no currency XYZ."),
            ("currency", "eur", "There is no currency eur."),
            ("currency", "", "This field is required."),
        ]:
            with self.subTest(field=field, value=value):
                self.assertContains(self.send(**{field: value}), sentence)
        self.assertFalse(Cinema.objects.exists())

    def test_a_screen_chooses_its_cinema_from_a_list(self):
        cinema = make_cinema(name="Rex")
        page = self.client.get("/admin/movies/screen/add/")
        self.assertContains(page, f'<option value="{cinema.pk}">Rex</option>', html=True)
