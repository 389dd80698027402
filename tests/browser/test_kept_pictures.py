# SPDX-License-Identifier: MIT
"""Page and card against kept pictures: what nobody meant to change looks as it did.

`make pictures` takes the kept ones again. Look at them before you commit them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import HERE, Site
from tests.browser.shown_page import show

if TYPE_CHECKING:
    from PIL.Image import Image
    from playwright.sync_api import Page

KEPT = HERE / "kept"
# By name: the state of the page, its width, and the scheme of colours. The first screen of each.
PICTURES = {
    "outage-360-light": ("outage", 360, "light"),
    "operational-1280-dark": ("operational", 1280, "dark"),
    "incident-360-light": ("open incident", 360, "light"),
    "maintenance-768-light": ("maintenance", 768, "light"),
    "stale-360-dark": ("stale", 360, "dark"),
}
COLOURS = 64
# A pixel differs if a channel is further off than this after the edges of letters have been blurred, 0 to 255.
LEAST_DIFFERENCE = 48
# The ratio of pixels that may differ: versions of Chromium draw letters in other ways.
MOST_PIXELS = 0.005


def difference(one: Image, other: Image) -> float:
    """Return the ratio of pixels that a person would see to differ; 1 for pictures of different sizes."""
    from PIL import ImageChops, ImageFilter  # from python3-pil, which other tests do without

    if one.size != other.size:
        return 1
    blurred = (picture.convert("RGB").filter(ImageFilter.GaussianBlur(2)) for picture in (one, other))
    channels = ImageChops.difference(*blurred).split()
    worst = channels[0]
    for channel in channels[1:]:
        worst = ImageChops.lighter(worst, channel)
    histogram = worst.histogram()
    return sum(histogram[LEAST_DIFFERENCE:]) / (one.size[0] * one.size[1])


@pytest.mark.parametrize("name", PICTURES)
def test_the_page_matches_its_kept_picture(
    name: str, site: Site, open_page: Callable[..., Page], screenshots: Path
) -> None:
    from PIL import Image

    state, width, scheme = PICTURES[name]
    options: dict[str, Any] = {"color_scheme": scheme, "width": width}
    page = show(state, site, open_page, **options)
    taken = screenshots / f"kept-{name}.png"
    page.screenshot(path=taken)
    kept = KEPT / f"{name}.png"
    with Image.open(taken) as picture:
        if os.environ.get("ELYTRA_STATUS_PICTURES"):
            KEPT.mkdir(exist_ok=True)
            picture.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE).save(kept, optimize=True)
        with Image.open(kept) as before:
            assert difference(before, picture) <= MOST_PIXELS, f"compare {taken} with {kept}"


@pytest.mark.parametrize("change", ["colour", "moved", "missing"])
def test_a_change_that_a_person_would_see_is_found(change: str) -> None:
    from PIL import Image, ImageChops, ImageDraw

    with Image.open(KEPT / "outage-360-light.png") as kept:
        picture = kept.convert("RGB")
    assert difference(picture, picture) == 0
    changed = picture.copy()
    if change == "colour":
        red, green, blue = changed.split()
        changed = Image.merge("RGB", (green, red, blue))
    elif change == "moved":
        changed = ImageChops.offset(changed, 0, 12)
    else:
        # The line that says what is affected.
        ImageDraw.Draw(changed).rectangle((30, 195, 330, 240), fill="#cf222e")
    assert difference(picture, changed) > MOST_PIXELS
