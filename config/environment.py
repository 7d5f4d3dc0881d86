"""Typed settings from environment variables.

A parser takes the text of a variable and returns its value, or raises ValueError with the end of
the sentence "NAME must be ...".
"""

import os
import re
from collections.abc import Callable
from email.utils import getaddresses
from ipaddress import AddressValueError, IPv6Address, IPv6Network, ip_network
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import SplitResult, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from config.secret_values import UnreadableFile, text_of

Value = TypeVar("Value")
Default = TypeVar("Default")

SWITCH = {"on": True, "true": True, "yes": True, "1": True}
MAX_HOURS = 8760  # a year
SWITCH |= {"off": False, "false": False, "no": False, "0": False}

MINUTE, HOUR, DAY = 60, 60 * 60, 24 * 60 * 60  # seconds
DEFAULT_PORTS = {"http": 80, "https": 443}

LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
HOST_NAME = re.compile(rf"{LABEL}(\.{LABEL})*", re.IGNORECASE)
POSTGRES_URL = re.compile(
    r"\w+://([^/?#\s]*@)?(?P<servers>[^/?#\s@]*)/([^?#\s]*/)?[^/?#\s]+(\?[^#\s]*)?"
)
HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'^_`|~+.-]{1,100}")  # RFC 9110, without *
FOREIGN_ORIGINS = (  # of which no pattern may match any
    "null",
    "https://evil.invalid",
    "https://a.b.evil.invalid:8443",
    "http://198.51.100.7",
    "https://q7x2.com",
    "http://q7x2.org:8080",
)
PLACEHOLDER = re.compile(r"\{(uid|token)\}")


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
        """Return the parsed variable, or the default if it is unset, empty or wrong.

        A value that begins with `$` is a mistake: a shell or a container did not replace it.
        """
        text = os.environ.get(name, "").strip()
        if not text:
            return default
        if text.startswith(("$", "\\$")):
            self.mistakes.append(
                f"{name} must be the value itself, but it begins with $, like the name of another "
                "variable, which is not replaced here."
            )
            return default
        try:
            return parse(text)
        except ValueError as error:
            self.mistakes.append(f"{name} must be {error}.")
            return default

    def secret(self, name: str, parse: Callable[[str], Value], default: Default) -> Value | Default:
        """Return the parsed variable, or what is in the file that NAME_FILE names.

        Only one of the two can be set. No message shows a part of the file.
        """
        file_name = f"{name}_FILE"
        path = os.environ.get(file_name, "").strip()
        if not path:
            return self.setting(name, parse, default)
        if os.environ.get(name, "").strip():
            self.mistakes.append(f"{file_name} must be empty while {name} is set.")
            return default
        try:
            return parse(text_of(Path(path)))
        except UnreadableFile as error:
            self.mistakes.append(f"{file_name} must name {error}, not {_shown(path)}.")
        except ValueError as error:
            self.mistakes.append(f"{name} must be {error}. It is read from {_shown(path)}.")
        return default

    def stop_on_mistakes(self) -> None:
        """Raise ImproperlyConfigured with one sentence a line if anything is wrong."""
        if self.mistakes:
            raise ImproperlyConfigured("\n".join(self.mistakes))


def on_or_off(text: str) -> bool:
    if text.lower() not in SWITCH:
        raise ValueError(f"on or off (or true or false), not {text!r}")
    return SWITCH[text.lower()]


