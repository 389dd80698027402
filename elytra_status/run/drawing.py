# SPDX-License-Identifier: MIT
"""Draw the picture that programs show beside a link to the page.

This needs Pillow (Debian's python3-pil) and a font, which a machine may lack: then there is no picture. Pillow is only
imported to draw, because most runs have nothing to draw.
"""

from __future__ import annotations

import base64
import os
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING, Any

from elytra_status.documents.appearance import COLOURS, MAINTENANCE
from elytra_status.documents.document import PREVIEW_SIZE
from elytra_status.documents.preview_picture import Subject
from elytra_status.model import PlatformStatus

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

# The first font that has every letter of a text draws it. DejaVu has Latin, Greek, Cyrillic, Arabic and Hebrew letters,
# the others have Chinese, Japanese and Korean ones. Packages: fonts-dejavu-core, fonts-noto-cjk, any Japanese font,
# and fonts-droid-fallback.
FONTS = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/truetype/fonts-japanese-gothic.ttf",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
)
# In bytes. Without a logo, a picture has about 15 kB.
LARGEST = 30_000
# The name of the text in the picture that says what it was drawn from.
KEYWORD = "elytra-status"
# Another number draws all pictures anew: change it with the drawing.
DESIGN = 1
_WHITE, _INK = "#ffffff", "#1c2128"
_WIDTH, _HEIGHT = PREVIEW_SIZE
_TOP, _LINE, _MARGIN, _ICON = 176, 10, 72, 216
_MOST_LINES = 4
_LARGEST_LETTERS, _SMALLEST_LETTERS, _TITLE_LETTERS = 92, 40, 54
_LOGO = (320, 96)
# In pixels of a side. A small file may hold a picture that fills the memory.
_LARGEST_LOGO = 2000
# So many colours keep the edges of letters smooth.
_COLOURS = 128
# The icon is drawn larger and reduced, for smooth edges.
_FINER = 4
# No font has a letter here, so that it draws its sign for missing ones.
_NO_LETTER = "\U0010fffe"


def can_draw() -> bool:
    """Return whether this machine has Pillow and a font. Pillow is not imported."""
    return find_spec("PIL") is not None and bool(fonts())


def fonts() -> tuple[str, ...]:
    """Return the fonts that this machine has."""
    # Unlike is_file(), access() raises nothing if a directory may not be searched.
    return tuple(name for name in FONTS if os.access(name, os.R_OK))


def missing_letters(texts: Iterable[str]) -> list[str]:
    """Return those of `texts` that no font of this machine can draw.

    They are left out of a picture.
    """
    return [text for text in texts if text and _font(text, _SMALLEST_LETTERS) is None]


def draw(subject: Subject, drawn_from: str) -> bytes:
    """Return the picture as PNG, of at most LARGEST bytes.

    `drawn_from` is an ASCII text that becomes part of it. Raise ImportError or OSError without Pillow or a font, and
    ValueError if the picture is too large.
    """
    for logo in dict.fromkeys((subject.logo, "")):
        body = _png(_picture(subject._replace(logo=logo)), drawn_from)
        if len(body) <= LARGEST:
            return body
    raise ValueError(f"the picture has more than {LARGEST} bytes")


