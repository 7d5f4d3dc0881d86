"""The OWASP API Security Top 10 of 2023, a class for each risk.

These tests cover risks that the tests of single endpoints do not show. API8 is in
tests.test_production, the inventory of API9 in tests.test_permissions. API10, unsafe consumption of
APIs, does not apply: the service calls no other API.
"""
