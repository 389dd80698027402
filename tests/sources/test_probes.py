# SPDX-License-Identifier: MIT
"""Probes over HTTP and TCP, with real servers on loopback."""

from __future__ import annotations

import json
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import pytest
from requests.exceptions import SSLError

from elytra_status import leak_guard
from elytra_status.errors import NoAnswerError
from elytra_status.model import Report
from elytra_status.net import http
from elytra_status.net.http_failures import explain_failure
from elytra_status.run import private_terms
from elytra_status.run.assess import assess
from elytra_status.run.saved_state import SavedState
from elytra_status.settings import Settings, WrongSettingsError
from elytra_status.sources import configured, probes
from elytra_status.sources.source import PollRequest
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.alert_servers import make_certificate
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3, Reply
from tests.proxies import refusing_proxy

pytestmark = pytest.mark.slow

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
Make = Callable[..., Settings]


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "PAUSE_SECONDS", 0.05)


def poll(settings: Settings, seconds: float = 10) -> Report:
    return probes.poll(settings, PollRequest(datetime.now(UTC), seconds, clock=SYSTEM_CLOCK))


def states(report: Report) -> list[str]:
    return [monitor.state.value for monitor in report.monitors]


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port on which nobody listens, kept so."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def test_a_page_and_a_port_that_answer_are_up(hostile: HostileS3, make_settings: Make) -> None:
    hostile.put("/health", b"fine")
    port = hostile.url.rpartition(":")[2]
    settings = make_settings(PROBE_URLS=f"{hostile.url}/health,tcp://127.0.0.1:{port}")
    report = poll(settings)
    assert states(report) == ["up", "up"]
    assert not report.warnings
    assert len(hostile.asked("GET", "/health")) == 1
    (source,) = configured(settings)
    assert source.name == "probes"
    keys = {monitor.key for monitor in report.monitors}
    assert len(keys) == 2
    assert not [key for key in keys if "127.0" in key or "health" in key]


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(404), "it answers with 404"),
        (Reply(503), "it answers with 503"),
        (Reply(fault="reset"), "it is unreachable"),
        (Reply(fault="hang"), "it timed out, no complete response"),
        (Reply(302, headers={"Location": "/loop"}), "it redirects more than 5 times"),
    ],
)
def test_what_fails_twice_is_down_and_not_confirmed(
    hostile: HostileS3, make_settings: Make, reply: Reply, words: str
) -> None:
    hostile.always(reply)
    settings = make_settings(PROBE_URLS=f"{hostile.url}/health", PROBE_TIMEOUT_SECONDS=1)
    report = poll(settings)
    (monitor,) = report.monitors
    assert (monitor.state.value, monitor.confirmed) == ("down", False)
    assert len(hostile.asked("GET", "/health")) == 2
    (remark,) = report.remarks
    assert words in remark
    assert "127.0.0.1" not in remark


def test_each_state_says_what_it_rests_on(hostile: HostileS3, make_settings: Make, closed_port: int) -> None:
    hostile.put("/well", b"")
    tries = iter((Reply(503), None))
    hostile.answer = lambda request: next(tries) if request.path == "/at-last" else None
    hostile.put("/at-last", b"")
    port = hostile.url.rpartition(":")[2]
    addresses = [f"{hostile.url}/{path}" for path in ("well", "at-last", "none")]
    addresses += [f"tcp://127.0.0.1:{port}", f"tcp://127.0.0.1:{closed_port}"]
    report = probes.poll(make_settings(PROBE_URLS=",".join(addresses)), PollRequest(NOW, 20, clock=SYSTEM_CLOCK))
    at = "(probed at 2026-03-01T12:00:00Z)"
    shown = [[re.sub(r"[0-9.]+ s ", "N s ", words) for words in one.evidence] for one in report.monitors]
    assert shown == [
        [f"it answers with 200, in N s {at}"],
        [f"it answers with 200, in N s {at}", "it answers with 503 (first try)"],
        [f"it answers with 404 {at}", "it answers with 404 (first try)"],
        [f"it accepts connections {at}"],
        [
            f"it accepts no connection (Connection refused) {at}",
            "it accepts no connection (Connection refused) (first try)",
        ],
    ]


def test_one_failure_does_not_count(hostile: HostileS3, make_settings: Make) -> None:
    hostile.answer = lambda request: Reply(503 if len(hostile.requests) == 1 else 200)
    assert states(poll(make_settings(PROBE_URLS=f"{hostile.url}/"))) == ["up"]


def test_a_redirect_is_followed_and_its_target_is_not_revealed(
    hostile: HostileS3, make_settings: Make, closed_port: int
) -> None:
    hostile.put("/new", b"fine")
    hostile.answer = lambda request: Reply(301, headers={"Location": "/new"}) if request.path == "/old" else None
    assert states(poll(make_settings(PROBE_URLS=f"{hostile.url}/old"))) == ["up"]
    hostile.always(Reply(302, headers={"Location": f"http://127.0.0.1:{closed_port}/client"}))
    report = poll(make_settings(PROBE_URLS=f"{hostile.url}/old"))
    assert states(report) == ["down"]
    assert str(closed_port) not in report.remarks[0]


