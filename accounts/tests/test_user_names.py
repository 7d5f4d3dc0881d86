"""Which user names are the same, which are refused, and how users of before are kept."""

import unicodedata
from functools import partial

from django.conf import settings
from django.core import mail as outgoing
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import SimpleTestCase, TestCase, TransactionTestCase
from rest_framework.test import APIClient, APITestCase

from accounts.housekeeping import complete_username_keys
from accounts.models import User
from accounts.names import of_one_script, username_key
from core.names import hidden_character
from testing.answers import errors_in
from testing.builders.accounts import client_of, make_staff, make_user
from testing.cases import APIAssertions
from testing.jobs import run_jobs
from testing.races import at_once
from testing.throttles import rates

SIGN_UP, LOG_IN, ME = "/api/auth/signup/", "/api/auth/login/", "/api/auth/me/"
USERS = "/admin/accounts/user/"
CYRILLIC_COCO = "сосо"  # noqa: RUF001  # not Latin
MIXED = "аlice"  # noqa: RUF001  # a Cyrillic letter first


def duplicate(username, password="pass123"):
    """Return a user of version 0.1.0 who has the name of an older one, in another spelling."""
    user = User(username=username)
    user.set_password(password)
    user.save_base(raw=True)
    assert User.objects.get(pk=user.pk).username_key is None
    return user


def code_of(response, field):
    return dict(errors_in(response)).get(field)


class KeyTests(SimpleTestCase):
    def test_spellings_and_look_alikes_of_a_name_have_one_key(self):
        for one, others in {
            "alice": ["Alice", "ALICE", "ａｌｉｃｅ", MIXED, "аӏісе"],  # noqa: RUF001
            "strasse": ["Straße", "STRASSE"],
            "coco": [CYRILLIC_COCO, CYRILLIC_COCO.upper()],
            "bob": ["ВОВ"],  # noqa: RUF001
            "e\u0301lan": ["\u00e9lan", "\u00c9LAN"],
            "alice1": ["alice１", "alice\u06f1".replace("\u06f1", "１")],
        }.items():
            for other in others:
                with self.subTest(one=one, other=other):
                    self.assertEqual(username_key(one), username_key(other))

    def test_names_that_do_not_look_alike_have_different_keys(self):
        names = [
            "alice",
            "alicia",
            "al1ce",
            "alíce",
            "елена",
            "алина",
            "李小龍",
            "李小龙",
            "ali.ce",
        ]
        self.assertEqual(len({username_key(name) for name in names}), len(names))

    def test_a_name_is_of_one_script(self):
        for name in [
            "alice",
            "élan_7",
            "Елена",
            "αννα",
            "山田タロウさん",
            "김철수",
            "محمد",
            "7",
            "a@b.c",
        ]:
            with self.subTest(name=name):
                of_one_script(name)
        for name in [MIXED, "αlice", "aлиса", "aliceさん", "김alice", "елεна"]:  # noqa: RUF001
            with self.subTest(name=name), self.assertRaises(ValidationError):
                of_one_script(name)


class HiddenCharacterTests(SimpleTestCase):
    def test_characters_without_a_shape_are_found(self):
        for (
            character
        ) in "\u202e\u200b\u2066\u200f\ufeff\u00ad\u3164\u2800\0\n\u2028\U000e0041\ue000":
            with self.subTest(unicodedata.name(character, hex(ord(character)))):
                self.assertEqual(hidden_character(f"a{character}b"), character)
                self.assertEqual(hidden_character(character), character)

    def test_names_of_all_languages_have_none(self):
        for name in [
            "Zoë O’Brien-Łuk",
            "محمد\u200cرضا",
            "क्\u200dष",
            "李小龍",
            "a b",
            "I ❤️ Huckabees",
        ]:
            with self.subTest(name=name):
                self.assertIsNone(hidden_character(name))

    def test_a_joiner_that_joins_nothing_is_found(self):
        for name in ["al\u200cice", "\u200dalice", "али\u200dса", "a \u200c"]:
            with self.subTest(name=name):
                self.assertIn(hidden_character(name), "\u200c\u200d")


