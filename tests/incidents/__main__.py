# SPDX-License-Identifier: MIT
"""make replay: every timeline through the whole job, in many settings, compared with the truth."""

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

from elytra_status.system import journal
from tests.incidents.runner import Setting, replay
from tests.incidents.settings import many
from tests.incidents.timelines import TIMELINES
from tests.incidents.verdict import Outage, Verdict, judge

_ROW = "{:50}  {:>11}  {:>9}  {:>11}  {:>6}  {:>5}  {:>5}  {}"
_HEAD = _ROW.format("timeline", "really down", "confirmed", "published", "delay", "false", "green", "replays")
_SIGNS = {"operational": ".", "degraded": "d", "outage": "O", "unknown": "?"}


def main() -> int:
    """Print the table. Return 1 if anything is wrong."""
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
    """Print the results of each timeline; for each of its outages, the replay in which it was published last."""
    for name, group in itertools.groupby(verdicts, lambda verdict: verdict.replay.timeline.name):
        of_timeline = list(group)
        false = sum(verdict.false_outage_minutes for verdict in of_timeline)
        green = sum(verdict.green_while_down_minutes for verdict in of_timeline)
        same: dict[tuple[float, int], list[Outage]] = {}
        for outage in (outage for verdict in of_timeline for outage in verdict.outages):
            same.setdefault((outage.began, round(outage.confirmed / 60)), []).append(outage)
        first, *others = [_cells(outages) for _, outages in sorted(same.items())] or [("-", "-", "-", "-")]
        print(_ROW.format(name, *first, false, green, len(of_timeline)))
        for cells in others:
            print(_ROW.format("", *cells, "", "", ""))
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
    delay = f"({last.delay:.1f})" if last.hindered else f"{last.delay:.1f}"
    return down, f"{last.confirmed / 60:.1f}", f"{last.told / 60:.0f}-{until}", delay


def _print_sums(judged: list[Verdict]) -> None:
    outages = [outage for verdict in judged for outage in verdict.outages]
    told = [outage for outage in outages if outage.delay is not None]
    delays = sorted(outage.delay for outage in told if outage.delay is not None and not outage.hindered)
    runs = sum(len(verdict.replay.runs) for verdict in judged)
    timelines = len({verdict.replay.timeline.name for verdict in judged})
    print(f"\n{timelines} timelines, {len(judged)} replays, {runs} runs")
    print(
        f"true outages: {len(outages)}, told: {len(told)}, over before a run could see them: {len(outages) - len(told)}"
    )
    if delays:
        print(
            f"minutes from confirmation to visitors: median {delays[len(delays) // 2]:.1f}, most {delays[-1]:.1f};"
            " (in brackets: something kept it back)"
        )
    print(f"minutes of false outage: {sum(verdict.false_outage_minutes for verdict in judged)}")
    print(f"minutes of green while down or unknown: {sum(verdict.green_while_down_minutes for verdict in judged)}")
    print(f"not as it must be: {sum(len(verdict.faults) for verdict in judged)}")


if __name__ == "__main__":
    raise SystemExit(main())
