# SPDX-License-Identifier: MIT
"""Print a table of kills, full and read-only disks, wrong clocks, and garbage in state files.

python -m tests.faults.on_state [--seed N] [--short]: seeds choose the moments. The process needs a mount namespace of
its own for the disks, which `tests.faults` gives it.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter

from tests.faults.clocks import clocks
from tests.faults.garbage import garbage
from tests.faults.moments import moments
from tests.faults.row import Row
from tests.faults.stage import stage

# How many cases of each, at most.
FULL, SHORT = (120, 1000, 1000), (5, 12, 4)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--short", action="store_true")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    of_moments, of_garbage, of_clocks = SHORT if options.short else FULL
    cases: Counter[tuple[str, str]] = Counter()
    wrong: Counter[tuple[str, str]] = Counter()
    with stage() as made:
        if not made.can_mount:
            print("this machine lets no one mount: without full and read-only disks")
        for suite, most in ((moments, of_moments), (garbage, of_garbage), (clocks, of_clocks)):
            for row in suite(made, chance, most):
                cases[row.fault, row.subject] += 1
                wrong[row.fault, row.subject] += bool(row.wrong)
                if row.wrong:
                    _show(row)
    print(f"{'fault':16} {'at':28} {'cases':>5} {'wrong':>5}")
    for (fault, subject), count in cases.items():
        print(f"{fault:16} {subject:28} {count:5} {wrong[fault, subject]:5}")
    print(f"{cases.total()} cases with seed {options.seed}, {wrong.total()} wrong")
    return 1 if wrong.total() else 0


def _show(row: Row) -> None:
    print(f"WRONG: {row.fault}, {row.subject}, {row.case}: {'; '.join(row.wrong)}")
    print("".join(f"    {line}\n" for line in row.output.splitlines()[-12:]), flush=True)


if __name__ == "__main__":
    sys.exit(main())
