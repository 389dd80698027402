# SPDX-License-Identifier: MIT
"""A new source, channel, document and kind of backup evidence is one module, one line in a list, and its settings.

Nothing else may have to change. Four toys are added to a copy of the package, and everything that knows of sources,
channels, documents or evidence must know of them.
"""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.extension.extended import LISTED, MODULES, SETTINGS, TOYS, Extended
from tests.hostile_s3 import HostileS3, Reply, Request

TREE = Path(__file__).parent.parent.parent
TOKEN = "planted-abacus-token-of-the-test"
BELL = "/planted-path-of-the-bell"
BEADS = [
    {"name": "Acme beads", "host": "acme.internal.example", "up": True},
    {"name": "Globex beads", "host": "globex.internal.example", "up": True},
]


class World:
    """A server that is both the abacus and the bell."""

    def __init__(self, server: HostileS3) -> None:
        self.server = server
        self.beads: list[dict[str, Any]] = BEADS
        self.rung: list[str] = []
        server.answer = self.answer

    def answer(self, request: Request) -> Reply:
        if request.path == BELL and request.method == "POST":
            self.rung.append(json.loads(request.body)["ring"])
            return Reply(200)
        if request.path == "/beads" and request.headers.get("authorization") == f"Bearer {TOKEN}":
            return Reply(200, json.dumps(self.beads).encode(), {"Content-Type": "application/json"})
        return Reply(401)


@pytest.fixture
def world(hostile: HostileS3) -> World:
    return World(hostile)


@pytest.fixture
def values(world: World, tmp_path: Path) -> dict[str, object]:
    """Return the settings of the toys, with a chest that was locked an hour ago."""
    chests = tmp_path / "chests.json"
    locked = datetime.now(UTC) - timedelta(hours=1)
    chests.write_text(json.dumps([{"chest": "Initech chest", "locked": locked.isoformat()}]))
    return {
        "ABACUS_URL": world.server.url,
        "ABACUS_TOKEN": TOKEN,
        "BACKUP_CHEST": chests,
        "BELL_URL": f"{world.server.url}{BELL}",
    }


def read(directory: Path, name: str) -> Any:
    return json.loads((directory / name).read_bytes())


def test_a_run_publishes_what_the_toys_show(extended: Extended, values: dict[str, object]) -> None:
    extended.set(values)
    done = extended.run("run")
    assert done.returncode == 0, done.stderr
    status = read(extended.published, "status.json")
    assert (status["platform_status"], status["backups"]["last_backup_status"]) == ("operational", "success")
    almanac = read(extended.published, "almanac.json")
    assert almanac["outlook"] == status["headline"]["text"] == "All systems operational"
    page = (extended.published / "index.html").read_text("utf-8")
    assert '<a href="almanac.json">Almanac</a>' in page
    assert '<dt>Sayings<dd><a href="almanac.json">almanac.json</a>' in page


def test_an_outage_that_the_toy_source_sees_rings_the_toy_channel(
    extended: Extended, values: dict[str, object], world: World
) -> None:
    extended.set(values)
    assert extended.run("run").returncode == 0
    world.beads = [BEADS[0], BEADS[1] | {"up": False}]
    assert extended.run("run").returncode == 0
    assert read(extended.published, "status.json")["platform_status"] == "outage"
    (subject,) = world.rung
    assert "outage" in subject


def test_a_toy_source_that_does_not_answer_is_unknown(extended: Extended, values: dict[str, object]) -> None:
    extended.set(values | {"ABACUS_TOKEN": "wrong"})
    assert extended.run("run").returncode == 0
    assert read(extended.published, "status.json")["platform_status"] == "unknown"


def test_two_toy_sources_have_a_name_each(extended: Extended, values: dict[str, object], world: World) -> None:
    named = {"OFFICE_ABACUS_URL": world.server.url, "OFFICE_ABACUS_TOKEN": TOKEN}
    extended.set(values | named | {"SOURCES": "abacus,abacus:office"})
    assert extended.run("run").returncode == 0
    assert [one.path for one in world.server.requests].count("/beads") == 2
    for alone, needed in (("ABACUS_TOKEN", "ABACUS_URL"), ("ABACUS_URL", "ABACUS_TOKEN")):
        extended.set({alone: values[alone]})
        refused = extended.run("run")
        assert refused.returncode == 78
        assert f"{alone} is set without {needed}" in refused.stderr


@pytest.mark.parametrize(("outside", "published"), [(204, "outage"), (502, "unknown")])
def test_a_toy_source_that_has_lost_its_network_is_isolated(
    extended: Extended, values: dict[str, object], world: World, outside: int, published: str
) -> None:
    world.server.answer = lambda request: Reply(outside) if request.path == "/outside" else world.answer(request)
    extended.set(values | {"CONNECTIVITY_URL": f"{world.server.url}/outside", "CONFIRM_AFTER_SECONDS": 10})
    assert extended.run("run").returncode == 0
    world.beads = [bead | {"up": False} for bead in BEADS]
    assert extended.run("run").returncode == 0
    assert read(extended.published, "status.json")["platform_status"] == published


def test_the_address_of_the_toy_source_shows_nothing_about_the_network(
    extended: Extended, values: dict[str, object]
) -> None:
    extended.set(values | {"CONNECTIVITY_URL": values["ABACUS_URL"]})
    refused = extended.run("config", "check", "--offline")
    assert refused.returncode == 78, refused.stdout + refused.stderr
    assert "CONNECTIVITY_URL is an address of ABACUS_URL" in refused.stdout + refused.stderr


