from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.test import SimpleTestCase

from movies.local_time import in_zone

LONDON, TOKYO = ZoneInfo("Europe/London"), ZoneInfo("Asia/Tokyo")


class InZoneTests(SimpleTestCase):
    def moment(self, clock, zone=LONDON):
        """Return the moment in UTC at which the clocks show this time; both as ISO 8601."""
        moment = in_zone(datetime.fromisoformat(clock), zone)
        return moment.astimezone(UTC).isoformat()

    def test_a_clock_time_is_a_moment(self):
        self.assertEqual(self.moment("2025-01-14T20:30"), "2025-01-14T20:30:00+00:00")
        self.assertEqual(self.moment("2025-07-14T20:30"), "2025-07-14T19:30:00+00:00")
        self.assertEqual(self.moment("2025-07-14T20:30", TOKYO), "2025-07-14T11:30:00+00:00")

    def test_a_time_that_occurs_twice_is_the_first_one(self):
        self.assertEqual(self.moment("2025-10-26T01:30"), "2025-10-26T00:30:00+00:00")

    def test_the_skipped_hour_is_refused_and_its_neighbours_are_accepted(self):
        self.assertEqual(self.moment("2025-03-30T00:59"), "2025-03-30T00:59:00+00:00")
        self.assertEqual(self.moment("2025-03-30T02:00"), "2025-03-30T01:00:00+00:00")
        for clock in ("01:00", "01:30", "01:59"):
            with self.subTest(clock=clock):
                with self.assertRaises(ValidationError) as refused:
                    self.moment(f"2025-03-30T{clock}")
                self.assertEqual(refused.exception.code, "no_such_time")
                self.assertEqual(
                    refused.exception.messages,
                    [
                        f"There is no {clock} on 2025-03-30 in Europe/London: "
                        "the clocks go forward then."
                    ],
                )
