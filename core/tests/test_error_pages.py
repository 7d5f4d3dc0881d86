"""The pages about the error codes, to which the `type` of each error leads."""

import html
import json
import re

from django.test import TestCase, override_settings

from core.http.openapi.errors import all_codes, documented
from testing.cases import APIAssertions


class ErrorPageTests(APIAssertions, TestCase):
    def text_of(self, url):
        """Return the text of a page, without its tags."""
        response = self.client.get(url)
        self.assertEqual(response.status_code, 200, url)
        self.assertEqual(response["Content-Type"], "text/html; charset=utf-8")
        return html.unescape(re.sub("<[^>]*>", "", response.content.decode()))

    def test_every_code_has_a_page_that_explains_it(self):
        for code, error in documented().items():
            with self.subTest(code=code):
                text = self.text_of(f"/errors/{code}/")
                self.assertIn(f"HTTP status {error.status} {error.title}", text)
                for heading in ["What it means", "What to do"]:
                    [sentence] = re.findall(rf"{heading}\n(.+)\n", text)
                    self.assertRegex(sentence, r"^[A-Z].*\.$")
                for member in error.members:
                    self.assertIn(member, text)

    def test_the_example_of_a_page_is_the_body_of_such_an_error(self):
        found = re.search(r"<pre>(.*?)</pre>", self.page("seat_taken"), re.DOTALL)
        example = json.loads(html.unescape(found[1]))
        self.assertEqual(example["type"], "/errors/seat_taken/")
        self.assertEqual(example["seats"], [{"seat_number": "7", "code": "seat_taken"}])

    def page(self, code):
        return self.client.get(f"/errors/{code}/").content.decode()

    def test_a_page_has_the_words_of_the_documentation(self):
        text = self.text_of("/errors/throttled/")
        self.assertIn("Too many requests, or too many wrong passwords.", text)
        self.assertIn("Wait for Retry-After seconds.", text)

    def test_a_page_links_to_the_operations_in_swagger(self):
        self.assertIn('href="/swagger/#/shows/holdSeats"', self.page("held_too_long"))
        self.assertNotIn("/swagger/#/shows/bookSeat", self.page("held_too_long"))
        self.assertIn("Any operation.", self.page("internal_error"))

    def test_the_list_links_to_every_code(self):
        page = self.client.get("/errors/").content.decode()
        self.assertEqual(sorted(re.findall(r'href="/errors/(\w+)/"', page)), all_codes())

    def test_an_unknown_code_is_not_found(self):
        for code in ["seat_takn", "SEAT_TAKEN", "a-b"]:
            with self.subTest(code=code):
                self.assert_problem(self.client.get(f"/errors/{code}/"), 404, "not_found")

    def test_the_type_of_an_error_leads_to_its_page(self):
        errors = [
            self.client.get("/api/movies/?colour=red"),
            self.client.get("/api/nothing/"),
            self.client.get("/api/orders/"),
            self.client.post("/errors/"),
            self.client.post("/api/auth/login/", "{", content_type="application/json"),
            self.client.post("/api/auth/login/", "x", content_type="text/plain"),
        ]
        for response in errors:
            problem = response.json()
            with self.subTest(code=problem["code"]):
                self.assertIn(problem["code"], self.text_of(problem["type"]))

    def test_a_malformed_request_has_errors_as_any_invalid_one(self):
        with (
            override_settings(ALLOWED_HOSTS=["cinema.example"]),
            self.assertLogs("django.security"),
        ):
            response = self.client.get("/api/movies/")
        body = self.assert_problem(response, 400, "invalid")
        self.assertEqual(
            body["errors"],
            [{"field": None, "code": "invalid", "detail": "The request is malformed."}],
        )


class QueryTests(TestCase):
    def test_the_pages_need_no_database(self):
        with self.assertNumQueries(0):
            self.client.get("/errors/")
            self.client.get("/errors/seat_taken/")
