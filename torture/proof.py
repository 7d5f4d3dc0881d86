"""`make torture-proof`: check that the checker finds the faults that are put into the service.

One run for each fault. A race may need more than one seed.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from torture.run import INTEGRITY

SEEDS = ["1", "2", "3"]
MINUTES = "0.6"
CUSTOMERS = "6"  # so each has many clients, which work on the same orders


class Proof(NamedTuple):
    """A fault, and the kinds of findings of which at least one is expected.

    Without kinds, any finding but INTEGRITY is enough. `is_exact` means these kinds and no others.
    """

    fault: str
    database: str
    kinds: set[str]
    is_exact: bool = False


def on_both(fault, kind):
    """Return the proofs of a fault that does not depend on the database."""
    return [Proof(fault, database, {kind}) for database in ("postgresql", "sqlite")]


PROOFS = [
    Proof("no_lock", "postgresql", set()),
    Proof("no_lock_no_constraint", "postgresql", {"seat taken twice"}),
    Proof("no_immediate", "sqlite", {"503 without chaos"}),
    Proof("answer_outside", "postgresql", {"two effects of one key", "acted twice"}),
    Proof("answer_outside", "sqlite", {"two effects of one key", "acted twice"}),
    Proof("late_confirm", "postgresql", {"expired hold used"}),
    Proof("late_confirm", "sqlite", {"expired hold used"}),
    *on_both("any_payment", "payment used twice"),
    Proof("no_payment_lock", "postgresql", {"payment used twice"}),
    *on_both("cached_prices", "outdated price"),
    Proof("look_before_lock", "postgresql", {"acknowledged write lost", "seat limit"}),
    Proof("commit_after_failed_insert", "postgresql", {"acknowledged write lost"}),
    *on_both("ignored_total", "another total than expected"),
    *on_both("overlapping_shows", "shows overlap"),
    Proof("no_screen_lock", "postgresql", {"shows overlap"}),
    *on_both("lost_seats", "taken seat lost"),
    *on_both("other_cinema", "sold show replaced"),
    *on_both("no_full_refund", "wrong refund"),
    *on_both("refund_ignores_rule", "wrong refund"),
    *on_both("limit_raised", "seat limit"),
    *on_both("bodies_in_threads", "no answer without chaos"),
    # The lock alone prevents double sales, so only the check of the schema finds this.
    Proof("no_constraint", "postgresql", {INTEGRITY}, is_exact=True),
]


def main():
    missed = [proof for proof in PROOFS if not is_found(proof)]
    print(f"{len(PROOFS) - len(missed)} of {len(PROOFS)} faults gave the expected findings.")
    return 1 if missed else 0


def is_found(proof):
    for seed in SEEDS:
        kinds = kinds_found(proof, seed)
        found = ", ".join(sorted(kinds)) or "nothing"
        print(f"{proof.fault:27}{proof.database:12}seed {seed}: {found}", flush=True)
        if proof.is_exact:
            return kinds == proof.kinds
        if kinds & proof.kinds if proof.kinds else kinds - {INTEGRITY}:
            return True
    return False


def kinds_found(proof, seed):
    with tempfile.TemporaryDirectory(prefix="torture-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with (folder / "report.txt").open("w") as report:
            subprocess.run(
                [
                    *(sys.executable, "-m", "torture", "--database", proof.database),
                    *("--folder", folder, "--fault", proof.fault, "--seed", seed),
                    *("--minutes", MINUTES, "--customers", CUSTOMERS, "--calm"),
                ],
                stdout=report,
                check=False,
            )
        findings = folder / "findings.json"
        if not findings.is_file():
            sys.exit(f"The torture with the fault {proof.fault} did not run to its end.")
        return {kind for kind, _ in json.loads(findings.read_text())}


if __name__ == "__main__":
    sys.exit(main())
