# SPDX-License-Identifier: MIT
"""Incidents at the prompt: titles, phases, components, templates, and the editor."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from elytra_status import errors
from elytra_status.announcements import store
from elytra_status.announcements.titles import title_of
from elytra_status.commands import editor
from elytra_status.model import Incident
from elytra_status.settings import Settings
from tests.in_process import run_command

pytestmark = pytest.mark.slow

Make = Callable[..., Settings]
# The only secret of these settings, which no text may hold.
SECRET = "hooks.slack.com/services/T0123456/B0123456/abcdefghijklmnopqrstuvwx"


@pytest.fixture
def incident(tmp_path: Path, make_settings: Make) -> Callable[..., int]:
    """Runs a command about incidents; the platform has the components Mail and Websites."""
    make_settings(
        COMPONENTS="Websites: 1; Mail: 2",
        INCIDENT_TEMPLATES=tmp_path / "templates",
        SLACK_WEBHOOK_URL=f"https://{SECRET}",
    )
    return lambda *words: run_command(tmp_path, "incident", *words)


def kept(directory: Path) -> Incident:
    (found,) = store.read(directory).incidents
    return found


def published(directory: Path) -> list[dict[str, Any]]:
    history = json.loads((directory / "public" / "history.json").read_bytes())
    found: list[dict[str, Any]] = history["incidents"]
    return found


def test_an_incident_goes_through_its_phases(
    incident: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--title", "Mail is delayed", "--component", "Mail", "--impact", "major")
    assert incident("open", "--text", "Mail arrives late.", *words) == 0
    identifier = kept(tmp_path).identifier
    assert (tmp_path / "public" / "incidents" / f"{identifier}.html").exists()
    assert incident("update", identifier, "--phase", "identified", "--text", "A disk is full.") == 0
    # What is known better now changes no text.
    assert incident("update", identifier, "--component", "Mail", "--component", "Websites") == 0
    assert incident("update", identifier, "--phase", "monitoring", "--text", "It is replaced.") == 0
    assert incident("update", identifier, "--phase", "resolved", "--text", "Mail arrives.") == 0
    assert incident("postmortem", identifier, "--text", "A disk was full.\n\nIt is larger now.") == 0
    (found,) = published(tmp_path)
    assert (found["title"], found["phase"], found["impact"]) == ("Mail is delayed", "resolved", "major")
    assert found["components"] == ["Websites", "Mail"]
    phases = [update["phase"] for update in found["updates"]]
    assert phases == ["investigating", "identified", "monitoring", "resolved"]
    assert found["postmortem"] == "A disk was full.\n\nIt is larger now."
    capsys.readouterr()
    assert incident("list", "--all") == 0
    shown = capsys.readouterr().out
    assert "Websites, Mail, Mail is delayed" in shown
    assert "A disk was full. It is larger now." in shown
    assert incident("remove", identifier) == 0
    assert published(tmp_path) == []
    assert not (tmp_path / "public" / "incidents" / f"{identifier}.html").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--text", "x", "--component", "DNS"), "is not a component of COMPONENTS. Use Websites, Mail"),
        (("--text", "x", "--phase", "solved"), "--phase is invalid. Use one of investigating, identified"),
        (("--text", "x", "--impact", "huge"), "--impact is invalid. Use one of none, minor, major, critical"),
        (("--text", "x", "--title", "t" * 121), "--title has 121 characters. Use at most 120"),
        (("--template", "network"), "holds no template of this name. Write one to"),
        (("--template", "../settings"), "holds no template of this name"),
        ((), "there is no text. Give --text, or run this at a terminal"),
    ],
)
def test_what_cannot_be_published_is_refused_with_what_would_be_right(
    words: tuple[str, ...],
    message: str,
    incident: Callable[..., int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert incident("open", *words) == errors.USAGE
    assert message in capsys.readouterr().err
    assert not (tmp_path / store.FILE).exists()


@pytest.mark.parametrize("option", ["--text", "--title"])
def test_a_secret_is_refused_in_every_text(
    option: str, incident: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = {"--text": "It is slow.", "--title": "Slow", option: f"See {SECRET}"}
    assert incident("open", *(word for pair in texts.items() for word in pair)) == errors.REFUSED
    assert f"{option}: nothing was changed" in capsys.readouterr().err
    assert not (tmp_path / store.FILE).exists()


def test_a_template_gives_what_the_options_do_not(
    incident: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "network").write_text("Title: The network is slow\nImpact: major\nComponent: Mail\n\nWe look.\n")
    (templates / "network~").write_text("Title: of an editor")
    (templates / "broken").write_text("Phase: solved\n\nx")
    assert incident("open", "--template", "network", "--impact", "critical") == 0
    found = kept(tmp_path)
    assert (found.title, found.impact.value, found.components) == ("The network is slow", "critical", ("Mail",))
    assert found.updates[0].text == "We look."
    assert incident("open", "--template", "disk") == errors.USAGE
    assert "Use broken, network" in capsys.readouterr().err
    assert incident("open", "--template", "broken") == errors.USAGE
    assert f"{templates / 'broken'}: Phase is invalid" in capsys.readouterr().err


@pytest.fixture
def edit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Makes a program the editor of a person at a terminal; returns the file with what it was shown."""
    monkeypatch.setattr(editor, "can_ask", lambda: True)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    monkeypatch.delenv("VISUAL", raising=False)

    def make(program: str) -> Path:
        shown = tmp_path / "shown"
        script = tmp_path / "my editor"
        lines = ("import pathlib, sys", "path = pathlib.Path(sys.argv[-1])", "text = path.read_text()")
        keep = f"pathlib.Path({str(shown)!r}).write_text(text)"
        script.write_text("\n".join((*lines, keep, program)))
        monkeypatch.setenv("EDITOR", f"{sys.executable} '{script}'")
        return shown

    return make


