import re
from collections import Counter
from datetime import timedelta
from unittest import mock

from django.conf import settings
from django.core import mail as django_mail
from django.core import signing
from django.core.cache import cache
from django.test import TestCase, TransactionTestCase, override_settings
from django.utils import timezone
from rest_framework.test import APIClient, APITestCase

from accounts.models import User
from accounts.services import links
from testing.builders.accounts import client_of, make_staff, make_user
from testing.cases import APIAssertions
from testing.hashes import counted_hashes
from testing.jobs import run_jobs
from testing.races import at_once
from testing.throttles import rates

SIGN_UP, ME, LOGIN = "/api/auth/signup/", "/api/auth/me/", "/api/auth/login/"
SEND, VERIFY, RESET = (
    "/api/auth/email/send/",
    "/api/auth/email/verify/",
    "/api/auth/password/reset/",
)


def mails():
    """Return the sent mails as (recipient, subject), and forget them."""
    run_jobs()
    sent = [(message.to[0], message.subject) for message in django_mail.outbox]
    django_mail.outbox.clear()
    return sent


def token_of(user, address):
    """Return the token of a link that verifies the address."""
    return links.token_of(user, address)


VERIFY_IT, KNOWN = "Verify your e-mail address", "Your address was given for another account"
REQUESTED = "Another e-mail address for your account"
CHANGED = "Your account has another e-mail address"


class AddressTests(APIAssertions, APITestCase):
    def setUp(self):
        super().setUp()
        self.alice = make_user("alice", "pass123", email="alice@example.com")
        self.client = self.client_of(self.alice)

    def verify(self, token):
        return self.client.post(VERIFY, {"token": token})

    def addresses(self, user):
        user.refresh_from_db()
        return user.email, user.email_verified, user.new_email

    def change(self, email, password="pass123", client=None):
        body = {"email": email} | ({"current_password": password} if password else {})
        return (client or self.client).patch(ME, body)


class SignUpAddressTests(AddressTests):
    def sign_up(self, username, email):
        body = {"username": username, "email": email, "password": "pass123"}
        return self.client.post(SIGN_UP, body)

    def test_a_new_address_gets_a_link_that_verifies_it(self):
        self.sign_up("bob", "bob@example.com")
        bob = User.objects.get(username="bob")
        self.assertEqual(self.addresses(bob), ("bob@example.com", False, ""))
        run_jobs()
        (message,) = django_mail.outbox
        self.assertEqual(message.to, ["bob@example.com"])
        token = re.search(r"token: (\S+)", message.body).group(1)
        self.assertEqual(self.verify(token).status_code, 204)
        self.assertEqual(self.addresses(bob), ("bob@example.com", True, ""))

    def test_a_known_address_gets_the_same_answer_and_its_owner_a_mail(self):
        with rates():
            unknown = self.sign_up("bob", "bob@example.com")
            self.assertEqual(mails(), [("bob@example.com", VERIFY_IT)])
            for number, email in enumerate(("alice@example.com", "ALICE@Example.com")):
                response = self.sign_up(f"mallory{number}", email)
                self.assertEqual(response.status_code, unknown.status_code)
                self.assertEqual(response.json().keys(), unknown.json().keys())
                self.assertEqual(mails(), [("alice@example.com", KNOWN)])
        self.assertFalse(User.objects.verified("alice@example.com").exclude(pk=self.alice.pk))

    def test_known_and_unknown_addresses_cost_the_same_queries(self):
        with rates():
            for number, email in enumerate(("alice@example.com", "unknown@example.com")):
                with self.subTest(email=email), self.assertNumQueries(5):
                    self.sign_up(f"user{number}", email)

    def test_me_answers_the_same_for_a_known_address(self):
        bodies = []
        for name, email in (("mallory", "alice@example.com"), ("bob", "bob@example.com")):
            self.sign_up(name, email)
            body = client_of(User.objects.get(username=name)).get(ME).json()
            self.assertEqual(body["email"], email)
            bodies.append({key: body[key] for key in ("email_verified", "new_email")})
        self.assertEqual(bodies[0], bodies[1])

    @override_settings(EMAIL_VERIFY_URL="https://tickets.example/verify/?token={token}")
    def test_the_mail_links_to_the_page_of_the_front_end(self):
        self.sign_up("bob", "bob@example.com")
        run_jobs()
        body = django_mail.outbox[0].body
        self.assertRegex(body, r"Verify it here: https://tickets\.example/verify/\?token=[\w:-]+\n")
        self.assertIn("valid for 72 hours", body)


