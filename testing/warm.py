"""Warm caches for tests that count queries: the caches of a process that has sold a show before."""

from contextlib import contextmanager

from django.test import override_settings

from core.cache import clear_all
from movies.cached_shows import cached_show, cached_ticket_type
from movies.models import TicketType
from movies.pricing import pricing_of


@contextmanager
def warm_caches(*shows):
    """Within this context the shows with their places, prices and ticket types are cached."""
    clear_all()
    with override_settings(MEMORY_SECONDS=3600):
        for show in shows:
            pricing_of(cached_show(show.pk))
        for pk in TicketType.objects.values_list("pk", flat=True):
            cached_ticket_type(pk)
        yield
    clear_all()
