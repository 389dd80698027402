# SPDX-License-Identifier: MIT
"""Notify in a chat of Telegram, through a bot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from elytra_status.alerts.channel import AlertError, Message
from elytra_status.alerts.post import LARGEST_RESPONSE, post_json, refusal, refuse_message
from elytra_status.errors import NoAnswerError
from elytra_status.net import http
from elytra_status.settings import Secret, Settings
from elytra_status.system import bounded_json

SERVICE = "Telegram"
# Telegram refuses a text of more than 4096 characters, and counts in units of UTF-16.
LONGEST = 4000
_COPY_AGAIN = "copy the token of the bot from @BotFather to TELEGRAM_BOT_TOKEN"
_ADD = "add the bot to the chat of TELEGRAM_CHAT_ID, or write to the bot first"
# By status, and by the description of the error that Telegram answers with.
_REMEDIES: dict[int | str, str] = {
    400: "please report it: Telegram refuses the message",
    401: _COPY_AGAIN,
    403: f"the bot may not write to the chat: {_ADD}",
    404: f"{_COPY_AGAIN}, or correct TELEGRAM_URL",
    "Bad Request: chat not found": f"check TELEGRAM_CHAT_ID, and {_ADD}",
    "Bad Request: group chat was upgraded to a supergroup chat": "set TELEGRAM_CHAT_ID to the id of the supergroup",
    "Bad Request: have no rights to send a message": "allow the bot to write in the chat",
    "Bad Request: not enough rights to send text messages to the chat": "allow the bot to write in the chat",
    "Bad Request: message thread not found": "the group has topics but no general one: allow the topic General",
    "Forbidden: bot was blocked by the user": "unblock the bot in Telegram",
    "Forbidden: bot can't initiate conversation with a user": "write to the bot first: send it /start",
    "Forbidden: user is deactivated": "the account is deleted: set TELEGRAM_CHAT_ID to another chat",
    "Forbidden: bot was kicked from the group chat": _ADD,
    "Forbidden: bot was kicked from the supergroup chat": _ADD,
    "Forbidden: bot was kicked from the channel chat": _ADD,
    "Forbidden: bot is not a member of the channel chat": _ADD,
    "Forbidden: bot is not a member of the supergroup chat": _ADD,
}


@dataclass(frozen=True)
class Telegram:
    """A chat of Telegram, and the bot that writes to it."""

    url: str
    token: Secret
    chat: str
    ca_bundle: str | None
    name: str = "telegram"

    def send(self, message: Message) -> None:
        """Send the message: its subject in bold, the rest with a fixed width."""
        response = post_json(self._address("sendMessage"), _request(self.chat, message), {}, self.ca_bundle)
        if response.status != 200:
            refuse_message(
                SERVICE, _with_pause(response), message, _REMEDIES, "TELEGRAM_URL", said=_description(response)
            )
        _result(response)

    def check(self, seconds: float) -> str:
        """Query Telegram about the chat (getChat), which only a bot in the chat may do."""
        url = f"{self._address('getChat')}?{urlencode({'chat_id': self.chat})}"
        try:
            with http.open_session(self.ca_bundle) as session:
                response = http.get(session, url, seconds=seconds, largest=LARGEST_RESPONSE)
        except NoAnswerError as error:
            raise AlertError(error.problem, error.remedy, permanent=False) from None
        if response.status != 200:
            raise refusal(SERVICE, response, _REMEDIES, "TELEGRAM_URL", said=_description(response))
        _result(response)
        return (
            "the token is valid, and the bot knows the chat; to see whether it may write, run elytra-status alert test"
        )

    def _address(self, method: str) -> str:
        """Return the address of a method of the Bot API, which contains the token."""
        return f"{self.url.rstrip('/')}/bot{quote(self.token.reveal(), safe=':')}/{method}"


def channel(settings: Settings) -> Telegram | None:
    """Return the channel, None unless it is set up."""
    token, chat = settings.telegram_bot_token, settings.telegram_chat_id
    return Telegram(settings.telegram_url, token, chat, settings.ca_bundle) if token and chat else None


def _request(chat: str, message: Message) -> dict[str, Any]:
    """Return the message as plain text, with its format as separate entities.

    So no character of the text has a special meaning.
    """
    text = _cut(f"{message.subject}\n\n{message.text}".rstrip())
    bold = _length(message.subject)
    rest = _length(text) - bold - 2
    entities = [{"type": "bold", "offset": 0, "length": bold}]
    if rest > 0:
        entities.append({"type": "pre", "offset": bold + 2, "length": rest})
    return {
        "chat_id": chat,
        "text": text,
        "entities": entities,
        "link_preview_options": {"is_disabled": True},
    }


def _cut(text: str) -> str:
    return text.encode("utf-16-le")[: 2 * LONGEST].decode("utf-16-le", "ignore").rstrip()


def _length(text: str) -> int:
    """Return the length of a text in units of UTF-16, as Telegram counts."""
    return len(text.encode("utf-16-le")) // 2


def _value(response: http.Response) -> dict[str, Any]:
    """Return the JSON object in an answer, an empty one if there is none."""
    try:
        value = bounded_json.loads(response.body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _result(response: http.Response) -> None:
    """Raise AlertError unless an answer with the status 200 is Telegram's."""
    if _value(response).get("ok") is not True:
        raise AlertError("the answer is not Telegram's", "check TELEGRAM_URL", permanent=True)


def _description(response: http.Response) -> str:
    """Return the description of an error, '' if it is not a known one.

    An unknown description could contain anything.
    """
    description = _value(response).get("description")
    return description if isinstance(description, str) and description in _REMEDIES else ""


def _with_pause(response: http.Response) -> http.Response:
    """Return an answer with a Retry-After header.

    Telegram says in the body how long to wait.
    """
    parameters = _value(response).get("parameters")
    seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 <= seconds < 10**9:
        return response
    return replace(response, headers={**response.headers, "retry-after": str(seconds)})
