# SPDX-License-Identifier: MIT
"""The refusals of Mimir and others, as the administrator reads them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from elytra_status.errors import NoAnswerError, SourceError
from elytra_status.settings import Settings
from elytra_status.sources.prometheus import api
from elytra_status.system.clock import Deadline
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3, Reply

Make = Callable[..., Settings]


def refusal(hostile: HostileS3, reply: Reply, settings: Settings) -> SourceError:
    hostile.always(reply)
    with pytest.raises(NoAnswerError) as caught:
        api.instant_query(settings, "up", datetime.now(UTC), Deadline.after(MovableClock(), 10))
    return caught.value


@pytest.mark.parametrize("status", [400, 401])
def test_a_missing_tenant_names_its_setting(status: int, hostile: HostileS3, make_settings: Make) -> None:
    error = refusal(hostile, Reply(status, b"no org id\n"), make_settings(PROMETHEUS_URL=hostile.url))
    assert error.problem == f"{status}, no tenant is given (no org id)"
    assert error.remedy == "set PROMETHEUS_TENANT to the one to query"
    assert "x-scope-orgid" not in hostile.requests[-1].headers


def test_another_401_names_the_key(hostile: HostileS3, make_settings: Make) -> None:
    settings = make_settings(PROMETHEUS_URL=hostile.url, PROMETHEUS_TENANT="hosting")
    error = refusal(hostile, Reply(401, b"unauthorized"), settings)
    assert "PROMETHEUS_TOKEN" in error.remedy
    assert hostile.requests[-1].headers["x-scope-orgid"] == "hosting"
