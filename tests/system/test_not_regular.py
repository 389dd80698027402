# SPDX-License-Identifier: MIT
"""Something that is not a regular file in the place of a file: it is refused with its name, and nobody waits for it."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from elytra_status.errors import SourceError
from elytra_status.run import logo_file
from elytra_status.settings import Settings
from elytra_status.sources import configured
from elytra_status.sources.source import PollRequest
from elytra_status.system import files
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.installation import Installation
from tests.run.test_saved_state import IN_ITS_PLACE, link

pytestmark = pytest.mark.slow

REASON = "not a regular file"


@pytest.mark.parametrize("make", IN_ITS_PLACE)
def test_what_lies_in_the_place_of_a_document_is_not_read(
    make: Callable[[Path], None], installation: Installation
) -> None:
    assert installation.call("run").returncode == 0
    installation.document.unlink()
    make(installation.document)
    for command, status in (("run", 69), ("check-freshness", 69)):
        result = installation.call(command)
        assert result.returncode == status, result.stderr
        assert f"cannot be read ({REASON})" in result.stderr + result.stdout


def test_a_document_larger_than_any_that_is_published_is_not_read(installation: Installation) -> None:
    assert installation.call("run").returncode == 0
    with installation.document.open("r+b") as file:
        file.truncate(2**31)
    for command in ("run", "check-freshness"):
        result = installation.call(command)
        assert result.returncode == 69
        assert "larger than 64 MB" in result.stderr + result.stdout


def test_a_logo_may_be_a_link_to_a_file_and_nothing_else(installation: Installation) -> None:
    picture = installation.directory / "logo.svg"
    os.mkfifo(picture)
    installation.set(PAGE_LOGO=str(picture), PUBLISH="status,page")
    result = installation.call("config", "check")
    assert result.returncode == 78
    assert REASON in result.stderr + result.stdout
    picture.unlink()
    link(picture)
    (installation.directory / "elsewhere").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    assert installation.call("config", "check").returncode == 0


@pytest.mark.parametrize("device", ["/dev/zero", None])
def test_what_is_imported_is_a_file(device: str | None, installation: Installation) -> None:
    given = Path(device) if device else installation.directory / "kuma.db"
    if not device:
        os.mkfifo(given)
    result = installation.call("history", "import", str(given))
    assert result.returncode == 64
    assert REASON in result.stderr


def test_a_database_that_is_a_link_to_itself_is_refused(installation: Installation) -> None:
    given = installation.directory / "kuma.db"
    given.symlink_to("kuma.db")
    result = installation.call("history", "import", str(given))
    assert result.returncode == 64
    assert f"{given} cannot be read ({REASON})" in result.stderr


def test_a_logo_that_is_a_link_to_itself_is_withheld(tmp_path: Path) -> None:
    (tmp_path / "logo.png").symlink_to("logo.png")
    with pytest.raises(OSError, match=r"logo\.png"):
        files.read_regular(tmp_path / "logo.png", follows_links=True)
    assert logo_file.problem_of_logo(str(tmp_path / "logo.png"))


@pytest.mark.parametrize("kind", ["state file", "logo", "evidence"])
def test_a_device_is_not_opened(
    kind: str, tmp_path: Path, make_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    real = os.open

    def note(path: str | Path, *arguments: int, **options: int) -> int:
        opened.append(os.path.realpath(path))
        return real(path, *arguments, **options)

    device = Path("/dev/null") if kind == "state file" else tmp_path / "link"
    if kind != "state file":
        device.symlink_to("/dev/null")
    settings = make_settings(BACKUP_RESTIC=device)
    monkeypatch.setattr(os, "open", note)
    if kind == "evidence":
        (source,) = configured(settings)
        with pytest.raises(SourceError, match="BACKUP_RESTIC is not a regular file"):
            source.poll(PollRequest(datetime.now(UTC), 10, clock=SYSTEM_CLOCK))
    else:
        with pytest.raises(files.NotRegularError):
            files.read_regular(device, follows_links=kind == "logo")
    assert "/dev/null" not in opened
