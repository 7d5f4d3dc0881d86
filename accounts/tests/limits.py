"""Moved to testing.throttles."""

from testing.throttles import rates

__all__ = ["rates"]
