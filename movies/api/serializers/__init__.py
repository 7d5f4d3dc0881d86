"""Shapes of what is on, in JSON."""