class SignUpNameTests(APIAssertions, APITestCase):
    def sign_up(self, username, **names):
        return self.client.post(SIGN_UP, {"username": username, "password": "pass123", **names})

    def test_a_name_that_is_taken_in_another_spelling_is_refused(self):
        self.assertEqual(self.sign_up("Alice").status_code, 201)
        for name in ["alice", "ALICE", "ａｌｉｃｅ", "аӏісе"]:  # noqa: RUF001
            with self.subTest(name=name):
                response = self.sign_up(name)
                self.assert_problem(response, 400, "invalid", fields={"username"})
                self.assertEqual(code_of(response, "username"), "unique")
        self.assertEqual(User.objects.get().username, "Alice")

    def test_a_name_of_a_user_without_a_key_is_taken(self):
        duplicate("Alice")
        self.assertEqual(code_of(self.sign_up("Alice"), "username"), "unique")

    def test_refused_user_names(self):
        for name, code in {
            MIXED: "mixed_scripts",
            "www.evil.example": "link",
            "WWW.evil": "link",
            "al\u3164ice": "hidden_character",
            "al\u202eice": "invalid",
        }.items():
            with self.subTest(name=name):
                response = self.sign_up(name)
                self.assert_problem(response, 400, "invalid", fields={"username"})
                self.assertIn(("username", code), errors_in(response))

    def test_refused_first_and_last_names(self):
        alice = client_of(make_user("alice"))
        for value, code in {
            "Al\u202eice": "hidden_character",
            "Al\nice": "hidden_character",
            "https://evil.example": "link",
            "see www.evil.example": "link",
            "evil.example/x": "link",
            "a@evil.example": "link",
        }.items():
            for field in ("first_name", "last_name"):
                for response in (
                    self.sign_up("x", **{field: value}),
                    alice.patch(ME, {field: value}),
                ):
                    with self.subTest(value=value, field=field):
                        self.assert_problem(response, 400, "invalid", fields={field})
                        self.assertEqual(code_of(response, field), code)

    def test_usual_names_are_accepted(self):
        for number, name in enumerate(["J.R.", "St. John", "O’Brien", "محمد\u200cرضا", "李 小龍"]):
            response = self.sign_up(f"user{number}", first_name=name, last_name=name)
            self.assertEqual(response.status_code, 201, response.content)

    def test_an_address_can_be_a_user_name(self):
        self.assertEqual(self.sign_up("alice@example.com").status_code, 201)

    def test_a_sign_up_costs_five_queries(self):
        with rates(), self.assertNumQueries(5):
            self.sign_up("alice", email="alice@example.com")


class LogInNameTests(APIAssertions, APITestCase):
    def log_in(self, username, password="pass123"):
        return self.client.post(LOG_IN, {"username": username, "password": password})

    def user_of(self, response):
        self.assertEqual(response.status_code, 200, response.content)
        token = response.json()["access"]
        me = self.client.get(ME, headers={"authorization": f"Bearer {token}"})
        return me.json()["username"]

    def test_any_spelling_logs_in(self):
        make_user("Alice", "pass123")
        for name in ["Alice", "alice", "ALICE", "ａlice"]:
            self.assertEqual(self.user_of(self.log_in(name)), "Alice")

    def test_users_with_one_name_each_log_in_with_their_spelling(self):
        make_user("alice", "pass-alice")
        duplicate("Alice", "pass-Alice")
        self.assertEqual(self.user_of(self.log_in("alice", "pass-alice")), "alice")
        self.assertEqual(self.user_of(self.log_in("Alice", "pass-Alice")), "Alice")
        # Another spelling belongs to the one with the key.
        self.assertEqual(self.user_of(self.log_in("ALICE", "pass-alice")), "alice")
        self.assertEqual(self.log_in("ALICE", "pass-Alice").status_code, 401)
        self.assertEqual(self.log_in("Alice", "pass-alice").status_code, 401)

    def test_a_user_without_a_key_changes_other_names_and_the_password(self):
        make_user("alice")
        user = duplicate("Alice")
        client = client_of(user)
        self.assertEqual(client.patch(ME, {"first_name": "A"}).status_code, 200)
        body = {"current_password": "pass123", "new_password": "pass124"}
        self.assertEqual(client.post("/api/auth/password/change/", body).status_code, 200)
        user.refresh_from_db()
        user.save()
        self.assertIsNone(User.objects.get(pk=user.pk).username_key)

    def test_failures_count_for_all_spellings_of_a_name(self):
        make_user("alice", "pass123")
        for name in ["alice", "Alice", "ALICE", "aLice", "ａlice"][: settings.AXES_FAILURE_LIMIT]:
            response = self.log_in(name, "wrong")
        self.assertEqual(response.status_code, 429)
        self.assertEqual(self.log_in("alice").status_code, 429)
        self.assertGreater(int(response.headers["Retry-After"]), 800)

    def test_a_log_in_in_another_spelling_resets_the_count(self):
        make_user("Alice", "pass123")
        for _ in range(3):
            for _ in range(settings.AXES_FAILURE_LIMIT - 1):
                self.assertEqual(self.log_in("alice", "wrong").status_code, 401)
            self.assertEqual(self.log_in("ALICE").status_code, 200)


