# SPDX-License-Identifier: MIT
"""The badge as a browser draws it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from elytra_status.model import PlatformStatus
from tests.browser.conftest import Site
from tests.published import published

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.mark.parametrize("status", list(PlatformStatus))
def test_the_words_of_the_badge_stay_within_it(
    status: PlatformStatus, site: Site, open_page: Callable[..., Page], screenshots: Path
) -> None:
    site.publish(published(status))
    page = open_page(f"{site.url}badge.svg", width=360)
    is_within(page)
    page.screenshot(path=screenshots / f"badge-{status.value}.png", clip={"x": 0, "y": 0, "width": 360, "height": 40})
    page.goto(f"{site.url}components/third.svg")
    is_within(page)
    page.screenshot(path=screenshots / "badge-of-a-component.png", clip={"x": 0, "y": 0, "width": 360, "height": 40})


def is_within(page: Page) -> None:
    """Expect the words of a badge within it, and apart from each other."""
    whole = page.evaluate("document.documentElement.getBoundingClientRect().toJSON()")
    words = page.evaluate("[...document.querySelectorAll('text')].map(one => one.getBoundingClientRect().toJSON())")
    assert all(whole["left"] < one["left"] and one["right"] < whole["right"] for one in words)
    assert words[0]["right"] < words[1]["left"]
