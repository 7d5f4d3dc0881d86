"""How `manage.py test` runs."""

import logging

import hypothesis
from django.test.runner import DiscoverRunner
from django.test.utils import override_settings


class QuickQuietRunner(DiscoverRunner):
    """Django's runner with a quick password hash, the real one is slow on purpose, and without
    a line for each request."""

    def setup_test_environment(self, **kwargs):
        super().setup_test_environment(**kwargs)
        logging.getLogger("requests").setLevel(logging.WARNING)
        # Property-based tests judge what is computed, not how busy the machine is.
        hypothesis.settings.register_profile(
            "busy machine",
            deadline=None,
            suppress_health_check=[hypothesis.HealthCheck.too_slow],
        )
        hypothesis.settings.load_profile("busy machine")
        self._passwords = override_settings(
            PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]
        )
        self._passwords.enable()

    def teardown_test_environment(self, **kwargs):
        self._passwords.disable()
        super().teardown_test_environment(**kwargs)