class ChangeAddressTests(AddressTests):
    def test_another_address_waits_for_its_link_and_the_old_one_is_told(self):
        response = self.change("new@example.com")
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.json()["email"], "alice@example.com")
        self.assertEqual(response.json()["new_email"], "new@example.com")
        self.assertEqual(self.addresses(self.alice), ("alice@example.com", True, "new@example.com"))
        self.assertCountEqual(
            mails(), [("new@example.com", VERIFY_IT), ("alice@example.com", REQUESTED)]
        )
        self.verify(token_of(self.alice, "new@example.com"))
        self.assertEqual(self.addresses(self.alice), ("new@example.com", True, ""))
        self.assertEqual(mails(), [("alice@example.com", CHANGED)])

    def test_another_address_needs_the_password(self):
        for password, code in ((None, "required"), ("wrong", "wrong_password")):
            with self.subTest(password=password):
                response = self.change("new@example.com", password)
                errors = [("current_password", code)]
                self.assert_problem(response, 400, "invalid", errors=errors)
        response = self.client.patch(ME, {"email": "new@example.com", "first_name": "Eve"})
        self.assert_problem(response, 400, "invalid", fields={"current_password"})
        self.assertEqual(self.addresses(self.alice), ("alice@example.com", True, ""))
        self.assertEqual(self.alice.first_name, "")
        self.assertEqual(mails(), [])

    def test_the_same_address_needs_no_password(self):
        response = self.client.patch(ME, {"email": "alice@example.com", "first_name": "Alice"})
        self.assertEqual((response.status_code, response.json()["first_name"]), (200, "Alice"))
        self.change("new@example.com")
        mails()
        response = self.client.patch(ME, {"email": "new@example.com"})  # the form again
        self.assertEqual(response.json()["new_email"], "new@example.com")
        self.assertEqual(mails(), [])

    def test_a_known_address_gets_the_same_answer_and_its_owner_a_mail(self):
        make_user("bob", email="Bob@example.com")
        unknown = self.change("new@example.com").json()
        mails()
        known = self.change("bob@example.com")
        self.assertEqual(known.status_code, 200)
        self.assertEqual(known.json(), unknown | {"new_email": "bob@example.com"})
        self.assertCountEqual(
            mails(), [("Bob@example.com", KNOWN), ("alice@example.com", REQUESTED)]
        )

    def test_an_address_that_is_not_verified_is_replaced_at_once_and_its_link_is_void(self):
        eve = make_user("eve", "pass123", email="typo@example.com", email_verified=False)
        link = token_of(eve, "typo@example.com")
        response = self.change("eve@example.com", client=self.client_of(eve))
        self.assertEqual(response.json()["email"], "eve@example.com")
        self.assertEqual(mails(), [("eve@example.com", VERIFY_IT)])
        self.assert_problem(self.verify(link), 400, "invalid", fields={"token"})
        self.assertEqual(self.addresses(eve), ("eve@example.com", False, ""))

    def test_a_removed_address_is_told(self):
        self.assertEqual(self.change("").json()["email"], "")
        self.assertEqual(self.addresses(self.alice), ("", False, ""))
        self.assertEqual(mails(), [("alice@example.com", CHANGED)])

    def test_another_case_of_the_address_is_another_address(self):
        response = self.change("Alice@example.com")
        self.assertEqual(response.json()["new_email"], "Alice@example.com")
        self.verify(token_of(self.alice, "Alice@example.com"))
        self.assertEqual(self.addresses(self.alice), ("Alice@example.com", True, ""))

    def test_the_domain_is_stored_as_sign_up_stores_it(self):
        body = {"username": "carol", "email": "Carol@BÜCHER.example", "password": "pass123"}
        self.client.post(SIGN_UP, body)
        response = self.change("Alice@BÜCHER.example")
        self.assertEqual(User.objects.get(username="carol").email, "Carol@bücher.example")
        self.assertEqual(response.json()["new_email"], "Alice@bücher.example")

    def test_a_change_costs_nine_queries_whether_or_not_the_address_is_known(self):
        make_user("bob", email="bob@example.com")
        with rates():
            for email in ("bob@example.com", "unknown@example.com"):
                with self.subTest(email=email), self.assertNumQueries(9):
                    self.change(email)

    def test_wrong_passwords_count_as_log_ins_do(self):
        with rates(login="2/min"):
            statuses = [self.change("new@example.com", "wrong").status_code for _ in range(3)]
            names = self.client.patch(ME, {"first_name": "Alice"}).status_code
        self.assertEqual((statuses, names), ([400, 400, 429], 200))


