# SPDX-License-Identifier: MIT
"""Built-in probes over HTTP and TCP, for installations without monitoring system."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

from elytra_status.errors import NoAnswerError, NoNameServerError, ProxyError, SourceError
from elytra_status.model import MONITORS, Monitor, Report, State, number_of
from elytra_status.net import http, tls_contexts
from elytra_status.net.concurrency import run_all
from elytra_status.net.hosts import host_of, host_with_port
from elytra_status.net.http_failures import NO_NAME_SERVER
from elytra_status.net.proxies import proxy_for
from elytra_status.problem import Problem
from elytra_status.settings import Settings, parts
from elytra_status.settings.definitions.machine import FOLLOW
from elytra_status.sources.keys import key, only_these
from elytra_status.sources.source import PollRequest, Source
from elytra_status.system.clock import Clock, Deadline, to_text

NAME = "probes"
PAUSE_SECONDS = 2.0
# Each probe keeps its own timeout. If it does not, it is abandoned this many seconds later.
GRACE_SECONDS = 1.0
# With less time than this for a probe, a failure would say more about this machine than about the platform.
LEAST_SECONDS = 1.0
# If a probe took this ratio of its time, it failed because of its timeout.
_ALL_BUT = 0.85
# Without TLS, a proxy that refuses a request or reaches no server answers with these in place of the server.
_ALSO_BY_PROXY = (403, 502, 503, 504)
# From this long before its expiry, a certificate is worth a warning: those of Let's Encrypt are renewed at 30 days.
EXPIRES_SOON = timedelta(days=14)


@dataclass(frozen=True)
class ProbeResult:
    """The result of a probe, and when the certificate expires.

    `failure` is '' if the probe succeeded; `seen` describes the success. `before` is why the first of two tries failed.
    `is_evidence` is False if the probe failed for a reason on this machine, timed out with less time than
    PROBE_TIMEOUT_SECONDS, got no connection from a proxy, or was redirected to another host (`is_elsewhere`).
    """

    failure: str = ""
    certificate_ends: datetime | None = None
    seen: str = ""
    before: str = ""
    is_evidence: bool = True
    is_elsewhere: bool = False

    @property
    def state(self) -> State:
        """The state that this probe shows."""
        if not self.is_evidence:
            return State.UNKNOWN
        return State.DOWN if self.failure else State.UP


def sources(settings: Settings) -> list[Source]:
    """Return the probes in the settings, as one source."""
    return [
        Source(name, MONITORS, partial(poll, part, name=name), expected=only_these(name, part.probe_urls))
        for name, part in parts(settings, NAME)
    ]


def poll(settings: Settings, request: PollRequest, *, name: str = NAME) -> Report:
    """Make all probes in parallel, and repeat those that fail after a moment.

    A monitor that failed twice is down but not confirmed: the confirmation poll spans minutes, these tries only
    seconds. Raise SourceError if there is no time for that.
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
    outcomes = run_all(tasks, request.clock)
    monitors, warnings, remarks = [], [], []
    for address, outcome in outcomes.items():
        own_key = key(name, address)
        if isinstance(outcome, Exception):
            is_late = isinstance(outcome, NoAnswerError)
            # A failure of this machine, such as too many threads, is no evidence about another.
            is_evidence = is_late and seconds >= settings.probe_timeout_seconds
            outcome = ProbeResult("timed out" if is_late else type(outcome).__name__, is_evidence=is_evidence)
        monitors.append(Monitor(own_key, address, outcome.state, evidence=_evidence(outcome, request.now)))
        if outcome.failure:
            remarks.append(f"{own_key} is {outcome.state.value}, {outcome.failure}")
        if outcome.is_elsewhere:
            problem = f"{own_key} redirects to another host, and what answers there says nothing about this one"
            warnings.append(Problem(problem, "Set PROBE_URLS to the address it redirects to"))
        if outcome.certificate_ends and outcome.certificate_ends - request.now < EXPIRES_SOON:
            days = (outcome.certificate_ends - request.now).days
            words = f"the certificate of {own_key} expires in {number_of(days, 'day')}"
            warnings.append(Problem(words, "Renew it"))
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
    words = [f"{outcome.failure or outcome.seen} (probed at {to_text(now)})"]
    if outcome.before:
        words.append(f"{outcome.before} (first try)")
    if outcome.certificate_ends:
        words.append(f"its certificate expires at {to_text(outcome.certificate_ends)}")
    return tuple(words)


