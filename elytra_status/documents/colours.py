# SPDX-License-Identifier: MIT
"""Colours that can be read: the contrast of two, as WCAG 2 has it, and one made to have enough of it. Pure."""

from __future__ import annotations

# What WCAG 2 asks of texts (1.4.3, AA).
ENOUGH = 4.5


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, each as #rrggbb: 1 (the same) to 21 (black and white)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable(colour: str, ground: str) -> str:
    """Return a colour, each as #rrggbb, made darker or lighter until it can be read on its ground."""
    towards = 0 if _luminance(ground) > 0.5 else 255
    for percent in range(0, 101, 2):
        mixed = "#" + "".join(f"{part + (towards - part) * percent // 100:02x}" for part in _parts(colour))
        if contrast(mixed, ground) >= ENOUGH:
            return mixed
    return "#000000" if towards == 0 else "#ffffff"


def _parts(colour: str) -> list[int]:
    return [int(colour[place : place + 2], 16) for place in (1, 3, 5)]


def _luminance(colour: str) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (part / 255 for part in _parts(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
