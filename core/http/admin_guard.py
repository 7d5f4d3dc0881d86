"""Odd input to the admin."""

import logging

from django.db import DataError, IntegrityError
from django.shortcuts import render

from core.http.handlers import is_admin

logger = logging.getLogger(__name__)

WRONG_INPUT = (ValueError, OverflowError, RecursionError, DataError)


class AdminInputGuard:
    """Answers 400 where Django's admin trips over a hand-made URL or form, 409 over another's.

    Its filters, autocompletes and actions pass query strings on unchecked: a year 99999, a NUL,
    an id of letters. The traceback is logged, so that a real fault is found.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if not is_admin(request):
            return None
        if isinstance(exception, IntegrityError):
            return render(request, "saved_meanwhile.html", status=409)
        is_wrong = isinstance(exception, WRONG_INPUT) or (
            request.method == "GET" and isinstance(exception, AttributeError)
        )
        if not is_wrong:
            return None
        logger.warning("The admin cannot read %r", request.get_full_path(), exc_info=exception)
        return render(request, "wrong_input.html", status=400)
