# SPDX-License-Identifier: MIT
"""Publishing to a directory: whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from elytra_status import errors, publish
from elytra_status.errors import PublishError
from elytra_status.publish.target import Target
from elytra_status.publish.upload import publish as publish_set
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.publishing import BADGE, NOW, Make, documents_of

pytestmark = pytest.mark.slow


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# To a directory


@pytest.fixture
def directory(make_settings: Make, tmp_path: Path) -> Target:
    return publish.configured(make_settings(), tmp_path, SYSTEM_CLOCK)


def test_without_a_bucket_it_goes_to_a_directory(make_settings: Make, tmp_path: Path) -> None:
    chosen = tmp_path / "srv" / "status"
    for settings, path in ((make_settings(), tmp_path / "public"), (make_settings(PUBLIC_DIRECTORY=chosen), chosen)):
        place = publish.configured(settings, tmp_path, SYSTEM_CLOCK)
        assert place.description == str(path)
        assert publish_set(place, [BADGE, *documents_of()], NOW, clock=SYSTEM_CLOCK)
        assert (path / "status.json").read_bytes() == documents_of()[-1].body
        assert (path / "badge.svg").read_bytes() == BADGE.body
        assert sorted(each.name for each in path.iterdir()) == ["badge.svg", "status.json"]


def test_a_web_server_may_read_it_whatever_the_umask(make_settings: Make, tmp_path: Path) -> None:
    path = tmp_path / "new" / "public"
    old = os.umask(0o077)
    try:
        publish_set(
            publish.configured(make_settings(PUBLIC_DIRECTORY=path), tmp_path, SYSTEM_CLOCK),
            documents_of(),
            NOW,
            clock=SYSTEM_CLOCK,
        )
    finally:
        os.umask(old)
    assert mode_of(path / "status.json") == 0o644
    assert mode_of(path) == 0o755
    assert mode_of(path.parent) == 0o755


def test_the_mode_of_a_directory_that_was_there_is_the_administrators(make_settings: Make, tmp_path: Path) -> None:
    (tmp_path / "public").mkdir()
    (tmp_path / "public").chmod(0o2750)
    publish_set(publish.configured(make_settings(), tmp_path, SYSTEM_CLOCK), documents_of(), NOW, clock=SYSTEM_CLOCK)
    assert mode_of(tmp_path / "public") == 0o2750


def test_a_reader_sees_the_old_or_the_new_and_nothing_between(directory: Target, tmp_path: Path) -> None:
    bodies = {letter * 300_000 for letter in (b"a", b"b")}
    seen: set[bytes] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.add((tmp_path / "public" / "status.json").read_bytes())

    directory.write(replace(BADGE, name="status.json", body=b"a" * 300_000))
    reader = threading.Thread(target=read)
    reader.start()
    for number in range(100):
        directory.write(replace(BADGE, name="status.json", body=(b"a", b"b")[number % 2] * 300_000))
    done.set()
    reader.join()
    assert seen <= bodies


def test_a_file_system_without_locks_keeps_nothing_from_being_published(
    directory: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flock(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", flock)
    assert publish_set(directory, documents_of(), NOW, clock=SYSTEM_CLOCK)


@pytest.mark.parametrize("call", ["os.fsync", "os.fchmod", "os.replace"])
def test_what_fails_in_the_middle_leaves_the_last_good_document_alone(
    call: str, directory: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    publish_set(directory, documents_of(), NOW, clock=SYSTEM_CLOCK)
    before = (tmp_path / "public" / "status.json").read_bytes()
    monkeypatch.setattr(call, fail)
    with pytest.raises(PublishError, match="No space left on device") as caught:
        publish_set(
            directory, documents_of(NOW + timedelta(minutes=10)), NOW + timedelta(minutes=10), clock=SYSTEM_CLOCK
        )
    assert "free space" in caught.value.remedy
    assert (tmp_path / "public" / "status.json").read_bytes() == before
    assert [path.name for path in (tmp_path / "public").iterdir()] == ["status.json"]


FULL_DISK = """
import os, sys
from datetime import timedelta
from pathlib import Path
from elytra_status import publish
from elytra_status.errors import PublishError
from elytra_status.settings import Settings
from elytra_status.publish.upload import publish as publish_set
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.publishing import NOW, documents_of
path = Path(sys.argv[1])
place = publish.configured(Settings(public_directory=str(path)), path, SYSTEM_CLOCK)
publish_set(place, documents_of(), NOW, clock=SYSTEM_CLOCK)
before = (path / "status.json").read_bytes()
if sys.argv[2] == "full":
    try:
        (path / "filler").write_bytes(b"x" * 1_000_000)
    except OSError:
        pass
else:
    assert os.system(f"mount -o remount,ro {path}") == 0
later = NOW + timedelta(minutes=10)
try:
    publish_set(place, documents_of(later), later, clock=SYSTEM_CLOCK)
except PublishError as error:
    print(error)
assert (path / "status.json").read_bytes() == before
assert {each.name for each in path.iterdir()} <= {"status.json", "filler"}
"""


@pytest.mark.parametrize(("case", "words"), [("full", "No space left on device"), ("read-only", "Read-only")])
def test_a_disk_that_is_full_or_read_only(case: str, words: str, tmp_path: Path) -> None:
    can_mount = ["unshare", "--mount", "mount", "-t", "tmpfs", "none", str(tmp_path)]
    if not shutil.which("unshare") or subprocess.run(can_mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting is not allowed here")
    script = 'mount -t tmpfs -o size=64k none "$1" && exec "$2" -c "$3" "$1" "$4"'
    command = ["unshare", "--mount", "sh", "-c", script, "sh", str(tmp_path), sys.executable, FULL_DISK, case]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert words in done.stdout
    assert "PUBLIC_DIRECTORY" in done.stdout


@pytest.mark.parametrize("case", ["a folder in its place", "a file above"])
def test_what_prevents_the_upload_is_named(case: str, make_settings: Make, tmp_path: Path) -> None:
    path = tmp_path / "srv"
    if case == "a folder in its place":
        (path / "status.json" / "x").mkdir(parents=True)
    else:
        path.write_text("a file")
        path = path / "public"
    with pytest.raises(PublishError) as caught:
        publish_set(
            publish.configured(make_settings(PUBLIC_DIRECTORY=path), tmp_path, SYSTEM_CLOCK),
            documents_of(),
            NOW,
            clock=SYSTEM_CLOCK,
        )
    assert str(path) in str(caught.value)
    assert caught.value.exit_status == errors.UNAVAILABLE


def test_a_document_that_is_missing_from_the_directory_is_an_error_in_words(directory: Target) -> None:
    with pytest.raises(PublishError, match=r"status\.json"):
        directory.check_as_visitor(documents_of()[-1])
