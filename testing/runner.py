"""How `manage.py test` runs."""

import logging

from django.test.runner import DiscoverRunner
from django.test.utils import override_settings


class QuickQuietRunner(DiscoverRunner):
    """Django's runner with a quick password hash, the real one is slow on purpose, without a line
    for each request, and with nothing remembered but where a test is about that."""

    def setup_test_environment(self, **kwargs):
        super().setup_test_environment(**kwargs)
        logging.getLogger("requests").setLevel(logging.WARNING)
        self._settings = override_settings(
            PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"], MEMORY_SECONDS=0
        )
        self._settings.enable()

    def teardown_test_environment(self, **kwargs):
        self._settings.disable()
        super().teardown_test_environment(**kwargs)
