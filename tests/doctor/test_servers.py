# SPDX-License-Identifier: MIT
"""The doctor's findings about web servers and mail servers: names, certificates, clocks, visitors, alerts."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from elytra_status.doctor import channels, clocks, public_address, servers
from elytra_status.doctor.finding import Finding, Level
from elytra_status.run import saved_state, server_times
from elytra_status.system.clock import SYSTEM_CLOCK, Clock
from tests.alert_servers import (
    SENDGRID_KEY,
    Mailbox,
    SendGrid,
    hanging_server,
    mail_server,
    make_certificate,
    sendgrid_server,
)
from tests.conftest import MovableClock
from tests.examined import bad, context, examine, of
from tests.hostile_s3 import HostileS3, Reply
from tests.visited import good

# aiosmtpd warns about a login without STARTTLS, even with TLS from the first byte on.
pytestmark = [pytest.mark.filterwarnings("ignore:Requiring AUTH"), pytest.mark.slow]

PASSWORD = "marker-password-é-%+/"
DAY = timedelta(days=1)


@contextmanager
def over_tls(certificate: Path) -> Iterator[HostileS3]:
    """A web server with a certificate."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    with HostileS3(tls) as server:
        yield server


# Names and certificates


@pytest.fixture(autouse=True)
def no_proxy_beside_us(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ignore a proxy of this machine: the build of a Debian package sets one that does not exist."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def at(tmp_path: Path, url: str, clock: Clock | None = None, **values: object) -> list[Finding]:
    return examine(servers.AREA, context(tmp_path, clock, STATUS_URL=f"{url}/status.json", **values))


def test_no_server_is_checked_that_is_not_set(tmp_path: Path) -> None:
    assert examine(servers.AREA, context(tmp_path)) == []


def test_a_server_without_tls(hostile: HostileS3, tmp_path: Path) -> None:
    (finding,) = at(tmp_path, hostile.url)
    assert (finding.level, finding.seen) == (Level.OK, "127.0.0.1, without TLS")


@pytest.mark.parametrize(
    ("begins", "ends", "level", "words"),
    [
        # As issued for 90 days and renewed a month before.
        (-60 * DAY, 30 * DAY, "ok", "certificate good for 29 days"),
        (-76 * DAY, 13 * DAY, "warning", "certificate good for 12 days"),
        (-88 * DAY, 2 * DAY, "fault", "certificate good for 47 hours"),
        # For six days, and renewed in the middle.
        (-3 * DAY, 3 * DAY, "ok", "certificate good for 2 days"),
        (-5 * DAY, DAY, "warning", "certificate good for 23 hours"),
        (-90 * DAY, -DAY, "fault", "its certificate has expired"),
        (DAY, 90 * DAY, "fault", "its certificate is not yet valid"),
    ],
)
def test_a_certificates_days(begins: timedelta, ends: timedelta, level: str, words: str, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, begins, ends)
    with over_tls(certificate) as server:
        (finding,) = at(tmp_path, server.url, CA_BUNDLE=certificate)
    assert finding.level.value == level
    assert words in finding.seen
    assert bool(finding.remedy) is (level != "ok")


def test_a_certificate_that_nobody_vouches_for(tmp_path: Path) -> None:
    with over_tls(make_certificate(tmp_path)) as server:
        (finding,) = at(tmp_path, server.url)
    assert (finding.level, finding.seen) == (Level.FAULT, "its certificate is self-signed")
    assert "CA_BUNDLE" in finding.remedy


def test_a_certificate_for_another_name(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, host="other.example")
    with over_tls(certificate) as server:
        (finding,) = at(tmp_path, server.url, CA_BUNDLE=certificate)
    assert finding.level is Level.FAULT
    assert finding.seen == "its certificate is for another name"
    assert "STATUS_URL" in finding.remedy


def test_an_invalid_bundle_is_a_fault(hostile: HostileS3, tmp_path: Path) -> None:
    findings = at(tmp_path, hostile.url, CA_BUNDLE="/dev/null")
    assert of(findings, "CA_BUNDLE").level is Level.FAULT
    assert "PEM" in of(findings, "CA_BUNDLE").remedy


def test_a_server_that_does_not_speak_tls(hostile: HostileS3, tmp_path: Path) -> None:
    (finding,) = at(tmp_path, hostile.url.replace("http:", "https:"))
    assert finding.level is Level.FAULT
    assert "does not speak TLS" in finding.seen


def test_a_name_that_is_not_known(tmp_path: Path) -> None:
    (finding,) = at(tmp_path, "https://nothing.invalid")
    assert (finding.name, finding.level) == ("nothing.invalid", Level.FAULT)
    assert "resolvectl query nothing.invalid" in finding.remedy


def test_a_dns_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    never = threading.Event()
    monkeypatch.setattr(servers, "SECONDS", 0.2)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **more: never.wait())
    (finding,) = at(tmp_path, "https://status.example.com", SYSTEM_CLOCK)
    never.set()
    assert (finding.level, finding.seen) == (Level.FAULT, "DNS timed out")


