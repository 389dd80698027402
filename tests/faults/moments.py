# SPDX-License-Identifier: MIT
"""Kill a run, fill its disk or make it read-only, at each write of a state file and at moments drawn by chance."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from types import FrameType

from tests.faults.row import Row
from tests.faults.stage import Ended, Stage, label_of

ELSEWHERE = "elsewhere"
_READ_ONLY = "disk read-only"


def _writes(frame: FrameType) -> bool:
    return bool(label_of(frame))


def _reads(frame: FrameType) -> bool:
    return not label_of(frame)


def moments(stage: Stage, chance: random.Random, most: int) -> Iterator[Row]:
    """Yield a row for each fault at each chosen moment.

    Up to `most` moments of each fault, half of them while a state file is written.
    """
    written, others = stage.moments(_writes), stage.moments(_reads)
    acts = {"kill": lambda: os.kill(os.getpid(), signal.SIGKILL)}
    if stage.can_mount:
        acts |= {"disk full": stage.fill, _READ_ONLY: stage.make_read_only}
    for fault, act in acts.items():
        half = min(len(written), most - most // 2)
        chosen = [(number, written[number], _writes) for number in sorted(chance.sample(range(len(written)), half))]
        half = min(len(others), most // 2)
        chosen += [(number, ELSEWHERE, _reads) for number in sorted(chance.sample(range(len(others)), half))]
        for number, label, where in chosen:
            stage.restore()
            ended = stage.run_until(number, where, act)
            has_happened = fault != _READ_ONLY or stage.is_read_only
            stage.mend()
            if not has_happened:
                # A file was open for writing until the run ended.
                continue
            found = _wrong_end(ended, fault) + stage.faults_of_run(ended) + stage.faults_of_next()
            yield Row(fault, label, f"call {number}", found, ended.output)


def _wrong_end(ended: Ended, fault: str) -> list[str]:
    # The run may have had fewer calls of threads than the one that was counted.
    if fault == "kill" and ended.exit_status not in (None, 0):
        return [f"ended with {ended.exit_status} before it was killed"]
    return []
