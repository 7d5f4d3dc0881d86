"""The local copy of the advisory database, and which packages of a lock it names.

The copy is the export of osv.dev for PyPI: a zip file with one JSON document per advisory, in the
form of https://ossf.github.io/osv-schema/. It has the advisories of PyPA and of GitHub.
"""

import json
import re
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

LOCKED = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)")

# What reading a damaged zip file or a document of another form raises.
BROKEN = (
    *(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError),
    *(ValueError, LookupError, AttributeError, TypeError),
)

Advisory = dict[str, Any]


class Finding(NamedTuple):
    package: str
    version: str
    advisory: str
    aliases: list[str]
    fixed_in: list[str]
    summary: str


class Advisories:
    """Advisories that were not withdrawn, by package. Raises ValueError if the file has none."""

    def __init__(self, file: Path) -> None:
        self.of_package: dict[NormalizedName, list[Advisory]] = defaultdict(list)
        self.count = 0
        self.as_of = ""
        try:
            with zipfile.ZipFile(file) as archive:
                for name in archive.namelist():
                    if name.endswith(".json"):
                        self._add(json.loads(archive.read(name)))
            if self.count:
                self.last_change  # noqa: B018 - a date that cannot be read
        except BROKEN as error:
            raise ValueError(f"{file} is no export of advisories: {error!r}") from error
        if not self.count:
            raise ValueError(f"{file} has no advisory about packages of PyPI.")

    def _add(self, advisory: Advisory) -> None:
        names = {
            canonicalize_name(affected["package"]["name"])
            for affected in advisory.get("affected", [])
            if affected.get("package", {}).get("ecosystem") == "PyPI"
        }
        self.count += bool(names)
        if names:
            self.as_of = max(self.as_of, advisory["modified"])
        for name in names if not advisory.get("withdrawn") else ():
            self.of_package[name].append(advisory)

    @property
    def last_change(self) -> datetime:
        """Return when the latest advisory was changed: that tells the age of any copy."""
        return datetime.fromisoformat(self.as_of.replace("Z", "+00:00"))

    def findings(self, lock: Path) -> Iterator[Finding]:
        """Yield each advisory that names a package of the lock; those with an alias once."""
        for package, version in locked(lock):
            seen: set[str] = set()
            for advisory in sorted(self.of_package[package], key=lambda each: str(each["id"])):
                ids = {advisory["id"], *advisory.get("aliases", [])}
                entries = [
                    affected
                    for affected in advisory["affected"]
                    if canonicalize_name(affected.get("package", {}).get("name", "")) == package
                ]
                if seen.isdisjoint(ids) and any(_affects(each, version) for each in entries):
                    seen |= ids
                    yield Finding(
                        package,
                        version,
                        advisory["id"],
                        sorted(ids - {advisory["id"]}),
                        sorted({fix for each in entries for fix in _fixes(each)}),
                        advisory.get("summary") or advisory.get("details", "").partition("\n")[0],
                    )


def locked(lock: Path) -> list[tuple[NormalizedName, str]]:
    """Return (name, version) of each package of a lock. Raises ValueError if there is none."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    found = [
        (canonicalize_name(match[1]), match[2]) for line in lines if (match := LOCKED.match(line))
    ]
    if not found:
        raise ValueError(f"{lock} locks no package.")
    return found


def _affects(affected: dict[str, Any], version: str) -> bool:
    """Return whether a version is listed, or is in a range of versions."""
    if version in affected.get("versions", []):
        return True
    return any(
        _is_in_range(each["events"], Version(version))
        for each in affected.get("ranges", [])
        if each["type"] == "ECOSYSTEM"
    )


def _is_in_range(events: list[dict[str, str]], version: Version) -> bool:
    """Follow the events up to the version. One that cannot be read closes no range."""
    is_in = False
    for event in sorted(events, key=_position):
        at = _position(event)
        if "introduced" in event and at <= version:
            is_in = True
        elif ("fixed" in event and at <= version) or ("last_affected" in event and at < version):
            is_in = False
    return is_in


def _position(event: dict[str, str]) -> Version:
    [text] = event.values()
    try:
        return Version(text)
    except InvalidVersion:
        return Version("0" if "introduced" in event else "99999999")


def _fixes(affected: dict[str, Any]) -> Iterator[str]:
    for each in affected.get("ranges", []):
        if each["type"] == "ECOSYSTEM":
            yield from (event["fixed"] for event in each["events"] if "fixed" in event)
