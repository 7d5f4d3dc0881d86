"""Stress test with failures: real servers, many clients, then a check of every answer and row."""