@pytest.mark.parametrize(
    ("of_host", "words"),
    [
        ("h", "its certificate has expired"),
        ("h:8443", "the address that it redirects to failed"),
        ("www.h", "the address that it redirects to failed"),
    ],
)
def test_a_failure_is_described_without_the_host(
    make_settings: Make, monkeypatch: pytest.MonkeyPatch, of_host: str, words: str
) -> None:
    def fail(*arguments: object, **named: object) -> NoReturn:
        raise explain_failure(SSLError("certificate verify failed: certificate has expired"), of_host)

    monkeypatch.setattr(http, "status", fail)
    (remark,) = poll(make_settings(PROBE_URLS="https://h/")).remarks
    assert remark.partition(", ")[2] == words


def test_a_ca_bundle_that_cannot_be_read_is_no_evidence_of_an_outage(
    hostile: HostileS3, make_settings: Make, tmp_path: Path
) -> None:
    hostile.put("/well", b"")
    report = poll(make_settings(PROBE_URLS=f"{hostile.url}/well", CA_BUNDLE=str(tmp_path / "none.pem")))
    assert states(report) == ["unknown"]
    assert "CA_BUNDLE contains no valid certificate" in report.remarks[0]
    assert not hostile.requests


@pytest.mark.parametrize("status", ["403 Forbidden", "407 Proxy Authentication Required", "503 Full", ""])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_fault_of_the_proxy_is_no_evidence_about_the_host(
    make_settings: Make, monkeypatch: pytest.MonkeyPatch, closed_port: int, scheme: str, status: str
) -> None:
    """Without a status, nothing listens at the port of the proxy."""
    monkeypatch.setenv("NO_PROXY", "")
    with refusing_proxy(status) if status else nullcontext(f"http://127.0.0.1:{closed_port}") as proxy:
        monkeypatch.setenv(f"{scheme.upper()}_PROXY", proxy)
        report = poll(make_settings(PROBE_URLS=f"{scheme}://planted.example/health"))
    assert states(report) == ["unknown"]
    (remark,) = report.remarks
    assert "the proxy" in remark
    assert "planted" not in remark
    assert (status[:3] or "refused") in remark


@pytest.mark.parametrize("address", ["https://planted.example/health", "tcp://planted.example:25"])
@pytest.mark.parametrize(("number", "state"), [(socket.EAI_AGAIN, "unknown"), (socket.EAI_NONAME, "down")])
def test_a_failed_name_server_is_no_evidence_about_the_host(
    make_settings: Make, monkeypatch: pytest.MonkeyPatch, address: str, number: int, state: str
) -> None:
    """A name that the name server does not know is."""
    words = {socket.EAI_AGAIN: "Temporary failure in name resolution", socket.EAI_NONAME: "Name or service not known"}

    def fail(*arguments: object, **more: object) -> NoReturn:
        raise socket.gaierror(number, words[number])

    settings = make_settings(PROBE_URLS=address)
    monkeypatch.setattr(socket, "getaddrinfo", fail)
    assert states(poll(settings)) == [state]


def test_what_answers_at_another_host_says_nothing_about_this_one(hostile: HostileS3, make_settings: Make) -> None:
    hostile.put("/new", b"fine")
    elsewhere = hostile.url.replace("127.0.0.1", "localhost") + "/new"
    hostile.answer = lambda request: Reply(301, headers={"Location": elsewhere}) if request.path == "/old" else None
    report = poll(make_settings(PROBE_URLS=f"{hostile.url}/old"))
    assert states(report) == ["unknown"]
    assert not hostile.asked("GET", "/new")
    assert str(report.warnings[0]).startswith(f"{report.monitors[0].key} redirects to another host, and ")
    assert "Set PROBE_URLS to the address it redirects to" in str(report.warnings[0])
    assert "localhost" not in f"{report.remarks}{report.warnings}"


def test_a_port_that_refuses_is_down(make_settings: Make, closed_port: int) -> None:
    report = poll(make_settings(PROBE_URLS=f"tcp://127.0.0.1:{closed_port}"))
    assert states(report) == ["down"]
    assert "refused" in report.remarks[0].lower()


def test_the_end_of_a_certificate_is_a_warning_and_a_wrong_one_is_down(tmp_path: Path, make_settings: Make) -> None:
    certificate = make_certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    with HostileS3(tls=context) as server:
        server.put("/", b"fine")
        trusted = make_settings(PROBE_URLS=f"{server.url}/", CA_BUNDLE=certificate)
        report = poll(trusted)
        assert states(report) == ["up"]
        (warning,) = report.warnings
        assert str(warning) == f"the certificate of {report.monitors[0].key} expires in 0 days. Renew it."
        assert report.monitors[0].evidence[-1].startswith("its certificate expires at 20")
        refused = poll(make_settings(PROBE_URLS=f"{server.url}/"))
        assert states(refused) == ["down"]


