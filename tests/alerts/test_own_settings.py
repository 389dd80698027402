# SPDX-License-Identifier: MIT
"""The settings of a channel name it: setup tries the channel when one of them changes."""

from __future__ import annotations

from importlib import import_module

import pytest

from elytra_status import alerts
from elytra_status.settings import DEFINITIONS

CHANNEL_OF = {definition.attribute: definition.channel for definition in DEFINITIONS}
# The settings that every channel may read.
SHARED = {"ca_bundle"}


class RecordingSettings:
    """Settings that are all set, and record which of them are read."""

    def __init__(self) -> None:
        self.attributes: set[str] = set()

    def __getattr__(self, attribute: str) -> str:
        self.attributes.add(attribute)
        return "set"


@pytest.mark.parametrize(("name", "first"), alerts.CHANNELS.items())
def test_what_a_channel_reads_is_its_own(name: str, first: str) -> None:
    settings = RecordingSettings()
    import_module(f"elytra_status.alerts.{name}").channel(settings)
    assert first in settings.attributes
    assert {CHANNEL_OF[attribute] for attribute in settings.attributes - SHARED} == {name}


def test_no_setting_names_a_channel_that_does_not_exist() -> None:
    assert set(CHANNEL_OF.values()) == {"", *alerts.CHANNELS}
