"""The OpenAPI document, for developers of front ends."""

import json
import re
from unittest.mock import patch

import yaml
from django.test import SimpleTestCase, TestCase
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator

from core.http.openapi.errors import all_codes
from core.http.pagination import Pages

# Generated clients name their functions after these ids: never change one.
OPERATION_IDS = """
    signUp logIn refreshToken logOut getMe changeMe changePassword requestPasswordReset
    resetPassword listMovieShows listMovies createMovie getMovie replaceMovie changeMovie
    deleteMovie listCinemas createCinema getCinema replaceCinema changeCinema deleteCinema
    listShows createShow getShow replaceShow changeShow deleteShow scheduleShows rescheduleShow
    listGenres createGenre getGenre replaceGenre changeGenre deleteGenre listScreens
    createScreen getScreen replaceScreen changeScreen deleteScreen listSeatCategories
    createSeatCategory getSeatCategory replaceSeatCategory changeSeatCategory deleteSeatCategory
    listSeatingPlans createSeatingPlan getSeatingPlan replaceSeatingPlan deleteSeatingPlan
    listTicketTypes createTicketType getTicketType replaceTicketType changeTicketType
    deleteTicketType listPriceLists createPriceList getPriceList replacePriceList
    deletePriceList getAvailability drawSeats listSeats quoteSeats holdSeats bookSeat blockSeats
    unblockSeats cancelShow listMyBookings listOrders getOrder confirmOrder extendHold
    previewCancellation cancelOrder moveOrder getBooking cancelBooking
"""