class LinkTests(AddressTests):
    def test_a_link_can_be_opened_again(self):
        link = token_of(self.alice, "alice@example.com")
        for _ in range(2):
            self.assertEqual(self.verify(link).status_code, 204)
        self.assertEqual(mails(), [])

    def test_a_link_is_valid_for_three_days(self):
        self.change("new@example.com")
        with mock.patch("time.time", return_value=0):
            old = signing.dumps([self.alice.number, "new@example.com"], salt=links.SALT)
        self.assert_problem(self.verify(old), 400, "invalid", fields={"token"})
        self.assertEqual(self.addresses(self.alice)[0], "alice@example.com")

    def test_forged_links_are_rejected(self):
        values = [self.alice.number, "eve@example.com"]
        for token in (
            *("x", "x:y:z", "ü", signing.dumps(values, salt="other")),
            *(signing.dumps(values, key="other", salt=links.SALT), token_of(self.alice, "e@x.org")),
        ):
            with self.subTest(token=token), rates():
                self.assert_problem(self.verify(token), 400, "invalid", fields={"token"})
        for token in ("", None, 7, [], "x" * 2049):
            with self.subTest(token=token), rates():
                self.assertEqual(self.client.post(VERIFY, {"token": token}).status_code, 400)

    def test_the_link_of_a_deactivated_or_deleted_user_is_rejected(self):
        bob = make_user("bob", email="bob@example.com", email_verified=False)
        link = token_of(bob, "bob@example.com")
        User.objects.filter(pk=bob.pk).update(is_active=False)
        self.assert_problem(self.verify(link), 400, "invalid", fields={"token"})
        bob.delete()
        self.assert_problem(self.verify(link), 400, "invalid", fields={"token"})

    def test_an_address_that_another_has_verified_meanwhile_is_refused(self):
        bob = make_user("bob", email="shared@example.com", email_verified=False)
        self.change("shared@example.com")
        links_of = [token_of(user, "shared@example.com") for user in (bob, self.alice)]
        self.assertEqual(self.verify(links_of[0]).status_code, 204)
        errors = [("token", "unique")]
        self.assert_problem(self.verify(links_of[1]), 400, "invalid", errors=errors)
        self.assertEqual(self.addresses(self.alice)[:2], ("alice@example.com", True))

    def test_the_link_can_be_sent_again(self):
        problem = self.client.post(SEND)
        self.assert_problem(problem, 400, "invalid")
        self.change("new@example.com")
        mails()
        self.assertEqual(self.client.post(SEND).status_code, 204)
        self.assertEqual(mails(), [("new@example.com", VERIFY_IT)])
        eve = make_user("eve", email="eve@example.com", email_verified=False)
        self.assertEqual(self.client_of(eve).post(SEND).status_code, 204)
        self.assertEqual(mails(), [("eve@example.com", VERIFY_IT)])

    def test_mails_to_one_address_are_limited_whoever_asks(self):
        with rates(mail="2/hour"):
            for number, email in enumerate(("Eve@example.com", "eve@example.com ")):
                body = {"username": f"eve{number}", "email": email, "password": "pass123"}
                self.assertEqual(self.client.post(SIGN_UP, body).status_code, 201)
            body = {"username": "eve2", "email": "EVE@example.com", "password": "pass123"}
            self.assert_problem(self.client.post(SIGN_UP, body), 429, "throttled")
            for status in (204, 204, 429):
                response = self.client.post(RESET, {"email": "eve@example.com"})
                self.assertEqual(response.status_code, status, "each kind of mail has its own")
            eve = self.client_of(User.objects.get(username="eve0"))
            self.assertEqual([eve.post(SEND).status_code for _ in range(3)], [204, 204, 429])
            self.assertEqual(self.client.get(ME).status_code, 200)
            other = self.client.post(RESET, {"email": "other@example.com"})
            self.assertEqual(other.status_code, 204)

    def test_all_spellings_of_an_address_are_one(self):
        with rates(mail="2/hour"):
            for number, email in enumerate(("a@b\u00fccher.example", "a@xn--bcher-kva.example")):
                body = {"username": f"a{number}", "email": email, "password": "pass123"}
                self.assertEqual(self.client.post(SIGN_UP, body).status_code, 201)
            body |= {"username": "a2", "email": "a@b\u0075\u0308cher.example"}
            self.assertEqual(self.client.post(SIGN_UP, body).status_code, 429)
        emails = set(User.objects.filter(username__startswith="a").values_list("email", flat=True))
        self.assertEqual(emails, {"alice@example.com", "a@b\u00fccher.example"})
        with rates():
            for email in ('"a"@example.com', '"a\\b"@example.com'):
                body = {"username": "b", "email": email, "password": "pass123"}
                response = self.client.post(SIGN_UP, body)
                self.assert_problem(response, 400, "invalid", fields={"email"})

    def test_a_new_password_ends_a_change_that_somebody_else_has_begun(self):
        self.change("evil@example.com")
        link = token_of(User.objects.get(pk=self.alice.pk), "evil@example.com")
        body = {"current_password": "pass123", "new_password": "down-the-rabbit-hole"}
        self.assertEqual(self.client.post("/api/auth/password/change/", body).status_code, 200)
        self.assert_problem(self.verify(link), 400, "invalid", fields={"token"})
        self.assertEqual(self.addresses(self.alice), ("alice@example.com", True, ""))

    def test_the_present_address_withdraws_one_that_waits(self):
        self.change("typo@example.com")
        link = token_of(self.alice, "typo@example.com")
        response = self.client.patch(ME, {"email": "alice@example.com"})
        self.assertEqual(response.json()["new_email"], "")
        self.assert_problem(self.verify(link), 400, "invalid", fields={"token"})

    def test_the_oldest_of_many_unverified_accounts_gets_its_link(self):
        make_user("victim", email="v@example.com", email_verified=False)
        for number in range(5):
            make_user(f"mallory{number}", email="v@example.com", email_verified=False)
        django_mail.outbox.clear()
        self.client.post(RESET, {"email": "v@example.com"})
        run_jobs()
        self.assertIn("Hello victim,", django_mail.outbox[0].body)


