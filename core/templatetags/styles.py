"""Styles of single elements on pages whose Content-Security-Policy forbids the style attribute."""

import re

from django import template
from django.template.base import Parser, Token
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

STYLE = re.compile(r'(?<=\s)style="([^"<>]*)"')


class StyleSheet(template.Node):
    def __init__(self, inside: template.NodeList) -> None:
        self.inside = inside

    def render(self, context: template.Context) -> SafeString:
        numbers: dict[str, int] = {}

        def named(found: re.Match[str]) -> str:
            number = numbers.setdefault(found[1], len(numbers) + 1)
            return f'data-style="{number}"'

        inside = STYLE.sub(named, self.inside.render(context))
        rules = format_html_join(
            "\n",
            '[data-style="{}"] {{ {} }}',
            ((number, mark_safe(text)) for text, number in numbers.items()),  # noqa: S308 - escaped as an attribute already
        )
        sheet = format_html('<style nonce="{}">\n{}\n</style>', context["request"].csp_nonce, rules)
        return sheet + mark_safe(inside)  # noqa: S308 - rendered with escaping


@register.tag
def style_sheet(parser: Parser, token: Token) -> StyleSheet:
    """Move the style attributes of the block into one style element with the page's nonce."""
    inside = parser.parse(("end_style_sheet",))
    parser.delete_first_token()
    return StyleSheet(inside)
