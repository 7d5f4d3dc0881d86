"""The events of shows."""

from datetime import timedelta

from django.test import TestCase
from django.utils import timezone

from movies import services
from movies.models import Show
from outbox.models import Event
from testing.builders.accounts import make_staff
from testing.builders.movies import make_movie, make_screen, make_show

DAY = timedelta(days=1)


class ShowEventTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff()
        cls.movie, cls.screen = make_movie(), make_screen()
        cls.start = timezone.now().replace(microsecond=0) + DAY

    def types(self):
        return list(Event.objects.order_by("id").values_list("type", flat=True))

    def schedule(self, **fields):
        fields = {"starts_at": self.start, "language": "en", "total_seats": 10} | fields
        return services.schedule_show(screen=self.screen, movie=self.movie, **fields)

    def test_a_new_show(self):
        show = self.schedule()
        event = Event.objects.get()
        self.assertEqual((event.type, event.subject), ("show.created", f"show:{show.pk}"))
        self.assertEqual(event.body["movie"], self.movie.pk)
        self.assertEqual(event.body["status"], "scheduled")

    def test_many_new_shows_are_recorded_with_one_statement(self):
        starts = [self.start + number * DAY for number in range(3)]
        shows = services.schedule_shows(
            screen=self.screen, movie=self.movie, language="en", total_seats=10, starts=starts
        )
        subjects = {f"show:{show.pk}" for show in shows}
        self.assertEqual(set(Event.objects.values_list("subject", flat=True)), subjects)

    def test_a_rescheduled_show_says_what_it_was(self):
        show = self.schedule()
        services.reschedule_show(
            show=show, by=self.staff, reason="Projector", starts_at=self.start + DAY
        )
        event = Event.objects.get(sequence=2)
        self.assertEqual((event.type, event.body["orders"]), ("show.rescheduled", 0))
        was = self.start.isoformat().replace("+00:00", "Z")
        self.assertEqual(event.body["before"]["starts_at"], was)
        self.assertNotIn("Projector", str(event.body))

    def test_a_preview_is_no_event(self):
        show = self.schedule()
        services.preview_rescheduling(show=show, by=self.staff, starts_at=self.start + DAY)
        self.assertEqual(self.types(), ["show.created"])

    def test_only_another_start_or_screen_is_an_event(self):
        show = self.schedule()
        services.change_show(show=show, changes={"format": "IMAX"}, by=self.staff)
        self.assertEqual(self.types(), ["show.created"])
        services.change_show(show=show, changes={"starts_at": self.start + DAY}, by=self.staff)
        self.assertEqual(self.types(), ["show.created", "show.rescheduled"])

    def test_a_cancelled_show_is_recorded_once(self):
        show = make_show()
        for _ in range(2):
            services.record_cancellation(show=show, by=self.staff)
        self.assertEqual(self.types(), ["show.cancelled"])

    def test_the_admin_records_them_too(self):
        self.client.force_login(self.staff)
        form = {
            "movie": self.movie.pk,
            "screen": self.screen.pk,
            "starts_at_0": f"{self.start:%Y-%m-%d}",
            "starts_at_1": "18:00:00",
            "format": "2D",
            "language": "en",
            "total_seats": "10",
            "confirm_free": "on",
        }
        response = self.client.post("/admin/movies/show/add/", form)
        self.assertEqual(response.status_code, 302, response.content)
        show = Show.objects.get()
        page = f"/admin/movies/show/{show.pk}/change/"
        self.assertEqual(self.client.post(page, form | {"language": "fr"}).status_code, 302)
        self.assertEqual(self.types(), ["show.created"])
        self.assertEqual(
            self.client.post(page, form | {"starts_at_1": "19:00:00"}).status_code, 302
        )
        self.assertEqual(self.types(), ["show.created", "show.rescheduled"])
