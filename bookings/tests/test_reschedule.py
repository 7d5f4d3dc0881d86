"""What stays of a show with live orders, and rescheduling it: for staff and for customers."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.test import Client, TestCase, TransactionTestCase, override_settings
from django.utils import timezone

from bookings.models import Booking, Order
from movies.models import Show, ShowChange
from testing.builders.accounts import client_of, make_clerk, make_staff, make_user, staff_client
from testing.builders.bookings import block_seat, book_order, hold_order, make_order
from testing.builders.movies import (
    make_cinema,
    make_movie,
    make_price_list,
    make_screen,
    make_seating_plan,
    make_show,
)
from testing.cases import APIAssertions
from testing.clock import at, end_hold
from testing.races import at_once, outcomes

HOUR = timedelta(hours=1)


class SoldShowCase(APIAssertions, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff, cls.alice, cls.bob = make_staff(), make_user("alice"), make_user("bob")
        cls.cinema = make_cinema(
            time_zone="Europe/Paris", currency="EUR", refund_tiers={72: 100, 24: 50}
        )
        cls.screen = make_screen(cinema=cls.cinema, name="One")
        cls.other_screen = make_screen(cinema=cls.cinema, name="Two")
        cls.start = timezone.now().replace(microsecond=0) + 48 * HOUR
        cls.show = make_show(screen=cls.screen, starts_at=cls.start, total_seats=20, price=10)
        cls.url = f"/api/shows/{cls.show.pk}/"

    def setUp(self):
        super().setUp()
        self.client = self.client_of(self.staff)
        self.row = Show.objects.filter(pk=self.show.pk).values().get()

    def sell(self, *seats, user=None):
        return book_order(user=user or self.alice, show=self.show, seats=seats or ["1"])

    def reschedule(self, **body):
        return self.client.post(f"{self.url}reschedule/", {"reason": "Projector", **body})

    def preview(self, order):
        response = self.client_of(order.customer).get(f"/api/orders/{order.code}/cancel/preview/")
        self.assertEqual(response.status_code, 200, response.content)
        return response.json()

    def assert_unchanged(self):
        self.assertEqual(Show.objects.filter(pk=self.show.pk).values().get(), self.row)
        self.assertFalse(ShowChange.objects.exists())


class FrozenTests(SoldShowCase):
    def test_a_sold_show_keeps_movie_cinema_and_currency(self):
        self.sell()
        elsewhere = make_screen(cinema=make_cinema(currency="GBP"))
        same_currency = make_screen(cinema=make_cinema(currency="EUR"))
        movie = make_movie("Other")
        for changes, fields in [
            ({"movie": movie.pk}, ["movie"]),
            ({"screen": elsewhere.pk}, ["screen"]),
            ({"screen": elsewhere.pk, "price_list": None}, ["screen"]),
            ({"screen": same_currency.pk}, ["screen"]),
            ({"screen": same_currency.pk, "movie": movie.pk}, ["movie", "screen"]),
        ]:
            with self.subTest(changes=changes):
                self.assert_problem(
                    self.client.patch(self.url, changes),
                    409,
                    "show_sold",
                    detail="Cancel the show and schedule another one",
                    orders=1,
                )
                body = self.client.patch(self.url, changes).json()
                self.assertEqual(body["fields"], fields)
                self.assert_unchanged()

    def test_another_time_or_screen_points_to_rescheduling(self):
        self.sell()
        for changes, fields in [
            ({"starts_at": (self.start + HOUR).isoformat()}, ["starts_at"]),
            ({"starts_at": (self.start - 400 * HOUR).isoformat()}, ["starts_at"]),
            ({"screen": self.other_screen.pk}, ["screen"]),
        ]:
            with self.subTest(changes=changes):
                response = self.client.patch(self.url, changes)
                self.assert_problem(response, 409, "show_sold", detail=f"{self.url}reschedule/")
                self.assertEqual(response.json()["fields"], fields)
                self.assert_unchanged()
        whole = {**self.client.get(self.url).json(), "starts_at": "2040-06-10T20:00"}
        self.assert_problem(self.client.put(self.url, whole), 409, "show_sold")
        self.assert_unchanged()

    def test_holds_count_and_lapsed_cancelled_and_blocked_ones_do_not(self):
        held = hold_order(user=self.alice, show=self.show, seats=["1"])
        changes = {"movie": make_movie("Other").pk}
        self.assert_problem(
            self.client.patch(self.url, changes), 409, "show_sold", detail="1 held order"
        )
        end_hold(held)
        make_order(user=self.bob, show=self.show, seats=["2"], status=Order.Status.CANCELLED)
        block_seat(show=self.show, seat_number="3", by=self.staff)
        self.assertEqual(self.client.patch(self.url, changes).status_code, 200)

    def test_what_does_not_concern_customers_can_still_change(self):
        self.sell()
        changes = {
            "format": "3D",
            "subtitles": "fr",
            "starts_at": self.start.isoformat(),
            "screen": self.screen.pk,
            "sales_close_at": (self.start - HOUR).isoformat(),
            "ends_at": (self.start + 4 * HOUR).isoformat(),
        }
        response = self.client.patch(self.url, changes)
        self.assertEqual(response.status_code, 200, response.content)
        self.assertFalse(ShowChange.objects.exists())

    def test_making_a_sold_show_free_and_back_needs_its_permission_and_is_recorded(self):
        self.sell()
        zeros = make_price_list({("Standard", "Adult"): 0}, currency="EUR")
        usual = self.show.price_list_id
        clerk = staff_client("clerk", "change_show")
        for price_list in (None, zeros.pk):
            response = clerk.patch(self.url, {"price_list": price_list})
            self.assert_problem(response, 403, "make_free_forbidden", detail="movies.make_free")
        self.assert_unchanged()

        boss = staff_client("boss", "change_show", "make_free")
        self.assertEqual(boss.patch(self.url, {"price_list": None}).status_code, 200)
        self.assert_problem(
            clerk.patch(self.url, {"price_list": usual}), 403, "make_free_forbidden"
        )
        self.assertEqual(boss.patch(self.url, {"price_list": usual}).status_code, 200)
        records = ShowChange.objects.order_by("id").values_list(
            "kind", "made_by__username", "before", "after", "orders"
        )
        free, priced = {"price_list": None}, {"price_list": usual}
        self.assertEqual(
            list(records),
            [("priced", "boss", priced, free, 1), ("priced", "boss", free, priced, 1)],
        )

    def test_another_price_list_needs_no_permission_nor_does_an_unsold_free_show(self):
        clerk = staff_client("clerk", "change_show")
        self.assertEqual(clerk.patch(self.url, {"price_list": None}).status_code, 200)
        usual = {"price_list": self.show.price_list_id}
        self.assertEqual(clerk.patch(self.url, usual).status_code, 200)
        self.sell()
        other = make_price_list({("Standard", "Adult"): 12}, currency="EUR")
        self.assertEqual(clerk.patch(self.url, {"price_list": other.pk}).status_code, 200)
        self.assertFalse(ShowChange.objects.exists())


class RescheduleTests(SoldShowCase):
    def test_a_show_gets_another_time_and_screen_and_that_is_recorded(self):
        Show.objects.update(sales_close_at=self.start - HOUR)
        self.sell("1", "2")
        hold_order(user=self.bob, show=self.show, seats=["3"])
        start = self.start + 24 * HOUR

        response = self.reschedule(starts_at=start.isoformat(), screen=self.other_screen.pk)

        self.assertEqual(response.status_code, 200, response.content)
        body = response.json()
        self.assertEqual(body, self.client.get(self.url).json())
        self.assertEqual(datetime.fromisoformat(body["starts_at"]), start)
        self.assertEqual(datetime.fromisoformat(body["full_refund_until"]), start)
        self.assertEqual(body["screen"], self.other_screen.pk)
        show = Show.objects.get(pk=self.show.pk)
        self.assertEqual(show.ends_at - show.starts_at, self.show.ends_at - self.start)
        self.assertEqual(show.sales_close_at, start - HOUR)
        change = ShowChange.objects.get()
        self.assertEqual(
            (change.kind, change.made_by, change.reason, change.orders),
            ("rescheduled", self.staff, "Projector", 2),
        )
        self.assertEqual(change.before["screen"], self.screen.pk)
        self.assertEqual(change.after["screen"], self.other_screen.pk)
        self.assertEqual(datetime.fromisoformat(change.before["starts_at"]), self.start)
        self.assertEqual(datetime.fromisoformat(change.after["starts_at"]), start)
        self.assertEqual(change.request_id, response["X-Request-ID"])
        self.assertEqual(Booking.objects.active().filter(show=show).count(), 3)

    def test_the_time_may_be_on_the_cinemas_clocks(self):
        response = self.reschedule(starts_at="2040-06-10T20:00")
        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(response.json()["starts_at"], "2040-06-10T20:00:00+02:00")

    def test_a_show_without_orders_is_rescheduled_without_a_promise(self):
        response = self.reschedule(screen=self.other_screen.pk)
        self.assertEqual(response.status_code, 200, response.content)
        self.assertIsNone(response.json()["full_refund_until"])
        self.assertEqual(ShowChange.objects.get().orders, 0)

    def test_invalid_requests_are_refused(self):
        self.sell()
        taken = make_show(screen=self.other_screen, starts_at=self.start)
        elsewhere = make_screen(cinema=make_cinema(currency="EUR"))
        past = (timezone.now() - HOUR).isoformat()
        for body, status, code, field in [
            ({}, 400, "invalid", None),
            ({"starts_at": None}, 400, "invalid", "starts_at"),
            ({"starts_at": "soon"}, 400, "invalid", "starts_at"),
            ({"starts_at": "0001-01-01T00:00"}, 400, "invalid", "starts_at"),
            ({"starts_at": "9999-12-31T23:59"}, 400, "invalid", "starts_at"),
            ({"starts_at": "1999-12-31T23:59:00Z"}, 400, "invalid", "starts_at"),
            ({"starts_at": "2040-03-25T02:30"}, 400, "invalid", "starts_at"),
            ({"starts_at": past}, 400, "invalid", "starts_at"),
            ({"starts_at": self.start.isoformat()}, 400, "invalid", None),
            ({"screen": self.screen.pk}, 400, "invalid", None),
            ({"screen": 10**12}, 400, "invalid", "screen"),
            ({"screen": [1]}, 400, "invalid", "screen"),
            ({"screen": self.other_screen.pk, "reason": ""}, 400, "invalid", "reason"),
            ({"screen": self.other_screen.pk, "reason": "x" * 201}, 400, "invalid", "reason"),
            ({"screen": elsewhere.pk}, 409, "show_sold", None),
            ({"screen": self.other_screen.pk}, 409, "shows_overlap", None),
        ]:
            with self.subTest(body=body):
                self.assert_problem(self.reschedule(**body), status, code, field=field)
                self.assert_unchanged()
        self.assertTrue(Show.objects.filter(pk=taken.pk).exists())

    def test_seats_that_the_new_hall_lacks_are_listed(self):
        big, small = make_seating_plan("A  ssss\nB  ssss\n"), make_seating_plan("A  sss\n")
        prices = self.show.price_list
        show = make_show(
            screen=make_screen(cinema=self.cinema, seating_plan=big),
            seating_plan=big,
            starts_at=self.start,
            price_list=prices,
        )
        screen = make_screen(cinema=self.cinema, seating_plan=small)
        order = book_order(user=self.alice, show=show, seats=["A1", "A4", "B2"])
        block_seat(show=show, seat_number="B4", by=self.staff)
        url = f"/api/shows/{show.pk}/reschedule/"

        response = self.client.post(url, {"screen": screen.pk, "reason": "Small"})

        seats = [{"seat_number": number, "code": "seats_sold"} for number in ("A4", "B2", "B4")]
        body = self.assert_problem(response, 409, "seats_sold", seats=seats)
        self.assertIn("A4, B2, B4", body["detail"])
        Booking.objects.filter(show=show).exclude(seat_number="A1").delete()
        response = self.client.post(url, {"screen": screen.pk, "reason": "Small"})
        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(response.json()["seating_plan"], small.pk)
        self.assertEqual(order.bookings.get().seat_number, "A1")

    def test_a_cancelled_show_and_one_that_is_over_are_not_rescheduled(self):
        start = (timezone.now() + 100 * HOUR).isoformat()
        with at(self.show.ends_at):
            self.assert_problem(self.reschedule(starts_at=start), 400, "show_over")
        with at(self.show.ends_at - timedelta(seconds=1)):
            self.assertEqual(self.reschedule(starts_at=start).status_code, 200)
        Show.objects.update(cancelled_at=timezone.now())
        later = (timezone.now() + 200 * HOUR).isoformat()
        self.assert_problem(self.reschedule(starts_at=later), 409, "show_cancelled")

    def test_the_same_key_acts_once(self):
        self.sell()
        answers = [
            self.client.post(
                f"{self.url}reschedule/",
                {"screen": self.other_screen.pk, "reason": "Projector"},
                headers={"Idempotency-Key": "one"},
            )
            for _ in range(2)
        ]
        self.assertEqual([answer.status_code for answer in answers], [200, 200])
        self.assertEqual(answers[0].json(), answers[1].json())
        self.assertEqual(ShowChange.objects.count(), 1)

    def test_it_needs_the_permission_to_change_shows(self):
        body = {"screen": self.other_screen.pk, "reason": "x"}
        for client, status in [
            (self.client_of(self.alice), 403),
            (staff_client("adder", "add_show", "make_free"), 403),
            (staff_client("changer", "change_show"), 200),
        ]:
            self.assertEqual(client.post(f"{self.url}reschedule/", body).status_code, status)

    def test_it_costs_the_same_queries_at_any_number_of_orders(self):
        for number, screen in enumerate([self.other_screen, self.screen, self.other_screen]):
            for seat in range(number * 5):
                make_order(user=self.alice, show=self.show, seats=[str(number * 5 + seat + 1)])
            with self.subTest(number=number), self.assertNumQueries(24):
                self.reschedule(screen=screen.pk)


class FullRefundTests(SoldShowCase):
    """48 hours before the start half is refunded, by the tiers 72: 100 and 24: 50."""

    def test_customers_get_everything_back_until_the_new_start(self):
        order = self.sell("1", "2")
        self.assertEqual(self.preview(order)["refund"], "10.00")
        start = self.start + 24 * HOUR
        self.reschedule(starts_at=start.isoformat())

        with at(start - HOUR):
            preview = self.preview(order)
            self.assertEqual((preview["percent"], preview["refund"]), (100, "20.00"))
            self.assertEqual(datetime.fromisoformat(preview["changes_at"]), start)
            self.assertEqual((preview["percent_then"], preview["refund_then"]), (0, "0.00"))
            response = self.client_of(self.alice).post(
                f"/api/orders/{order.code}/cancel/", {"seat_numbers": ["1"]}
            )
            self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(Booking.objects.get(seat_number="1").refund, Decimal(10))
        with at(start):
            response = self.client_of(self.alice).post(f"/api/orders/{order.code}/cancel/")
            self.assert_problem(response, 400, "cancel_too_late")

    @override_settings(RESCHEDULE_REFUND_HOURS=12)
    def test_the_setting_ends_it_and_the_rule_of_the_cinema_follows(self):
        order = self.sell()
        now = timezone.now().replace(microsecond=0) + timedelta(seconds=1)
        with at(now):
            self.reschedule(starts_at=(self.start + HOUR).isoformat())
            preview = self.preview(order)
        until = now + 12 * HOUR
        self.assertEqual(datetime.fromisoformat(preview["changes_at"]), until)
        self.assertEqual((preview["refund"], preview["refund_then"]), ("10.00", "5.00"))
        with at(until):
            self.assertEqual(self.preview(order)["percent"], 100)
        with at(until + timedelta(microseconds=1)):
            self.assertEqual(self.preview(order)["percent"], 50)

    def test_orders_made_after_it_follow_the_rule_of_the_cinema(self):
        order = self.sell()
        self.reschedule(starts_at=(self.start + HOUR).isoformat())
        later = self.sell("2", user=self.bob)
        self.assertEqual(self.preview(later)["percent"], 50)
        self.assertEqual(self.preview(order)["percent"], 100)

    def test_moving_into_a_rescheduled_show_does_not_bypass_the_rule(self):
        """An order without a refund moves in after the rescheduling."""
        soon = make_show(
            movie=self.show.movie,
            screen=self.other_screen,
            starts_at=timezone.now() + HOUR,
            total_seats=20,
            price_list=self.show.price_list,
        )
        self.sell()
        self.reschedule(starts_at=(self.start + HOUR).isoformat())
        order = book_order(user=self.bob, show=soon, seats=["1"])
        response = self.client_of(self.bob).post(
            f"/api/orders/{order.code}/move/", {"show": self.show.pk, "seat_numbers": ["5"]}
        )
        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(self.preview(order)["refund"], "0.00")

    def test_a_move_out_of_it_keeps_the_whole_price(self):
        order = self.sell()
        far = make_show(
            movie=self.show.movie,
            screen=self.other_screen,
            starts_at=self.start + 500 * HOUR,
            total_seats=20,
            price_list=make_price_list({("Standard", "Adult"): 8}, currency="EUR"),
        )
        self.reschedule(starts_at=(self.start + HOUR).isoformat())
        response = self.client_of(self.alice).post(
            f"/api/orders/{order.code}/move/", {"show": far.pk, "seat_numbers": ["5"]}
        )
        self.assertEqual(response.json()["refund"], "2.00", response.content)
        self.assertEqual(self.preview(order)["refund"], "8.00")

    def test_a_refund_that_a_move_had_lowered_is_whole_again(self):
        order = self.sell()
        order.bookings.update(refund_limit=Decimal(1))
        self.reschedule(starts_at=(self.start + HOUR).isoformat())
        self.assertEqual(self.preview(order)["refund"], "10.00")
        self.client_of(self.alice).post(f"/api/orders/{order.code}/cancel/")
        self.assertEqual(order.bookings.get().refund, Decimal(10))

    def test_a_hold_is_not_paid_and_counts_once_confirmed(self):
        order = hold_order(user=self.alice, show=self.show, seats=["1"])
        self.reschedule(starts_at=(self.start + HOUR).isoformat())
        self.assertEqual(self.preview(order)["refund"], "0.00")
        self.client_of(self.alice).post(f"/api/orders/{order.code}/confirm/")
        self.assertEqual(self.preview(order)["refund"], "10.00")


class ReschedulePageTests(SoldShowCase):
    def setUp(self):
        super().setUp()
        self.admin = Client()
        self.admin.force_login(self.staff)
        self.page = f"/admin/movies/show/{self.show.pk}/reschedule/"

    def form(self, start=None, screen=None, **more):
        local = self.show.local(start or self.start)
        return {
            "starts_at_0": f"{local:%Y-%m-%d}",
            "starts_at_1": f"{local:%H:%M:%S}",
            "screen": (screen or self.screen).pk,
            "reason": "Projector",
            **more,
        }

    def test_the_page_first_says_what_changes_for_how_many_orders(self):
        self.sell()
        hold_order(user=self.bob, show=self.show, seats=["3"])
        page = self.admin.get(f"/admin/movies/show/{self.show.pk}/change/")
        self.assertContains(page, self.page)
        self.assertContains(self.admin.get(self.page), "1 booked order and 1 held order")
        start = self.start + 24 * HOUR

        page = self.admin.post(self.page, self.form(start, self.other_screen))

        self.assertContains(page, "This changes for 1 booked order and 1 held order")
        self.assertContains(page, f"{self.show.local(start):%a %d %b %Y %H:%M}")
        self.assert_unchanged()

        previewed = page.context["fingerprint"]
        response = self.admin.post(
            self.page, self.form(start, self.other_screen, previewed=previewed, confirm="1")
        )
        self.assertRedirects(response, f"/admin/movies/show/{self.show.pk}/change/")
        show = Show.objects.get(pk=self.show.pk)
        self.assertEqual((show.starts_at, show.screen), (start, self.other_screen))
        page = self.admin.get(f"/admin/movies/show/{self.show.pk}/change/")
        for word in ("Projector", "rescheduled", str(self.other_screen)):
            self.assertContains(page, word)

    def test_values_edited_after_the_preview_are_shown_first(self):
        self.sell()
        page = self.admin.post(self.page, self.form(self.start + HOUR))
        edited = self.form(
            self.start + 2 * HOUR, previewed=page.context["fingerprint"], confirm="1"
        )
        self.assertEqual(self.admin.post(self.page, edited).status_code, 200)
        self.assert_unchanged()

    def test_refusals_are_sentences(self):
        self.sell("20")
        small = make_screen(cinema=self.cinema)
        make_show(screen=small, starts_at=self.start)
        for data, sentence in [
            (self.form(), "these are the present"),
            (self.form(timezone.now() - HOUR), "into the past"),
            (self.form(screen=small), "is taken by"),
            (self.form(self.start + HOUR, reason=""), "required"),
            ({**self.form(), "starts_at_0": "9999-12-31"}, "starts_at"),
            ({**self.form(), "starts_at_0": "2040-03-25", "starts_at_1": "02:30"}, "no 02:30"),
            ({**self.form(), "screen": "x"}, "valid choice"),
            ({}, ""),
        ]:
            with self.subTest(sentence=sentence):
                self.assertContains(self.admin.post(self.page, data), sentence)
                self.assert_unchanged()

    def test_the_form_of_a_sold_show_refuses_what_customers_bought(self):
        self.sell()
        url = f"/admin/movies/show/{self.show.pk}/change/"
        local = self.show.local(self.start)
        data = {
            "movie": self.show.movie_id,
            "screen": self.screen.pk,
            "starts_at_0": f"{local:%Y-%m-%d}",
            "starts_at_1": f"{local:%H:%M:%S}",
            "ends_at_0": f"{self.show.local(self.show.ends_at):%Y-%m-%d}",
            "ends_at_1": f"{self.show.local(self.show.ends_at):%H:%M:%S}",
            "format": "2D",
            "language": "en",
            "total_seats": "20",
            "price_list": self.show.price_list_id,
        }
        elsewhere = make_screen(cinema=make_cinema(currency="EUR", time_zone="Europe/Paris"))
        for changes, sentence in [
            ({"movie": make_movie("Other").pk}, "movie cannot change"),
            ({"screen": elsewhere.pk}, "cinema cannot change"),
            ({"screen": self.other_screen.pk}, "only change by rescheduling"),
            ({"starts_at_1": "00:01"}, "only change by rescheduling"),
        ]:
            with self.subTest(changes=changes):
                self.assertContains(self.admin.post(url, {**data, **changes}), sentence)
                self.assert_unchanged()
        self.admin.force_login(make_clerk("change_show"))
        free = {**data, "price_list": "", "confirm_free": "on"}
        self.assertContains(self.admin.post(url, free), "movies.make_free")
        self.admin.force_login(self.staff)
        self.assertEqual(self.admin.post(url, free).status_code, 302)
        self.assertEqual(ShowChange.objects.get().kind, "priced")

    def test_the_page_needs_its_permission(self):
        self.admin.force_login(make_user("usher", is_staff=True))
        self.assertEqual(self.admin.get(self.page).status_code, 403)
        self.assertEqual(self.admin.post(self.page, self.form(self.start + HOUR)).status_code, 403)
        self.admin.force_login(self.staff)
        self.assertEqual(self.admin.get("/admin/movies/show/999999/reschedule/").status_code, 404)


class RescheduleRaceTests(TransactionTestCase):
    def setUp(self):
        self.cinema = make_cinema(currency="EUR")
        self.screens = [make_screen(cinema=self.cinema) for _ in range(2)]
        self.staff = [client_of(make_staff(f"staff{number}")) for number in range(4)]
        self.users = [make_user(f"racer{number}") for number in range(4)]
        self.clients = [client_of(user) for user in self.users]
        for client in [*self.staff, *self.clients]:
            client.raise_request_exception = False

    def show(self, **fields):
        return make_show(screen=self.screens[0], total_seats=20, price=5, **fields)

    def test_a_sale_and_another_movie_never_both_happen(self):
        movie = make_movie("Other")
        for round_ in range(4):
            show = self.show(starts_at=datetime(2040, 6, 1 + round_, 18, tzinfo=UTC))
            url = f"/api/shows/{show.pk}/"
            answers = at_once(
                [
                    lambda url=url: self.staff[0].patch(url, {"movie": movie.pk}),
                    *(
                        lambda url=url, number=number, client=client: client.post(
                            f"{url}{'hold' if number % 2 else 'book'}/",
                            {"seat_numbers": [str(number + 1)]}
                            if number % 2
                            else {"seat_number": str(number + 1)},
                        )
                        for number, client in enumerate(self.clients)
                    ),
                ]
            )
            self.assertLessEqual(
                set(outcomes(answers)), {(200, None), (201, None), (409, "show_sold")}
            )
            change, *sales = answers
            self.assertEqual([sale.status_code for sale in sales], [201] * 4)
            show.refresh_from_db()
            self.assertEqual(show.movie_id == movie.pk, change.status_code == 200)
            if change.status_code == 200:  # then it was the first of all
                for sale in sales:
                    self.assertEqual(sale.json()["movie_title"], "Other", sale.json())

    def test_of_sales_and_reschedulings_each_is_whole(self):
        show = self.show(starts_at=datetime(2040, 6, 10, 18, tzinfo=UTC))
        url = f"/api/shows/{show.pk}/"
        answers = at_once(
            [
                *(
                    lambda number=number, client=client: client.post(
                        f"{url}reschedule/",
                        {"starts_at": f"2040-06-{11 + number}T20:00", "reason": "x"},
                    )
                    for number, client in enumerate(self.staff)
                ),
                *(
                    lambda number=number, client=client: client.post(
                        f"{url}book/", {"seat_number": str(number + 1)}
                    )
                    for number, client in enumerate(self.clients)
                ),
            ]
        )
        self.assertEqual(outcomes(answers), {(200, None): 4, (201, None): 4})
        changes = list(ShowChange.objects.order_by("id"))
        self.assertEqual(len(changes), 4)
        for earlier, later in zip(changes, changes[1:], strict=False):
            self.assertEqual(earlier.after["starts_at"], later.before["starts_at"])
        show.refresh_from_db()
        self.assertEqual(datetime.fromisoformat(changes[-1].after["starts_at"]), show.starts_at)

    def test_two_shows_that_move_to_one_screen_do_not_overlap(self):
        shows = [
            make_show(
                screen=make_screen(cinema=self.cinema),
                starts_at=datetime(2040, 6, 10, 18, tzinfo=UTC),
            )
            for _ in range(3)
        ]
        answers = at_once(
            [
                lambda show=show, client=client: client.post(
                    f"/api/shows/{show.pk}/reschedule/",
                    {"screen": self.screens[1].pk, "reason": "x"},
                )
                for show, client in zip(shows, self.staff, strict=False)
            ]
        )
        self.assertEqual(outcomes(answers), {(200, None): 1, (409, "shows_overlap"): 2})
        self.assertEqual(Show.objects.filter(screen=self.screens[1]).count(), 1)
