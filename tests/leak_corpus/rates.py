# SPDX-License-Identifier: MIT
"""Detection rates over the corpus. `python -m tests.leak_corpus.rates` prints them for each kind.

With detect-secrets installed, its rate is printed too; it does not know own secrets, names and hosts.
"""

from __future__ import annotations

import html
import importlib
import json
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

from elytra_status.leak_guard import Private, search
from tests.leak_corpus.harmless import harmless
from tests.leak_corpus.leaks import BUCKETS, HOSTS, NAMES, SECRETS, Leak, leaks

PRIVATE = Private(SECRETS, frozenset(BUCKETS), frozenset(HOSTS), frozenset(NAMES), ("https://status.example.com/",))
# The seeds of the corpus with which the guard was written, and of the part that was held out.
SEED, HELD_OUT = 1, 20_77

JSON, HTML, SVG, CALENDAR = "application/json", "text/html", "image/svg+xml", "text/calendar"
# Each field in which a text leaves the machine.
FIELDS: dict[str, tuple[str, Callable[[str], str]]] = {
    "status.json, notes": (JSON, lambda text: json.dumps({"infrastructure": {"notes": text}})),
    "status.json, notice": (
        JSON,
        lambda text: json.dumps({"notices": [{"text": "x"}, {"text": text}]}, ensure_ascii=False),
    ),
    "status.json, region": (JSON, lambda text: json.dumps({"infrastructure": {"regions": ["x", text]}})),
    "page, text": (HTML, lambda text: f"<html><body>\n<p>{text}</p></body></html>"),
    "page, escaped": (HTML, lambda text: f"<html><body>\n<p>{html.escape(text)}</p></body></html>"),
    "page, attribute": (HTML, lambda text: f'<p title="{html.escape(text)}">x</p>'),
    "badge": (SVG, lambda text: f"<svg><title>x</title><text x='1'>{text}</text></svg>"),
    "calendar": (CALENDAR, lambda text: "BEGIN:VEVENT\r\nSUMMARY:" + text.replace("\n", " ") + "\r\nEND:VEVENT\r\n"),
}


def is_found(text: str, field: str) -> bool:
    """Return whether the guard stops a document with a text in a field."""
    kind, place = FIELDS[field]
    return bool(search("x", place(text).encode(), kind, frozenset(), PRIVATE))


def missed(some: Iterable[Leak]) -> list[tuple[Leak, str]]:
    """Return the leaks that the guard misses, each with its field."""
    return [(leak, field) for leak in some for field in FIELDS if not is_found(leak.text, field)]


def _other() -> Callable[[str], bool]:
    """Return a function that says whether detect-secrets finds something in a file with a text."""
    collection = importlib.import_module("detect_secrets").SecretsCollection
    settings = importlib.import_module("detect_secrets.settings").default_settings

    def finds(text: str) -> bool:
        with tempfile.TemporaryDirectory() as directory, settings():
            path = Path(directory) / "text.txt"
            path.write_text(text + "\n", encoding="utf-8")
            found = collection()
            found.scan_file(str(path))
            return bool(list(found))

    return finds


def main() -> None:
    """Print the rates for a seed, by group and for each kind that is not completely found."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else SEED
    every, others = leaks(seed), harmless(seed)
    misses = missed(every)
    try:
        other = _other()
    except ImportError:
        other = None
    kinds = len({leak.kind for leak in every})
    print(f"{len(every)} leaks in {kinds} kinds, in {len(FIELDS)} fields; {len(others)} harmless texts")
    by_kind: dict[tuple[str, str], list[Leak]] = defaultdict(list)
    for leak in every:
        by_kind[leak.group, leak.kind].append(leak)
        by_kind[leak.group, "(all)"].append(leak)
    missed_by_kind = Counter(key for leak, _ in misses for key in ((leak.group, leak.kind), (leak.group, "(all)")))
    print(f"{'group':16} {'kind':40} {'found':>8} {'detect-secrets':>15}")
    for (group, kind), some in sorted(by_kind.items()):
        ours = 1 - missed_by_kind[group, kind] / (len(some) * len(FIELDS))
        theirs = f"{sum(map(other, (leak.text for leak in some))) / len(some):15.1%}" if other else ""
        print(f"{group:16} {kind:40} {ours:8.1%} {theirs}")
    stopped = [text for text in others if any(is_found(text, field) for field in FIELDS)]
    theirs = f"{sum(map(other, others)) / len(others):15.1%}" if other else ""
    print(f"{'harmless':16} {'stopped':40} {len(stopped) / len(others):8.1%} {theirs}")
    for leak, field in misses[:200]:
        print(f"missed in {field}: {leak.kind}: {leak.text!r}")
    for text in stopped:
        print(f"stopped: {text!r}")


if __name__ == "__main__":
    main()
