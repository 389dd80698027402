# SPDX-License-Identifier: MIT
"""Fuzz every parser of outside input.

python -m tests.fuzz [--seconds N] [NAME…]: N seconds in all, 600 by default. With atheris (make fuzz), inputs that
reach new code are changed further; without it, all are drawn at random. The first input for each place that raises an
exception which would be an internal error is written to the current directory, and the exit status is 1. Move it to
corpus/ below the name of its target, where the tests try it each time.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import subprocess
import sys
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.fuzz.targets import Target

_BEGAN = time.monotonic()
_AT_ONCE = 2
# No input keeps a parser this long.
_SLOWEST_SECONDS = 20


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--inside", help=argparse.SUPPRESS, action="store_true")
    options = parser.parse_args()
    if options.inside:
        fuzz = _with_atheris if _has_atheris() else _at_random
        fuzz(options.names[0], options.seconds)
        return 0
    from tests.fuzz.targets import TARGETS

    chosen = [target.name for target in TARGETS if not options.names or target.name in options.names]
    each = max(1, options.seconds * min(_AT_ONCE, len(chosen)) / len(chosen))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = sum(pool.map(lambda name: _run(name, each), chosen))
    print(f"{len(chosen)} parsers, {found} with findings")
    return 1 if found else 0


def _run(name: str, seconds: float) -> bool:
    """Fuzz a target in a process of its own, print what came of it, and return whether anything was found."""
    words = [sys.executable, "-m", "tests.fuzz", "--inside", "--seconds", str(seconds), name]
    done = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False)
    runs = next((line for line in done.stderr.splitlines()[::-1] if line.startswith("Done ")), "")
    is_found = bool(done.returncode or done.stdout)
    inner = f"\n{done.stdout}{done.stderr[-4000:] if done.returncode else ''}" if is_found else ""
    print(f"{name:20} {'FOUND' if is_found else 'ok'} {runs}{inner}", flush=True)
    return is_found


def _at_random(name: str, seconds: float) -> None:
    """Draw inputs from the corpus without observing the code."""
    from tests.fuzz.targets import TARGETS

    target = next(target for target in TARGETS if target.name == name)
    findings = Findings(target)
    ends, count = time.monotonic() + seconds, 0
    chance = random.Random()
    seeds = target.seeds()
    while time.monotonic() < ends:
        findings.look_for(target.mutate(chance.choice(seeds), chance))
        count += 1
    print(f"Done {count} runs, drawn at random", file=sys.stderr)


class Findings:
    """What was found for a target: the first input for each place in the code, kept in the current directory."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.places: set[str] = set()

    def look_for(self, text: bytes) -> None:
        """Give an input to the target, and keep it if it is the first finding at its place."""
        error = self.target.findings(text)
        if error is None:
            return
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{type(error).__name__} {last.filename}:{last.lineno}"
        if place not in self.places:
            self.places.add(place)
            file = Path(f"fuzz-{self.target.name}-{hashlib.sha256(text).hexdigest()[:12]}")
            file.write_bytes(text)
            print(f"{file}: {''.join(traceback.format_exception(error)[-4:])}", flush=True)


def _has_atheris() -> bool:
    try:
        import atheris  # noqa: F401
    except ImportError:
        return False
    return True


def _with_atheris(name: str, seconds: float) -> None:
    """Change inputs that reach new code further."""
    import atheris

    # What is imported before is not observed.
    with atheris.instrument_imports(include=["elytra_status"]):
        from tests.fuzz import targets
    target = next(target for target in targets.TARGETS if target.name == name)

    def mutate(text: bytes, largest: int, seed: int) -> bytes:
        return target.mutate(text, random.Random(seed))[:largest]

    # Importing with observation takes seconds too.
    left = max(1, int(seconds - (time.monotonic() - _BEGAN)))
    # New inputs go to the first directory, and not to the repository.
    with tempfile.TemporaryDirectory() as directory:
        limits = [
            f"-max_total_time={left}",
            "-max_len=200000",
            "-rss_limit_mb=1000",
            f"-timeout={_SLOWEST_SECONDS}",
        ]
        words = [sys.argv[0], *limits, f"-artifact_prefix={directory}/", directory, os.fspath(targets.CORPUS / name)]
        atheris.Setup(words, Findings(target).look_for, custom_mutator=mutate)
        atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
