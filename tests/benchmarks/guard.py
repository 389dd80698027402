# SPDX-License-Identifier: MIT
"""make bench-guard: what the leak guard costs for 20 kB of anything, and by what it grows with twice the text."""

from __future__ import annotations

import base64
import dataclasses
import random
import time

from elytra_status.leak_guard import search
from tests.leak_corpus.rates import PRIVATE

SIZE, ROUNDS = 20_000, 5


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


def main() -> None:
    """Print a line for each text."""
    for name, text in texts().items():
        once = cost(text[:SIZE])
        print(f"{name:36} {once:6.1f} ms for 20 kB, {cost(text[: 2 * SIZE]) / once:4.1f} times that for 40 kB")


if __name__ == "__main__":
    main()
