# SPDX-License-Identifier: MIT
"""The documents that every check of status.json is tried with, here and in web/: what is good and what is not."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from elytra_status import schema

SHARED = json.loads((Path(__file__).parents[1] / "fixtures" / "status-documents.json").read_text("utf-8"))


def document(case: dict[str, Any]) -> Any:
    """Return the example, changed as a case says."""
    if "at" not in case:
        return SHARED["example"]
    whole = {"document": copy.deepcopy(SHARED["example"])}
    *parents, last = ["document", *case["at"]]
    place: Any = whole
    for parent in parents:
        place = place[parent]
    if "put" in case:
        place[last] = case["put"]
    else:
        del place[last]
    return whole["document"]


@pytest.mark.parametrize("case", SHARED["cases"], ids=lambda case: case["what"])
def test_the_schema_takes_the_good_and_refuses_the_bad(case: dict[str, Any]) -> None:
    faults = schema.faults(document(case))
    assert (faults == []) == case["valid"]
    if "only_fault" in case:
        assert [fault.partition(": ")[2] for fault in faults] == ["breaks the schema's rule 'additionalProperties'"]
