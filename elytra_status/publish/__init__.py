# SPDX-License-Identifier: MIT
"""Where documents go: one module each, all of one shape."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from elytra_status.settings import Settings
from elytra_status.system.clock import Clock

if TYPE_CHECKING:
    from elytra_status.publish.target import ConditionalWrites, Target


def configured(
    settings: Settings,
    state_directory: Path,
    clock: Clock,
    conditions: ConditionalWrites | None = None,
) -> Target:
    """Return the target of the settings: a bucket if one is set, else a directory.

    `clock` counts its deadline. `conditions` says how far the bucket is known to support conditional writes.
    """
    # Only what publishes loads this: check-freshness, which runs most often, only reads as a visitor does.
    from elytra_status.publish import directory, s3_bucket

    if bucket := s3_bucket.status_bucket(settings):
        return s3_bucket.open_target(settings, bucket, clock, conditions)
    return directory.Directory(directory.path_of(settings.public_directory, state_directory), clock)