def test_a_closed_port(tmp_path: Path) -> None:
    (finding,) = at(tmp_path, "https://127.0.0.1:9")
    assert finding.level is Level.FAULT
    assert finding.seen == "127.0.0.1 is unreachable, Connection refused"


def test_a_server_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "SECONDS", 0.2)
    with hanging_server() as port:
        (finding,) = at(tmp_path, f"https://127.0.0.1:{port}")
    assert finding.level is Level.FAULT
    assert "does not answer within" in finding.seen


@pytest.mark.parametrize("variable", ["https_proxy", "ALL_PROXY"])
def test_a_proxy_of_the_environment(variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "http://proxy.example:3128")
    (finding,) = at(tmp_path, "https://status.example.com")
    assert finding.level is Level.SKIPPED


def test_each_server_is_inspected_once_and_those_that_are_nobodys_choice_are_not(
    hostile: HostileS3, tmp_path: Path
) -> None:
    more = {"UPTIME_KUMA_URL": hostile.url, "SENDGRID_URL": "https://api.sendgrid.com"}
    assert len(at(tmp_path, hostile.url, **more)) == 1


# Clocks


def told(tmp_path: Path, shift: timedelta, *urls: str, at: datetime | None = None) -> list[Finding]:
    """The findings if this machine's clock is that far behind."""
    names = ("STATUS_URL", "UPTIME_KUMA_URL")
    clock = MovableClock((at or datetime.now(UTC)) - shift)
    return examine(clocks.AREA, context(tmp_path, clock, **dict(zip(names, urls, strict=False))))


@pytest.mark.parametrize(
    ("shift", "level", "words"),
    [
        (timedelta(0), "ok", "the same time"),
        (timedelta(seconds=25), "ok", "seconds ahead of this machine"),
        (timedelta(minutes=2, seconds=30), "warning", "minutes ahead of this machine"),
        (-timedelta(minutes=3), "warning", "minutes behind this machine"),
        (timedelta(minutes=7), "fault", "minutes ahead of this machine"),
        (-timedelta(days=500), "fault", "days behind this machine"),
    ],
)
def test_a_clock(shift: timedelta, level: str, words: str, hostile: HostileS3, tmp_path: Path) -> None:
    # The server's clock stands still too: on a busy machine seconds may pass before it answers.
    at = datetime(2025, 11, 10, 15, 30, tzinfo=UTC)
    hostile.always(Reply(200, headers={"Date": format_datetime(at, usegmt=True)}))
    (finding,) = told(tmp_path, shift, hostile.url, at=at)
    assert finding.level.value == level
    assert words in finding.seen
    if level != "ok":
        assert finding.remedy == "set this machine's clock: timedatectl set-ntp true"


def test_a_wrong_clock_is_found_even_if_it_keeps_certificates_from_verifying(tmp_path: Path) -> None:
    with over_tls(make_certificate(tmp_path)) as server:
        (finding,) = told(tmp_path, -timedelta(days=900), server.url)
    assert finding.level is Level.FAULT
    assert "timedatectl" in finding.remedy


def test_where_another_server_agrees_it_is_the_servers_clock(hostile: HostileS3, tmp_path: Path) -> None:
    with HostileS3() as wrong:
        wrong.always(Reply(200, headers={"Date": format_datetime(datetime.now(UTC) + timedelta(hours=1))}))
        findings = told(tmp_path, timedelta(0), hostile.url, wrong.url)
    (finding,) = bad(findings)
    assert finding.level is Level.FAULT
    assert "other servers agree with this machine" in finding.remedy


