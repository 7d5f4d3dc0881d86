"""Models with a `name_key`, shown with genres."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import TestCase

from core.names import name_key
from movies.models import Genre


def stored_key(genre):
    return Genre.objects.values_list("name_key", flat=True).get(pk=genre.pk)


class NameKeyFieldTests(TestCase):
    def test_every_way_to_save_a_row_stores_the_key_of_its_name(self):
        ways = {
            "create": lambda: Genre.objects.create(name="STRASSE"),
            "save": lambda: Genre(name="STRASSE").save(),
            "a key of one's own": lambda: Genre.objects.create(name="STRASSE", name_key="other"),
            "bulk_create": lambda: Genre.objects.bulk_create([Genre(name="STRASSE")]),
            "get_or_create": lambda: Genre.objects.get_or_create(name="STRASSE"),
            "update_or_create": lambda: Genre.objects.update_or_create(
                name_key=name_key("Straße"), defaults={"name": "STRASSE"}
            ),
        }
        for way, save in ways.items():
            with self.subTest(way=way):
                save()
                self.assertEqual(stored_key(Genre.objects.get()), "strasse")
                Genre.objects.all().delete()

    def test_every_way_to_change_a_name_changes_the_key(self):
        def save_loaded():
            genre = Genre.objects.get()
            genre.name = "Амели"
            genre.save()

        def save_deferred():
            genre = Genre.objects.only("name", "name_key").get()
            genre.name = "Амели"
            genre.save()

        def save_named_fields():
            genre = Genre.objects.get()
            genre.name = "Амели"
            genre.save(update_fields=["name", "name_key"])

        def update_in_bulk():
            genre = Genre.objects.get()
            genre.name = "Амели"
            Genre.objects.bulk_update([genre], ["name", "name_key"])

        ways = [save_loaded, save_deferred, save_named_fields, update_in_bulk]
        for change in ways:
            with self.subTest(way=change.__name__):
                genre = Genre.objects.create(name="Drama")
                change()
                self.assertEqual(stored_key(genre), "амели")
                genre.delete()

    def test_update_or_create_changes_the_key_with_the_name(self):
        genre = Genre.objects.create(name="Drama")
        Genre.objects.update_or_create(pk=genre.pk, defaults={"name": "Амели"})
        self.assertEqual(stored_key(genre), "амели")

    def test_the_key_of_a_changed_row_follows_before_it_is_saved(self):
        genre = Genre.objects.create(name="Drama")
        genre.name = "Straße"
        self.assertEqual(genre.name_key, "strasse")

    def test_an_update_of_the_name_alone_is_refused(self):
        Genre.objects.create(name="Drama")
        with self.assertRaisesMessage(TypeError, "save the rows"):
            Genre.objects.update(name="Comedy")
        self.assertEqual(Genre.objects.get().name, "Drama")

    def test_a_loaded_row_is_complete_and_saved_in_one_query(self):
        Genre.objects.create(name="Drama")
        with self.assertNumQueries(2):
            genre = Genre.objects.get()
            self.assertEqual(genre.get_deferred_fields(), set())
            genre.save()


class UniqueNameTests(TestCase):
    def setUp(self):
        self.genre = Genre.objects.create(name="Straße")

    def test_the_database_refuses_a_second_spelling(self):
        for name in ("Straße", "STRASSE", " strasse "):
            with self.subTest(name=name), self.assertRaises(IntegrityError), transaction.atomic():
                Genre.objects.bulk_create([Genre(name=name)])

    def test_validation_names_the_field_the_code_and_the_reason(self):
        with self.assertRaises(ValidationError) as refused:
            Genre(name="STRASSE").full_clean()
        [error] = refused.exception.error_dict["name"]
        self.assertEqual((error.code, error.message), ("unique", "There is a genre of this name."))

    def test_a_row_may_respell_its_own_name(self):
        self.genre.name = "STRASSE"
        self.genre.full_clean()
        self.genre.save()

    def test_a_form_without_the_name_does_not_check_it(self):
        Genre(name="STRASSE").validate_constraints(exclude={"name", "name_key"})

    def test_a_row_is_found_by_every_spelling(self):
        comedy = Genre.objects.create(name="Comedy")
        self.assertEqual(Genre.objects.named(" STRASSE").get(), self.genre)
        self.assertEqual(set(Genre.objects.named("strasse", "COMEDY")), {self.genre, comedy})
        self.assertEqual(
            Genre.objects.all().by_name_key(), {"strasse": self.genre, "comedy": comedy}
        )
