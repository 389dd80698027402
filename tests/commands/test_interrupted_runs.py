# SPDX-License-Identifier: MIT
"""What a run leaves if it is ended, if the disk is full, or if state cannot be saved."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from elytra_status.demo.replay import ReplayServer
from tests.conftest import API_KEY, wait_until
from tests.installation import PATHS, Installation, Start, environment, hang, on_a_small_disk, publish
from tests.installed import COMMAND

pytestmark = pytest.mark.slow

NOBODY = 65534

# What a run leaves where it is ended


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_run_that_is_ended_while_it_waits_for_an_answer_ends_at_once(
    number: signal.Signals, installation: Installation, with_kuma: ReplayServer
) -> None:
    publish(installation)
    before = installation.document.read_bytes()
    hang(with_kuma)
    with_kuma.requests.clear()
    with installation.start("run") as process:
        wait_until(lambda: len(with_kuma.requests) >= len(PATHS))
        process.send_signal(number)
        _, words = process.communicate(timeout=300)
    assert process.returncode == -number
    assert f"ended by {number.name}" in words
    assert "Traceback" not in words
    assert installation.document.read_bytes() == before
    assert installation.left_behind() == []


def test_a_run_that_was_started_with_nohup_outlives_its_terminal(
    installation: Installation, with_kuma: ReplayServer
) -> None:
    hang(with_kuma)
    words = ["nohup", COMMAND, "run", *installation.options()]
    with subprocess.Popen(words, stderr=subprocess.DEVNULL, env=environment(SOURCE_DEADLINE_SECONDS="1")) as process:
        wait_until(lambda: len(with_kuma.requests) >= len(PATHS))
        process.send_signal(signal.SIGHUP)
    assert process.returncode == 0
    assert installation.published()["platform_status"] == "unknown"


def test_a_run_that_is_ended_before_the_confirmation_poll_has_published_nothing(
    installation: Installation, start_kuma: Start
) -> None:
    kuma = start_kuma("v2.5.3", "one-down")
    installation.set(UPTIME_KUMA_URL=kuma.url, UPTIME_KUMA_API_KEY=API_KEY, UPTIME_KUMA_STATUS_PAGE="elytra")
    with installation.start("run") as process:
        assert process.stderr
        while "confirmation poll in" not in (line := process.stderr.readline()):
            assert line, "it ended without a second look"
        process.terminate()
        process.communicate(timeout=60)
    assert process.returncode == -signal.SIGTERM
    assert not installation.document.exists()
    assert installation.left_behind() == []
    installation.set()
    publish(installation)


def in_python(program: str, installation: Installation) -> Any:
    """Return a program that writes JSON to a file, the document, and the output of a run."""
    result = installation.directory / "result.json"
    words = [sys.executable, "-c", program, str(result), str(installation.document), "run", *installation.options()]
    given = environment(PYTHONPATH=str(Path(__file__).resolve().parents[2]))
    done = subprocess.run(words, capture_output=True, text=True, env=given, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(result.read_text("utf-8"))


# Ends a run at each call that it makes to write the document, and reports how each run ended and what it left.
ENDED = """
import json, signal, sys
from pathlib import Path
from tests.each_call import signal_at_each_call
from tests.in_process import run_words

def writes_the_document(frame):
    return frame.f_code.co_name == "write_atomically" and frame.f_locals["path"].name == "status.json"

def left_behind(directory):
    return [str(path) for path in directory.rglob(".*") if path.name != ".publisher.json"]

