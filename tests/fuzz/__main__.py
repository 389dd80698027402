# SPDX-License-Identifier: MIT
"""Fuzz every parser of outside input.

python -m tests.fuzz [--seconds N] [NAME…]: N seconds for each target, 30 by default. With atheris (make fuzz), inputs
that reach new code are changed further; without it, all are drawn at random. An input that raises an exception which
would be an internal error is written to the current directory, and the exit status is 1.
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
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.fuzz.targets import Target


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--inside", help=argparse.SUPPRESS, action="store_true")
    options = parser.parse_args()
    if options.inside:
        _with_atheris(options.names[0], options.seconds)
        return 0
    from tests.fuzz.targets import TARGETS

    chosen = [target for target in TARGETS if not options.names or target.name in options.names]
    return 1 if sum(_run(target, options.seconds) for target in chosen) else 0


def _run(target: Target, seconds: float) -> bool:
    """Fuzz a target, print what came of it, and return whether anything was found."""
    if _has_atheris():
        words = [sys.executable, "-m", "tests.fuzz", "--inside", "--seconds", str(seconds), target.name]
        done = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False)
        runs = next((line for line in done.stderr.splitlines()[::-1] if line.startswith("Done ")), "")
        print(f"{target.name:20} {'ok' if done.returncode == 0 else 'FOUND'} {runs}", flush=True)
        if done.returncode:
            print(done.stdout[-4000:], done.stderr[-4000:])
        return done.returncode != 0
    ends, count, found = time.monotonic() + seconds, 0, set()
    chance = random.Random()
    seeds = target.seeds()
    while time.monotonic() < ends:
        text = target.mutate(chance.choice(seeds), chance)
        count += 1
        if (error := target.findings(text)) and (place := _place(error)) not in found:
            found.add(place)
            _keep(target, text, error)
    print(f"{target.name:20} {count} inputs, {len(found)} places found", flush=True)
    return bool(found)


def _place(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} {last.filename}:{last.lineno}"


def _keep(target: Target, text: bytes, error: Exception) -> None:
    file = Path(f"fuzz-{target.name}-{hashlib.sha256(text).hexdigest()[:12]}")
    file.write_bytes(text)
    print(f"{target.name}: {file}: {''.join(traceback.format_exception(error)[-4:])}")


def _has_atheris() -> bool:
    try:
        import atheris  # noqa: F401
    except ImportError:
        return False
    return True


def _with_atheris(name: str, seconds: float) -> None:
    import atheris

    # What is imported before is not observed.
    with atheris.instrument_imports(include=["elytra_status"]):
        from tests.fuzz import targets
    target = next(target for target in targets.TARGETS if target.name == name)

    def mutate(text: bytes, largest: int, seed: int) -> bytes:
        return target.mutate(text, random.Random(seed))[:largest]

    def run(text: bytes) -> None:
        if error := target.findings(text):
            _keep(target, text, error)
            raise error

    # New inputs go to the first directory, and not to the repository.
    with tempfile.TemporaryDirectory() as directory:
        limits = [f"-max_total_time={int(seconds)}", "-max_len=200000", "-rss_limit_mb=1000"]
        words = [sys.argv[0], *limits, directory, os.fspath(targets.CORPUS / name)]
        atheris.Setup(words, run, custom_mutator=mutate)
        atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
