# SPDX-License-Identifier: MIT
"""What page and card look like and run: their scripts and styles, and the shapes that tell the statuses apart."""

from __future__ import annotations

import re
from importlib import resources

from elytra_status.documents.facts import Publication, PublicComponent
from elytra_status.model import PlatformStatus

# How what is told looks, by words that page.css and card.css know: as its status, and work that is announced as itself.
MAINTENANCE = "maintenance"
_CIRCLE = "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20z"

# In a square of 24, as strokes: the outline, and the sign in it. That of unknown is dashed.
SHAPES: dict[str, tuple[str, str]] = {
    PlatformStatus.OPERATIONAL.value: (_CIRCLE, "m7.5 12.5 3 3 6-6.5"),
    PlatformStatus.DEGRADED.value: ("M12 3 1.8 20.5h20.4z", "M12 9.5v5M12 17.5v.1"),
    PlatformStatus.OUTAGE.value: ("M8 2h8l6 6v8l-6 6H8l-6-6V8z", "m8.5 8.5 7 7m0-7-7 7"),
    PlatformStatus.UNKNOWN.value: (_CIRCLE, "M9.2 9.5a2.9 2.9 0 1 1 4.2 2.5c-.9.5-1.4 1.1-1.4 2M12 17.4v.1"),
    MAINTENANCE: ("M3 3h18v18H3z", "M9.5 8v8m5-8v8"),
}
# White on each of these has a contrast of at least 4.5 to 1.
COLOURS = {
    PlatformStatus.OPERATIONAL.value: "#1a7f37",
    PlatformStatus.DEGRADED.value: "#9a6700",
    PlatformStatus.OUTAGE.value: "#cf222e",
    PlatformStatus.UNKNOWN.value: "#59636e",
    MAINTENANCE: "#0757ba",
}
DASHES = "3.5 2.8"


def appearance_of(of: Publication | PublicComponent) -> str:
    """Return how the whole, or a component, looks: a key of SHAPES and COLOURS."""
    if isinstance(of, PublicComponent):
        return MAINTENANCE if of.in_maintenance else of.status.value
    return MAINTENANCE if of.headline.is_maintenance else of.decision.status.value


def asset(name: str) -> str:
    """Return a script or sheet of styles of the package without comments and indentation."""
    return _ASSETS[name]


def _without_comments(name: str) -> str:
    text = resources.files("elytra_status").joinpath("documents", "assets", name).read_text("utf-8")
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL) if name.endswith(".css") else text
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


# Read once when the package is imported, so that documents are rendered without opening a file.
_ASSETS = {name: _without_comments(name) for name in ("card.css", "card.js", "freshness.js", "page.css", "page.js")}
