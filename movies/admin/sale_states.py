"""Whether a show is sold now, in words for pages of the admin."""

from django.utils import timezone

from movies.models import Show


def sale_state(show: Show) -> str:
    """Return such as "on sale", "cancelled" or "on sale from Fri 27 Nov 2026 10:00"."""
    if show.is_cancelled:
        return "cancelled"
    if show.is_over:
        return "over"
    if show.has_started:
        return "running"
    if show.is_on_sale:
        return "on sale"
    if is_to_be_sold(show) and show.sales_open_at:
        return f"on sale from {show.local(show.sales_open_at):%a %d %b %Y %H:%M}"
    return "sales closed"


def is_to_be_sold(show: Show) -> bool:
    """Return whether seats of the show are on sale now or later."""
    return not show.is_cancelled and timezone.now() < show.on_sale_until


def word_for_free_seats(show: Show) -> str:
    """Return what free seats of the show are: "available" only if customers can buy them."""
    if show.is_cancelled:
        return "not on sale"
    if not is_to_be_sold(show):
        return "not sold"
    return "available" if show.is_on_sale else "not yet on sale"
