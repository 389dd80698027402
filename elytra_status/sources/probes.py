# SPDX-License-Identifier: MIT
"""Probes of its own, over HTTP and TCP: for who has no monitoring system."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

from elytra_status.errors import NoAnswerError, SourceError
from elytra_status.model import MONITORS, Monitor, Report, State
from elytra_status.net import http
from elytra_status.net.concurrency import run_all
from elytra_status.net.hosts import host_of
from elytra_status.problem import Problem
from elytra_status.settings import Settings, parts
from elytra_status.sources.keys import key, only_these
from elytra_status.sources.source import PollRequest, Source
from elytra_status.system.clock import Clock, Deadline, to_text

NAME = "probes"
PAUSE_SECONDS = 2.0
# A probe ends by itself within its time; this is allowed beyond that before it is left behind.
GRACE_SECONDS = 1.0
# With less time than this for a probe, what fails would tell of this machine's haste and not of the platform.
LEAST_SECONDS = 1.0
# A probe that took this share of its time has failed for want of it.
_ALL_BUT = 0.85
# A certificate is worth a warning from here on: those of Let's Encrypt are renewed at 30 days.
EXPIRES_SOON = timedelta(days=14)


@dataclass(frozen=True)
class ProbeResult:
    """What came of a probe: why it failed, '' where it did not, or what was `seen`; when the certificate ends.

    `before` is why the first of two tries failed. It `is_evidence` unless it failed for a reason of this machine's,
    or for want of time and had less than PROBE_TIMEOUT_SECONDS.
    """

    failure: str = ""
    certificate_ends: datetime | None = None
    seen: str = ""
    before: str = ""
    is_evidence: bool = True

    @property
    def state(self) -> State:
        """What is known by this probe."""
        if not self.is_evidence:
            return State.UNKNOWN
        return State.DOWN if self.failure else State.UP


def sources(settings: Settings) -> list[Source]:
    """Return the probes that the settings name, as one source."""
    return [
        Source(name, MONITORS, partial(poll, part, name=name), part.connectivity_url, only_these(name, part.probe_urls))
        for name, part in parts(settings, NAME)
    ]


def poll(settings: Settings, request: PollRequest, *, name: str = NAME) -> Report:
    """Make every probe, side by side, and each that fails once more after a moment.

    What failed twice is down, and not confirmed: the second look is minutes of evidence, this is seconds. Raise
    SourceError where there is no time for that.
    """
    seconds = min(float(settings.probe_timeout_seconds), (request.seconds - PAUSE_SECONDS - GRACE_SECONDS) / 2)
    if seconds < LEAST_SECONDS:
        raise SourceError(
            "there is no time left to make probes",
            "raise RUN_DEADLINE_SECONDS, or SOURCE_DEADLINE_SECONDS",
        )
    addresses = settings.probe_urls
    tasks = {
        address: (
            2 * seconds + PAUSE_SECONDS + GRACE_SECONDS,
            partial(_twice, settings, address, seconds, request.clock),
        )
        for address in addresses
    }
    outcomes = run_all(tasks)
    monitors, warnings, remarks = [], [], []
    for address, outcome in outcomes.items():
        own_key = key(name, address)
        if isinstance(outcome, Exception):
            is_late = isinstance(outcome, NoAnswerError)
            # What went wrong on this machine, such as too many threads, is no evidence of another.
            is_evidence = is_late and seconds >= settings.probe_timeout_seconds
            outcome = ProbeResult("timed out" if is_late else type(outcome).__name__, is_evidence=is_evidence)
        monitors.append(Monitor(own_key, address, outcome.state, evidence=_evidence(outcome, request.now)))
        if outcome.failure:
            remarks.append(f"{own_key}: {outcome.failure}")
        if outcome.certificate_ends and outcome.certificate_ends - request.now < EXPIRES_SOON:
            days = (outcome.certificate_ends - request.now).days
            words = "1 day" if days == 1 else f"{days} days"
            warnings.append(Problem(f"its certificate ends in {words}", "Renew it", own_key))
    return Report(
        name,
        MONITORS,
        monitors=tuple(monitors),
        warnings=tuple(warnings),
        remarks=tuple(remarks),
        private_names=frozenset(addresses),
        private_hosts=frozenset(host_of(address) for address in addresses) - {""},
    )


def _evidence(outcome: ProbeResult, now: datetime) -> tuple[str, ...]:
    words = [f"probed at {to_text(now)}: {outcome.failure or outcome.seen}"]
    if outcome.before:
        words.append(f"at the try before: {outcome.before}")
    if outcome.certificate_ends:
        words.append(f"its certificate ends at {to_text(outcome.certificate_ends)}")
    return tuple(words)


def _twice(settings: Settings, address: str, seconds: float, clock: Clock) -> ProbeResult:
    probe: Callable[[Settings, str, Deadline], ProbeResult] = _tcp if address.startswith("tcp://") else _http
    outcome = probe(settings, address, Deadline.after(clock, seconds))
    if outcome.failure:
        clock.sleep(PAUSE_SECONDS)
        deadline = Deadline.after(clock, seconds)
        outcome = replace(probe(settings, address, deadline), before=outcome.failure)
        took_all = deadline.left() <= (1 - _ALL_BUT) * seconds
        if outcome.failure and took_all and seconds < settings.probe_timeout_seconds:
            return replace(outcome, is_evidence=False)
    return outcome


def _http(settings: Settings, address: str, deadline: Deadline) -> ProbeResult:
    """Ask for a page as a visitor does. Anything below 400 at the end of all redirects is an answer."""
    seconds = deadline.left()
    try:
        with http.open_session(settings.ca_bundle) as session:
            response = http.get(session, address, seconds=seconds, follow_redirects=True)
    except NoAnswerError as error:
        # The error names the host, which may be a client's, or the one that it redirects to.
        _, host, rest = error.problem.partition(urlsplit(address).netloc)
        return ProbeResult(f"it {rest.strip()}" if host else "where it redirects to, there is no good answer")
    if response.status >= 400:
        return ProbeResult(f"it answers with {response.status}")
    took = seconds - deadline.left()
    certificate_ends = _certificate_ends(settings, address, deadline.left())
    return ProbeResult("", certificate_ends, f"it answers with {response.status}, in {took:.1f} s")


def _tcp(settings: Settings, address: str, deadline: Deadline) -> ProbeResult:
    parts_of_it = urlsplit(address)
    assert parts_of_it.hostname
    assert parts_of_it.port
    try:
        socket.create_connection((parts_of_it.hostname, parts_of_it.port), timeout=deadline.left()).close()
    except OSError as error:
        return ProbeResult(f"no connection: {error.strerror or type(error).__name__}")
    return ProbeResult(seen="it takes a connection")


def _certificate_ends(settings: Settings, address: str, seconds: float) -> datetime | None:
    """Return when the certificate of an https address ends; None where there is none, or no time to look."""
    where = urlsplit(address)
    if where.scheme != "https" or not where.hostname or seconds <= 0:
        return None
    context = ssl.create_default_context(cafile=settings.ca_bundle)
    try:
        with (
            socket.create_connection((where.hostname, where.port or 443), timeout=seconds) as connection,
            context.wrap_socket(connection, server_hostname=where.hostname) as encrypted,
        ):
            certificate = encrypted.getpeercert() or {}
            ends = str(certificate["notAfter"])
    except (OSError, KeyError):
        return None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC)
