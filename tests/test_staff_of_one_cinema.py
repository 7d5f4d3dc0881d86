"""Customers, moves, days and histories as staff of one cinema see them."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.roles import SUPPORT
from audit.models import Entry
from audit.records import record
from bookings.models import Booking, Order
from bookings.seat_request import SeatRequest
from bookings.services import move_order
from movies.models import Show, StaffCinema
from testing.builders.accounts import make_user
from testing.builders.bookings import make_order
from testing.builders.movies import make_show
from tests.test_roles import TwoCinemas, make_role

USERS, ORDERS, BOOKINGS = (
    f"/admin/{path}/" for path in ("accounts/user", "bookings/order", "bookings/booking")
)


class CustomersTests(TwoCinemas):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.stranger = make_user("stranger", first_name="Ada", email="ada@example.com")
        make_order(user=cls.stranger, show=cls.other["show"], seats=["A7"])
        cls.nobody = make_user("newcomer")
        cls.support = make_role(SUPPORT, "support", cls.lyon)

    def test_the_list_has_the_customers_of_ones_own_cinema_and_oneself(self):
        for user in (self.manager, self.support):
            self.admin.force_login(user)
            for url in (USERS, f"{USERS}?q=a", f"{USERS}?q=n", f"{USERS}?date_joined__year=2026"):
                with self.subTest(user=user, url=url):
                    found = self.admin.get(url).context["cl"].queryset
                    self.assertLessEqual(
                        set(found.values_list("username", flat=True)), {"alice", user.username}
                    )
            found = self.admin.get(USERS).context["cl"].queryset
            self.assertEqual(set(found), {self.customer, user})

    def test_no_page_of_another_customer_opens(self):
        for customer in (self.stranger, self.nobody):
            for page in ("change", "history", "password", "export", "erase", "delete"):
                url = f"{USERS}{customer.pk}/{page}/"
                for method in (self.admin.get, self.admin.post):
                    with self.subTest(url=url, method=method.__name__):
                        response = method(url)
                        self.assertIn(response.status_code, {302, 403, 404})
                        self.assertNotIn(b"ada@", response.content)
        self.stranger.refresh_from_db()
        self.assertEqual((self.stranger.first_name, self.stranger.erased_at), ("Ada", None))

    def test_a_filter_by_a_customer_does_not_name_another(self):
        for url in (ORDERS, BOOKINGS):
            page = self.admin.get(f"{url}?customer={self.stranger.pk}")
            self.assertNotContains(page, "stranger")
            page = self.admin.get(f"{url}?customer={self.customer.pk}")
            self.assertContains(page, "alice")

    def test_staff_of_all_cinemas_see_all_customers(self):
        StaffCinema.objects.all().delete()
        found = self.admin.get(USERS).context["cl"].queryset
        self.assertEqual(set(found), set(User.objects.all()))
        page = self.admin.get(f"{ORDERS}?customer={self.stranger.pk}")
        self.assertContains(page, "stranger")

    def test_the_list_costs_the_same_for_any_number_of_customers(self):
        with self.assertNumQueries(12):
            self.admin.get(USERS)
        for number in range(5):
            customer = make_user(f"customer{number}")
            make_order(user=customer, show=self.own["show"], seats=[f"B{number + 1}"])
        with self.assertNumQueries(12):
            self.admin.get(USERS)


class MovesTests(TwoCinemas):
    """An order that moved from Lyon to London, and one that moved the other way."""

    def setUp(self):
        super().setUp()
        self.away = self.moved(self.own["order"], self.other["show"])
        self.here = self.moved(self.other["order"], self.own["show"])
        self.old = Booking.objects.get(pk=self.own["booking"].pk)
        self.assertIn("THAMES", self.old.cancel_reason)

    def moved(self, order, show):
        request = SeatRequest(seat_numbers=("A6",), ticket_types=(None,))
        return move_order(order=order, show=show, request=request, by=self.boss).order

    def pages(self):
        show = self.own["show"].pk
        return {
            "booking": f"{BOOKINGS}{self.old.pk}/change/",
            "order": f"{ORDERS}{self.here.pk}/change/",
            "left": f"{BOOKINGS}show/{show}/seat/A1/",
            "arrived": f"{BOOKINGS}show/{show}/seat/A6/",
            "list": f"{BOOKINGS}?q=alice",
        }

    def test_they_say_only_that_it_was_another_cinema(self):
        for name, url in self.pages().items():
            with self.subTest(name):
                page = self.admin.get(url)
                self.assertEqual(page.status_code, 200)
                self.assertNotContains(page, "THAMES")
        pages = self.pages()
        self.assertContains(self.admin.get(pages["booking"]), "Moved to another cinema")
        self.assertContains(self.admin.get(pages["left"]), "Now in another cinema.")
        self.assertContains(self.admin.get(pages["arrived"]), "Moved here from another cinema.")

    def test_the_bookings_that_it_left_elsewhere_are_not_on_its_page(self):
        page = self.admin.get(self.pages()["order"])
        self.assertContains(page, "A6")
        self.assertNotContains(page, f"/admin/bookings/booking/{self.other['booking'].pk}/")

    def test_moves_of_version_0_1_0_are_hidden_too(self):
        Booking.objects.filter(pk=self.old.pk).update(end_request_id="request-of-the-move")
        new = self.away.bookings.get(seat_number="A6")
        later = self.old.cancelled_at + timedelta(milliseconds=1)
        Booking.objects.filter(pk=new.pk).update(
            request_id="request-of-the-move", created_at=later, booked_at=later
        )
        page = self.admin.get(self.pages()["booking"])
        self.assertContains(page, "Moved to another cinema")
        self.assertNotContains(page, "THAMES")

    def test_moves_within_the_cinema_and_typed_reasons_are_shown(self):
        second = make_show(
            screen=self.own["screen"],
            movie=self.movie,
            seating_plan=self.plan,
            price_list=self.prices,
            starts_at=self.own["show"].starts_at + timedelta(days=1),
        )
        order = make_order(user=self.customer, show=self.own["show"], seats=["B1"])
        booking = order.bookings.get()
        self.moved(order, second)
        page = self.admin.get(f"{BOOKINGS}{booking.pk}/change/")
        self.assertContains(page, f"Moved to {second}")
        Booking.objects.filter(pk=booking.pk).update(cancel_reason="Asked by telephone")
        page = self.admin.get(f"{BOOKINGS}{booking.pk}/change/")
        self.assertContains(page, "Asked by telephone")

    def test_staff_of_all_cinemas_see_where_it_went(self):
        StaffCinema.objects.all().delete()
        for name in ("booking", "left", "arrived"):
            with self.subTest(name):
                self.assertContains(self.admin.get(self.pages()[name]), "THAMES")


class DaysTests(TwoCinemas):
    def test_filters_offer_only_days_of_ones_own_cinema(self):
        far = timezone.now().replace(year=2031, month=3, day=14)
        end = far + timedelta(hours=2)
        Show.objects.filter(pk=self.other["show"].pk).update(starts_at=far, ends_at=end)
        Order.objects.filter(pk=self.other["order"].pk).update(created_at=far)
        Booking.objects.filter(pk=self.other["booking"].pk).update(created_at=far, booked_at=far)
        lists = ["/admin/movies/show/", ORDERS, BOOKINGS]
        offered = [(url, "year=2031") for url in lists]
        offered += [
            ("/admin/movies/show/?starts_at__year=2031", "month=3"),
            (f"{ORDERS}?show_year=2031", "show_month=3"),
            (f"{ORDERS}?created_year=2031&created_month=3", "created_day=14"),
            (f"{BOOKINGS}?booked_year=2031&booked_month=3", "booked_day=14"),
        ]
        for url, link in offered:
            with self.subTest(url=url):
                self.assertNotContains(self.admin.get(url), link)
        for url in lists:
            own = f"year={self.own['show'].starts_at.year}"
            self.assertContains(self.admin.get(url), own)
        StaffCinema.objects.all().delete()
        for url, link in offered:
            with self.subTest(url=url, staff="of all cinemas"):
                self.assertContains(self.admin.get(url), link)


class HistoryTests(TwoCinemas):
    def test_a_shared_plan_names_only_ones_own_screens(self):
        own, other = str(self.own["screen"]), str(self.other["screen"])
        record("move_screens", self.plan, after={"screens": [own, other]})
        page = f"/admin/movies/seatingplan/{self.plan.pk}/history/"
        self.assertContains(self.admin.get(page), own)
        self.assertNotContains(self.admin.get(page), "THAMES")
        self.assertEqual(Entry.objects.latest("id").after, {"screens": [own, other]})
        StaffCinema.objects.all().delete()
        self.assertContains(self.admin.get(page), "THAMES")

    def test_no_history_of_a_shared_row_names_another_cinema(self):
        boss = Client()
        boss.force_login(self.boss)
        pages = {
            "movies/movie": self.movie,
            "movies/pricelist": self.prices,
            "movies/seatingplan": self.plan,
            "movies/tickettype": self.prices.prices.get().ticket_type,
            "movies/seatcategory": self.prices.prices.get().category,
        }
        text = {"name": "Everywhere", "text": "A  ssss"}
        boss.post(f"/admin/movies/seatingplan/{self.plan.pk}/change/", text)
        boss.post(f"/admin/movies/movie/{self.movie.pk}/change/", {"title": "Everywhere 2"})
        for path, row in pages.items():
            with self.subTest(path=path):
                page = self.admin.get(f"/admin/{path}/{row.pk}/history/")
                self.assertEqual(page.status_code, 200)
                self.assertNotContains(page, "THAMES")