def mend_before_confirmation(clock: MovableClock, hostile: HostileS3) -> None:
    """Repair what is probed while the run waits for its confirmation poll, not in the pause of a probe."""

    def wake() -> None:
        if clock.sleeps[-1] > probes.PAUSE_SECONDS:
            hostile.always(Reply(200))

    clock.before_waking = wake


def test_an_outage_needs_the_confirmation_poll(make_settings: Make, hostile: HostileS3, clock: MovableClock) -> None:
    hostile.always(Reply(500))
    settings = make_settings(PROBE_URLS=f"{hostile.url}/")
    decision = assess(settings, clock, SavedState(), confirming=True).decision
    assert decision.status.value == "outage"
    assert len([seconds for seconds in clock.sleeps if seconds > probes.PAUSE_SECONDS]) == 1
    clock.sleeps.clear()
    mend_before_confirmation(clock, hostile)
    assert assess(settings, clock, SavedState(), confirming=True).decision.status.value == "operational"


@pytest.mark.parametrize(("timeout", "seconds"), [(10, 1.0), (10, 3.0), (10, 4.9), (1, 4.9)])
def test_without_time_for_a_probe_nothing_is_taken_for_down(
    timeout: int, seconds: float, hostile: HostileS3, make_settings: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "PAUSE_SECONDS", 2.0)
    settings = make_settings(PROBE_URLS=f"{hostile.url}/", PROBE_TIMEOUT_SECONDS=timeout)
    with pytest.raises(NoAnswerError, match="no time left to make probes") as caught:
        poll(settings, seconds)
    assert "RUN_DEADLINE_SECONDS" in caught.value.remedy
    assert hostile.requests == []


def test_a_probe_that_was_given_less_time_than_is_set_is_not_down_for_want_of_time(
    hostile: HostileS3, make_settings: Make, closed_port: int
) -> None:
    hostile.always(Reply(fault="hang"))
    settings = make_settings(PROBE_URLS=f"{hostile.url}/,tcp://127.0.0.1:{closed_port}", PROBE_TIMEOUT_SECONDS=10)
    assert states(poll(settings, 3.2)) == ["unknown", "down"]


def test_a_fault_of_this_machine_is_no_evidence_of_another(
    make_settings: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object, to_private: bool) -> probes.ProbeResult:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(probes, "_http", fail)
    report = poll(make_settings(PROBE_URLS="https://client-seven.example.net/"))
    assert states(report) == ["unknown"]
    assert "RuntimeError" in report.remarks[0]


def test_a_confirmation_poll_without_time_makes_no_outage(
    make_settings: Make, hostile: HostileS3, clock: MovableClock
) -> None:
    mend_before_confirmation(clock, hostile)
    settings = make_settings(PROBE_URLS=f"{hostile.url}/", CONFIRM_AFTER_SECONDS=70, RUN_DEADLINE_SECONDS=130)
    # The minimum that the settings allow, and less: the first poll may have taken long.
    for deadline, expected in ((130, "operational"), (110, "unknown")):
        hostile.always(Reply(500))
        narrow = replace(settings, run_deadline_seconds=deadline)
        assert assess(narrow, clock, SavedState(), confirming=True).decision.status.value == expected


def test_many_that_hang_are_done_in_the_time_of_one(hostile: HostileS3, make_settings: Make) -> None:
    hostile.always(Reply(fault="hang"))
    settings = make_settings(
        PROBE_URLS=",".join(f"{hostile.url}/{number}" for number in range(40)), PROBE_TIMEOUT_SECONDS=1
    )
    began = time.monotonic()
    assert set(states(poll(settings))) == {"down"}
    assert time.monotonic() - began < 60  # One after another they would take 80 s.


def test_addresses_are_guarded_even_where_no_probe_was_made(make_settings: Make) -> None:
    settings = make_settings(PROBE_URLS="https://client-seven.example.net/,tcp://database-seven.example.net:5432")
    private = private_terms.private(settings, ())
    for host in ("client-seven.example.net", "database-seven.example.net"):
        body = json.dumps({"notes": f"see {host}"}).encode()
        assert leak_guard.search("status.json", body, "application/json", frozenset(), private)


@pytest.mark.parametrize(
    "value", ["ftp://x.example", "tcp://x.example", "tcp://x.example:0", "tcp://:80", "x.example", ","]
)
def test_what_is_no_address_is_refused(make_settings: Make, value: str) -> None:
    with pytest.raises(WrongSettingsError) as caught:
        make_settings(PROBE_URLS=value)
    assert "PROBE_URLS" in str(caught.value.faults[0])
