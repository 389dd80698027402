# SPDX-License-Identifier: MIT
"""The appearance of page, card and badge: shapes, colours, scripts and styles."""

from __future__ import annotations

import json
import re
from importlib import resources

from elytra_status.documents.facts import Publication, PublicComponent
from elytra_status.model import PlatformStatus

# Maintenance is no status, but looks different. page.css and card.css use these names.
MAINTENANCE = "maintenance"
# The codes of headlines that look operational. Any other headline of an operational platform names something that is
# not all right, so that it looks degraded.
GOOD = ("operational", "backups_not_watched")
_CIRCLE = "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20z"

# Strokes in a square of 24: an outline and a sign. The outline of unknown is dashed.
SHAPES: dict[str, tuple[str, str]] = {
    PlatformStatus.OPERATIONAL.value: (_CIRCLE, "m7.5 12.5 3 3 6-6.5"),
    PlatformStatus.DEGRADED.value: ("M12 3 1.8 20.5h20.4z", "M12 9.5v5M12 17.5v.1"),
    PlatformStatus.OUTAGE.value: ("M8 2h8l6 6v8l-6 6H8l-6-6V8z", "m8.5 8.5 7 7m0-7-7 7"),
    PlatformStatus.UNKNOWN.value: (_CIRCLE, "M9.2 9.5a2.9 2.9 0 1 1 4.2 2.5c-.9.5-1.4 1.1-1.4 2M12 17.4v.1"),
    MAINTENANCE: ("M3 3h18v18H3z", "M9.5 8v8m5-8v8"),
}
# White text has a contrast of at least 4.5 to 1 on each of these.
COLOURS = {
    PlatformStatus.OPERATIONAL.value: "#1a7f37",
    PlatformStatus.DEGRADED.value: "#9a6700",
    PlatformStatus.OUTAGE.value: "#cf222e",
    PlatformStatus.UNKNOWN.value: "#59636e",
    MAINTENANCE: "#0757ba",
}
DASHES = "3.5 2.8"
# The contrast that WCAG 2 requires for text (1.4.3, AA).
LEAST_CONTRAST = 4.5


def appearance_of(of: Publication | PublicComponent) -> str:
    """Return a key of SHAPES and COLOURS for the platform or a component.

    That of the platform follows from its headline. freshness.js and the parts for Next.js have the same rule.
    """
    if isinstance(of, PublicComponent):
        return MAINTENANCE if of.in_maintenance else of.status.value
    if of.headline.is_maintenance:
        return MAINTENANCE
    if of.decision.status is PlatformStatus.OPERATIONAL and of.headline.code not in GOOD:
        return PlatformStatus.DEGRADED.value
    return of.decision.status.value


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours: 1 (the same) to 21 (black and white).

    Colours are written #rrggbb.
    """
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable(colour: str, ground: str) -> str:
    """Return a colour, darkened or lightened until it is readable on `ground`.

    Colours are written #rrggbb.
    """
    towards = 0 if _luminance(ground) > 0.5 else 255
    for percent in range(0, 101, 2):
        mixed = "#" + "".join(f"{part + (towards - part) * percent // 100:02x}" for part in _parts(colour))
        if contrast(mixed, ground) >= LEAST_CONTRAST:
            return mixed
    return "#000000" if towards == 0 else "#ffffff"


def _parts(colour: str) -> list[int]:
    return [int(colour[start : start + 2], 16) for start in (1, 3, 5)]


def _luminance(colour: str) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (part / 255 for part in _parts(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def asset(name: str) -> str:
    """Return a script or style sheet of the package without comments and indentation.

    These are comments, spaces, and line breaks that end no statement.
    """
    return _ASSETS[name]


def freshness_script() -> str:
    """Return freshness.js with the constant that it needs besides the texts."""
    return f"const GOOD={json.dumps(GOOD, separators=(',', ':'))};\n{asset('freshness.js')}"


def _without_comments(name: str) -> str:
    text = resources.files("elytra_status").joinpath("documents", "assets", name).read_text("utf-8")
    if name.endswith(".css"):
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
        text = re.sub(r"\s*([{};,])\s*", r"\1", text).replace(": ", ":").replace(";}", "}")
    lines = (line.strip() for line in text.splitlines())
    kept = (line for line in lines if line and not line.startswith("//"))
    if not name.endswith(".js"):
        return "\n".join(kept)
    # A statement goes on after these signs, or has ended.
    return re.sub(r"(?<=[;,{(])\n", "", "\n".join(map(_without_spaces, kept)))


def _without_spaces(line: str) -> str:
    """Return a line of a script without spaces around signs.

    A line with several templates stays as it is.
    """
    if line.count("`") not in (0, 2):
        return line
    parts = _STRING.split(line)
    return "".join(part if number % 2 else _AROUND_SIGN.sub(r"\1", part) for number, part in enumerate(parts))


# Strings, templates and regular expressions: a space follows the / of a division.
_STRING = re.compile(r'("(?:\\.|[^"\\])*"|`[^`]*`|/(?! )(?:\\.|[^/\\])+/\w*)')
_AROUND_SIGN = re.compile(r" *([{}()\[\],;=<>?:&|*%+-]) *")

# Read once on import, so that rendering opens no file.
_ASSETS = {
    name: _without_comments(name)
    for name in (
        *("card.css", "card.js", "freshness.js", "incident.css", "incident.js"),
        *("page.css", "page.js", "page_days.js"),
    )
}
