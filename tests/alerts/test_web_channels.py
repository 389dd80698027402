# SPDX-License-Identifier: MIT
"""Notifications by Slack, Teams, a signed webhook and ntfy, and the dead man's switch: real HTTP to stand-ins."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from elytra_status import alerts, errors
from elytra_status.alerts import dead_man, notify, ntfy, post, slack, teams, webhook
from elytra_status.alerts.channel import AlertError, Message, Severity
from elytra_status.publish.directory import STAMP
from elytra_status.settings import Secret, Settings
from elytra_status.system.clock import to_text
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3, Reply, Request
from tests.in_process import run_command

pytestmark = pytest.mark.slow

MESSAGE = Message(
    subject="[elytra-status] web1: there is an outage of the platform, since 03:10 UTC",
    text="What     there is an outage of the platform\n\nGrüße: <b>*_~`[x](y)</b> & ``` @channel <!here>\n",
    moment=datetime(2025, 11, 10, 3, 10, 4, tzinfo=UTC),
    incident="platform.20251110T031004Z",
    level=Severity.BAD,
    event="platform",
)
SECRET = "planted-webhook-secret-é"
PATH = "/services/T000/B000/planted-in-the-path"
Make = Callable[..., Settings]


@pytest.fixture
def settings(make_settings: Make, hostile: HostileS3) -> Settings:
    """Everything set up with one stand-in."""
    return make_settings(
        SLACK_WEBHOOK_URL=f"{hostile.url}{PATH}?slack",
        TEAMS_WEBHOOK_URL=f"{hostile.url}{PATH}?teams",
        WEBHOOK_URL=f"{hostile.url}{PATH}?webhook",
        WEBHOOK_SECRET=SECRET,
        NTFY_URL=hostile.url,
        NTFY_TOPIC="planted-topic",
        NTFY_TOKEN="planted-ntfy-token",
        DEAD_MAN_URL=f"{hostile.url}{PATH}?status=up&msg=OK&ping=",
    )


def only(hostile: HostileS3) -> tuple[Request, Any]:
    (request,) = hostile.requests
    return request, json.loads(request.body)


def test_all_of_them_are_channels(settings: Settings) -> None:
    assert alerts.configured(settings) == [one.channel(settings) for one in (slack, teams, webhook, ntfy)]
    assert {channel.name for channel in alerts.configured(settings)} <= set(alerts.CHANNELS)


def test_slack_gets_text_in_which_nothing_is_a_mention_or_a_link(settings: Settings, hostile: HostileS3) -> None:
    hostile.always(Reply(200, b"ok"))
    slack.channel(settings).send(MESSAGE)
    request, value = only(hostile)
    assert request.headers["content-type"] == "application/json"
    assert set(value) == {"text"}
    assert value["text"].startswith(
        "*[elytra-status] web1: there is an outage of the platform, since 03:10 UTC*\n```\n"
    )
    assert value["text"].endswith("\n```")
    assert value["text"].count("```") == 2
    assert "&lt;!here&gt;" in value["text"]
    assert "Grüße" in value["text"]
    slack.channel(settings).send(Message("s", "x" * 100_000, MESSAGE.moment, "i"))
    assert len(hostile.requests[-1].body) < 4_000


def test_teams_gets_a_card_in_the_colour_of_its_level(settings: Settings, hostile: HostileS3) -> None:
    hostile.always(Reply(202))
    teams.channel(settings).send(MESSAGE)
    _, value = only(hostile)
    assert value["type"] == "message"
    (attachment,) = value["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    # A TextBlock would interpret what looks like Markdown.
    assert {block["type"] for block in card["body"]} == {"RichTextBlock"}
    runs = [run for block in card["body"] for run in block["inlines"]]
    assert runs[0] == {"type": "TextRun", "text": MESSAGE.subject, "weight": "Bolder", "color": "Attention"}
    assert [run["text"].rstrip() for run in runs[1:]] == MESSAGE.text.rstrip().split("\n")
    teams.channel(settings).send(Message("s", "line of the journal\n" * 5000, MESSAGE.moment, "i"))
    assert len(hostile.requests[-1].body) < 28_000


def test_a_webhook_gets_json_whose_signature_its_receiver_can_check(settings: Settings, hostile: HostileS3) -> None:
    hostile.always(Reply(204))
    webhook.channel(settings).send(MESSAGE)
    request, value = only(hostile)
    assert value == {
        "version": 1,
        "event": "platform",
        "level": "bad",
        "incident": "platform.20251110T031004Z",
        "subject": MESSAGE.subject,
        "text": MESSAGE.text,
        "time": "2025-11-10T03:10:04Z",
    }
    stamp = request.headers["x-elytra-status-timestamp"]
    assert stamp == str(int(MESSAGE.moment.timestamp()))
    expected = hmac.new(SECRET.encode(), f"{stamp}.".encode() + request.body, hashlib.sha256).hexdigest()
    assert request.headers["x-elytra-status-signature"] == f"sha256={expected}"


def test_a_webhook_without_a_secret_is_not_signed(make_settings: Make, hostile: HostileS3) -> None:
    hostile.always(Reply(200))
    webhook.channel(make_settings(WEBHOOK_URL=hostile.url)).send(MESSAGE)
    assert not [name for name in hostile.requests[0].headers if "signature" in name]


@pytest.mark.parametrize(("level", "priority"), [(Severity.BAD, 5), (Severity.WARNING, 4), (Severity.GOOD, 3)])
def test_ntfy_gets_a_title_and_a_priority(
    settings: Settings, hostile: HostileS3, level: Severity, priority: int
) -> None:
    hostile.always(Reply(200, b"{}"))
    ntfy.channel(settings).send(Message(MESSAGE.subject, "é" * 5000, MESSAGE.moment, "i", level))
    request, value = only(hostile)
    assert (request.path, request.headers["authorization"]) == ("/", "Bearer planted-ntfy-token")
    assert (value["topic"], value["title"], value["priority"]) == ("planted-topic", MESSAGE.subject, priority)
    assert len(value["message"].encode()) <= 4096


def refusal(channel: ModuleType, settings: Settings, hostile: HostileS3, reply: Reply) -> AlertError:
    hostile.always(reply)
    with pytest.raises(AlertError) as caught:
        channel.channel(settings).send(MESSAGE)
    assert "planted" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("status", "word", "remedy"),
    [
        (403, "invalid_token", "copy it from Slack to SLACK_WEBHOOK_URL"),
        (404, "no_service", "disabled or removed"),
        (404, "channel_not_found", "its channel no longer exists"),
        (410, "channel_is_archived", "its channel is archived"),
        (403, "action_prohibited", "an administrator of Slack"),
        (400, "invalid_payload\n", "please report it"),
        (200, "invalid_token", "copy it from Slack to SLACK_WEBHOOK_URL"),
        (200, "no_service", "disabled or removed"),
    ],
)
def test_the_error_code_of_slack_is_read(
    status: int, word: str, remedy: str, settings: Settings, hostile: HostileS3
) -> None:
    error = refusal(slack, settings, hostile, Reply(status, word.encode()))
    assert error.problem == f"Slack returned {status} ({word.strip()})"
    assert remedy in error.remedy
    assert error.permanent


@pytest.mark.parametrize("body", [b"ok", b"OK", b"", b"planted_word", b'{"success":true}'])
def test_what_slack_and_its_likes_answer_to_what_they_took_is_no_refusal(
    body: bytes, settings: Settings, hostile: HostileS3
) -> None:
    hostile.always(Reply(200, body))
    slack.channel(settings).send(MESSAGE)


@pytest.mark.parametrize("channel", [slack, teams])
def test_a_web_page_is_no_thanks(channel: ModuleType, settings: Settings, hostile: HostileS3) -> None:
    error = refusal(channel, settings, hostile, Reply(200, b"\n<!DOCTYPE html><p>planted"))
    assert "a web page came instead of" in error.problem
    assert f"check {channel.channel(settings).name.upper()}_WEBHOOK_URL" in error.remedy


FAILED = b"Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error %d with ContextId x"


@pytest.mark.parametrize(
    ("body", "status", "permanent", "remedy"),
    [
        (FAILED % 413, 413, True, "too large"),
        (FAILED % 400, 400, True, "set TEAMS_WEBHOOK_URL to a workflow"),
        (FAILED % 404, 404, True, "the workflow no longer exists"),
        (FAILED % 429, 429, False, "wait: it limits the rate of messages"),
        (FAILED % 502, 502, False, "overloaded or down"),
        (
            b"Webhook message delivery failed with error: Error contacting Microsoft Teams endpoint",
            503,
            False,
            "overloaded or down",
        ),
    ],
)
def test_teams_says_with_200_what_it_does_not_deliver(
    body: bytes, status: int, permanent: bool, remedy: str, settings: Settings, hostile: HostileS3
) -> None:
    error = refusal(teams, settings, hostile, Reply(200, body))
    assert error.problem == f"Teams returned {status} (delivery failed)"
    assert remedy in error.remedy
    assert error.permanent is permanent


@pytest.mark.parametrize(
    ("status", "code", "remedy"),
    [
        (400, "WorkflowTriggerIsNotEnabled", "turn it on"),
        (404, "WorkflowNotFound", "the workflow no longer exists"),
        (401, "DirectApiAuthorizationRequired", "lacks its signature"),
        (400, "TriggerInputSchemaMismatch", "without its own schema"),
    ],
)
def test_the_code_of_power_automate_is_read(
    status: int, code: str, remedy: str, settings: Settings, hostile: HostileS3
) -> None:
    body = json.dumps({"error": {"code": code, "message": "planted"}}).encode()
    error = refusal(teams, settings, hostile, Reply(status, body))
    assert error.problem == f"Teams returned {status} ({code})"
    assert remedy in error.remedy


@pytest.mark.parametrize("body", [b"", b"1", b'{"error":{"code":"Planted"}}', b'{"error":[]}', b"[" * 3000])
def test_other_answers_of_teams_are_reported_by_their_status(
    body: bytes, settings: Settings, hostile: HostileS3
) -> None:
    assert refusal(teams, settings, hostile, Reply(400, body)).problem == "Teams returned 400"


@pytest.mark.parametrize("channel", [slack, teams, webhook, ntfy])
@pytest.mark.parametrize(
    ("reply", "permanent", "words"),
    [
        (Reply(404, b"no_service"), True, "returned 404"),
        (Reply(403, b"planted-in-the-body"), True, "returned 403"),
        (
            Reply(429, b"", {"Retry-After": "7"}),
            False,
            "returned 429. Wait: it limits the rate of messages; it asks for a pause of 7 s",
        ),
        (Reply(500), False, "returned 500"),
        (Reply(302, b"", {"Location": "https://elsewhere.example/"}), True, "returned 302"),
        (Reply(fault="reset"), False, "is unreachable"),
        (Reply(fault="hang"), False, "timed out, no complete response within"),
    ],
)
def test_a_refusal_is_explained_without_the_secret_address(
    settings: Settings,
    hostile: HostileS3,
    monkeypatch: pytest.MonkeyPatch,
    channel: ModuleType,
    reply: Reply,
    permanent: bool,
    words: str,
) -> None:
    monkeypatch.setattr(post, "SECONDS", 0.5)
    hostile.always(reply)
    with pytest.raises(AlertError) as caught:
        channel.channel(settings).send(MESSAGE)
    assert words in str(caught.value)
    assert caught.value.permanent is permanent
    assert "planted" not in str(caught.value)
    assert caught.value.retry_after == (7 if reply.status == 429 else None)


def test_the_switch_is_requested_once_and_a_failure_is_a_warning(
    settings: Settings, hostile: HostileS3, log_lines: list[str]
) -> None:
    hostile.always(Reply(200, b'{"ok":true}'))
    dead_man.say_alive(settings.dead_man_url, settings.ca_bundle)
    (request,) = hostile.requests
    assert (request.method, request.target) == ("GET", f"{PATH}?status=up&msg=OK&ping=")
    assert not log_lines
    hostile.always(Reply(404, b'{"ok":false,"msg":"Monitor not found or not active."}'))
    dead_man.say_alive(settings.dead_man_url, settings.ca_bundle)
    assert "DEAD_MAN_URL returned 404. Check DEAD_MAN_URL, and that the monitor is not paused." in log_lines[-1]
    hostile.always(Reply(fault="reset"))
    dead_man.say_alive(settings.dead_man_url, settings.ca_bundle)
    assert "WARNING" in log_lines[-1]
    assert "planted" not in "".join(log_lines)


def test_no_fault_of_the_switch_makes_a_good_run_a_bad_one(settings: Settings, log_lines: list[str]) -> None:
    dead_man.say_alive(Secret("https://[planted/"), settings.ca_bundle)
    (line,) = log_lines
    assert "the dead man's switch was not reached: internal error (ValueError)" in line
    assert "planted" not in line


def test_the_switch_is_requested_after_a_good_run_and_not_after_a_failed_one(
    hostile: HostileS3, make_settings: Make, tmp_path: Path
) -> None:
    hostile.always(Reply(200))
    make_settings(DEAD_MAN_URL=f"{hostile.url}/ping", STATUS_URL="https://status.example.com/10.20.30.40.json")
    assert run_command(tmp_path, "run") == errors.REFUSED
    assert not hostile.requests
    make_settings(DEAD_MAN_URL=f"{hostile.url}/ping")
    assert run_command(tmp_path, "run") == errors.DONE
    assert [request.path for request in hostile.requests] == ["/ping"]


def test_the_switch_is_not_requested_while_visitors_get_what_somebody_else_published(
    hostile: HostileS3, make_settings: Make, tmp_path: Path
) -> None:
    hostile.always(Reply(200))
    make_settings(DEAD_MAN_URL=f"{hostile.url}/ping")
    assert run_command(tmp_path, "run") == errors.DONE
    assert len(hostile.requests) == 1
    there = Path(tmp_path, "public", "status.json")
    stamp = {
        "publisher": "b" * 16,
        "decided": to_text(datetime.now(UTC) + timedelta(minutes=4)),
        "sha256": sha256(there.read_bytes()).hexdigest(),
    }
    there.with_name(STAMP).write_text(json.dumps(stamp))
    assert run_command(tmp_path, "run") == errors.DONE
    assert len(hostile.requests) == 1


def test_a_test_goes_everywhere_and_says_what_came_back(settings: Settings, hostile: HostileS3) -> None:
    hostile.answer = lambda request: Reply(404) if request.target.endswith("?slack") else Reply(200)
    results = notify.test(settings, MovableClock(MESSAGE.moment))
    assert list(results) == ["slack", "teams", "webhook", "ntfy", "dead_man"]
    problem = results.pop("slack")
    assert problem is not None
    assert (problem.problem, problem.remedy[:28]) == ("Slack returned 404", "the webhook no longer exists")
    assert set(results.values()) == {None}
    told = [json.loads(request.body) for request in hostile.requests if request.target.endswith("?webhook")]
    assert (told[0]["event"], told[0]["level"]) == ("test", "good")
    assert "nothing has failed" in told[0]["subject"]


def test_the_command_says_of_each_what_came_back(
    settings: Settings,
    make_settings: Make,
    hostile: HostileS3,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The settings are those of the fixture, in their file."""
    hostile.always(Reply(200))
    assert run_command(tmp_path, "alert", "test") == errors.DONE
    names = ("slack", "teams", "webhook", "ntfy", "dead_man")
    assert capsys.readouterr().out.splitlines() == [f"{name}: sent, and accepted" for name in names]
    assert len(hostile.requests) == len(names)
    hostile.answer = lambda request: Reply(404 if request.target.endswith("?slack") else 200)
    assert run_command(tmp_path, "alert", "test") == errors.UNAVAILABLE
    first, *others = capsys.readouterr().out.splitlines()
    assert first.startswith("slack: Slack returned 404. The webhook no longer exists")
    assert others == [f"{name}: sent, and accepted" for name in names[1:]]
    make_settings()
    assert run_command(tmp_path, "alert", "test") == errors.UNAVAILABLE
    assert "no channel for notifications is set up" in capsys.readouterr().out


def test_one_that_hangs_does_not_keep_the_others(
    settings: Settings, hostile: HostileS3, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post, "SECONDS", 1.0)
    hostile.answer = lambda request: Reply(fault="hang") if request.target.endswith("?teams") else Reply(200)
    results = notify.test(settings, MovableClock(MESSAGE.moment))
    assert [name for name, fault in results.items() if fault] == ["teams"]


def test_nothing_secret_is_kept(settings: Settings, hostile: HostileS3, tmp_path: Path, log_lines: list[str]) -> None:
    assert "planted" not in repr(settings)
    hostile.always(Reply(500))
    notify.test(settings, MovableClock(MESSAGE.moment))
    assert "planted" not in "".join(log_lines)


def test_a_channel_shows_no_secret(settings: Settings) -> None:
    assert "planted" not in repr([*alerts.configured(settings)])
