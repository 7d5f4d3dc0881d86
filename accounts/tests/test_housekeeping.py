from datetime import timedelta

from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.test import TestCase
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from accounts import housekeeping
from testing.builders.accounts import make_user

EXPIRY = [("expired", timedelta(seconds=-1)), ("valid", timedelta(hours=1))]


class HousekeepingTests(TestCase):
    def test_expired_tokens_are_deleted_with_their_blacklist_entries(self):
        alice = make_user("alice")
        for jti, left in EXPIRY:
            token = OutstandingToken.objects.create(
                user=alice, jti=jti, token=jti, expires_at=timezone.now() + left
            )
            BlacklistedToken.objects.create(token=token)
        self.assertEqual(housekeeping.delete_expired_tokens(), 1)
        self.assertEqual(OutstandingToken.objects.get().jti, "valid")
        self.assertEqual(BlacklistedToken.objects.get().token.jti, "valid")

    def test_expired_sessions_are_deleted(self):
        for key, left in EXPIRY:
            Session.objects.create(session_key=key, expire_date=timezone.now() + left)
        self.assertEqual(housekeeping.delete_expired_sessions(), 1)
        self.assertEqual(Session.objects.get().session_key, "valid")

    def test_failed_log_ins_are_deleted_once_they_no_longer_count(self):
        for username, minutes in [("old", 16), ("counts", 14)]:
            attempt = AccessAttempt.objects.create(username=username, failures_since_start=5)
            AccessAttempt.objects.filter(pk=attempt.pk).update(
                attempt_time=timezone.now() - timedelta(minutes=minutes)
            )
        self.assertEqual(housekeeping.delete_old_attempts(), 1)
        self.assertEqual(AccessAttempt.objects.get().username, "counts")