result, file, *words = sys.argv[1:]
run_words(*words)
found = [
    [status, Path(file).read_text(), left_behind(Path(file).parent)]
    for status in signal_at_each_call(signal.SIGTERM, lambda: run_words(*words), writes_the_document)
]
Path(result).write_text(json.dumps(found))
"""


def test_a_run_that_is_ended_at_any_moment_leaves_a_whole_document(installation: Installation) -> None:
    installation.set(PUBLISH="status")
    ends = set()
    for status, body, left_behind in in_python(ENDED, installation):
        ends.add(status)
        assert json.loads(body)["platform_status"] == "unknown"
        assert left_behind == []
    assert ends == {0, signal.SIGTERM}


def test_what_a_killed_run_left_behind_is_cleared_away(installation: Installation) -> None:
    """After SIGKILL, or a loss of power."""
    publish(installation)
    old, fresh, foreign = (
        installation.document.with_name(name) for name in (".status.json.a1", ".status.json.b2", ".other")
    )
    for path in (old, fresh, foreign):
        path.write_text("{")
    for path in (old, foreign):
        os.utime(path, (0, 0))
    publish(installation)
    assert not old.exists()
    assert fresh.exists(), "it could be another's who is writing now"
    assert foreign.exists()


# Reads the document before and after each call to the operating system of a run that replaces it.
READ = """
import json, os, sys
from tests.each_call import at_each_call
from tests.in_process import run_words
result, file, *words = sys.argv[1:]

def look(frame=None):
    with open(file) as document:
        seen[os.fstat(document.fileno()).st_ino, document.read()] = True

run_words(*words)
seen = {}
with at_each_call(look):
    run_words(*words)
look()
with open(result, "w") as written:
    json.dump(list(seen), written)
"""


def test_a_reader_never_sees_half_a_document(installation: Installation) -> None:
    """There are the old and the new document. Neither is changed where a reader finds it."""
    (old, before), (new, after) = in_python(READ, installation)
    assert json.loads(before)["schema_version"] == json.loads(after)["schema_version"] == 1
    assert after == installation.document.read_text("utf-8")
    assert old != new


SHOW = 'cmp "$STATE/public/status.json" "$STATE/good" && echo same; find "$STATE" -name ".?*" ! -name .publisher.json'


def test_a_full_disk_leaves_the_last_document(installation: Installation) -> None:
    result = on_a_small_disk(
        installation,
        'run; cp "$STATE/public/status.json" "$STATE/good"; cat /dev/zero > "$STATE/filler" || true\n'
        f"run || echo status $?; {SHOW}\n"
        'rm "$STATE/filler"; run && echo mended',
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout == "status 69\nsame\nmended\n"
    assert "cannot be written (No space left on device). Free space on the disk" in result.stderr


def test_a_disk_that_is_read_only_leaves_the_last_document(installation: Installation) -> None:
    result = on_a_small_disk(
        installation,
        'run; cp "$STATE/public/status.json" "$STATE/good"; mount -o remount,bind,ro "$STATE"\n'
        f"run || echo status $?; {SHOW}",
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout == "status 69\nsame\n"
    assert "cannot be written (Read-only file system)" in result.stderr


def test_state_that_cannot_be_kept_does_not_keep_from_publishing(installation: Installation) -> None:
    public = installation.directory / "public"
    installation.set(PUBLIC_DIRECTORY=str(public))
    result = on_a_small_disk(installation, 'mount -o remount,bind,ro "$STATE"; run && echo done')
    assert result.stdout == "done\n", result.stderr
    assert "cannot be written to (Read-only file system)" in result.stderr
    assert (public / "status.json").exists()


def test_a_run_by_root_leaves_what_the_services_user_can_read_and_replace() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can act for another user")
    reach = ["setpriv", "--reuid", str(NOBODY), "--clear-groups", "test", "-r", __file__]
    if subprocess.run(reach, check=False).returncode:
        pytest.skip("this checkout lies where no other user can read it")
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        installation = Installation(Path(directory))
        installation.set()
        installation.state.mkdir(mode=0o711)
        os.chown(installation.state, NOBODY, NOBODY)
        publish(installation)
        assert installation.call("check-freshness").returncode == 0
        for path in (installation.document, installation.document.parent, installation.state / "last-run.json"):
            assert path.stat().st_uid == NOBODY, path
