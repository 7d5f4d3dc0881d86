"""The limit on mails to one address, over all processes: they share only the cache."""

from unittest import mock

from django.core import mail as django_mail
from django.core.cache import cache
from django.test import TransactionTestCase
from rest_framework.test import APIClient, APITestCase

from accounts.api.throttles import AddressThrottle
from accounts.models import User
from testing.builders.accounts import make_user
from testing.cases import APIAssertions
from testing.jobs import run_jobs
from testing.races import at_once, outcomes
from testing.throttles import rates

SIGN_UP, RESET = "/api/auth/signup/", "/api/auth/password/reset/"


class MailLimitTests(APIAssertions, APITestCase):
    def setUp(self):
        super().setUp()
        cache.clear()

    def sign_up(self, username, **changes):
        body = {"username": username, "email": "eve@example.com", "password": "pass123"}
        return self.client.post(SIGN_UP, body | changes)

    def test_a_refused_request_gives_its_mail_back(self):
        make_user("taken")
        with rates(mail="1/hour"):
            self.assertEqual(self.sign_up("taken").status_code, 400)
            self.assertEqual(self.sign_up("eve", password_confirm="x").status_code, 400)
            self.assertEqual(self.sign_up("eve").status_code, 201)
            self.assert_problem(self.sign_up("eve2"), 429, "throttled")
            self.assert_problem(self.sign_up("eve2"), 429, "throttled")

    def test_a_request_that_another_limit_refuses_gives_it_back_too(self):
        with rates(mail="1/hour", sign_up="0/min"):
            self.assertEqual(self.sign_up("eve").status_code, 429)
        with rates(mail="1/hour"):
            self.assertEqual(self.sign_up("eve").status_code, 201)

    def test_retry_after_says_when_the_first_mail_is_an_hour_old(self):
        with rates(mail="2/hour"):
            for number, minutes in enumerate((0, 20)):
                with self.later(minutes):
                    self.assertEqual(self.sign_up(f"eve{number}").status_code, 201)
            with self.later(30):
                response = self.sign_up("eve2")
        self.assert_problem(response, 429, "throttled")
        self.assertAlmostEqual(int(response["Retry-After"]), 30 * 60, delta=5)

    def later(self, minutes):
        now = AddressThrottle().timer() + 60 * minutes
        return mock.patch.object(AddressThrottle, "timer", lambda throttle: now)


class MailLimitRaceTests(TransactionTestCase):
    def test_of_many_requests_at_once_only_as_many_send_a_mail(self):
        make_user("alice", "pass123", email="alice@example.com")
        self.assertTrue(User.objects.get().email_verified)
        with rates(mail="4/hour"):
            body = {"email": "alice@example.com"}
            found = outcomes(at_once([lambda: APIClient().post(RESET, body)] * 16))
        self.assertEqual(found, {(204, None): 4, (429, "throttled"): 12})
        run_jobs()
        self.assertEqual(len(django_mail.outbox), 4)
