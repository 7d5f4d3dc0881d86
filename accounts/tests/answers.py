"""Moved to testing.answers."""

from testing.answers import errors_in, problem_in

__all__ = ["errors_in", "problem_in"]
