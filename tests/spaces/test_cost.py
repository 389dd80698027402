# SPDX-License-Identifier: MIT
"""What a run sends in production, in counts, which are the same on every machine and under any load."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.benchmarks import production
from tests.benchmarks.production import World


@pytest.fixture(scope="module")
def here(ceph_packages: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with production.world(tmp_path_factory.mktemp("cost")) as made:
        yield made


def test_a_run_in_which_nothing_happened_sends_little(here: World) -> None:
    options = here.settings("default")
    first = here.recorded(*options)
    assert len(production.uploaded(first)) == 17, "all of the default set"
    run = production.steady(here, *options)
    found = production.counts(run)
    assert run["connections"] <= 10
    assert production.RUNS_A_DAY * (found["PUT"] + found["LIST"]) <= 1300
    assert production.uploaded(run) == {
        "status.json",
        "index.html",
        "api/v2/status.json",
        "api/v2/summary.json",
    }


def test_an_unchanged_document_is_not_read_where_the_public_address_is_elsewhere(here: World) -> None:
    address = production.public_address(here)
    run = production.steady(here, *here.settings("elsewhere", STATUS_URL=address))
    uploaded = production.uploaded(run)
    read = {
        one["path"].partition(f"/{production.STATUS}/")[2]
        for one in run["requests"]
        if one["method"] == "GET" and one["path"].startswith(f"/{production.STATUS}/")
    }
    assert uploaded
    assert read == uploaded
    public = [one for one in run["requests"] if one["server"] == address.partition(f"/{production.STATUS}/")[0]]
    assert len(public) == 17, "each document of the default set once"
    assert run["connections"] <= 16


def test_a_day_with_many_components_sends_little(here: World) -> None:
    options = here.with_history("components", COMPONENTS=production.components())
    assert production.bytes_a_day(here, *options) <= 30e6
    assert here.published("history.json") <= 505_000
