# SPDX-License-Identifier: MIT
"""The question about the public address, if the bucket itself does not serve it."""

from __future__ import annotations

from elytra_status.errors import NoAnswerError
from elytra_status.publish import visitor
from elytra_status.settings import Settings
from elytra_status.setup_assistant.found import TrialResult, fault_of

NAMES = ("STATUS_URL",)
SECONDS = 20.0


def try_answers(settings: Settings, address: str) -> TrialResult:
    """Read the public address.

    Before the first publication any answer of the server is enough.
    """
    try:
        response = visitor.visitor_of(settings).fetch(address, SECONDS)
    except NoAnswerError as error:
        return TrialResult(faults=(fault_of("STATUS_URL", error),))
    if response.status == 200:
        return TrialResult(lines=(f"{address}: answers",))
    words = f"{address}: returned {response.status}, which is right only before the first publication"
    return TrialResult(lines=(words,))
