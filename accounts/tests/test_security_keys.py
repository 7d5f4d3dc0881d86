"""Security keys in the admin: added, asked for, and answers that are not theirs."""

import json
import random

from axes.models import AccessAttempt
from django.test import Client, TestCase
from django_otp_webauthn.models import WebAuthnCredential

from accounts.second_factor.factors import factors_of
from audit.models import Entry
from testing.builders.accounts import make_staff
from testing.second_factor import give_app
from testing.security_key import SecurityKey
from testing.throttles import rates

ADMIN, LOGIN, GIVE = "/admin/", "/admin/login/", "/admin/second-factor/"
ADD, CONFIRM = f"{GIVE}set-up/key/", "/admin/confirm/"


def options_of(response):
    """Return the options that a page gives to the browser."""
    text = response.content.decode().split('id="key-options" type="application/json">')[1]
    return json.loads(text.split("</script>")[0])


class SecurityKeyTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff("staff", "pass123")

    def log_in(self, username="staff"):
        client = Client()
        client.post(LOGIN, {"username": username, "password": "pass123", "next": ADMIN})
        return client

    def add(self, client, key, name="Key", **changes):
        answer = key.create(options_of(client.get(ADD)), **changes)
        return client.post(ADD, {"name": name, "answer": answer})

    def give(self, client, key, page=GIVE, **changes):
        answer = key.get(options_of(client.get(page)), **changes)
        return client.post(page, {"answer": answer, "password": "pass123"})

    def is_in(self, client):
        return client.get(ADMIN).status_code == 200


class AddTests(SecurityKeyTestCase):
    def test_a_key_is_added_on_record_and_asked_for(self):
        key, client = SecurityKey(), self.log_in()
        self.assertRedirects(self.add(client, key), f"{GIVE}codes/")
        (factor,) = factors_of(self.staff)
        self.assertEqual((factor.kind, factor.name), ("key", "Key"))
        after = {"kind": "security key", "name": "Key"}
        self.assertEqual(Entry.objects.get(verb="add_factor").after, after)
        self.assertTrue(self.is_in(client))
        client = self.log_in()
        self.assertFalse(self.is_in(client))
        self.assertRedirects(self.give(client, key), ADMIN)
        self.assertTrue(self.is_in(client))

    def test_the_page_names_the_host_and_the_keys_that_are_there(self):
        client = self.log_in()
        self.add(client, SecurityKey())
        options = options_of(client.get(ADD))
        self.assertEqual(options["rp"]["id"], "testserver")
        self.assertEqual(len(options["excludeCredentials"]), 1)

    def test_only_pages_that_ask_for_a_key_let_the_browser_use_one(self):
        client = self.log_in()
        allowed, closed = "publickey-credentials-get=(self)", "publickey-credentials-get=()"
        self.assertIn(allowed, client.get(CONFIRM)["Permissions-Policy"])
        self.assertIn(closed, client.get(ADMIN)["Permissions-Policy"])

    def test_a_key_of_another_host_is_not_added(self):
        client = self.log_in()
        for key in (
            SecurityKey(host="evil.example"),
            SecurityKey(origin="https://testserver"),
            SecurityKey(origin="http://testserver.evil.example"),
        ):
            with self.subTest(host=key.host, origin=key.origin):
                self.assertContains(self.add(client, key), "was not accepted")
        self.assertFalse(WebAuthnCredential.objects.exists())

    def test_an_answer_to_another_page_is_not_taken(self):
        client = self.log_in()
        old = SecurityKey().create(options_of(client.get(ADD)))
        client.get(ADD)
        response = client.post(ADD, {"name": "Key", "answer": old})
        self.assertContains(response, "was not accepted")
        answer = SecurityKey().create(options_of(response))
        self.assertRedirects(client.post(ADD, {"name": "Key", "answer": answer}), f"{GIVE}codes/")
        again = client.post(ADD, {"name": "Key", "answer": answer})
        self.assertContains(again, "was not accepted")

    def test_an_address_can_have_no_keys(self):
        for host in ("127.0.0.1", "[::1]:8000"):
            client = Client(headers={"host": host})
            client.force_login(self.staff)
            with self.settings(ALLOWED_HOSTS=["127.0.0.1", "[::1]"]):
                self.assertContains(client.get(ADD), "only where the admin has a host name")

    def test_a_key_that_another_user_has_is_not_added(self):
        key = SecurityKey()
        self.add(self.log_in(), key)
        make_staff("other", "pass123")
        client = self.log_in("other")
        self.assertEqual(self.add(client, key).status_code, 409)
        self.assertEqual(WebAuthnCredential.objects.get().user, self.staff)


