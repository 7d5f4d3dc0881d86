"""The service's own settings, with URLs for what it is compared with."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.urls"
