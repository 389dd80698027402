# SPDX-License-Identifier: MIT
"""Notifications by Telegram: real HTTP to a stand-in, which answers as documented in the Bot API."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from elytra_status import alerts, errors
from elytra_status.alerts import post, telegram
from elytra_status.alerts.channel import AlertError, Message, Severity
from elytra_status.settings import Settings
from tests.hostile_s3 import HostileS3, Reply
from tests.in_process import run_command

pytestmark = pytest.mark.slow

TOKEN = "110201543:planted-token-of-a-telegram-bot"
CHAT = "-1001234567890"
JSON = {"Content-Type": "application/json"}
TAKEN = Reply(200, b'{"ok":true,"result":{"message_id":7}}', JSON)
MESSAGE = Message(
    subject="[elytra-status] web1: outage 🔥 since 03:10 UTC",
    text="What     <b>*_~`[x](y)</b> & ``` @channel\n\nGrüße 🔥\n",
    moment=datetime(2025, 11, 10, 3, 10, 4, tzinfo=UTC),
    incident="platform.20251110T031004Z",
    level=Severity.BAD,
    event="platform",
)
Make = Callable[..., Settings]


@pytest.fixture
def settings(make_settings: Make, hostile: HostileS3) -> Settings:
    return make_settings(TELEGRAM_BOT_TOKEN=TOKEN, TELEGRAM_CHAT_ID=CHAT, TELEGRAM_URL=hostile.url)


def refused(status: int, description: object, **parameters: object) -> Reply:
    """Return an error in the words of the Bot API."""
    value = {"ok": False, "error_code": status, "description": description}
    return Reply(status, json.dumps(value | ({"parameters": parameters} if parameters else {})).encode(), JSON)


def utf16(text: str, offset: int, length: int) -> str:
    """Return the text at an offset, which Telegram counts in units of UTF-16."""
    return text.encode("utf-16-le")[2 * offset : 2 * (offset + length)].decode("utf-16-le")


def test_a_token_sets_the_channel_up(settings: Settings) -> None:
    assert alerts.configured(settings) == [telegram.channel(settings)]


def test_the_chat_gets_plain_text_with_its_subject_in_bold(settings: Settings, hostile: HostileS3) -> None:
    hostile.always(TAKEN)
    telegram.channel(settings).send(MESSAGE)
    (request,) = hostile.requests
    value = json.loads(request.body)
    assert (request.method, request.path) == ("POST", f"/bot{TOKEN}/sendMessage")
    assert value["chat_id"] == CHAT
    assert value["text"] == f"{MESSAGE.subject}\n\n{MESSAGE.text.rstrip()}"
    assert "parse_mode" not in value
    bold, fixed = value["entities"]
    assert utf16(value["text"], bold["offset"], bold["length"]) == MESSAGE.subject
    assert utf16(value["text"], fixed["offset"], fixed["length"]) == MESSAGE.text.rstrip()
    assert (bold["type"], fixed["type"]) == ("bold", "pre")


@pytest.mark.parametrize("text", ["x" * 100_000, "🔥" * 5000, "line of the journal\n" * 5000])
def test_a_long_message_is_cut(settings: Settings, hostile: HostileS3, text: str) -> None:
    hostile.always(TAKEN)
    telegram.channel(settings).send(Message("s", text, MESSAGE.moment, "i"))
    value = json.loads(hostile.requests[0].body)
    units = len(value["text"].encode("utf-16-le")) // 2
    assert 3900 < units <= 4096
    assert value["entities"][1]["offset"] + value["entities"][1]["length"] == units


def test_a_message_without_a_text_is_its_subject(settings: Settings, hostile: HostileS3) -> None:
    hostile.always(TAKEN)
    telegram.channel(settings).send(Message("subject", "", MESSAGE.moment, "i"))
    value = json.loads(hostile.requests[0].body)
    assert (value["text"], [one["type"] for one in value["entities"]]) == ("subject", ["bold"])


@pytest.mark.parametrize(
    ("reply", "problem", "remedy", "permanent"),
    [
        (refused(401, "Unauthorized"), "Telegram returned 401", "copy the token of the bot from @BotFather", True),
        (refused(404, "Not Found"), "Telegram returned 404", "correct TELEGRAM_URL", True),
        (
            refused(400, "Bad Request: chat not found"),
            "Telegram returned 400 (Bad Request: chat not found)",
            "check TELEGRAM_CHAT_ID",
            True,
        ),
        (
            refused(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-100987),
            "Telegram returned 400 (Bad Request: group chat was upgraded to a supergroup chat)",
            "the id of the supergroup",
            True,
        ),
        (
            refused(403, "Forbidden: bot was blocked by the user"),
            "Telegram returned 403 (Forbidden: bot was blocked by the user)",
            "unblock the bot",
            True,
        ),
        (refused(400, f"planted {TOKEN}"), "Telegram returned 400", "please report it", True),
        (refused(400, ["planted"]), "Telegram returned 400", "please report it", True),
        (Reply(403, b"[" * 3000, JSON), "Telegram returned 403", "the bot may not write to the chat", True),
        (Reply(502, b"<html>planted"), "Telegram returned 502", "overloaded or down", False),
        (Reply(200, b"<html>planted"), "the answer is not Telegram's", "check TELEGRAM_URL", True),
        (Reply(200, b'{"ok":false}', JSON), "the answer is not Telegram's", "check TELEGRAM_URL", True),
        (Reply(302, b"", {"Location": "https://elsewhere.example/"}), "Telegram returned 302", "TELEGRAM_URL", True),
        (Reply(fault="reset"), "is unreachable", "check its address", False),
        (Reply(fault="hang"), "timed out, no complete response within", "check whether it is overloaded", False),
    ],
)
def test_a_refusal_shows_its_remedy_and_not_the_token(
    settings: Settings,
    hostile: HostileS3,
    monkeypatch: pytest.MonkeyPatch,
    reply: Reply,
    problem: str,
    remedy: str,
    permanent: bool,
) -> None:
    monkeypatch.setattr(post, "SECONDS", 0.5)
    hostile.always(reply)
    with pytest.raises(AlertError) as caught:
        telegram.channel(settings).send(MESSAGE)
    assert problem in caught.value.problem
    assert remedy in caught.value.remedy
    assert caught.value.permanent is permanent
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize(("asked", "pause"), [(34, 34), (-1, None), ("34", None), (10**12, None), (True, None)])
def test_how_long_to_wait_stands_in_the_body(
    settings: Settings, hostile: HostileS3, asked: object, pause: float | None
) -> None:
    hostile.always(refused(429, "Too Many Requests: retry after 34", retry_after=asked))
    with pytest.raises(AlertError) as caught:
        telegram.channel(settings).send(MESSAGE)
    assert (caught.value.retry_after, caught.value.permanent) == (pause, False)


def test_doctor_asks_for_the_chat_and_sends_nothing(settings: Settings, hostile: HostileS3) -> None:
    hostile.always(Reply(200, b'{"ok":true,"result":{"id":-1001234567890,"type":"supergroup"}}', JSON))
    assert "the token is valid, and the bot knows the chat" in telegram.channel(settings).check(5)
    (request,) = hostile.requests
    assert (request.path, request.query) == (f"/bot{TOKEN}/getChat", {"chat_id": CHAT})


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (refused(400, "Bad Request: chat not found"), "Telegram returned 400 (Bad Request: chat not found)"),
        (refused(401, "Unauthorized"), "Telegram returned 401"),
        (Reply(200, b"planted"), "the answer is not Telegram's"),
        (Reply(fault="reset"), "is unreachable"),
    ],
)
def test_doctor_shows_why_a_message_would_fail(
    settings: Settings, hostile: HostileS3, reply: Reply, problem: str
) -> None:
    hostile.always(reply)
    with pytest.raises(AlertError) as caught:
        telegram.channel(settings).check(5)
    assert problem in str(caught.value)
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize("chat", ["12345", CHAT, "@example_status"])
def test_chats_of_persons_groups_and_channels_are_taken(make_settings: Make, chat: str) -> None:
    assert make_settings(TELEGRAM_BOT_TOKEN=TOKEN, TELEGRAM_CHAT_ID=chat).telegram_chat_id == chat


def test_the_command_sends_a_test(
    settings: Settings, hostile: HostileS3, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The settings are those of the fixture, in their file."""
    hostile.always(TAKEN)
    assert run_command(tmp_path, "alert", "test") == errors.DONE
    assert capsys.readouterr().out == "telegram: sent, and accepted\n"
