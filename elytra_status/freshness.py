# SPDX-License-Identifier: MIT
"""Check what visitors get: a valid, fresh status that a browser can read."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from elytra_status import errors, schema
from elytra_status.errors import NoAnswerError
from elytra_status.model import CLOCK_SKEW
from elytra_status.net.concurrency import run_all
from elytra_status.net.login_pages import is_login_form
from elytra_status.publish import visitor
from elytra_status.publish.visitor import MISSING, OLD, Visitor, VisitorFault, visitor_of
from elytra_status.settings import Settings
from elytra_status.system import files
from elytra_status.system.clock import Clock, for_people, from_text, to_text

STATE_FILE = "freshness.json"
_RUN = "see whether the job runs: systemctl status elytra-status.service"
_RUN_ELSEWHERE = "see on the machine that publishes: elytra-status doctor"
_CACHE = "if a CDN or proxy keeps its copy too long, lower its TTL or purge it"
_LOGIN = VisitorFault("shows visitors a login page", "let the proxy or CDN pass the status without a login")
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class FreshnessResult:
    """The result for one address.

    `faults` is empty if all is well; `updated_at` is None if it is not known.
    """

    where: str
    reached: bool
    faults: tuple[VisitorFault, ...]
    updated_at: datetime | None = None
    platform_status: str = ""


def check(
    settings: Settings, clock: Clock, state_directory: Path, seconds: float | None = None
) -> list[FreshnessResult]:
    """Read the status as visitors do.

    Read STATUS_URL, and the storage itself if there may be a cache before it. Without an address, read the local
    directory. Each address gets `seconds` to answer, by default as long as a visitor waits.
    """
    seconds = seconds or visitor.SECONDS
    storage = visitor.origin_url(settings)
    address, max_age = settings.status_url or storage, timedelta(minutes=settings.freshness_max_age_minutes)
    if address is None:
        path = _local_file(settings.public_directory, state_directory)
        return [_check_file(path, clock.now(), max_age)]
    reader = visitor_of(settings)
    if storage is None or not visitor.is_behind_cache(settings):
        remedy = _RUN if settings.status_bucket else _remedy_without_bucket(settings)
        return [_check_address(reader, address, clock, seconds, max_age, remedy)]
    return [
        _check_address(reader, address, clock, seconds, max_age, f"{_CACHE}; {_RUN}"),
        _check_address(reader, storage, clock, seconds, max_age, _RUN),
    ]


def _remedy_without_bucket(settings: Settings) -> str:
    # Loaded only here: this check runs twice as often as the job, and sources are most of the program.
    from elytra_status.sources import only_watches

    return _RUN_ELSEWHERE if only_watches(settings) else _RUN


def _local_file(public_directory: str | None, state_directory: Path) -> Path:
    from elytra_status.publish import directory

    return directory.path_of(public_directory, state_directory) / schema.NAME


def _check_file(path: Path, now: datetime, max_age: timedelta) -> FreshnessResult:
    try:
        body = files.read_regular(path)
    except OSError as error:
        return FreshnessResult(str(path), False, (VisitorFault(f"cannot be read ({error.strerror})", _RUN),))
    return _check_body(str(path), body, now, [], max_age, _RUN)


def _check_address(
    reader: Visitor, address: str, clock: Clock, seconds: float, max_age: timedelta, if_old: str
) -> FreshnessResult:
    """Read an address with each origin, since a cache may keep a copy for each."""
    answers = run_all(
        {origin: (seconds + 1, partial(reader.fetch, address, seconds, origin)) for origin in reader.origins}, clock
    )
    findings, now = [], clock.now()
    for origin in reader.origins:
        response = answers[origin]
        if isinstance(response, NoAnswerError):
            return FreshnessResult(address, False, (VisitorFault(response.problem, response.remedy),))
        if isinstance(response, Exception):
            raise response
        if response.status != 200:
            return FreshnessResult(address, True, (_other_answer(response.status),))
        if is_login_form(response.content_type, response.body):
            return FreshnessResult(address, True, (_LOGIN,))
        faults = reader.header_faults(response, schema.CONTENT_TYPE, origin)
        findings.append(_check_body(address, response.body, now, faults, max_age, if_old))
    every_fault = dict.fromkeys(fault for finding in findings for fault in finding.faults)
    oldest = min(findings, key=lambda finding: finding.updated_at or _NEVER)
    return replace(oldest, faults=tuple(every_fault))


def _other_answer(status: int) -> VisitorFault:
    if status in (403, 404):
        problem = f"returned {status} (it does not exist, or is not public)"
        return VisitorFault(
            problem, "check that it is the address of this bucket and key, and that a run has published", MISSING
        )
    return VisitorFault(f"returned {status}", "see the log of the proxy or CDN, or the status page of the storage")


def _check_body(
    where: str, body: bytes, now: datetime, faults: list[VisitorFault], max_age: timedelta, if_old: str
) -> FreshnessResult:
    not_a_status = "check that the address leads to what a run publishes, and that nobody else writes there"
    document, problems = schema.parse_status(body)
    if document is None:
        words = f"is not a valid status ({'; '.join(problems[:3])})"
        return FreshnessResult(where, True, (*faults, VisitorFault(words, not_a_status)))
    try:
        updated_at = from_text(document["updated_at"])
    except ValueError:
        words = "is not a valid status (updated_at is no date)"
        return FreshnessResult(where, True, (*faults, VisitorFault(words, not_a_status)))
    age = now - updated_at
    if age > max_age:
        words = f"is {for_people(age.total_seconds())} old, of {to_text(updated_at)}"
        faults.append(VisitorFault(f"{words} (at most {max_age // timedelta(minutes=1)} minutes)", if_old, OLD))
    elif age < -CLOCK_SKEW:
        words = f"is dated {for_people(age.total_seconds())} in the future, {to_text(updated_at)}"
        faults.append(VisitorFault(words, "check the clock of this machine and of the publisher: timedatectl"))
    return FreshnessResult(where, True, tuple(faults), updated_at, document["platform_status"])


def exit_status(findings: list[FreshnessResult]) -> int:
    """Return 0 if all is well, 69 if an address is unreachable, else 1."""
    if not any(finding.faults for finding in findings):
        return errors.DONE
    return errors.STALE if all(finding.reached for finding in findings) else errors.UNAVAILABLE


def wrong_since(findings: list[FreshnessResult], now: datetime, state_directory: Path) -> datetime:
    """Return since when something is wrong, and save it for the next check.

    Return `now` if nothing was wrong before. If the directory cannot be written to, each fault counts as new.
    """
    path = state_directory / STATE_FILE
    faulty = any(finding.faults for finding in findings)
    since = now
    with suppress(KeyError, TypeError, ValueError):
        since = min(now, from_text(files.read_json(path)["wrong_since"]))
    with suppress(OSError):
        if faulty:
            files.write_atomically(path, json.dumps({"wrong_since": to_text(since)}).encode(), 0o600)
        else:
            path.unlink(missing_ok=True)
    return since


def waits_for_first_run(
    settings: Settings, findings: list[FreshnessResult], since: datetime, now: datetime, state_directory: Path
) -> bool:
    """Whether a new installation has not published locally yet, and need not have.

    It has as much time for that as a status may be old: its timers start together, and the check may come first.
    """
    if not visitor.is_local(settings):
        return False
    from elytra_status.run.saved_state import has_run

    return (
        not findings[0].reached
        and not _local_file(settings.public_directory, state_directory).exists()
        and not has_run(state_directory)
        and now - since <= timedelta(minutes=settings.freshness_max_age_minutes)
    )