class SchemaTests(SimpleTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.schema = SchemaGenerator().get_schema(request=None, public=True)
        cls.operations = [
            (f"{method.upper()} {path}", operation)
            for path, methods in cls.schema["paths"].items()
            for method, operation in methods.items()
        ]

    def test_it_is_valid_openapi(self):
        validate_schema(self.schema)

    def test_every_operation_has_a_summary_of_its_own(self):
        summaries = [operation["summary"] for _, operation in self.operations]
        self.assertEqual(sorted(set(summaries)), sorted(summaries))

    def test_operation_ids_are_those_of_generated_clients(self):
        found = [operation["operationId"] for _, operation in self.operations]
        self.assertEqual(found, OPERATION_IDS.split())
        self.assertEqual(len(set(found)), len(found))

    def test_every_operation_has_its_security(self):
        for name, operation in self.operations:
            with self.subTest(operation=name):
                self.assertIn("security", operation)
        bearer = self.schema["components"]["securitySchemes"]["jwtAuth"]
        self.assertEqual((bearer["type"], bearer["scheme"]), ("http", "bearer"))

    def test_operations_are_in_the_order_in_which_clients_call_them(self):
        paths = list(self.schema["paths"])
        self.assertEqual(paths[:2], ["/api/auth/signup/", "/api/auth/login/"])
        for root, actions in [
            ("/api/shows/{id}/", ["seats", "quote", "hold", "book", "block", "unblock", "cancel"]),
            ("/api/orders/{code}/", ["confirm", "extend", "cancel/preview", "cancel", "move"]),
        ]:
            found = [paths.index(f"{root}{action}/") for action in actions]
            self.assertEqual(sorted(found), found)
        for path, methods in self.schema["paths"].items():
            with self.subTest(path=path):
                expected = [m for m in ["get", "post", "put", "patch", "delete"] if m in methods]
                self.assertEqual(list(methods), expected)

    def test_public_reads_require_no_token(self):
        paths = self.schema["paths"]
        for path in ["movies", "cinemas/{id}", "shows", "movies/{id}/shows", "shows/{id}/seats"]:
            operation = paths[f"/api/{path}/"]["get"]
            with self.subTest(path=path):
                self.assertEqual(operation["security"], [])
                self.assertNotIn("403", operation["responses"])
        for path, method in [("movies", "post"), ("orders", "get"), ("shows/{id}/book", "post")]:
            with self.subTest(path=path, method=method):
                operation = paths[f"/api/{path}/"][method]
                self.assertEqual(operation["security"], [{"jwtAuth": []}])

    def test_every_query_parameter_has_a_description(self):
        for name, operation in self.operations:
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "query":
                    with self.subTest(operation=name, parameter=parameter["name"]):
                        self.assertTrue(parameter.get("description"))

    def test_every_body_and_every_answer_has_an_example(self):
        for name, operation in self.operations:
            bodies = dict(operation["responses"], request=operation.get("requestBody", {}))
            for status, body in bodies.items():
                for media_type, content in body.get("content", {}).items():
                    if status != "default":
                        with self.subTest(operation=name, status=status, media=media_type):
                            self.assertTrue(content["examples"])

    def test_every_example_fits_its_schema(self):
        count = 0
        for name, operation in self.operations:
            bodies = dict(operation["responses"], request=operation.get("requestBody", {}))
            for status, body in bodies.items():
                for content in body.get("content", {}).values():
                    # The references are relative to the document.
                    root = {**content["schema"], "components": self.schema["components"]}
                    validator = Draft202012Validator(
                        root, format_checker=Draft202012Validator.FORMAT_CHECKER
                    )
                    for example, shown in content["examples"].items():
                        with self.subTest(operation=name, status=status, example=example):
                            validator.validate(shown["value"])
                        count += 1
        self.assertGreater(count, 500)

    def test_examples_show_the_status_after_the_call(self):
        for path, status in [
            ("shows/{id}/hold", "held"),
            ("orders/{code}/confirm", "booked"),
            ("orders/{code}/cancel", "cancelled"),
            ("bookings/{id}/cancel", "cancelled"),
        ]:
            responses = self.schema["paths"][f"/api/{path}/"]["post"]["responses"]
            content = responses["201" if status == "held" else "200"]["content"]
            examples = content["application/json"]["examples"]
            with self.subTest(path=path):
                self.assertEqual(
                    [example["value"]["status"] for example in examples.values()], [status]
                )

    def test_every_operation_lists_its_errors_by_code(self):
        known = set(all_codes())
        for name, operation in self.operations:
            problems = {
                code
                for response in operation["responses"].values()
                for code in response.get("content", {})
                .get("application/problem+json", {})
                .get("examples", {})
            }
            with self.subTest(operation=name):
                self.assertTrue(problems)
                self.assertLessEqual(problems, known)

    def test_booking_lists_its_own_errors(self):
        responses = self.schema["paths"]["/api/shows/{id}/book/"]["post"]["responses"]
        self.assertIn("201", responses)
        taken = responses["409"]["content"]["application/problem+json"]["examples"]["seat_taken"]
        self.assertEqual(taken["value"]["seats"], [{"seat_number": "7", "code": "seat_taken"}])
        self.assertEqual(taken["value"]["alternatives"], [["8"], ["6"], ["9"]])
        codes = responses["400"]["content"]["application/problem+json"]["examples"]
        self.assertEqual(
            set(codes),
            {
                "invalid",
                "seat_unknown",
                "seat_limit",
                "half_a_pair",
                "price_missing",
                "sales_closed",
                "show_started",
                "single_seat_left",
                "ticket_type_unknown",
            },
        )

    def test_idempotent_operations_document_the_key_and_the_replay(self):
        for path in ["shows/{id}/book", "shows/{id}/block", "bookings/{id}/cancel"]:
            operation = self.schema["paths"][f"/api/{path}/"]["post"]
            headers = [p for p in operation["parameters"] if p["in"] == "header"]
            with self.subTest(path=path):
                self.assertEqual([p["name"] for p in headers], ["Idempotency-Key"])
                self.assertNotIn("required", headers[0])
                self.assertEqual(headers[0]["schema"]["maxLength"], 255)
                for status, code in {
                    "400": "invalid",
                    "409": "in_progress",
                    "422": "idempotency_key_reused",
                }.items():
                    problems = operation["responses"][status]["content"]["application/problem+json"]
                    self.assertIn(code, problems["examples"])
                self.assertIn("Retry-After", operation["responses"]["409"]["headers"])
                replayed = {
                    status
                    for status, response in operation["responses"].items()
                    if "Idempotency-Replayed" in response.get("headers", {})
                }
                success = "201" if path.endswith("book") else "200"
                self.assertEqual(replayed, {success, "400", "403", "404"})

    def test_a_seat_of_a_free_show_has_no_ticket_type(self):
        for name in ["Booking", "Booked", "OrderLine"]:
            ticket_type = self.schema["components"]["schemas"][name]["properties"]["ticket_type"]
            with self.subTest(schema=name):
                self.assertEqual(ticket_type["type"], ["string", "null"])

    def test_query_parameters_are_bounded(self):
        parameters = {
            parameter["name"]: parameter["schema"]
            for path in ["/api/movies/", "/api/shows/"]
            for parameter in self.schema["paths"][path]["get"]["parameters"]
        }
        for name in ["movie", "cinema", "page", "page_size"]:
            with self.subTest(name=name):
                self.assertEqual(parameters[name]["type"], "integer")
                self.assertEqual(parameters[name]["minimum"], 1)
        longest = {"search": 100, "genre": 255, "language": 6, "certificate": 20}
        for name, length in longest.items():
            with self.subTest(name=name):
                self.assertEqual(parameters[name], {"type": "string", "maxLength": length})

    def test_bounds_are_those_of_the_server(self):
        schemas = self.schema["components"]["schemas"]
        page_size = self.parameter("/api/shows/", "page_size")
        self.assertEqual((page_size["minimum"], page_size["maximum"]), (1, Pages.max_page_size))
        self.assertEqual(self.parameter("/api/shows/{id}/", "id")["minimum"], 1)
        self.assertEqual(schemas["ShowRequest"]["properties"]["movie"]["minimum"], 1)
        position = schemas["TicketTypeRequest"]["properties"]["position"]
        self.assertEqual((position["minimum"], position["maximum"]), (0, 32767))
        for name in ["version", "seat_count"]:  # no bound of a column, which differs by database
            plan = schemas["SeatingPlanSummary"]["properties"]
            self.assertEqual(plan[name], {"type": "integer"})

    def parameter(self, path, name):
        parameters = self.schema["paths"][path]["get"]["parameters"]
        [found] = [each["schema"] for each in parameters if each["name"] == name]
        return found

    def test_times_of_a_schedule_are_clock_times_without_an_offset(self):
        times = self.schema["components"]["schemas"]["ScheduleRequest"]["properties"]["times"]
        self.assertNotIn("format", times["items"])  # `time` would have an offset
        for time in ["17:30", "00:00:59"]:
            self.assertRegex(time, times["items"]["pattern"])
        for time in ["17:30Z", "24:00", "17:30:00+01:00"]:
            self.assertNotRegex(time, times["items"]["pattern"])

    def test_lists_of_rows_are_bounded(self):
        schemas = self.schema["components"]["schemas"]
        for name, field, least, most in [
            ("SeatSelectionBySeatsRequest", "seats", 1, 100),
            ("PriceListRequest", "prices", None, 1000),
            ("CinemaRequest", "refund_tiers", None, 10),
        ]:
            rows = schemas[name]["properties"][field]
            with self.subTest(schema=name):
                self.assertEqual((rows.get("minItems"), rows.get("maxItems")), (least, most))

    def test_a_closed_body_allows_no_additional_properties(self):
        schemas = self.schema["components"]["schemas"]
        self.assertIs(schemas["CancelOrderRequest"]["additionalProperties"], False)

    def test_an_amount_is_not_negative(self):
        amount = self.schema["components"]["schemas"]["PriceRequest"]["properties"]["amount"]
        for text in ["0", "9.5", "2.125", "999999999999.99"]:
            self.assertRegex(text, amount["pattern"])
        for text in ["", ".", "-1", "9.9999", "1000000000000"]:
            self.assertNotRegex(text, amount["pattern"])

    def test_seats_in_a_query_are_separated_by_commas(self):
        preview = self.schema["paths"]["/api/orders/{code}/cancel/preview/"]["get"]
        [seats] = [p for p in preview["parameters"] if p["name"] == "seat_numbers"]
        self.assertIs(seats["explode"], False)
        self.assertRegex("F7", seats["schema"]["items"]["pattern"])
        self.assertNotRegex("F-7", seats["schema"]["items"]["pattern"])

    def test_an_error_is_listed_once(self):
        for name, operation in self.operations:
            for status, response in operation["responses"].items():
                codes = response["description"].split(", ")
                with self.subTest(operation=name, status=status):
                    self.assertEqual(len(codes), len(set(codes)))

    def test_every_code_has_a_schema_of_its_own(self):
        schemas = self.schema["components"]["schemas"]
        found = {
            schema["properties"]["code"]["const"]: schema["properties"]["status"]["const"]
            for name, schema in schemas.items()
            if name.endswith("Problem")
        }
        self.assertEqual(sorted(found), all_codes())
        statuses = {"seat_taken": 409, "invalid": 400, "throttled": 429, "unavailable": 503}
        self.assertEqual({code: found[code] for code in statuses}, statuses)

    def test_an_error_is_told_by_its_code(self):
        schemas = self.schema["components"]["schemas"]
        for name, operation in self.operations:
            for status, response in operation["responses"].items():
                content = response.get("content", {}).get("application/problem+json")
                if content is None:
                    continue
                refs = [each["$ref"] for each in content["schema"]["oneOf"]]
                mapping = content["schema"]["discriminator"]["mapping"]
                with self.subTest(operation=name, status=status):
                    self.assertEqual(list(mapping.values()), refs)
                    self.assertEqual(list(mapping), list(content["examples"]))
                    for code, ref in mapping.items():
                        properties = schemas[ref.rpartition("/")[2]]["properties"]
                        self.assertEqual(properties["code"]["const"], code)
                        if status != "default":
                            self.assertEqual(properties["status"]["const"], int(status))

    def test_members_that_are_always_sent_are_required(self):
        schemas = self.schema["components"]["schemas"]
        for name, member, is_always in [
            ("InvalidProblem", "errors", True),
            ("SeatTakenProblem", "seats", True),
            ("SeatTakenProblem", "alternatives", False),
            ("AlreadyCancelledProblem", "seats", False),
            ("HalfAPairProblem", "seats", False),
            ("PriceChangedProblem", "total", True),
            ("ShowSoldProblem", "orders", True),
            ("PriceMissingProblem", "missing", False),
        ]:
            with self.subTest(schema=name, member=member):
                self.assertIn(member, schemas[name]["properties"])
                self.assertEqual(member in schemas[name]["required"], is_always)


class PagesTests(TestCase):
    def test_the_pages_load_nothing_from_other_hosts(self):
        for path in ["/swagger/", "/redoc/"]:
            page = self.client.get(path).content.decode()
            hosts = re.findall(r'(?:src|href)="(?:https?:)?//[^"]*"', page)
            with self.subTest(path=path):
                self.assertEqual(hosts, [])
                self.assertIn("/static/drf_spectacular_sidecar/", page)

    def test_the_scripts_are_served_by_this_site(self):
        for path in ["/swagger/", "/redoc/"]:
            page = self.client.get(path).content.decode()
            assets = re.findall(r'"(/static/[^"]+)"', page)
            self.assertTrue(assets)
            for asset in assets:
                with self.subTest(asset=asset):
                    response = self.client.get(asset)
                    self.assertEqual(response.status_code, 200)
                    self.assertTrue(response.getvalue())  # reads it to its end, which closes it

    def test_swagger_keeps_the_token_after_a_reload(self):
        self.assertContains(self.client.get("/swagger/"), '"persistAuthorization": true')

    def test_swagger_links_to_operations(self):
        self.assertContains(self.client.get("/swagger/"), '"deepLinking": true')

    def test_the_document_is_yaml_unless_json_is_asked_for(self):
        for query, accept, media_type in [
            ("", "*/*", "application/vnd.oai.openapi"),
            ("", "application/json", "application/json"),
            ("", "application/vnd.oai.openapi+json", "application/vnd.oai.openapi+json"),
            ("?format=json", "*/*", "application/json"),
            ("?format=json", "application/yaml", "application/json"),
            ("?format=yaml", "application/json", "application/yaml"),
        ]:
            response = self.client.get(f"/schema/{query}", headers={"Accept": accept})
            with self.subTest(query=query, accept=accept):
                self.assertEqual(response["Content-Type"], media_type)
                read = json.loads if "json" in media_type else yaml.safe_load
                self.assertEqual(
                    read(response.content)["info"]["title"], "Movie Ticket Booking API"
                )

    def test_an_unknown_format_or_parameter_is_refused(self):
        for query, sentence in [
            ("format=xml", "The formats are yaml and json."),
            ("fromat=json", "Did you mean format?"),
            ("lang=de", "Unknown query parameter."),
        ]:
            response = self.client.get(f"/schema/?{query}")
            with self.subTest(query=query):
                self.assertEqual(response.status_code, 400)
                self.assertIn(sentence, response.json()["detail"])
        self.assertEqual(self.client.get("/openapi.json?format=yaml").status_code, 400)

    def test_openapi_json_is_minified_and_has_an_etag(self):
        response = self.client.get("/openapi.json")
        self.assertEqual(response["Content-Type"], "application/json")
        minified = json.dumps(response.json(), separators=(",", ":"), ensure_ascii=False)
        self.assertEqual(response.content.decode(), minified)
        again = self.client.get("/openapi.json", headers={"If-None-Match": response["ETag"]})
        self.assertEqual((again.status_code, again.content), (304, b""))
        self.assertEqual(again["ETag"], response["ETag"])

    def test_the_document_is_generated_once(self):
        self.client.get("/openapi.json")
        with patch("core.http.openapi.document.SchemaGenerator") as generator:
            self.client.get("/openapi.json")
            self.client.get("/schema/?format=json")
        generator.assert_not_called()

    def test_the_root_redirects_to_swagger(self):
        self.assertRedirects(self.client.get("/"), "/swagger/")