def test_a_copy_from_a_cache_is_as_old_as_it_says(hostile: HostileS3, tmp_path: Path) -> None:
    then = datetime.now(UTC) - timedelta(minutes=10)
    hostile.always(Reply(200, headers={"Date": format_datetime(then, usegmt=True), "Age": "600"}))
    assert bad(told(tmp_path, timedelta(0), hostile.url)) == []


@pytest.mark.parametrize("headers", [{"Date": "yesterday"}, {"Date": ""}, {"Age": "x"}, {"Age": "9" * 30}])
def test_an_invalid_date_is_ignored(headers: dict[str, str], hostile: HostileS3, tmp_path: Path) -> None:
    hostile.always(Reply(200, headers=headers))
    (finding,) = told(tmp_path, timedelta(0), hostile.url)
    assert (finding.level, finding.seen) == (Level.WARNING, "no server has sent its time")


def test_no_server_sends_its_time(tmp_path: Path) -> None:
    (finding,) = told(tmp_path, timedelta(0), "http://127.0.0.1:9")
    assert finding.level is Level.WARNING


def test_a_server_that_hangs_sends_no_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_times, "SECONDS", 0.2)
    with hanging_server() as port:
        (finding,) = told(tmp_path, timedelta(0), f"https://127.0.0.1:{port}")
    assert finding.level is Level.WARNING


# What visitors get


def visited(tmp_path: Path, clock: MovableClock, **values: object) -> list[Finding]:
    return examine(public_address.AREA, context(tmp_path, clock, **values))


def test_a_fresh_status(hostile: HostileS3, clock: MovableClock, tmp_path: Path) -> None:
    hostile.web_headers = {}
    hostile.answer = lambda request: good(clock.now() - timedelta(minutes=3))
    (finding,) = visited(tmp_path, clock, STATUS_URL=f"{hostile.url}/status.json")
    assert finding.level is Level.OK
    assert finding.seen == f"{hostile.url}/status.json: unknown, 3 minutes old, with the right headers"


@pytest.mark.parametrize(
    ("answer", "words", "remedy"),
    [
        (lambda now: good(now - timedelta(hours=2)), "is 2 hours old", "see on the machine that publishes"),
        (lambda now: good(now + timedelta(hours=2)), "in the future", "timedatectl"),
        (
            lambda now: Reply(404),
            "returned 404 (it does not exist, or is not public)",
            "check that it is the address of this bucket and key",
        ),
        (lambda now: Reply(502), "returned 502", "see the log of the proxy"),
        (lambda now: Reply(200, b"<html>", good(now).headers), "is not a valid status", "nobody else writes there"),
        (lambda now: good(now, Content_Type="text/html"), "Content-Type is text/html", "pass it on as it is"),
        (lambda now: good(now, Content_Type="text/\x1bchtml"), "Content-Type is text/ chtml", "pass it on as it is"),
        (lambda now: good(now, Cache_Control="no"), "Cache-Control does not limit", "pass it on as it is"),
        (lambda now: good(now, Access_Control_Allow_Origin="null"), "(CORS)", "elytra-status cors apply"),
    ],
)
def test_what_is_wrong_for_visitors(
    answer: Callable[[datetime], Reply],
    words: str,
    remedy: str,
    hostile: HostileS3,
    clock: MovableClock,
    tmp_path: Path,
) -> None:
    hostile.web_headers = {}
    hostile.answer = lambda request: answer(clock.now())
    (tmp_path / "state").mkdir(mode=0o711)
    (tmp_path / "state" / "last-run.json").write_text("{}")
    (finding,) = visited(tmp_path, clock, STATUS_URL=f"{hostile.url}/status.json")
    assert finding.level is Level.FAULT
    assert words in finding.seen
    assert remedy in finding.remedy


def test_a_cache_that_keeps_its_copy_too_long(hostile: HostileS3, clock: MovableClock, tmp_path: Path) -> None:
    with HostileS3() as cache:
        hostile.web_headers = cache.web_headers = {}
        hostile.answer = lambda request: good(clock.now())
        cache.answer = lambda request: good(clock.now() - timedelta(hours=2))
        findings = visited(
            tmp_path,
            clock,
            STATUS_URL=f"{cache.url.replace('127.0.0.1', 'localhost')}/status.json",
            SPACES_ENDPOINT=hostile.url,
            SPACES_ACCESS_KEY="DO00KEYOFTHEPLATFORM",
            SPACES_SECRET_KEY="secret/of+the=platform",
            STATUS_BUCKET="status",
        )
    assert [(finding.name, finding.level.value) for finding in findings] == [
        ("status.json", "fault"),
        ("status.json in the bucket", "ok"),
    ]
    assert "lower its TTL or purge it" in findings[0].remedy


