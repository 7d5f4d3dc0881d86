"""Domain errors and their two mappers: to problems and to form errors."""

from django import forms
from django.core.exceptions import ValidationError
from django.test import SimpleTestCase
from rest_framework import exceptions
from rest_framework.exceptions import ErrorDetail
from rest_framework_simplejwt.exceptions import InvalidToken

from core.errors import (
    Conflict,
    DomainError,
    FieldError,
    InUse,
    InvalidInput,
    NotFound,
    TokenInvalid,
    Unavailable,
    all_errors,
    raised_by,
    raises,
)
from core.http.form_errors import as_form_errors, as_validation_error
from core.http.problems import error_of, problem_of

TWO_ERRORS = InvalidInput([FieldError("size", "Too large.", "max"), FieldError(None, "Too many.")])


class ProblemOfTests(SimpleTestCase):
    """The mapper to problem+json."""

    def test_status_code_sentence_and_retry_after_are_those_of_the_class(self):
        problem = problem_of(Unavailable())
        self.assertEqual((problem.status, problem.code), (503, "unavailable"))
        self.assertEqual(problem.detail, Unavailable.sentence)
        self.assertEqual(problem.headers, {"Retry-After": "5"})
        self.assertEqual(problem.members, {})

    def test_an_error_may_have_a_sentence_and_members_of_its_own(self):
        problem = problem_of(Conflict("Room 2 is full.", room=2))
        self.assertEqual((problem.detail, problem.members), ("Room 2 is full.", {"room": 2}))
        self.assertEqual(problem.body("7")["room"], 2)

    def test_the_body_has_the_fields_of_rfc_9457_and_ours(self):
        self.assertEqual(
            problem_of(NotFound()).body("7"),
            {
                "type": "/errors/not_found/",
                "title": "Not Found",
                "status": 404,
                "code": "not_found",
                "detail": "Not found.",
                "request_id": "7",
            },
        )

    def test_invalid_input_lists_its_fields(self):
        problem = problem_of(TWO_ERRORS)
        self.assertEqual((problem.status, problem.code), (400, "invalid"))
        self.assertEqual(problem.detail, "size: Too large. Too many.")
        self.assertEqual(
            problem.members["errors"],
            [
                {"field": "size", "code": "max", "detail": "Too large."},
                {"field": None, "code": "invalid", "detail": "Too many."},
            ],
        )

    def test_nested_errors_of_a_serializer_become_paths(self):
        detail = {"rows": [{}, {"size": [ErrorDetail("Too large.", "max")]}]}
        error = exceptions.ValidationError(detail)
        [listed] = problem_of(error).members["errors"]
        self.assertEqual(listed, {"field": "rows.1.size", "code": "max", "detail": "Too large."})

    def test_errors_of_rest_framework_keep_their_status_and_code(self):
        problem = problem_of(exceptions.NotAuthenticated())
        self.assertEqual((problem.status, problem.code), (401, "not_authenticated"))

    def test_every_token_error_is_the_same_problem(self):
        self.assertIsInstance(error_of(InvalidToken("expired")), TokenInvalid)


class FormErrorTests(SimpleTestCase):
    """The mapper to errors of Django forms."""

    class Form(forms.Form):
        size = forms.IntegerField()

    def errors_after(self, error):
        form = self.Form({"size": "7"})
        with as_form_errors(form):
            raise error
        return dict(form.errors)

    def test_a_field_error_is_at_its_field_and_any_other_at_the_form(self):
        self.assertEqual(
            self.errors_after(TWO_ERRORS), {"size": ["Too large."], "__all__": ["Too many."]}
        )

    def test_an_error_of_a_field_that_the_form_does_not_have_is_at_the_form(self):
        error = InvalidInput.of("colour", "Not this one.")
        self.assertEqual(self.errors_after(error), {"__all__": ["Not this one."]})

    def test_an_error_without_fields_is_at_the_form(self):
        self.assertEqual(self.errors_after(Conflict("Full.")), {"__all__": ["Full."]})

    def test_other_exceptions_pass_through(self):
        with self.assertRaises(ZeroDivisionError):
            self.errors_after(ZeroDivisionError())

    def test_in_clean_it_becomes_a_validation_error(self):
        for error, sentences in [
            (TWO_ERRORS, ["Too large.", "Too many."]),
            (Conflict("Full."), ["Full."]),
        ]:
            with self.assertRaises(ValidationError) as raised, as_validation_error():
                raise error
            self.assertEqual(raised.exception.messages, sentences)


class RaisesTests(SimpleTestCase):
    def test_the_declared_errors_of_a_service_are_in_order_and_unique(self):
        @raises(InUse, NotFound, InUse)
        def enter():
            raise InUse

        self.assertEqual(raised_by(enter), (InUse, NotFound))
        with self.assertRaises(InUse):
            enter()

    def test_a_service_without_declaration_raises_nothing(self):
        self.assertEqual(raised_by(self.test_a_service_without_declaration_raises_nothing), ())

    def test_all_errors_yields_the_base_and_everything_derived_from_it(self):
        found = list(all_errors(Conflict))
        self.assertEqual(found[0], Conflict)
        self.assertIn(InUse, found)
        self.assertNotIn(NotFound, found)
        self.assertIn(NotFound, list(all_errors()))
        self.assertTrue(all(issubclass(error, DomainError) for error in all_errors()))
