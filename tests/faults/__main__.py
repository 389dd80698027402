# SPDX-License-Identifier: MIT
"""Print tables of what comes of every fault: of servers, proxies, disks, clocks and state files, and of kills.

python -m tests.faults [--seed N] [--short] [WORD…]: words choose among the cases of clients, and leave out the others.
The short form draws a few cases of each kind, and takes less than a minute. The seed, 0 by default, chooses the moments
and cases that are drawn. The exit status is 1 if anything is wrong.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.faults.cases import Case, every_case, faults_of, observe
from tests.faults.hostile_http import SLOW
from tests.faults.stage import OWN_MOUNTS

_AT_ONCE = 3
_SHORT_CASES = 9


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("words", nargs="*")
    options = parser.parse_args()
    cases = [case for case in every_case() if all(word in str(case) for word in options.words)]
    if options.short:
        quick = [case for case in cases if case.ill not in SLOW]
        cases = random.Random(options.seed).sample(quick, min(_SHORT_CASES, len(quick)))
    # First: it forks, and must not hold the threads of the clients.
    wrong = 0 if options.words else _on_state(options.seed, is_short=options.short)
    print(f"{'client':20} {'ill':26} {'exit':>4} {'MB':>5} {'s':>5}")
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        wrong_clients = sum(pool.map(_row, cases))
    print(f"{len(cases)} cases, {wrong_clients} wrong")
    return 1 if wrong or wrong_clients else 0


def _on_state(seed: int, *, is_short: bool) -> bool:
    """Print the table of kills, disks, clocks and state files; return whether anything is wrong."""
    words = [sys.executable, "-m", "tests.faults.on_state", "--seed", str(seed), *["--short"] * is_short]
    apart = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    if shutil.which("unshare") and not subprocess.run([*apart, "true"], capture_output=True, check=False).returncode:
        words = [*apart, *words]
    return subprocess.run(words, env={**os.environ, OWN_MOUNTS: "yes"}, check=False).returncode != 0


def _row(case: Case) -> bool:
    with tempfile.TemporaryDirectory() as directory:
        outcome = observe(Path(directory), case)
    found = faults_of(case, outcome)
    ill = f"{'proxy ' if case.is_proxied else ''}{case.ill}"
    took = f"{outcome.exit_status:4} {outcome.peak:5.0f} {outcome.seconds:5.1f}"
    print(f"{case.client.name:20} {ill:26} {took} {'; '.join(found)}", flush=True)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