def _png(picture: Image.Image, drawn_from: str) -> bytes:
    from PIL import Image, PngImagePlugin

    texts = PngImagePlugin.PngInfo()
    texts.add_text(KEYWORD, drawn_from)
    flat = picture.quantize(_COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    file = BytesIO()
    flat.save(file, "PNG", optimize=True, pnginfo=texts)
    return file.getvalue()


def _picture(subject: Subject) -> Image.Image:
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (_WIDTH, _HEIGHT), _WHITE)
    canvas = ImageDraw.Draw(picture)
    canvas.rectangle((0, _TOP - _LINE, _WIDTH, _TOP), fill=subject.colour)
    canvas.rectangle((0, _TOP, _WIDTH, _HEIGHT), fill=COLOURS[subject.appearance])
    start = _MARGIN
    if subject.logo and (logo := _logo(subject.logo)):
        picture.paste(logo, (start, (_TOP - _LINE - logo.height) // 2), logo)
        start += logo.width + 32
    _write(canvas, subject.title, (start, 0, _WIDTH - _MARGIN, _TOP - _LINE), (_TITLE_LETTERS, 1), _INK)
    middle = (_TOP + _HEIGHT) // 2
    icon = _icon(subject.appearance)
    picture.paste(Image.new("RGB", icon.size, _WHITE), (_MARGIN, middle - _ICON // 2), icon)
    box = (_MARGIN + _ICON + 56, _TOP, _WIDTH - _MARGIN, _HEIGHT)
    _write(canvas, subject.headline, box, (_LARGEST_LETTERS, _MOST_LINES), _WHITE)
    return picture


def _write(
    canvas: ImageDraw.ImageDraw, text: str, box: tuple[int, int, int, int], most: tuple[int, int], colour: str
) -> None:
    """Write a text into a box, as large as it fits.

    Leave it out if no font has its letters.
    `most` is the largest size of letters, and the most lines.
    """
    left, top, right, bottom = box
    largest, lines_at_most = most
    for size in range(largest, _SMALLEST_LETTERS - 1, -4):
        font = _font(text, size)
        if font is None:
            return
        lines = _lines(text, lambda line, font=font: font.getlength(line) <= right - left)  # type: ignore[misc]
        is_whole = all(_is_wide(word) or font.getlength(word) <= right - left for word in text.split())
        if is_whole and len(lines) <= lines_at_most:
            break
    else:
        lines = lines[:lines_at_most]
        lines[-1] = f"{lines[-1][:-1].rstrip()}…"
    step = round(size * 1.2)
    is_from_right = _is_from_right(text)
    for number, line in enumerate(lines):
        middle = (top + bottom) // 2 + round(step * (number - (len(lines) - 1) / 2))
        canvas.text((right if is_from_right else left, middle), line, colour, font, "rm" if is_from_right else "lm")


def _lines(text: str, fits: Callable[[str], bool]) -> list[str]:
    """Return a text in lines that fit.

    They are broken between words, or between letters if they must be.
    """
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if fits(longer):
            lines[-1] = longer
            continue
        if lines[-1]:
            lines.append("")
        for letter in word:
            if lines[-1] and not fits(lines[-1] + letter):
                lines.append("")
            lines[-1] += letter
    return lines


def _is_wide(word: str) -> bool:
    """Return whether lines may be broken between the letters of a word.

    These are Chinese, Japanese and Korean letters.
    """
    return any(unicodedata.east_asian_width(letter) in "WF" for letter in word)


def _is_from_right(text: str) -> bool:
    strong = (direction for direction in map(unicodedata.bidirectional, text) if direction in ("L", "R", "AL"))
    return next(strong, "L") != "L"


def _font(text: str, size: int) -> ImageFont.FreeTypeFont | None:
    """Return a font that has all letters of a text, None if there is none."""
    from PIL import ImageFont, features

    # Letters that join, change their order or carry marks need the library for layout, which Pillow may lack.
    is_simple = all(unicodedata.bidirectional(letter) not in ("R", "AL", "NSM") for letter in text)
    if not is_simple and not (features.check("raqm") and features.check("fribidi")):
        return None
    letters = frozenset(letter for letter in text if not letter.isspace())
    for name in fonts():
        if _has_letters(name, letters):
            return ImageFont.truetype(name, size)
    return None


@cache
def _has_letters(name: str, letters: frozenset[str]) -> bool:
    from PIL import ImageFont

    font = ImageFont.truetype(name, 20, layout_engine=ImageFont.Layout.BASIC)

    def drawn(letter: str) -> tuple[Any, bytes]:
        mask = font.getmask(letter)
        return mask.size, bytes(mask)

    missing = drawn(_NO_LETTER)
    return all(drawn(letter) != missing for letter in letters)


def _logo(address: str) -> Image.Image | None:
    """Return a PNG as it is drawn.

    What Pillow cannot read is left out: an SVG, and a damaged PNG.
    """
    from PIL import Image

    kind, _, encoded = address.partition(";base64,")
    if kind != "data:image/png":
        return None
    body = base64.b64decode(encoded)
    # Width and height are at the beginning of every PNG.
    width, height = int.from_bytes(body[16:20], "big"), int.from_bytes(body[20:24], "big")
    if not (0 < width <= _LARGEST_LOGO and 0 < height <= _LARGEST_LOGO):
        return None
    factor = min(_LOGO[0] / width, _LOGO[1] / height)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    try:
        with Image.open(BytesIO(body), formats=("PNG",)) as logo:
            return logo.convert("RGBA").resize(size, Image.Resampling.LANCZOS)
    except (OSError, SyntaxError, ValueError):
        return None


def _icon(appearance: str) -> Image.Image:
    """Return the shape of a status as a mask, the same as SHAPES of the page."""
    from PIL import Image, ImageDraw

    unit = _ICON * _FINER / 24
    mask = Image.new("L", (_ICON * _FINER, _ICON * _FINER), 0)
    canvas = ImageDraw.Draw(mask)
    width = round(2 * unit)

    def stroke(*points: tuple[float, float]) -> None:
        scaled = [(x * unit, y * unit) for x, y in points]
        canvas.line(scaled, fill=255, width=width, joint="curve")
        for x, y in scaled:
            canvas.ellipse((x - unit, y - unit, x + unit, y + unit), fill=255)

    def arc(centre: tuple[float, float], radius: float, start: float, end: float) -> None:
        outer = radius + 1
        box = [part * unit for part in (*(one - outer for one in centre), *(one + outer for one in centre))]
        canvas.arc(box, start, end, fill=255, width=width)

    for points in _STROKES[appearance]:
        stroke(*points)
    for centre, radius, start, end in _ARCS.get(appearance, ()):
        arc(centre, radius, start, end)
    return mask.resize((_ICON, _ICON), Image.Resampling.LANCZOS)


def _dashes(number: int) -> list[tuple[tuple[float, float], float, float, float]]:
    """Return the arcs of a dashed circle, in degrees."""
    part = 360 / number
    return [((12, 12), 10, turn * part, (turn + 0.56) * part) for turn in range(number)]


# In a square of 24, as SHAPES: lines from point to point.
_STROKES: dict[str, Sequence[Sequence[tuple[float, float]]]] = {
    PlatformStatus.OPERATIONAL.value: [[(7.5, 12.5), (10.5, 15.5), (16.5, 9)]],
    PlatformStatus.DEGRADED.value: [
        [(12, 3), (1.8, 20.5), (22.2, 20.5), (12, 3)],
        [(12, 9.5), (12, 14.5)],
        [(12, 17.5), (12, 17.6)],
    ],
    PlatformStatus.OUTAGE.value: [
        [(8, 2), (16, 2), (22, 8), (22, 16), (16, 22), (8, 22), (2, 16), (2, 8), (8, 2)],
        [(8.5, 8.5), (15.5, 15.5)],
        [(15.5, 8.5), (8.5, 15.5)],
    ],
    PlatformStatus.UNKNOWN.value: [[(13.4, 12), (12, 14)], [(12, 17.4), (12, 17.5)]],
    MAINTENANCE: [[(3, 3), (21, 3), (21, 21), (3, 21), (3, 3)], [(9.5, 8), (9.5, 16)], [(14.5, 8), (14.5, 16)]],
}
# Circles and parts of them: centre, radius, and degrees clockwise from the right.
_ARCS: dict[str, Sequence[tuple[tuple[float, float], float, float, float]]] = {
    PlatformStatus.OPERATIONAL.value: [((12, 12), 10, 0, 360)],
    PlatformStatus.UNKNOWN.value: [*_dashes(10), ((12.1, 9.5), 2.9, 180, 423)],
}
