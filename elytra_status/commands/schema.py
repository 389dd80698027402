# SPDX-License-Identifier: MIT
"""Print the JSON Schema of status.json."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from elytra_status import errors
from elytra_status.commands import SUMMARIES

if TYPE_CHECKING:
    from elytra_status.commands.parser import Commands


def register(commands: Commands) -> None:
    """Add the command to the command line."""
    commands.add("schema", SUMMARIES["schema"], "elytra-status schema > status.schema.json", schema)


def schema(options: argparse.Namespace) -> int:
    """Print the schema of status.json."""
    from elytra_status import schema as status_schema
    from elytra_status.system import process

    process.write_output(status_schema.schema_text().encode())
    return errors.DONE
