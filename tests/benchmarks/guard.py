# SPDX-License-Identifier: MIT
"""make bench-guard: what the leak guard costs for 20 kB of anything, by what it grows, and its part of a run."""

from __future__ import annotations

import base64
import dataclasses
import random
import tempfile
import time
from pathlib import Path

from elytra_status import guarded, refresh
from elytra_status.clock import SystemClock
from elytra_status.leak_guard import search
from elytra_status.settings import load
from tests.benchmarks import history
from tests.benchmarks.__main__ import replayed
from tests.leak_corpus.rates import PRIVATE

SIZE, ROUNDS, COMPONENTS = 20_000, 5, 50


def texts() -> dict[str, str]:
    """Return texts of twice the size: ordinary ones, encoded ones, and what may lead a pattern astray."""
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
    )
    return {
        "ordinary": ordinary,
        "umlauts": ordinary.replace("e", "ü"),
        "Cyrillic": ordinary.replace("a", "д"),
        "base64": base64.b64encode(ordinary.encode()).decode(),
        "base64 of noise": base64.b64encode(noise).decode(),
        "hex": noise.hex(),
        "percent": "".join(f"%{byte:02x}" for byte in ordinary.encode()),
        **{f"{piece!r} again and again": piece * (2 * SIZE // len(piece)) for piece in pieces},
    }


def cost(text: str) -> float:
    """Return the least processor time of some rounds, in ms."""
    times = []
    for _ in range(ROUNDS):
        # One that has not seen the text yet.
        private = dataclasses.replace(PRIVATE)
        assert private.sought
        start = time.process_time()
        search("x", text.encode(), "text/plain", frozenset(), private)
        times.append(time.process_time() - start)
    return min(times) * 1000


def part_of_a_run() -> tuple[float, float]:
    """Return the processor time of the guard, and of a whole run with many components and 90 days, in ms."""
    with tempfile.TemporaryDirectory() as name, replayed(COMPONENTS) as kuma:
        directory, file, clock = Path(name), Path(name) / "elytra-status.conf", SystemClock()
        history.fill(directory, COMPONENTS, 90, clock.now())
        shown = "; ".join(f"Region {number:02}: {number}" for number in range(1, COMPONENTS + 1))
        file.write_text(
            f"UPTIME_KUMA_URL={kuma.url}\nUPTIME_KUMA_API_KEY=bench\nUPTIME_KUMA_STATUS_PAGE=elytra\nCOMPONENTS={shown}\n"
        )
        file.chmod(0o600)
        settings = load(file, {}).settings
        start = time.process_time()
        outcome = refresh.run(settings, clock, directory)
        whole = time.process_time() - start
        # All documents again, by a guard that has seen none of them.
        private = guarded.private(settings, outcome.assessment.reports, outcome.assessment.memory.words)
        start = time.process_time()
        for one in outcome.documents:
            if not one.local:
                search(one.name, one.body, one.content_type, one.own_words, private)
        return (time.process_time() - start) * 1000, whole * 1000


def main() -> None:
    """Print a line for each text, and one for a run."""
    for name, text in texts().items():
        once = cost(text[:SIZE])
        print(f"{name:36} {once:6.1f} ms for 20 kB, {cost(text[: 2 * SIZE]) / once:4.1f} times that for 40 kB")
    guard, whole = part_of_a_run()
    print(f"{COMPONENTS} components: {guard:.0f} ms of the {whole:.0f} ms of a run")


if __name__ == "__main__":
    main()
