# SPDX-License-Identifier: MIT
"""A real Ceph object gateway for the tests of this folder, and two new buckets for each."""

from __future__ import annotations

import uuid
from collections.abc import Generator, Iterator
from typing import Any

import pytest

from tests.ceph_gateway import CephGateway, missing_packages
from tests.needs import need


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    """Show the gateway's log with a failure."""
    outcome = yield
    report = outcome.get_result()
    gateway = getattr(item, "funcargs", {}).get("gateway")
    if report.failed and gateway is not None:
        report.sections.append(("The gateway's logs", gateway.logs()))


@pytest.fixture(scope="session")
def ceph_packages() -> None:
    """Skip a test if Ceph is not installed; fail it if it must be."""
    need(*(f"the Debian package {name} is not installed" for name in missing_packages()))


@pytest.fixture(scope="session")
def gateway(ceph_packages: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CephGateway]:
    """A gateway for all tests of the session."""
    with CephGateway(tmp_path_factory.mktemp("ceph")) as running:
        yield running


@pytest.fixture
def status_bucket(gateway: CephGateway) -> str:
    """A new bucket of the owner's, into which `publisher` may put."""
    name = _new_bucket(gateway, "status")
    gateway.grant_publishing(name)
    return name


@pytest.fixture
def backup_bucket(gateway: CephGateway) -> str:
    """A new bucket of the owner's, which `reader` may list and get."""
    name = _new_bucket(gateway, "backup")
    gateway.grant_reading(name)
    return name


def _new_bucket(gateway: CephGateway, purpose: str) -> str:
    name = f"{purpose}-{uuid.uuid4().hex[:12]}"
    gateway.client(gateway.owner).create_bucket(Bucket=name)
    return name
