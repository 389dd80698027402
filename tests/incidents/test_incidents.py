# SPDX-License-Identifier: MIT
"""Every incident through the whole job: each timeline in some settings. `make replay` uses many."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.incidents.runner import Setting, replay
from tests.incidents.settings import some
from tests.incidents.timelines import TIMELINES
from tests.incidents.truth import Timeline
from tests.incidents.verdict import judge

CASES = [
    pytest.param(timeline, setting, id=f"{timeline.name}, {setting}")
    for timeline in TIMELINES
    for setting in some(timeline)
]


@pytest.mark.parametrize(("timeline", "setting"), CASES)
def test_what_visitors_see_is_the_truth_in_time(timeline: Timeline, setting: Setting, tmp_path: Path) -> None:
    verdict = judge(replay(timeline, setting, tmp_path))
    assert verdict.faults == ()
