"""Time zones and currencies to choose from in forms."""

from itertools import groupby
from typing import Any

from django import forms

from core.money import currency_name, known_currencies
from movies.models.halls import known_time_zones

OTHERS = "Other names"


class TimeZoneField(forms.ChoiceField):
    """All time zones, by continent."""

    default_error_messages = {
        "invalid_choice": "A time zone is a name such as Europe/Paris (IANA)."
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=_time_zones, **kwargs)


class CurrencyField(forms.ChoiceField):
    """All currencies that are in use."""

    default_error_messages = {
        "invalid_choice": "There is no currency %(value)s. A code is such as EUR (ISO 4217)."
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=_currencies, **kwargs)


def _time_zones() -> list[Any]:
    def continent(name: str) -> str:
        return name.partition("/")[0] if "/" in name else OTHERS

    names = sorted(known_time_zones(), key=lambda name: ("/" not in name, name))
    groups = [
        (group, [(name, name.replace("_", " ")) for name in found])
        for group, found in groupby(names, continent)
    ]
    return [("", "---------"), *groups]


def _currencies() -> list[tuple[str, str]]:
    named = [(code, f"{code}, {currency_name(code)}") for code in sorted(known_currencies())]
    return [("", "---------"), *named]
