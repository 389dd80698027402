# SPDX-License-Identifier: MIT
"""Since when a unit fails, from the systemd journal: an alert is raised after several tries, and may have been lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

# Of sd-messages.h: UNIT_STARTING, UNIT_FAILURE_RESULT, and UNIT_SUCCESS, "Deactivated successfully".
STARTING = "7d4958e842da4a758f6c1cdc7b36dcc5"
FAILED = "d9b373ed55a64feb8242e02dbe79a49c"
SUCCEEDED = "7ad2d189f7e94e70a38c781354912448"
# A week of tries.
_MOST = 5000


def moments(unit: str, files: Sequence[str] | None = None) -> dict[str, datetime]:
    """Return when runs of a unit have failed since its last good one, by their invocations, oldest first.

    None where the journal may not be read. `files` are journal files to read in place of the machine's own.
    """
    from systemd import journal  # type: ignore[attr-defined]

    found: dict[str, datetime] = {}
    try:
        with journal.Reader(files=files) as reader:
            # Anybody may write the field UNIT; _PID is the journal's own.
            reader.add_match(
                f"UNIT={unit}", "_PID=1", *(f"MESSAGE_ID={kind}" for kind in (STARTING, FAILED, SUCCEEDED))
            )
            reader.seek_tail()
            began = True
            while len(found) < _MOST and (entry := reader.get_previous()) and not is_of(entry, SUCCEEDED):
                if is_of(entry, STARTING):
                    began = True
                    continue
                if not began:
                    # A journal that keeps warnings only holds no good run either, however many there were.
                    break
                found[str(entry.get("INVOCATION_ID", ""))] = entry["__REALTIME_TIMESTAMP"].astimezone(UTC)
                began = False
    except OSError:
        pass  # The alert itself is then the first that is known of it.
    return dict(reversed(found.items()))


def is_of(entry: dict[str, Any], message_id: str) -> bool:
    """Whether an entry is of this kind."""
    return str(entry.get("MESSAGE_ID", "")).replace("-", "") == message_id
