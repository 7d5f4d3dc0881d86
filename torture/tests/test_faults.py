"""The faults of the proof replace public names of the service that exist."""

import types

from django.db import connection
from django.test import SimpleTestCase

from torture.faults import FAULTS, check_fault
from torture.replacing import NothingToReplace, ensure_replaceable, replace


class FaultTests(SimpleTestCase):
    def test_every_fault_replaces_names_that_the_service_has(self):
        for name in FAULTS:
            if name == "no_immediate" and connection.vendor != "sqlite":
                continue  # only SQLite has the option
            with self.subTest(fault=name):
                check_fault(name)

    def test_every_fault_changes_something(self):
        for name, fault in FAULTS.items():
            with self.subTest(fault=name):
                self.assertTrue(fault.damage or fault.replacements())


class ReplaceTests(SimpleTestCase):
    def setUp(self):
        self.module = types.ModuleType("service")
        self.module.hold = self.module._hold = "old"

    def test_it_replaces_an_attribute(self):
        replace(self.module, "hold", "new")
        self.assertEqual(self.module.hold, "new")

    def test_it_replaces_an_entry_of_a_dict(self):
        options = {"mode": "old"}
        replace(options, "mode", "new")
        self.assertEqual(options, {"mode": "new"})

    def test_a_name_that_is_missing_is_an_error(self):
        with self.assertRaisesMessage(NothingToReplace, "service has no sell. Was it renamed?"):
            replace(self.module, "sell", "new")
        with self.assertRaisesMessage(NothingToReplace, "The dict has no mode. Was it renamed?"):
            replace({}, "mode", "new")

    def test_a_private_name_is_an_error(self):
        sentence = "service: _hold is private. Replace a public name."
        with self.assertRaisesMessage(NothingToReplace, sentence):
            ensure_replaceable(self.module, "_hold")
