"""For tests that count queries: what is remembered once a show is being sold."""

from contextlib import contextmanager

from django.test import override_settings

from core.cache import clear_all
from movies.cached_shows import cached_show, cached_ticket_type
from movies.models import TicketType
from movies.pricing import pricing_of


@contextmanager
def known(*shows):
    """Within, the process remembers these shows, their places and their prices."""
    clear_all()
    with override_settings(MEMORY_SECONDS=3600):
        for show in shows:
            pricing_of(cached_show(show.pk))
        for pk in TicketType.objects.values_list("pk", flat=True):
            cached_ticket_type(pk)
        yield
    clear_all()
