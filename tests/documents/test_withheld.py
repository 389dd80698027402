# SPDX-License-Identifier: MIT
"""What becomes of a text that holds something private: it is withheld in all documents, and the status goes out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from elytra_status import errors
from elytra_status.announcements import incidents, maintenance, store
from elytra_status.announcements.override import set_to
from elytra_status.decision.notices import NO_INCIDENT_TEXT, NO_MAINTENANCE_TEXT, NO_NOTE, PLANNED
from elytra_status.demo.replay import ReplayFault, ReplayServer
from elytra_status.leak_guard import NAME
from elytra_status.model import Announcements, Maintenance, Override, PlatformStatus
from elytra_status.run import job
from elytra_status.settings import DEFINITIONS, Settings, load
from elytra_status.settings.definitions import DEFAULT_INCIDENT_TEXT
from tests.conftest import API_KEY, MovableClock
from tests.in_process import run_command
from tests.made_kuma import HEARTBEATS, METRICS, heartbeats_json, listed, made, metrics_text, page_json, series, steady

pytestmark = pytest.mark.slow

Make = Callable[..., Settings]

# What administrators call their monitors.
ORDINARY = (
    "Web", "API", "Mail", "Database", "Backups", "Website", "Storage", "Nightly", "Main", "May", "Help", "Platform",
    "Status", "Maintenance", "Service", "Server", "Network", "DNS", "Cache", "Queue", "Search", "Login", "Shop", "Blog",
    "Support", "Internal", "Production", "Staging", "Test", "Region", "Client", "Example", "Home", "Site", "Sites",
    "Operational", "Outage", "Incident", "Uptime", "History",
)  # fmt: skip
# By the status: the newest checks of the first of two monitors, and how many must be down for an outage.
STATES = {"operational": ((1, 1), "1"), "degraded": ((0, 0), "2"), "outage": ((0, 0), "1"), "unknown": (None, "1")}


@contextmanager
def kuma(clock: MovableClock, names: list[str], newest: tuple[int, int] | None = (1, 1)) -> Iterator[ReplayServer]:
    """Serve monitors of these names. The first one has the two newest heartbeats given, or Kuma answers nothing."""
    lines = [series(1 if number or not newest else newest[-1], number + 1, name) for number, name in enumerate(names)]
    page = page_json(*(listed(number + 1, name) for number, name in enumerate(names)))
    heartbeats = {number + 1: steady(clock.now(), [1] * 10) for number in range(len(names))}
    if newest:
        heartbeats[1] = steady(clock.now(), [1] * 8 + list(newest))
    with made(metrics_text(*lines), page, heartbeats_json(heartbeats), clock=clock.now) as server:
        if newest is None:
            for path in (METRICS, "/api/status-page/elytra", HEARTBEATS):
                server.faults[path] = ReplayFault(status=503)
        yield server


def values(server: ReplayServer, **more: str) -> dict[str, str]:
    return {
        "UPTIME_KUMA_URL": server.url,
        "UPTIME_KUMA_API_KEY": API_KEY,
        "UPTIME_KUMA_STATUS_PAGE": "elytra",
        "STATUS_URL": "https://status.example.com/status.json",
        **more,
    }


def status(directory: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((directory / "public" / "status.json").read_bytes())
    return document


def everything(directory: Path) -> str:
    """Return all documents that are public, but for the programs in them."""
    public = sorted(path for path in (directory / "public").rglob("*") if path.is_file())
    texts = [path.read_text("utf-8") for path in public if path.name not in ("card.js", "og.png")]
    return re.sub(r"<(script|style).*?</\1>", "", "\n".join(texts), flags=re.DOTALL)


# The case that kept an outage from the public


@pytest.mark.parametrize("name", ["Platform", DEFAULT_INCIDENT_TEXT, "available", "Outage", "Maintenance"])
def test_an_outage_of_a_monitor_that_is_called_as_the_job_speaks_is_published(
    name: str, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    with kuma(clock, [name, "Acme"], (0, 0)) as server:
        outcome = job.run(make_settings(**values(server)), clock, tmp_path)
    assert status(tmp_path)["platform_status"] == "outage"
    assert [one["text"] for one in status(tmp_path)["notices"]] == [DEFAULT_INCIDENT_TEXT]
    assert outcome.withheld == ()


@pytest.mark.parametrize("name", ["Platform", "Maintenance", "Planned maintenance"])
def test_planned_maintenance_is_announced_whatever_a_monitor_is_called(
    name: str, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    now = clock.now().replace(microsecond=0)
    window = Maintenance("", "A disk is replaced.", now + timedelta(hours=2), now + timedelta(hours=3))
    store.change(tmp_path, clock, lambda there: maintenance.add(there, window, now))
    with kuma(clock, [name]) as server:
        outcome = job.run(make_settings(**values(server)), clock, tmp_path)
    assert [one["text"] for one in status(tmp_path)["notices"]] == [f"{PLANNED}A disk is replaced."]
    assert outcome.withheld == ()


# Each text by itself

TEXTS = {
    "PAGE_TITLE": "Status of Acme",
    "PAGE_LINKS": "Acme: https://www.example.com/; Help: https://help.example.com/",
    "BACKUP_POLICY": "Nightly backups of Acme.",
    "INFRASTRUCTURE_MODEL": "One machine for Acme.",
    "INFRASTRUCTURE_REGIONS": "nyc3,acme",
    "INFRASTRUCTURE_NOTES": "Acme is watched day and night.",
    "COMPONENTS": "Shop: 2; Acme: 1; Mail: 3",
    "INCIDENT_TEXT": "Acme is down.",
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_of_the_settings_is_withheld_in_every_document_and_all_else_goes_out(
    name: str, make_settings: Make, clock: MovableClock, tmp_path: Path, log_lines: list[str]
) -> None:
    with kuma(clock, ["Acme", "Two", "Three"], (0, 0)) as server:
        settings = make_settings(**values(server, **{name: TEXTS[name]}))
        outcome = job.run(settings, clock, tmp_path)
    assert [(one.name, one.label, one.words) for one in outcome.withheld] == [
        (name, "the name of monitor uptime_kuma:1", ("Acme",))
    ]
    assert status(tmp_path)["platform_status"] == "outage"
    assert "acme" not in everything(tmp_path).lower()
    assert "acme" not in "".join(line for line in log_lines if not line.startswith("DEBUG")).lower()
    assert any(line.startswith(f"WARNING {name} is withheld") and "uptime_kuma:1" in line for line in log_lines)
    assert name not in {other.name for other in job.run(make_settings(**values(server)), clock, tmp_path).withheld}


@pytest.mark.parametrize(
    ("name", "text"),
    [("COMPONENT_DESCRIPTIONS", "Shop: The shop of Acme"), ("COMPONENT_GROUPS", "Clients of Acme: Shop, Mail")],
)
def test_the_description_or_group_of_a_component_is_withheld_and_the_component_stays(
    name: str, text: str, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    with kuma(clock, ["Acme", "Two", "Three"]) as server:
        more = {"COMPONENTS": "Shop: 2; Mail: 3", name: text}
        outcome = job.run(make_settings(**values(server, **more)), clock, tmp_path)
        assert {one.name for one in outcome.withheld} == {name}
        assert "Acme" not in everything(tmp_path)
        page = (tmp_path / "public" / "index.html").read_text("utf-8")
        assert ">Shop</bdi></h3>" in page
        harmless = {**more, name: text.replace("Acme", "Ajax")}
        job.run(make_settings(**values(server, **harmless)), clock, tmp_path)
        assert "of Ajax" in (tmp_path / "public" / "index.html").read_text("utf-8")


def test_a_withheld_component_is_called_by_its_position_in_every_document(
    make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    with kuma(clock, ["Acme", "Two", "Three"]) as server:
        for components, expected in (
            ("Shop: 2; Acme: 1; Mail: 3", ["Shop", "Component 2", "Mail"]),
            ("Component 2: 2; Acme: 1", ["Component 2", "Component 2 (withheld)"]),
        ):
            job.run(make_settings(**values(server, COMPONENTS=components)), clock, tmp_path)
            history = json.loads((tmp_path / "public" / "history.json").read_bytes())
            assert [one["name"] for one in history["components"]] == expected
            api = json.loads((tmp_path / "public/api/v2/components.json").read_bytes())
            assert [one["name"] for one in api["components"]] == expected
            assert len({one["id"] for one in api["components"]}) == len(expected)
            page = (tmp_path / "public" / "index.html").read_text("utf-8")
            assert all(f">{name}</bdi></h3>" in page for name in expected)
            assert all(f'component="{name}"' in (tmp_path / "status.prom").read_text("utf-8") for name in expected)


def announce_all(directory: Path, clock: MovableClock, text: str) -> None:
    now = clock.now().replace(microsecond=0)
    hour = timedelta(hours=1)

    def told(there: Announcements) -> Announcements:
        there = set_to(there, Override(PlatformStatus.DEGRADED, text, now, now + hour, "root"))
        there = incidents.begin(there, text, now, "root")
        there = maintenance.add(there, Maintenance("", text, now, now + hour, "root"), now)
        return maintenance.add(there, Maintenance("", text, now + hour, now + 2 * hour, "root"), now)

    store.change(directory, clock, told)


def test_what_was_announced_and_has_become_a_name_is_withheld_in_every_document(
    make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    announce_all(tmp_path, clock, "Acme moves.")
    with kuma(clock, ["Acme", "Work on the platform", "incident", "set by hand"]) as server:
        outcome = job.run(make_settings(**values(server)), clock, tmp_path)
    day = f"{clock.now():%Y-%m-%d}"
    assert [one.name for one in outcome.withheld] == [
        "the note of the override", f"incident {day}-1", f"maintenance {day}-2", f"maintenance {day}-3",
    ]  # fmt: skip
    notices = status(tmp_path)["notices"]
    work = NO_MAINTENANCE_TEXT
    assert [one["text"] for one in notices] == [NO_NOTE, NO_INCIDENT_TEXT, work, f"{PLANNED}{work}"]
    assert status(tmp_path)["platform_status"] == "degraded"
    assert "Acme" not in everything(tmp_path)
    calendar = (tmp_path / "public" / "calendar.ics").read_text("utf-8")
    assert calendar.count(f"SUMMARY:{work}") == 2
    assert NO_INCIDENT_TEXT in (tmp_path / "public" / "feed.atom").read_text("utf-8")


def test_texts_that_say_something_private_together_do_not_hold_back_the_status(
    make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    now = clock.now().replace(microsecond=0)
    # Where a title is cut, after a word of a hundred letters, a name arises that the whole text does not hold.
    name = "a" * 119
    store.change(tmp_path, clock, lambda there: incidents.begin(there, "a" * 119 + "b" * 20, now, "root"))
    with kuma(clock, [name, "Two"], (0, 0)) as server:
        outcome = job.run(make_settings(**values(server, BACKUP_POLICY="Each night.")), clock, tmp_path)
    assert status(tmp_path)["platform_status"] == "outage"
    assert name not in everything(tmp_path)
    assert {one.label for one in outcome.withheld} == {"what several texts say together"}


@pytest.mark.parametrize("kind", ["host", "bucket", "secret", "address"])
def test_hosts_buckets_secrets_and_addresses_in_a_text_are_withheld_and_named_by_their_setting(
    kind: str, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    mail = {"SMTP_FROM": "status@example.com", "ALERT_EMAIL_TO": "root@example.com"}
    held = {
        "host": ("relay.example.net", {"SMTP_HOST": "relay.example.net", **mail}, "the host of SMTP_HOST"),
        "bucket": ("our-backups", {"BACKUP_BUCKET": "our-backups"}, "the bucket of BACKUP_BUCKET"),
        "secret": (API_KEY, {}, "holds the secret UPTIME_KUMA_API_KEY ("),
        "address": ("10.20.30.40", {}, "holds an IP address ("),
    }
    word, more, label = held[kind]
    s3 = {"SPACES_ENDPOINT": "http://127.0.0.1:9", "SPACES_REGION": "x", "SPACES_ACCESS_KEY": "key-of-a-test"}
    if kind == "bucket":
        more = {**more, **s3, "SPACES_SECRET_KEY": "secret-of-a-test"}
    with kuma(clock, ["Acme"]) as server:
        outcome = job.run(make_settings(**values(server, BACKUP_POLICY=f"In {word}.", **more)), clock, tmp_path)
    (withheld,) = outcome.withheld
    assert label in str(withheld.as_problem())
    assert "cannot be allowed" in str(withheld.as_problem())
    assert API_KEY not in str(withheld.as_problem(shows_word=True))
    assert status(tmp_path)["backups"]["policy"] == ""
    assert word not in everything(tmp_path)


def test_maintenance_of_a_withheld_component_calls_it_as_all_documents_do(
    make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    now = clock.now().replace(microsecond=0)
    window = Maintenance("", "A disk is replaced.", now, now + timedelta(hours=1), components=("Acme", "Mail"))
    store.change(tmp_path, clock, lambda there: maintenance.add(there, window, now))
    with kuma(clock, ["Acme", "Component", "Three"]) as server:
        outcome = job.run(make_settings(**values(server, COMPONENTS="Acme: 1; Mail: 3")), clock, tmp_path)
    assert [one.name for one in outcome.withheld] == ["COMPONENTS"]
    assert "Acme" not in everything(tmp_path)
    assert "LOCATION:Component 1\\, Mail" in (tmp_path / "public" / "calendar.ics").read_text("utf-8")


def test_an_incident_of_the_job_names_components_as_all_documents_do(
    make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    with kuma(clock, ["Acme", "Two", "Three"], (0, 0)) as server:
        outcome = job.run(make_settings(**values(server, COMPONENTS="Acme: 1; Mail: 1; DNS: 3")), clock, tmp_path)
    assert [one.name for one in outcome.withheld] == ["COMPONENTS"]
    assert "Acme" not in everything(tmp_path)
    (incident,) = json.loads((tmp_path / "public" / "history.json").read_bytes())["incidents"]
    assert (incident["title"], incident["components"]) == ("Component 1 and Mail unavailable", ["Component 1", "Mail"])
    assert store.read(tmp_path).incidents[0].components == ("Acme", "Mail")


def test_titles_and_postmortems_that_have_become_names_are_withheld_and_left_out(
    make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    now = clock.now().replace(microsecond=0)

    def told(there: Announcements) -> Announcements:
        named = incidents.Details(title="Acme is slow")
        there = incidents.begin(there, "Sites load slowly.", now, "root", named)
        there = incidents.resolve(there, there.last_identifier, "It is over.", now, "root")
        there = incidents.review(there, there.last_identifier, "Acme had a full disk.", now, "root")
        there = incidents.begin(there, "It is back.", now, "root", named)
        window = Maintenance("", "Acme moves.", now + timedelta(hours=1), now + timedelta(hours=2))
        there = maintenance.add(there, window, now)
        there = maintenance.remove(there, there.last_identifier, now)
        for ends in (0, 1):
            window = Maintenance("", "A disk moves.", now - timedelta(hours=1), now + timedelta(hours=ends))
            there = maintenance.add(there, replace(window, title="Acme moves"), now)
        return there

    store.change(tmp_path, clock, told)
    with kuma(clock, ["Acme", "Two"]) as server:
        outcome = job.run(make_settings(**values(server)), clock, tmp_path)
    day = f"{clock.now():%Y-%m-%d}"
    assert [(one.name, one.is_past) for one in outcome.withheld] == [
        (f"the postmortem of incident {day}-1", True),
        (f"the title of incident {day}-1", True),
        (f"the title of incident {day}-2", False),
        (f"the title of maintenance {day}-4", True),
        (f"the title of maintenance {day}-5", False),
        (f"maintenance {day}-3", True),
    ]
    assert "Acme" not in everything(tmp_path)
    windows = json.loads((tmp_path / "public" / "history.json").read_bytes())["maintenance"]
    assert {(one["title"], one["text"]) for one in windows} == {("Maintenance", "A disk moves.")}
    found = json.loads((tmp_path / "public" / "history.json").read_bytes())["incidents"]
    assert [one["title"] for one in found] == ["It is back.", "Sites load slowly."]
    assert [one["postmortem"] for one in found] == [None, None]


# At the prompt


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--note", ("override", "set", "--status", "degraded")),
        ("--text", ("incident", "open")),
        ("--text", ("maintenance", "add", "--until", "2h")),
    ],
)
def test_another_text_is_no_reason_to_refuse_this_one(
    option: str,
    words: tuple[str, ...],
    make_settings: Make,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = MovableClock()
    announce_all(tmp_path, clock, "Acme is slow.")
    with kuma(clock, ["Acme", "Platform"], (0, 0)) as server:
        texts = {name: text for name, text in TEXTS.items() if name != "COMPONENTS"}
        make_settings(**{**values(server, **texts), "STATUS_URL": ""})  # nobody is at that address
        assert run_command(tmp_path, *words, option, "Acme is down.") == errors.REFUSED
        told = capsys.readouterr()
        assert f"{option}: nothing was changed, because it contains the name of monitor uptime_kuma:1" in told.err
        assert "Acme" not in told.err
        assert run_command(tmp_path, *words, option, "A disk has failed.") == 0
    assert "A disk has failed." in [one["text"] for one in status(tmp_path)["notices"]]


# It is known


def test_what_is_withheld_is_said_by_each_command_and_mended_by_a_line(
    make_settings: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = MovableClock()
    with kuma(clock, ["Nightly"]) as server:
        given = values(server, BACKUP_POLICY="Nightly backups.")
        make_settings(**given)
        for _ in range(2):
            assert run_command(tmp_path, "run") == 0
            told = capsys.readouterr().err
            assert "WARNING: BACKUP_POLICY is withheld from the public, as it holds the name of monitor" in told
        assert run_command(tmp_path, "summary") == 0
        assert 'add "Nightly" to PUBLIC_WORDS' in capsys.readouterr().out
        assert run_command(tmp_path, "config", "check") == errors.SETTINGS
        assert "elytra-status.conf:5: BACKUP_POLICY is withheld" in capsys.readouterr().err
        assert run_command(tmp_path, "doctor") == errors.FAULTS
        told = capsys.readouterr().out
        assert "BACKUP_POLICY is withheld" in " ".join(told.split())
        make_settings(**given, PUBLIC_WORDS="Nightly")
        assert run_command(tmp_path, "run") == 0
        assert "withheld from" not in capsys.readouterr().err
        assert run_command(tmp_path, "config", "check") != errors.SETTINGS  # nobody is at STATUS_URL
    assert status(tmp_path)["backups"]["policy"] == "Nightly backups."


def test_the_text_of_an_incident_is_said_to_be_withheld_before_there_is_one(
    make_settings: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with kuma(MovableClock(), ["Acme"]) as server:
        make_settings(**values(server, INCIDENT_TEXT="Acme is down."))
        assert run_command(tmp_path, "run") == 0
        assert "INCIDENT_TEXT is withheld" in capsys.readouterr().err
        assert status(tmp_path)["platform_status"] == "operational"


# Ordinary names


def written_by_the_sample() -> dict[str, str]:
    """Return the texts for the public of the sample file."""
    names = ("backup_policy", "infrastructure_model", "infrastructure_regions", "infrastructure_notes", "page_title",
             "page_links")  # fmt: skip
    found = {one.name: one.example for one in DEFINITIONS if one.attribute in names}
    return {**found, "COMPONENTS": "Websites: 1; Databases: 2"}


@pytest.mark.parametrize("name", ORDINARY)
def test_no_ordinary_name_of_a_monitor_holds_back_a_publication(name: str, tmp_path: Path) -> None:
    clock = MovableClock(datetime(2026, 5, 4, 12, tzinfo=UTC))
    file = tmp_path / "elytra-status.conf"
    for expected, (newest, threshold) in STATES.items():
        with kuma(clock, [name, "Acme 4711"], newest) as server:
            given = {**values(server, OUTAGE_THRESHOLD=threshold), **written_by_the_sample()}
            file.write_text("".join(f'{key}="{value}"\n' for key, value in given.items()), encoding="utf-8")
            file.chmod(0o600)
            outcome = job.run(load(file, {}).settings, clock, tmp_path)
        assert status(tmp_path)["platform_status"] == expected
        assert {one.rule for one in outcome.withheld} <= {NAME}
        clock.moment += timedelta(hours=2)
    with file.open("a", encoding="utf-8") as more:
        more.write(f'PUBLIC_WORDS="{name}"\n')
    assert job.run(load(file, {}).settings, clock, tmp_path).withheld == ()
