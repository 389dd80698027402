# SPDX-License-Identifier: MIT
"""Set the clock of a run wrong, from its beginning or in the middle, and right again in the next run."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from elytra_status.system.clock import SystemClock
from tests.faults.row import Row
from tests.faults.stage import AFTER, BEFORE, UNKNOWN, Stage

_DAY = timedelta(days=1)
OFFSETS = {
    **{
        f"{'ahead' if sign > 0 else 'behind'} by {words}": sign * off
        for words, off in (
            ("6 min", timedelta(minutes=6)),
            ("5 h", timedelta(hours=5)),
            ("31 d", 31 * _DAY),
            ("10 years", 3652 * _DAY),
        )
        for sign in (1, -1)
    },
    **{
        f"in {year}": datetime(year, 1, 1, 0, 5, tzinfo=UTC) - datetime.now(UTC)
        for year in (1970, 1980, 2038, 2106, 5000, 9999)
    },
}
# At which call of now() the clock is set, in the middle of a run.
_CALLS = (1, 2, 3, 5, 8)


def _set_clock(off: timedelta, call: int) -> Callable[[], None]:
    """Return a function that sets the clock of this process wrong, from this call of now() on."""

    def prepare() -> None:
        calls = 0

        def now(clock: SystemClock) -> datetime:
            nonlocal calls
            calls += 1
            return datetime.now(UTC) + (off if calls > call else timedelta(0))

        SystemClock.now = now  # type: ignore[method-assign]

    return prepare


def clocks(stage: Stage, chance: random.Random, most: int) -> Iterator[Row]:
    """Yield a row for each wrong clock, from the beginning and from the middle, up to `most` by chance."""
    cases = [(words, call) for words in OFFSETS for call in (0, chance.choice(_CALLS))]
    for words, call in sorted(chance.sample(cases, min(most, len(cases))), key=cases.index):
        stage.restore()
        ended = stage.run(prepare=_set_clock(OFFSETS[words], call))
        # In the middle, the rest of the run may need no clock.
        found = stage.faults_of_run(ended, (UNKNOWN, BEFORE, AFTER) if call or ended.exit_status else (UNKNOWN,))
        found += stage.faults_of_next()
        yield Row("clock", words, f"from call {call}" if call else "", found, ended.output)
