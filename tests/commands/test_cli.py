# SPDX-License-Identifier: MIT
"""The commands as people and systemd use them: real processes, their output, exit statuses and ends."""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from elytra_status import __version__, schema, sources
from elytra_status.cli import build_parser, main
from elytra_status.demo.replay import ReplayFault, ReplayServer
from elytra_status.errors import EXIT_STATUSES
from elytra_status.settings import DEFINITIONS
from elytra_status.settings.definitions import OF_KIND
from elytra_status.sources import backup_evidence
from elytra_status.system.files import lock_directory
from tests.conftest import API_KEY, wait_until
from tests.hostile_s3 import HostileS3, Reply, Request, error
from tests.installed import BESIDE, COMMAND

pytestmark = pytest.mark.slow

HEARTBEAT = "/api/status-page/heartbeat/elytra"
PATHS = ("/metrics", HEARTBEAT, "/api/status-page/elytra")
NOBODY = 65534
# Every monitor name in the recordings.
NAMES = ("Elytra API", "Scheduler", "Storage: /scratch", "Internal only", "Line one", "billing", "Süd")

Result = subprocess.CompletedProcess[str]
Start = Callable[..., ReplayServer]


def environment(**more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **more}


def heed_signals() -> None:
    """Undo what nohup, or a shell for a background job, passes on to the tests and their children."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


@dataclass
class Place:
    """A directory with a settings file and a state directory, for calling commands."""

    directory: Path

    @property
    def file(self) -> Path:
        return self.directory / "elytra-status.conf"

    @property
    def state(self) -> Path:
        return self.directory / "state"

    @property
    def document(self) -> Path:
        return self.state / "public" / "status.json"

    def set(self, **values: str) -> None:
        self.file.write_text("".join(f'{name}="{value}"\n' for name, value in values.items()), encoding="utf-8")
        self.file.chmod(0o600)

    def options(self) -> list[str]:
        return ["--config", str(self.file), "--state-directory", str(self.state)]

    def call(self, *arguments: str, **more: str) -> Result:
        words = [COMMAND, *arguments, *self.options()]
        return subprocess.run(
            words, capture_output=True, text=True, env=environment(**more), timeout=60, check=False, cwd="/"
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        words = [COMMAND, *arguments, *self.options()]
        return subprocess.Popen(
            words, stderr=subprocess.PIPE, text=True, env=environment(), cwd="/", preexec_fn=heed_signals
        )

    def published(self) -> dict[str, Any]:
        document, problems = schema.parse_status(self.document.read_bytes())
        assert document, problems
        return document

    def left_behind(self) -> list[str]:
        return [str(path) for path in self.directory.rglob(".*")]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path)
    place.set()
    return place


@pytest.fixture
def with_kuma(place: Place, start_kuma: Start) -> ReplayServer:
    """A replayed Uptime Kuma that the settings name."""
    kuma = start_kuma("v2.5.3", "all-up")
    place.set(UPTIME_KUMA_URL=kuma.url, UPTIME_KUMA_API_KEY=API_KEY, UPTIME_KUMA_STATUS_PAGE="elytra")
    return kuma


def hang(kuma: ReplayServer) -> None:
    for path in PATHS:
        kuma.faults[path] = ReplayFault(hang=True)


# Exit statuses


def nothing(place: Place) -> None:
    """Change nothing."""


def publish(place: Place) -> None:
    assert place.call("run").returncode == 0


def publish_something_old(place: Place) -> None:
    publish(place)
    document = place.published() | {"updated_at": "2020-01-01T00:00:00Z", "stale_after": "2020-01-01T00:30:00Z"}
    place.document.write_text(json.dumps(document), encoding="utf-8")


def publish_something_else(place: Place) -> None:
    publish(place)
    place.document.write_text("<html>", encoding="utf-8")


def publish_and_remove(place: Place) -> None:
    publish(place)
    place.document.unlink()


def break_announcements(place: Place) -> None:
    place.state.mkdir()
    (place.state / "announcements.json").write_text("{", encoding="utf-8")


LEAK = {"STATUS_URL": "https://status.example.com/10.20.30.40.json"}
LEAKING_TEXT = {"INFRASTRUCTURE_NOTES": "It runs on 10.20.30.40."}
WRONG = {"LOG_LEVEL": "loud"}
CASES: list[tuple[int, list[str], dict[str, str], Callable[[Place], object]]] = [
    (0, ["run"], {}, nothing),
    (0, ["summary"], {}, nothing),
    (0, ["summary", "--json"], {}, nothing),
    (0, ["config", "check"], {}, nothing),
    (0, ["config", "show"], {}, nothing),
    (0, ["config", "sample"], {}, nothing),
    (0, ["schema"], {}, nothing),
    (0, ["override", "show"], {}, nothing),
    (0, ["override", "set", "--status=outage", "--note=A disk has failed."], {}, nothing),
    (0, ["maintenance", "list"], {}, nothing),
    (0, ["incident", "list"], {}, nothing),
    (1, ["doctor"], {}, publish),
    (1, ["doctor", "--json"], {}, nothing),
    (2, ["doctor"], WRONG, nothing),
    (2, ["doctor", "--json"], LEAK, nothing),
    (2, ["doctor", "--json"], LEAKING_TEXT, nothing),
    (0, ["run"], LEAKING_TEXT, nothing),
    (0, ["summary"], LEAKING_TEXT, nothing),
    (0, ["summary", "--explain"], LEAK, nothing),
    (0, ["override", "set", "--status=outage", "--note=A disk has failed."], LEAKING_TEXT, nothing),
    (0, ["check-freshness"], {}, publish),
    (1, ["check-freshness"], {}, publish_something_old),
    (1, ["check-freshness"], {}, publish_something_else),
    (64, [], {}, nothing),
    (64, ["nonsense"], {}, nothing),
    (64, ["run", "--nonsense"], {}, nothing),
    (64, ["run", "now"], {}, nothing),
    (64, ["config"], {}, nothing),
    (64, ["config", "chek"], {}, nothing),
    (64, ["summary", "--js"], {}, nothing),
    (64, ["override"], {}, nothing),
    (64, ["override", "set"], {}, nothing),
    (64, ["override", "set", "--status=outage", "--note="], {}, nothing),
    (64, ["override", "set", "--status=operational", "--note=All is well."], {}, nothing),
    (64, ["maintenance", "remove", "2025-11-10-1"], {}, nothing),
    (64, ["incident", "resolve", "2025-11-10-1"], {}, nothing),
    (64, ["doctor", "--js"], {}, nothing),
    (64, ["run", "--config="], {}, nothing),
    (64, ["run", "--state-directory="], {}, nothing),
    (64, ["demo", "--scenario", "nonsense"], {}, nothing),
    (64, ["run"], {}, lambda place: place.state.touch()),
    (65, ["run"], LEAK, nothing),
    (65, ["override", "set", "--status=outage", "--note=It is 10.20.30.40."], {}, nothing),
    (65, ["summary"], LEAK, nothing),
    (65, ["summary", "--json"], LEAK, nothing),
    (69, ["run"], {"PUBLIC_DIRECTORY": "/proc/nowhere"}, nothing),
    (69, ["check-freshness"], {}, publish_and_remove),
    (69, ["check-freshness"], {"STATUS_URL": "http://127.0.0.1:9/status.json"}, nothing),
    (78, ["run"], WRONG, nothing),
    (78, ["summary"], WRONG, nothing),
    (78, ["check-freshness"], WRONG, nothing),
    (78, ["config", "check"], WRONG, nothing),
    (78, ["config", "check"], LEAK, nothing),
    (78, ["config", "check"], LEAKING_TEXT, nothing),
    (78, ["config", "show"], WRONG, nothing),
    (66, ["run"], {}, break_announcements),
    (66, ["override", "set", "--status=outage", "--note=A disk has failed."], {}, break_announcements),
    (78, ["cors", "show"], {}, nothing),
    (78, ["cors", "apply"], {}, nothing),
    (78, ["run"], {}, lambda place: place.file.unlink()),
]


@pytest.mark.parametrize(("status", "arguments", "settings", "prepare"), CASES)
def test_the_exit_status_says_what_happened(
    status: int, arguments: list[str], settings: dict[str, str], prepare: Callable[[Place], object], place: Place
) -> None:
    place.set(**settings)
    prepare(place)
    result = place.call(*arguments)
    assert result.returncode == status, result.stderr
    assert result.stderr or status == 0 or arguments[:1] == ["doctor"], "nothing is said"
    assert "Traceback" not in result.stderr
    assert place.left_behind() == []


def test_two_runs_at_once_are_one_run(place: Place) -> None:
    with lock_directory(place.state):
        result = place.call("run")
    assert result.returncode == 75
    assert "another run" in result.stderr
    assert place.call("run").returncode == 0


def test_an_internal_error_is_reported_without_any_value(place: Place) -> None:
    program = (
        "import sys; from elytra_status import cli; from elytra_status.run import job\n"
        "def fail(*arguments): raise KeyError('Pl4nted')\n"
        "job.run = fail; sys.exit(cli.main(sys.argv[1:]))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, "run", *place.options()],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )
    assert result.returncode == 70
    assert "internal error (KeyError); please report it" in result.stderr
    assert "line 2, in fail" in result.stderr
    assert "Pl4nted" not in result.stderr


def test_every_exit_status_of_the_table_is_tested() -> None:
    assert {status for status, *_ in CASES} | {70, 75} == set(EXIT_STATUSES)


# What is asked for with --help


def below(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Return the subcommands of a parser, by name."""
    found = [action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return found[0] if found else {}


def commands() -> list[str]:
    return list(below(build_parser()))


def callable_commands() -> list[str]:
    """Return the commands that do something; those in groups have the group's name before them."""
    every = [
        (f"{name} {inner}".strip(), parser)
        for name, first in below(build_parser()).items()
        for inner, parser in {"": first, **below(first)}.items()
    ]
    return [name for name, parser in every if parser.get_default("do")]


@pytest.mark.parametrize("command", commands())
def test_the_parser_of_one_command_has_no_other_and_the_same_help(command: str) -> None:
    alone, full = build_parser([command]), build_parser()
    assert list(below(alone)) == [command]
    assert alone.format_usage() == full.format_usage()
    ours, theirs = below(alone)[command], below(full)[command]
    assert ours.format_help() == theirs.format_help()
    assert {name: inner.format_help() for name, inner in below(ours).items()} == {
        name: inner.format_help() for name, inner in below(theirs).items()
    }


def test_a_command_is_parsed_without_adding_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[list[str]] = []

    def noted(words: Sequence[str] = ()) -> argparse.ArgumentParser:
        built.append(list(below(parser := build_parser(words))))
        return parser

    monkeypatch.setattr("elytra_status.cli.build_parser", noted)
    for words in (["run", "--help"], ["--config", "/etc/own.conf", "run", "--help"], ["ruin"], ["--help"], []):
        with pytest.raises(SystemExit):
            main(words)
    assert built == [["run"], commands(), commands(), commands(), commands()]


@pytest.mark.parametrize("command", sorted({*commands(), *callable_commands()}))
def test_every_command_explains_itself_with_an_example_that_is_right(command: str) -> None:
    result = subprocess.run([COMMAND, *command.split(), "--help"], capture_output=True, text=True, check=True)
    example = result.stdout.partition("example: ")[2].strip()
    words = shlex.split(re.split(r"[|>&]", example)[0])
    if words[0] == "elytra-status":
        parsed = build_parser().parse_args(words[1:])
        assert f"{parsed.command} {getattr(parsed, 'action', '')} ".startswith(f"{command} ")
    else:
        assert words[0] == "systemctl"
    assert "--state-directory" in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize(
    "words", [["summary"], ["config", "show"], ["override", "show"], ["history"], ["cors", "show"]]
)
def test_the_options_of_all_commands_may_stand_anywhere(words: list[str], tmp_path: Path) -> None:
    own = ["--config", "/etc/own.conf", "--state-directory", "/srv/state"]
    for place in range(len(words) + 1):
        options = build_parser().parse_args([*words[:place], *own, *words[place:]])
        assert (options.config, options.state_directory) == ("/etc/own.conf", "/srv/state")
    options = build_parser().parse_args(["--config", "/etc/first.conf", *words, "--config", "/etc/second.conf"])
    assert (options.config, options.state_directory) == ("/etc/second.conf", None)
    assert build_parser().parse_args(words).config is None


def test_a_settings_file_that_is_named_before_the_command_is_read(place: Place) -> None:
    place.set(LOG_LEVEL="loud")
    for words in ([*place.options(), "summary"], [*place.options(), "config", "check"]):
        result = subprocess.run(
            [COMMAND, *words], capture_output=True, text=True, env=environment(), timeout=60, check=False, cwd="/"
        )
        assert result.returncode == 78
        assert f"{place.file}:1: LOG_LEVEL" in result.stderr


def test_help_names_every_command_and_version_is_the_version() -> None:
    text = subprocess.run([COMMAND, "--help"], capture_output=True, text=True, check=True).stdout
    for command in commands():
        assert re.search(rf"^ +{command}\b", text, re.MULTILINE)
    assert subprocess.run([COMMAND, "--version"], capture_output=True, text=True, check=True).stdout == (
        f"elytra-status {__version__}\n"
    )


def test_the_help_is_that_of_the_full_parser() -> None:
    assert build_parser(["--help"]).format_help() == build_parser().format_help()


HEAVY = ("requests", "urllib3", "boto3", "botocore", "jsonschema", "systemd", "dataclasses", "logging", "http", "ssl")


@pytest.mark.parametrize("argument", ["--help", "--version", "nonsense"])
def test_what_needs_nothing_imports_nothing(argument: str) -> None:
    program = (
        "import sys; from elytra_status.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: print('imported', *sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", program, argument], capture_output=True, text=True, check=True)
    imported = result.stdout.rpartition("imported")[2].split()
    assert "elytra_status.cli" in imported
    assert not set(imported) & set(HEAVY)
    of_commands = {name for name in imported if name.startswith("elytra_status.commands.")}
    assert argument == "nonsense" or of_commands == {"elytra_status.commands.parser"}