def test_before_the_first_run_there_is_nothing_and_that_is_no_fault(clock: MovableClock, tmp_path: Path) -> None:
    (finding,) = visited(tmp_path, clock)
    assert (finding.level, finding.seen) == (Level.WARNING, "nothing is published yet")
    saved_state.write(tmp_path / "state", saved_state.SavedState())
    (finding,) = visited(tmp_path, clock)
    assert finding.level is Level.FAULT


def test_an_address_that_hangs(
    hostile: HostileS3, clock: MovableClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_address, "SECONDS", 0.2)
    hostile.always(Reply(fault="hang"))
    (finding,) = visited(tmp_path, clock, STATUS_URL=f"{hostile.url}/status.json")
    assert finding.level is Level.FAULT
    assert "timed out, no complete response" in finding.seen


# Alerts


SWITCH = "dead man's switch"


def alerted(tmp_path: Path, clock: Clock | None = None, **values: object) -> list[Finding]:
    findings = examine(channels.AREA, context(tmp_path, clock, **values))
    return [finding for finding in findings if finding.name != SWITCH]


def mail(server: Mailbox, **more: object) -> dict[str, object]:
    return {
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": server.port,
        "SMTP_SECURITY": "none",
        "SMTP_FROM": "elytra-status@example.com",
        "ALERT_EMAIL_TO": "admin@example.com,on-call@example.com",
        **more,
    }


def sendgrid(server: SendGrid, **more: object) -> dict[str, object]:
    return {
        "SENDGRID_API_KEY": SENDGRID_KEY,
        "SENDGRID_FROM_EMAIL": "elytra-status@example.com",
        "SENDGRID_ADMIN_EMAIL": "admin@example.com",
        "SENDGRID_URL": server.url,
        **more,
    }


def test_without_any_channel_there_is_a_warning(tmp_path: Path) -> None:
    (finding,) = alerted(tmp_path)
    assert finding.level is Level.WARNING
    assert finding.remedy.startswith("set SMTP_HOST, or another channel, in ")


@pytest.mark.parametrize(
    ("security", "shown"), [("starttls", "over TLS"), ("tls", "over TLS"), ("none", "not encrypted")]
)
def test_a_mail_server_that_would_take_a_mail_gets_none(security: str, shown: str, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    values: dict[str, object] = {"SMTP_SECURITY": security, "CA_BUNDLE": certificate}
    login = ("elytra-status", PASSWORD) if security != "none" else None
    if login:
        values |= {"SMTP_USER": login[0], "SMTP_PASSWORD": login[1]}
    with mail_server(certificate if login else None, security, login) as server:
        (finding,) = alerted(tmp_path, **mail(server, **values))
        assert server.mails == server.raw == []
    assert finding.level is Level.OK
    assert f"accepts mail to all 2 of ALERT_EMAIL_TO, {shown}" in finding.seen
    assert ("with the login" in finding.seen) is bool(login)


@pytest.mark.parametrize(
    ("refuses", "level", "words"),
    [
        ({"MAIL": "550 5.7.1 not you"}, "fault", "refuses with 550 5.7.1"),
        ({"on-call@example.com": "550 5.1.1 nobody"}, "fault", "refuses with 550 5.1.1"),
        ({"on-call@example.com": "450 4.2.0 greylisted"}, "warning", "refuses with 450 4.2.0"),
        ({"QUIT": "421 no"}, "ok", "accepts mail"),
    ],
)
def test_what_a_mail_server_refuses(refuses: dict[str, str], level: str, words: str, tmp_path: Path) -> None:
    with mail_server() as server:
        server.refuses |= refuses
        (finding,) = alerted(tmp_path, **mail(server))
        assert server.mails == []
    assert finding.level.value == level
    assert words in finding.seen


def test_a_login_that_is_wrong(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    with mail_server(certificate, "starttls", ("elytra-status", "another")) as server:
        values = {"SMTP_SECURITY": "starttls", "CA_BUNDLE": certificate, "SMTP_USER": "x", "SMTP_PASSWORD": PASSWORD}
        (finding,) = alerted(tmp_path, **mail(server, **values))
    assert finding.level is Level.FAULT
    assert "SMTP_PASSWORD" in finding.remedy
    assert PASSWORD not in finding.seen + finding.remedy


def test_a_mail_server_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "ANSWER_SECONDS", 0.3)
    with hanging_server() as port:
        (finding,) = alerted(tmp_path, **mail(Mailbox(port)))
    assert finding.level is Level.FAULT
    assert "timed out after" in finding.seen


def test_a_mail_server_that_keeps_one_waiting_again_and_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "SECONDS", 0.3)
    with hanging_server() as port:
        (finding,) = alerted(tmp_path, SYSTEM_CLOCK, **mail(Mailbox(port)))
    assert (finding.level, finding.seen) == (Level.FAULT, "timed out after 0 s")


