"""CLOSED_PAGES, ADMIN_HOSTS and ADMIN_ADDRESSES: what they close answers as an unknown path."""

from django.test import TestCase, override_settings

from testing.cases import APIAssertions

EVERY_PAGE = {
    "swagger": ["/", "/swagger", "/swagger/"],
    "redoc": ["/redoc", "/redoc/"],
    "schema": ["/schema", "/schema/", "/openapi.json"],
    "metrics": ["/metrics"],
    "readyz": ["/readyz"],
}
ALSO_CLOSED = {"schema": ["swagger", "redoc"]}  # they show it
LINKS = [b"/swagger/", b"/redoc/"]


class Unknown(APIAssertions):
    def assert_unknown(self, response):
        self.assert_problem(response, 404, "not_found", detail="There is nothing at this URL.")
        self.assertIn("X-Content-Type-Options", response)


class ClosedPageTests(Unknown, TestCase):
    def test_each_page_is_open_until_it_is_closed(self):
        for closed in EVERY_PAGE:
            with override_settings(DEBUG=True, CLOSED_PAGES=[closed]):
                for name, urls in EVERY_PAGE.items():
                    is_closed = name in [closed, *ALSO_CLOSED.get(closed, [])]
                    for url in urls:
                        with self.subTest(closed=closed, url=url):
                            response = self.client.get(url)
                            if is_closed:
                                self.assert_unknown(response)
                                self.assert_unknown(self.client.post(url))
                            else:
                                self.assertIn(response.status_code, [200, 302])

    def test_nothing_links_to_a_closed_page(self):
        for closed, shown in [
            ([], LINKS),
            (["swagger"], LINKS[1:]),
            (["redoc"], LINKS[:1]),
            (["schema"], []),
        ]:
            with override_settings(CLOSED_PAGES=closed):
                for url in ("/errors/", "/errors/seat_taken/"):
                    page = self.client.get(url).content
                    with self.subTest(closed=closed, url=url):
                        self.assertEqual([link for link in LINKS if link in page], shown)

    def test_healthz_and_the_api_stay_open(self):
        with override_settings(CLOSED_PAGES=[*EVERY_PAGE]):
            for url in ("/healthz", "/api/movies/", "/admin/login/", "/errors/"):
                self.assertEqual(self.client.get(url).status_code, 200)


@override_settings(ALLOWED_HOSTS=["*"])
class AdminPlaceTests(Unknown, TestCase):
    URLS = ("/admin", "/admin/", "/admin/login/", "/admin/nope/", "/%61dmin/", "/admin/jsi18n/")

    def assert_place(self, is_admitted, **request):
        for url in self.URLS:
            with self.subTest(url=url, **request):
                response = self.client.get(url, **request)
                if is_admitted:
                    self.assertIn(response.status_code, [200, 302])
                else:
                    self.assert_unknown(response)

    @override_settings(ADMIN_HOSTS=["staff.example", ".back.example"])
    def test_the_admin_is_on_its_hosts_only(self):
        for host, is_admitted in [
            ("staff.example", True),
            ("STAFF.example:8443", True),
            ("a.back.example", True),
            ("tickets.example", False),
            ("staff.example.evil.example", False),
        ]:
            self.assert_place(is_admitted, headers={"Host": host})
        self.assertEqual(self.client.get("/api/movies/").status_code, 200)

    @override_settings(ADMIN_ADDRESSES=["10.1.0.0/16", "2001:db8::/32", "192.0.2.7"])
    def test_the_admin_is_for_its_addresses_only(self):
        for address, is_admitted in [
            ("10.1.2.3", True),
            ("192.0.2.7", True),
            ("2001:db8::9", True),
            ("10.2.0.1", False),
            ("192.0.2.8", False),
            ("0.0.0.0", False),  # noqa: S104 - an unknown client
            ("::1", False),
        ]:
            self.assert_place(is_admitted, REMOTE_ADDR=address)
        self.assertEqual(self.client.get("/api/movies/").status_code, 200)

    @override_settings(ADMIN_HOSTS=["staff.example"], ADMIN_ADDRESSES=["10.1.0.0/16"])
    def test_both_must_be_right(self):
        self.assert_place(False, headers={"Host": "staff.example"}, REMOTE_ADDR="10.2.0.1")
        self.assert_place(False, headers={"Host": "tickets.example"}, REMOTE_ADDR="10.1.0.1")
        self.assert_place(True, headers={"Host": "staff.example"}, REMOTE_ADDR="10.1.0.1")