def test_a_run_that_asks_nothing_imports_no_client(place: Place) -> None:
    program = (
        "import sys; from elytra_status.cli import main\n"
        "assert main(sys.argv[1:]) == 0; print('imported', *sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, "run", *place.options()], capture_output=True, text=True, check=True
    )
    imported = result.stdout.rpartition("imported")[2].split()
    assert "elytra_status.documents.page" in imported
    assert not set(imported) & {"requests", "boto3", "botocore", "smtplib", "babel", "PIL", "elytra_status.demo"}
    of_monitors = {f"elytra_status.sources.{path}" for kind, path in sources.MODULES.items() if kind in OF_KIND}
    of_backups = {f"elytra_status.sources.backup_evidence.{name}" for name in backup_evidence.KINDS}
    assert not set(imported) & (of_monitors | of_backups)


# elytra


def call_elytra(*arguments: str, **more: str) -> Result:
    return subprocess.run(
        [str(BESIDE / "elytra"), *arguments], capture_output=True, text=True, env=environment(**more), check=False
    )


def test_elytra_hands_on_to_the_command_beside_it(place: Place) -> None:
    result = call_elytra("status", "summary", "--json", *place.options(), PATH="/usr/bin:/bin")
    assert result.returncode == 0
    assert json.loads(result.stdout)["platform_status"] == "unknown"
    assert call_elytra("status", "config", "chek", *place.options()).returncode == 64


