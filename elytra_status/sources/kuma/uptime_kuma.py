# SPDX-License-Identifier: MIT
"""Uptime Kuma 1.23 and 2.x, by /metrics, a public status page, or both.

There is no /api/monitor: Kuma answers unknown paths with 200 and its web page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from elytra_status.decision.components import keys_of
from elytra_status.decision.missing_monitors import Expected, scope_of
from elytra_status.errors import NoAnswerError, SourceError, sentence
from elytra_status.model import MONITORS, Report, ReportProblem, number_of
from elytra_status.net.concurrency import DeadlineExceededError
from elytra_status.net.hosts import host_of
from elytra_status.problem import Problem
from elytra_status.settings import Settings, parts
from elytra_status.sources.kuma import readings as kuma_readings
from elytra_status.sources.kuma.figures import with_figures_of, with_uptime
from elytra_status.sources.kuma.matching import MergedMonitor, Moment, gather
from elytra_status.sources.kuma.monitors import judge_monitors, restarted
from elytra_status.sources.kuma.queries import HEARTBEATS, Answers, query_all
from elytra_status.sources.kuma.series import take_readings
from elytra_status.sources.saved_figures import figures_from_json, figures_to_json
from elytra_status.sources.source import HeartbeatAdvice, PollRequest, Source
from elytra_status.system.clock import for_people, to_text

NAME = "uptime_kuma"
# The keys of saved state for badges and for readings of /metrics.
BADGES, READINGS = "badges", "readings"

# A problem and its remedy.
Reason = tuple[str, str]

_LATE = (
    ReportProblem(
        "the heartbeats were not queried again, because the first query timed out",
        "Uptime Kuma 2 with 1,000 monitors needs up to 100 s after its start: wait two minutes",
    ),
)


# It delays every answer while it works on the first one, so doctor does not query it again.
_IF_SLOW = (
    "Uptime Kuma 2 with 1,000 monitors needs up to 100 s after its start: in two minutes, run elytra-status summary"
)
_NO_TIMES = Problem(
    "/metrics contains no times (if Uptime Kuma hangs, its monitors stay up)",
    "set UPTIME_KUMA_STATUS_PAGE too; nothing has to link to the page",
)
_IF_OLD = "restart Uptime Kuma: it only shows old heartbeats"


def sources(settings: Settings) -> list[Source]:
    """Return every Uptime Kuma in the settings."""
    return [
        Source(
            name,
            MONITORS,
            partial(poll, part, name=name),
            expected=_expected(part, name),
            heartbeats=HeartbeatAdvice(_IF_OLD, None if part.uptime_kuma_status_page else _NO_TIMES),
            if_slow=_IF_SLOW,
        )
        for name, part in parts(settings, NAME)
    ]


def _expected(settings: Settings, name: str) -> Expected:
    """Return what the settings expect of the monitors of an Uptime Kuma."""
    critical = {f"{name}:{one}": "CRITICAL_MONITOR_IDS" for one in settings.critical_monitor_ids}
    wanted = {f"{name}:{one}": "MONITOR_IDS" for one in settings.monitor_ids}
    url, slug, key = settings.uptime_kuma_url, settings.uptime_kuma_status_page, settings.uptime_kuma_api_key
    return Expected(
        {**critical, **wanted},
        frozenset(critical),
        _in_components(settings.components) | wanted.keys() if wanted else None,
        scope_of(url, slug, key is not None),
        "no longer in /metrics, or not on the page (paused, or edited?)",
        "See whether it was paused or deleted. If it has a new tag since Uptime Kuma was started, restart Uptime Kuma",
    )


def _in_components(components: tuple[tuple[str, tuple[str, ...]], ...]) -> frozenset[str]:
    return frozenset(key for _, monitors in components for key in keys_of(monitors))


def poll(settings: Settings, request: PollRequest, *, name: str = NAME) -> Report:
    """Query Uptime Kuma once.

    Every answer is used: any one of /metrics, page and heartbeats may fail. Raise NoAnswerError if no answer gives a
    state. Heartbeats that did not come in this run are not queried again.
    """
    deadline = request.deadline()
    now, earlier = request.now, request.earlier
    without_heartbeats = settings.uptime_kuma_status_page is not None and _lacked_heartbeats(earlier)
    if earlier is not None and without_heartbeats and not settings.uptime_kuma_api_key and earlier.problem:
        return earlier
    answers = query_all(settings, request.seconds, request.clock, without_heartbeats=without_heartbeats)
    moment = Moment(now, timedelta(minutes=settings.monitor_stale_minutes))
    everything = _gathered(
        name, answers, moment, needs_ids=bool(settings.monitor_ids), without_heartbeats=without_heartbeats
    )
    complete = not answers.failures and not restarted(answers.metrics, moment) and not without_heartbeats
    saved = _mark_critical(settings.critical_monitor_ids, request, everything, complete=complete)
    saved |= _take_readings(answers, request, everything, moment)
    shown = _in_components(settings.components)
    judged = judge_monitors(everything, settings.monitor_ids, answers.metrics, answers.heartbeats, moment, shown)
    if earlier is None or earlier.problem:
        kept = figures_from_json(request.saved, now, BADGES)
        figured = with_uptime(settings, judged.monitors, answers.heartbeats, answers.page or (), kept, now, deadline)
        monitors, slow, badges = figured
        saved |= figures_to_json(badges, BADGES)
    else:
        monitors = with_figures_of(earlier.monitors, judged.monitors)
        slow = []
        saved[BADGES] = earlier.saved.get(BADGES)
    names, hosts = _private(answers, everything)
    return Report(
        name,
        MONITORS,
        monitors=tuple(monitors),
        complete=complete,
        unanswered=frozenset({HEARTBEATS}) if HEARTBEATS in answers.failures else frozenset(),
        left_out=frozenset(judged.left_out),
        problems=(*_problems(answers.failures), *(_LATE if without_heartbeats else ())),
        warnings=(*judged.warnings, *slow),
        remarks=(*judged.remarks, *_about_kuma(answers, moment)),
        saved=saved,
        parts=tuple(answers.seconds.items()),
        private_names=names,
        private_hosts=hosts,
        # The public learns nothing about monitors that do not count.
        in_maintenance=bool(answers.maintenance) and not settings.monitor_ids,
    )


def _lacked_heartbeats(earlier: Report | None) -> bool:
    """Return whether the heartbeats were missing from the earlier poll of this run.

    If that poll gave no state, Uptime Kuma may still be working on them.
    """
    if earlier is None:
        return False
    is_slow = earlier.problem is not None and not earlier.at_once
    return is_slow or HEARTBEATS in earlier.unanswered


def _gathered(
    name: str, answers: Answers, moment: Moment, *, needs_ids: bool, without_heartbeats: bool
) -> list[MergedMonitor]:
    """Return the monitors of all answers, merged.

    Raise SourceError if no answer gives a state.
    """
    if answers.metrics is None and answers.heartbeats is None:
        at_once = not without_heartbeats and not isinstance(answers.failures.get(HEARTBEATS), DeadlineExceededError)
        reasons = _reasons(answers.failures)
        raise SourceError(_in_words(reasons), _remedies(reasons), at_once=at_once, parts=tuple(reasons))
    everything = gather(name, answers.metrics, answers.page, answers.heartbeats, moment)
    if needs_ids and everything and all(merged.identifier is None for merged in everything):
        reasons = _reasons(answers.failures)
        problem = "MONITOR_IDS cannot be applied, as Uptime Kuma 1 gives no ids in /metrics"
        raise SourceError(
            f"{problem}; {_in_words(reasons)}" if reasons else problem,
            _remedies(reasons) or "set UPTIME_KUMA_STATUS_PAGE too",
        )
    return everything


def _take_readings(
    answers: Answers, request: PollRequest, everything: list[MergedMonitor], moment: Moment
) -> dict[str, Any]:
    """Set how long each value of /metrics has been the same, and return what to save."""
    earlier = request.earlier
    basis = earlier if earlier is not None and not earlier.problem else request
    before = kuma_readings.from_json(basis.saved.get(READINGS), answers.metrics)
    on_page = {one.identifier: one.name for one in (answers.page or {}).values()}
    readings = take_readings(everything, on_page, before, moment.now, moment.stale_after / 2)
    if answers.metrics is not None:
        return {READINGS: kuma_readings.to_json(readings, answers.metrics)}
    return {READINGS: basis.saved[READINGS]} if READINGS in basis.saved else {}


def _mark_critical(
    critical_ids: tuple[int, ...], request: PollRequest, everything: list[MergedMonitor], *, complete: bool
) -> dict[str, Any]:
    """Mark the critical monitors, by tag or by setting, and return what to save.

    If an answer is missing, its tags are too: the last known ones count.
    """
    tagged = {merged.key for merged in everything if merged.critical}
    if not complete:
        basis = request.earlier if request.earlier is not None and not request.earlier.problem else request
        before = basis.saved.get("critical")
        tagged.update(key for key in (before if isinstance(before, list) else ()) if isinstance(key, str))
    for merged in everything:
        merged.critical = merged.key in tagged or merged.identifier in critical_ids
    return {"critical": sorted(tagged)} if tagged else {}


def _in_words(reasons: Mapping[Reason, Sequence[str]]) -> str:
    return "; ".join(problem for problem, _ in reasons)


def _remedies(reasons: Mapping[Reason, Sequence[str]]) -> str:
    return " ".join(dict.fromkeys(sentence(remedy) for _, remedy in reasons))


def _reasons(failures: dict[str, Exception]) -> dict[Reason, list[str]]:
    """Return the parts that failed for each problem and remedy. A problem names them."""
    reasons: dict[Reason, list[str]] = {}
    for name, error in failures.items():
        reason = (f"internal error, {type(error).__name__}", "please report it")
        if isinstance(error, NoAnswerError):
            reason = (error.problem, error.remedy or "run elytra-status doctor")
        reasons.setdefault(reason, []).append(name)
    return {(f"{problem} ({', '.join(names)})", remedy): names for (problem, remedy), names in reasons.items()}


def _problems(failures: dict[str, Exception]) -> Iterator[ReportProblem]:
    """Yield one problem for each reason."""
    for (problem, remedy), names in _reasons(failures).items():
        yield ReportProblem(problem, remedy, keys=tuple(names))


def _about_kuma(answers: Answers, moment: Moment) -> list[str]:
    """Return remarks on Uptime Kuma itself."""
    remarks = []
    if started := restarted(answers.metrics, moment):
        ago = for_people((moment.now - started).total_seconds())
        complete = to_text(started + moment.stale_after)[11:16]
        remarks.append(
            f"restarted {ago} ago; /metrics names each monitor after its first check, and all by {complete} UTC"
        )
    if answers.maintenance:
        windows = number_of(answers.maintenance, "maintenance window", "is", "are")
        remarks.append(f"{windows} under way on the status page")
    return remarks


def _private(answers: Answers, everything: list[MergedMonitor]) -> tuple[frozenset[str], frozenset[str]]:
    """Return every name, URL and host in the answers.

    Monitors that do not count are included.
    """
    series = answers.metrics.series if answers.metrics else ()
    urls = {one.url for one in series} | {one.url for one in (answers.page or {}).values()}
    names = {merged.name for merged in everything} | {one.name for one in series}
    hosts = {host_of(url) for url in urls} | {one.host for one in series}
    return frozenset((names | urls) - {"", "https://", "http://"}), frozenset(hosts - {""})
