"""Parts of responses that tests compare."""


def errors_in(response):
    """Return the (field, code) pairs of a 400, in order."""
    return [(error["field"], error["code"]) for error in response.json()["errors"]]


def fields_in(response):
    """Return the fields of a 400 as a set."""
    return {field for field, _ in errors_in(response)}


def problem_in(response):
    """Return the problem without its request_id, which is different for each response."""
    return {name: value for name, value in response.json().items() if name != "request_id"}
