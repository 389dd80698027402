# SPDX-License-Identifier: MIT
"""What stands in for one source in the table: real servers and files whose evidence is whole, or lacks something."""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import ExitStack
from enum import Enum
from pathlib import Path
from typing import ClassVar

import pytest

from tests.conftest import MovableClock


class Answer(Enum):
    """What the source gives when it is asked."""

    WHOLE = "whole answer"
    IN_PART = "partial answer"
    REFUSED = "refused credential"
    ONE_MISSING = "monitor vanished"


class Stand(ABC):
    """One source with two monitors or backup groups at least, in one configuration.

    `right` is the right time, which all servers tell. In a bad world the last monitor is down, or the newest backup of
    the last group is five days old. What ONE_MISSING takes away and IN_PART does not answer for is told by the
    subclass. `impossible` says why an answer cannot be had of this source.
    """

    impossible: ClassVar[Mapping[Answer, str]] = {}
    # What is missing can be seen without saved state too: the settings name it.
    names_what_is_missing: ClassVar[bool] = False
    # The same source under other settings: what those have no part in is shown by the stand that it is one of.
    is_variant: ClassVar[bool] = False
    # Where the credential is refused, the last monitor is still seen without it.
    has_another_part: ClassVar[bool] = False

    def __init__(self, directory: Path, right: MovableClock, stack: ExitStack, patch: pytest.MonkeyPatch) -> None:
        self.directory, self.right, self.stack, self.patch = directory, right, stack, patch
        self.set_up()

    @abstractmethod
    def set_up(self) -> None:
        """Start what is to be asked."""

    @abstractmethod
    def settings(self) -> dict[str, object]:
        """Return the settings that name the source, and no other source."""

    @abstractmethod
    def give(self, answer: Answer, *, bad: bool) -> None:
        """Let the source answer so from now on, with evidence that is fresh at the right time."""


def empty(directory: Path) -> Path:
    """Return a directory that is there and holds nothing."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    return directory
