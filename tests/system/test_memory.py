# SPDX-License-Identifier: MIT
"""The memory that systemd, or a container around it, allows for this process."""

from __future__ import annotations

from pathlib import Path

import pytest

from elytra_status.system.memory import limit_of_group


@pytest.mark.parametrize(
    ("own_group", "limits", "expected"),
    [
        ("0::/system.slice/elytra-status.service\n", {"system.slice/elytra-status.service": "1073741824\n"}, 2**30),
        ("9:name=systemd:/\n0::/a/b\n", {"a/b": "max\n", "a": "4096\n"}, 4096),
        ("0::/a/b\n", {"a/b": "8192\n", "a": "max\n", "": "4096\n"}, 4096),
        ("0::/\n", {"": "4096\n"}, 4096),
        ("0::/a\n", {"a": "max\n"}, None),
        ("0::/a\n", {"a": "much\n"}, None),
        ("0::/a\n", {}, None),
        ("4:memory:/a\n", {"a": "4096\n"}, None),
        ("", {}, None),
        (None, {}, None),
    ],
)
def test_the_lowest_limit_of_the_control_groups_counts(
    own_group: str | None, limits: dict[str, str], expected: int | None, tmp_path: Path
) -> None:
    file, groups = tmp_path / "cgroup", tmp_path / "groups"
    if own_group is not None:
        file.write_text(own_group)
    for group, limit in limits.items():
        (groups / group).mkdir(parents=True, exist_ok=True)
        (groups / group / "memory.max").write_text(limit)
    assert limit_of_group(file, groups) == expected
