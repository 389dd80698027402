# SPDX-License-Identifier: MIT
"""The schema of status.json: the source of truth for what may be published."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

from elytra_status.errors import RefusedError
from elytra_status.system import bounded_json

# What the schema describes.
NAME = "status.json"
CONTENT_TYPE = "application/json"
# It has less than a hundred values, and a few for each component and notice.
_MOST_VALUES = 100_000
# Bytes. With 1,000 components it has 200 KB.
_LARGEST = 4 * 2**20


@cache
def schema_text() -> str:
    """Return the text of the schema."""
    return resources.files("elytra_status").joinpath("status.schema.json").read_text("utf-8")


@cache
def load_schema() -> dict[str, Any]:
    """Return the parsed schema."""
    schema: dict[str, Any] = json.loads(schema_text())
    return schema


def vocabulary() -> frozenset[str]:
    """Return the names of all fields, and all values of fields with fixed values."""
    words: set[str] = set()

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            words.update(node.get("properties", {}))
            words.update(word for word in node.get("enum", []) if isinstance(word, str))
            for value in node.values():
                walk(value)

    walk(load_schema())
    return frozenset(words)


def faults(document: Any) -> list[str]:
    """Return the faults of a parsed document, with field and rule but no value."""
    from jsonschema import Draft202012Validator

    found = sorted(
        Draft202012Validator(load_schema()).iter_errors(document), key=lambda error: list(map(str, error.path))
    )
    return [f"{_field(error)}: breaks the schema's rule {error.validator!r}" for error in found]


def _field(error: Any) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.path).lstrip(".") or "(top)"


def parse_status(body: bytes) -> tuple[dict[str, Any] | None, list[str]]:
    """Return a valid status.json and no faults, or None and the faults."""
    if len(body) > _LARGEST:
        return None, [f"(top): is larger than {_LARGEST // 2**20} MB"]
    try:
        document = bounded_json.loads(body, constant=_refuse_constant, most_values=_MOST_VALUES)
    except bounded_json.UnboundedJSONError as error:
        return None, [f"(top): {error}"]
    except ValueError:
        return None, ["(top): is not JSON"]
    problems = faults(document)
    return (None, problems) if problems else (document, [])


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


def validate(name: str, body: bytes) -> None:
    """Raise RefusedError if the bytes of a document are not a valid status.json."""
    _, problems = parse_status(body)
    if problems:
        raise RefusedError(
            f"{name} is refused by the schema: " + "; ".join(problems),
            "this is an internal error: nothing is published; please report it",
        )
