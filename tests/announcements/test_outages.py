# SPDX-License-Identifier: MIT
"""An outage that grows, moves and shrinks: the incident of the job says what is out, and since when."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elytra_status import locale
from elytra_status.announcements import incidents, outages, store, written
from elytra_status.announcements.progress import progress
from elytra_status.announcements.titles import title_of
from elytra_status.model import (
    Announcements,
    Backups,
    BackupStatus,
    ComponentChange,
    ComponentDecision,
    Decision,
    Impact,
    Incident,
    IncidentUpdate,
    PlatformStatus,
    Uptime,
    replace,
)
from elytra_status.run import job
from elytra_status.settings import Settings
from elytra_status.settings.definitions import DEFAULT_INCIDENT_TEXT
from tests.conftest import API_KEY, MovableClock
from tests.in_process import run_command
from tests.made_kuma import heartbeats_json, listed, made, metrics_text, page_json, series, steady

pytestmark = pytest.mark.slow

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TEXT = DEFAULT_INCIDENT_TEXT
ATOM = {"a": "http://www.w3.org/2005/Atom"}
NAMES = ("Web shop", "Mail", "Datenbank")
Make = Callable[..., Settings]
Status = PlatformStatus


class Platform:
    """A platform of three components and a monitor in none, watched by Uptime Kuma, and what the job publishes."""

    def __init__(self, directory: Path, make_settings: Make, *, names: dict[int, str] | None = None, **more: str):
        self.directory, self.make, self.more = directory, make_settings, more
        self.clock, self.names = MovableClock(NOW), names or {}

    def run(self, *down: int, minutes: int = 10) -> job.Outcome:
        """Run the job some minutes later, while these of the monitors 1 to 4 are down."""
        self.clock.moment += minutes * MINUTE
        numbers = range(1, 5)
        named = {number: self.names.get(number, f"Acme 471{number}") for number in numbers}
        beats = {one: steady(self.clock.now(), [1] * 8 + [int(one not in down)] * 2) for one in numbers}
        lines = [series(int(one not in down), one, named[one]) for one in numbers]
        page = page_json(*(listed(one, named[one]) for one in numbers))
        with made(metrics_text(*lines), page, heartbeats_json(beats), clock=self.clock.now) as kuma:
            given = {
                "UPTIME_KUMA_URL": kuma.url,
                "UPTIME_KUMA_API_KEY": API_KEY,
                "UPTIME_KUMA_STATUS_PAGE": "elytra",
                "PUBLISH": "badge,card,feed,history,incidents,page,statuspage",
                "STATUS_URL": "https://status.example.com/status.json",
                "COMPONENTS": "; ".join(f"{name}: {number}" for number, name in enumerate(NAMES, 1)),
                **self.more,
            }
            outcome = job.run(self.make(**given), self.clock, self.directory)
        assert outcome.published
        return outcome

    def text(self, name: str) -> str:
        return (self.directory / "public" / name).read_text("utf-8")

    def api(self, name: str = "summary") -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text(f"api/v2/{name}.json"))
        return found

    def feed(self, name: str = "feed.atom") -> dict[str, str]:
        """Return when each incident in a feed was updated, by its title."""
        entries = ET.fromstring(self.text(name)).findall("a:entry", ATOM)
        of_incidents = [one for one in entries if "#incident-" in (one.findtext("a:id", "", ATOM))]
        return {one.findtext("a:title", "", ATOM): one.findtext("a:updated", "", ATOM) for one in of_incidents}

    @property
    def title(self) -> str:
        found = re.search(
            r'<article [^>]*class="open [^"]*"[^>]*>.*?<h3[^>]*>(.*?)</h3>', self.text("index.html"), re.S
        )
        assert found
        return re.sub("<[^>]+>", "", found[1])

    @property
    def incident(self) -> Incident:
        return store.read(self.directory).incidents[-1]

    def at(self) -> str:
        return f"{self.clock.now():%Y-%m-%dT%H:%M:%SZ}"


def test_an_outage_that_moves_on_is_announced_as_it_is_now(make_settings: Make, tmp_path: Path) -> None:
    platform = Platform(tmp_path, make_settings)
    platform.run(1, 2)
    assert platform.title == "Web shop and Mail unavailable"
    began = platform.at()

    platform.run(1, 3, minutes=17)
    assert platform.title == "Web shop and Datenbank unavailable"
    said = "Available again: Mail. Still unavailable: Web shop. Also unavailable now: Datenbank."
    assert said in platform.text("index.html")
    moved = platform.at()
    assert moved != began
    assert platform.feed() == {"Investigating: Web shop and Datenbank unavailable": moved}
    assert platform.feed("components/mail.atom") == {"Available again: Mail": moved}
    assert platform.feed("components/datenbank.atom") == {"Investigating: Web shop and Datenbank unavailable": moved}
    (incident,) = platform.api()["incidents"]
    assert (incident["name"], incident["updated_at"][:19]) == ("Web shop and Datenbank unavailable", moved[:19])
    assert [one["body"] for one in incident["incident_updates"]] == [said, TEXT]
    states = {one["name"]: one["status"] for one in incident["components"]}
    assert states == {"Web shop": "major_outage", "Mail": "operational", "Datenbank": "major_outage"}
    (notice,) = json.loads(platform.text("status.json"))["notices"]
    assert notice["text"] == said

    # Nothing new: nothing is said.
    platform.run(1, 3)
    assert platform.feed() == {"Investigating: Web shop and Datenbank unavailable": moved}

    platform.run(minutes=90)
    assert [update.text for update in platform.incident.updates] == [TEXT, said, incidents.RESOLVED_TEXT]
    assert list(platform.feed("components/mail.atom")) == ["Resolved: Web shop, Mail and Datenbank unavailable"]
    (past,) = platform.api("incidents")["incidents"]
    assert past["name"] == "Web shop, Mail and Datenbank unavailable"
    (in_history,) = json.loads(platform.text("history.json"))["incidents"]
    assert in_history["components"] == ["Web shop", "Mail", "Datenbank"]


def test_what_is_out_is_in_the_words_of_each_language(make_settings: Make, tmp_path: Path) -> None:
    platform = Platform(tmp_path, make_settings, LANGUAGE="nl", PAGE_LANGUAGE="de,ja,en")
    platform.run(2)
    platform.run(2, 3)
    for name, said in {
        "index.html": "Jetzt auch nicht verfügbar: Datenbank.",
        "ja/index.html": "新たに利用できなくなりました：Datenbank。",
        "en/index.html": "Also unavailable now: Datenbank.",
        "feed.atom": "Nu ook niet beschikbaar: Datenbank.",
        "status.json": "Nu ook niet beschikbaar: Datenbank.",
        "api/v2/summary.json": "Nu ook niet beschikbaar: Datenbank.",
    }.items():
        assert said in platform.text(name), name
        others = [one for one in ("Jetzt auch", "Nu ook", "Also unavailable") if one not in said]
        assert not any(other in platform.text(name) for other in others), name


@pytest.mark.parametrize("word", ["available", "Unavailable", "again", "also", "still", "now", "details"])
def test_the_jobs_words_about_components_are_no_leak(word: str, make_settings: Make, tmp_path: Path) -> None:
    platform = Platform(tmp_path, make_settings, names={4: word})
    platform.run(1)
    assert platform.run(2).withheld == ()
    assert "Available again: Web shop. Unavailable now: Mail." in platform.text("index.html")


def test_a_component_that_is_withheld_is_withheld_in_the_jobs_words_too(make_settings: Make, tmp_path: Path) -> None:
    platform = Platform(tmp_path, make_settings, names={4: "Datenbank"})
    platform.run(1, 2)
    platform.run(1, 3)
    public = [path for path in (tmp_path / "public").rglob("*") if path.is_file() and path.suffix != ".png"]
    assert not [path.name for path in public if "Datenbank" in path.read_text("utf-8")]
    assert "Also unavailable now: Component 3." in platform.text("index.html")
    assert platform.title == "Web shop and Component 3 unavailable"
    assert "Also unavailable now: Component 3." in platform.text("status.json")


def test_a_component_that_was_removed_is_in_no_text(make_settings: Make, tmp_path: Path) -> None:
    platform = Platform(tmp_path, make_settings)
    platform.run(1, 4)
    platform.run(1, 3, 4)
    platform.more = {"COMPONENTS": "Web shop: 1"}
    platform.run(1, 4)
    assert platform.title == "Web shop unavailable"
    assert "Datenbank" not in platform.text("index.html") + platform.text("status.json") + platform.text("feed.atom")
    platform.run()
    assert "Datenbank" not in platform.text("index.html") + platform.text("feed.atom")


def test_if_all_its_components_work_its_title_names_none(make_settings: Make, tmp_path: Path) -> None:
    platform = Platform(tmp_path, make_settings)
    platform.run(2, 4)
    platform.run(4)
    assert platform.title == TEXT
    assert "Available again: Mail." in platform.text("index.html")
    assert list(platform.feed("components/mail.atom")) == ["Available again: Mail"]
    platform.run(2, 4)
    assert platform.title == "Mail unavailable"
    assert "Unavailable now: Mail." in platform.text("feed.atom")


def test_the_text_of_a_person_stays_and_the_title_still_names_what_is_out(make_settings: Make, tmp_path: Path) -> None:
    platform = Platform(tmp_path, make_settings)
    platform.run(1, 2)
    there = store.read(tmp_path)
    there = incidents.update(there, there.last_identifier, "A switch.", platform.clock.now(), "alice")
    store.change(tmp_path, platform.clock, lambda _: there)
    platform.run(2, 3)
    assert platform.title == "Mail and Datenbank unavailable"
    assert [update.text for update in platform.incident.updates] == [TEXT, "A switch."]
    # The feed, the API and the page say when the title changed.
    assert platform.feed() == {"Investigating: Mail and Datenbank unavailable": platform.at()}
    assert platform.api()["incidents"][0]["updated_at"][:19] == platform.at()[:19]
    for name in ("index.html", f"incidents/{there.last_identifier}.html"):
        assert re.search(rf'Details changed: <time datetime="{platform.at()}"', platform.text(name)), name


def test_details_alone_have_a_time(make_settings: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    platform = Platform(tmp_path, make_settings)
    platform.run(2)
    identifier, moment = platform.incident.identifier, platform.clock.now() + 4 * MINUTE
    details = incidents.Details("Post bleibt liegen", ("Mail", "Web shop"), Impact.CRITICAL)

    def changed(there: Announcements) -> Announcements:
        return incidents.update(there, identifier, None, moment, "alice", details)

    before, after = store.change(tmp_path, platform.clock, changed)
    assert before != after == changed(after), "the same details again are no change"
    platform.run(2)
    assert platform.feed() == {"Investigating: Post bleibt liegen": f"{moment:%Y-%m-%dT%H:%M:%SZ}"}
    (incident,) = platform.api()["incidents"]
    assert (incident["updated_at"][:16], incident["impact"]) == (f"{moment:%Y-%m-%dT%H:%M}", "critical")
    assert f'Details changed: <time datetime="{moment:%Y-%m-%dT%H:%M:%SZ}"' in platform.text("index.html")
    assert [update.text for update in platform.incident.updates] == [TEXT], "the one added by hand was never out"
    assert run_command(tmp_path, "incident", "list") == 0
    assert ": Mail, Web shop (works again), Post bleibt liegen\n" in capsys.readouterr().out
    platform.run(2, 3)
    assert list(platform.feed()) == list(platform.feed("components/web-shop.atom")) == [
        "Investigating: Post bleibt liegen"
    ]  # fmt: skip
    assert "navailable now: Datenbank." in platform.text("feed.atom")
    assert "Details changed" not in platform.text("index.html")


def test_if_progress_cannot_be_saved_no_component_that_works_is_named(
    make_settings: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = Platform(tmp_path, make_settings)
    platform.run(1, 2)
    platform.clock.moment += 10 * MINUTE
    monkeypatch.setattr(store, "LONGEST_WAIT_SECONDS", 0.0)
    from elytra_status.system import files

    with files.lock_file(tmp_path / store.LOCK_FILE, platform.clock, 0.0):
        platform.run(1)
    assert platform.incident.restored == ()
    assert platform.title == "Web shop unavailable"


# Without the job


def decided(status: Status, *states: Status, rule: str = "") -> Decision:
    components = tuple(map(ComponentDecision, NAMES, states))
    return Decision(status, rule or status.value, "", Uptime(), Backups(BackupStatus.UNKNOWN), components=components)


def follow(*decisions: Decision, there: Announcements | None = None, minutes: float = 10) -> Announcements:
    announcements = there or Announcements()
    for number, decision in enumerate(decisions):
        announcements = progress(announcements, decision, NOW + number * minutes * MINUTE, TEXT).announcements
    return announcements


UP, SLOW, OUT, UNKNOWN = Status.OPERATIONAL, Status.DEGRADED, Status.OUTAGE, Status.UNKNOWN


def texts(announcements: Announcements) -> list[str]:
    return [update.text for update in announcements.incidents[-1].updates]


def test_degraded_and_unknown_is_not_yet_available_again() -> None:
    there = follow(decided(OUT, OUT, OUT, UP), decided(OUT, SLOW, OUT, UP), decided(UNKNOWN, UNKNOWN, OUT, UP))
    assert title_of(there.incidents[0]) == "Web shop and Mail unavailable"
    assert texts(there) == [TEXT]
    there = follow(decided(UNKNOWN, UNKNOWN, UP, UP), there=there)
    assert title_of(there.incidents[0]) == "Web shop unavailable"
    assert texts(there)[1:] == ["Available again: Mail."], "it is not known whether the other one is still unavailable"
    # What worked again and is degraded is not out.
    there = follow(decided(SLOW, SLOW, SLOW, UP), there=there)
    assert title_of(there.incidents[0]) == "Web shop unavailable"


def test_the_text_about_the_whole_is_not_repeated_for_its_parts() -> None:
    there = follow(
        decided(OUT, OUT, OUT, UP),
        decided(SLOW, SLOW, UP, UP),
        decided(SLOW, SLOW, UP, UP),
        decided(OUT, OUT, UP, OUT),
        decided(OUT, OUT, UP, OUT),
    )
    back, new = "Available again: Mail.", "Also unavailable now: Datenbank."
    assert texts(there) == [TEXT, back, incidents.EASED_TEXT, new, TEXT]


def test_under_an_override_and_by_hand_the_job_says_nothing() -> None:
    there = follow(decided(OUT, OUT, OUT, UP), decided(OUT, OUT, UP, UP, rule="override"))
    assert texts(there) == [TEXT]
    assert title_of(there.incidents[0]) == "Web shop unavailable"
    there = incidents.follow(there, decided(OUT, UP, UP, OUT), NOW + 30 * MINUTE, None)
    assert texts(there) == [TEXT]
    assert title_of(there.incidents[0]) == "Datenbank unavailable"


def test_an_outage_that_returns_elsewhere_names_what_is_out_now() -> None:
    there = follow(decided(OUT, OUT, OUT, UP), decided(UP, UP, UP, UP), decided(OUT, UP, UP, OUT))
    assert title_of(there.incidents[0]) == "Datenbank unavailable"
    assert there.incidents[0].components == NAMES
    assert texts(there) == [TEXT, incidents.RESOLVED_TEXT, TEXT]


def test_a_flapping_component_does_not_fill_an_incident() -> None:
    both, one = decided(OUT, OUT, OUT, UP), decided(OUT, OUT, UP, UP)
    there = follow(*[both, one] * 500)
    (incident,) = there.incidents
    assert len(incident.updates) == 1 + outages.MOST_CHANGES == 21
    assert title_of(incident) == "Web shop unavailable"
    assert incident.last_change == NOW + 999 * 10 * MINUTE


states = st.sampled_from(list(Status))
steps = st.lists(
    st.tuples(states, st.tuples(states, states, states), st.sampled_from(["", "override", "person", "details"])),
    min_size=1,
    max_size=25,
)


@given(steps)
def test_no_title_of_an_open_incident_of_the_job_names_a_component_that_works(
    history: list[tuple[Status, tuple[Status, ...], str]],
) -> None:
    there, now, before = Announcements(), NOW, None
    for status, of_components, how in history:
        now += 7 * MINUTE
        if how in ("person", "details") and (ours := incidents.ongoing(there)):
            text = "A switch." if how == "person" else None
            details = incidents.Details(components=("Mail", "Datenbank")) if how == "details" else incidents.Details()
            there = incidents.update(there, ours[0].identifier, text, now, "alice", details)
        decision = decided(status, *of_components, rule="override" if how == "override" else "")
        there = progress(there, decision, now, TEXT).announcements
        assert written.from_json(json.loads(json.dumps(written.to_json(there)))) == there
        for incident in incidents.ongoing(there):
            title = title_of(incident)
            for name, state in zip(NAMES, of_components, strict=True):
                assert not (state is UP and name in title)
                assert not (state is OUT and name not in title and "components" not in title)
            if before and before[0] == incident.identifier and before[1] != title:
                assert incident.last_change == now
            before = incident.identifier, title
        for incident in there.incidents:
            if incident.resolved:
                assert all(name in title_of(incident) for name in incident.components)
                assert (incident.restored, incident.changed) == ((), None)


@pytest.mark.parametrize("seed", [17, 23, 41])
def test_title_rows_and_feeds_agree_whatever_happens(seed: int, make_settings: Make, tmp_path: Path) -> None:
    platform, random = Platform(tmp_path, make_settings), Random(seed)
    for _ in range(8):
        platform.run(*random.sample(range(1, 5), random.choice([1, 1, 2, 3])), minutes=random.choice([1, 10, 30]))
        rows = {one["name"]: one["status"] for one in platform.api()["components"]}
        (incident,) = platform.api()["incidents"]
        for name, row in rows.items():
            assert (name in platform.title) is (name in incident["name"])
            assert not (row == "operational" and name in platform.title), rows
            assert not (row == "major_outage" and name not in platform.title), rows
            titles = list(platform.feed(f"components/{name.lower().replace(' ', '-')}.atom"))
            assert all((title == f"Available again: {name}") is (row == "operational") for title in titles), titles


@pytest.mark.parametrize("code", locale.codes())
def test_the_longest_words_of_a_change_fit_into_a_notice(code: str) -> None:
    names = tuple(f"{number}" + "ä" * 90 for number in range(40))
    language = locale.find_language(code)
    some = ComponentChange(names, names, names)
    assert len(outages.sentences_of(some, language)) < 800
    assert outages.sentences_of(ComponentChange(), language) == ""
    assert outages.available_again("Mail", language)[-1] not in ".。"


def test_announcements_of_before_read_as_before() -> None:
    first = {"time": "2026-05-04T12:00:00Z", "text": TEXT, "by": ""}
    incident = {
        "identifier": "2026-05-04-1", "opened": "2026-05-04T12:00:00Z", "resolved": None, "automatic": True,
        "updates": [first], "components": ["Web shop", "Mail"],
    }  # fmt: skip
    value = {**written.to_json(Announcements()), "incidents": [incident]}
    there = written.from_json(value)
    assert there.incidents[0].out == ("Web shop", "Mail")
    assert title_of(there.incidents[0]) == "Web shop and Mail unavailable"
    assert written.to_json(there) == value, "an earlier version reads it too"
    there = follow(decided(OUT, OUT, OUT, UP), there=there)
    assert written.to_json(there) == value
    there = follow(decided(OUT, OUT, UP, UP), there=there)
    assert texts(there)[1:] == ["Available again: Mail. Still unavailable: Web shop."]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"restored": "Mail"}, r"incidents\[0\].restored is not a list"),
        ({"changed": "today"}, r"incidents\[0\].changed is not a time"),
        ({"change": {"failed": []}}, r"incidents\[0\].updates\[0\].change.remaining is missing"),
        ({"change": ["Mail"]}, r"incidents\[0\].updates\[0\].change is not an object"),
    ],
)
def test_malformed_changes_are_refused(fault: dict[str, Any], words: str) -> None:
    value = written.to_json(follow(decided(OUT, OUT, UP, UP)))
    (incident,) = value["incidents"]
    (incident["updates"][0] if "change" in fault else incident).update(fault)
    with pytest.raises(written.ShapeError, match=words):
        written.from_json(value)


def test_a_time_of_change_that_a_wrong_clock_set_is_taken_back() -> None:
    there = follow(decided(OUT, OUT, OUT, UP))
    (incident,) = there.incidents
    ahead = replace(incident, updates=(IncidentUpdate(NOW, "A switch.", "alice"),), changed=NOW + timedelta(days=400))
    (after,) = incidents.without_future(replace(there, incidents=(ahead,)), NOW + MINUTE).incidents
    assert after.changed == NOW + MINUTE
