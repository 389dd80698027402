# SPDX-License-Identifier: MIT
"""Send a message by every channel.

A channel that fails does not block the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from elytra_status.alerts.channel import AlertError, Channel, Message
from elytra_status.errors import message
from elytra_status.net.concurrency import run_all
from elytra_status.problem import problem_of
from elytra_status.system import journal
from elytra_status.system.clock import Clock

# After a temporary failure, try once more after this time, or after the time that the service asks for if it is no
# longer than SECONDS.
PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 20.0


def send(
    due: list[Channel],
    compose: Callable[[Channel], Message],
    clock: Clock,
    seconds: float,
    tries: int,
) -> list[str]:
    """Send by several channels, and return those that accepted the message.

    Failures are logged.
    """
    messages = {channel.name: compose(channel) for channel in due}
    notified = []
    for name, error in attempt(due, messages, clock, seconds, tries).items():
        if error is None:
            journal.log_info(f'notified by {name}: "{messages[name].subject}"', event="alert", channel=name)
            notified.append(name)
            continue
        journal.log_error(
            f"not notified by {name}: {error_in_words(error)} The next run tries again.",
            event="alert",
            channel=name,
            permanent=isinstance(error, AlertError) and error.permanent,
        )
    return notified


def attempt(
    channels: list[Channel],
    messages: Mapping[str, Message],
    clock: Clock,
    seconds: float,
    tries: int,
) -> dict[str, Exception | None]:
    """Send each channel its message in parallel, each within `seconds`.

    Return the errors by channel.
    """
    return run_all(
        {
            channel.name: (seconds, partial(_send_by, channel, messages[channel.name], clock, tries))
            for channel in channels
        },
        clock,
    )


def error_in_words(error: Exception) -> str:
    """Return an error in words.

    The text of a foreign error could contain anything, so only its type is named.
    """
    problem = problem_of(error)
    return message(problem.problem, problem.remedy or "Run elytra-status doctor")


def _send_by(channel: Channel, text: Message, clock: Clock, tries: int) -> None:
    for _ in range(tries - 1):
        try:
            return channel.send(text)
        except AlertError as error:
            pause = PAUSE_SECONDS if error.retry_after is None else error.retry_after
            if error.permanent or pause > LONGEST_PAUSE_SECONDS:
                raise
        clock.sleep(pause)
    return channel.send(text)