class NameRaceTests(TransactionTestCase):
    def test_of_sign_ups_with_spellings_of_one_name_one_succeeds(self):
        names = ["alice", "Alice", "ALICE", "aLice"] * 2

        def sign_up(name):
            body = {"username": name, "password": "pass123"}
            return APIClient().post(SIGN_UP, body, format="json")

        with rates():
            responses = at_once([partial(sign_up, name) for name in names])
        statuses = sorted(response.status_code for response in responses)
        self.assertEqual(statuses, [201] + [400] * 7)
        self.assertEqual(User.objects.count(), 1)


class TidyNameTests(TestCase):
    def test_users_without_a_key_get_it_if_their_name_is_free(self):
        make_user("alice")
        kept, free = duplicate("Alice"), duplicate("Bob")
        self.assertEqual(complete_username_keys(), 1)
        free.refresh_from_db()
        kept.refresh_from_db()
        self.assertEqual((kept.username_key, free.username_key), (None, "bob"))
        self.assertEqual(complete_username_keys(), 0)

    def test_the_database_refuses_a_second_key(self):
        make_user("alice")
        with self.assertRaises(IntegrityError), transaction.atomic():
            User.objects.create(username="Alice")

    def test_a_new_name_gets_a_new_key(self):
        user = make_user("alice")
        user.username = "Bob"
        user.save()
        self.assertEqual(User.objects.get().username_key, "bob")


class AdminNameTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff()
        cls.alice = make_user("alice")

    def setUp(self):
        self.client.force_login(self.staff)

    def add(self, username):
        passwords = {"usable_password": "true", "password1": "pass123", "password2": "pass123"}
        return self.client.post(f"{USERS}add/", {"username": username, **passwords})

    def change(self, user, **changes):
        page = self.client.get(f"{USERS}{user.pk}/change/")
        form = page.context["adminform"].form
        values = {
            name: form.initial.get(name) or ""
            for name in form.fields
            if name not in ("password", "date_joined", "last_login", "groups", "user_permissions")
        }
        joined = user.date_joined
        values |= {"date_joined_0": joined.date(), "date_joined_1": joined.time(), **changes}
        return self.client.post(f"{USERS}{user.pk}/change/", values)

    def test_a_name_that_is_taken_in_another_spelling_is_refused(self):
        bob = make_user("bob")
        for response in (self.add("ALICE"), self.change(bob, username="Alice")):
            self.assertContains(response, "This user name is taken.")
        self.assertContains(self.add("елεна"), "Use letters of one script")  # noqa: RUF001

    def test_a_user_is_added_and_renamed(self):
        self.assertEqual(self.add("Bob").status_code, 302)
        bob = User.objects.get(username="Bob")
        self.assertEqual(bob.username_key, "bob")
        self.assertEqual(self.change(bob, username="Robert").status_code, 302)
        self.assertEqual(User.objects.get(pk=bob.pk).username_key, "robert")

    def test_a_user_of_before_keeps_the_name_until_it_is_changed(self):
        old = duplicate("Alice")
        User.objects.filter(pk=old.pk).update(first_name="a@b.example")
        response = self.change(old, last_name="Smith")
        self.assertEqual(response.status_code, 302)
        old.refresh_from_db()
        self.assertEqual((old.last_name, old.username_key), ("Smith", None))
        self.assertEqual(self.change(old, username="Alice2").status_code, 302)
        self.assertEqual(User.objects.get(pk=old.pk).username_key, "alice2")


class MailedNameTests(TestCase):
    def mail_to(self, username):
        user = make_user(username, "pass123", email="alice@example.com")
        self.client.post(
            "/api/auth/password/reset/", {"email": user.email}, content_type="application/json"
        )
        run_jobs()
        return outgoing.outbox[-1].body

    def test_a_mail_greets_by_name(self):
        self.assertTrue(self.mail_to("alice").startswith("Hello alice,\n"))

    def test_a_name_that_mail_programs_make_a_link_of_is_left_out(self):
        for name in ["www.evil.example", "evil.example", "a@evil.example", "x\u202ey"]:
            with self.subTest(name=name):
                self.assertTrue(self.mail_to(name).startswith("Hello,\n"))
                User.objects.all().delete()


class NamesOfStaffTests(APIAssertions, TestCase):
    """Names of the programme are shown to customers too."""

    def test_hidden_characters_are_refused(self):
        staff = client_of(make_staff())
        for path, field in [
            ("genres", "name"),
            ("movies", "title"),
            ("cinemas", "name"),
            ("cinemas", "city"),
            ("screens", "name"),
            ("seat-categories", "name"),
            ("seating-plans", "name"),
            ("ticket-types", "name"),
            ("price-lists", "name"),
        ]:
            with self.subTest(path=path, field=field):
                body = {field: "Safe\u202egnp.exe"}
                if path == "seating-plans":
                    body["text"] = "A  ss"
                response = staff.post(f"/api/{path}/", body, format="json")
                self.assertEqual(response.status_code, 400, response.content)
                self.assertIn((field, "hidden_character"), errors_in(response))
