# SPDX-License-Identifier: MIT
"""Whether visitors get a fresh status: the results, the messages, and the exit status."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from elytra_status import freshness
from elytra_status.decision import policy
from elytra_status.documents import Publication, render_all
from elytra_status.freshness import FreshnessResult
from elytra_status.model import Facts
from elytra_status.net import peers
from elytra_status.publish import visitor
from elytra_status.run import job
from elytra_status.settings import Settings
from elytra_status.system.clock import to_text
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3, Reply, Request
from tests.in_process import run_command
from tests.published import concluded

FRESH, STALE, UNREACHABLE = 0, 1, 69
ORIGINS = "https://www.example.com,https://shop.example.com"

Make = Callable[..., Settings]


def body_of(moment: datetime) -> bytes:
    return render_all(concluded(Publication(policy.decide(Facts(moment, ()), policy.Rules()), moment)))[-1].body


def good(moment: datetime, **headers: str) -> Reply:
    """The answer with a status of that time and the right headers, except for the given ones."""
    usual = {
        "Content-Type": "application/json",
        "Cache-Control": "public, max-age=300",
        "Access-Control-Allow-Origin": "*",
    }
    return Reply(200, body_of(moment), {**usual, **{name.replace("_", "-"): value for name, value in headers.items()}})


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(datetime(2026, 3, 1, 4, 0, tzinfo=UTC))


@pytest.fixture
def server(clock: MovableClock) -> Iterator[HostileS3]:
    """The server that visitors reach at STATUS_URL. It is fresh unless a test says otherwise."""
    with HostileS3() as running:
        running.web_headers = {}
        running.answer = lambda request: good(clock.now())
        yield running


@pytest.fixture
def storage(clock: MovableClock) -> Iterator[HostileS3]:
    """The storage that the status is published to if STATUS_URL is a cache before it."""
    with HostileS3() as running:
        running.web_headers = {}
        running.answer = lambda request: good(clock.now())
        yield running


@pytest.fixture
def settings(server: HostileS3, make_settings: Make) -> Settings:
    return make_settings(STATUS_URL=f"{server.url}/status.json")


def behind_a_cache(make: Make, server: HostileS3, storage: HostileS3, **more: object) -> Settings:
    return make(
        STATUS_URL=f"{server.url.replace('127.0.0.1', 'localhost')}/status.json",
        SPACES_ENDPOINT=storage.url,
        SPACES_ACCESS_KEY="DO00KEYOFTHEPLATFORM",
        SPACES_SECRET_KEY="secret/of+the=platform",
        STATUS_BUCKET="status",
        **more,
    )


def only(findings: list[FreshnessResult]) -> FreshnessResult:
    (finding,) = findings
    return finding


def check(settings: Settings, clock: MovableClock, state: Path = Path("/nowhere")) -> list[FreshnessResult]:
    return freshness.check(settings, clock, state)


# What visitors get


def test_what_is_fresh_is_fresh(settings: Settings, server: HostileS3, clock: MovableClock) -> None:
    server.answer = lambda request: good(clock.now() - timedelta(minutes=9))
    findings = check(settings, clock)
    assert only(findings) == FreshnessResult(
        f"{server.url}/status.json", True, (), clock.now() - timedelta(minutes=9), "unknown"
    )
    assert freshness.exit_status(findings) == FRESH


def test_the_request_is_that_of_a_browser_and_goes_past_no_cache(
    server: HostileS3, storage: HostileS3, make_settings: Make, clock: MovableClock
) -> None:
    check(behind_a_cache(make_settings, server, storage, CORS_ORIGINS=ORIGINS), clock)
    for each, path in ((server, "/status.json"), (storage, "/status/status.json")):
        assert sorted(request.headers["origin"] for request in each.requests) == sorted(ORIGINS.split(","))
        for request in each.requests:
            assert request.target == path
            assert request.method == "GET"
            assert not {"authorization", "cookie", "cache-control", "pragma"} & request.headers.keys()


@pytest.mark.parametrize(
    ("age", "fault"),
    [
        (timedelta(minutes=30), None),
        (timedelta(minutes=30, seconds=1), "is 30 minutes old"),
        (timedelta(hours=26), "is 26 hours old"),
        (timedelta(days=400), "is 400 days old"),
        (-timedelta(minutes=5), None),
        (-timedelta(minutes=5, seconds=1), "is dated 5 minutes in the future"),
        (-timedelta(hours=3), "is dated 3 hours in the future"),
    ],
)
def test_too_old_and_too_new(
    age: timedelta, fault: str | None, settings: Settings, server: HostileS3, clock: MovableClock
) -> None:
    written = clock.now() - age
    server.answer = lambda request: good(written)
    findings = check(settings, clock)
    assert freshness.exit_status(findings) == (STALE if fault else FRESH)
    if fault:
        (found,) = map(str, only(findings).faults)
        assert found.startswith(fault)
        assert to_text(written) in found


def changed(**changes: object) -> Callable[[bytes], bytes]:
    return lambda body: json.dumps({**json.loads(body), **changes}).encode()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: b"",
        lambda body: body[:-20],
        lambda body: b"<html>It works!</html>",
        lambda body: b"\xff\xfe",
        lambda body: b"[" * 100_000,
        lambda body: b"null",
        lambda body: body.replace(b"null", b"NaN", 1),
        changed(platform_status="splendid"),
        changed(updated_at="2026-02-30T00:00:00Z"),
        changed(updated_at=None),
        changed(uptime={"last_24h": 100.1, "last_7d": None, "last_30d": None}),
        changed(secret="x"),
    ],
)
def test_what_is_no_status(
    spoil: Callable[[bytes], bytes], settings: Settings, server: HostileS3, clock: MovableClock
) -> None:
    body = spoil(body_of(clock.now()))
    server.answer = lambda request: Reply(200, body, good(clock.now()).headers)
    findings = check(settings, clock)
    assert freshness.exit_status(findings) == STALE
    (fault,) = map(str, only(findings).faults)
    assert "not a valid status" in fault
    assert "\n" not in fault


def test_a_login_page_is_called_that(settings: Settings, server: HostileS3, clock: MovableClock) -> None:
    page = b"<title>Sign in</title><form><input type='password'></form>"
    server.answer = lambda request: Reply(200, page, {"Content-Type": "text/html; charset=utf-8"})
    findings = check(settings, clock)
    assert freshness.exit_status(findings) == STALE
    (fault,) = map(str, only(findings).faults)
    assert fault.startswith("shows visitors a login page: let the proxy or CDN")


@pytest.mark.parametrize(("status", "words"), [(404, "not there"), (403, "not public"), (500, "500"), (204, "204")])
def test_other_answers(status: int, words: str, settings: Settings, server: HostileS3, clock: MovableClock) -> None:
    server.answer = lambda request: Reply(status, b"", good(clock.now()).headers)
    findings = check(settings, clock)
    assert freshness.exit_status(findings) == STALE
    (fault,) = map(str, only(findings).faults)
    assert words in fault


@pytest.mark.parametrize(
    ("header", "value", "words"),
    [
        ("Content-Type", "text/plain", "Content-Type is text/plain, not application/json"),
        ("Content-Type", "", "Content-Type is missing"),
        ("Cache-Control", "", "Cache-Control does not limit"),
        ("Cache-Control", "public", "Cache-Control does not limit"),
        ("Cache-Control", "public, max-age=301", "301 s"),
        ("Cache-Control", "PUBLIC, MAX-AGE=86400", "86400 s"),
        ("Cache-Control", "max-age=300, s-maxage=86400", "86400 s"),
        ("Cache-Control", "s-maxage=300", "Cache-Control does not limit"),
        ("Access-Control-Allow-Origin", "", "CORS"),
        ("Access-Control-Allow-Origin", "https://other.example", "CORS"),
        ("Access-Control-Allow-Origin", "*, *", "CORS"),
        ("Access-Control-Allow-Origin", "null", "CORS"),
    ],
)
def test_wrong_headers(
    header: str, value: str, words: str, settings: Settings, server: HostileS3, clock: MovableClock
) -> None:
    headers = {name: text for name, text in {**good(clock.now()).headers, header: value}.items() if text}
    server.answer = lambda request: Reply(200, body_of(clock.now()), headers)
    findings = check(settings, clock)
    assert freshness.exit_status(findings) == STALE
    (fault,) = map(str, only(findings).faults)
    assert words in fault


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Content-Type", "Application/JSON; charset=utf-8"),
        ("Cache-Control", "max-age=0"),
        ("Cache-Control", "no-store"),
        ("Cache-Control", "No-Cache, private"),
        ("Cache-Control", 'public, max-age="300"'),
        ("Cache-Control", "max-age=300,s-maxage=60, stale-if-error=86400"),
        ("Access-Control-Allow-Origin", "https://www.example.com"),
    ],
)
def test_right_headers(header: str, value: str, settings: Settings, server: HostileS3, clock: MovableClock) -> None:
    headers = {**good(clock.now()).headers, header: value}
    server.answer = lambda request: Reply(200, body_of(clock.now()), headers)
    assert only(check(settings, clock)).faults == ()


def test_cors_for_one_of_two_sites_only(server: HostileS3, make_settings: Make, clock: MovableClock) -> None:
    server.answer = lambda request: good(clock.now(), Access_Control_Allow_Origin="https://www.example.com")
    settings = make_settings(STATUS_URL=f"{server.url}/status.json", CORS_ORIGINS=ORIGINS)
    findings = check(settings, clock)
    assert freshness.exit_status(findings) == STALE
    (fault,) = map(str, only(findings).faults)
    assert "https://shop.example.com" in fault
    assert "www.example.com" not in fault


@pytest.mark.parametrize(
    ("configured", "asked"),
    [
        ("https://*.acme.test", "https://www.acme.test"),
        ("https://shop-*.acme.test", "https://shop-www.acme.test"),
        ("*", "https://www.example.com"),
        ("https://acme.test:8443", "https://acme.test:8443"),
    ],
)
def test_a_pattern_of_origins_is_requested_as_one_origin(
    configured: str, asked: str, server: HostileS3, make_settings: Make, clock: MovableClock
) -> None:
    server.answer = lambda request: good(clock.now(), Access_Control_Allow_Origin=asked)
    findings = check(make_settings(STATUS_URL=f"{server.url}/status.json", CORS_ORIGINS=configured), clock)
    assert [request.headers["origin"] for request in server.requests] == [asked]
    assert freshness.exit_status(findings) == FRESH


@pytest.mark.parametrize("stale_for", [0, 1])
def test_a_cache_that_keeps_a_copy_for_each_site_is_queried_for_each(
    stale_for: int, server: HostileS3, make_settings: Make, clock: MovableClock
) -> None:
    stale = ORIGINS.split(",")[stale_for]

    def answer(request: Request) -> Reply:
        return good(clock.now() - timedelta(hours=2 if request.headers["origin"] == stale else 0))

    server.answer = answer
    finding = only(check(make_settings(STATUS_URL=f"{server.url}/status.json", CORS_ORIGINS=ORIGINS), clock))
    (fault,) = map(str, finding.faults)
    assert fault.startswith("is 2 hours old")
    assert finding.updated_at == clock.now() - timedelta(hours=2)


def test_faults_are_shown_together_and_once(server: HostileS3, make_settings: Make, clock: MovableClock) -> None:
    server.answer = lambda request: Reply(200, body_of(clock.now() - timedelta(hours=2)), {"Content-Type": "text/html"})
    finding = only(check(make_settings(STATUS_URL=f"{server.url}/status.json", CORS_ORIGINS=ORIGINS), clock))
    assert len(finding.faults) == len(set(finding.faults)) == 5


# A cache in front of the storage


def test_which_of_the_two_is_stale_is_said(
    server: HostileS3, storage: HostileS3, make_settings: Make, clock: MovableClock
) -> None:
    server.answer = lambda request: good(clock.now() - timedelta(hours=2))
    front, back = check(behind_a_cache(make_settings, server, storage), clock)
    assert front.where.startswith("http://localhost:")
    assert front.faults
    assert back.where == f"{storage.url}/status/status.json"
    assert back.faults == ()
    assert freshness.exit_status([front, back]) == STALE


def test_what_a_cache_hides_is_found(
    server: HostileS3, storage: HostileS3, make_settings: Make, clock: MovableClock
) -> None:
    storage.answer = lambda request: Reply(403, b"", {})
    front, back = check(behind_a_cache(make_settings, server, storage), clock)
    assert front.faults == ()
    assert "not public" in str(back.faults[0])
    assert freshness.exit_status([front, back]) == STALE


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://status.nyc3.digitaloceanspaces.com/status.json", False),
        ("https://nyc3.digitaloceanspaces.com/status/status.json", False),
        ("https://STATUS.NYC3.digitaloceanspaces.com:443/status.json", False),
        ("https://status.nyc3.cdn.digitaloceanspaces.com/status.json", True),
        ("https://status.example.com/status.json", True),
        ("https://nyc3.digitaloceanspaces.com:8443/status.json", True),
        (None, False),
    ],
)
def test_what_is_taken_for_a_cache(url: str | None, expected: bool, make_settings: Make) -> None:
    settings = make_settings(
        SPACES_ENDPOINT="nyc3.digitaloceanspaces.com",
        SPACES_ACCESS_KEY="k",
        SPACES_SECRET_KEY="s",
        STATUS_BUCKET="status",
        **({"STATUS_URL": url} if url else {}),
    )
    assert visitor.is_behind_cache(settings) is expected


def test_without_a_public_address_the_storage_is_read(
    storage: HostileS3, make_settings: Make, clock: MovableClock
) -> None:
    settings = make_settings(
        SPACES_ENDPOINT=storage.url,
        SPACES_ACCESS_KEY="k",
        SPACES_SECRET_KEY="s",
        STATUS_BUCKET="status",
        STATUS_BUCKET_KEY="site/öffentlich 1.json",
    )
    assert only(check(settings, clock)).where.startswith(storage.url)
    assert [request.path for request in storage.requests] == ["/status/site/öffentlich 1.json"]


# Out of reach


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_closed_port(make_settings: Make, clock: MovableClock) -> None:
    findings = check(make_settings(STATUS_URL=f"http://127.0.0.1:{closed_port()}/status.json"), clock)
    assert freshness.exit_status(findings) == UNREACHABLE
    assert "connection refused" in str(only(findings).faults[0])


def test_a_name_that_dns_does_not_know(
    make_settings: Make, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object, **more: object) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    findings = check(make_settings(STATUS_URL="https://status.example.com/status.json"), clock)
    assert freshness.exit_status(findings) == UNREACHABLE
    assert "not in DNS" in str(only(findings).faults[0])


@pytest.fixture
def tls_server(tmp_path: Path, clock: MovableClock) -> Iterator[HostileS3]:
    """A server with a self-signed certificate for 127.0.0.1: certificate.pem."""
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    command += ["-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    subprocess.run([*command, "-out", certificate, "-keyout", key], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with HostileS3(context) as running:
        running.answer = lambda request: good(clock.now())
        yield running


def test_a_certificate_that_does_not_verify(
    tls_server: HostileS3, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    url = f"{tls_server.url}/status.json"
    findings = check(make_settings(STATUS_URL=url), clock)
    assert freshness.exit_status(findings) == UNREACHABLE
    assert "certificate" in str(only(findings).faults[0])
    trusting = make_settings(STATUS_URL=url, CA_BUNDLE=tmp_path / "certificate.pem")
    assert freshness.exit_status(check(trusting, clock)) == FRESH
    wrong_name = make_settings(STATUS_URL=url.replace("127.0.0.1", "localhost"), CA_BUNDLE=tmp_path / "certificate.pem")
    assert freshness.exit_status(check(wrong_name, clock)) == UNREACHABLE


@pytest.mark.parametrize("fault", ["hang", "trickle", "reset", "cut"])
def test_a_server_that_does_not_answer_well(
    fault: str, settings: Settings, server: HostileS3, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitor, "SECONDS", 0.5)
    whole = good(clock.now())
    server.answer = lambda request: Reply(200, whole.body, whole.headers, fault)
    findings = check(settings, clock)
    assert freshness.exit_status(findings) == UNREACHABLE
    assert "\n" not in str(only(findings).faults[0])


def test_many_sites_are_queried_side_by_side(
    server: HostileS3, make_settings: Make, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitor, "SECONDS", 60.0)
    arrived: list[Request] = []
    lock, together = threading.Lock(), threading.Event()

    def answer(request: Request) -> Reply:
        with lock:
            arrived.append(request)
            if len(arrived) >= 4:
                together.set()
        # If they were queried one after the other, the first would wait here in vain.
        return good(clock.now()) if together.wait(30) else Reply(503)

    server.answer = answer
    origins = ",".join(f"https://site-{number}.example.com" for number in range(20))
    findings = check(make_settings(STATUS_URL=f"{server.url}/status.json", CORS_ORIGINS=origins), clock)
    assert freshness.exit_status(findings) == FRESH
    assert len(arrived) >= 20


def test_redirects_are_followed_but_not_for_ever(settings: Settings, server: HostileS3, clock: MovableClock) -> None:
    server.answer = lambda request: (
        good(clock.now()) if request.path == "/moved" else Reply(301, b"", {"Location": "/moved"})
    )
    assert freshness.exit_status(check(settings, clock)) == FRESH
    server.answer = lambda request: Reply(302, b"", {"Location": request.target})
    assert freshness.exit_status(check(settings, clock)) == UNREACHABLE


def test_a_redirect_to_a_private_address_is_followed_only_if_the_settings_allow_it(
    server: HostileS3, make_settings: Make, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "is_public", lambda address: address == "127.0.0.1")
    with HostileS3(host="127.0.0.2") as private:
        private.answer = lambda request: good(clock.now())
        server.answer = lambda request: Reply(302, b"", {"Location": f"{private.url}/status.json"})
        findings = check(make_settings(STATUS_URL=f"{server.url}/status.json"), clock)
        assert freshness.exit_status(findings) == UNREACHABLE
        assert not private.requests
        allowed = make_settings(STATUS_URL=f"{server.url}/status.json", PRIVATE_REDIRECTS="follow")
        assert freshness.exit_status(check(allowed, clock)) == FRESH


def test_one_that_is_stale_and_one_that_is_out_of_reach(
    server: HostileS3, storage: HostileS3, make_settings: Make, clock: MovableClock
) -> None:
    server.answer = lambda request: good(clock.now() - timedelta(hours=2))
    settings = behind_a_cache(make_settings, server, storage)
    storage.__exit__(None, None, None)
    findings = check(settings, clock)
    assert [finding.reached for finding in findings] == [True, False]
    assert freshness.exit_status(findings) == UNREACHABLE


# Since when


def test_the_start_of_a_fault_is_saved_until_all_is_well(
    settings: Settings, server: HostileS3, clock: MovableClock, tmp_path: Path
) -> None:
    began = clock.now()

    def since() -> datetime:
        return freshness.wrong_since(check(settings, clock), clock.now(), tmp_path)

    server.answer = lambda request: Reply(404)
    assert since() == began
    clock.moment += timedelta(minutes=5)
    server.answer = lambda request: good(clock.now() - timedelta(hours=2))
    assert since() == began
    assert (tmp_path / freshness.STATE_FILE).stat().st_mode & 0o777 == 0o600
    clock.moment += timedelta(minutes=5)
    server.answer = lambda request: good(clock.now())
    since()
    assert not (tmp_path / freshness.STATE_FILE).exists()
    clock.moment += timedelta(minutes=5)
    server.answer = lambda request: Reply(404)
    assert since() == clock.now()


@pytest.mark.parametrize(
    "state",
    ["", "{", "[]", "null", '{"wrong_since": 5}', '{"wrong_since": "soon"}', '{"wrong_since": "2099-01-01T00:00:00Z"}'],
)
def test_a_state_file_that_makes_no_sense_is_no_hindrance(state: str, clock: MovableClock, tmp_path: Path) -> None:
    (tmp_path / freshness.STATE_FILE).write_text(state)
    wrong = [FreshnessResult("x", True, ("wrong",))]
    assert freshness.wrong_since(wrong, clock.now(), tmp_path) == clock.now()
    assert json.loads((tmp_path / freshness.STATE_FILE).read_text()) == {"wrong_since": to_text(clock.now())}


def test_a_state_directory_that_cannot_be_written_to_is_no_hindrance(clock: MovableClock) -> None:
    for directory in (Path("/proc"), Path("/nowhere/at/all"), Path("/dev/null")):
        for findings in ([FreshnessResult("x", True, ("wrong",))], [FreshnessResult("x", True, ())]):
            assert freshness.wrong_since(findings, clock.now(), directory) == clock.now()


# Published to a directory


def test_a_directory_is_checked_where_nothing_else_is_set(
    make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    settings = make_settings()
    file = tmp_path / "public" / "status.json"
    findings = check(settings, clock, tmp_path)
    assert only(findings).where == str(file)
    assert "No such file" in str(only(findings).faults[0])
    assert freshness.exit_status(findings) == UNREACHABLE
    file.parent.mkdir()
    for age, expected in ((0, FRESH), (31, STALE), (-6, STALE)):
        file.write_bytes(body_of(clock.now() - timedelta(minutes=age)))
        assert freshness.exit_status(check(settings, clock, tmp_path)) == expected
    file.write_bytes(b"{")
    assert freshness.exit_status(check(settings, clock, tmp_path)) == STALE
    file.unlink()
    file.mkdir()
    assert freshness.exit_status(check(settings, clock, tmp_path)) == UNREACHABLE


def test_a_directory_of_ones_own_and_an_address_for_it(
    server: HostileS3, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    (tmp_path / "srv").mkdir()
    (tmp_path / "srv" / "status.json").write_bytes(body_of(clock.now()))
    settings = make_settings(PUBLIC_DIRECTORY=tmp_path / "srv")
    assert freshness.exit_status(check(settings, clock)) == FRESH
    settings = make_settings(PUBLIC_DIRECTORY=tmp_path / "srv", STATUS_URL=f"{server.url}/status.json")
    assert only(check(settings, clock)).where == f"{server.url}/status.json"


# The command


def test_the_command_says_it_in_one_line_each(
    settings: Settings, server: HostileS3, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answer = lambda request: good(datetime.now(UTC))
    assert run_command(tmp_path, "check-freshness") == FRESH
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{server.url}/status.json: fresh, " in line
    server.answer = lambda request: good(datetime.now(UTC) - timedelta(hours=26))
    assert run_command(tmp_path, "check-freshness") == STALE
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("ERROR")
    assert "is 26 hours old" in line
    assert "wrong for" not in line, "it is seen for the first time"


def test_the_command_says_which_of_two_is_wrong_and_for_how_long(
    server: HostileS3, storage: HostileS3, make_settings: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    behind_a_cache(make_settings, server, storage)
    storage.answer = lambda request: good(datetime.now(UTC))
    server.answer = lambda request: good(datetime.now(UTC) - timedelta(hours=2))
    an_hour_ago = to_text(datetime.now(UTC) - timedelta(hours=3))
    (tmp_path / freshness.STATE_FILE).write_text(json.dumps({"wrong_since": an_hour_ago}))
    assert run_command(tmp_path, "check-freshness") == STALE
    front, back = capsys.readouterr().err.splitlines()
    assert front.startswith("ERROR: http://localhost")
    assert f"wrong for 3 hours, since {an_hour_ago}" in front
    assert back.startswith(f"INFO: {storage.url}")
    assert "fresh" in back


def test_the_command_where_nothing_is_reached(
    make_settings: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_settings(STATUS_URL=f"http://127.0.0.1:{closed_port()}/status.json")
    assert run_command(tmp_path, "check-freshness") == UNREACHABLE
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_new_installation_is_no_failure_until_a_run_was_due(
    make_settings: Callable[..., Settings], clock: MovableClock, tmp_path: Path
) -> None:
    settings = make_settings()
    findings = freshness.check(settings, clock, tmp_path)
    since = freshness.wrong_since(findings, clock.now(), tmp_path)
    assert freshness.waits_for_first_run(settings, findings, since, clock.now(), tmp_path)
    clock.moment += timedelta(minutes=31)
    since = freshness.wrong_since(findings, clock.now(), tmp_path)
    assert not freshness.waits_for_first_run(settings, findings, since, clock.now(), tmp_path)


def test_a_missing_status_is_a_failure_at_once(
    make_settings: Callable[..., Settings], clock: MovableClock, tmp_path: Path
) -> None:
    settings = make_settings()
    job.run(settings, clock, tmp_path)
    (tmp_path / "public" / "status.json").unlink()
    findings = freshness.check(settings, clock, tmp_path)
    assert not freshness.waits_for_first_run(settings, findings, clock.now(), clock.now(), tmp_path)
    assert freshness.exit_status(findings) == 69


def test_the_check_loads_no_more_than_it_needs() -> None:
    """It runs twice as often as the job, and to load the rest of the program would take most of its time."""
    code = "import sys; from elytra_status import freshness; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    loaded = {".".join(name.split(".")[:2]) for name in done.stdout.split()}
    folders = ("sources", "documents", "decision", "history", "leak_guard", "run", "alerts")
    assert not loaded & {"botocore", "jsonschema", "sqlite3", *(f"elytra_status.{name}" for name in folders)}
