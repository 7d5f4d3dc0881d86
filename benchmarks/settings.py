"""The settings of the service, with the URLs of the views for comparison."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.urls"
