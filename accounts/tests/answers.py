"""What tests read out of answers."""


def errors_in(response):
    """The (field, code) pairs of a 400, in order."""
    return [(error["field"], error["code"]) for error in response.json()["errors"]]


def problem_in(response):
    """The problem without its request_id, which no two answers share."""
    return {name: value for name, value in response.json().items() if name != "request_id"}
