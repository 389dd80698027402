# SPDX-License-Identifier: MIT
"""Better Stack: the state of its monitors, by its API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from elytra_status.decision.missing_monitors import Expected, scope_of
from elytra_status.errors import SourceError
from elytra_status.model import CLOCK_SKEW, MONITORS, Monitor, Report, State, number_of, replace
from elytra_status.net.hosts import host_of
from elytra_status.problem import Problem
from elytra_status.settings import Settings, parts
from elytra_status.sources import json_api
from elytra_status.sources.better_stack import figures as better_stack_figures
from elytra_status.sources.better_stack.api import get_page, monitors_url
from elytra_status.sources.source import PollRequest, Source
from elytra_status.system.clock import Deadline, for_people, to_text

NAME = "better_stack"
STATES = {
    "up": State.UP,
    "down": State.DOWN,
    # Its checks pass again, but the time has not passed after which Better Stack says up.
    "validating": State.PENDING,
    "maintenance": State.MAINTENANCE,
}
_UNREADABLE = ("the list of monitors cannot be read", "check that BETTER_STACK_URL is the address of Better Stack")


@dataclass(frozen=True)
class ListedMonitor:
    """A monitor of the list. `frequency` is the time between two checks."""

    identifier: str
    name: str
    url: str
    status: str
    checked: datetime | None
    frequency: timedelta


def sources(settings: Settings) -> list[Source]:
    """Return every Better Stack team in the settings."""
    return [
        Source(
            name,
            MONITORS,
            partial(poll, part, name=name),
            expected=_expected(part.better_stack_url, part.better_stack_monitor_ids, name),
        )
        for name, part in parts(settings, NAME)
    ]


def _expected(url: str, monitor_ids: Iterable[int], name: str) -> Expected:
    """Return what the settings expect of the monitors of a Better Stack team."""
    wanted = {f"{name}:{one}": "BETTER_STACK_MONITOR_IDS" for one in monitor_ids}
    scope = scope_of(url)
    remedy = "See whether it was deleted in Better Stack, or hidden from the token"
    return Expected(wanted, only=frozenset(wanted) if wanted else None, scope=scope, remedy=remedy)


def poll(settings: Settings, request: PollRequest, *, name: str = NAME) -> Report:
    """Query Better Stack once. Raise NoAnswerError if the list is incomplete."""
    deadline = request.deadline()
    everything = list(_every_monitor(settings, deadline))
    if len({listed.identifier for listed in everything}) < len(everything):
        raise SourceError("the list of monitors names one monitor twice", _UNREADABLE[1])
    wanted = {str(identifier) for identifier in settings.better_stack_monitor_ids}
    warnings, remarks, monitors = [], [], []
    left_out: dict[str, int] = {"paused": 0, "pending": 0}
    not_counted = set()
    odd = 0
    for listed in everything:
        if wanted and listed.identifier not in wanted:
            not_counted.add(f"{name}:{listed.identifier}")
            continue
        if listed.status in left_out:
            left_out[listed.status] += 1
            not_counted.add(f"{name}:{listed.identifier}")
            continue
        odd += listed.status not in STATES
        monitors.append(_monitor(listed, name, request.now, timedelta(minutes=settings.monitor_stale_minutes)))
    if odd:
        warnings.append(
            Problem(f"{number_of(odd, 'monitor', 'has', 'have')} a status that is not known, which counts as unknown")
        )
    remarks += [
        f"{number_of(count, 'monitor')} {'paused' if status == 'paused' else 'never checked yet'}"
        for status, count in left_out.items()
        if count
    ]
    identifiers = [monitor.key.rpartition(":")[2] for monitor in monitors]
    figures = better_stack_figures.figures(settings, identifiers, request, deadline)
    return Report(
        name,
        MONITORS,
        monitors=tuple(
            replace(monitor, uptime=figures.uptimes[identifier], kept=figures.kept[identifier])
            for monitor, identifier in zip(monitors, identifiers, strict=True)
        ),
        left_out=frozenset(not_counted),
        warnings=(*warnings, *figures.warnings),
        remarks=tuple(remarks),
        saved=figures.saved,
        private_names=frozenset(text for one in everything for text in (one.name, one.url) if text),
        private_hosts=frozenset(host for one in everything if (host := host_of(one.url))),
    )


def _monitor(listed: ListedMonitor, name: str, now: datetime, stale_after: timedelta) -> Monitor:
    """Return a monitor.

    Better Stack repeats checks before it says down, so its down is confirmed.
    """
    state = STATES.get(listed.status, State.UNKNOWN)
    says = f"Better Stack says {listed.status}" if listed.status in STATES else "Better Stack says an unknown status"
    evidence = [says, "never checked"]
    if listed.checked is not None:
        ago = for_people((now - listed.checked).total_seconds())
        evidence[1] = f"last checked {ago} {'ago' if listed.checked <= now else 'ahead'} ({to_text(listed.checked)})"
    # Nothing is checked during maintenance.
    if state is not State.MAINTENANCE:
        age = None if listed.checked is None else now - listed.checked
        if age is None or not -CLOCK_SKEW <= age <= max(stale_after, 2 * listed.frequency):
            state = State.UNKNOWN
            evidence.append("no recent check to base the status on")
    confirmed = state in (State.DOWN, State.PENDING)
    key = f"{name}:{listed.identifier}"
    return Monitor(key, listed.name, state, confirmed=confirmed, evidence=tuple(evidence))


def _every_monitor(settings: Settings, deadline: Deadline) -> Iterator[ListedMonitor]:
    url: str | None = monitors_url(settings.better_stack_url)
    seen = set()
    while url:
        if url in seen:
            raise SourceError("the list of monitors repeats itself", _UNREADABLE[1])
        seen.add(url)
        listed, url = get_page(url, _read_page, settings.better_stack_token, settings.ca_bundle, deadline)
        yield from listed
        if url is not None and not _stays(url, settings.better_stack_url):
            raise SourceError(
                "the next page of monitors is on another host, which must not get the token",
                _UNREADABLE[1],
            )


def _read_page(page: Mapping[str, Any]) -> tuple[list[ListedMonitor], Any]:
    """Return the monitors of a page, and the address of the next one.

    It is None after the last, and otherwise whatever is written there.
    """
    listed = json_api.read_entries(page.get("data"), _listed, _UNREADABLE)
    try:
        return listed, page["pagination"]["next"]
    except (KeyError, TypeError):
        raise SourceError(*_UNREADABLE) from None


def _stays(url: Any, base: str) -> bool:
    """Whether the token may be sent to a page."""
    if not isinstance(url, str):
        return False
    try:
        there, here = urlsplit(url), urlsplit(base)
        return (there.scheme, there.hostname, there.port) == (here.scheme, here.hostname, here.port) and (
            "@" not in there.netloc
        )
    except ValueError:
        return False


def _listed(item: Any) -> ListedMonitor:
    """Return a monitor of the list.

    Raise KeyError, TypeError or ValueError if it is malformed.
    """
    about = item["attributes"]
    checked = about["last_checked_at"]
    identifier = item["id"]
    if not (isinstance(identifier, str) and identifier.isascii() and identifier.isdecimal()):
        raise ValueError
    return ListedMonitor(
        identifier,
        str(about.get("pronounceable_name") or ""),
        str(about.get("url") or ""),
        str(about["status"]),
        None if checked is None else _moment(checked),
        timedelta(seconds=float(about.get("check_frequency") or 0)),
    )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    # This machine's zone is no evidence of the time.
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC)
