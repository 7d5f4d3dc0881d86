"""Moved to testing.races."""

from testing.races import at_once

__all__ = ["at_once"]
