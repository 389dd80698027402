# SPDX-License-Identifier: MIT
"""The exit statuses of the commands."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from elytra_status.errors import EXIT_STATUSES
from elytra_status.system.files import lock_directory
from tests.installation import Installation, environment, publish

pytestmark = pytest.mark.slow


def nothing(installation: Installation) -> None:
    """Change nothing."""


def publish_something_old(installation: Installation) -> None:
    publish(installation)
    document = installation.published() | {"updated_at": "2020-01-01T00:00:00Z", "stale_after": "2020-01-01T00:30:00Z"}
    installation.document.write_text(json.dumps(document), encoding="utf-8")


def publish_something_else(installation: Installation) -> None:
    publish(installation)
    installation.document.write_text("<html>", encoding="utf-8")


def publish_and_remove(installation: Installation) -> None:
    publish(installation)
    installation.document.unlink()


def break_announcements(installation: Installation) -> None:
    installation.state.mkdir()
    (installation.state / "announcements.json").write_text("{", encoding="utf-8")


LEAK = {"STATUS_URL": "https://status.example.com/10.20.30.40.json"}
LEAKING_TEXT = {"INFRASTRUCTURE_NOTES": "It runs on 10.20.30.40."}
WRONG = {"LOG_LEVEL": "loud"}
CASES: list[tuple[int, list[str], dict[str, str], Callable[[Installation], object]]] = [
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
    (64, ["run"], {}, lambda installation: installation.state.touch()),
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
    (78, ["run"], {}, lambda installation: installation.file.unlink()),
]


@pytest.mark.parametrize(("status", "arguments", "settings", "prepare"), CASES)
def test_the_exit_status_says_what_happened(
    status: int,
    arguments: list[str],
    settings: dict[str, str],
    prepare: Callable[[Installation], object],
    installation: Installation,
) -> None:
    installation.set(**settings)
    prepare(installation)
    result = installation.call(*arguments)
    assert result.returncode == status, result.stderr
    assert result.stderr or status == 0 or arguments[:1] == ["doctor"], "nothing is said"
    assert "Traceback" not in result.stderr
    assert installation.left_behind() == []


def test_two_runs_at_once_are_one_run(installation: Installation) -> None:
    with lock_directory(installation.state):
        result = installation.call("run")
    assert result.returncode == 75
    assert "another run" in result.stderr
    assert installation.call("run").returncode == 0


def test_an_internal_error_is_reported_without_any_value(installation: Installation) -> None:
    program = (
        "import sys; from elytra_status import cli; from elytra_status.run import job\n"
        "def fail(*arguments): raise KeyError('Pl4nted')\n"
        "job.run = fail; sys.exit(cli.main(sys.argv[1:]))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, "run", *installation.options()],
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
