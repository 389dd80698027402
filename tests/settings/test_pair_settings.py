# SPDX-License-Identifier: MIT
"""The settings of a pair: what could make its objects public is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from elytra_status.settings import Settings, WrongSettingsError

BUCKET = {
    "SPACES_ENDPOINT": "https://nyc3.digitaloceanspaces.com",
    "SPACES_ACCESS_KEY": "DO00KEYOFTHEPLATFORM",
    "SPACES_SECRET_KEY": "secret/of+the=platform",
    "STATUS_BUCKET": "example-status",
}
Make = Callable[..., Settings]


def faults(make: Make, **values: object) -> list[str]:
    with pytest.raises(WrongSettingsError) as caught:
        make(**values)
    return [str(fault) for fault in caught.value.faults]


def test_one_machine_publishes_by_default(make_settings: Make) -> None:
    settings = make_settings(**BUCKET)
    assert (settings.publishers, settings.pair_bucket, settings.pair_key) == ("one", None, "pair/")


def test_a_pair_needs_a_bucket(make_settings: Make) -> None:
    (fault,) = faults(make_settings, PUBLISHERS="pair")
    assert "PUBLISHERS is set without STATUS_BUCKET" in fault


@pytest.mark.parametrize("more", [{}, {"PAIR_BUCKET": "example-status"}])
def test_where_a_policy_makes_the_bucket_public_the_pair_needs_another(
    more: dict[str, str], make_settings: Make
) -> None:
    (fault,) = faults(make_settings, **BUCKET, PUBLISHERS="pair", STATUS_ACL="none", **more)
    assert "would make the objects of the pair public too" in fault
    assert "Set PAIR_BUCKET to a private bucket" in fault
    assert make_settings(**BUCKET, PUBLISHERS="pair", STATUS_ACL="none", PAIR_BUCKET="example-pair").pair_bucket


@pytest.mark.parametrize("prefix", ["pair", "/pair/", "a//b/", "/"])
def test_the_prefix_is_a_folder_of_the_bucket(prefix: str, make_settings: Make) -> None:
    (fault,) = faults(make_settings, **BUCKET, PAIR_KEY=prefix)
    assert "PAIR_KEY" in fault
    assert make_settings(**BUCKET, PAIR_KEY="status/pair/").pair_key == "status/pair/"
