# SPDX-License-Identifier: MIT
"""PROMETHEUS_METRIC: the labels that identify a monitor, and the queries.

A selector has samples, each of which is a check. An expression such as max by (instance) (up) has none: it is evaluated
at certain times, from the newest sample of the last five minutes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

# The labels of a series in alphabetical order, without the metric's name.
Labels = tuple[tuple[str, str], ...]

# Uptime Kuma's own metric has other values than 0 and 1: pending is not down, and maintenance is left out.
KUMA_METRIC = "monitor_status"
# The labels that identify a monitor of Uptime Kuma: its id in version 2, all of these in version 1.
KUMA_ID = "monitor_id"
KUMA_NAMES = ("monitor_name", "monitor_type", "monitor_url", "monitor_hostname", "monitor_port")
TARGET = ("instance", "job")

_TEXT = r'"(?:\\.|[^"\\])*"' + r"|'(?:\\.|[^'\\])*'|`[^`]*`"
_BRACES = rf"\{{(?:{_TEXT}|[^\"'`{{}}])*\}}"
_SELECTOR = re.compile(rf"\s*(?:[A-Za-z_:][A-Za-z0-9_:]*\s*(?:{_BRACES})?|{_BRACES})\s*")
# A series is down for certain if it was down, and nothing else, in at least two samples within one of these times.
# Prometheus keeps a sample for five minutes at most, so even the slowest checks have two of them in the second time.
_CONFIRMED_IN = ("3m", "11m")
# The moments of an expression are further apart than the five minutes for which one sample is valid.
_MOMENTS, _MOMENTS_IN = 12, "6m:30s"


class Metric(NamedTuple):
    """PROMETHEUS_METRIC, and the labels that identify a monitor.

    They are those of PROMETHEUS_LABELS, or the usual ones.
    """

    text: str
    labels: tuple[str, ...] = ()

    @property
    def is_selector(self) -> bool:
        """Whether it is a metric, perhaps with a selector in braces, and no expression."""
        return _SELECTOR.fullmatch(self.text) is not None

    @property
    def is_kuma(self) -> bool:
        """Whether it is Uptime Kuma's own metric."""
        return self.is_selector and self.text.lstrip().startswith(KUMA_METRIC)

    @property
    def vector(self) -> str:
        """The text before a range with a step."""
        return self.text.strip() if self.is_selector else f"({self.text})"

    def seen_lately(self) -> str:
        """Return the query for what exists now or existed within the last day.

        It evaluates every hour of the day, and the last hour.
        """
        last_hour = "1h" if self.is_selector else "1h:1m"
        return f"count_over_time({self.vector}[1d:1h]) or count_over_time({self.vector}[{last_hour}])"

    def always_bad(self) -> str:
        """Return the query for what is down by at least two samples of the last minutes."""
        ranges = [(length, 2) for length in _CONFIRMED_IN] if self.is_selector else [(_MOMENTS_IN, _MOMENTS)]
        return " or ".join(
            f"((max_over_time({self.vector}[{length}]) == 0) and (count_over_time({self.vector}[{length}]) >= {least}))"
            for length, least in ranges
        )

    def one_per_monitor(self, names: tuple[str, ...]) -> str:
        """Return an expression with one value for each monitor: the worst of its series.

        The worst is the lowest, and 0 is down. Without names each series is a monitor.
        """
        return f"(min by ({', '.join(names)}) ({self.vector}))" if names else self.vector

    def identifying(self, series: Iterable[Labels]) -> tuple[str, ...]:
        """Return the names of the labels that identify a monitor among some series.

        There are none if all labels identify it.
        """
        there = {name for labels in series for name, _ in labels}
        if self.labels:
            wanted = self.labels
        elif self.is_kuma:
            wanted = (*TARGET, *((KUMA_ID,) if KUMA_ID in there else KUMA_NAMES))
        elif self.is_selector:
            wanted = TARGET
        else:
            # "by (service)" already says what a monitor is.
            wanted = ()
        return tuple(name for name in wanted if name in there)


def identity(labels: Labels, names: tuple[str, ...]) -> Labels:
    """Return the labels of a series that identify its monitor.

    These are the labels of these names, or all labels if it has none of them.
    """
    return tuple(pair for pair in labels if pair[0] in names) or labels