def test_doctor_and_config_check_try_each_toy(extended: Extended, values: dict[str, object]) -> None:
    extended.set(values)
    for command in (("doctor",), ("config", "check")):
        shown = extended.run(*command).stdout
        found = {words[1] for line in shown.splitlines() if (words := line.split())[:1] in (["✓"], ["–"])}
        assert {"abacus", "bell", "backup_chest"} <= found, f"{command}: {shown}"
    extended.set(values | {"ABACUS_TOKEN": "wrong"})
    refused = extended.run("config", "check")
    assert refused.returncode == 1
    assert "abacus" in refused.stdout


def test_doctor_says_how_old_the_newest_check_of_a_toy_source_is(
    extended: Extended, values: dict[str, object], world: World
) -> None:
    extended.set(values)
    assert "newest heartbeat: none" in extended.run("doctor").stdout
    moved = datetime.now(UTC) - timedelta(hours=3)
    world.beads = [bead | {"moved": moved.isoformat()} for bead in BEADS]
    shown = " ".join(extended.run("doctor").stdout.split())
    assert "newest heartbeat: 3 hours ago: no monitor is checked" in shown
    assert "oil the abacus" in shown.lower()


def test_the_sample_the_table_and_the_manual_show_the_settings(extended: Extended, values: dict[str, object]) -> None:
    names = ("ABACUS_URL", "ABACUS_TOKEN", "BELL_URL", "BACKUP_CHEST")
    extended.set(values)
    sample, table = extended.run("config", "sample", with_options=False).stdout, extended.run("config", "show").stdout
    pages = extended.directory / "pages"
    shutil.copytree(TREE / "tools", extended.tree / "tools", dirs_exist_ok=True)
    shutil.copytree(TREE / "systemd", extended.tree / "systemd", dirs_exist_ok=True)
    made = extended.python("tools/manual.py", str(pages))
    assert made.returncode == 0, made.stderr
    manual = (pages / "elytra-status.conf.5").read_text("utf-8")
    for name in names:
        assert f"#{name}=" in sample
        assert name in table
        assert name in manual.replace("\\_", "_")
    assert "almanac" in sample
    assert TOKEN not in table
    assert "planted" not in table


def test_the_leak_guard_searches_each_document_for_what_is_private_in_the_toys(
    extended: Extended, values: dict[str, object]
) -> None:
    private = {
        "INFRASTRUCTURE_NOTES": "Acme beads",
        "INFRASTRUCTURE_MODEL": "globex.internal.example",
        "BACKUP_POLICY": "Initech chest",
        "INFRASTRUCTURE_REGIONS": TOKEN,
        "PAGE_TITLE": "planted-path-of-the-bell",
    }
    extended.set(values | {name: f"Thanks to {text}." for name, text in private.items()})
    assert extended.run("run").returncode == 0
    for file in extended.published.rglob("*.*"):
        for text in private.values():
            assert text.encode() not in file.read_bytes(), file.name
    assert not any(read(extended.published, "almanac.json")["sayings"])
    extended.set(values | dict.fromkeys(private, "Thanks to nobody."))
    assert extended.run("run").returncode == 0
    assert set(read(extended.published, "almanac.json")["sayings"]) == {"Thanks to nobody."}


def test_publish_takes_the_toy_document_or_leaves_it_out(extended: Extended, values: dict[str, object]) -> None:
    extended.set(values | {"PUBLISH": "status,page"})
    assert extended.run("run").returncode == 0
    assert not (extended.published / "almanac.json").exists()
    assert "almanac" not in (extended.published / "index.html").read_text("utf-8")
    extended.set(values | {"PUBLISH": "status,almanac"})
    assert extended.run("run").returncode == 0
    assert (extended.published / "almanac.json").exists()


def test_other_commands_know_the_toys(extended: Extended, values: dict[str, object], world: World) -> None:
    extended.set(values)
    assert extended.run("run").returncode == 0
    told = extended.run("alert", "test")
    assert (told.returncode, len(world.rung)) == (0, 1), told.stdout
    assert "bell: " in told.stdout
    assert "backup_chest:" in extended.run("backups", "list").stdout
    assert "abacus:" in extended.run("history", "--json").stdout
    assert "abacus" in extended.run("summary", "--explain").stdout


def test_the_setup_takes_the_settings_of_the_toys_as_answers(extended: Extended, values: dict[str, object]) -> None:
    answers = extended.directory / "answers"
    answers.write_text("".join(f'{name}="{value}"\n' for name, value in values.items()))
    answers.chmod(0o600)
    root = extended.directory / "root"
    (root / "etc/elytra-status").mkdir(parents=True)
    words = ("setup", "--root", str(root), "--answers", str(answers))
    done = extended.run(*words, with_options=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for word in ("abacus", "bell", "backup_chest"):
        assert f"{word}: " in done.stdout, done.stdout
    assert (root / "etc/elytra-status/credentials/abacus_token").read_text().strip() == TOKEN


def test_no_toy_is_added_by_more_than_a_module_a_line_and_settings() -> None:
    assert sorted(path.stem for path in TOYS.glob("[!_]*.py")) == sorted(MODULES)
    assert len(LISTED) == len(MODULES)
    assert {Path(path).parent for path, _, _ in SETTINGS} == {Path("settings/definitions")}