class UseOfAddressTests(AddressTests):
    def log_in(self, name, password="pass123"):
        return self.client.post(LOGIN, {"username": name, "password": password})

    def test_a_verified_address_logs_in(self):
        for name in ("alice@example.com", "ALICE@example.com", " alice@example.com "):
            with self.subTest(name=name):
                self.assertEqual(self.log_in(name).status_code, 200)
        self.assertEqual(self.log_in("alice@example.com", "wrong").status_code, 401)

    def test_an_address_that_is_not_verified_neither_logs_in_nor_resets(self):
        make_user("eve", "pass123", email="eve@example.com", email_verified=False)
        self.assertEqual(self.log_in("eve@example.com").status_code, 401)
        self.change("new@example.com")
        mails()
        self.assertEqual(self.log_in("new@example.com").status_code, 401)
        self.client.post(RESET, {"email": "new@example.com"})
        self.assertEqual(mails(), [])
        self.client.post(RESET, {"email": "eve@example.com"})
        self.assertEqual(mails(), [("eve@example.com", VERIFY_IT)])

    def test_nobody_is_kept_out_or_attacked_by_a_name_that_is_the_address_of_another(self):
        make_user("alice@example.com", "rabbit-hole")
        self.assertEqual(self.log_in("alice@example.com").status_code, 200)
        with rates():
            for _ in range(settings.AXES_FAILURE_LIMIT):
                self.assertNotEqual(self.log_in("alice@example.com", "wrong").status_code, 200)
                own = self.log_in("alice@example.com", "rabbit-hole")  # would reset the count
                self.assertNotEqual(own.status_code, 200)
            self.assertEqual(self.log_in("alice@example.com", "wrong").status_code, 429)

    def test_a_log_in_by_an_address_costs_one_hash_whoever_has_it(self):
        make_user("alice@example.com", "rabbit-hole")
        for name in ("alice@example.com", "unknown@example.com"):
            with self.subTest(name=name), counted_hashes() as encode:
                self.log_in(name, "wrong")
                self.assertEqual(encode.call_count, 1)

    def test_an_unknown_address_costs_the_same_queries(self):
        with rates():
            for name in ("alice@example.com", "unknown@example.com"):
                with self.subTest(name=name), self.assertNumQueries(12):
                    self.log_in(name, "wrong")


