# SPDX-License-Identifier: MIT
"""Request CONNECTIVITY_URL to find out whether a source is isolated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from elytra_status.decision.isolation import Isolation, Phase, judge_isolation
from elytra_status.errors import NoAnswerError
from elytra_status.model import Report, replace
from elytra_status.net import http
from elytra_status.net.concurrency import run_all
from elytra_status.sources.source import Source
from elytra_status.system import journal
from elytra_status.system.clock import Clock, to_text

SECONDS = 10.0
# A gateway answers with 502, 503 or 504 if it cannot reach the server behind it.
_GATEWAY_IN_TROUBLE = 500


def failure(url: str, ca_bundle: str | None, seconds: float = SECONDS) -> str:
    """Return why the address does not answer, '' if it does.

    Any HTTP status below 500 is an answer.
    """
    try:
        with http.open_session(ca_bundle) as session:
            status = http.status(session, url, seconds=seconds, redirects=http.Redirects())
    except NoAnswerError as error:
        return str(error)
    return f"it returned {status}" if status >= _GATEWAY_IN_TROUBLE else ""


def all_isolations(
    sources: Iterable[Source],
    reports: Iterable[Report],
    before: Mapping[str, Isolation],
    clock: Clock,
    ca_bundle: str | None,
) -> dict[str, Isolation]:
    """Return, for each source that has a CONNECTIVITY_URL, whether it is isolated."""
    now = clock.now()
    by_source = {report.source: report for report in reports}
    urls = {source.name: source.connectivity_url for source in sources if source.connectivity_url}
    tasks = {
        name: (
            SECONDS + 1,
            partial(
                judge_isolation,
                _of_checks(by_source[name]),
                before.get(name, Isolation()),
                now,
                partial(_answers, name, url, ca_bundle),
            ),
        )
        for name, url in urls.items()
    }
    found = {}
    for name, result in run_all(tasks, clock).items():
        earlier = before.get(name, Isolation())
        found[name] = earlier if isinstance(result, Exception) else result
        _log_phase(name, earlier, found[name])
    return found


def _of_checks(report: Report) -> Report:
    """Return a report without monitors that are absent or repeat others."""
    return replace(report, monitors=report.checked)


def _answers(source: str, url: str, ca_bundle: str | None) -> bool:
    problem = failure(url, ca_bundle)
    outcome = f"does not answer ({problem})" if problem else "answers"
    journal.log_info(f"{source}: all recent checks failed. CONNECTIVITY_URL {outcome}", event="connectivity")
    return not problem


def _log_phase(source: str, before: Isolation, after: Isolation) -> None:
    if after.phase is before.phase:
        return
    if after.phase is Phase.ISOLATED:
        since = f" since {to_text(after.began)}" if after.began else ""
        journal.log_warning(
            f"{source} is isolated: every check{since} failed, and CONNECTIVITY_URL does not answer. The failures count"
            " as unknown. Check the network of its machine.",
            event="isolation",
            source=source,
        )
    elif before.phase is Phase.ISOLATED:
        journal.log_info(
            f"{source}: no longer isolated. Failures until now do not count.", event="isolation", source=source
        )
