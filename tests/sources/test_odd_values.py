# SPDX-License-Identifier: MIT
"""Valid JSON with values that no program writes is the fault of that file or source, named with its place."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elytra_status.decision.backup_policy import judge_backups
from elytra_status.errors import NoAnswerError
from elytra_status.model import Report, State
from elytra_status.run.assess import policy_rules
from elytra_status.settings import Settings
from elytra_status.settings.definitions import OF_KIND
from elytra_status.sources import configured
from elytra_status.sources.source import PollRequest
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.faults.hostile_http import HostileHTTP, whole
from tests.fuzz.targets import CORPUS, NOW, poll_answered
from tests.made_evidence import PROGRAMS, Made

Place = tuple[Any, ...]
ENDED = NOW - timedelta(hours=3)
NESTED = b"[" * 10_000 + b"]" * 10_000
ODD: tuple[Any, ...] = (5, -1, 10**18, 1e308, True, None, "x", [], {}, [[5]])


def places(value: Any, place: Place = ()) -> Iterator[Place]:
    """Yield the place of each value within a value."""
    yield place
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from places(one, (*place, key))


def changed(value: Any, place: Place, odd: Any) -> Any:
    """Return a value with an odd one at a place."""
    if not place:
        return odd
    made = container = copy.deepcopy(value)
    for key in place[:-1]:
        container = container[key]
    container[place[-1]] = odd
    return made


# Backup evidence


def written(setting: str, *hosts: str) -> Any:
    return PROGRAMS[setting](
        [Made(ENDED, host=host, repository=f"/srv/{host}", stanza=host, group=host) for host in hosts]
    )


def poll_beside_good_files(setting: str, directory: Path, odd: bytes) -> tuple[Report, Settings]:
    """Poll a directory with an odd file between two good ones."""
    for name in ("a", "c"):
        (directory / f"{name}.json").write_text(json.dumps(written(setting, f"good-{name}")))
    (directory / "b.json").write_bytes(odd)
    settings = Settings(**{setting.lower(): str(directory)})
    (source,) = configured(settings)
    return source.poll(PollRequest(NOW, 60, clock=SYSTEM_CLOCK)), settings


def good_groups(report: Report) -> int:
    return sum("good-" in group.name and group.newest is not None for group in report.backup_groups)


ENTRIES = [
    ("BACKUP_BORG", (1, "repository", "location"), 5),
    ("BACKUP_BORG", (1, "repository"), 5),
    ("BACKUP_BORG", (1, "archives", 0, "name"), None),
    ("BACKUP_BORG", (1, "archives", 0, "time"), 10**18),
    ("BACKUP_PGBACKREST", (1, "name"), None),
    ("BACKUP_PGBACKREST", (1, "backup", 0, "timestamp", "stop"), 10**18),
    ("BACKUP_PGBACKREST", (1, "backup", 0, "timestamp", "stop"), None),
    ("BACKUP_PGBACKREST", (1, "status", "code"), "many"),
    ("BACKUP_RESTIC", (1, "hostname"), None),
    ("BACKUP_RESTIC", (1, "paths"), 5),
    ("BACKUP_RESTIC", (1, "tags"), [5]),
    ("BACKUP_RESTIC", (1, "summary"), 5),
    ("BACKUP_KOPIA", (1, "source", "host"), 5),
    ("BACKUP_KOPIA", (1, "rootEntry", "summ", "size"), "many"),
    ("BACKUP_PROXMOX", (1, "backup-id"), None),
    ("BACKUP_PROXMOX", (1, "backup-time"), 10**18),
    ("BACKUP_MANIFEST", (1, "size"), None),
    ("BACKUP_MANIFEST", (1, "finished_at"), 10**18),
]


@pytest.mark.parametrize(("setting", "place", "odd"), ENTRIES, ids=str)
def test_an_odd_entry_is_named_and_the_other_files_count(setting: str, place: Place, odd: Any, tmp_path: Path) -> None:
    body = json.dumps(changed(written(setting, "web1", "web2", "web3"), place, odd))
    report, settings = poll_beside_good_files(setting, tmp_path, body.encode())
    said = str(report.warnings[0])
    assert said.startswith("1 file cannot be used, as entry 2 of 3 is malformed, in file 2 of 3 (by name).")
    assert setting in said
    assert good_groups(report) == 2
    assert judge_backups([report], NOW, policy_rules(settings)).status.value == "unknown"


@pytest.mark.parametrize("setting", PROGRAMS)
def test_a_file_that_is_nested_deeply_is_named_and_the_other_files_count(setting: str, tmp_path: Path) -> None:
    report, _ = poll_beside_good_files(setting, tmp_path, NESTED)
    assert "the JSON cannot be used (it is nested more than 50 levels deep), in file 2 of 3 (by name)" in str(
        report.warnings[0]
    )
    assert good_groups(report) == 2


@pytest.mark.slow
@pytest.mark.parametrize("setting", PROGRAMS)
def test_whatever_value_is_odd_the_other_files_count(setting: str, tmp_path: Path) -> None:
    sound = written(setting, "web1")
    for place in places(sound):
        for odd in ODD:
            report, _ = poll_beside_good_files(setting, tmp_path, json.dumps(changed(sound, place, odd)).encode())
            assert good_groups(report) == 2, (place, odd)


def test_a_file_that_may_not_be_read_is_named_by_its_number(tmp_path: Path) -> None:
    (tmp_path / "b.json.exit").write_text("many")
    report, _ = poll_beside_good_files("BACKUP_RESTIC", tmp_path, json.dumps(written("BACKUP_RESTIC", "web1")).encode())
    assert "a file that ends in .exit holds no exit status, in file 2 of 3 (by name)" in str(report.warnings[0])
    assert good_groups(report) == 2


# Monitoring systems

SOURCES: dict[str, tuple[str, dict[str, str]]] = {
    "better-stack": ("monitors.json", {"BETTER_STACK_URL": "{url}", "BETTER_STACK_TOKEN": "planted-token"}),
    "gatus": ("statuses.json", {"GATUS_URL": "{url}"}),
    "healthchecks": ("checks.json", {"HEALTHCHECKS_URL": "{url}", "HEALTHCHECKS_API_KEY": "planted-token"}),
    "kuma-page": ("page.json", {"UPTIME_KUMA_URL": "{url}", "UPTIME_KUMA_STATUS_PAGE": "elytra"}),
    "prometheus": ("vector.json", {"PROMETHEUS_URL": "{url}", "PROMETHEUS_METRIC": "up"}),
}
Make = Callable[..., Settings]


def sound_answer(name: str) -> Any:
    return json.loads((CORPUS / name / SOURCES[name][0]).read_bytes())


def settings_of(name: str, url: str, make_settings: Make) -> Settings:
    return make_settings(**{setting: value.format(url=url) for setting, value in SOURCES[name][1].items()})


def refused(name: str, body: bytes, make_settings: Make) -> str:
    """Return why a source refuses the answer that a server sends."""
    with HostileHTTP(whole(body)) as server:
        (source,) = configured(settings_of(name, server.url, make_settings))
        with pytest.raises(NoAnswerError) as caught:
            source.poll(PollRequest(NOW, 60, clock=SYSTEM_CLOCK))
    return str(caught.value)


def test_every_monitoring_system_with_answers_in_json_is_tried() -> None:
    named = {name for _, values in SOURCES.values() for name in values}
    missing = {kind for kind, definitions in OF_KIND.items() if definitions[0].name not in named}
    assert missing == {"systemd_units", "probes"}


@pytest.mark.parametrize(
    ("name", "place", "odd", "said"),
    [
        ("prometheus", ("warnings",), 5, "the answer is not an instant vector"),
        ("prometheus", ("data", "result", 1, "value"), None, "instant vector, entry 2 of 2 is malformed"),
        ("prometheus", ("data", "result", 1, "value", 1), True, "instant vector, entry 2 of 2 is malformed"),
        ("prometheus", ("data", "result", 1, "value", 1), 5, "instant vector, entry 2 of 2 is malformed"),
        ("prometheus", ("data", "result", 1, "metric"), None, "instant vector, entry 2 of 2 is malformed"),
        ("better-stack", ("data", 1, "attributes"), None, "list of monitors cannot be read, entry 2 of 3 is malformed"),
        ("better-stack", ("data", 1, "attributes", "check_frequency"), 10**18, "entry 2 of 3 is malformed"),
        ("better-stack", ("data",), {"a": 5}, "the list of monitors cannot be read"),
        ("gatus", (1, "results"), 5, "the list of endpoints cannot be read, entry 2 of 2 is malformed"),
        ("gatus", (1, "key"), None, "the list of endpoints cannot be read, entry 2 of 2 is malformed"),
        ("healthchecks", ("checks", 1, "name"), None, "the list of checks cannot be read, entry 2 of 3 is malformed"),
        (
            "healthchecks",
            ("checks", 1, "last_ping"),
            10**18,
            "list of checks cannot be read, entry 2 of 3 is malformed",
        ),
    ],
    ids=str,
)
def test_an_odd_entry_of_an_answer_is_named(name: str, place: Place, odd: Any, said: str, make_settings: Make) -> None:
    assert said in refused(name, json.dumps(changed(sound_answer(name), place, odd)).encode(), make_settings)


@pytest.mark.parametrize("name", SOURCES)
def test_an_answer_that_is_nested_deeply_is_refused(name: str, make_settings: Make) -> None:
    assert "nested more than 50 levels deep" in refused(name, NESTED, make_settings)


@pytest.mark.slow
@pytest.mark.parametrize("name", SOURCES)
def test_whatever_value_is_odd_no_further_monitor_is_up(name: str, make_settings: Make) -> None:
    sound = sound_answer(name)
    settings = settings_of(name, "http://127.0.0.1:9", make_settings)

    def up(value: Any) -> set[str]:
        try:
            report = poll_answered(settings, json.dumps(value).encode(), "application/json")
        except NoAnswerError:
            return set()
        return {monitor.key for monitor in report.monitors if monitor.state is State.UP}

    before = up(sound)
    assert before
    # The entries of a list are alike.
    for place in (one for one in places(sound) if all(key in (0, 1) for key in one if isinstance(key, int))):
        for odd in ODD:
            # What says whether a check has passed may be true.
            if odd is not True or place[-1:] != ("success",):
                assert len(up(changed(sound, place, odd))) <= len(before), (place, odd)
