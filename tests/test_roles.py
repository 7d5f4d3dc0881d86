"""What each role may do, and that staff of one cinema neither see nor change another's."""

from datetime import timedelta

from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.test import Client, TestCase
from django.utils import timezone

from accounts.models import User
from accounts.roles import (
    ACCOUNTS,
    BOX_OFFICE,
    DOOR,
    MANAGER,
    PROJECTION,
    ROLES,
    SUPPORT,
    rights_of,
)
from bookings.models import Booking
from movies.models import Screen, SeatCategory, Show, StaffCinema
from movies.staff_cinemas import cinemas_of
from testing.builders.accounts import allow, client_of, make_staff, make_user
from testing.builders.bookings import block_seat, make_order
from testing.builders.movies import (
    make_cinema,
    make_movie,
    make_price_list,
    make_screen,
    make_seating_plan,
    make_show,
)
from testing.cases import APIAssertions
from testing.throttles import rates

EVERYBODY = set(ROLES)
SALES = {MANAGER, BOX_OFFICE, ACCOUNTS, SUPPORT}

# Who may see which list of the admin, by the model.
LISTS = {
    "movies/show": EVERYBODY,
    "movies/screen": EVERYBODY,
    "movies/movie": EVERYBODY - {DOOR},
    "movies/cinema": EVERYBODY - {DOOR},
    "movies/seatingplan": {MANAGER, PROJECTION},
    "movies/pricelist": SALES,
    "movies/genre": {MANAGER},
    "movies/tickettype": {MANAGER},
    "movies/seatcategory": {MANAGER},
    "bookings/order": SALES,
    "bookings/booking": SALES,
    "tickets/admission": {MANAGER, BOX_OFFICE, DOOR},
    "accounts/user": SALES,
    "audit/entry": {MANAGER, ACCOUNTS},
    "auth/group": set(),
}
# Who may do what: the rights of rule and role, apart from each other.
RIGHTS = {
    "movies.add_show": {MANAGER},
    "movies.change_show": {MANAGER},
    "movies.make_free": {MANAGER},
    "movies.change_pricelist": {MANAGER},
    "bookings.block_seats": {MANAGER, BOX_OFFICE},
    "bookings.refund_by_rule": {MANAGER, BOX_OFFICE, SUPPORT},
    "bookings.refund_in_full": {MANAGER},
    "tickets.view_ticket": {MANAGER, BOX_OFFICE, SUPPORT},
    "tickets.renew_ticket": {MANAGER, BOX_OFFICE, SUPPORT},
    "tickets.block_tickets": {MANAGER, BOX_OFFICE, SUPPORT},
    "tickets.check_in": {MANAGER, BOX_OFFICE, DOOR},
    "accounts.erase_user": {MANAGER},
    "accounts.delete_user": set(),
    "auth.change_group": set(),
}


