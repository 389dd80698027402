# SPDX-License-Identifier: MIT
"""Notifications in LANGUAGE: by every channel, each sentence translated, in English with a damaged catalogue."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from elytra_status import alerts, locale
from elytra_status.alerts import condition_messages, conditions, failure_messages, notify, reminders, unit_failures
from elytra_status.alerts.channel import Message
from elytra_status.alerts.condition import PLATFORM, Condition
from elytra_status.alerts.failure import SYSTEMD_STATUSES, Failure, UnitFailure
from elytra_status.alerts.journal_lines import JournalLine
from elytra_status.alerts.platform_conditions import of_decision
from elytra_status.alerts.reminders import Course
from elytra_status.decision import policy
from elytra_status.decision.conclusion import conclude
from elytra_status.errors import EXIT_STATUSES
from elytra_status.locale import Language, catalogues
from elytra_status.model import (
    BACKUPS,
    MONITORS,
    Announcements,
    BackupGroup,
    Facts,
    Monitor,
    Override,
    PlatformStatus,
    Report,
    State,
)
from elytra_status.run.assess import policy_rules
from elytra_status.settings import Settings
from elytra_status.system.clock import Clock
from tests.alert_servers import SENDGRID_KEY, Mailbox, SendGrid, mail_server, sendgrid_server
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3, Reply

START = datetime(2025, 11, 10, 3, 10, 4, tzinfo=UTC)
NOW = START + timedelta(hours=5)
HOST = "web1.example.net"
RUN, FRESHNESS, OTHER = "elytra-status.service", "elytra-status-freshness.service", "nginx.service"
UNITS = (RUN, FRESHNESS, OTHER)
INVOCATION = "8d3f0a5c9e6b4f0f8b4ad0b9c4e1f2aa"
# What a source or the journal says stays as it is.
EVIDENCE = "1 of 2 monitors is down (rule outage)"
LINE = "AccessDenied, the key may not write"
# The directions of writing that a mail program cannot see.
ISOLATE, END_OF_ISOLATE = "\u2068", "\u2069"
INVISIBLE = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
TIME = r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ| \d\d:\d\d UTC)|\d\d:\d\d UTC"
Make = Callable[..., Settings]

CONDITIONS = [(name, word) for name, words in condition_messages._HEADLINES.items() for word in words]
FAILURES = [("exit-code", str(status)) for status in {*EXIT_STATUSES, *SYSTEMD_STATUSES, 99}]
FAILURES += [("timeout", "TERM"), ("signal", "KILL"), ("oom-kill", "KILL"), ("", "")]


@dataclass(frozen=True)
class Masked(Language):
    """A language of one letter: what is left in the letters of English is not translated, or not in the catalogues."""

    code: str = "xx"

    def units(self, count: int, unit: str) -> str:
        return f"{count} ж"

    def _translated(self, message: str) -> str:
        return masked(message, GERMAN._translated(message))

    def _plural(self, singular: str, plural: str, number: int) -> str:
        return masked(plural, GERMAN._plural(singular, plural, 2))


def masked(message: str, translated: str) -> str:
    """Return a text with another letter for each of its own, as it is if it has no translation."""
    if message == translated:
        return message
    return "".join(
        part if part.startswith("{") else re.sub("[A-Za-z]", "ж", part) for part in re.split(r"(\{\w+\})", message)
    )


GERMAN = locale.find_language("de")
MASKED = Masked()


def untranslated(message: Message, *given: str) -> str:
    """Return the English letters of a message without commands, lines of the journal, times and given values."""
    facts, _, rest = message.text.partition("\n\n")
    lines = [line for line in rest.splitlines() if line.startswith("  # ") or not line.startswith("  ")]
    text = " ".join(" ".join([message.subject.removeprefix("[elytra-status] "), facts, *lines]).split())
    for value in (*given, *UNITS, HOST, INVOCATION):
        text = text.replace(value, "")
    return " ".join(re.findall("[A-Za-z]+", re.sub(TIME, "", text)))


def of_condition(name: str, word: str, why: str, language: Language = MASKED) -> Message:
    condition = Condition(name, 1, word, EVIDENCE, ("Müller (3)",))
    return condition_messages.compose(condition, Course(START, 1), why, NOW, HOST, 6, language, with_names=True)


@pytest.mark.parametrize("why", [reminders.WORSE, reminders.BETTER, reminders.REMINDER, reminders.OVER])
@pytest.mark.parametrize(("name", "word"), CONDITIONS)
def test_no_sentence_about_a_condition_is_outside_of_the_catalogues(name: str, word: str, why: str) -> None:
    if why != reminders.WORSE and not condition_messages.notifies_end(Condition(name, 1, word)):
        pytest.skip("its end is not notified, and no reminder follows")
    assert untranslated(of_condition(name, word, why), EVIDENCE, "Müller") == ""


@pytest.mark.parametrize("reminder", [False, True])
@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize(("result", "status"), FAILURES)
def test_no_sentence_about_a_failure_is_outside_of_the_catalogues(
    unit: str, result: str, status: str, reminder: bool, make_settings: Make
) -> None:
    failure = Failure(unit, result, status, INVOCATION if reminder else "")
    incident = UnitFailure(unit, START, 4, failure)
    lines = [JournalLine("03:10:04", LINE, True)] if reminder else []
    now = NOW if reminder else START
    message = failure_messages.failed(incident, lines, make_settings(), now, HOST, MASKED, reminder=reminder)
    said = (failure_messages._result(failure), f"({failure_messages.failures.how(failure)})", LINE)
    assert untranslated(message, *said) == ""
    for was_notified in (False, True):
        over = failure_messages.over(incident, NOW, HOST, MASKED, was_notified=was_notified)
        assert untranslated(over, *said) == ""


@pytest.mark.parametrize("compose", [failure_messages.trial, failure_messages.refused])
def test_no_sentence_of_other_messages_is_outside_of_the_catalogues(
    compose: Callable[[str, datetime, str, Language], Message],
) -> None:
    for unit in UNITS:
        assert untranslated(compose(unit, NOW, HOST, MASKED)) == ""


def facts() -> Facts:
    """Return facts of which the evidence of every kind follows."""
    states = (State.DOWN, State.PENDING, State.UNKNOWN, State.UP)
    watched = tuple(Monitor(f"kuma:{number}", f"Ж{number}", state) for number, state in enumerate(states))
    groups = tuple(
        BackupGroup(f"Ж{age}", NOW - timedelta(hours=age), failed=age == 1, missing_since=START if age == 2 else None)
        for age in (1, 2, 30, 60)
    )
    reports = (
        Report("kuma", MONITORS, monitors=watched),
        Report("backups", BACKUPS, backup_groups=(*groups, BackupGroup("Ж", None))),
        Report("others", BACKUPS),
    )
    override = Override(PlatformStatus.DEGRADED, "Ж", START, NOW + timedelta(minutes=30))
    return Facts(NOW, reports, Announcements(override))


def found_in(language: Language, settings: Settings, given: Facts) -> dict[str, Condition]:
    chosen = policy_rules(settings)
    decision = conclude(policy.decide(given, chosen), given, chosen)
    found = of_decision(decision, given.reports, given.announcements, NOW, language)
    return {condition.name: condition for condition in found}


def test_evidence_that_is_counted_here_and_states_of_names_are_translated(make_settings: Make) -> None:
    found = found_in(MASKED, make_settings(), facts())
    for name in ("backups", "override"):
        left = re.sub(TIME, "", found[name].evidence).replace("backups: ", "").replace("others: ", "")
        assert re.findall("[A-Za-z]+", left) == [], found[name].evidence
    shown = " ".join((*found["platform"].names, *found["backups"].names))
    assert re.findall("[A-Za-z]+", re.sub(TIME, "", shown)) == []
    assert "ж" in shown


def test_evidence_in_german(make_settings: Make) -> None:
    found = found_in(locale.find_language("de"), make_settings(), facts())
    assert found["backups"].evidence == (
        "backups: 5 Gruppen (2 fehlgeschlagen, 1 verspätet, 2 unbekannt, letzter Lauf von 1 Gruppe fehlgeschlagen);"
        " others: keine Gruppe zählt; nicht jede Gruppe hat ein Backup"
    )
    assert found["override"].evidence == (
        "Eingeschränkt, gesetzt von jemandem, endet am 2025-11-10T08:40:04Z, noch 30 Minuten"
    )
    assert found["platform"].names[0] == "Ж0 (ausgefallen)"


# Every channel


class Desk:
    """A machine with every channel."""

    def __init__(self, make: Make, directory: Path, mailbox: Mailbox, service: SendGrid, hostile: HostileS3) -> None:
        self.make, self.directory, self.mailbox, self.service, self.hostile = make, directory, mailbox, service, hostile
        self.clock = MovableClock(START)
        # Telegram says so in its body, and the others do not mind it.
        hostile.always(Reply(200, b'{"ok": true}'))

    def settings(self, language: str, **more: object) -> Settings:
        return self.make(
            LANGUAGE=language,
            SMTP_HOST="127.0.0.1",
            SMTP_PORT=self.mailbox.port,
            SMTP_SECURITY="none",
            SMTP_FROM="from@example.com",
            ALERT_EMAIL_TO="to@example.com",
            SENDGRID_API_KEY=SENDGRID_KEY,
            SENDGRID_URL=self.service.url,
            SENDGRID_FROM_EMAIL="from@example.com",
            SENDGRID_ADMIN_EMAIL="admin@example.com",
            SLACK_WEBHOOK_URL=f"{self.hostile.url}/slack",
            TEAMS_WEBHOOK_URL=f"{self.hostile.url}/teams",
            WEBHOOK_URL=f"{self.hostile.url}/webhook",
            NTFY_URL=f"{self.hostile.url}/ntfy",
            NTFY_TOPIC="topic",
            TELEGRAM_BOT_TOKEN="123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            TELEGRAM_CHAT_ID="42",
            TELEGRAM_URL=f"{self.hostile.url}/telegram",
            **more,
        )

    def fail(self, settings: Settings) -> bool:
        environment = {
            "MONITOR_UNIT": RUN,
            "MONITOR_SERVICE_RESULT": "exit-code",
            "MONITOR_EXIT_STATUS": "69",
            "MONITOR_INVOCATION_ID": INVOCATION,
        }

        def lines(failure: Failure, clock: Clock) -> list[JournalLine]:
            return [JournalLine("03:10:04", LINE, True)]

        return unit_failures.notify_failure(settings, self.clock, self.directory, RUN, environment, lines)

    def requests(self) -> dict[str, Any]:
        """Return the bodies that the web channels were sent last, by the first part of the path."""
        return {one.path.split("/")[1]: json.loads(one.body) for one in self.hostile.requests}

    @property
    def mail(self) -> EmailMessage:
        return self.mailbox.mails[-1]

    @property
    def text(self) -> str:
        return str(self.mail.get_content()).replace("\r\n", "\n")


@pytest.fixture
def desk(make_settings: Make, tmp_path: Path, hostile: HostileS3, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(unit_failures.failed_runs, "moments", lambda unit: {})
    monkeypatch.setattr(unit_failures.socket, "gethostname", lambda: HOST)
    with ExitStack() as stack:
        mailbox, service = stack.enter_context(mail_server()), stack.enter_context(sendgrid_server())
        yield Desk(make_settings, tmp_path, mailbox, service, hostile)


SUBJECTS = {
    "de": f"[elytra-status] {HOST}: Die Veröffentlichung ist fehlgeschlagen (exit 69), seit 03:10 UTC",
    "ar": f"[elytra-status] {HOST}: {ISOLATE}فشل النشر ({ISOLATE}exit 69{END_OF_ISOLATE})، منذ"
    f" {ISOLATE}03:10 UTC{END_OF_ISOLATE}{END_OF_ISOLATE}",
}


@pytest.mark.slow
@pytest.mark.parametrize("code", ["de", "ar"])
def test_every_channel_gets_the_notification_in_the_language(desk: Desk, code: str) -> None:
    settings, subject = desk.settings(code), SUBJECTS[code]
    assert {channel.name for channel in alerts.configured(settings)} == set(alerts.CHANNELS)
    assert desk.fail(settings)
    assert str(desk.mail["Subject"]) == subject
    text = desk.text
    assert locale.find_language(code).text("What to do:") in text
    sent = desk.requests()
    (by_sendgrid,) = desk.service.accepted
    assert (by_sendgrid["subject"], by_sendgrid["content"][0]["value"]) == (subject, text)
    assert sent["slack"]["text"] == f"*{subject}*\n```\n{text.rstrip()}\n```"
    heading, *lines = [block["inlines"][0]["text"] for block in sent["teams"]["attachments"][0]["content"]["body"]]
    assert (heading, [line.removesuffix(" ") for line in lines]) == (subject, text.rstrip().split("\n"))
    assert (sent["ntfy"]["title"], sent["ntfy"]["message"]) == (subject, text)
    assert sent["telegram"]["text"] == f"{subject}\n\n{text.rstrip()}"
    bold = sent["telegram"]["entities"][0]
    assert bold["length"] == len(subject.encode("utf-16-le")) // 2
    # What programs compare is the same in all languages.
    assert sent["webhook"] == {
        "version": 1,
        "event": "failed",
        "level": "bad",
        "incident": "elytra-status.service.20251110T031004Z",
        "subject": subject,
        "text": text,
        "time": "2025-11-10T03:10:04Z",
    }


@pytest.mark.slow
@pytest.mark.parametrize("code", ["de", "ar", "ja"])
def test_a_mail_passes_servers_that_know_ascii_alone(desk: Desk, code: str) -> None:
    desk.fail(desk.settings(code))
    (raw,) = desk.mailbox.raw
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    assert desk.mail.get_content_charset() == "utf-8"


@pytest.mark.slow
def test_a_mail_in_german(desk: Desk) -> None:
    settings = desk.settings("de", ALERT_REPEAT_HOURS=48)
    desk.fail(settings)
    assert desk.text == (
        "Was       Die Veröffentlichung ist fehlgeschlagen\n"
        "Warum     AccessDenied, the key may not write\n"
        "Ergebnis  exit-code 69: publishing failed\n"
        "Seit      2025-11-10T03:10:04Z, gerade eben: 1 fehlgeschlagener Lauf\n"
        "Wo        web1.example.net, elytra-status.service, Lauf\n"
        "          8d3f0a5c9e6b4f0f8b4ad0b9c4e1f2aa\n"
        "Folge     Es wird nichts Neues veröffentlicht. Besucher sehen den letzten\n"
        "          gültigen Status; sobald er älter als 30 Minuten ist, gilt er als\n"
        "          unbekannt.\n"
        "\n"
        "Letzte Zeilen dieses Laufs (UTC):\n"
        "\n"
        "  03:10:04  AccessDenied, the key may not write\n"
        "\n"
        "Was zu tun ist:\n"
        "\n"
        "  # das ganze Protokoll des Laufs lesen\n"
        f"  journalctl _SYSTEMD_INVOCATION_ID={INVOCATION}\n"
        "  # wenn die Ursache behoben ist, erneut versuchen\n"
        "  systemctl start elytra-status.service\n"
        "\n"
        "Solange das andauert, folgt alle 2 Tage eine Erinnerung; eine Nachricht\n"
        "meldet das Ende.\n"
    )
    desk.clock.moment += timedelta(hours=3)
    notify.report_success(settings, desk.clock, desk.directory, RUN)
    assert str(desk.mail["Subject"]).endswith(": Die Veröffentlichung funktioniert wieder, Dauer: 3 Stunden")
    assert "3 Stunden, von 2025-11-10T03:10:04Z bis 2025-11-10T06:10:04Z: 1 fehlgeschlagener" in " ".join(
        desk.text.split()
    )


@pytest.mark.slow
def test_in_arabic_values_keep_their_order_and_commands_can_be_copied(desk: Desk) -> None:
    desk.fail(desk.settings("ar"))
    facts, *others = desk.text.split("\n\n")
    for value in ("2025-11-10T03:10:04Z", LINE, "exit-code 69: publishing failed", HOST, RUN, INVOCATION):
        assert f"{ISOLATE}{value}{END_OF_ISOLATE}" in " ".join(facts.split()), value
    assert facts.count(ISOLATE) == facts.count(END_OF_ISOLATE)
    commands = [line for part in others for line in part.splitlines() if re.match(r"  \w", line)]
    assert [line for line in commands if line.startswith("  journalctl")]
    assert not [line for line in commands if INVISIBLE.search(line)]


@pytest.mark.slow
@pytest.mark.parametrize("code", ["de", "ar"])
def test_begin_and_end_of_a_condition_are_notified_in_the_language(desk: Desk, code: str) -> None:
    settings = desk.settings(code)
    condition = Condition(PLATFORM, 3, "outage", EVIDENCE)
    conditions.notify_of_conditions(settings, desk.clock, desk.directory, [condition])
    language = locale.find_language(code)
    assert language.text("there is an outage of the platform") in str(desk.mail["Subject"])
    assert language.text("inform visitors") in desk.text
    assert EVIDENCE in desk.text
    for _ in range(2):
        desk.clock.moment += timedelta(minutes=10)
        conditions.notify_of_conditions(settings, desk.clock, desk.directory, [replace(condition, level=0, word="")])
    assert language.text("the platform is operational again") in str(desk.mail["Subject"])
    assert language.text("No action is needed.") in desk.text


# A catalogue that cannot be used


def catalogue_of(**texts: str) -> bytes:
    found = Catalog("de", charset="utf-8")
    for english, german in texts.items():
        found.add(english.replace("_", " "), german)
    file = BytesIO()
    write_mo(file, found)
    return file.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize(
    "content",
    [None, b"\xde\x12\x04\x95 damaged", catalogue_of(publishing_failed="{0} {names"), catalogue_of(Since="{")],
    ids=["missing", "damaged", "wrong-value", "brace"],
)
def test_with_a_damaged_catalogue_the_notification_is_in_english(
    content: bytes | None, desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = desk.settings("de")
    monkeypatch.setattr(catalogues, "FOLDER", tmp_path)
    if content:
        (tmp_path / "de/LC_MESSAGES").mkdir(parents=True)
        (tmp_path / "de/LC_MESSAGES/elytra-status.mo").write_bytes(content)
    locale.find_language.cache_clear()
    try:
        assert desk.fail(settings)
    finally:
        locale.find_language.cache_clear()
    shown = str(desk.mail["Subject"])
    if content and b"{\0" in content:
        assert "{" not in shown
    assert "publishing failed" in shown
    assert "What to do:" in desk.text
