# SPDX-License-Identifier: MIT
"""The explanation of a decision, which is for the administrator alone."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elytra_status.decision.conclusion import conclude
from elytra_status.decision.policy import decide
from elytra_status.demo.replay import ReplayFault, ReplayServer
from elytra_status.model import (
    BACKUPS,
    MONITORS,
    Announcements,
    BackupGroup,
    Facts,
    Heartbeat,
    Monitor,
    Override,
    PlatformStatus,
    Report,
    State,
)
from elytra_status.run.assess import Assessment, policy_rules
from elytra_status.run.explanation import MOST_IN_ORDER, MOST_ODD, WIDTH, explain
from elytra_status.run.saved_state import SavedState
from elytra_status.settings import Settings, Threshold
from tests.conftest import API_KEY
from tests.in_process import run_command
from tests.made_kuma import HEARTBEATS, METRICS, PAGE, heartbeats_json, listed, metrics_text, page_json, series, steady

NOW = datetime(2025, 11, 10, 15, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def explained(*reports: Report, announcements: Announcements | None = None, **more: object) -> str:
    settings = Settings(**more)  # type: ignore[arg-type]
    facts = Facts(NOW, reports, announcements or Announcements())
    decision = conclude(decide(facts, policy_rules(settings)), facts, policy_rules(settings))
    return explain(settings, Assessment(decision, reports, SavedState()), NOW)


def heartbeats(pattern: str) -> tuple[Heartbeat, ...]:
    """Return heartbeats, one a minute; the newest is half a minute old."""
    states = {"U": State.UP, "D": State.DOWN}
    newest = NOW - MINUTE / 2
    return tuple(Heartbeat(newest - place * MINUTE, states[one]) for place, one in enumerate(reversed(pattern)))[::-1]


def row(text: str, word: str) -> str:
    """Return the text behind a word in the first column, its lines joined."""
    lines = text.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"  {word:11} "))
    rest = [line.strip() for line in lines[start + 1 :]]
    length = next((n for n, line in enumerate(lines[start + 1 :]) if not line.startswith(" " * 10)), len(rest))
    return " ".join([lines[start][14:].strip(), *rest[:length]])


SHOWN = Report(
    "kuma",
    MONITORS,
    monitors=(
        Monitor(
            "kuma:1",
            "Acme up",
            State.UP,
            heartbeats=heartbeats("UUU"),
            rests_on_heartbeats=True,
            evidence=("heartbeats and /metrics",),
        ),
        Monitor(
            "kuma:2",
            "Acme down",
            State.DOWN,
            confirmed=True,
            since=NOW - 12 * MINUTE,
            heartbeats=heartbeats("UDDD"),
            critical=True,
            evidence=("heartbeats",),
            confirmed_by="two heartbeats",
            rests_on_heartbeats=True,
        ),
        Monitor(
            "kuma:3",
            "Acme flapping",
            State.UP,
            since=NOW,
            heartbeats=heartbeats("UDUDUDUU"),
            rests_on_heartbeats=True,
            evidence=("heartbeats",),
        ),
        Monitor("kuma:4", "Acme stale", State.UNKNOWN, evidence=("no heartbeat for more than 15 minutes",)),
        Monitor("kuma:5", "Acme pending", State.PENDING, evidence=("/metrics alone",)),
        Monitor("kuma:6", "Acme at work", State.MAINTENANCE, since=NOW - 3 * MINUTE, evidence=("heartbeats",)),
    ),
    warnings=("one badge was not answered",),
    remarks=("1 (kuma:7) paused",),
)


def test_the_rule_that_decided_and_why_none_before_it_did() -> None:
    text = explained(SHOWN, outage_threshold=Threshold(count=2))
    rules_told = text.partition("Rules: ")[2].partition("\n\n")[0].splitlines()[1:]
    assert [line.split()[:2] for line in rules_told] == [
        ["no", "override"],
        ["no", "no-answer"],
        ["no", "nothing-watched"],
        ["no", "maintenance"],
        ["YES", "critical-down"],
    ]
    assert "1 of 1 critical monitor confirmed down (kuma:2)" in rules_told[-1]
    later = explained(dataclasses.replace(SHOWN, monitors=SHOWN.monitors[3:]), outage_threshold=Threshold(count=2))
    assert "outage           0 of 3 monitors confirmed down, outage from 2" in later


def test_each_monitor_and_what_is_known_of_it_the_worst_first() -> None:
    text = explained(SHOWN)
    assert row(text, "down") == (
        "kuma:2 'Acme down', critical down for 12 minutes (since 2025-11-10T15:18:00Z); confirmed by two heartbeats;"
        " heartbeats;"
        " newest heartbeat down, 30 seconds ago (2025-11-10T15:29:30Z); changed 1 time in 30 minutes"
    )
    assert row(text, "pending") == "kuma:5 'Acme pending' not confirmed; /metrics alone"
    assert row(text, "unknown") == "kuma:4 'Acme stale' no heartbeat for more than 15 minutes"
    assert row(text, "flaps").endswith("changed 6 times in 30 minutes, more than 4")
    assert row(text, "up") == "kuma:1 'Acme up': heartbeats and /metrics; newest heartbeat 30 seconds ago"
    words = ("down", "pending", "unknown", "maintenance", "flaps", "up")
    places = [text.index(f"\n  {word:11} kuma:") for word in words]
    assert places == sorted(places)
    assert row(text, "!") == "one badge was not answered"
    assert row(text, "note") == "1 (kuma:7) paused"


def test_how_long_something_was_seen_down_where_its_source_does_not_say() -> None:
    """If a source does not say, what earlier polls saw is saved as heartbeats."""
    down = Monitor(
        "probes:1",
        "Acme",
        State.DOWN,
        confirmed=True,
        confirmed_by="two polls",
        heartbeats=heartbeats("UDDD"),
        evidence=("probed",),
    )
    up = Monitor("probes:2", "Beta", State.UP, heartbeats=heartbeats("DDUU"), evidence=("value 1",))
    text = explained(Report("probes", MONITORS, monitors=(down, up)))
    told = "probes:1 'Acme' seen down for 2 minutes (since 2025-11-10T15:27:30Z); confirmed by two polls; probed;"
    assert row(text, "down").startswith(told)
    assert row(text, "up") == "probes:2 'Beta': value 1; changed 1 time in 30 minutes"
    first = dataclasses.replace(down, heartbeats=heartbeats("UUUD"))
    assert "seen" not in row(explained(Report("probes", MONITORS, monitors=(first, up))), "down")


def test_an_isolated_source_is_named() -> None:
    text = explained(dataclasses.replace(SHOWN, isolation="is isolated since 2025-11-10T15:20:00Z"))
    assert row(text, "!") == "it is isolated since 2025-11-10T15:20:00Z: what failed then is unknown"
    text = explained(Report("kuma", MONITORS, problem="401, the API key is refused"))
    assert row(text, "!") == "unavailable: 401, the API key is refused"


def test_what_would_be_without_an_override() -> None:
    override = Override(PlatformStatus.OPERATIONAL, "All is well.", NOW - MINUTE, NOW + MINUTE)
    text = explained(SHOWN, announcements=Announcements(override))
    first, second = (line.split()[1] for line in text.splitlines() if line.startswith("  YES"))
    assert (first, second) == ("override", "critical-down")
    assert text.index("override") < text.index("without it:") < text.index("critical-down")


def test_backups_with_their_age_and_its_limits() -> None:
    groups = (
        BackupGroup("acme", NOW - timedelta(hours=30)),
        BackupGroup("beta", NOW - timedelta(hours=3)),
        BackupGroup("gamma", None),
        BackupGroup("delta", NOW - timedelta(hours=1), failed=True),
    )
    text = explained(Report("spaces", BACKUPS, backup_groups=groups))
    assert "Backups of spaces, worst first: success under 25 hours, failed from 48 hours" in text
    assert row(text, "failed") == "'delta': the last run failed; newest 60 minutes ago (2025-11-10T14:30:00Z)"
    assert row(text, "warning") == "'acme': newest 30 hours ago (2025-11-09T09:30:00Z)"
    assert row(text, "unknown") == "'gamma': nothing that counts as a backup"
    assert row(text, "success") == "'beta': newest 3 hours ago (2025-11-10T12:30:00Z)"


@pytest.mark.parametrize(("state", "most"), [(State.UP, MOST_IN_ORDER), (State.DOWN, MOST_ODD)])
def test_a_thousand_monitors_are_not_listed_one_by_one(state: State, most: int) -> None:
    many = tuple(Monitor(f"kuma:{number}", f"Acme {number}", state) for number in range(1000))
    text = explained(Report("kuma", MONITORS, monitors=many))
    assert text.count("'Acme ") == most
    assert f"and {1000 - most} more" in text


texts = st.text(max_size=200) | st.sampled_from(["\x1b[31mred", "a\nb", "\u202eabc", "x" * 300, "試験" * 50])
states = st.sampled_from(State)


@given(st.lists(st.tuples(texts, states, texts), max_size=5), texts)
def test_no_line_is_too_long_for_a_terminal_and_none_commands_it(
    many: list[tuple[str, State, str]], group: str
) -> None:
    monitors = tuple(
        Monitor(
            f"kuma:{number}",
            name,
            state,
            since=NOW - MINUTE,
            heartbeats=heartbeats("UDUDUDU"),
            evidence=("heartbeats",),
        )
        for number, (name, state, _) in enumerate(many)
    )
    report = Report("kuma", MONITORS, monitors=monitors)
    text = explained(report, Report("spaces", BACKUPS, backup_groups=(BackupGroup(group, NOW),)))
    assert all(len(line) <= WIDTH for line in text.split("\n"))
    assert not any(unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp") for sign in text if sign != "\n")


def kuma_with(start_kuma: Callable[..., ReplayServer]) -> ReplayServer:
    kuma, now = start_kuma("v2.5.3", "all-up"), datetime.now(UTC)
    bodies = {
        METRICS: metrics_text(series(0, 1, name="Acme shop"), series(1, 2, name="Beta site")),
        PAGE: page_json(listed(1, name="Acme shop"), listed(2, name="Beta site")),
        HEARTBEATS: heartbeats_json({1: steady(now, [1, 0, 0]), 2: steady(now, [1, 1, 1])}),
    }
    for path, body in bodies.items():
        kuma.faults[path] = ReplayFault(status=200, body=body)
    return kuma


def make(kuma: ReplayServer, make_settings: Callable[..., Settings], **more: str) -> None:
    values = {"UPTIME_KUMA_URL": kuma.url, "UPTIME_KUMA_API_KEY": API_KEY, "UPTIME_KUMA_STATUS_PAGE": "elytra"}
    make_settings(**values, **more)


def test_the_command_names_names_on_standard_output_alone(
    start_kuma: Callable[..., ReplayServer],
    make_settings: Callable[..., Settings],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    kuma = kuma_with(start_kuma)
    make(kuma, make_settings)
    assert run_command(tmp_path, "summary", "--explain") == 0
    told = capsys.readouterr()
    assert row(told.out, "down").startswith("uptime_kuma:1 'Acme shop' down for ")
    assert "confirmed by two heartbeats" in row(told.out, "down")
    assert "Acme" not in told.err
    assert not list(tmp_path.rglob("status.json"))
    assert run_command(tmp_path, "summary", "--json") == 0
    assert "Acme" not in capsys.readouterr().out
    assert run_command(tmp_path, "run") == 0
    document = (tmp_path / "public/status.json").read_text("utf-8")
    assert all(words not in document for words in ("Acme", "two heartbeats", "critical", "uptime_kuma"))


def test_a_text_that_is_withheld_is_explained_with_its_word(
    start_kuma: Callable[..., ReplayServer],
    make_settings: Callable[..., Settings],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    make(kuma_with(start_kuma), make_settings, INFRASTRUCTURE_NOTES="The Acme shop is slow.")
    assert run_command(tmp_path, "summary", "--explain") == 0
    told = capsys.readouterr()
    assert "Withheld  INFRASTRUCTURE_NOTES is withheld " in told.out
    assert ', "Acme shop" (rule "monitor or backup name"). Change the text, or ' in told.out
    assert 'add "Acme shop" to PUBLIC_WORDS: PUBLIC_WORDS="Acme shop"' in told.out
    assert "Acme" not in told.err


def test_what_would_be_refused_is_explained_all_the_same(
    start_kuma: Callable[..., ReplayServer],
    make_settings: Callable[..., Settings],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    make(kuma_with(start_kuma), make_settings, STATUS_URL="https://status.example.com/10.20.30.40.json")
    assert run_command(tmp_path, "summary", "--explain") == 0
    told = capsys.readouterr()
    assert "'Acme shop'" in told.out
    assert "A run would publish nothing: index.html: " in told.out
    assert run_command(tmp_path, "summary") == 65


def test_a_document_and_its_explanation_exclude_each_other(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    make_settings()
    with pytest.raises(SystemExit) as caught:
        run_command(tmp_path, "summary", "--json", "--explain")
    assert caught.value.code == 64