class GiveTests(SecurityKeyTestCase):
    def setUp(self):
        self.key = SecurityKey()
        self.add(self.log_in(), self.key)

    def assert_closed(self, client, response):
        self.assertContains(response, "was not accepted")
        self.assertFalse(self.is_in(client))

    def test_a_signature_of_another_key_opens_nothing(self):
        other = SecurityKey()
        for name in ("unknown", "forged"):
            client = self.log_in()
            if name == "forged":
                other.id = self.key.id
            with self.subTest(name=name):
                self.assert_closed(client, self.give(client, other))

    def test_the_key_of_another_user_opens_nothing(self):
        make_staff("other", "pass123")
        other, client = SecurityKey(), self.log_in("other")
        self.add(client, other)
        client = self.log_in()
        self.assert_closed(client, self.give(client, other))

    def test_an_answer_works_once_and_for_its_page_only(self):
        client = self.log_in()
        answer = self.key.get(options_of(client.get(GIVE)))
        stranger = self.log_in()
        stranger.get(GIVE)
        self.assert_closed(stranger, stranger.post(GIVE, {"answer": answer}))
        self.assertRedirects(client.post(GIVE, {"answer": answer}), ADMIN)
        late = self.log_in()
        self.assert_closed(late, late.post(GIVE, {"answer": answer}))

    def test_a_key_that_answers_for_another_host_opens_nothing(self):
        client = self.log_in()
        self.key.origin = "https://evil.example"
        self.assert_closed(client, self.give(client, self.key))

    def test_a_copy_of_the_key_that_is_behind_opens_nothing(self):
        for _ in range(2):
            self.give(self.log_in(), self.key)
        self.key.uses = 0
        client = self.log_in()
        self.assert_closed(client, self.give(client, self.key))

    def test_it_confirms_with_the_password(self):
        client = self.log_in()
        self.give(client, self.key)
        self.assertRedirects(self.give(client, self.key, CONFIRM), ADMIN)

    def test_an_app_can_be_used_instead(self):
        app, _ = give_app(self.staff)
        client = self.log_in()
        self.assertRedirects(client.post(GIVE, {"code": app.code()}), ADMIN)


class DamagedAnswerTests(SecurityKeyTestCase):
    """What a client makes up is not accepted, and is no error of the server."""

    VALUES = (None, 1, "", "x", "é", [], {}, [1], "AAAA", "////", 2**70, "A" * 2000, True)

    def damaged(self, answer):
        """Yield the answer with another value at each place, and with other bytes."""
        chance = random.Random(1)  # noqa: S311 - the same damage each time
        whole = json.loads(answer)
        places = [(whole, name) for name in whole]
        places += [(whole["response"], name) for name in whole["response"]]
        for owner, name in places:
            kept = owner.pop(name)
            yield json.dumps(whole)
            for value in self.VALUES:
                owner[name] = value
                yield json.dumps(whole)
            for _ in range(6 if isinstance(kept, str) else 0):
                at = chance.randrange(len(kept))
                owner[name] = kept[:at] + chance.choice("AZ_9") + kept[at + 1 :]
                yield json.dumps(whole)
                owner[name] = kept[:at]
                yield json.dumps(whole)
            owner[name] = kept

    def test_damaged_answers_add_no_error(self):
        key, client = SecurityKey(), self.log_in()
        answer = key.create(options_of(client.get(ADD)))
        for damaged in self.damaged(answer):
            response = self.send(client, ADD, key.create, damaged, instead_of=answer)
            self.assertIn(response.status_code, (200, 302), damaged)
            WebAuthnCredential.objects.all().delete()

    def test_damaged_answers_open_nothing(self):
        key, client = SecurityKey(), self.log_in()
        self.add(client, key)
        client, opened = self.log_in(), []
        answer = key.get(options_of(client.get(GIVE)))
        for damaged in self.damaged(answer):
            response = self.send(client, GIVE, key.get, damaged, instead_of=answer)
            if response.status_code == 302:
                opened.append(damaged)
                with rates():
                    client = self.log_in()
            else:
                self.assertContains(response, "was not accepted", msg_prefix=damaged)
        whole = {"rawId", "type", "response", "clientExtensionResults", "id"}
        for damaged in opened:  # in what is not signed, and only a hint
            answer = json.loads(damaged)
            self.assertEqual(answer["response"].keys() - {"userHandle"}, key.SIGNED, damaged)
            self.assertLessEqual(answer.keys(), whole)

    def send(self, client, page, sign, damaged, *, instead_of):
        """Send the damaged answer with the present challenge, unless that is what is damaged."""
        AccessAttempt.objects.all().delete()
        fresh = json.loads(sign(options_of(client.get(page))))["response"]
        old, answer = json.loads(instead_of)["response"], json.loads(damaged)
        response = answer.get("response")
        for name in fresh if isinstance(response, dict) else ():
            if response.get(name) == old[name]:
                response[name] = fresh[name]
        with rates():
            return client.post(page, {"name": "Key", "answer": json.dumps(answer)})
