"""`python -m supply audit LOCK` and `python -m supply update [FILE or URL]`."""

import argparse
import shutil
import sys
import tempfile
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

from supply.advisories import Advisories, locked

COPY = Path(__file__).resolve().parent.parent / ".advisories" / "pypi.zip"
EXPORT = "https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip"
OLD = 14  # days
LEAST_OF_BEFORE = 0.9  # an export only grows: what is withdrawn stays in it
TIMEOUT = 60  # seconds without any data


def audit(lock: Path, copy: Path) -> int:
    """Print what the copy knows of the packages, and its age. Return 1 if it knows something."""
    if not copy.is_file():
        sys.exit(
            "There is no copy of the advisories here. `make advisories` loads one; without a "
            f"network, `make advisories FROM=file` takes the file of another machine: {EXPORT}"
        )
    advisories = Advisories(copy)
    found = list(advisories.findings(lock))
    for each in found:
        names = f" ({', '.join(each.aliases)})" if each.aliases else ""
        fix = f"fixed in {', '.join(each.fixed_in)}" if each.fixed_in else "no fix is known"
        print(f"{each.package} {each.version}: {each.advisory}{names}, {fix}. {each.summary}")
    print(
        f"{len(found)} known vulnerabilities in {len(locked(lock))} packages of {lock.name}, by "
        f"{_told(advisories)}."
    )
    if _age(advisories) > OLD:
        print("That is old: renew the copy with `make advisories`.", file=sys.stderr)
    return 1 if found else 0


def update(source: str, copy: Path) -> None:
    """Replace the copy, if the source is a whole export, and neither older nor much smaller.

    A copy that cannot be read is replaced by anything that can.
    """
    copy.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=copy.parent) as folder:
        new = Path(folder) / "new.zip"
        if Path(source).is_file():
            shutil.copyfile(source, new)
        elif not source.startswith(("https://", "http://")):
            sys.exit(f"Kept the old copy: there is no file {source}.")
        else:
            request = urllib.request.urlopen(source, timeout=TIMEOUT)  # noqa: S310 - checked above
            with request as answer, new.open("wb") as file:
                shutil.copyfileobj(answer, file)
        advisories = Advisories(new)
        before = _readable(copy)
        if before and before.as_of > advisories.as_of:
            sys.exit(f"Kept the old copy: {source} is older than it.")
        if before and advisories.count < before.count * LEAST_OF_BEFORE:
            sys.exit(
                f"Kept the old copy: {source} has only {advisories.count:,} advisories, not "
                f"{before.count:,}. Delete {copy} to take it all the same."
            )
        new.replace(copy)
    print(f"The copy has {_told(advisories)}.")


def _readable(copy: Path) -> Advisories | None:
    try:
        return Advisories(copy) if copy.is_file() else None
    except ValueError:
        return None


def _age(advisories: Advisories) -> int:
    return max(0, (datetime.now(UTC) - advisories.last_change).days)


def _told(advisories: Advisories) -> str:
    days = _age(advisories)
    return (
        f"{advisories.count:,} advisories, the latest of {advisories.last_change:%Y-%m-%d}, "
        f"{days} day{'' if days == 1 else 's'} ago"
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m supply", description=__doc__)
    parser.add_argument("--copy", type=Path, default=COPY)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("audit").add_argument("lock", type=Path)
    commands.add_parser("update").add_argument("source", nargs="?", default=EXPORT)
    options = parser.parse_args()
    try:
        if options.command == "audit":
            return audit(options.lock, options.copy)
        update(options.source, options.copy)
    except OSError as error:
        sys.exit(f"Failed: {error}. The copy is as it was.")
    except ValueError as error:
        sys.exit(f"Failed: {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
