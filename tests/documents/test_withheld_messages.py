# SPDX-License-Identifier: MIT
"""What is said of a text that is withheld: the cause, the ways out, and names on a terminal of this machine alone."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from elytra_status import errors
from elytra_status.announcements import incidents, store
from elytra_status.leak_guard.rules import Private
from elytra_status.leak_guard.search import find_leaks
from elytra_status.run import job, private_terms
from elytra_status.settings import Settings
from elytra_status.system.clock import SystemClock
from tests.conftest import API_KEY, MovableClock
from tests.documents.test_withheld import ORDINARY, announce_all, kuma, status, values, written_by_the_sample
from tests.in_process import run_command

pytestmark = pytest.mark.slow

Make = Callable[..., Settings]


def on_terminal(directory: Path, *words: str) -> tuple[int, str]:
    """Return the exit status of a command on a terminal of its own, and what it writes there."""
    ours, theirs = pty.openpty()
    options = ["--config", str(directory / "elytra-status.conf"), "--state-directory", str(directory)]
    command = [sys.executable, "-m", "elytra_status", *words, *options]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True)
    os.close(theirs)
    written = bytearray()
    with suppress(OSError):  # Linux returns EIO after the last writer has closed.
        while piece := os.read(ours, 4096):
            written += piece
    os.close(ours)
    return process.wait(), " ".join(written.decode().split())


@pytest.mark.parametrize("words", [("run",), ("config", "check"), ("summary", "--explain"), ("doctor",)])
def test_a_terminal_shows_the_name_and_the_line_that_allows_it(
    words: tuple[str, ...], make_settings: Make, tmp_path: Path
) -> None:
    with kuma(SystemClock(), ["Nightly", "API"]) as server:  # type: ignore[arg-type]
        make_settings(**values(server, BACKUP_POLICY=f"Nightly backups of the API, key {API_KEY}.", PAGE_TITLE="API"))
        _, told = on_terminal(tmp_path, *words)
        assert "BACKUP_POLICY is withheld from the public, as it holds the secret UPTIME_KUMA_API_KEY" in told
        assert API_KEY not in told
        make_settings(**values(server, BACKUP_POLICY="Nightly backups of the API.", PAGE_TITLE="API"))
        _, told = on_terminal(tmp_path, *words)
        assert "the name of monitor uptime_kuma:2" in told
        assert "Nightly" in told
        if words != ("doctor",):
            assert 'Change the text, or add "API", "Nightly" to PUBLIC_WORDS: PUBLIC_WORDS="API,Nightly"' in told


@pytest.mark.parametrize("words", [("run",), ("config", "check"), ("summary", "--json")])
def test_output_that_is_no_terminal_gets_the_key_and_no_name(
    words: tuple[str, ...], make_settings: Make, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with kuma(MovableClock(), ["Acme", "API"]) as server:
        make_settings(**values(server, BACKUP_POLICY="Backups of Acme."))
        run_command(tmp_path, *words)
    told = capfd.readouterr()
    assert "BACKUP_POLICY is withheld from the public, as it holds the name of monitor uptime_kuma:1" in told.err
    assert "Acme" not in told.err + told.out


def test_the_line_that_is_shown_allows_all_names_of_all_texts_at_once(
    make_settings: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["Web", "The new shop", "R&D's API", "Mail"]
    texts = {
        "COMPONENTS": "Web: 1; Mail: 4",
        "BACKUP_POLICY": "Backups of Web, the new shop and R&D's API.",
        "INCIDENT_TEXT": "The mail is down.",
        "PUBLIC_WORDS": "Website",
    }
    with kuma(MovableClock(), names) as server:
        make_settings(**values(server, **texts))
        assert run_command(tmp_path, "summary") == 0
        told = [one for one in capsys.readouterr().out.splitlines() if one.startswith("Withheld")]
        assert len(told) == len(texts) - 1
        (line,) = {one.rpartition(": ")[2].removesuffix(".") for one in told}
        assert line.startswith("PUBLIC_WORDS=")
        file = tmp_path / "elytra-status.conf"
        kept = [one for one in file.read_text("utf-8").splitlines() if not one.startswith("PUBLIC_WORDS")]
        file.write_text("\n".join([*kept, line, ""]), encoding="utf-8")
        assert run_command(tmp_path, "config", "check") != errors.SETTINGS  # nobody is at STATUS_URL
        assert run_command(tmp_path, "run") == 0
    assert "withheld" not in capsys.readouterr().err
    assert status(tmp_path)["backups"]["policy"] == texts["BACKUP_POLICY"]


def test_one_line_allows_forty_ordinary_names_in_all_texts_and_announcements(
    make_settings: Make, tmp_path: Path
) -> None:
    clock = MovableClock()
    announce_all(tmp_path, clock, "Main and internal mail, the shop and its help are slow; we restart the database.")
    with kuma(clock, list(ORDINARY), (0, 0)) as server:
        given = values(server, **{**written_by_the_sample(), "INCIDENT_TEXT": "A service in the network is down."})
        outcome = job.run(make_settings(**given), clock, tmp_path)
        assert status(tmp_path)["platform_status"] == "degraded"  # as the override says
        assert len(outcome.withheld) >= 6
        (line,) = {one.allowing for one in outcome.withheld}
        clock.moment += timedelta(minutes=10)
        outcome = job.run(make_settings(**given, PUBLIC_WORDS=line.partition("=")[2].strip('"')), clock, tmp_path)
    assert outcome.withheld == ()


def test_a_name_with_a_comma_cannot_be_allowed_and_that_is_said(
    make_settings: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with kuma(MovableClock(), ["Peña y Hijos, S.A."]) as server:
        make_settings(**values(server, BACKUP_POLICY="Backups of Peña y Hijos, S.A."))
        assert run_command(tmp_path, "summary") == 0
    assert "Change the text: PUBLIC_WORDS cannot hold a name with a comma." in capsys.readouterr().out


def test_a_text_of_the_past_that_is_private_by_now_is_left_out_with_a_message_and_is_no_fault(
    make_settings: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str], log_lines: list[str]
) -> None:
    clock = MovableClock()
    now = clock.now().replace(microsecond=0) - timedelta(hours=3)
    store.change(tmp_path, clock, lambda there: incidents.begin(there, "Acme is down.", now, "root"))
    identifier = f"{now:%Y-%m-%d}-1"
    store.change(
        tmp_path,
        clock,
        lambda there: incidents.resolve(there, identifier, "All is well.", now + timedelta(hours=1), "root"),
    )
    with kuma(clock, ["Acme", "API"]) as server:
        settings = make_settings(**values(server))
        outcome = job.run(settings, clock, tmp_path)
        assert [(one.name, one.is_past, one.words) for one in outcome.withheld] == [
            (f"an update of incident {identifier}", True, ("Acme",))
        ]
        assert "withheld" not in outcome.summary
        line = f"NOTICE an update of incident {identifier} is left out of the past, as it holds the name of monitor"
        assert any(one.startswith(line) for one in log_lines)
        assert run_command(tmp_path, "config", "check") != errors.SETTINGS  # nobody is at STATUS_URL
        assert run_command(tmp_path, "summary") == errors.DONE
        assert f"Left out  an update of incident {identifier} is left out of the past" in capsys.readouterr().out
    feed = (tmp_path / "public" / "feed.atom").read_text("utf-8")
    assert "Acme" not in feed
    assert "All is well." in feed


def test_a_secret_that_is_a_word_of_the_documents_is_said_to_be_none(
    make_settings: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = "NTFY_TOPIC: the value is a word of the published documents, and no secret. Choose a long, random value."
    with kuma(MovableClock(), ["Acme", "API"]) as server:
        for topic, is_told in (("Platform", True), ("operational", True), ("p7f3-x9q2-k4vd", False)):
            make_settings(**values(server, NTFY_TOPIC=topic))
            assert run_command(tmp_path, "config", "check") != errors.SETTINGS  # nobody is at STATUS_URL
            captured = capsys.readouterr()
            assert (told in captured.err) is is_told
            assert topic not in captured.err + captured.out
            run_command(tmp_path, "doctor")
            assert ("a word of the published documents" in " ".join(capsys.readouterr().out.split())) is is_told


def test_a_refusal_shows_the_name_on_a_terminal_alone() -> None:
    findings = find_leaks("Acme is down", Private({}, frozenset(), frozenset(), frozenset({"Acme"})))
    assert '"Acme"' in private_terms.refusal_of(findings, shows_word=True).problem
    assert "Acme" not in private_terms.refusal_of(findings).problem
