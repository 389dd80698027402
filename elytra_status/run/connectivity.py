# SPDX-License-Identifier: MIT
"""Whether the address answers that should answer while a source's network is well (CONNECTIVITY_URL)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial

from elytra_status.decision.isolation import Doubt, Phase, weigh
from elytra_status.errors import NoAnswerError
from elytra_status.model import Report, replace
from elytra_status.net import http
from elytra_status.net.concurrency import run_all
from elytra_status.sources.source import Source
from elytra_status.system import journal
from elytra_status.system.clock import to_text

SECONDS = 10.0
# A gateway before what cannot be reached answers for itself, with 502, 503 or 504.
_GATEWAY_IN_TROUBLE = 500


def failure(url: str, ca_bundle: str | None, seconds: float = SECONDS) -> str:
    """Return why the address does not answer, '' where it does: whatever it says, but for a server's trouble (5xx)."""
    try:
        with http.open_session(ca_bundle) as session:
            answer = http.get(session, url, seconds=seconds, follow_redirects=True)
    except NoAnswerError as error:
        return str(error)
    return f"it answers with {answer.status}" if answer.status >= _GATEWAY_IN_TROUBLE else ""


def weigh_all(
    sources: Iterable[Source],
    reports: Iterable[Report],
    before: Mapping[str, Doubt],
    now: datetime,
    ca_bundle: str | None,
) -> dict[str, Doubt]:
    """Return what is to be held of the connection of each source that has such an address."""
    by_source = {report.source: report for report in reports}
    asked = {source.name: source.connectivity_url for source in sources if source.connectivity_url}
    tasks = {
        name: (
            SECONDS + 1,
            partial(
                weigh,
                _of_checks(by_source[name]),
                before.get(name, Doubt()),
                now,
                partial(_answers, name, url, ca_bundle),
            ),
        )
        for name, url in asked.items()
    }
    found = {}
    for name, result in run_all(tasks).items():
        earlier = before.get(name, Doubt())
        found[name] = earlier if isinstance(result, Exception) else result
        _leave_in_journal(name, earlier, found[name])
    return found


def _of_checks(report: Report) -> Report:
    """Return a report of nothing but checks: what repeats others, or is only the last state known, is none."""
    return replace(report, monitors=report.checked)


def _answers(source: str, url: str, ca_bundle: str | None) -> bool:
    why_not = failure(url, ca_bundle)
    told = f"gives no good answer: {why_not}" if why_not else "answers"
    journal.info(f"{source}: all fails that was checked of late, CONNECTIVITY_URL {told}", event="connectivity")
    return not why_not


def _leave_in_journal(source: str, before: Doubt, after: Doubt) -> None:
    if after.phase is before.phase:
        return
    if after.phase is Phase.CUT_OFF:
        since = f" since {to_text(after.began)}" if after.began else ""
        journal.warning(
            f"{source}: all that it checked{since} is down, and CONNECTIVITY_URL does not answer:"
            " it is taken to be cut off, and what it sees for unknown",
            event="doubt",
            source=source,
        )
    elif before.phase is Phase.CUT_OFF:
        journal.info(
            f"{source}: it is not cut off any more; what it saw by now is no evidence", event="doubt", source=source
        )
