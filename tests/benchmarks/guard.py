# SPDX-License-Identifier: MIT
"""make bench-guard: the cost of the leak guard for 20 kB of any text, its growth, and its part of runs."""

from __future__ import annotations

import base64
import dataclasses
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from elytra_status import leak_guard
from elytra_status.leak_guard import search
from elytra_status.run import job, private_terms
from elytra_status.settings import load
from elytra_status.system.clock import SystemClock
from tests.benchmarks import history
from tests.benchmarks.production import replayed
from tests.leak_corpus.rates import PRIVATE

SIZE, ROUNDS, COMPONENTS = 20_000, 5, 50
# The days of history. 90 of them are published.
DAYS = (1, 90, 400)


def texts() -> dict[str, str]:
    """Return texts in two sizes: ordinary ones, encoded ones, and those that may be slow for a pattern."""
    chance = random.Random(1)
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 10))) for _ in range(2000)]
    ordinary = " ".join(chance.choices(words, k=8000))
    noise = chance.randbytes(2 * SIZE)
    pieces = (
        "\\",
        "<",
        "%25",
        "&amp;",
        "10.0.0 ",
        "a-",
        "a@",
        "::",
        "secret_",
        "eyJaaaa.",
        "version 1.2.3.4 ",
        "[.",
        " ",
        "6",
        "6a",
        "ü",
        "한",
        "😀",
        "🅰",
        "ﷺ",
        "&uuml;",
        "0x43, ",
        "<b>ü</b>",
    )
    return {
        "ordinary": ordinary,
        "umlauts": ordinary.replace("e", "ü"),
        "Cyrillic": ordinary.replace("a", "д"),
        "base64": base64.b64encode(ordinary.encode()).decode(),
        "base64 of noise": base64.b64encode(noise).decode(),
        "hex": noise.hex(),
        "percent": "".join(f"%{byte:02x}" for byte in ordinary.encode()),
        **{f"{piece!r} again and again": piece * (2 * SIZE // len(piece.encode())) for piece in pieces},
    }


def cost(text: str) -> float:
    """Return the lowest processor time of some rounds, in ms."""
    times = []
    for _ in range(ROUNDS):
        # A value that has not seen the text yet.
        private = dataclasses.replace(PRIVATE)
        assert private.sought
        start = time.process_time()
        search("x", text.encode(), "text/plain", frozenset(), private)
        times.append(time.process_time() - start)
    return min(times) * 1000


def part_of_a_run(days: int) -> tuple[float, float, float]:
    """Return the processor time of the guard, of a run with many components, and of its process, in ms.

    The history has this many days.
    """
    with tempfile.TemporaryDirectory() as name, replayed(COMPONENTS) as kuma:
        directory, file = Path(name), Path(name) / "elytra-status.conf"
        history.fill(directory, COMPONENTS, days, SystemClock().now())
        shown = "; ".join(f"Region {number:02}: {number}" for number in range(1, COMPONENTS + 1))
        file.write_text(
            f"UPTIME_KUMA_URL={kuma.url}\nUPTIME_KUMA_API_KEY=bench\nUPTIME_KUMA_STATUS_PAGE=elytra\nCOMPONENTS={shown}\n"
        )
        file.chmod(0o600)
        # It runs in a process of its own, because the replayed Uptime Kuma is not part of a run.
        command = [sys.executable, "-m", __spec__.name, str(file), str(directory)]
        told = [subprocess.run(command, capture_output=True, check=True).stdout.split() for _ in range(ROUNDS)]
        guard, run, process = sorted(tuple(map(float, one)) for one in told)[ROUNDS // 2]
        return guard, run, process


def run(file: Path, directory: Path) -> None:
    """Do one run. Print the processor time of the guard, of the run, and of this process, in ms."""
    spent: list[float] = []

    def timed(work: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **named: Any) -> Any:
            start = time.thread_time()
            try:
                return work(*arguments, **named)
            finally:
                spent.append(time.thread_time() - start)

        return wrapped

    for place, name in ((leak_guard, "search"), (leak_guard, "find_leaks"), (private_terms, "private")):
        setattr(place, name, timed(getattr(place, name)))
    start = time.process_time()
    job.run(load(file, {}).settings, SystemClock(), directory)
    print(sum(spent) * 1000, (time.process_time() - start) * 1000, time.process_time() * 1000)


def main() -> None:
    """Print a line for each text, and one for a run."""
    for name, text in texts().items():
        once = cost(_cut(text, SIZE))
        print(f"{name:36} {once:6.1f} ms for 20 kB, {cost(_cut(text, 2 * SIZE)) / once:4.1f} times that for 40 kB")
    for days in DAYS:
        guard, whole, process = part_of_a_run(days)
        print(
            f"{COMPONENTS} components, {days} days: {guard:.0f} ms of the {whole:.0f} ms of a run;"
            f" its process takes {process:.0f} ms"
        )


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode("utf-8", "ignore")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        run(Path(sys.argv[1]), Path(sys.argv[2]))
    else:
        main()
