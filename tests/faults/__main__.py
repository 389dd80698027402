# SPDX-License-Identifier: MIT
"""Print a table of what each client comes to, whatever ails the server that it reads from.

python -m tests.faults [WORD…]: words choose among the names of clients and ills.
"""

from __future__ import annotations

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.faults.cases import Case, every_case, faults_of, observe

_AT_ONCE = 3


def main(arguments: list[str]) -> int:
    cases = [case for case in every_case() if all(word in str(case) for word in arguments)]
    print(f"{'client':18} {'ill':20} {'exit':>4} {'MB':>5} {'s':>5}")
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        wrong = sum(pool.map(_row, cases))
    print(f"{len(cases)} cases, {wrong} wrong")
    return 1 if wrong else 0


def _row(case: Case) -> bool:
    with tempfile.TemporaryDirectory() as directory:
        outcome = observe(Path(directory), case)
    found = faults_of(case, outcome)
    print(
        f"{case.client.name:18} {case.ill:20} {outcome.exit_status:4} {outcome.peak:5.0f} {outcome.seconds:5.1f}"
        f" {'; '.join(found)}",
        flush=True,
    )
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