@pytest.mark.parametrize("name", ["nonsense", "", "../bin/sh", "-x", "Status", "status/../status"])
def test_elytra_knows_no_other_command(name: str) -> None:
    result = call_elytra(name)
    assert result.returncode == 64
    assert "usage: elytra NAME" in result.stderr
    assert result.stdout == ""


def test_elytra_says_how_it_is_used() -> None:
    assert "elytra status summary" in call_elytra("--help").stdout
    assert call_elytra("--version").stdout == f"elytra {__version__}\n"
    result = call_elytra()
    assert (result.returncode, result.stdout) == (64, "")
    assert "usage: elytra NAME" in result.stderr


def test_elytra_says_what_cannot_be_started(tmp_path: Path) -> None:
    broken = tmp_path / "elytra-broken"
    broken.write_bytes(b"\x00no program")
    broken.chmod(0o755)
    result = call_elytra("broken", PATH=str(tmp_path))
    assert result.returncode == 69
    assert result.stderr == "elytra: elytra-broken cannot be started: Exec format error\n"


# What a run leaves where it is ended


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_run_that_is_ended_while_it_waits_for_an_answer_ends_at_once(
    number: signal.Signals, place: Place, with_kuma: ReplayServer
) -> None:
    publish(place)
    before = place.document.read_bytes()
    hang(with_kuma)
    with_kuma.requests.clear()
    with place.start("run") as process:
        wait_until(lambda: len(with_kuma.requests) >= len(PATHS))
        process.send_signal(number)
        _, words = process.communicate(timeout=300)
    assert process.returncode == -number
    assert f"ended by {number.name}" in words
    assert "Traceback" not in words
    assert place.document.read_bytes() == before
    assert place.left_behind() == []