def test_a_key_of_sendgrid_that_may_send(tmp_path: Path) -> None:
    with sendgrid_server() as server:
        (finding,) = alerted(tmp_path, **sendgrid(server))
        assert (finding.level, server.requests, server.accepted) == (Level.OK, 1, [])


@pytest.mark.parametrize(
    ("status", "level", "remedy"),
    [
        (401, "fault", "set SENDGRID_API_KEY to a key that exists"),
        (403, "warning", "elytra-status alert test"),
        (404, "fault", "check SENDGRID_URL"),
        (429, "warning", "wait: it limits the rate of messages"),
        (302, "fault", "set the address it redirects to"),
        (500, "warning", "see status.sendgrid.com"),
    ],
)
def test_what_sendgrid_answers(status: int, level: str, remedy: str, tmp_path: Path) -> None:
    with sendgrid_server() as server:
        server.answer = (status, {"Location": "https://elsewhere.example/"} if status == 302 else {})
        (finding,) = alerted(tmp_path, **sendgrid(server))
    assert finding.level.value == level
    assert remedy in finding.remedy
    assert SENDGRID_KEY not in finding.seen + finding.remedy


def test_a_key_of_sendgrid_that_may_not_send(tmp_path: Path) -> None:
    with sendgrid_server() as server:
        server.scopes = ("stats.read",)
        (finding,) = alerted(tmp_path, **sendgrid(server))
    assert (finding.level, finding.remedy) == (Level.FAULT, "give it the permission Mail Send")


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"scopes": 1}', b"[" * 100_000])
def test_an_answer_that_is_not_sendgrids(body: bytes, tmp_path: Path) -> None:
    with sendgrid_server() as server:
        server.body = body
        (finding,) = alerted(tmp_path, **sendgrid(server))
    assert finding.level is Level.FAULT
    assert finding.remedy == "check SENDGRID_URL"


WEB_WAYS = {
    "slack": ("SLACK_WEBHOOK_URL", "/services/T0/B0/Pl4nted", {}),
    "teams": ("TEAMS_WEBHOOK_URL", "/workflows/Pl4nted", {}),
    "webhook": ("WEBHOOK_URL", "/hook/Pl4nted", {}),
    "ntfy": ("NTFY_URL", "", {"NTFY_TOPIC": "Pl4nted"}),
    SWITCH: ("DEAD_MAN_URL", "/ping/Pl4nted", {}),
}


@pytest.mark.parametrize("name", WEB_WAYS)
def test_a_web_service_is_only_reached_and_sent_nothing(name: str, hostile: HostileS3, tmp_path: Path) -> None:
    setting, path, more = WEB_WAYS[name]
    hostile.always(Reply(302, headers={"Location": "https://elsewhere.example/"}))
    at = context(tmp_path, **{setting: f"{hostile.url}{path}", **more})
    finding = of(examine(channels.AREA, at), name)
    assert finding.level is Level.OK
    (request,) = hostile.requests
    assert (request.method, request.path) == ("HEAD", "/")
    assert "Pl4nted" not in finding.seen
    at = context(tmp_path, **{setting: f"http://127.0.0.1:9{path}", **more})
    finding = of(examine(channels.AREA, at), name)
    assert (finding.level, finding.seen) == (Level.FAULT, "127.0.0.1:9 is unreachable, connection refused")


def test_without_a_switch_that_is_said(tmp_path: Path) -> None:
    finding = of(examine(channels.AREA, context(tmp_path)), SWITCH)
    assert finding.level is Level.SKIPPED
    assert "DEAD_MAN_URL is not set" in finding.seen