def test_without_a_text_the_editor_opens(
    incident: Callable[..., int], edit: Callable[[str], Path], tmp_path: Path
) -> None:
    shown = edit("path.write_text(text.replace('Title:', 'Title: Slow').replace('\\n\\n', '\\n\\nIt is\\nslow.', 1))")
    assert incident("open", "--impact", "critical") == 0
    assert "Impact: critical\nComponent: \n\n" in shown.read_text()
    assert "# Components: Websites, Mail" in shown.read_text()
    found = kept(tmp_path)
    assert (title_of(found), found.updates[0].text, found.impact.value) == ("Slow", "It is slow.", "critical")
    # An update shows what is known already.
    shown = edit(
        "path.write_text(text.replace('\\n\\n', '\\n\\nIt is fast.', 1).replace('investigating', 'monitoring'))"
    )
    assert incident("update", found.identifier) == 0
    assert shown.read_text().startswith("Title: Slow\nPhase: investigating\nImpact: critical\n")
    assert [update.phase.value for update in kept(tmp_path).updates] == ["investigating", "monitoring"]
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_text_that_is_refused_is_not_lost(
    incident: Callable[..., int],
    edit: Callable[[str], Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    edit(f"path.write_text(text.replace('\\n\\n', '\\n\\nSee {SECRET}', 1))")
    assert incident("open") == errors.REFUSED
    (saved,) = (tmp_path / "tmp").iterdir()
    assert f"your text is saved in {saved}" in capsys.readouterr().err
    assert SECRET in saved.read_text()
    assert saved.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("sys.exit(1)", "the editor ended with status 1; nothing was changed"),
        ("pass", "the text is empty; nothing was changed"),
        ("path.write_bytes(b'\\xff')", "the text is not UTF-8"),
        ("path.unlink()", "the text cannot be read"),
    ],
)
def test_an_editor_that_leaves_no_text_changes_nothing(
    program: str,
    message: str,
    incident: Callable[..., int],
    edit: Callable[[str], Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    edit(program)
    assert incident("open") == errors.USAGE
    assert message in capsys.readouterr().err
    assert not (tmp_path / store.FILE).exists()
    assert list((tmp_path / "tmp").iterdir()) == []


def test_nobody_writes_a_text_about_an_incident_that_is_not_there(
    incident: Callable[..., int], edit: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    shown = edit("pass")
    for action in ("update", "postmortem"):
        assert incident(action, "2025-01-01-1") == errors.USAGE
        assert "there is no incident with this ID" in capsys.readouterr().err
    assert not shown.exists()


def test_a_postmortem_is_written_in_the_editor(
    incident: Callable[..., int], edit: Callable[[str], Path], tmp_path: Path
) -> None:
    assert incident("open", "--text", "It is slow.") == 0
    identifier = kept(tmp_path).identifier
    assert incident("resolve", identifier) == 0
    shown = edit("path.write_text('A disk\\nwas full.\\n\\nIt is larger now.\\n' + text)")
    assert incident("postmortem", identifier) == 0
    assert "It is slow." in shown.read_text()
    postmortem = kept(tmp_path).postmortem
    assert postmortem
    assert postmortem.text == "A disk was full.\n\nIt is larger now."
