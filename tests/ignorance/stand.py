# SPDX-License-Identifier: MIT
"""The stand-in for one source in the table: real servers and files whose evidence is complete, or lacks something."""

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
    """The answer of the source."""

    WHOLE = "whole answer"
    IN_PART = "partial answer"
    REFUSED = "refused credential"
    ONE_MISSING = "monitor vanished"


class Stand(ABC):
    """One source with at least two monitors or backup groups, in one configuration.

    `right` is the right time, which all servers send. In a bad world the last monitor is down, or the newest backup of
    the last group is five days old. The subclass decides what ONE_MISSING removes and what IN_PART does not answer.
    `impossible` says why an answer is impossible for this source.
    """

    impossible: ClassVar[Mapping[Answer, str]] = {}
    # A missing monitor is noticed without saved state too, because the settings name it.
    names_what_is_missing: ClassVar[bool] = False
    # The same source with other settings. The stand-in of which it is a variant covers the rest.
    is_variant: ClassVar[bool] = False
    # If the credential is refused, the last monitor is still visible without it.
    has_another_part: ClassVar[bool] = False

    def __init__(self, directory: Path, right: MovableClock, stack: ExitStack, patch: pytest.MonkeyPatch) -> None:
        self.directory, self.right, self.stack, self.patch = directory, right, stack, patch
        self.set_up()

    @abstractmethod
    def set_up(self) -> None:
        """Start the servers."""

    @abstractmethod
    def settings(self) -> dict[str, object]:
        """Return the settings that name this source, and no other."""

    @abstractmethod
    def give(self, answer: Answer, *, bad: bool) -> None:
        """Make the source answer like this from now on, with evidence that is fresh at the right time."""


def empty(directory: Path) -> Path:
    """Return an empty directory."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    return directory
