# SPDX-License-Identifier: MIT
"""What PROMETHEUS_METRIC is, which labels identify a monitor, and the queries that follow from both.

A selector has samples, of which each is a check. An expression, such as max by (instance) (up), has none: it is
evaluated at moments, and each takes the newest sample of the last five minutes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

# A series' labels without the metric's name, in alphabetical order.
Labels = tuple[tuple[str, str], ...]

# Uptime Kuma's own metric has other values than 0 and 1: pending is not down, maintenance is left out.
KUMA_METRIC = "monitor_status"
# What tells a monitor of Uptime Kuma from the others: its id in version 2; all of these in version 1.
KUMA_ID = "monitor_id"
KUMA_NAMES = ("monitor_name", "monitor_type", "monitor_url", "monitor_hostname", "monitor_port")
TARGET = ("instance", "job")

_TEXT = r'"(?:\\.|[^"\\])*"' + r"|'(?:\\.|[^'\\])*'|`[^`]*`"
_BRACES = rf"\{{(?:{_TEXT}|[^\"'`{{}}])*\}}"
_SELECTOR = re.compile(rf"\s*(?:[A-Za-z_:][A-Za-z0-9_:]*\s*(?:{_BRACES})?|{_BRACES})\s*")
# A series is down for certain where that is all that was seen in one of these times, and more than once. Prometheus
# gives a sample for five minutes at most: what is probed as seldom as that has two of them in the second.
_CONFIRMED_IN = ("3m", "11m")
# So many moments of an expression lie further apart than the five minutes for which one sample can stand.
_MOMENTS, _MOMENTS_IN = 12, "6m:30s"


class Metric(NamedTuple):
    """PROMETHEUS_METRIC, and the labels that identify a monitor: those of PROMETHEUS_LABELS, or what is usual."""

    text: str
    labels: tuple[str, ...] = ()

    @property
    def is_selector(self) -> bool:
        """Whether it is a metric, with a selector in braces or not, and no other expression."""
        return _SELECTOR.fullmatch(self.text) is not None

    @property
    def is_kuma(self) -> bool:
        """Whether it is Uptime Kuma's own metric."""
        return self.is_selector and self.text.lstrip().startswith(KUMA_METRIC)

    @property
    def vector(self) -> str:
        """What stands before a range with a step."""
        return self.text.strip() if self.is_selector else f"({self.text})"

    def seen_lately(self) -> str:
        """Return the query for what is there now, or was at one of the hours of a day, or within the last."""
        last_hour = "1h" if self.is_selector else "1h:1m"
        return f"count_over_time({self.vector}[1d:1h]) or count_over_time({self.vector}[{last_hour}])"

    def always_bad(self) -> str:
        """Return the query for what is down by two samples at least, and by all of the last minutes."""
        ranges = [(length, 2) for length in _CONFIRMED_IN] if self.is_selector else [(_MOMENTS_IN, _MOMENTS)]
        return " or ".join(
            f"((max_over_time({self.vector}[{length}]) == 0) and (count_over_time({self.vector}[{length}]) >= {least}))"
            for length, least in ranges
        )

    def one_per_monitor(self, names: tuple[str, ...]) -> str:
        """Return what has one value for each monitor at a moment, the worst of its series: 0 is down, and the least.

        Without names each series is a monitor.
        """
        return f"(min by ({', '.join(names)}) ({self.vector}))" if names else self.vector

    def identifying(self, series: Iterable[Labels]) -> tuple[str, ...]:
        """Return the names of the labels that identify a monitor among some series; none where all labels do."""
        there = {name for labels in series for name, _ in labels}
        if self.labels:
            wanted = self.labels
        elif self.is_kuma:
            wanted = (*TARGET, *((KUMA_ID,) if KUMA_ID in there else KUMA_NAMES))
        elif self.is_selector:
            wanted = TARGET
        else:
            # Whoever writes "by (service)" has said what is a monitor.
            wanted = ()
        return tuple(name for name in wanted if name in there)


def identity(labels: Labels, names: tuple[str, ...]) -> Labels:
    """Return the labels of a series that identify its monitor: those of these names, or all where it has none."""
    return tuple(pair for pair in labels if pair[0] in names) or labels
