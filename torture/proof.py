"""Whether the checker finds what is wrong: `make torture-proof`.

Each fault is put into the server, and has to be found; a race may need more than one seed.
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
CUSTOMERS = "6"  # each with many clients, which meet at the same orders


class Proof(NamedTuple):
    fault: str
    database: str
    kinds: set[str]  # of which one has to be among the findings; none: any but integrity's
    only: bool = False  # whether nothing else may be found


PROOFS = [
    Proof("no_lock", "postgresql", set()),
    Proof("no_lock_no_constraint", "postgresql", {"seat taken twice"}),
    Proof("no_immediate", "sqlite", {"503 without chaos"}),
    Proof("answer_outside", "postgresql", {"two effects of one key", "acted twice"}),
    Proof("answer_outside", "sqlite", {"two effects of one key", "acted twice"}),
    Proof("late_confirm", "postgresql", {"after its end"}),
    Proof("late_confirm", "sqlite", {"after its end"}),
    # The lock is enough: only who looks at the schema sees that nothing stands behind it.
    Proof("no_constraint", "postgresql", {INTEGRITY}, only=True),
]


def main():
    missed = [proof for proof in PROOFS if not is_found(proof)]
    print(f"{len(PROOFS) - len(missed)} of {len(PROOFS)} as expected.")
    return 1 if missed else 0


def is_found(proof):
    for seed in SEEDS:
        kinds = kinds_found(proof, seed)
        is_as_expected = kinds & proof.kinds if proof.kinds else kinds - {INTEGRITY}
        if proof.only:
            is_as_expected = kinds == proof.kinds
        said = ", ".join(sorted(kinds)) or "nothing"
        print(f"{proof.fault:23}{proof.database:12}seed {seed}: {said}", flush=True)
        if is_as_expected or proof.only:
            return bool(is_as_expected)
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
        return {kind for kind, _ in json.loads((folder / "findings.json").read_text())}


if __name__ == "__main__":
    sys.exit(main())
