"""Entries are added and never changed: in the ORM, in the database, and in transactions."""

from datetime import timedelta

from django.db import Error, connection, transaction
from django.test import TestCase, override_settings
from django.utils import timezone

from accounts.models import User
from audit.housekeeping import delete_old_entries
from audit.models import AppendOnly, Entry, Tidying
from audit.records import command, record
from movies.models import Genre
from testing.builders.accounts import client_of, make_staff, make_user


def make_entry(*, days=0, **fields):
    """Return an entry of some days ago, through the only row that the triggers let pass."""
    entry = Entry(who="alice", verb="change", **fields)
    at = Entry._meta.get_field("at")
    at.auto_now_add = False
    try:
        entry.at = timezone.now() - timedelta(days=days)
        entry.save()
    finally:
        at.auto_now_add = True
    return entry


class AppendOnlyTests(TestCase):
    def test_the_orm_changes_and_deletes_no_entry(self):
        entry = make_entry()
        for refused in (
            entry.save,
            entry.delete,
            Entry.objects.all().delete,
            lambda: Entry.objects.update(who="bob"),
            lambda: Entry.objects.bulk_update([entry], ["who"]),
            lambda: Entry.objects.update_or_create(pk=entry.pk, defaults={"who": "bob"}),
        ):
            with self.assertRaises(AppendOnly):
                refused()
        self.assertEqual(Entry.objects.get().who, "alice")

    def test_the_database_changes_and_deletes_no_entry(self):
        make_entry(days=10_000)
        for sql in ("UPDATE audit_entry SET who = 'bob'", "DELETE FROM audit_entry"):
            with (
                self.assertRaisesMessage(Error, "append-only"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(sql)
        self.assertEqual(Entry.objects.get().who, "alice")

    @override_settings(AUDIT_DAYS=30)
    def test_tidy_deletes_entries_that_are_too_old_and_takes_its_permission_back(self):
        make_entry(days=31)
        kept = make_entry(days=29)

        self.assertEqual(delete_old_entries(), 1)

        self.assertEqual(Entry.objects.get(), kept)
        self.assertFalse(Tidying.objects.exists())

    def test_the_permission_of_tidy_covers_old_entries_only(self):
        make_entry(days=1)
        Tidying.objects.create(before=timezone.now() - timedelta(days=30))
        with self.assertRaisesMessage(Error, "append-only"), transaction.atomic():
            Entry.objects.all()._raw_delete(using="default")


class ChangeTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff()

    def test_a_change_by_staff_names_who_where_what_before_and_after(self):
        genre = Genre.objects.create(name="Dram")
        response = client_of(self.staff).patch(
            f"/api/genres/{genre.pk}/", {"name": "Drama"}, REMOTE_ADDR="10.1.2.3"
        )
        entry = Entry.objects.get()
        self.assertEqual(
            (entry.user_id, entry.who, entry.address, entry.request_id),
            (self.staff.pk, "staff", "10.1.2.3", response["X-Request-ID"]),
        )
        self.assertEqual(
            (entry.verb, entry.object_type, entry.object_id, entry.object_text),
            ("change", "movies.genre", str(genre.pk), "Drama"),
        )
        self.assertEqual((entry.before, entry.after), ({"name": "Dram"}, {"name": "Drama"}))

    def test_a_change_of_nothing_leaves_no_entry(self):
        genre = Genre.objects.create(name="Drama")
        client_of(self.staff).patch(f"/api/genres/{genre.pk}/", {"name": "Drama"})
        self.assertFalse(Entry.objects.exists())

    def test_a_refused_change_leaves_no_entry(self):
        Genre.objects.create(name="Drama")
        response = client_of(self.staff).post("/api/genres/", {"name": "drama"})
        self.assertEqual(response.status_code, 400)
        self.assertFalse(Entry.objects.exists())

    def test_a_change_that_is_rolled_back_takes_its_entry_along(self):
        with command("import"):
            try:
                with transaction.atomic():
                    Genre.objects.create(name="Drama")
                    self.assertEqual(Entry.objects.get().who, "import")
                    raise ValueError
            except ValueError:
                self.assertFalse(Entry.objects.exists())

    def test_an_entry_keeps_no_password_and_outlives_its_user(self):
        with command("changepassword"):
            user = make_user("zoe", "a-secret-password")
            user.set_password("another-secret")
            user.save()
            user.delete()
        self.assertFalse(User.objects.filter(username="zoe").exists())
        verbs = list(Entry.objects.order_by("id").values_list("verb", flat=True))
        self.assertEqual(verbs, ["add", "change", "delete"])
        for entry in Entry.objects.all():
            self.assertNotIn(user.password, f"{entry.before}{entry.after}")
        self.assertEqual(Entry.objects.all()[1].after, {"password": "(not recorded)"})

    def test_what_customers_do_is_not_recorded(self):
        customer = make_user("carol")
        client_of(customer).patch("/api/auth/me/", {"first_name": "Carol"})
        self.assertFalse(Entry.objects.exists())

    def test_without_a_request_the_system_is_named(self):
        record("notice", text="started")
        self.assertEqual(Entry.objects.get().who, "system")
