# SPDX-License-Identifier: MIT
"""The values of the domain."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from elytra_status.model import number_of, out_of, wrap

PACKAGE = Path(__file__).parent.parent / "elytra_status"


@pytest.mark.parametrize(("count", "words"), [(0, "0 files belong"), (1, "1 file belongs"), (2, "2 files belong")])
def test_noun_and_verb_agree_with_the_count(count: int, words: str) -> None:
    assert number_of(count, "file", "belongs", "belong") == words
    assert number_of(count, "file") == " ".join(words.split()[:2])


@pytest.mark.parametrize(
    ("count", "total", "words"),
    [
        (0, 1, "0 of 1 monitor are"),
        (1, 1, "1 of 1 monitor is"),
        (1, 7, "1 of 7 monitors is"),
        (7, 7, "7 of 7 monitors are"),
    ],
)
def test_the_verb_agrees_with_the_part_and_the_noun_with_the_total(count: int, total: int, words: str) -> None:
    assert out_of(count, total, "monitor", "is", "are") == words
    assert out_of(count, total, "monitor") == words.rpartition(" ")[0]


def test_text_is_wrapped_between_words_and_outside_of_short_commands() -> None:
    text = (
        "Send the header Proxy-Authorization, or `run elytra-status history --json` at https://a.example/a-long-path."
    )
    for width in range(20, 90):
        lines = wrap(text, width, "# ", "  ")
        assert " ".join(line[2:] for line in lines) == text
        assert [line for line in lines if len(line) > width and " " in line[2:] and "`" not in line] == []
        assert any("`run elytra-status history --json`" in line for line in lines)
    assert max(map(len, wrap("x" * 100, 30, breaks_words=True))) == 30


def test_every_plural_is_built_by_this_function() -> None:
    """Two modules that every command loads stand below the model, and do without it."""
    by_hand = re.compile(r"""== 1 else f?["'][a-z]*s["']|["']["'] if \S+ == 1 else""")
    found = {str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py") if by_hand.search(path.read_text())}
    assert found <= {"model/wording.py", "system/clock.py", "system/process.py", "doctor/configuration.py"}
