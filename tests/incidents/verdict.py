# SPDX-License-Identifier: MIT
"""What was published, compared with the truth: how late, how wrong, for how long.

The truth of an outage is the heartbeats that Uptime Kuma stored, all of them, and what really happened. A service is
*confirmed down* from its second heartbeat DOWN in a row on, if it really is down. It is *shown to be down* from its
second bad heartbeat on, PENDING or DOWN, of which the newest is DOWN: from then on an outage may be published, and from
the confirmation on it must be.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from tests.incidents.evidence import Evidence
from tests.incidents.runner import EVERY, Replay, Run, Visit
from tests.incidents.truth import Kind
from tests.incidents.uptime import wrong_figures

# The longest run, with a confirmation poll after 70 s, and the delay because visitors come once a minute.
LONGEST_RUN, VISITS = 75.0, 60.0
# What may prevent the job from publishing an outage one run after its confirmation.
HINDRANCES = (
    Kind.MACHINE_OFF,
    Kind.STORAGE_OUT_OF_REACH,
    Kind.KUMA_OFF,
    Kind.KUMA_OUT_OF_REACH,
    Kind.KUMA_CUT_OFF,
    Kind.CLOCK_WRONG,
)
SAME_WITHIN = 3600.0
GREEN, OUTAGE = "operational", "outage"


@dataclass(frozen=True)
class Outage:
    """A true outage, in seconds of the timeline.

    It really `began` and `ended`; it was `confirmed`, and by the heartbeats it was `over`. `told` is when visitors saw
    it, None if never, and `untold` when they saw something different again. `hindered` says that it could not be
    published at once.
    """

    began: float
    ended: float
    confirmed: float
    over: float
    told: float | None
    untold: float | None
    hindered: bool

    @property
    def delay(self) -> float | None:
        """Minutes from the confirmation to the first visitor who saw it."""
        return None if self.told is None else max(0.0, self.told - self.confirmed) / 60


@dataclass(frozen=True)
class Verdict:
    """The result of one replay. `faults` is empty if everything is right."""

    replay: Replay
    outages: tuple[Outage, ...]
    false_outage_minutes: int
    green_while_down_minutes: int
    faults: tuple[str, ...]


def judge(replay: Replay) -> Verdict:
    """Compare what was published in a replay with the truth."""
    evidence = Evidence(replay.timeline, replay.checks, replay.setting.mode, replay.setting.threshold)
    seen = list(_published(replay))
    false = [visit for visit, run in seen if visit.word == OUTAGE and not evidence.may_be_outage(run.ended)]
    green = [visit for visit, run in seen if visit.word == GREEN and evidence.forbids_green(run.ended)]
    outages = tuple(_outages(evidence, replay.visits))
    faults = [*_unexpected(replay), *_failed(replay), *_untold(evidence, replay.runs), *_late(outages)]
    faults += _wrong_incidents(replay, evidence)
    faults += wrong_figures(replay, evidence)
    if false:
        faults.append(f"a false outage is seen at minute {false[0].minute}")
    if green:
        faults.append(f"green is seen at minute {green[0].minute}, of a run that could know better")
    return Verdict(replay, outages, len(false), len(green), tuple(faults))


def _published(replay: Replay) -> Iterator[tuple[Visit, Run]]:
    """Yield each visit with the run that had published what was seen."""
    for visit in replay.visits:
        told = [run for run in replay.runs if run.status is not None and run.ended < visit.minute * 60]
        if told:
            yield visit, told[-1]


def _unexpected(replay: Replay) -> Iterator[str]:
    """Yield where visitors did not see what the timeline expects."""
    for expectation in replay.timeline.expectations(replay.setting.mode, replay.setting.threshold):
        words = [visit.word for visit in replay.visits if expectation.since <= visit.minute < expectation.until]
        wrong = [place for place, word in enumerate(words) if word not in expectation.words]
        if wrong:
            wanted = " or ".join(sorted(expectation.words))
            yield f"{words[wrong[0]]} is seen at minute {expectation.since + wrong[0]}, not {wanted}"


def _failed(replay: Replay) -> Iterator[str]:
    """Yield which runs failed although nothing prevented them from publishing.

    A run during which the clock is set publishes nothing; systemd would restart it, and here the next one comes.
    """
    for run in replay.runs:
        hindrances = (Kind.MACHINE_OFF, Kind.STORAGE_OUT_OF_REACH)
        hindered = any(replay.timeline.at(run.ended / 60, kind) for kind in hindrances)
        began, ended = (replay.timeline.at(second / 60, Kind.CLOCK_WRONG) for second in (run.began, run.ended))
        if run.failed and not hindered and began == ended:
            yield f"the run at minute {run.began / 60:.1f} failed"


def _untold(evidence: Evidence, runs: list[Run]) -> Iterator[str]:
    """Yield which runs did not publish an outage that was confirmed before they began."""
    for run in runs:
        could = run.status is not None and not evidence.is_dark(run.ended) and not evidence.is_dim(run.ended)
        if could and evidence.is_outage(run.began) and evidence.is_outage(run.ended) and run.status != OUTAGE:
            yield f"the run at minute {run.began / 60:.1f} told {run.status}, and there was a confirmed outage"


def _late(outages: tuple[Outage, ...]) -> Iterator[str]:
    """Yield which outages were published later than one run after their confirmation, without a reason."""
    for outage in outages:
        by = _latest(outage.confirmed)
        if not outage.hindered and outage.over > by and (outage.told is None or outage.told > by):
            yield f"the outage that was confirmed at minute {outage.confirmed / 60:.1f} was told too late"


def _latest(confirmed: float) -> float:
    """Return when an outage that is confirmed at a moment must be visible at the latest."""
    return confirmed + EVERY + LONGEST_RUN + VISITS


def _is_hindered(evidence: Evidence, confirmed: float) -> bool:
    spans = [span for kind in HINDRANCES for span in evidence.timeline.spans(kind)]
    return any(span.since * 60 < _latest(confirmed) and confirmed < span.until * 60 + EVERY for span in spans)


def _wrong_incidents(replay: Replay, evidence: Evidence) -> Iterator[str]:
    """Yield what is wrong with automatic incidents, which must last as long as the outage."""
    opened = [incident for incident in replay.announcements.incidents if incident.automatic]
    measured = [run for run in replay.runs if run.status is not None and not evidence.said(run.ended)]
    wanted = _incidents_of(measured)
    if len(opened) != wanted:
        yield f"{len(opened)} incidents were opened, not {wanted}"
    if measured and measured[-1].status == GREEN and any(incident.resolved is None for incident in opened):
        yield "an incident is still open"
    for visit, run in _published(replay):
        is_told = any(notice["kind"] == "incident" for notice in visit.document["notices"])
        if not evidence.said(run.ended) and is_told != (run.status == OUTAGE) and run.status in (OUTAGE, GREEN):
            what = "an incident" if is_told else "no incident"
            yield f"at minute {visit.minute} visitors read of {what}, and {run.status}"
            return


def _incidents_of(runs: list[Run]) -> int:
    """Return how many incidents these runs open: an outage that returns within an hour is the same."""
    count, is_open, resolved = 0, False, -SAME_WITHIN
    for run in runs:
        if run.status == OUTAGE and not is_open:
            count, is_open = count + (run.ended - resolved >= SAME_WITHIN), True
        elif run.status == GREEN and is_open:
            is_open, resolved = False, run.ended
    return count


def _outages(evidence: Evidence, visits: list[Visit]) -> Iterator[Outage]:
    """Yield the true outages. One during which Uptime Kuma was restarted counts, though it was not always confirmed."""
    end = evidence.timeline.minutes * 60.0
    changes = [*evidence.changes(), end]
    found: list[Outage] = []
    for is_outage, group in itertools.groupby(changes, evidence.is_outage):
        moments = list(group)
        if not is_outage:
            continue
        confirmed = moments[0]
        over = next((moment for moment in changes if moment > moments[-1]), end)
        spans = [evidence.down_since(one, confirmed) for one in evidence.watched(confirmed)]
        began = min(span.since for span in spans if span) * 60
        ended = min(max(span.until for span in spans if span) * 60, end)
        if found and found[-1].began == began:
            confirmed = found.pop().confirmed
        seen = [visit.minute * 60.0 for visit in visits if visit.word == OUTAGE and began <= visit.minute * 60]
        told = next((second for second in seen if second < over + EVERY), None)
        after = (visit.minute * 60.0 for visit in visits if visit.word != OUTAGE and told and visit.minute * 60 > told)
        hindered = _is_hindered(evidence, confirmed)
        found.append(Outage(began, ended, confirmed, over, told, next(after, None), hindered))
    return iter(found)