def test_a_run_that_was_started_with_nohup_outlives_its_terminal(place: Place, with_kuma: ReplayServer) -> None:
    hang(with_kuma)
    words = ["nohup", COMMAND, "run", *place.options()]
    with subprocess.Popen(words, stderr=subprocess.DEVNULL, env=environment(SOURCE_DEADLINE_SECONDS="1")) as process:
        wait_until(lambda: len(with_kuma.requests) >= len(PATHS))
        process.send_signal(signal.SIGHUP)
    assert process.returncode == 0
    assert place.published()["platform_status"] == "unknown"


def test_a_run_that_is_ended_before_the_confirmation_poll_has_published_nothing(
    place: Place, start_kuma: Start
) -> None:
    kuma = start_kuma("v2.5.3", "one-down")
    place.set(UPTIME_KUMA_URL=kuma.url, UPTIME_KUMA_API_KEY=API_KEY, UPTIME_KUMA_STATUS_PAGE="elytra")
    with place.start("run") as process:
        assert process.stderr
        while "confirmation poll in" not in (line := process.stderr.readline()):
            assert line, "it ended without a second look"
        process.terminate()
        process.communicate(timeout=60)
    assert process.returncode == -signal.SIGTERM
    assert not place.document.exists()
    assert place.left_behind() == []
    place.set()
    publish(place)


def in_python(program: str, place: Place) -> Any:
    """Return a program that writes JSON to a file, the document, and the output of a run."""
    result = place.directory / "result.json"
    words = [sys.executable, "-c", program, str(result), str(place.document), "run", *place.options()]
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