def _twice(settings: Settings, address: str, seconds: float, clock: Clock) -> ProbeResult:
    probe: Callable[[Deadline], ProbeResult] = partial(_tcp, address)
    if not address.startswith("tcp://"):
        probe = partial(_http, address, settings.ca_bundle, to_private=settings.private_redirects == FOLLOW)
    outcome = probe(Deadline.after(clock, seconds))
    if outcome.failure:
        clock.sleep(PAUSE_SECONDS)
        deadline = Deadline.after(clock, seconds)
        outcome = replace(probe(deadline), before=outcome.failure)
        took_all = deadline.left() <= (1 - _ALL_BUT) * seconds
        if outcome.failure and took_all and seconds < settings.probe_timeout_seconds:
            return replace(outcome, is_evidence=False)
    return outcome


def _http(address: str, ca_bundle: str | None, deadline: Deadline, *, to_private: bool) -> ProbeResult:
    """Request a page as a visitor does.

    A status below 400 is a success, after redirects to the same host.
    """
    seconds = deadline.left()
    try:
        with http.open_session(ca_bundle) as session:
            redirects = http.Redirects(same_site=True, to_private=to_private)
            status = http.status(session, address, seconds=seconds, redirects=redirects)
    except http.OtherSiteError:
        # The other host may show a login page, or advertisements if the domain has expired.
        return ProbeResult("it redirects to another host", is_evidence=False, is_elsewhere=True)
    except NoAnswerError as error:
        if not error.host or isinstance(error, NoNameServerError | ProxyError):
            # No request was sent to the host: CA_BUNDLE, for example, cannot be read.
            return ProbeResult(error.without_host, is_evidence=False)
        # The host, or that of a redirect, may be a client's.
        is_own = error.host == host_with_port(address)
        return ProbeResult(error.without_host if is_own else "the address that it redirects to failed")
    if status in _ALSO_BY_PROXY and address.startswith("http:") and proxy_for(address):
        return ProbeResult(f"it answers with {status}, or the proxy does", is_evidence=False)
    if status >= 400:
        return ProbeResult(f"it answers with {status}")
    took = seconds - deadline.left()
    certificate_ends = _certificate_ends(address, ca_bundle, deadline.left())
    return ProbeResult("", certificate_ends, f"it answers with {status}, in {took:.1f} s")


def _tcp(address: str, deadline: Deadline) -> ProbeResult:
    parts_of_it = urlsplit(address)
    assert parts_of_it.hostname
    assert parts_of_it.port
    try:
        socket.create_connection((parts_of_it.hostname, parts_of_it.port), timeout=deadline.left()).close()
    except OSError as error:
        if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
            return ProbeResult(f"it is unreachable, {NO_NAME_SERVER}", is_evidence=False)
        return ProbeResult(f"it accepts no connection ({error.strerror or type(error).__name__})")
    return ProbeResult(seen="it accepts connections")


def _certificate_ends(address: str, ca_bundle: str | None, seconds: float) -> datetime | None:
    """Return when the certificate of an https address expires.

    Return None if there is no certificate, or no time to fetch it.
    """
    where = urlsplit(address)
    if where.scheme != "https" or not where.hostname or seconds <= 0:
        return None
    try:
        with (
            socket.create_connection((where.hostname, where.port or 443), timeout=seconds) as connection,
            tls_contexts.for_sockets(ca_bundle).wrap_socket(connection, server_hostname=where.hostname) as encrypted,
        ):
            certificate = encrypted.getpeercert() or {}
            ends = str(certificate["notAfter"])
    except (OSError, KeyError):
        return None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC)