def make_role(role, username, *cinemas):
    """Return a member of staff with the role, limited to these cinemas if any are given."""
    user = make_user(username, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    for cinema in cinemas:
        StaffCinema.objects.create(user=user, cinema=cinema)
    return User.objects.get(pk=user.pk)


class RoleTests(TestCase):
    def test_the_table_holds_for_every_list_and_role(self):
        for number, role in enumerate(ROLES):
            self.client.force_login(make_role(role, f"user{number}"))
            for path, roles in LISTS.items():
                with self.subTest(role=role, path=path):
                    status = self.client.get(f"/admin/{path}/").status_code
                    self.assertEqual(status, 200 if role in roles else 403)

    def test_the_table_holds_for_every_right_and_role(self):
        for number, role in enumerate(ROLES):
            user = make_role(role, f"user{number}")
            for right, roles in RIGHTS.items():
                with self.subTest(role=role, right=right):
                    self.assertEqual(user.has_perm(right), role in roles)

    def test_every_right_of_a_role_is_a_permission(self):
        found = Permission.objects.values_list("content_type__app_label", "codename")
        known = {f"{app}.{codename}" for app, codename in found}
        for role in ROLES:
            self.assertEqual(rights_of(role) - known, set())

    def test_migrate_sets_the_roles_again_and_leaves_other_groups_alone(self):
        door = Group.objects.get(name=DOOR)
        right = Permission.objects.get(codename="refund_in_full")
        door.permissions.set([right])
        own = Group.objects.create(name="Our own")
        own.permissions.set([right])
        Group.objects.get(name=SUPPORT).delete()
        call_command("migrate", verbosity=0)
        names = {each.codename for each in door.permissions.all()}
        self.assertEqual(names, {"view_screen", "view_show", "check_in", "view_admission"})
        self.assertEqual([each.codename for each in own.permissions.all()], ["refund_in_full"])
        self.assertTrue(Group.objects.get(name=SUPPORT).permissions.exists())

    def test_the_groups_of_roles_cannot_be_changed(self):
        self.client.force_login(make_staff("boss"))
        door = Group.objects.get(name=DOOR)
        page = f"/admin/auth/group/{door.pk}/"
        self.assertEqual(self.client.get(f"{page}change/").status_code, 200)
        self.assertEqual(self.client.post(f"{page}change/", {"name": "x"}).status_code, 403)
        self.assertEqual(self.client.post(f"{page}delete/", {"post": "yes"}).status_code, 403)

    def test_nobody_gives_a_group_a_right_that_he_has_not(self):
        clerk = make_user("clerk", is_staff=True)
        allow(clerk, "add_group", "change_group", "view_group", "view_show")
        self.client.force_login(clerk)
        more = Permission.objects.get(codename="refund_in_full")
        same = Permission.objects.get(codename="view_show")
        add = "/admin/auth/group/add/"
        refused = self.client.post(add, {"name": "Mine", "permissions": [more.pk]})
        self.assertContains(refused, "Select a valid choice")
        added = self.client.post(add, {"name": "Mine", "permissions": [same.pk]})
        self.assertEqual(added.status_code, 302)
        strong = Group.objects.create(name="Strong")
        strong.permissions.set([more])
        page = f"/admin/auth/group/{strong.pk}/change/"
        self.assertEqual(self.client.post(page, {"name": "Weak"}).status_code, 403)

    def test_only_superusers_set_the_cinemas_of_staff(self):
        manager = make_role(MANAGER, "manager")
        page = f"/admin/accounts/user/{manager.pk}/change/"
        self.client.force_login(manager)
        self.assertNotContains(self.client.get(page), "staff_cinemas-TOTAL_FORMS")
        self.client.force_login(make_staff("boss"))
        self.assertContains(self.client.get(page), "staff_cinemas-TOTAL_FORMS")

    def test_refunds_by_the_rule_and_in_full_are_rights_apart(self):
        order = make_order(user=make_user("alice"), show=make_show())
        self.client.force_login(make_role(BOX_OFFICE, "clerk"))
        page = self.client.get(f"/admin/bookings/order/{order.pk}/change/")
        self.assertContains(page, "cancel_by_rule")
        self.assertNotContains(page, "cancel_in_full")
        body = {"_selected_action": order.pk, "reason": "ill", "post": "yes"}
        for action, status in (("cancel_in_full", "booked"), ("cancel_by_rule", "cancelled")):
            self.client.post("/admin/bookings/order/", body | {"action": action})
            order.refresh_from_db()
            self.assertEqual(order.status, status, action)


class TwoCinemas(APIAssertions, TestCase):
    """Lyon, whose manager asks, and London, whose screen, orders and blocks have a marker."""

    @classmethod
    def setUpTestData(cls):
        cls.lyon, cls.london = make_cinema(name="Lyon"), make_cinema(name="London")
        cls.customer, cls.boss = make_user("alice"), make_staff("boss")
        cls.movie = make_movie(title="Everywhere")
        cls.plan = make_seating_plan(name="Everywhere")
        cls.prices = make_price_list({("Standard", "Adult"): 9}, name="Everywhere")
        cls.own, cls.other = (
            cls.make_cinema_rows(cls.lyon, "1"),
            cls.make_cinema_rows(cls.london, "THAMES"),
        )
        cls.manager = make_role(MANAGER, "manager", cls.lyon)

    @classmethod
    def make_cinema_rows(cls, cinema, name):
        screen = make_screen(cinema=cinema, name=f"Hall {name}")
        used = {"movie": cls.movie, "seating_plan": cls.plan, "price_list": cls.prices}
        show = make_show(screen=screen, **used)
        order = make_order(user=cls.customer, show=show, seats=["A1"])
        block_seat(show=show, seat_number="A2", by=cls.boss)
        Booking.objects.filter(show=show, seat_number="A2").update(block_reason=f"{name} leaks")
        return {"screen": screen, "show": show, "order": order, "booking": order.bookings.get()}

    def setUp(self):
        super().setUp()
        self.enterContext(rates())
        self.admin = Client()
        self.admin.force_login(self.manager)
        self.api = client_of(self.manager)


class AdminOfOneCinemaTests(TwoCinemas):
    def pages(self, rows):
        """Yield the pages of the admin about rows of one cinema."""
        show, order, booking = rows["show"], rows["order"], rows["booking"]
        seats = f"/admin/bookings/booking/show/{show.pk}/"
        yield from (seats, f"{seats}seat/A1/")
        yield f"/admin/movies/show/{show.pk}/reschedule/"
        for path, row in (
            ("movies/cinema", show.screen.cinema),
            ("movies/screen", show.screen),
            ("movies/show", show),
            ("bookings/order", order),
            ("bookings/booking", booking),
        ):
            for page in ("change", "history"):
                yield f"/admin/{path}/{row.pk}/{page}/"
        for path, row in (("movies/screen", show.screen), ("movies/show", show)):
            yield f"/admin/{path}/{row.pk}/delete/"

    def test_every_page_of_ones_own_cinema_opens(self):
        for page in self.pages(self.own):
            with self.subTest(page=page):
                self.assertEqual(self.admin.get(page).status_code, 200)

    def test_no_page_of_another_cinema_opens_or_takes_a_form(self):
        before = Show.objects.values().get(pk=self.other["show"].pk)
        for page in self.pages(self.other):
            for method in ("get", "post"):
                with self.subTest(page=page, method=method):
                    response = getattr(self.admin, method)(page, {"post": "yes", "do": "cancel"})
                    self.assertIn(response.status_code, {302, 403, 404})
                    if response.status_code == 302:  # of Django: the row does not exist
                        self.assertEqual(response.url, "/admin/")
        self.assertEqual(Show.objects.values().get(pk=self.other["show"].pk), before)

    def test_no_list_search_or_box_shows_rows_of_another_cinema(self):
        code, day = self.other["order"].code, timezone.now() + timedelta(days=1)
        lists = ["movies/cinema", "movies/screen", "movies/show", "bookings/order"]
        lists += ["bookings/booking", "movies/pricelist", "movies/seatingplan", "movies/movie"]
        urls = [f"/admin/{path}/" for path in lists]
        urls += [
            f"/admin/bookings/order/?q={code}",
            f"/admin/bookings/order/?show={self.other['show'].pk}",
            f"/admin/bookings/order/?show__screen__cinema__id__exact={self.london.pk}",
            f"/admin/movies/show/?screen__cinema__id__exact={self.london.pk}",
            f"/admin/movies/show/timetable/?cinema={self.london.pk}&day={day:%Y-%m-%d}",
            "/admin/movies/show/schedule/",
            "/admin/movies/show/add/",
            f"/admin/accounts/user/{self.customer.pk}/change/",
            f"/admin/movies/pricelist/{self.prices.pk}/change/",
            f"/admin/movies/movie/{self.movie.pk}/change/",
            "/admin/autocomplete/?app_label=movies&model_name=show&field_name=screen&term=hall",
            "/admin/",
        ]
        for url in urls:
            with self.subTest(url=url):
                response = self.admin.get(url)
                self.assertEqual(response.status_code, 200)
                self.assertNotContains(response, "THAMES")
                self.assertNotContains(response, f">{code}<")
        self.assertContains(self.admin.get("/admin/bookings/order/"), self.own["order"].code)
        self.assertContains(
            self.admin.get(f"/admin/accounts/user/{self.customer.pk}/change/"),
            self.own["order"].code,
        )

    def test_no_action_reaches_rows_of_another_cinema(self):
        for path, row in (
            ("bookings/order", self.other["order"]),
            ("bookings/booking", self.other["booking"]),
        ):
            for action in ("cancel_by_rule", "cancel_in_full"):
                body = {"action": action, "_selected_action": row.pk, "reason": "x", "post": "yes"}
                self.admin.post(f"/admin/{path}/", body)
                row.refresh_from_db()
                self.assertEqual(row.status, "booked")
        delete = {"action": "delete_selected", "_selected_action": self.other["show"].pk}
        self.admin.post("/admin/movies/show/", delete | {"post": "yes"})
        self.assertTrue(Show.objects.filter(pk=self.other["show"].pk).exists())

    def test_a_form_takes_no_screen_of_another_cinema(self):
        start = timezone.now() + timedelta(days=3)
        body = {"movie": self.movie.pk, "screen": self.other["screen"].pk, "format": "2D"}
        body |= {"starts_at_0": f"{start:%Y-%m-%d}", "starts_at_1": "12:00", "language": "en"}
        body |= {"total_seats": 50, "confirm_free": "on"}
        response = self.admin.post("/admin/movies/show/add/", body)
        self.assertContains(response, "Select a valid choice")
        body |= {"days": f"{start:%Y-%m-%d}", "times": "12:00"}
        response = self.admin.post("/admin/movies/show/schedule/", body)
        self.assertContains(response, "Select a valid choice")
        self.assertEqual(Show.objects.count(), 2)

    def test_what_another_cinema_uses_too_is_seen_and_not_changed(self):
        for path, row in (
            ("movies/movie", self.movie),
            ("movies/pricelist", self.prices),
            ("movies/seatingplan", self.plan),
            ("movies/tickettype", self.prices.prices.get().ticket_type),
            ("movies/seatcategory", self.prices.prices.get().category),
        ):
            page = f"/admin/{path}/{row.pk}/"
            with self.subTest(path=path):
                self.assertEqual(self.admin.get(f"{page}change/").status_code, 200)
                self.assertEqual(self.admin.post(f"{page}change/", {}).status_code, 403)
                self.assertEqual(self.admin.get(f"{page}delete/").status_code, 403)

    def test_what_only_ones_own_cinema_uses_can_be_changed(self):
        self.other["order"].bookings.all().delete()
        Booking.objects.filter(show=self.other["show"]).delete()
        self.other["order"].delete()
        self.other["show"].delete()
        page = f"/admin/movies/movie/{self.movie.pk}/change/"
        body = {"title": "Here", "duration_minutes": 90, "language": "en"}
        self.assertEqual(self.admin.post(page, body).status_code, 302)
        self.movie.refresh_from_db()
        self.assertEqual(self.movie.title, "Here")

    def test_the_audit_of_all_is_for_staff_of_all_cinemas(self):
        self.assertEqual(self.admin.get("/admin/audit/entry/").status_code, 403)
        StaffCinema.objects.all().delete()
        self.assertEqual(self.admin.get("/admin/audit/entry/").status_code, 200)

    def test_staff_of_all_cinemas_see_all(self):
        StaffCinema.objects.all().delete()
        for page in (*self.pages(self.own), *self.pages(self.other)):
            with self.subTest(page=page):
                self.assertEqual(self.admin.get(page).status_code, 200)

    def test_staff_of_two_cinemas_see_both(self):
        StaffCinema.objects.create(user=self.manager, cinema=self.london)
        for page in (*self.pages(self.own), *self.pages(self.other)):
            with self.subTest(page=page):
                self.assertEqual(self.admin.get(page).status_code, 200)

    def test_a_cinema_with_staff_of_its_own_is_kept_so_that_they_stay_limited(self):
        empty = make_cinema(name="Empty")
        manager = make_role(MANAGER, "manager2", empty)
        self.admin.force_login(manager)
        page = f"/admin/movies/cinema/{empty.pk}/delete/"
        self.assertContains(self.admin.get(page), "Members of staff are limited to it.")
        self.admin.post(page, {"post": "yes"})
        status = client_of(manager).delete(f"/api/cinemas/{empty.pk}/").status_code
        self.assertEqual(status, 409)
        self.assertEqual(self.admin.get("/admin/audit/entry/").status_code, 403)

    def test_customers_of_other_cinemas_are_not_changed_exported_or_erased(self):
        page = f"/admin/accounts/user/{self.customer.pk}/"
        for path in ("password", "export", "erase"):
            with self.subTest(path=path):
                self.assertEqual(self.admin.get(f"{page}{path}/").status_code, 403)
        self.assertEqual(self.admin.post(f"{page}change/", {"username": "x"}).status_code, 403)
        own = make_user("own")
        make_order(user=own, show=self.own["show"], seats=["A5"])
        for path in ("password", "export", "erase"):
            with self.subTest(path=path):
                status = self.admin.get(f"/admin/accounts/user/{own.pk}/{path}/").status_code
                self.assertEqual(status, 200)
        boss = self.admin.get(f"/admin/accounts/user/{self.boss.pk}/export/")
        self.assertEqual(boss.status_code, 403)
        with self.assertLogs("django", "ERROR"):  # a lookup that is not allowed
            found = self.admin.get(f"/admin/accounts/user/?orders={self.other['order'].pk}")
        self.assertNotContains(found, "alice", status_code=found.status_code)

    def test_a_plan_adds_no_category_of_the_chain(self):
        body = {"name": "New", "text": "v = VIP\n\nA  ssvv"}
        page = self.admin.post("/admin/movies/seatingplan/add/", body)
        self.assertContains(page, "Staff of all cinemas have to add these categories: VIP.")
        response = client_of(self.manager).post("/api/seating-plans/", body)
        self.assert_problem(response, 400, "invalid", fields={"text"})
        self.assertFalse(SeatCategory.objects.filter(name="VIP").exists())
        self.assertEqual(client_of(self.boss).post("/api/seating-plans/", body).status_code, 201)

    def test_an_old_version_of_a_plan_that_others_use_is_not_replaced(self):
        old = make_seating_plan(name="Hall plan")
        new = make_seating_plan(name="Hall plan", replaces=old)
        Screen.objects.filter(pk=self.other["screen"].pk).update(seating_plan=new)
        page = f"/admin/movies/seatingplan/{old.pk}/change/"
        self.assertEqual(
            self.admin.post(page, {"name": "Hall plan", "text": "A ss"}).status_code, 403
        )
        body = {"name": "Hall plan", "text": "A ss"}
        api = client_of(self.manager)
        self.assertEqual(api.put(f"/api/seating-plans/{old.pk}/", body).status_code, 403)

    def test_a_customer_with_orders_elsewhere_is_not_deleted(self):
        allow(self.manager, "delete_user", "view_user")
        self.own["order"].bookings.all().delete()
        self.own["order"].delete()
        page = f"/admin/accounts/user/{self.customer.pk}/delete/"
        self.assertEqual(self.admin.get(page).status_code, 302)  # the customer is not listed
        self.admin.post(page, {"post": "yes"})
        self.assertTrue(User.objects.filter(pk=self.customer.pk).exists())


class ApiOfOneCinemaTests(TwoCinemas):
    def calls(self, rows):
        """Yield (method, path, body) of every write about rows of one cinema."""
        show, screen = rows["show"], rows["screen"]
        path = f"shows/{show.pk}/"
        later = (show.starts_at + timedelta(hours=1)).isoformat()
        seats = {"seat_numbers": ["A3"], "reason": "broken"}
        yield "post", f"{path}block/", seats
        yield "post", f"{path}unblock/", {"seat_numbers": ["A3"]}
        yield "patch", path, {"subtitles": "fr"}
        yield "post", f"{path}reschedule/", {"starts_at": later, "reason": "late"}
        yield "post", f"{path}cancel/", {"reason": "flood"}
        yield "patch", f"cinemas/{screen.cinema_id}/", {"address": "1 High Street"}
        yield "patch", f"screens/{screen.pk}/", {"turnaround_minutes": 5}

    def call(self, method, path, body=None):
        return getattr(self.api, method)(f"/api/{path}", body or {})

    def test_every_call_about_ones_own_cinema_succeeds(self):
        for method, path, body in self.calls(self.own):
            with self.subTest(path=path):
                response = self.call(method, path, body)
                self.assertEqual(response.status_code, 200, response.content)

    def test_every_call_about_another_cinema_is_refused(self):
        before = Show.objects.values().get(pk=self.other["show"].pk)
        show, screen = self.other["show"], self.other["screen"]
        calls = [*self.calls(self.other)]
        calls += [("put", f"shows/{show.pk}/", {}), ("delete", f"shows/{show.pk}/", {})]
        calls += [("put", f"cinemas/{self.london.pk}/", {})]
        calls += [("delete", f"cinemas/{self.london.pk}/", {})]
        for method, path, body in calls:
            with self.subTest(path=path):
                self.assertEqual(
                    self.call(method, path, body).status_code,
                    404 if path.startswith("screens") else 403,
                )
        for method in ("get", "delete"):
            self.assertEqual(self.call(method, f"screens/{screen.pk}/").status_code, 404)
        self.assertEqual(Show.objects.values().get(pk=self.other["show"].pk), before)
        listed = self.call("get", "screens/").json()["results"]
        self.assertEqual([each["id"] for each in listed], [self.own["screen"].pk])

    def test_no_body_takes_a_screen_or_cinema_of_others(self):
        screen = self.other["screen"].pk
        day = timezone.now() + timedelta(days=5)
        show = {"movie": self.movie.pk, "screen": screen, "language": "en", "total_seats": 9}
        days = {"days": [f"{day:%Y-%m-%d}"], "times": ["12:00"]}
        for method, path, body in (
            ("post", "shows/", show | {"starts_at": day.isoformat()}),
            ("post", "shows/schedule/", show | days),
            ("patch", f"shows/{self.own['show'].pk}/", {"screen": screen}),
            ("post", "screens/", {"cinema": self.london.pk, "name": "New"}),
            ("patch", f"screens/{self.own['screen'].pk}/", {"cinema": self.london.pk}),
        ):
            with self.subTest(path=path):
                response = self.call(method, path, body)
                [(_, code)] = [
                    (each["field"], each["code"]) for each in response.json().get("errors", [])
                ]
                self.assertEqual((response.status_code, code), (400, "other_cinema"))
        self.assertEqual(Show.objects.count(), 2)

    def test_what_cinemas_share_is_read_added_and_not_changed(self):
        price = self.prices.prices.get()
        for path, row, added in (
            ("movies", self.movie, True),
            ("price-lists", self.prices, True),
            ("seating-plans", self.plan, True),
            ("ticket-types", price.ticket_type, False),
            ("seat-categories", price.category, False),
            ("genres", None, False),
            ("cinemas", self.london, False),
        ):
            with self.subTest(path=path):
                self.assertEqual(self.call("get", f"{path}/").status_code, 200)
                self.assertEqual(self.call("post", f"{path}/").status_code, 400 if added else 403)
                if row:
                    for method in ("put", "delete"):
                        status = self.call(method, f"{path}/{row.pk}/").status_code
                        self.assertEqual(status, 403)

    def test_a_role_without_the_right_is_refused_in_its_own_cinema_too(self):
        self.api = client_of(make_role(DOOR, "door", self.lyon))
        for method, path, body in self.calls(self.own):
            with self.subTest(path=path):
                self.assertEqual(self.call(method, path, body).status_code, 403)

    def test_the_limit_costs_one_query(self):
        for user, queries in ((self.manager, 1), (self.boss, 0)):
            user = User.objects.get(pk=user.pk)
            with self.assertNumQueries(queries):
                cinemas_of(user)
                cinemas_of(user)