result, file, *words = sys.argv[1:]
run_words(*words)
found = [
    [status, Path(file).read_text(), [str(path) for path in Path(file).parent.rglob(".*")]]
    for status in signal_at_each_call(signal.SIGTERM, lambda: run_words(*words), writes_the_document)
]
Path(result).write_text(json.dumps(found))
"""


def test_a_run_that_is_ended_at_any_moment_leaves_a_whole_document(place: Place) -> None:
    place.set(PUBLISH="status")
    ends = set()
    for status, body, left_behind in in_python(ENDED, place):
        ends.add(status)
        assert json.loads(body)["platform_status"] == "unknown"
        assert left_behind == []
    assert ends == {0, signal.SIGTERM}


def test_what_a_killed_run_left_behind_is_cleared_away(place: Place) -> None:
    """After SIGKILL, or a loss of power."""
    publish(place)
    old, fresh, foreign = (place.document.with_name(name) for name in (".status.json.a1", ".status.json.b2", ".other"))
    for path in (old, fresh, foreign):
        path.write_text("{")
    for path in (old, foreign):
        os.utime(path, (0, 0))
    publish(place)
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


def test_a_reader_never_sees_half_a_document(place: Place) -> None:
    """There are the old and the new document. Neither is changed where a reader finds it."""
    (old, before), (new, after) = in_python(READ, place)
    assert json.loads(before)["schema_version"] == json.loads(after)["schema_version"] == 1
    assert after == place.document.read_text("utf-8")
    assert old != new


# Disks


def mounted(place: Place, script: str, **more: str) -> Result:
    """Run a shell script in which the state directory ($STATE) is a disk of its own of 200 KB."""
    place.state.mkdir()
    words = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    mount = 'mount -t tmpfs -o size=200k,mode=0755 none "$STATE"'
    given = environment(STATE=str(place.state), **more)
    may_mount = subprocess.run([*words, "sh", "-c", mount], env=given, capture_output=True, check=False)
    if may_mount.returncode and not os.environ.get("CI"):
        pytest.skip(f"this machine lets no one mount: {may_mount.stderr.decode().strip()}")
    whole = ["sh", "-c", f"set -eu; {mount}; {script}"]
    return subprocess.run([*words, *whole], capture_output=True, text=True, env=given, timeout=120, check=False)


def on_a_small_disk(place: Place, script: str) -> Result:
    """Run a shell script as `mounted` does, in which run is the job."""
    return mounted(place, f"run() {{ {shlex.join([COMMAND, 'run', *place.options()])}; }}\n{script}")


SHOW = 'cmp "$STATE/public/status.json" "$STATE/good" && echo same; find "$STATE" -name ".?*"'


def test_a_full_disk_leaves_the_last_document(place: Place) -> None:
    result = on_a_small_disk(
        place,
        'run; cp "$STATE/public/status.json" "$STATE/good"; cat /dev/zero > "$STATE/filler" || true\n'
        f"run || echo status $?; {SHOW}\n"
        'rm "$STATE/filler"; run && echo mended',
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout == "status 69\nsame\nmended\n"
    assert "cannot be written: No space left on device. Free space on the disk" in result.stderr


def test_a_disk_that_is_read_only_leaves_the_last_document(place: Place) -> None:
    result = on_a_small_disk(
        place,
        'run; cp "$STATE/public/status.json" "$STATE/good"; mount -o remount,bind,ro "$STATE"\n'
        f"run || echo status $?; {SHOW}",
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout == "status 69\nsame\n"
    assert "cannot be written: Read-only file system" in result.stderr


def test_state_that_cannot_be_kept_does_not_keep_from_publishing(place: Place) -> None:
    public = place.directory / "public"
    place.set(PUBLIC_DIRECTORY=str(public))
    result = on_a_small_disk(place, 'mount -o remount,bind,ro "$STATE"; run && echo done')
    assert result.stdout == "done\n", result.stderr
    assert "cannot be written to: Read-only file system" in result.stderr
    assert (public / "status.json").exists()


def test_a_run_by_root_leaves_what_the_services_user_can_read_and_replace() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can act for another user")
    reach = ["setpriv", "--reuid", str(NOBODY), "--clear-groups", "test", "-r", __file__]
    if subprocess.run(reach, check=False).returncode:
        pytest.skip("this checkout lies where no other user can read it")
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        place = Place(Path(directory))
        place.set()
        place.state.mkdir(mode=0o711)
        os.chown(place.state, NOBODY, NOBODY)
        publish(place)
        assert place.call("check-freshness").returncode == 0
        for path in (place.document, place.document.parent, place.state / "last-run.json"):
            assert path.stat().st_uid == NOBODY, path


# Streams


def through_shell(script: str) -> Result:
    return subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, env=environment(E=COMMAND), timeout=60, check=False
    )


@pytest.mark.parametrize("command", ["config sample", "schema", "config show --config /dev/null", "--help"])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_leaves_early_is_no_fault(command: str, unbuffered: str) -> None:
    export = f"export PYTHONUNBUFFERED={unbuffered};"
    result = through_shell(f'{export} "$E" {command} | head -c 1 >/dev/null; echo ${{PIPESTATUS[0]}}')
    assert (result.stdout, result.stderr) == ("0\n", "")
    result = through_shell(f'{export} {{ sleep 0.3; "$E" {command}; echo $? >&2; }} | true')
    assert result.stderr == "0\n"


@pytest.mark.parametrize("command", ["config sample", "schema", "summary --json --config /dev/null"])
def test_output_that_cannot_be_written_is_an_error(command: str) -> None:
    result = through_shell(f'"$E" {command} > /dev/full')
    assert result.returncode == 69
    assert result.stderr.splitlines()[-1] == "ERROR: the output cannot be written: No space left on device"
    assert "fault" not in result.stderr


@pytest.mark.parametrize("streams", ["2>&-", ">&-", "<&- >&- 2>&-", "2>/dev/full", "2> >(true)"])
def test_a_run_does_its_job_though_nobody_reads_its_words(streams: str, place: Place) -> None:
    result = through_shell(f'"$E" run {shlex.join(place.options())} {streams}')
    assert result.returncode == 0
    assert place.published()


@pytest.mark.parametrize("locale", [{"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"LC_ALL": "C"}])
def test_json_is_utf_8_whatever_the_locale(locale: dict[str, str], place: Place, start_kuma: Start) -> None:
    kuma = start_kuma("v2.5.3", "one-down")
    place.set(UPTIME_KUMA_URL=kuma.url, UPTIME_KUMA_STATUS_PAGE="elytra", INFRASTRUCTURE_NOTES="Über alles ☂")
    words = [COMMAND, "summary", "--json", *place.options()]
    result = subprocess.run(words, capture_output=True, env=environment(**locale), check=True)
    assert json.loads(result.stdout)["infrastructure"]["notes"] == "Über alles ☂"
    assert place.call("summary", **locale).returncode == 0
    assert place.call("config", "show", **locale).returncode == 0


# What a person reads


def test_with_nothing_configured_a_run_does_its_job_and_says_what_to_set(place: Place) -> None:
    result = place.call("run")
    assert place.published()["platform_status"] == "unknown"
    (next_step,) = (line for line in result.stderr.splitlines() if "UPTIME_KUMA_URL" in line)
    assert str(place.file) in next_step
    assert place.state.stat().st_mode & 0o777 == 0o755
    assert place.document.stat().st_mode & 0o777 == 0o644
    assert (place.state / "last-run.json").stat().st_mode & 0o777 == 0o600


def test_with_invalid_settings_all_faults_are_shown_with_what_may_explain_them(place: Place) -> None:
    place.file.write_text('UPTIME_KUMA_ULR=http://kuma\nUPTIME_KUMA_API_KEY=Pl4nted\nLOG_LEVEL="loud\nx\n')
    result = place.call("run")
    assert result.returncode == 78
    lines = result.stderr.splitlines()
    assert [line.partition(": ")[0] for line in lines] == ["WARNING", "ERROR", "ERROR", "ERROR", "ERROR"]
    assert lines[0].endswith(
        f"{place.file}:1: UPTIME_KUMA_ULR is not a setting, but UPTIME_KUMA_URL is; it is ignored."
        " Correct or remove it."
    )
    assert f"{place.file}:3: LOG_LEVEL has an open quote" in lines[1]
    assert f"{place.file}:4: has no =. " in lines[2]
    assert f"{place.file}:2: UPTIME_KUMA_API_KEY is set without UPTIME_KUMA_URL" in lines[3]
    assert lines[4] == "ERROR: 3 faults in the settings; nothing was done"
    assert "Pl4nted" not in result.stderr


def test_without_a_network_the_status_is_unknown_and_the_reason_is_logged(place: Place) -> None:
    place.set(UPTIME_KUMA_URL="http://127.0.0.1:9", UPTIME_KUMA_STATUS_PAGE="main")
    result = place.call("run")
    assert result.returncode == 0
    assert place.published()["platform_status"] == "unknown"
    assert "127.0.0.1:9 is unreachable: connection refused" in result.stderr


def test_words_to_be_read_hold_no_name_of_a_monitor_but_at_debug(place: Place, start_kuma: Start) -> None:
    kuma = start_kuma("v2.5.3", "one-down")
    settings = {"UPTIME_KUMA_URL": kuma.url, "UPTIME_KUMA_API_KEY": API_KEY, "UPTIME_KUMA_STATUS_PAGE": "elytra"}
    place.set(**settings, CONFIRM_AFTER_SECONDS="1")
    for command in (["run"], ["config", "check"], ["check-freshness"], ["summary", "--json"]):
        result = place.call(*command)
        assert result.stderr + result.stdout
        assert not any(name in result.stderr + result.stdout for name in NAMES), command
    assert place.published()["platform_status"] == "outage"
    place.set(**settings, CONFIRM_AFTER_SECONDS="1", LOG_LEVEL="debug")
    assert "Scheduler" in place.call("run").stderr


def test_the_journals_level_is_kept(place: Place) -> None:
    place.set(LOG_LEVEL="error")
    assert place.call("run").stderr == ""
    place.set(LOG_LEVEL="error", SPACES_REGOIN="nyc3")
    assert "SPACES_REGION is" in place.call("config", "check").stderr


# config


def test_config_check_shows_all_faults(place: Place) -> None:
    place.set(LOG_LEVEL="loud", STATUS_BUCKET="s3://Pl4nted", BACKUP_GROUPS="Pl4nted")
    result = place.call("config", "check")
    assert result.returncode == 78
    assert result.stdout == ""
    for line, name in enumerate(("LOG_LEVEL", "STATUS_BUCKET", "BACKUP_GROUPS"), 1):
        assert f"{place.file}:{line}: {name} " in result.stderr
    assert "Pl4nted" not in result.stderr


@pytest.mark.parametrize("value", ["/nowhere/authority.pem", "/dev/null"])
def test_config_check_reads_the_certificates(value: str, place: Place) -> None:
    place.set(CA_BUNDLE=value)
    result = place.call("config", "check")
    assert result.returncode == 78
    assert f"{place.file}:1: CA_BUNDLE names a file " in result.stderr


NOTHING_TO_ASK = "they name neither a source nor storage"
ASKED = "sources and storage were queried, and nothing was refused"
REFUSED = "some of what they name is unreachable or was refused, see above"


def verdict(result: Result) -> str:
    """The last line that the command prints."""
    return result.stdout.splitlines()[-1]


def test_config_check_counts_its_warnings_and_shows_them(place: Place) -> None:
    place.set(LOG_LEVEL="info")
    assert verdict(place.call("config", "check")) == f"settings: valid; {NOTHING_TO_ASK}"
    place.set(SPACES_REGOIN="nyc3")
    result = place.call("config", "check")
    assert verdict(result) == f"settings: valid, with 1 warning; {NOTHING_TO_ASK}"
    assert "SPACES_REGION is" in result.stderr


@pytest.mark.parametrize("content", ["", "\n\n", "# UPTIME_KUMA_URL=https://kuma.example.com\n  # more\n"])
def test_config_check_says_that_a_file_sets_nothing(content: str, place: Place) -> None:
    said = f"{place.file}: holds nothing but comments and blank lines. Every setting has its default"
    for options in ([], ["--offline"]):
        place.file.write_text(content)
        result = place.call("config", "check", *options)
        assert result.returncode == 0
        assert said in result.stdout
        place.set(LOG_LEVEL="info")
        assert said not in place.call("config", "check", *options).stdout


def test_config_check_shows_each_part_that_it_queried(place: Place, with_kuma: ReplayServer) -> None:
    result = place.call("config", "check")
    assert (result.returncode, verdict(result)) == (0, f"settings: valid; {ASKED}")
    for part in ("metrics", "page", "heartbeats"):
        assert re.search(rf"[✓+] uptime_kuma {part}\s+answered in [0-9.]+ s", result.stdout), result.stdout


def test_config_check_ends_with_1_where_a_key_is_refused(place: Place, with_kuma: ReplayServer) -> None:
    place.set(UPTIME_KUMA_URL=with_kuma.url, UPTIME_KUMA_API_KEY="uk1_wrong", UPTIME_KUMA_STATUS_PAGE="elytra")
    result = place.call("config", "check")
    assert (result.returncode, verdict(result)) == (1, f"settings: valid; {REFUSED}")
    assert re.search(r"[✗X] uptime_kuma\s+metrics: 401, the API key is refused", result.stdout)
    assert re.search(r"[✓+] uptime_kuma page\s+answered", result.stdout)
    assert "uk1_wrong" not in result.stdout + result.stderr


def test_config_check_shows_why_each_part_is_refused(place: Place, with_kuma: ReplayServer) -> None:
    place.set(UPTIME_KUMA_URL=with_kuma.url, UPTIME_KUMA_API_KEY="uk1_wrong", UPTIME_KUMA_STATUS_PAGE="nowhere")
    result = place.call("config", "check")
    assert result.returncode == 1
    refused = [line for line in result.stdout.splitlines() if line.strip()[:1] in ("✗", "X") and "uptime_kuma" in line]
    assert len(refused) == 3, result.stdout
    assert "metrics: 401, the API key is refused" in refused[0]
    assert "page: 404, the status page does not exist" in refused[1]


def test_config_check_tries_the_storage_and_notifies_nobody(place: Place, hostile: HostileS3) -> None:
    """The storage does not know the key, and the channel is an address of the same server."""
    hostile.always(error(403, "InvalidAccessKeyId"))
    place.set(
        SPACES_ENDPOINT=hostile.url,
        SPACES_ACCESS_KEY="DO00KEYOFTHESTATUS",
        SPACES_SECRET_KEY="secret/of+the=status",
        STATUS_BUCKET="example-status",
        NTFY_URL=hostile.url,
        NTFY_TOPIC="elytra",
    )
    result = place.call("config", "check")
    assert result.returncode == 1
    assert "InvalidAccessKeyId, the access key is not known" in result.stdout
    assert "set SPACES_ACCESS_KEY to one that exists at this endpoint" in " ".join(result.stdout.split())
    assert re.search(r"– ntfy\s+only the form|- ntfy\s+only the form", result.stdout)
    assert not [request for request in hostile.requests if request.method == "POST"]
    hostile.requests.clear()
    result = place.call("config", "check", "--offline")
    assert (result.returncode, result.stdout) == (0, "settings: valid; sources and storage were not queried\n")
    assert hostile.requests == []


def test_a_bucket_that_nothing_was_published_to_is_no_fault(place: Place, hostile: HostileS3) -> None:
    """A new package has run before there were settings. The key is valid, and status.json does not exist."""
    publish(place)

    def answer(request: Request) -> Reply:
        if "authorization" not in request.headers:
            return error(403, "AccessDenied")
        return error(404, "NoSuchUpload" if request.method == "PUT" else "NoSuchKey")

    hostile.answer = answer
    hostile.web_headers = {}
    place.set(
        SPACES_ENDPOINT=hostile.url,
        SPACES_ACCESS_KEY="DO00KEYOFTHESTATUS",
        SPACES_SECRET_KEY="secret/of+the=status",
        STATUS_BUCKET="example-status",
    )
    result = place.call("config", "check")
    said = " ".join(result.stdout.split())
    assert "no run has published there yet" in said
    assert (result.returncode, verdict(result)) == (0, f"settings: valid; {ASKED}"), result.stdout


def test_what_has_no_address_yet_is_no_fault_before_the_first_run(place: Place, start_kuma: Start) -> None:
    server = start_kuma("v2.5.3", "all-up")
    server.faults["/status.json"] = ReplayFault(status=404)
    place.set(STATUS_URL=f"{server.url}/status.json")
    result = place.call("config", "check")
    assert result.returncode == 0
    assert "no run has published there yet" in " ".join(result.stdout.split())
    publish(place)
    result = place.call("config", "check")
    assert result.returncode == 1
    assert "answers 404" in result.stdout


def test_texts_that_hold_a_monitors_name_are_found_and_can_be_allowed(place: Place, with_kuma: ReplayServer) -> None:
    settings = {
        "UPTIME_KUMA_URL": with_kuma.url,
        "UPTIME_KUMA_API_KEY": API_KEY,
        "UPTIME_KUMA_STATUS_PAGE": "elytra",
        "BACKUP_POLICY": "Each night, by the scheduler.",
        "INFRASTRUCTURE_REGIONS": "nyc3,internal only",
    }
    place.set(**settings)
    result = place.call("config", "check")
    assert result.returncode == 78
    faults = [line for line in result.stderr.splitlines() if "monitor or backup name" in line]
    assert [fault.split(": ")[1].rpartition(":")[2] for fault in faults] == ["4", "5"]
    assert "BACKUP_POLICY" in faults[0]
    assert "INFRASTRUCTURE_REGIONS" in faults[1]
    assert all("PUBLIC_WORDS" in fault for fault in faults)
    assert "cheduler" not in result.stderr
    place.set(**settings, PUBLIC_WORDS="Scheduler,Internal only")
    result = place.call("config", "check")
    assert (result.returncode, verdict(result)) == (0, f"settings: valid; {ASKED}")


def test_config_check_offline_queries_no_source(place: Place, with_kuma: ReplayServer) -> None:
    result = place.call("config", "check", "--offline")
    assert result.returncode == 0
    assert with_kuma.requests == []
    place.set(UPTIME_KUMA_URL=with_kuma.url, UPTIME_KUMA_API_KEY=API_KEY, INFRASTRUCTURE_NOTES=f"see {API_KEY}")
    result = place.call("config", "check", "--offline")
    assert result.returncode == 78
    assert f"{place.file}:3: INFRASTRUCTURE_NOTES" in result.stderr
    assert API_KEY not in result.stderr
    assert with_kuma.requests == []


def test_config_check_says_that_a_source_is_unreachable(place: Place, with_kuma: ReplayServer) -> None:
    with_kuma.__exit__(None, None, None)
    result = place.call("config", "check")
    assert (result.returncode, verdict(result)) == (1, f"settings: valid; {REFUSED}")
    assert "is unreachable: connection refused" in " ".join(result.stdout.split())
    assert "texts not compared with the names in uptime_kuma" in " ".join(result.stdout.split())


def test_config_check_asks_for_the_address_that_should_answer(place: Place, with_kuma: ReplayServer) -> None:
    address = f"{with_kuma.url}/outside"
    place.set(UPTIME_KUMA_URL=with_kuma.url, UPTIME_KUMA_API_KEY=API_KEY, CONNECTIVITY_URL=address)
    result = place.call("config", "check")
    assert (result.returncode, verdict(result)) == (0, f"settings: valid; {ASKED}")
    assert "CONNECTIVITY_URL answers" in result.stdout
    with_kuma.faults["/outside"] = ReplayFault(status=502)
    result = place.call("config", "check")
    assert (result.returncode, verdict(result)) == (0, f"settings: valid; {ASKED}")
    assert re.search(r"[⚠!] uptime_kuma\s+CONNECTIVITY_URL", result.stdout)
    assert "CONNECTIVITY_URL failed (it returned 502)" in result.stdout
    with_kuma.requests.clear()
    assert place.call("config", "check", "--offline").returncode == 0
    assert not with_kuma.requests


def test_config_show_says_where_each_value_came_from(place: Place) -> None:
    place.set(UPTIME_KUMA_URL="https://kuma.example.com", UPTIME_KUMA_API_KEY="Pl4nted")
    result = place.call("config", "show", LOG_LEVEL="debug")
    lines = {line.split()[0]: line.split(maxsplit=1)[1] for line in result.stdout.splitlines()}
    assert set(lines) == {definition.name for definition in DEFINITIONS}
    assert lines["UPTIME_KUMA_URL"].split() == ["https://kuma.example.com", f"{place.file}:1"]
    assert lines["UPTIME_KUMA_API_KEY"].split() == ["set", f"{place.file}:2"]
    assert lines["LOG_LEVEL"].split() == ["debug", "environment"]
    assert lines["SPACES_SECRET_KEY"].split() == ["not", "set", "default"]
    assert "Pl4nted" not in result.stdout + result.stderr


def test_config_sample_is_a_settings_file(place: Place) -> None:
    place.file.write_text(place.call("config", "sample").stdout)
    result = place.call("config", "check")
    assert (result.returncode, verdict(result), result.stderr) == (0, f"settings: valid; {NOTHING_TO_ASK}", "")
    assert "holds nothing but comments" in result.stdout


@pytest.mark.parametrize(
    ("setting", "value"),
    [("MONITOR_IDS", "1,4711"), ("CRITICAL_MONITOR_IDS", "4711"), ("COMPONENTS", "Website:1,4711")],
)
def test_config_check_names_ids_that_no_answer_names(
    place: Place, with_kuma: ReplayServer, setting: str, value: str
) -> None:
    recorded = requests.get(f"{with_kuma.url}/metrics", auth=("", API_KEY), timeout=10).content
    # Just after its start, it names some monitors only once they are checked.
    long_ago = re.sub(rb"(?m)^(process_start_time_seconds) .*", rb"\1 978307200", recorded)
    with_kuma.faults["/metrics"] = ReplayFault(status=200, body=long_ago, content_type="text/plain; version=0.0.4")
    of_kuma = {
        "UPTIME_KUMA_URL": with_kuma.url,
        "UPTIME_KUMA_API_KEY": API_KEY,
        "UPTIME_KUMA_STATUS_PAGE": "elytra",
    }
    place.set(**of_kuma, **{setting: value})
    result = place.call("config", "check")
    assert result.returncode == 78
    assert "valid" not in result.stdout
    assert f"{place.file}:4: " in result.stderr
    assert f"{setting} names uptime_kuma:4711, which no answer names" in result.stderr
    assert "uptime_kuma:1," not in result.stderr
    place.set(**of_kuma, **{setting: value.replace("4711", "2")})
    assert place.call("config", "check").returncode == 0
    # A partial answer does not show that a setting is wrong.
    place.set(**of_kuma, **{setting: value})
    with_kuma.faults["/metrics"] = ReplayFault(status=401)
    result = place.call("config", "check")
    assert result.returncode == 1
    assert "no answer names" not in result.stderr
    assert place.call("config", "check", "--offline").returncode == 0
