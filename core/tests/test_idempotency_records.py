"""Records of answers: how long they are kept, and that they go with their user."""

from datetime import timedelta
from unittest import mock

from django.test import TestCase
from django.utils import timezone

from core.db import transactions
from core.idempotency import delete_old_records
from core.models import IdempotencyRecord
from testing.builders.accounts import make_user


class DeleteTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice = make_user("alice")
        cls.old = timezone.now() - timedelta(hours=24, seconds=1)

    def make_records(self, count, created_at):
        IdempotencyRecord.objects.bulk_create(
            IdempotencyRecord(
                user=self.alice,
                key=f"{created_at:%s}-{number}",
                fingerprint="x",
                status=201,
                created_at=created_at,
            )
            for number in range(count)
        )

    def test_only_old_records_are_deleted_and_in_batches(self):
        self.make_records(5, self.old)
        self.make_records(1, timezone.now() - timedelta(hours=23))
        # savepoint, rows of a batch, delete, savepoint; twice, and once without rows
        with mock.patch.object(transactions, "BATCH", 3), self.assertNumQueries(11):
            self.assertEqual(delete_old_records(), 5)
        self.assertEqual(IdempotencyRecord.objects.count(), 1)
        self.assertEqual(delete_old_records(), 0)

    def test_records_are_deleted_with_their_user(self):
        self.make_records(1, timezone.now())
        self.alice.delete()
        self.assertFalse(IdempotencyRecord.objects.exists())
