# SPDX-License-Identifier: MIT
"""Kept pictures of the parts, and how pictures are compared with them.

After a change that is meant, ELYTRA_STATUS_KEEP_PICTURES=1 keeps new ones: look at them before you commit them.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.web.conftest import SCREENSHOTS

if TYPE_CHECKING:
    from playwright.sync_api import Locator

PIL = pytest.importorskip("PIL.Image")
CHOPS = pytest.importorskip("PIL.ImageChops")
KEPT = Path(__file__).with_name("pictures")
# A picture differs if more than this ratio of its points differ by more than this, of 255, in any colour. Fonts are
# drawn a little differently from version to version of Chromium.
POINTS, DIFFERENCE = 0.003, 24


def differing(one: Any, other: Any) -> float:
    """Return the ratio of points that differ; 1 if the sizes differ by more than two points."""
    if abs(one.width - other.width) > 2 or abs(one.height - other.height) > 2:
        return 1.0
    size = (min(one.width, other.width), min(one.height, other.height))
    bands = CHOPS.difference(one.crop((0, 0, *size)), other.crop((0, 0, *size))).split()
    largest = CHOPS.lighter(CHOPS.lighter(bands[0], bands[1]), bands[2])
    return sum(largest.histogram()[DIFFERENCE + 1 :]) / (size[0] * size[1])


def check_picture(part: Locator, name: str) -> None:
    """A part of a page looks as in the kept picture of that name."""
    picture = PIL.open(io.BytesIO(part.screenshot(animations="disabled"))).convert("RGB")
    picture.save(SCREENSHOTS / f"kept-{name}.png")
    if os.environ.get("ELYTRA_STATUS_KEEP_PICTURES"):
        KEPT.mkdir(exist_ok=True)
        # Colours of small areas count too: the dots.
        picture.quantize(64, method=PIL.Quantize.MAXCOVERAGE).save(KEPT / f"{name}.png", optimize=True)
    kept = PIL.open(KEPT / f"{name}.png").convert("RGB")
    taken = SCREENSHOTS / f"kept-{name}.png"
    assert differing(picture, kept) <= POINTS, f"compare {taken} with {KEPT / f'{name}.png'}"
