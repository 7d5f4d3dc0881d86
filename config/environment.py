"""Typed settings from environment variables.

A parser takes the text of a variable and returns its value, or raises ValueError with the end of
the sentence "NAME must be ...".
"""

from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Any, TypeVar

import environ
from django.core.exceptions import ImproperlyConfigured

Value = TypeVar("Value")
Default = TypeVar("Default")

SWITCH = {"on": True, "true": True, "yes": True, "1": True}
MAX_HOURS = 8760  # a year
SWITCH |= {"off": False, "false": False, "no": False, "0": False}


class Environment:
    """Reads variables and collects every wrong value, so that the start names all of them."""

    def __init__(self) -> None:
        self.mistakes: list[str] = []

    def read_file(self, path: Path) -> None:
        """Add the variables of a file, if it exists. Variables that are already set stay."""
        if path.is_file():
            environ.Env.read_env(path)

    def setting(
        self, name: str, parse: Callable[[str], Value], default: Default
    ) -> Value | Default:
        """Return the parsed variable, or the default if it is unset, empty or wrong."""
        text = environ.Env().str(name, default="").strip()
        if not text:
            return default
        try:
            return parse(text)
        except ValueError as error:
            self.mistakes.append(f"{name} must be {error}.")
            return default

    def stop_on_mistakes(self) -> None:
        """Raise ImproperlyConfigured with one sentence a line if anything is wrong."""
        if self.mistakes:
            raise ImproperlyConfigured("\n".join(self.mistakes))


def on_or_off(text: str) -> bool:
    if text.lower() not in SWITCH:
        raise ValueError(f"on or off (or true or false), not {text!r}")
    return SWITCH[text.lower()]


def positive_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise ValueError(f"a whole number above 0, not {text!r}")
    return int(text)


def seconds(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"a whole number of seconds, not {text!r}")
    return int(text)


def hours(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 5 and 0 < int(text) <= MAX_HOURS):
        raise ValueError(f"a whole number of hours from 1 to {MAX_HOURS}, not {text!r}")
    return int(text)


def comma_separated(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def origins(text: str) -> list[str]:
    words = comma_separated(text)
    if not all(word.startswith(("http://", "https://")) for word in words):
        raise ValueError(f"origins such as https://tickets.example, not {text!r}")
    return words


def database(text: str) -> dict[str, Any]:
    """Return the DATABASES entry for a URL. The message omits the URL: it may hold a password."""
    if not text.startswith(("postgres://", "postgresql://", "sqlite:///")):
        raise ValueError("postgres://USER:PASSWORD@HOST:PORT/NAME or sqlite:///FILE")
    return environ.Env.db_url_config(text)


def redis(text: str) -> str:
    if not text.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("redis://HOST:PORT/0")
    return text


def proxies(text: str) -> list[str]:
    words = comma_separated(text)
    try:
        for word in words:
            ip_network(word)
    except ValueError:
        raise ValueError(f"addresses or networks such as 10.0.0.0/8, not {text!r}") from None
    return words


def mail_server(text: str) -> dict[str, Any]:
    """Return the EMAIL_* settings for a URL. The message omits the URL, as for databases."""
    try:
        return environ.Env.email_url_config(text)
    except (ValueError, KeyError, ImproperlyConfigured):
        raise ValueError("smtp://USER:PASSWORD@HOST:PORT, smtp+tls://… or consolemail://") from None


def reset_page(text: str) -> str:
    """Check that both placeholders of a password-reset link are in the URL."""
    try:
        page = text.format(uid="UID", token="TOKEN")  # noqa: S106 - placeholders, not secrets
    except (KeyError, IndexError, ValueError):
        page = ""
    if not ("UID" in page and "TOKEN" in page):
        raise ValueError(f"a URL with {{uid}} and {{token}} in it, not {text!r}")
    return text