def one_of(*words: str) -> Callable[[str], str]:
    """Return a parser of one of these words, in any case."""

    def parse(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(f"{' or '.join(words)}, not {_shown(text)}")
        return text.lower()

    return parse


def number_from(least: int, most: int) -> Callable[[str], int]:
    """Return a parser of whole numbers in these bounds, which keep out what cannot work."""

    def parse(text: str) -> int:
        is_number = text.isascii() and text.isdigit() and len(text) <= len(str(most)) + 10
        if not (is_number and least <= int(text) <= most):
            raise ValueError(f"a whole number from {least} to {most}, not {_shown(text)}")
        return int(text)

    return parse


def limits_of(defaults: dict[str, int]) -> Callable[[str], dict[str, int]]:
    """Return a parser of `hold=60,book=0`. Names that are left out keep their default."""

    def parse(text: str) -> dict[str, int]:
        found = dict(defaults)
        for word in comma_separated(text):
            name, _, number = (part.strip() for part in word.partition("="))
            if name not in defaults or not (number.isascii() and number.isdigit()):
                raise ValueError(f"numbers for some of {', '.join(defaults)}, not {_shown(word)}")
            found[name] = number_from(0, 1_000_000)(number)
        return found

    return parse


def env_file(text: str) -> Path:
    """Return the path of a file of variables. Only the default may be missing."""
    path = Path(text)
    if path.is_dir() or not (path.exists() or text == ".env"):
        raise ValueError(f"a file that exists, not {_shown(text)}")
    return path


def folder(text: str) -> str:
    if not Path(text).is_dir():
        raise ValueError(f"a directory that exists, not {_shown(text)}")
    return text


def collected_files(text: str) -> str:
    """Check that collectstatic has filled the directory: pages need the names that it made."""
    if not (Path(text) / "staticfiles.json").is_file():
        raise ValueError(
            "a directory that `manage.py collectstatic` has filled, as `make serve` does, not "
            f"{_shown(text)}"
        )
    return text


def bearer_token(text: str) -> str:
    """Check that a client can send the token in a header. The message omits it: it is a secret."""
    if not re.fullmatch("[!-~]+", text):
        raise ValueError("printable ASCII characters without spaces")
    return text


def hours(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 5 and 0 < int(text) <= MAX_HOURS):
        raise ValueError(f"a whole number of hours from 1 to {MAX_HOURS}, not {text!r}")
    return int(text)


def comma_separated(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def hosts(text: str) -> list[str]:
    """Return host names as they are in the Host header, without its port."""
    words = comma_separated(text)
    for word in words:
        name = word.removeprefix(".")
        if word != "*" and not (_is_host(name) or _is_ipv6_in_brackets(word)):
            raise ValueError(
                "host names without scheme, port and path, such as tickets.example, or "
                f".tickets.example for it and all of its subdomains, not {_shown(word)}"
            )
    return words


def admin_hosts(text: str) -> list[str]:
    """Return host names, without `*`: that would leave the admin open on every host."""
    words = hosts(text)
    if "*" in words:
        raise ValueError("host names such as staff.tickets.example, not '*'")
    return words


def pages(*names: str) -> Callable[[str], list[str]]:
    """Return a parser of a list of these names."""

    def parse(text: str) -> list[str]:
        words = [word.lower() for word in comma_separated(text)]
        for word in words:
            if word not in names:
                raise ValueError(f"some of {', '.join(names)}, not {_shown(word)}")
        return words

    return parse


def origins(text: str) -> list[str]:
    """Return origins as browsers send them: lower case, without path and default port."""
    words = [word.lower() for word in comma_separated(text)]
    for word in words:
        url = _split(word)
        is_origin = (
            url is not None
            and url.scheme in DEFAULT_PORTS
            and _is_server(url)
            and url.username is None
            and word == f"{url.scheme}://{url.netloc}"
            and url.port != DEFAULT_PORTS[url.scheme]
        )
        if not is_origin:
            raise ValueError(
                "origins such as https://tickets.example or http://localhost:3000, without path, "
                f"wildcard and default port, not {_shown(word)}"
            )
    return words


def origin_patterns(text: str) -> list[str]:
    """Return regular expressions of whole origins. `https://.*` would allow every web site."""
    return [_whole_origin(word) for word in text.split()]


def _whole_origin(word: str) -> str:
    try:
        pattern = re.compile(rf"(?:{word})\Z", re.IGNORECASE)
        re.compile(word)  # no brackets that only fit with those above
    except (re.error, OverflowError, RecursionError):
        raise ValueError(f"regular expressions of origins, not {_shown(word)}") from None
    if any(map(pattern.match, FOREIGN_ORIGINS)):
        raise ValueError(
            r"regular expressions such as https://[a-z0-9-]+\.tickets\.example, not "
            f"{_shown(word)}, which also matches the origins of others"
        )
    return pattern.pattern


def header_names(text: str) -> list[str]:
    words = comma_separated(text)
    for word in words:
        if not HEADER_NAME.fullmatch(word):
            raise ValueError(
                f"names of headers separated by commas, such as sentry-trace, not {_shown(word)}"
            )
    return words


def database(text: str) -> dict[str, Any]:
    """Return the DATABASES entry for a URL. The message omits the URL: it may hold a password."""
    form = "postgres://USER:PASSWORD@HOST:PORT/NAME or sqlite:///FILE"
    if not text.startswith(("postgres://", "postgresql://", "sqlite:///")):
        raise ValueError(form)
    if text.startswith("sqlite:"):
        return _sqlite(text, form)
    url = POSTGRES_URL.fullmatch(text)
    servers = url["servers"].split(",") if url else []
    if url is None or not all(map(_is_server_of_database, servers)):
        raise ValueError(
            f"{form}, with a name and a port from 1 to 65535; in a password, / # ? @ and % are "
            "written as %2F %23 %3F %40 and %25"
        )
    try:
        return environ.Env.db_url_config(text)
    except ValueError:
        raise ValueError(form) from None


def _sqlite(text: str, form: str) -> dict[str, Any]:
    config: dict[str, Any] = environ.Env.db_url_config(text)
    name = config["NAME"]
    if name == ":memory:" and not text.startswith("sqlite:///:memory:"):
        raise ValueError(f"{form}, with the name of a file")
    if name != ":memory:" and (Path(name).is_dir() or not Path(name).parent.is_dir()):
        raise ValueError(f"{form}, with a file in a directory that exists, not {_shown(name)}")
    return config


def _is_server_of_database(server: str) -> bool:
    """Check HOST:PORT, of which each may be missing: then libpq has defaults or a query."""
    url = _split(f"//{server}")
    return not server or (url is not None and _is_server(url))


def redis(text: str) -> str:
    """Return the URL, or several separated by commas: the first is for writing."""
    for word in re.split("[;,]", text):  # as Django splits it
        url = _split(word.strip())
        if url is None or url.scheme not in ("redis", "rediss", "unix"):
            raise ValueError("redis://HOST:PORT/0, with a port from 1 to 65535")
        if url.scheme == "unix":
            if not url.path.strip("/"):
                raise ValueError("unix:///PATH/OF/SOCKET, or redis://HOST:PORT/0")
        elif not (
            _is_server(url) and re.fullmatch(r"(/\d{0,5}/?)?", url.path) and not url.fragment
        ):
            raise ValueError(
                "redis://HOST:PORT/0, with a host, a port from 1 to 65535 and the number of a "
                "database"
            )
        _check_redis_options(word.strip())
    return text


def _check_redis_options(word: str) -> None:
    from redis.connection import parse_url  # slow to import, and only needed with this setting

    try:
        parse_url(word)
    except (ValueError, TypeError):
        raise ValueError("redis://HOST:PORT/0, with options that Redis knows") from None


def networks(text: str) -> list[str]:
    """Return addresses and networks; `::ffff:10.0.0.0/104` is returned as `10.0.0.0/8`."""
    words = comma_separated(text)
    try:
        return [_plain_network(word) for word in words]
    except ValueError:
        wrong = next(word for word in words if not _is_network(word))
        raise ValueError(
            f"addresses or networks such as 10.0.0.0/8, not {_shown(wrong)}{_network_of(wrong)}"
        ) from None


def _plain_network(word: str) -> str:
    network = ip_network(word)
    mapped = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) else None
    if mapped is None or network.prefixlen < 96:
        return word
    return f"{mapped}/{network.prefixlen - 96}"


def _is_network(word: str) -> bool:
    try:
        ip_network(word)
    except ValueError:
        return False
    return True


def _network_of(word: str) -> str:
    """Return a hint for an address with bits after its mask, such as 10.0.0.1/8."""
    try:
        return f"; the network of that address is {ip_network(word, strict=False)}"
    except ValueError:
        return ""


def mail_server(text: str) -> dict[str, Any]:
    """Return the EMAIL_* settings for a URL. The message omits the URL, as for databases."""
    url = _split(text)
    is_mail = url is not None and url.scheme in environ.Env.EMAIL_SCHEMES and not url.fragment
    if url is None or not is_mail or (url.netloc and not _is_server(url)):
        raise ValueError(
            "smtp://USER:PASSWORD@HOST:PORT, smtp+tls://… or consolemail://, with a port from 1 to "
            "65535"
        )
    config: dict[str, Any] = environ.Env.email_url_config(text)
    if url.scheme == "filemail":
        config["EMAIL_FILE_PATH"] = f"/{config['EMAIL_FILE_PATH']}"
    return config


def sender(text: str) -> str:
    """Return `tickets@cinema.example` or `Cinema <tickets@cinema.example>`."""
    addresses = [address for _, address in getaddresses([text])]
    is_one = len(addresses) == 1 and re.fullmatch(r"[^@\s<>,]+@[^@\s<>,]+", addresses[0])
    if not (is_one and text.isprintable()):
        raise ValueError(f"an e-mail address such as tickets@cinema.example, not {_shown(text)}")
    return text


def dotted_path(text: str) -> str:
    """Check the name of an object in a module; a system check imports it."""
    if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+", text):
        raise ValueError(
            f"the dotted path of a challenge, such as core.http.proof_of_work.PROOF_OF_WORK, not "
            f"{_shown(text)}"
        )
    return text


def page_with(*names: str) -> Callable[[str], str]:
    """Parse a page of the front end that mails link to: a URL of the web with all placeholders."""

    def parse(text: str) -> str:
        url = _split(PLACEHOLDER.sub("x", text))
        is_page = url is not None and url.scheme in DEFAULT_PORTS and _is_server(url)
        has_all = set(PLACEHOLDER.findall(text)) == set(names)
        others = re.search(r"[{}\s]", PLACEHOLDER.sub("", text))
        if not (is_page and has_all) or others:
            placeholders = " and ".join(f"{{{name}}}" for name in names)
            has = f" and has {placeholders} in it" if names else ""
            raise ValueError(f"a URL that begins with https:// or http://{has}, not {_shown(text)}")
        return text

    return parse


def server_url(text: str) -> str:
    """Check the URL of a server, such as https://api.stripe.com: scheme, host and port only."""
    url = _split(text)
    if url is None or url.scheme not in DEFAULT_PORTS or not _is_server(url):
        raise ValueError(f"a URL such as https://api.example.com, not {_shown(text)}")
    return text.rstrip("/")


def _split(text: str) -> SplitResult | None:
    """Return the parts of a URL; None if it is no URL or its port is none."""
    try:
        url = urlsplit(text)
        is_right = url.port != 0 and text.isprintable() and " " not in text
    except ValueError:
        return None
    return url if is_right else None


def _is_server(url: SplitResult) -> bool:
    """Return whether the URL has a host, as an address or a name; names of containers have `_`."""
    host = url.hostname or ""
    return _is_host(host.replace("_", "x")) or _is_ipv6(host)


def _is_host(text: str) -> bool:
    return len(text) <= 253 and HOST_NAME.fullmatch(text) is not None


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text.partition("%")[0])
    except AddressValueError:
        return False
    return True


def _is_ipv6_in_brackets(text: str) -> bool:
    return text[:1] == "[" and text[-1:] == "]" and _is_ipv6(text[1:-1])


def _shown(text: str) -> str:
    return repr(text if len(text) <= 100 else f"{text[:100]}…")
