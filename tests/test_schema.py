# SPDX-License-Identifier: MIT
"""The schema refuses invalid documents, and the documents agree with the contract."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from elytra_status import schema
from elytra_status.documents import Publication, Texts, render_all
from elytra_status.errors import RefusedError
from elytra_status.model import Backups, BackupStatus, Decision, Notice, PlatformStatus, Uptime

EXAMPLE: dict[str, Any] = {
    "schema_version": 1,
    "updated_at": "2025-11-10T15:30:00Z",
    "stale_after": "2025-11-10T16:00:00Z",
    "platform_status": "operational",
    "headline": {"code": "operational", "text": "All systems operational", "components": []},
    "uptime": {"last_24h": 100.0, "last_7d": 99.98, "last_30d": 99.95},
    "backups": {
        "policy": "Nightly backups, 7-day retention, off-site object storage.",
        "last_backup_status": "success",
        "last_backup_time": "2025-11-10T02:03:11Z",
        "last_successful_backup": "2025-11-10T02:01:30Z",
    },
    "infrastructure": {
        "model": "Dedicated droplet per client + managed database cluster.",
        "regions": ["nyc3"],
        "notes": "All sites behind managed HTTPS and monitored 24/7.",
    },
    "notices": [],
}


def changed(path: str, value: Any) -> dict[str, Any]:
    document = copy.deepcopy(EXAMPLE)
    *parents, last = path.split(".")
    place = document
    for parent in parents:
        place = place[parent]
    place[last] = value
    return document


def test_the_schema_is_a_valid_schema_and_takes_the_example_of_the_contract() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(schema.load_schema())
    assert schema.faults(EXAMPLE) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("updated_at", "2025-13-10T15:30:00Z"),
        ("updated_at", "2025-11-10T25:30:00Z"),
        ("updated_at", "2025-11-10 15:30:00Z"),
        ("updated_at", "2025-11-10T15:30:00+01:00"),
        ("updated_at", "2025-11-10T15:30:00.5Z"),
        ("updated_at", "2025-11-10T15:30:00Z\n"),
        ("updated_at", None),
        ("stale_after", "soon"),
        ("platform_status", "Operational"),
        ("platform_status", "maintenance"),
        ("uptime.last_24h", 100.001),
        ("uptime.last_24h", -0.001),
        ("uptime.last_24h", "99"),
        ("uptime.last_1y", 99.0),
        ("headline", "All systems operational"),
        ("headline", {"code": "operational"}),
        ("headline", {"text": "All systems operational"}),
        ("headline.code", "fine"),
        ("headline.text", ""),
        ("headline.text", "All systems\noperational"),
        ("headline.colour", "green"),
        ("backups.last_backup_status", "ok"),
        ("backups.last_backup_time", "yesterday"),
        ("backups.last_backup_time", 0),
        ("infrastructure.regions", "nyc3"),
        ("notices", [{"kind": "rumour", "text": "x"}]),
        ("notices", [{"kind": "incident"}]),
        ("monitors", ["Acme shop"]),
        ("schema_version", 2),
    ],
)
def test_a_wrong_value_is_refused_and_named_by_its_field(path: str, value: Any) -> None:
    problems = schema.faults(changed(path, value))
    assert problems
    assert all("Acme" not in problem for problem in problems)


@pytest.mark.parametrize("field", ["updated_at", "platform_status", "uptime", "backups"])
def test_a_missing_field_is_refused(field: str) -> None:
    document = {name: value for name, value in EXAMPLE.items() if name != field}
    assert schema.faults(document)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b'{"a": NaN}', b"[1", b"\xff", b"[" * 100_000, json.dumps(["x"]).encode()]
)
def test_what_is_no_status_is_refused(body: bytes) -> None:
    assert schema.parse_status(body)[1]
    with pytest.raises(RefusedError):
        schema.validate("status.json", body)


def test_every_field_has_a_description_and_an_example_that_is_right() -> None:
    seen = 0

    def walk(node: Any, path: str) -> None:
        nonlocal seen
        for name, field in node.get("properties", {}).items():
            here = f"{path}.{name}".lstrip(".")
            assert field.get("description"), f"{here} has no description"
            if field.get("type") != "object" or "examples" in field:
                assert field.get("examples"), f"{here} has no example"
            for example in field.get("examples", []):
                if not here.startswith("notices."):
                    assert schema.faults(changed(here, example)) == []
            seen += 1
            walk(field, here)
            walk(field.get("items", {}), here)

    walk(schema.load_schema(), "")
    assert seen == 26


def test_every_format_has_a_pattern_beside_it() -> None:
    def walk(node: Any) -> None:
        if isinstance(node, dict):
            assert "format" not in node or "pattern" in node
            for value in node.values():
                walk(value)

    walk(schema.load_schema())


def test_a_document_says_what_was_decided() -> None:
    now = datetime(2025, 11, 10, 15, 30, 0, 999_999, tzinfo=UTC)
    decision = Decision(
        PlatformStatus.DEGRADED,
        "rule",
        "reason",
        Uptime(Fraction("0.9999999"), None, Fraction(1)),
        Backups(BackupStatus.WARNING, now - timedelta(hours=26), None),
        (Notice("maintenance", "Work on it.", since=now),),
        headline="degraded",
    )
    *_, document = render_all(Publication(decision, now, Texts(fresh_for=timedelta(minutes=30))))
    content, problems = schema.parse_status(document.body)
    assert problems == []
    assert content == {
        "schema_version": 1,
        "updated_at": "2025-11-10T15:30:00Z",
        "stale_after": "2025-11-10T16:00:00Z",
        "platform_status": "degraded",
        "headline": {"code": "degraded", "text": "Service degraded", "components": []},
        "uptime": {"last_24h": 99.999, "last_7d": None, "last_30d": 100.0},
        "backups": {
            "policy": "",
            "last_backup_status": "warning",
            "last_backup_time": "2025-11-09T13:30:00Z",
            "last_successful_backup": None,
        },
        "infrastructure": {"model": "", "regions": [], "notes": ""},
        "notices": [
            {"kind": "maintenance", "text": "Work on it.", "since": "2025-11-10T15:30:00Z", "until": None},
        ],
    }
    assert document.body.count(b"maintenance") == 1
    assert document.content_type == "application/json"
    assert document.cache_control == "public, max-age=300"


def test_a_status_with_more_values_than_it_ever_has_is_refused_before_it_is_parsed() -> None:
    document, problems = schema.parse_status(b"[" + b'"a text",' * 200_000 + b'""]')
    assert document is None
    assert problems == ["(top): it holds more than 100000 values"]


def test_a_status_that_is_larger_than_it_ever_is_is_refused_before_it_is_parsed() -> None:
    assert schema.parse_status(b" " * (4 * 2**20 + 1)) == (None, ["(top): is larger than 4 MB"])
