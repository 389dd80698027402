# SPDX-License-Identifier: MIT
"""The doctor as a whole: all areas together, whatever hangs; its table, its JSON, its exit status."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from elytra_status import doctor
from elytra_status.demo.replay import ReplayFault, ReplayServer
from elytra_status.doctor import report
from elytra_status.doctor.finding import Area, Context, Finding, Level, fault, ok, skipped, warning
from elytra_status.errors import SourceError
from elytra_status.run import saved_state
from elytra_status.system.clock import SYSTEM_CLOCK, Clock, from_text
from tests.alert_servers import hanging_server, mail_server
from tests.conftest import API_KEY
from tests.doctor.test_targets import Rights, settings
from tests.examined import context
from tests.hostile_s3 import HostileS3, Reply
from tests.installed import COMMAND
from tests.visited import body_of, good

pytestmark = pytest.mark.slow

NOBODY = 65534
CLIENT = "Acme-Shop"


def call(directory: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    words = [COMMAND, "doctor", *arguments]
    words += ["--config", str(directory / "elytra-status.conf"), "--state-directory", str(directory / "state")]
    return subprocess.run(
        words,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **environment},
        timeout=60,
        check=False,
        cwd="/",
    )


@pytest.fixture
def in_order(tmp_path: Path, start_kuma: Callable[..., ReplayServer], hostile: HostileS3) -> Iterator[HostileS3]:
    """Settings with which all is well, and their storage."""
    kuma = start_kuma("v2.5.3", "all-up")
    now = datetime.now(UTC)
    rights = Rights(("world", "read", "status"))
    hostile.answer = rights
    hostile.web_headers = {"Access-Control-Allow-Origin": "*"}
    headers = {name.replace("-", "_"): value for name, value in good(now).headers.items()}
    hostile.put("/status/status.json", body_of(now), **headers)
    hostile.put(f"/backups/{CLIENT}/1.gz", b"x")
    with mail_server() as mailbox:
        values = settings(
            hostile,
            UPTIME_KUMA_URL=kuma.url,
            UPTIME_KUMA_API_KEY=API_KEY,
            UPTIME_KUMA_STATUS_PAGE="elytra",
            BACKUP_GROUPS="prefix",
            SMTP_HOST="127.0.0.1",
            SMTP_PORT=mailbox.port,
            SMTP_SECURITY="none",
            SMTP_FROM="from@example.com",
            ALERT_EMAIL_TO="to@example.com",
        )
        context(tmp_path, **values)
        yield hostile
        assert mailbox.mails == []


def everything_in(directory: Path) -> dict[str, tuple[bytes | None, float, int]]:
    return {
        str(path): (path.read_bytes() if path.is_file() else None, path.stat().st_mtime, path.stat().st_mode)
        for path in [directory, *directory.rglob("*")]
    }


def test_all_is_well_and_nothing_is_changed(in_order: HostileS3, tmp_path: Path) -> None:
    saved_state.write(tmp_path / "state", saved_state.SavedState())
    before, objects = everything_in(tmp_path), dict(in_order.objects)
    result = call(tmp_path)
    assert result.returncode == 0, result.stdout
    assert result.stderr == ""
    assert not re.search("[⚠✗]", result.stdout)
    assert re.search(r"✓ \d+ in order.*nothing changed$", result.stdout.strip())
    assert everything_in(tmp_path) == before
    assert in_order.objects == objects


def test_the_json_says_the_same_and_names_no_client(in_order: HostileS3, tmp_path: Path) -> None:
    old = in_order.objects[f"/backups/{CLIENT}/1.gz"]
    in_order.objects[f"/backups/{CLIENT}/1.gz"] = type(old)(
        old.body, old.headers, old.acl, datetime.now(UTC) - timedelta(hours=30)
    )
    table, told = call(tmp_path), call(tmp_path, "--json")
    assert (table.returncode, told.returncode, told.stderr) == (1, 1, "")
    document = json.loads(told.stdout)
    assert document["exit_status"] == 1
    assert abs(from_text(document["checked_at"]) - datetime.now(UTC)) < timedelta(minutes=1)
    (old_group,) = (finding for finding in document["findings"] if finding["level"] == "warning")
    assert old_group == {
        "area": "sources",
        "name": "group 1 of 1",
        "level": "warning",
        "seen": "the newest backup is 30 hours old (at most 25 hours)",
        "remedy": "see the log of its backup job; if the group is meant to end, elytra-status backups retire GROUP",
    }
    assert all(finding["remedy"] is None for finding in document["findings"] if finding is not old_group)
    assert CLIENT not in told.stdout
    assert f"⚠ group {CLIENT}" in table.stdout


def test_unconfigured_it_says_what_to_set_next(tmp_path: Path) -> None:
    context(tmp_path)
    result = call(tmp_path)
    assert result.returncode == 1
    assert f"→ set UPTIME_KUMA_URL in {tmp_path}/elytra-status.conf" in " ".join(result.stdout.split())
    assert "✗" not in result.stdout


def test_with_wrong_settings_it_checks_what_can_be_read(in_order: HostileS3, tmp_path: Path) -> None:
    with (tmp_path / "elytra-status.conf").open("a") as file:
        file.write("MONITOR_STALE_MINUTES=never\n")
    result = call(tmp_path, "--json")
    assert result.returncode == 2
    findings = json.loads(result.stdout)["findings"]
    assert [finding["name"] for finding in findings if finding["level"] == "fault"] == ["MONITOR_STALE_MINUTES"]
    assert {"uptime_kuma", "write status", "smtp"} <= {item["name"] for item in findings if item["level"] == "ok"}


@pytest.mark.parametrize(
    "lines",
    ["STATUS_BUCKET=status\n", "BACKUP_BUCKET=backups\n", "SMTP_HOST=127.0.0.1\n", "SENDGRID_API_KEY=x\n", "x\n" * 100],
)
def test_incomplete_settings_are_reported_once_and_are_no_internal_error(lines: str, tmp_path: Path) -> None:
    context(tmp_path)
    (tmp_path / "elytra-status.conf").write_text(lines)
    result = call(tmp_path)
    assert result.returncode == 2
    assert "internal error" not in result.stdout
    assert "Traceback" not in result.stderr


def test_another_user_sees_what_was_not_checked_and_how_to_check_it(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("root may read everything, and there has to be another user")
    reach = ["setpriv", "--reuid", str(NOBODY), "--clear-groups"]
    if subprocess.run([*reach, "test", "-r", __file__], check=False).returncode:
        pytest.skip("this checkout lies where no other user can read it")
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)
        context(Path(directory), UPTIME_KUMA_URL="http://127.0.0.1:9")
        words = [*reach, COMMAND, "doctor", "--config", f"{directory}/elytra-status.conf"]
        words += ["--state-directory", f"{directory}/state"]
        result = subprocess.run(words, capture_output=True, text=True, check=False, cwd="/")
    assert result.returncode == 2
    # Lines are wrapped differently if a path is long.
    told = " ".join(result.stdout.split())
    assert "cannot be read (Permission denied)" in told
    assert "sources, connections, history, targets, public address, servers, clock, alerts" in told
    assert "sudo elytra-status doctor" in told
    assert "UPTIME_KUMA_URL in" not in told, "it is set, but could not be read"


def test_it_ends_in_time_whatever_hangs(tmp_path: Path, start_kuma: Callable[..., ReplayServer]) -> None:
    kuma = start_kuma("v2.5.3", "all-up")
    kuma.faults |= dict.fromkeys(
        ("/metrics", "/api/status-page/elytra", "/api/status-page/heartbeat/elytra"), ReplayFault(hang=True)
    )
    with ExitStack() as stack:
        storage, public = (stack.enter_context(HostileS3()) for _ in range(2))
        storage.always(Reply(200, b"x" * 1000, fault="trickle"))
        public.always(Reply(fault="hang"))
        tls, mail, api = (stack.enter_context(hanging_server()) for _ in range(3))
        values = settings(
            storage,
            UPTIME_KUMA_URL=kuma.url,
            UPTIME_KUMA_STATUS_PAGE="elytra",
            BACKUP_ENDPOINT=f"https://127.0.0.1:{tls}",
            STATUS_URL=f"{public.url}/status.json",
            SMTP_HOST="127.0.0.1",
            SMTP_PORT=mail,
            SMTP_SECURITY="none",
            SMTP_FROM="from@example.com",
            ALERT_EMAIL_TO="to@example.com",
            SENDGRID_API_KEY="SG.x",
            SENDGRID_FROM_EMAIL="from@example.com",
            SENDGRID_ADMIN_EMAIL="to@example.com",
            SENDGRID_URL=f"https://127.0.0.1:{api}",
        )
        context(tmp_path, **values)
        result = call(tmp_path, "--json")
    assert result.returncode == 2, result.stderr
    findings = json.loads(result.stdout)["findings"]
    told = {finding["area"] for finding in findings if finding["level"] in ("warning", "fault")}
    assert {"sources", "targets", "public address", "servers", "alerts"} <= told


# All areas together


def areas(monkeypatch: pytest.MonkeyPatch, **checks: Callable[[Context], Iterator[Finding]]) -> None:
    """Replace all areas."""
    monkeypatch.setattr(doctor, "AREAS", tuple(Area(name, check) for name, check in checks.items()))


def examine(tmp_path: Path, clock: Clock | None = None, **values: object) -> list[tuple[str, str, str]]:
    findings = doctor.examine(context(tmp_path, clock, **values), lambda: None)
    return [(finding.area, finding.level.value, finding.seen) for finding in findings]


def test_what_an_area_found_before_it_hung_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()

    def slow(at: Context) -> Iterator[Finding]:
        yield ok("first", "seen")
        ended.wait()
        yield ok("second", "seen too late")

    def quick(at: Context) -> Iterator[Finding]:
        yield ok("only", "seen")

    areas(monkeypatch, slow=slow, quick=quick)
    monkeypatch.setattr(doctor, "SECONDS", 0.3)
    found = examine(tmp_path, SYSTEM_CLOCK)
    ended.set()
    assert found == [
        ("slow", "ok", "seen"),
        ("slow", "fault", "did not end within 0 s"),
        ("quick", "ok", "seen"),
    ]


def test_an_internal_error_in_an_area_is_reported_without_its_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(at: Context) -> Iterator[Finding]:
        yield ok("first", "seen")
        raise KeyError("Pl4nted")

    def failing(at: Context) -> Iterator[Finding]:
        raise SourceError("it is so", "do that")
        yield

    areas(monkeypatch, broken=broken, failing=failing)
    assert examine(tmp_path) == [
        ("broken", "ok", "seen"),
        ("broken", "fault", "internal error (KeyError)"),
        ("failing", "fault", "it is so"),
    ]
    assert ("broken", "skipped", "not checked: the settings are invalid") in examine(tmp_path, LOG_LEVEL="loud")


def test_rights_are_given_up_before_a_server_is_queried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []

    def noting(name: str) -> Callable[[Context], Iterator[Finding]]:
        def check(at: Context) -> Iterator[Finding]:
            order.append(name)
            return iter(())

        return check

    monkeypatch.setattr(
        doctor, "AREAS", (Area("network", noting("network")), Area("local", noting("local"), as_caller=True))
    )
    doctor.examine(context(tmp_path), lambda: order.append("given up"))
    assert order == ["local", "given up", "network"]
    outside = {area.name for area in doctor.__dict__["AREAS"] if area.as_caller}
    assert outside == {"local"}


@pytest.mark.parametrize(
    ("levels", "status"),
    [
        ([], 0),
        ([Level.OK, Level.SKIPPED], 0),
        ([Level.OK, Level.WARNING], 1),
        ([Level.WARNING, Level.FAULT, Level.OK], 2),
        ([Level.FAULT], 2),
    ],
)
def test_the_exit_status_is_that_of_the_worst(levels: list[Level], status: int) -> None:
    assert doctor.exit_status([Finding("name", level, "seen") for level in levels]) == status


# The table


FINDINGS = [
    Finding("file", Level.OK, "/etc/elytra-status/elytra-status.conf, root, 0640", area="settings"),
    Finding("group 1 of 9", Level.FAULT, "the newest backup is old", "see the job", label="group Zoë", area="sources"),
    Finding("a name that is too long for the column", Level.WARNING, "word " * 40, "do " * 40, area="targets"),
    Finding("systemd", Level.SKIPPED, "does not run here", area="timers"),
]


@pytest.mark.parametrize("width", [20, 80, 93, 100, 500])
def test_the_table_is_no_wider_than_the_terminal(width: int) -> None:
    lines = report.findings_table(FINDINGS, 1.2, width, report.style("utf-8", coloured=False)).splitlines()
    assert max(map(len, lines)) <= min(max(width, 80), 100)
    assert "  ✗ group Zoë  the newest backup is old" in lines
    assert "               → see the job" in lines
    assert lines[-1] == "✗ 1 fault, ⚠ 1 warning, ✓ 1 in order, – 1 skipped; 1.2 s, nothing changed"


def test_findings_with_one_cause_are_shown_once() -> None:
    findings = [
        Finding("write status", Level.FAULT, "it is gone", "bring it back", area="targets"),
        Finding("backup key", Level.WARNING, "it is gone", "bring it back", area="targets"),
        Finding("status.json", Level.FAULT, "it is gone", "bring it back", area="public address"),
        Finding("one", Level.OK, "the same time", area="clock"),
        Finding("other", Level.OK, "the same time", area="clock"),
    ]
    text = report.findings_table(findings, 1, 100, report.style("utf-8", coloured=False))
    assert text.count("it is gone") == 2
    assert "✗ write status, backup key\n" in text
    assert text.count("the same time") == 2
    assert "✗ 2 faults, ✓ 2 in order" in text


@pytest.mark.parametrize("encoding", ["ascii", "iso-8859-1", "ANSI_X3.4-1968", "no-such-encoding"])
def test_where_the_signs_are_missing_there_are_others(encoding: str) -> None:
    text = report.findings_table([ok("a", "b"), warning("c", "d", "e"), fault("f", "g", "h"), skipped("i", "j")], 1, 80,
                        report.style(encoding, coloured=False))  # fmt: skip
    assert text.isascii()
    for words in ("+ a  b", "! c  d", "-> e", "X f  g", "- i  j"):
        assert words in text


def test_in_the_c_locale_the_table_is_ascii(tmp_path: Path) -> None:
    context(tmp_path)
    result = call(tmp_path, LC_ALL="C")
    assert result.returncode == 1
    assert result.stdout.isascii()


def on_a_terminal(tmp_path: Path, **environment: str) -> str:
    """Return what is written to a terminal."""
    ours, theirs = pty.openpty()
    words = [COMMAND, "doctor", "--config", str(tmp_path / "elytra-status.conf")]
    words += ["--state-directory", str(tmp_path / "state")]
    whole = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "xterm", "COLUMNS": "80", **environment}
    with subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, env=whole, cwd="/") as process:
        os.close(theirs)
        written = b""
        try:
            while part := os.read(ours, 65536):
                written += part
        except OSError:  # The terminal ends with its last user.
            pass
        process.wait(60)
    os.close(ours)
    return written.decode()


def test_a_terminal_gets_colours_unless_they_are_not_wanted(tmp_path: Path) -> None:
    context(tmp_path)
    assert "\033[33m⚠\033[0m" in on_a_terminal(tmp_path)
    assert "\033" not in on_a_terminal(tmp_path, NO_COLOR="1")
    assert "\033" not in on_a_terminal(tmp_path, TERM="dumb")
    assert "\033" not in call(tmp_path).stdout
