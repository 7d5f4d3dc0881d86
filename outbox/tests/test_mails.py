"""Mails as jobs, against a mail server that misbehaves."""

import smtplib
from unittest import mock

from django.core.mail import EmailMessage
from django.test import TestCase, override_settings

from outbox.jobs import enqueue, run_again
from outbox.mails import MAIL, deliver, message_id
from outbox.models import Job
from testing.clock import later
from testing.jobs import handling, run_jobs
from testing.smtp import mail_server


def send(job):
    deliver(EmailMessage(subject="Hi", body="there", to=["alice@example.com"]), job)


class MailTests(TestCase):
    def setUp(self):
        self.server = self.enterContext(mail_server())
        self.enterContext(handling("test_mail", send, **MAIL))
        enqueue(kind="test_mail")
        self.job = Job.objects.get()

    def run_with(self, *plan):
        self.server.plan = list(plan)
        with self.assertLogs("outbox.worker", "WARNING") as logged:
            run_jobs()
        self.job.refresh_from_db()
        self.assertNotIn("Traceback", "".join(logged.output))
        self.assertNotIn("alice@example.com", "".join(logged.output) + self.job.last_error)
        return self.job

    def test_a_mail_has_a_fixed_id_and_says_that_it_is_automatic(self):
        run_jobs()
        [mail] = self.server.mails
        self.assertEqual(mail["Message-ID"], message_id(self.job))
        self.assertRegex(mail["Message-ID"], r"^<[0-9a-f-]{36}@localhost>$")
        self.assertEqual(mail["Auto-Submitted"], "auto-generated")

    @override_settings(DEFAULT_FROM_EMAIL="The Ritz <tickets@ritz.example>")
    def test_the_id_has_the_domain_of_the_sender(self):
        self.assertTrue(message_id(self.job).endswith("@ritz.example>"))

    def test_a_temporary_refusal_is_tried_again(self):
        self.assertEqual(self.run_with("reject 451").state, "waiting")
        self.assertEqual(self.server.mails, [])
        self.assertIn("answered 451", self.job.last_error)
        with later(minutes=2):
            run_jobs()
        self.assertEqual(len(self.server.mails), 1)

    def test_a_permanent_refusal_is_given_up_without_the_address(self):
        self.assertEqual(self.run_with("reject 550").state, "dead")
        self.assertIn("answered 550 5.1.1 <the address>: no such mailbox", self.job.last_error)
        run_again(job=self.job)
        run_jobs()
        self.assertEqual(self.server.ids, [message_id(self.job)])

    def test_a_wrong_password_of_the_server_gives_no_mail_up(self):
        refused = smtplib.SMTPAuthenticationError(535, b"5.7.8 credentials invalid")
        with mock.patch.object(smtplib.SMTP, "sendmail", side_effect=refused):
            self.assertEqual(self.run_with().state, "waiting")
        self.assertIn("answered 535", self.job.last_error)

    def test_content_that_is_refused_is_given_up(self):
        refused = smtplib.SMTPDataError(554, b"5.7.1 looks like spam")
        with mock.patch.object(smtplib.SMTP, "sendmail", side_effect=refused):
            self.assertEqual(self.run_with().state, "dead")

    def test_a_lost_answer_makes_a_double_with_the_same_id(self):
        self.assertEqual(self.run_with("lose").state, "waiting")
        with later(minutes=2):
            run_jobs()
        self.assertEqual(self.server.ids, [message_id(self.job)] * 2)

    def test_a_server_that_is_away_is_tried_again_for_two_days(self):
        with override_settings(EMAIL_PORT=1):
            self.assertEqual(self.run_with().state, "waiting")
            self.assertIn("cannot be reached", self.job.last_error)
        self.assertEqual(MAIL["attempts"], len(MAIL["pauses"]) + 1)
        self.assertGreater(sum(MAIL["pauses"]), 44 * 60 * 60)
