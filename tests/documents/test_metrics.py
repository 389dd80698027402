# SPDX-License-Identifier: MIT
"""status.prom, read by a parser that others have written."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from elytra_status.documents import Publication
from elytra_status.model import PlatformStatus
from tests.published import HOSTILE, NOW, published
from tests.rendered import STATUSES, documents


def metrics(given: Publication) -> dict[str, dict[frozenset[tuple[str, str]], float]]:
    families = text_string_to_metric_families(documents(given)["status.prom"].body.decode())
    return {
        family.name: {frozenset(sample.labels.items()): sample.value for sample in family.samples}
        for family in families
    }


@pytest.mark.parametrize("status", STATUSES)
def test_prometheus_reads_the_metrics(status: PlatformStatus) -> None:
    found = metrics(published(status, "Websites"))
    platform = found["elytra_status_platform"]
    assert [dict(labels)["status"] for labels, value in platform.items() if value == 1] == [status.value]
    assert sum(platform.values()) == 1
    assert len(platform) == 4
    parts = {dict(labels)["component"] for labels in found["elytra_status_component"]}
    assert parts == {"Websites", "Another Websites", "Third"}
    assert found["elytra_status_updated_timestamp_seconds"] == {frozenset(): NOW.timestamp()}
    assert found["elytra_status_uptime_ratio"][frozenset({("window", "7d")})] == pytest.approx(0.9998)
    assert frozenset({("window", "30d")}) not in found["elytra_status_uptime_ratio"]
    assert found["elytra_status_open_incidents"] == {frozenset(): 1}


@pytest.mark.parametrize("text", HOSTILE)
def test_metrics_hold_every_text_as_text(text: str) -> None:
    parts = {dict(labels)["component"] for labels in metrics(published(text=text))["elytra_status_component"]}
    assert text in parts


def test_metrics_stay_on_this_machine() -> None:
    assert [document.name for document in documents(published()).values() if document.local] == ["status.prom"]
