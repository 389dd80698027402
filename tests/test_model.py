# SPDX-License-Identifier: MIT
"""The values of the domain."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from elytra_status.model import number_of

PACKAGE = Path(__file__).parent.parent / "elytra_status"


@pytest.mark.parametrize(("count", "words"), [(0, "0 files belong"), (1, "1 file belongs"), (2, "2 files belong")])
def test_noun_and_verb_agree_with_the_count(count: int, words: str) -> None:
    assert number_of(count, "file", "belongs", "belong") == words
    assert number_of(count, "file") == " ".join(words.split()[:2])


def test_every_plural_is_built_by_this_function() -> None:
    """Two modules that every command loads stand below the model, and do without it."""
    by_hand = re.compile(r"""== 1 else f?["'][a-z]*s["']|["']["'] if \S+ == 1 else""")
    found = {str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py") if by_hand.search(path.read_text())}
    assert found <= {"model/wording.py", "system/clock.py", "system/process.py", "doctor/configuration.py"}
