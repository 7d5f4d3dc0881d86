"""The template filter `with_currency`."""

from decimal import Decimal

from django import template

from core import money

register = template.Library()


@register.filter
def with_currency(amount: Decimal, currency: str) -> str:
    """Return such as "10.50 EUR": `{{ order.total|with_currency:order.currency }}`."""
    return money.with_currency(amount, currency)
