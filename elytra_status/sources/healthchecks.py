# SPDX-License-Identifier: MIT
"""Healthchecks: the checks of one project, by its Management API, version 3.

It works with healthchecks.io and self-hosted servers. The API has no uptime figures: they come from the job's own
history.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from elytra_status.decision.missing_monitors import Expected, scope_of
from elytra_status.errors import SourceError
from elytra_status.model import BAD_STATES, CLOCK_SKEW, MONITORS, Contact, Monitor, Report, State, number_of
from elytra_status.net import http
from elytra_status.problem import Problem
from elytra_status.settings import Secret, Settings, parts
from elytra_status.sources import json_api
from elytra_status.sources.source import PollRequest, Source
from elytra_status.system.clock import Deadline, for_people, to_text

NAME = "healthchecks"
SERVICE = "Healthchecks"
CHECKS_PATH = "/api/v3/checks/"
# In grace, a ping is late by less than the check allows. Only version 1 of the API has the status "started" for a
# running job, whatever the outcome of the job before it.
STATES = {"up": State.UP, "grace": State.UP, "down": State.DOWN}
LEFT_OUT = {"paused": "paused", "new": "never pinged yet"}
# Healthchecks allows a year for a period and for a grace time.
LONGEST_DURATION = timedelta(days=1000)
# Assumed for a check with a schedule that is down: most schedules run once a day or more often.
UNKNOWN_PERIOD = timedelta(days=1)
# How many of the 40 digits of a check's key are shown.
KEY_DIGITS = 12
_UNREADABLE = (
    "the list of checks cannot be read",
    "check that HEALTHCHECKS_URL is the address of Healthchecks 3.0 or later",
)


@dataclass(frozen=True)
class Check:
    """A check of the list.

    `grace_begins` is when its next ping is expected, None unless the check is up. `period` is the time between two
    pings, None if the check has a schedule instead. `private` must not be published.
    """

    identifier: str
    name: str = field(repr=False)
    status: str
    tags: frozenset[str] = field(repr=False)
    last_ping: datetime | None
    grace_begins: datetime | None
    grace: timedelta
    period: timedelta | None
    private: frozenset[str] = field(repr=False)


@dataclass(frozen=True)
class Project:
    """A project of Healthchecks, and the read-only key that lists its checks."""

    url: str
    key: Secret
    tags: tuple[str, ...]
    ca_bundle: str | None


def sources(settings: Settings) -> list[Source]:
    """Return every project of Healthchecks in the settings."""
    projects = ((name, _project(part)) for name, part in parts(settings, NAME))
    return [
        Source(name, MONITORS, partial(poll, project, name=name), expected=_expected(project))
        for name, project in projects
        if project
    ]


def _project(settings: Settings) -> Project | None:
    key = settings.healthchecks_api_key
    if key is None:
        return None
    return Project(settings.healthchecks_url, key, settings.healthchecks_tags, settings.ca_bundle)


def _expected(project: Project) -> Expected:
    """Return what the settings expect of the checks of a project."""
    scope = scope_of(project.url, *project.tags)
    return Expected(
        scope=scope, remedy="See whether the check was deleted, and whether HEALTHCHECKS_API_KEY belongs to its project"
    )


def poll(project: Project, request: PollRequest, *, name: str = NAME) -> Report:
    """Query Healthchecks once. Raise NoAnswerError if it does not list the checks."""
    checks = _list(project, request.deadline())
    wanted = frozenset(project.tags)
    keys = {one.identifier: f"{name}:{one.identifier[:KEY_DIGITS]}" for one in checks}
    counted = [one for one in checks if not wanted or wanted & one.tags]
    watched = [one for one in counted if one.status not in LEFT_OUT]
    monitors = tuple(_monitor(one, keys[one.identifier], request.now) for one in watched)
    return Report(
        name,
        MONITORS,
        monitors=monitors,
        left_out=frozenset(keys.values()) - {one.key for one in monitors},
        warnings=tuple(_warnings(project.tags, checks, watched)),
        remarks=tuple(_remarks(counted)),
        private_names=frozenset(text for one in checks for text in one.private if text),
    )


def _list(project: Project, deadline: Deadline) -> list[Check]:
    """Return every check of the project, by the deadline.

    Raise NoAnswerError on failure.
    """
    checks = json_api.get_json(
        project.url.rstrip("/") + CHECKS_PATH,
        dict,
        lambda answer: json_api.read_entries(answer.get("checks"), _check, _UNREADABLE),
        service=SERVICE,
        seconds=json_api.seconds_until(deadline),
        headers={"X-Api-Key": project.key.reveal()},
        ca_bundle=project.ca_bundle,
        refusal=_refusal,
    )
    if len({one.identifier for one in checks}) < len(checks):
        raise SourceError("the list of checks names one check twice", _UNREADABLE[1])
    return checks


def _check(item: Mapping[str, Any]) -> Check:
    """Return a check of the list.

    Raise KeyError, TypeError, ValueError or OverflowError if it is malformed.
    """
    identifier, private = _identifier(item)
    name, status, tags = item["name"], item["status"], item["tags"]
    if not all(isinstance(text, str) for text in (name, status, tags)):
        raise TypeError
    return Check(
        identifier,
        name,
        status,
        frozenset(tags.split()),
        _moment(item["last_ping"]),
        _moment(item["next_ping"]),
        _duration(item["grace"]),
        None if item.get("timeout") is None else _duration(item["timeout"]),
        frozenset({name, str(item.get("slug") or ""), *private}),
    )


def _identifier(item: Mapping[str, Any]) -> tuple[str, frozenset[str]]:
    """Return the unique key of a check, and the values with which it could be pinged.

    A read-only API key gets only the unique key. A read-write key gets the UUID of the check, of which the unique key
    is a hash (Check.unique_key in hc/api/models.py).
    """
    if "unique_key" in item:
        if not re.fullmatch("[0-9a-f]{40}", item["unique_key"]):
            raise ValueError
        return item["unique_key"], frozenset()
    code = UUID(item["ping_url"].rstrip("/").rpartition("/")[2])
    unique_key = hashlib.sha1(code.hex[:16].encode(), usedforsecurity=False).hexdigest()
    return unique_key, frozenset({str(code), item["ping_url"]})


def _duration(seconds: Any) -> timedelta:
    """Return a duration.

    Raise TypeError, ValueError or OverflowError if it is malformed.
    """
    duration = timedelta(seconds=float(seconds))
    if not timedelta(0) <= duration <= LONGEST_DURATION:
        raise ValueError
    return duration


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC)


def _monitor(check: Check, key: str, now: datetime) -> Monitor:
    """Return a monitor.

    Healthchecks waits for the grace time before it reports down, so its down is confirmed.
    """
    state = STATES.get(check.status, State.UNKNOWN)
    says = check.status if check.status in STATES else "an unknown status"
    evidence = [f"Healthchecks says {says}", "never pinged"]
    if check.last_ping is not None:
        ago = for_people(abs(now - check.last_ping).total_seconds())
        evidence[1] = f"last ping {ago} {'ago' if check.last_ping <= now else 'ahead'} ({to_text(check.last_ping)})"
    if state is State.UP and (problem := _contradiction(check, now)):
        state = State.UNKNOWN
        evidence.append(problem)
    confirmed = state in BAD_STATES
    return Monitor(key, check.name, state, confirmed=confirmed, contact=_contact(check, now), evidence=tuple(evidence))


def _contact(check: Check, now: datetime) -> Contact | None:
    """Return the last ping of a check, and how long Healthchecks waits for the next.

    The answer does not say when a check with a schedule expected its ping once that is late.
    """
    if check.last_ping is None or check.last_ping > now + CLOCK_SKEW:
        return None
    period = check.period
    if period is None:
        period = check.grace_begins - check.last_ping if check.grace_begins else UNKNOWN_PERIOD
    return Contact(check.last_ping, period + check.grace)


def _contradiction(check: Check, now: datetime) -> str:
    """Return why a check that is reported up is not up, '' if nothing contradicts it.

    Healthchecks computes the status for each request, so only a cached answer can be old.
    """
    if check.last_ping is None or check.grace_begins is None:
        return "no recent ping to base the status on"
    if check.last_ping > now + CLOCK_SKEW:
        return "the last ping is in the future"
    # next_ping may be any time, so nothing is added to it.
    if now - check.grace - CLOCK_SKEW > check.grace_begins:
        return "its grace time has passed, so the response may come from a cache"
    return ""


def _warnings(wanted: Iterable[str], checks: list[Check], watched: list[Check]) -> Iterator[Problem]:
    if odd := sum(one.status not in STATES for one in watched):
        yield Problem(f"{number_of(odd, 'check', 'has', 'have')} a status that is not known, which counts as unknown")
    used = frozenset().union(*(one.tags for one in checks))
    if unused := [tag for tag in wanted if tag not in used]:
        words = f"{number_of(len(unused), 'tag')} in HEALTHCHECKS_TAGS without a check"
        yield Problem(words, "Correct HEALTHCHECKS_TAGS")


def _remarks(checks: Iterable[Check]) -> Iterator[str]:
    statuses = [one.status for one in checks]
    for status, words in LEFT_OUT.items():
        if count := statuses.count(status):
            yield f"{number_of(count, 'check')} {words}"


def _refusal(response: http.Response) -> tuple[str, str]:
    if response.status in (401, 403):
        return (
            f"{response.status}, the API key is refused",
            "set HEALTHCHECKS_API_KEY to the read-only key of the project: Project Settings, API Access",
        )
    if response.status == 404:
        return "404, the API has no version 3", "check HEALTHCHECKS_URL, and that Healthchecks is 3.0 or later"
    if response.status == 429:
        raise json_api.TooManyRequestsError("429, too many requests", "check whether another program uses the same key")
    return json_api.other_status(response.status, SERVICE)
