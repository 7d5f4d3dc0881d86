"""How `manage.py test` runs."""

import io
import logging
import multiprocessing
import unittest
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, redirect_stdout
from typing import Any

from django.conf import settings
from django.test import TestCase, TransactionTestCase, tag
from django.test.runner import DiscoverRunner
from django.test.utils import iter_test_cases, override_settings


class QuickQuietRunner(DiscoverRunner):
    """Run tests with a cheap password hash, an empty cache and no limit of requests.

    Print only Django's summary.

    Tests that commit (`TransactionTestCase`: races in threads, servers, browsers) get the tag
    `slow` here. Other slow tests carry it themselves. With `-v 2` Django's messages are back.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        if multiprocessing.get_start_method() != "fork":
            # As on macOS: spawned processes would run without the settings below.
            self.parallel = 0

    def setup_test_environment(self, **kwargs: Any) -> None:
        super().setup_test_environment(**kwargs)
        for name in ("requests", "security"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self._settings = override_settings(
            PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
            MEMORY_SECONDS=0,
            REQUESTS_PER_MINUTE={"user": 0, "address": 0},
            OPERATIONS_PER_MINUTE=dict.fromkeys(settings.OPERATIONS_PER_MINUTE, 0),
        )
        self._settings.enable()

    def teardown_test_environment(self, **kwargs: Any) -> None:
        self._settings.disable()
        super().teardown_test_environment(**kwargs)

    def load_tests_for_label(self, label: str, discover_kwargs: Any) -> unittest.TestSuite:
        tests = super().load_tests_for_label(label, discover_kwargs)
        for case in {type(test) for test in iter_test_cases(tests)}:
            if issubclass(case, TransactionTestCase) and not issubclass(case, TestCase):
                tag("slow")(case)
        return tests

    def build_suite(self, *args: Any, **kwargs: Any) -> unittest.TestSuite:
        with self._one_level_quieter():
            return super().build_suite(*args, **kwargs)

    def setup_databases(self, **kwargs: Any) -> Any:
        # Django reports on stdout, at any verbosity, that the cache table exists already. It also
        # asks there about an old test database.
        with self._less_stdout(is_kept=self.interactive), self._one_level_quieter():
            return super().setup_databases(**kwargs)

    def run_checks(self, databases: Any) -> None:
        with self._less_stdout():  # that no issues were found; issues are raised
            super().run_checks(databases)

    def teardown_databases(self, old_config: Any, **kwargs: Any) -> None:
        with self._one_level_quieter():
            super().teardown_databases(old_config, **kwargs)

    @contextmanager
    def _one_level_quieter(self) -> Iterator[None]:
        verbosity, self.verbosity = self.verbosity, max(self.verbosity - 1, 0)
        try:
            yield
        finally:
            self.verbosity = verbosity

    def _less_stdout(self, *, is_kept: bool = False) -> AbstractContextManager[Any]:
        """Discard stdout within, but not with `-v 2`."""
        return nullcontext() if is_kept or self.verbosity > 1 else redirect_stdout(io.StringIO())
