# SPDX-License-Identifier: MIT
"""make replay: every timeline through the whole job, in many settings, and what was published against the truth."""

from __future__ import annotations

import argparse
import itertools
import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from elytra_status import journal
from tests.incidents.runner import Setting, replay
from tests.incidents.settings import many
from tests.incidents.timelines import TIMELINES
from tests.incidents.verdict import Outage, Verdict, judge

_ROW = "{:50}  {:>11}  {:>9}  {:>15}  {:>5}  {:>5}  {:>5}  {}"
_HEAD = _ROW.format("timeline", "really down", "confirmed", "published", "delay", "false", "green", "replays")
_SIGNS = {"operational": ".", "degraded": "d", "outage": "O", "unknown": "?"}


def main() -> int:
    """Print the table. Return 1 where something is not as it must be."""
    parser = argparse.ArgumentParser(
        prog="python3 -m tests.incidents", description="Replay incidents through the whole job."
    )
    parser.add_argument("timelines", nargs="*", metavar="TIMELINE", help="names of timelines, or parts of them")
    parser.add_argument("--minutes", action="store_true", help="show what visitors saw at each minute")
    options = parser.parse_args()
    chosen = [one for one in TIMELINES if not options.timelines or any(part in one.name for part in options.timelines)]
    if not chosen:
        parser.error("no timeline has such a name")
    tasks = [(timeline.name, setting) for timeline in chosen for setting in many(timeline)]
    print(_HEAD, flush=True)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        judged = list(_print_rows(pool.map(_replay, *zip(*tasks, strict=True)), show_minutes=options.minutes))
    _print_sums(judged)
    return 1 if any(verdict.faults for verdict in judged) else 0


def _replay(name: str, setting: Setting) -> Verdict:
    journal.LOGGER.handlers[:] = [logging.NullHandler()]
    journal.LOGGER.propagate = False
    timeline = next(timeline for timeline in TIMELINES if timeline.name == name)
    with tempfile.TemporaryDirectory() as directory:
        return judge(replay(timeline, setting, Path(directory)))


def _print_rows(verdicts: Iterator[Verdict], *, show_minutes: bool) -> Iterator[Verdict]:
    """Print what came of each timeline: of each of its outages the replay in which it was told last."""
    for name, group in itertools.groupby(verdicts, lambda verdict: verdict.replay.timeline.name):
        of_timeline = list(group)
        false = sum(verdict.false_outage_minutes for verdict in of_timeline)
        green = sum(verdict.green_while_down_minutes for verdict in of_timeline)
        told: dict[tuple[float, float], list[Outage]] = {}
        for outage in (outage for verdict in of_timeline for outage in verdict.outages):
            told.setdefault((outage.began, outage.confirmed), []).append(outage)
        rows = [_cells(outages) for _, outages in sorted(told.items())] or [("-", "-", "-", "-")]
        for number, cells in enumerate(rows):
            first = number == 0
            print(
                _ROW.format(name if first else "", *cells, *((false, green, len(of_timeline)) if first else ("",) * 3))
            )
        for verdict in of_timeline:
            for fault in verdict.faults:
                print(f"    WRONG ({verdict.replay.setting}): {fault}")
            if show_minutes:
                print(f"    {''.join(_SIGNS[visit.word] for visit in verdict.replay.visits)}  {verdict.replay.setting}")
        sys.stdout.flush()
        yield from of_timeline


def _cells(outages: list[Outage]) -> tuple[str, str, str, str]:
    last = max(outages, key=lambda outage: -1.0 if outage.delay is None else outage.delay)
    down = f"{last.began / 60:.0f}-{last.ended / 60:.0f}"
    if last.told is None or last.delay is None:
        return down, f"{last.confirmed / 60:.1f}", "over before", "-"
    until = f"{last.untold / 60:.0f}" if last.untold else ""
    return down, f"{last.confirmed / 60:.1f}", f"{last.told / 60:.0f}-{until}", f"{last.delay:.1f}"


def _print_sums(judged: list[Verdict]) -> None:
    outages = [outage for verdict in judged for outage in verdict.outages]
    delays = sorted(outage.delay for outage in outages if outage.delay is not None)
    runs = sum(len(verdict.replay.runs) for verdict in judged)
    timelines = len({verdict.replay.timeline.name for verdict in judged})
    print(f"\n{timelines} timelines, {len(judged)} replays, {runs} runs")
    print(f"true outages: {len(outages)}, told: {len(delays)}, over before the next run: {len(outages) - len(delays)}")
    if delays:
        print(f"minutes from confirmation to visitors: median {delays[len(delays) // 2]:.1f}, most {delays[-1]:.1f}")
    print(f"minutes of false outage: {sum(verdict.false_outage_minutes for verdict in judged)}")
    print(f"minutes of green while down or unknown: {sum(verdict.green_while_down_minutes for verdict in judged)}")
    print(f"not as it must be: {sum(len(verdict.faults) for verdict in judged)}")


if __name__ == "__main__":
    raise SystemExit(main())
