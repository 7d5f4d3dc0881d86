"""Events: recorded with the change, numbered by subject, and dispatched in order."""

from datetime import timedelta
from unittest import mock

from django.db import IntegrityError, connection, transaction
from django.test import TestCase, TransactionTestCase
from django.utils import timezone

from outbox import dispatching
from outbox.dispatching import dispatch_events
from outbox.events import NewEvent, record_events
from outbox.models import Event, Job, first_event_id, new_event_id
from testing.jobs import handling
from testing.races import at_once


def record(*subjects, type="order.booked", body=None):
    record_events([NewEvent(type, subject, body or {"n": 1}) for subject in subjects])


def positions():
    """Return the dispatched events, in their order, as (subject, sequence)."""
    return list(Event.objects.after(0).values_list("subject", "sequence"))


class RecordTests(TestCase):
    def test_events_of_a_subject_are_numbered(self):
        record("order:A", "order:B")
        record("order:A", type="order.cancelled")
        found = Event.objects.order_by("subject", "sequence")
        self.assertEqual(
            list(found.values_list("subject", "sequence", "type", "position")),
            [
                ("order:A", 1, "order.booked", None),
                ("order:A", 2, "order.cancelled", None),
                ("order:B", 1, "order.booked", None),
            ],
        )

    def test_many_events_are_one_statement(self):
        with self.assertNumQueries(1):
            record(*(f"order:{number}" for number in range(100)))
        self.assertEqual(Event.objects.count(), 100)
        with self.assertNumQueries(0):
            record_events([])

    def test_a_body_has_moments_and_amounts(self):
        now = timezone.now()
        record("order:A", body={"at": now, "seats": ["A1"]})
        self.assertEqual(Event.objects.get().body["seats"], ["A1"])
        self.assertRegex(Event.objects.get().body["at"], r"^\d{4}-\d\d-\d\dT.*Z$")

    def test_events_go_with_a_change_that_is_undone(self):
        with self.assertRaises(ZeroDivisionError), transaction.atomic():
            record("order:A")
            raise ZeroDivisionError
        self.assertFalse(Event.objects.exists())

    def test_the_database_refuses_a_number_twice(self):
        record("order:A")
        with self.assertRaises(IntegrityError), transaction.atomic():
            Event.objects.create(subject="order:A", sequence=1, type="order.held", body={})

    def test_ids_are_uuids_that_sort_by_time(self):
        now = timezone.now()
        moments = [now + timedelta(milliseconds=number) for number in range(5)]
        ids = [new_event_id(moment) for moment in moments]
        self.assertEqual({each.version for each in ids}, {7})
        self.assertEqual({each.variant for each in ids}, {"specified in RFC 4122"})
        self.assertEqual(ids, sorted(ids))
        self.assertLess(ids[1], first_event_id(moments[2]))
        self.assertLess(first_event_id(moments[2]), ids[2])
        self.assertNotEqual(new_event_id(now), new_event_id(now))


class DispatchTests(TestCase):
    def test_positions_are_consecutive(self):
        record("order:A", "order:B")
        self.assertEqual(dispatch_events(), 2)
        record("order:C")
        self.assertEqual(dispatch_events(), 1)
        self.assertEqual(list(Event.objects.after(0).values_list("position", flat=True)), [1, 2, 3])
        self.assertEqual(Event.objects.after(2).get().subject, "order:C")
        self.assertEqual(dispatch_events(), 0)

    def test_many_events_are_dispatched_in_batches(self):
        with mock.patch.object(dispatching, "BATCH", 2):
            record(*(f"order:{number}" for number in range(5)))
            self.assertEqual(dispatch_events(), 5)
        self.assertEqual(len(positions()), 5)

    def test_events_of_a_subject_keep_their_order_whatever_the_clocks_say(self):
        now = timezone.now()
        for sequence in range(1, 5):
            Event.objects.create(
                subject="order:A",
                sequence=sequence,
                type="order.moved",
                body={},
                created_at=now - timedelta(seconds=sequence),
            )
        record("order:B")
        with mock.patch.object(dispatching, "BATCH", 2):
            dispatch_events()
        self.assertEqual(
            [each for each in positions() if each[0] == "order:A"],
            [("order:A", number) for number in range(1, 5)],
        )

    def test_each_subscriber_gets_one_job_for_each_event_that_it_wants(self):
        with (
            handling("mail", print, on=["order.booked", "order.cancelled"]),
            handling("webhook", print, on=["order.*"]),
            handling("other", print, on=["show.*", "order.moved"]),
        ):
            record("order:A")
            record("order:B", type="order.held")
            dispatch_events()
            dispatch_events()
        jobs = Job.objects.filter(event__isnull=False)
        self.assertEqual(
            sorted(jobs.values_list("kind", "event__subject")),
            [("mail", "order:A"), ("webhook", "order:A"), ("webhook", "order:B")],
        )

    def test_jobs_and_position_are_written_together(self):
        record("order:A")
        with (
            handling("mail", print, on=["order.booked"]),
            mock.patch.object(Job.objects, "bulk_create", side_effect=ZeroDivisionError),
            self.assertRaises(ZeroDivisionError),
            transaction.atomic(),
        ):
            dispatch_events()
        self.assertEqual(positions(), [])

    def test_dispatching_costs_the_same_for_many_events(self):
        for count in (2, 50):
            record(*(f"order:{count}-{number}" for number in range(count)))
            with self.subTest(count=count), handling("mail", print, on=["order.*"]):
                dispatch_events()
                with self.assertNumQueries(1):  # the look whether there are any
                    dispatch_events()


class DispatchRaceTests(TransactionTestCase):
    def test_several_workers_dispatch_each_event_once(self):
        record(*(f"order:{number}" for number in range(150)))
        with handling("mail", print, on=["order.booked"]):
            for _ in range(20):
                at_once([dispatch_events] * 3)
                if not Event.objects.filter(position=None).exists():
                    break
        found = list(Event.objects.after(0).values_list("position", flat=True))
        self.assertEqual(found, list(range(1, 151)))
        self.assertEqual(Job.objects.count(), 150)

    def test_an_event_that_commits_late_gets_a_late_position(self):
        """A reader that has seen position 1 would never look back at it."""
        if connection.vendor == "sqlite":
            self.skipTest("only one transaction writes at a time")

        def commits_late():
            with transaction.atomic():
                record("order:early")
                list(Event.objects.values("id"))  # sends it
                at_once([commits_and_is_dispatched])

        def commits_and_is_dispatched():
            record("order:late")
            dispatch_events()

        commits_late()
        self.assertEqual(positions(), [("order:late", 1)])
        dispatch_events()
        self.assertEqual(positions(), [("order:late", 1), ("order:early", 1)])
