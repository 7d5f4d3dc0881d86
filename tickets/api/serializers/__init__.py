"""Shapes of tickets and of the door."""
