# SPDX-License-Identifier: MIT
"""Notifications about platform, backups and overrides, run by run, as mails at a real mail server."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elytra_status import alerts
from elytra_status.alerts import conditions, reminders
from elytra_status.alerts.channel import Channel, Message
from elytra_status.alerts.condition import Condition
from elytra_status.alerts.platform_conditions import of_decision, of_texts
from elytra_status.decision import policy
from elytra_status.decision.conclusion import conclude
from elytra_status.documents.withheld import Withheld
from elytra_status.leak_guard import HOST, NAME
from elytra_status.model import (
    BACKUPS,
    MONITORS,
    Announcements,
    BackupGroup,
    BackupStatus,
    Facts,
    Maintenance,
    Monitor,
    Override,
    PlatformStatus,
    Report,
    State,
)
from elytra_status.run.assess import policy_rules
from elytra_status.settings import Settings
from elytra_status.system.clock import Clock
from tests.alert_servers import Mailbox, mail_server
from tests.conftest import MovableClock

pytestmark = pytest.mark.slow

START = datetime(2025, 11, 10, 3, 10, 0, tzinfo=UTC)
RUN = timedelta(minutes=10)
CLIENT = "Client Seven"
Make = Callable[..., Settings]
Compose = Callable[[Channel], Message]


class Desk:
    """A machine with a run every ten minutes, and the mails that they send."""

    def __init__(self, make: Make, directory: Path, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        self.directory = directory
        self.clock = MovableClock(START)
        self.settings = make(
            SMTP_HOST="127.0.0.1",
            SMTP_PORT=mailbox.port,
            SMTP_SECURITY="none",
            SMTP_FROM="from@example.com",
            ALERT_EMAIL_TO="to@example.com",
        )
        self.announcements = Announcements()

    def run(self, state: str = "up", backup_age: float | None = 1, *, times: int = 1) -> list[str]:
        """Do the end of some runs, and return the subjects of the mails from the last one."""
        for _ in range(times):
            before = len(self.mailbox.mails)
            now = self.clock.now()
            watched = Monitor("kuma:7", CLIENT, State(state), confirmed=state in ("down", "pending"))
            reports = [Report("kuma", MONITORS, monitors=(watched, Monitor("kuma:8", "b", State.UP)))]
            if backup_age is not None:
                newest = now - timedelta(hours=backup_age)
                reports.append(Report("backups", BACKUPS, backup_groups=(BackupGroup(CLIENT, newest),)))
            self._follow(reports)
        return self._subjects(before)

    def run_groups(self, ages: dict[str, float], *, silent: bool) -> list[str]:
        """Do the end of a run that saw backup groups of these ages in hours, or whose source of backups is silent."""
        before, now = len(self.mailbox.mails), self.clock.now()
        groups = tuple(BackupGroup(name, now - timedelta(hours=age)) for name, age in ages.items())
        report = Report("backups", BACKUPS, backup_groups=groups)
        self._follow([Report("backups", BACKUPS, problem="timed out") if silent else report])
        return self._subjects(before)

    def _follow(self, reports: list[Report]) -> None:
        now = self.clock.now()
        facts = Facts(now, tuple(reports), self.announcements)
        chosen = policy_rules(self.settings)
        decision = conclude(policy.decide(facts, chosen), facts, chosen)
        found = of_decision(decision, facts.reports, self.announcements, now)
        conditions.notify_of_conditions(self.settings, self.clock, self.directory, found)
        self.clock.moment += RUN

    def _subjects(self, before: int) -> list[str]:
        mails = self.mailbox.mails[before:]
        return [re.sub(r"^\s*\[elytra-status\] \S+: ", "", str(mail["Subject"])) for mail in mails]

    @property
    def text(self) -> str:
        return str(self.mailbox.mails[-1].get_content())


@pytest.fixture
def desk(make_settings: Make, tmp_path: Path) -> Iterator[Desk]:
    with mail_server() as mailbox:
        yield Desk(make_settings, tmp_path, mailbox)


def test_no_notification_is_sent_while_all_is_well(desk: Desk) -> None:
    desk.run(times=10)
    assert not desk.mailbox.mails
    assert not [path for path in desk.directory.iterdir() if path.name == alerts.STATE_FILE and path.stat().st_size > 2]


def test_an_outage_is_notified_once_at_once_and_its_end_after_two_good_runs(desk: Desk) -> None:
    desk.run()
    assert desk.run("down") == ["there is an outage of the platform, since 03:20 UTC"]
    assert "By       1 of 2 monitors confirmed down (kuma:7); rule outage" in desk.text
    assert "elytra-status summary --explain" in desk.text
    assert desk.run("down", times=5) == []
    assert desk.run("up") == []
    assert desk.run("up") == ["the platform is operational again after 70 minutes"]
    assert "No action is needed." in desk.text
    desk.run(times=5)
    assert len(desk.mailbox.mails) == 2


def test_a_condition_that_may_pass_by_itself_is_notified_if_it_lasts_until_the_next_run(desk: Desk) -> None:
    assert desk.run("unknown") == []
    assert desk.run("up") == []
    assert desk.run("pending") == []
    assert desk.run("pending") == ["the platform is degraded, since 03:30 UTC"]
    assert desk.run("down") == ["there is an outage of the platform, since 03:30 UTC"]
    assert desk.run("pending") == []
    assert desk.run("pending") == ["better than before: the platform is degraded, since 03:30 UTC"]


def test_flips_between_runs_do_not_make_a_mail_each(desk: Desk) -> None:
    for _ in range(10):
        desk.run("down")
        desk.run("up")
    assert len(desk.mailbox.mails) == 1


def test_a_reminder_comes_every_six_hours(desk: Desk) -> None:
    desk.run("down")
    assert desk.run("down", times=36) == ["there is still an outage of the platform, since 03:10 UTC"]
    assert desk.run("down", times=35) == []


def test_another_group_that_fails_while_one_is_mended_is_notified(desk: Desk) -> None:
    late, failed = "a backup is late, since 03:20 UTC", "a backup is missing or failed, since 03:20 UTC"

    def run(*ages: float, source_is_silent: bool = False) -> list[str]:
        return desk.run_groups({f"Client {number}": age for number, age in enumerate(ages)}, silent=source_is_silent)

    assert run(1, 1, 1) == []
    assert run(50, 1, 1) == [failed]
    assert run(1, 50, 1) == [failed]
    assert run(1, 50, 1) == []
    assert run(50, 50, 1) == [failed]
    assert run(50, 30, 1) == []
    assert run(50, 50, 1) == [failed]
    # Not news: the notified state is unchanged or better, or the source is silent.
    assert run(50, 30, 1, source_is_silent=True) == []
    assert run(50, 30, 1) == []
    assert run(30, 30, 1) == [f"better than before: {late}"]
    assert run(30, 1, 30) == [late]
    saved = (desk.directory / alerts.STATE_FILE).read_text()
    assert run(1, 1, 1) == []
    assert len(run(1, 1, 1)) == 1
    assert not (desk.directory / alerts.STATE_FILE).exists()
    assert "Client" not in saved


def test_an_override_that_ends_soon_after_another_is_notified_too(desk: Desk) -> None:
    def set_until(minutes: int) -> None:
        now = desk.clock.now()
        desk.announcements = Announcements(
            Override(PlatformStatus.OUTAGE, "A disk.", now, now + timedelta(minutes=minutes), "jane")
        )

    set_until(30)
    assert len(desk.run()) == 1
    assert desk.run() == []
    set_until(30)
    assert len(desk.run()) == 1
    assert desk.run() == []


@pytest.mark.parametrize(("age", "words"), [(30, "a backup is late"), (50, "a backup is missing or failed")])
def test_old_backups_are_notified_and_their_recovery_too(desk: Desk, age: float, words: str) -> None:
    assert desk.run(backup_age=age) == [f"{words}, since 03:10 UTC"]
    assert "every group is covered until" in " ".join(desk.text.split())
    desk.run()
    assert desk.run() == ["the backups are in order again after 20 minutes"]


def test_a_notification_about_backups_shows_the_evidence_of_each_source(desk: Desk) -> None:
    def groups(*ages: float | None, failed: bool = False) -> tuple[BackupGroup, ...]:
        now = desk.clock.now()
        moments = [age if age is None else now - timedelta(hours=age) for age in ages]
        return tuple(
            BackupGroup(f"{CLIENT} {number}", moment, failed=failed and not number)
            for number, moment in enumerate(moments)
        )

    reports = (
        Report("backup_ansible", BACKUPS, backup_groups=groups(2, 3, failed=True)),
        Report("backup_restic", BACKUPS, backup_groups=groups(1)),
        Report("backup_borg", BACKUPS, backup_groups=groups(50, 30, None)),
        Report("spaces_backups", BACKUPS, problem="AccessDenied, the key may not list the backups"),
    )
    now, chosen = desk.clock.now(), policy_rules(desk.settings)
    facts = Facts(now, reports)
    decision = conclude(policy.decide(facts, chosen), facts, chosen)
    found, _ = of_decision(decision, reports, Announcements(), now)
    assert found.evidence == (
        "backup_ansible: of 2 groups 1 failed, the last run of 1 failed; backup_restic: of 1 group all in order;"
        " backup_borg: of 3 groups 1 failed, 1 warning, 1 unknown;"
        " spaces_backups is unavailable: AccessDenied, the key may not list the backups;"
        " not every group has a backup"
    )
    assert found.names == (
        f"{CLIENT} 0 (newest of 2025-11-08T01:10:00Z)",
        f"{CLIENT} 0 (the last run failed, newest of 2025-11-10T01:10:00Z)",
        f"{CLIENT} 1 (newest of 2025-11-08T21:10:00Z)",
        f"{CLIENT} 2 (none)",
    )
    conditions.notify_of_conditions(desk.settings, desk.clock, desk.directory, [found])
    assert "backup_ansible: of 2 groups 1 failed" in " ".join(desk.text.split())
    assert CLIENT not in desk.text


def test_a_notification_shows_problem_start_evidence_and_remedy(desk: Desk) -> None:
    until = START + timedelta(minutes=40)
    desk.announcements = Announcements(Override(PlatformStatus.OUTAGE, "We are on it.", START, until, "root"))
    assert len(desk.run("down", backup_age=60)) == 3
    for mail in desk.mailbox.mails:
        text = str(mail.get_content()).replace("\r\n", "\n")
        labels = [line.split()[0] for line in text.partition("\n\n")[0].splitlines() if not line.startswith(" ")]
        assert labels == ["What", "Since", "By", "Where"]
        assert "What to do:\n\n  # " in text
        assert "  elytra-status " in text


BAD = [("platform", one.value) for one in PlatformStatus if one is not PlatformStatus.OPERATIONAL]
BAD += [("backups", one.value) for one in BackupStatus if one is not BackupStatus.SUCCESS]


@pytest.mark.parametrize(("name", "word"), BAD)
def test_each_word_has_a_sentence_for_people_and_its_reminder_says_still(desk: Desk, name: str, word: str) -> None:
    condition = Condition(name, 1, word)
    for times in (2, 36):
        for _ in range(times):
            conditions.notify_of_conditions(desk.settings, desk.clock, desk.directory, [condition])
            desk.clock.moment += RUN
    first, second = (str(mail["Subject"]).partition(": ")[2] for mail in desk.mailbox.mails)
    assert second == first.replace(" is ", " is still ")
    assert second != first
    assert f"is {word}" in first or word in ("outage", "warning", "failed")


def test_names_are_in_notifications_only_if_the_setting_allows_it(desk: Desk) -> None:
    desk.run("down", backup_age=60)
    assert len(desk.mailbox.mails) == 2
    assert not [mail for mail in desk.mailbox.mails if CLIENT in mail.as_string()]
    desk.settings = replace(desk.settings, alert_detail="full")
    desk.clock.moment += timedelta(hours=6)
    desk.run("down", backup_age=60)
    assert len([mail for mail in desk.mailbox.mails if CLIENT in str(mail.get_content())]) == 2


def test_an_override_that_ends_soon_is_notified_once(desk: Desk) -> None:
    until = START + timedelta(hours=2)
    desk.announcements = Announcements(Override(PlatformStatus.OUTAGE, "We are on it.", START, until, "root"))
    assert desk.run(times=8) == []
    assert desk.run() == ["the status set by hand ends soon, since 04:30 UTC"]
    assert "outage, set by root, ends at 2025-11-10T05:10:00Z, in 40 minutes" in desk.text
    assert "override set" in desk.text
    desk.run(times=10)
    assert len(desk.mailbox.mails) == 1


def test_an_outage_under_an_override_is_notified_all_the_same(desk: Desk) -> None:
    until = START + timedelta(hours=20)
    desk.announcements = Announcements(Override(PlatformStatus.OPERATIONAL, "All is well.", START, until, "root"))
    assert desk.run("down") == ["there is an outage of the platform, since 03:10 UTC"]
    assert "set by hand until" in desk.text


def test_maintenance_is_no_news_and_leaves_an_outage_from_before_as_it_was(desk: Desk) -> None:
    begins = START + RUN
    window = Maintenance("1", "The database moves.", begins, begins + timedelta(hours=1))
    desk.announcements = Announcements(maintenance=(window,))
    assert desk.run("down") == ["there is an outage of the platform, since 03:10 UTC"]
    assert desk.run("up", times=6) == []
    assert desk.run("up", times=2) == ["the platform is operational again after 80 minutes"]
    assert desk.run("maintenance", times=3) == []


def test_a_failed_notification_is_sent_at_the_next_run(desk: Desk) -> None:
    desk.mailbox.refuses["DATA"] = "451 later"
    assert desk.run("down") == []
    desk.mailbox.refuses.clear()
    assert desk.run("down") == ["there is an outage of the platform, since 03:10 UTC"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"platform": 5}', '{"platform": {"since": "x"}}', "\x00"])
def test_a_file_that_cannot_be_read_is_begun_anew(desk: Desk, content: str) -> None:
    (desk.directory / alerts.STATE_FILE).write_text(content)
    assert len(desk.run("down")) == 1
    assert (desk.directory / alerts.STATE_FILE).stat().st_mode & 0o777 == 0o600


def test_a_notification_is_sent_even_if_its_state_cannot_be_written(desk: Desk, log_lines: list[str]) -> None:
    (desk.directory / alerts.STATE_FILE).mkdir()
    assert len(desk.run("down")) == 1
    assert any("cannot be written" in line for line in log_lines)


def test_a_clock_that_was_set_back_does_not_silence(desk: Desk) -> None:
    desk.clock.moment = START + timedelta(days=30)
    desk.run("down")
    desk.clock.moment = START
    assert len(desk.run("down")) == 1


def test_without_a_channel_nothing_is_done(make_settings: Make, tmp_path: Path) -> None:
    conditions.notify_of_conditions(
        make_settings(), MovableClock(START), tmp_path, [Condition("platform", 3, "outage")]
    )
    assert not (tmp_path / alerts.STATE_FILE).exists()
    assert alerts.configured(make_settings()) == []


LEVELS = {0: "operational", 1: "degraded", 2: "unknown", 3: "outage"}


@given(st.lists(st.sampled_from(sorted(LEVELS)), max_size=60))
def test_whatever_happens_everybody_knows_an_outage_at_once_and_its_end_in_two_runs(levels: list[int]) -> None:
    """The last notification is never better than a state that lasts, compared with what a person would count."""
    course: reminders.Course | None = None
    now, told_level = START, 0
    for position, level in enumerate(levels):
        condition = Condition("platform", level, LEVELS[level])
        course = reminders.step(course, condition, now)
        if course is not None:
            why = reminders.reason_due(course, condition, "mail", now, timedelta(hours=6))
            if why:
                told_level = level
            tried = ["mail"] if why else []
            course = reminders.after_notifying(course, condition, tried, tried, ["mail"], now)
        lasting = position > 0 and levels[position - 1] == level
        if level == 3 or lasting:
            assert told_level == level
        now += RUN


def test_notifications_after_a_run_have_one_time_limit_and_each_has_a_part_of_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_seconds: dict[str, float] = {}

    def hang(due: list[Channel], compose: Compose, clock: Clock, seconds: float, tries: int) -> list[str]:
        if due:
            given_seconds[compose(due[0]).subject] = seconds
            clock.sleep(seconds)
        return []

    monkeypatch.setattr(conditions, "send", hang)
    desk.announcements = Announcements(
        override=Override(PlatformStatus.DEGRADED, "", desk.clock.now(), desk.clock.now() + timedelta(minutes=30))
    )
    desk.run("down", backup_age=100)
    assert len(given_seconds) == 3
    assert sum(given_seconds.values()) == pytest.approx(conditions.SECONDS)
    assert min(given_seconds.values()) == pytest.approx(conditions.SECONDS / 3)
    # A single notification has all the time.
    given_seconds.clear()
    desk.announcements = Announcements()
    (desk.directory / alerts.STATE_FILE).unlink(missing_ok=True)
    desk.run("down", backup_age=1)
    assert list(given_seconds.values()) == [conditions.SECONDS]


def test_a_channel_that_answers_at_once_leaves_its_time_to_what_follows(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_seconds: list[float] = []

    def take(due: list[Channel], compose: Compose, clock: Clock, seconds: float, tries: int) -> list[str]:
        given_seconds.append(seconds)
        return [channel.name for channel in due]

    monkeypatch.setattr(conditions, "send", take)
    desk.run("down", backup_age=100)
    assert given_seconds == [conditions.SECONDS / 2, conditions.SECONDS]


def test_a_text_that_is_withheld_is_a_condition_that_is_worse_with_each_further_text() -> None:
    assert of_texts(()).level == 0
    one = Withheld("INCIDENT_TEXT", NAME, "the name of monitor uptime_kuma:1", ("Acme",))
    other = Withheld("BACKUP_POLICY", HOST, "the host of SMTP_HOST", ("relay.example.net",))
    few, more = of_texts((one,)), of_texts((one, other))
    assert few.is_certain
    assert few.level < more.level
    assert "INCIDENT_TEXT holds the name of monitor uptime_kuma:1" in few.evidence
    assert more.names == ("Acme",)
    assert all(word not in more.evidence for word in ("Acme", "relay"))
