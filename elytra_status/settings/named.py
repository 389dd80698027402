# SPDX-License-Identifier: MIT
"""Several sources of one kind: `uptime_kuma:office` in SOURCES.

OFFICE_UPTIME_KUMA_URL and so on are the settings of that source.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from elytra_status.settings.checks import Fault, check_requirements, check_source
from elytra_status.settings.definitions import DEFINITIONS, OF_KIND, SHARED, Definition, Settings

_EVERY_NAME = frozenset(name for definition in DEFINITIONS for name in (definition.name, *definition.former_names))


def parts(settings: Settings, kind: str) -> list[tuple[str, Settings]]:
    """Return name and settings of each source of a kind that is to be queried."""
    if settings.sources:
        wanted = [source for source in settings.sources if source.partition(":")[0] == kind]
        return [(source, dict(settings.named).get(source, settings)) for source in wanted]
    return [(kind, settings)] if getattr(settings, OF_KIND[kind][0].attribute) else []


def is_configured(settings: Settings, kind: str) -> bool:
    """Whether the settings may have a source of a kind.

    Kinds of backup evidence say so themselves.
    """
    return kind not in OF_KIND or bool(parts(settings, kind))


def every(settings: Settings) -> list[tuple[str, Settings]]:
    """Return the settings, and those of each source with a name, with their prefixes.

    A prefix is what the names of such settings begin with, such as OFFICE_.
    """
    return [("", settings), *((_prefix(source), part) for source, part in settings.named)]


def every_kind(settings: Settings) -> Iterator[tuple[str, str, Settings]]:
    """Yield prefix, kind and settings of each kind of source and each named source."""
    yield from (("", kind, settings) for kind in OF_KIND)
    yield from ((_prefix(source), source.partition(":")[0], part) for source, part in settings.named)


def names(sources: tuple[str, ...]) -> Iterator[tuple[str, str, Definition]]:
    """Yield source, full name and definition of each setting of a source with a name."""
    for source in sources:
        kind, _, name = source.partition(":")
        for definition in OF_KIND.get(kind, ()) if name else ():
            yield source, _prefix(source) + definition.name, definition


def with_named(settings: Settings, values: Mapping[str, Any]) -> Settings:
    """Return the settings together with those of each source that has a name.

    `values` are by full names. A setting that such a source does not set has its default, and not the value of the
    source without a name.
    """
    found: dict[str, dict[str, Any]] = {}
    for source, name, definition in names(settings.sources):
        found.setdefault(source, {})[definition.attribute] = values.get(name, definition.default)
    return replace(settings, named=tuple((source, replace(settings, **own)) for source, own in found.items()))


def unasked(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield setting and kind of each source without a name that SOURCES leaves out."""
    for kind, definitions in OF_KIND.items():
        if settings.sources and kind not in settings.sources and getattr(settings, definitions[0].attribute):
            yield definitions[0].name, kind


def check_named(settings: Settings) -> Iterator[Fault]:
    """Yield the faults in SOURCES and in the settings of each source with a name."""
    for source in settings.sources:
        kind = source.partition(":")[0]
        if kind not in OF_KIND:
            kinds = ", ".join(OF_KIND)
            yield Fault(("SOURCES",), "SOURCES names a kind of source that does not exist", f"Choose among {kinds}")
            continue
        required = _prefix(source) + OF_KIND[kind][0].name
        if not getattr(dict(settings.named).get(source, settings), OF_KIND[kind][0].attribute):
            yield Fault(("SOURCES", required), f"SOURCES names {source}, but {required} is not set", f"Set {required}")
    for source, name, _ in names(settings.sources):
        if name in _EVERY_NAME:
            problem = f"SOURCES names {source}, whose {name} is also the name of another setting"
            yield Fault(("SOURCES",), problem, f"Give {source} another name")
    for source, part in settings.named:
        prefix, own = _prefix(source), OF_KIND[source.partition(":")[0]]
        yield from check_requirements(part, (one for one in own if one not in SHARED), prefix.__add__)
        whole = {prefix + one.name for one in own}
        # Its settings of other kinds are those of the sources without a name, which are checked elsewhere.
        yield from (fault for fault in check_source(part, prefix.__add__) if whole.issuperset(fault.names))


def _prefix(source: str) -> str:
    name = source.partition(":")[2]
    return f"{name.upper()}_" if name else ""
