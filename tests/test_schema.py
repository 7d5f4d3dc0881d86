"""The OpenAPI document, for developers of front ends."""

import json

from django.test import SimpleTestCase
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator

from core.http.openapi.errors import all_codes
from core.http.pagination import Pages

# Generated clients name their functions after these ids: never change one.
OPERATION_IDS = """
    signUp logIn refreshToken confirmSession logOut listSessions endAllSessions endSession getMe
    changeMe eraseMe exportMe sendEmailLink verifyEmail changePassword requestPasswordReset
    resetPassword
    listMovieShows listMovies createMovie getMovie replaceMovie changeMovie deleteMovie listCinemas
    createCinema getCinema replaceCinema changeCinema deleteCinema listShows createShow getShow
    replaceShow changeShow deleteShow scheduleShows rescheduleShow listGenres createGenre getGenre
    replaceGenre changeGenre deleteGenre listScreens createScreen getScreen replaceScreen
    changeScreen deleteScreen listSeatCategories createSeatCategory getSeatCategory
    replaceSeatCategory changeSeatCategory deleteSeatCategory listSeatingPlans createSeatingPlan
    getSeatingPlan replaceSeatingPlan deleteSeatingPlan listTicketTypes createTicketType
    getTicketType replaceTicketType changeTicketType deleteTicketType listPriceLists createPriceList
    getPriceList replacePriceList deletePriceList getAvailability drawSeats listSeats quoteSeats
    holdSeats bookSeat blockSeats unblockSeats cancelShow listMyBookings listOrders getOrder
    confirmOrder extendHold previewCancellation cancelOrder moveOrder getBooking cancelBooking
    listPayments openPayment recordPayment receiveGatewayMessage getPayment refreshPayment
    getTickets printTickets renewTickets drawTicket getWalletPass redeemTicket redeemBatch
    annulAdmission listDoorTickets
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

    def test_it_has_nothing_of_openapi_3_0(self):
        self.assertTrue(self.schema["openapi"].startswith("3.1."))
        schemas = json.dumps(self.schema["components"]["schemas"])
        for word in ["nullable", "example", "readOnly", "writeOnly"]:
            self.assertNotIn(f'"{word}":', schemas)

    def test_it_names_its_server_and_its_licence(self):
        self.assertEqual([server["url"] for server in self.schema["servers"]], ["/"])
        self.assertEqual(self.schema["info"]["license"], {"name": "MIT", "identifier": "MIT"})

    def test_no_name_is_doubled_or_left_over(self):
        text = json.dumps(self.schema)
        for name in self.schema["components"]["schemas"]:
            with self.subTest(schema=name):
                self.assertNotRegex(name, r"ListList|PagePage|Paginated|Serializer|Enum")
                self.assertIn(f'"#/components/schemas/{name}"', text)

    def test_a_body_in_one_of_several_forms_is_required(self):
        schemas = self.schema["components"]["schemas"]
        forms = {
            "shows/{id}/hold": ["seats", "seat_numbers", "best"],
            "shows/{id}/quote": ["seats", "seat_numbers", "best"],
            "orders/{code}/move": ["seats", "seat_numbers", "best"],
            "seating-plans": ["text", "layout"],
        }
        for path, expected in forms.items():
            body = self.schema["paths"][f"/api/{path}/"]["post"]["requestBody"]
            with self.subTest(path=path):
                self.assertIs(body["required"], True)
                ref = body["content"]["application/json"]["schema"]["$ref"]
                refs = [each["$ref"] for each in schemas[ref.rpartition("/")[2]]["oneOf"]]
                found = [schemas[ref.rpartition("/")[2]] for ref in refs]
                self.assertEqual([form["required"] for form in found], [[x] for x in expected])
                titles = [form["title"] for form in found]
                self.assertEqual(len(set(titles)), len(expected))
                for form, field in zip(found, expected, strict=True):
                    others = set(expected) - {field}
                    self.assertFalse(others & form["properties"].keys())

    def test_the_common_fields_of_a_move_are_in_every_form(self):
        schemas = self.schema["components"]["schemas"]
        for form in ["BySeats", "BySeatNumbers", "ByBest"]:
            fields = set(schemas[f"Move{form}Request"]["properties"])
            self.assertLessEqual({"show", "payment_reference", "expected_total"}, fields)
            self.assertEqual("ticket_types" in fields, form != "BySeats")
            self.assertEqual("category" in fields, form == "ByBest")

    def test_a_seat_number_is_sent_as_a_string(self):
        schemas = self.schema["components"]["schemas"]
        self.assertEqual(schemas["BookSeatRequest"]["properties"]["seat_number"]["type"], "string")

    def test_every_field_of_an_answer_is_required(self):
        for name, schema in self.schema["components"]["schemas"].items():
            if not name.endswith(("Request", "Problem")) and "properties" in schema:
                with self.subTest(schema=name):
                    self.assertEqual(schema["required"], list(schema["properties"]))

    def test_reads_can_be_conditional(self):
        for name, operation in self.operations:
            is_read = name.startswith("GET")
            with self.subTest(operation=name):
                sent = [parameter["name"] for parameter in operation.get("parameters", [])]
                self.assertEqual("If-None-Match" in sent, is_read)
                self.assertEqual("304" in operation["responses"], is_read)
                if is_read:
                    for status in ["200", "304"]:
                        self.assertIn("ETag", operation["responses"][status]["headers"])
                    self.assertNotIn("content", operation["responses"]["304"])

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

    def test_an_empty_text_fits_one_form_of_its_field(self):
        """Many validators read a format as a note, as JSON Schema says."""
        count = 0
        for name, schema in self.schema["components"]["schemas"].items():
            for field, form in schema.get("properties", {}).items():
                if {"type": "string", "maxLength": 0} in form.get("oneOf", []):
                    with self.subTest(schema=name, field=field):
                        Draft202012Validator(form).validate("")
                    count += 1
        self.assertGreater(count, 5)

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

    def test_operations_that_ask_for_a_challenge_document_its_answer(self):
        found = {
            path
            for path, operations in self.schema["paths"].items()
            for parameter in operations.get("post", {}).get("parameters", [])
            if parameter["name"] == "Challenge-Answer"
        }
        asking = {"/api/auth/signup/", "/api/shows/{id}/hold/", "/api/shows/{id}/book/"}
        self.assertEqual(found, asking)
        for path in asking:
            self.assertIn("challenge_required", str(self.schema["paths"][path]["post"]))

    def test_idempotent_operations_document_the_key_and_the_replay(self):
        for path in ["orders/{code}/confirm", "shows/{id}/block", "bookings/{id}/cancel"]:
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
                self.assertEqual(replayed, {"200", "400", "403", "404"})

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

    def test_enumerations_of_answers_are_open_and_those_of_requests_closed(self):
        schemas = self.schema["components"]["schemas"]
        answered = schemas["Show"]["properties"]["format"]
        reference = {"$ref": "#/components/schemas/ShowFormat"}
        self.assertEqual(answered["anyOf"], [reference, {"type": "string"}])
        self.assertEqual(schemas["ShowRequest"]["properties"]["format"], reference)
        self.assertIn("IMAX", schemas["ShowFormat"]["enum"])

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