class ToldTests(AddressTests):
    def test_a_new_password_is_told(self):
        User.objects.filter(pk=self.alice.pk).update(last_login=timezone.now())
        body = {"current_password": "pass123", "new_password": "down-the-rabbit-hole"}
        client = client_of(User.objects.get(pk=self.alice.pk))
        self.assertEqual(client.post("/api/auth/password/change/", body).status_code, 200)
        self.assertEqual(mails(), [("alice@example.com", "Your password has changed")])

    def test_a_log_in_from_a_new_address_or_device_is_told_and_the_next_one_is_not(self):
        User.objects.update(date_joined=timezone.now() - timedelta(days=1))
        told = ("alice@example.com", "A new log-in to your account")
        phone = {"user-agent": "Mozilla/5.0 (iPhone) Safari/604.1"}
        for headers, address, expected in (
            ({}, "192.0.2.1", [told]),
            ({}, "192.0.2.1", []),
            ({}, "192.0.2.2", [told]),
            (phone, "192.0.2.2", [told]),
            (phone, "192.0.2.1", []),
        ):
            with self.subTest(headers=headers, address=address):
                body = {"username": "alice", "password": "pass123"}
                response = APIClient(REMOTE_ADDR=address).post(LOGIN, body, headers=headers)
                self.assertEqual(response.status_code, 200)
                self.assertEqual(mails(), expected)

    def test_the_log_in_after_a_sign_up_is_not_told(self):
        self.client.post(LOGIN, {"username": "alice", "password": "pass123"})
        self.assertEqual(mails(), [])

    def test_an_address_that_is_not_verified_is_told_nothing(self):
        User.objects.update(date_joined=timezone.now() - timedelta(days=1), email_verified=False)
        self.client.post(LOGIN, {"username": "alice", "password": "pass123"})
        self.assertEqual(mails(), [])


class AdminAddressTests(TestCase):
    def setUp(self):
        self.alice = make_user("alice", email="alice@example.com", last_login=timezone.now())
        self.client.force_login(make_staff())
        self.page = f"/admin/accounts/user/{self.alice.pk}/"

    def save(self, email):
        body = {"username": "alice", "email": email, "is_active": "on"}
        body |= {"date_joined_0": "2026-01-01", "date_joined_1": "12:00:00"}
        with self.captureOnCommitCallbacks(execute=True):
            response = self.client.post(f"{self.page}change/", body)
        self.alice.refresh_from_db()
        return response

    def test_an_address_that_staff_change_gets_a_link_and_the_one_before_is_told(self):
        self.save("new@example.com")
        self.assertEqual((self.alice.email, self.alice.email_verified), ("new@example.com", False))
        self.assertCountEqual(
            mails(), [("new@example.com", VERIFY_IT), ("alice@example.com", CHANGED)]
        )

    def test_other_changes_leave_it_verified(self):
        self.save("alice@example.com")
        self.assertTrue(self.alice.email_verified)
        self.assertEqual(mails(), [])

    def test_a_password_that_staff_set_is_told(self):
        body = {"password1": "down-the-rabbit-hole", "password2": "down-the-rabbit-hole"}
        response = self.client.post(f"{self.page}password/", body)
        self.assertEqual(response.status_code, 302)
        self.assertEqual(mails(), [("alice@example.com", "Your password has changed")])


class AddressRaceTests(TransactionTestCase):
    def setUp(self):
        cache.clear()  # a TransactionTestCase does not roll it back

    def test_one_of_eight_users_verifies_an_address_that_all_have_given(self):
        users = [
            make_user(f"user{number}", email="shared@example.com", email_verified=False)
            for number in range(8)
        ]
        tokens = [token_of(user, "shared@example.com") for user in users]
        responses = at_once(
            [lambda token=token: APIClient().post(VERIFY, {"token": token}) for token in tokens]
        )
        self.assertEqual(Counter(r.status_code for r in responses), {204: 1, 400: 7})
        self.assertEqual(User.objects.filter(email_verified=True).count(), 1)
