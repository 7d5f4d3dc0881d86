"""The errors that any app may raise, and that apps derive their own from.

An error is a class with a status, a code and a sentence. `core.http.problems` answers them.
"""

from rest_framework.exceptions import APIException


class Problem(APIException):
    """An error the API means to answer. `members` are added to the body, such as `seats`."""

    status_code = 400
    default_code = "invalid"
    default_detail = "The request is wrong."

    def __init__(self, detail=None, **members):
        super().__init__(detail)
        self.members = members


class Conflict(Problem):
    status_code = 409
    default_code = "conflict"
    default_detail = "Another change came first. Read again, then try again."


class InUse(Conflict):
    default_code = "in_use"
    default_detail = "This is in use, so it cannot be deleted."


class RequestTooLarge(Problem):
    status_code = 413
    default_code = "request_too_large"
    default_detail = "The body of the request is too large."


class InternalError(Problem):
    status_code = 500
    default_code = "internal_error"
    default_detail = "Something went wrong here. The request_id helps us to find it."


class Unavailable(Problem):
    status_code = 503
    default_code = "unavailable"
    default_detail = "The service cannot reach its database. Try again in a few seconds."
    wait = 5  # seconds, sent as Retry-After


class InProgress(Conflict):
    default_code = "in_progress"
    default_detail = "The first request with this Idempotency-Key is still running. Send it again."
    wait = 1  # seconds, sent as Retry-After


class IdempotencyKeyReused(Problem):
    status_code = 422
    default_code = "idempotency_key_reused"
    default_detail = (
        "This Idempotency-Key came with another request before. Each new request needs a new one."
    )
