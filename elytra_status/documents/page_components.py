# SPDX-License-Identifier: MIT
"""The components of the page, one row each, in groups that open and close."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence

from elytra_status.documents import page_days
from elytra_status.documents.appearance import MAINTENANCE, appearance_of
from elytra_status.documents.facts import Publication, PublicComponent
from elytra_status.documents.markup import element, long_words, theirs
from elytra_status.documents.page_words import WINDOWS
from elytra_status.documents.words import component_state
from elytra_status.locale import Language
from elytra_status.model import PlatformStatus

# The order in which visitors need them.
WORST_FIRST = (
    PlatformStatus.OUTAGE.value,
    PlatformStatus.DEGRADED.value,
    PlatformStatus.UNKNOWN.value,
    MAINTENANCE,
    PlatformStatus.OPERATIONAL.value,
)
# A component with its number in COMPONENTS, which is the anchor of its row.
_Numbered = tuple[int, PublicComponent]


def components(publication: Publication) -> Iterator[ET.Element]:
    """Yield the rows in their groups, those with the worst state first.

    In the same state, rows without a group come first.
    """
    groups: dict[str, list[_Numbered]] = {}
    for number, one in enumerate(publication.components, 1):
        groups.setdefault(one.group, []).append((number, one))
    for members in groups.values():
        members.sort(key=_badness)
    blocks = sorted(groups.items(), key=lambda group: (_badness(group[1][0])[0], group[0] != ""))
    for number, (name, members) in enumerate(blocks, 1):
        yield _group(number, name, members, publication.language) if name else _rows(members, publication.language)


def chart_with_ends(of: Publication | PublicComponent, language: Language) -> Iterator[ET.Element]:
    """Yield the chart of the last days with its labels; nothing without a history."""
    if of.days:
        yield element("div", page_days.chart(of.days, language), class_="chart")
        ago = language.count("{number} day ago", "{number} days ago", len(of.days))
        ends = [element("span", words, aria_hidden="true") for words in (ago, language.text("Today"))]
        if isinstance(of, PublicComponent) and (figure := _figure(of, language)):
            ends.insert(1, element("span", figure, class_="now"))
        yield element("p", *ends, class_="ends soft")


def shape(appearance: str) -> ET.Element:
    """Return the picture that distinguishes statuses without colour."""
    return element("svg", element("use", href=f"#{appearance}"), aria_hidden="true", viewBox="0 0 24 24")


def state(appearance: str, words: str) -> ET.Element:
    """Return a state with its shape, colour and words."""
    return element(
        "span", shape(appearance), element("span", words, class_="word"), class_="state", data_status=appearance
    )


def _badness(numbered: _Numbered) -> tuple[int, int]:
    number, component = numbered
    return WORST_FIRST.index(appearance_of(component)), number


def _group(number: int, name: str, members: Sequence[_Numbered], language: Language) -> ET.Element:
    worst = members[0][1]
    like = appearance_of(worst)
    words = component_state(worst.status, worst.in_maintenance, language)
    summary = element("summary", theirs("bdi", name, **long_words(name)), state(like, words), id=f"g{number}-head")
    is_open = {} if like == PlatformStatus.OPERATIONAL.value else {"open": "open"}
    return element("details", summary, _rows(members, language), class_="group", id=f"g{number}", **is_open)


def _rows(members: Sequence[_Numbered], language: Language) -> ET.Element:
    return element("ul", *(_row(number, component, language) for number, component in members), class_="parts")


def _row(number: int, component: PublicComponent, language: Language) -> ET.Element:
    words = component_state(component.status, component.in_maintenance, language)
    head = element(
        "div",
        theirs("h3", component.name, **long_words(component.name)),
        state(appearance_of(component), words),
        class_="row",
    )
    described = [theirs("p", component.description, class_="soft")] if component.description else []
    return element("li", head, *described, *chart_with_ends(component, language), id=f"c{number}")


def _figure(component: PublicComponent, language: Language) -> str:
    """Return the uptime of the longest window that has a figure, else ''."""
    ratios = {**vars(component.uptime), "last_90d": component.last_90d}
    known = [(WINDOWS[window], ratio) for window, ratio in ratios.items() if ratio is not None]
    return language.text(known[-1][0], percent=language.percent(known[-1][1])) if known else ""
