# SPDX-License-Identifier: MIT
"""Find out from the systemd journal since when a unit fails.

An alert is raised only after several attempts, and an earlier one may have been lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

# From sd-messages.h: UNIT_STARTING, UNIT_FAILURE_RESULT and UNIT_SUCCESS ("Deactivated successfully").
STARTING = "7d4958e842da4a758f6c1cdc7b36dcc5"
FAILED = "d9b373ed55a64feb8242e02dbe79a49c"
SUCCEEDED = "7ad2d189f7e94e70a38c781354912448"
# A week of attempts.
_MOST = 5000


def moments(unit: str, files: Sequence[str] | None = None) -> dict[str, datetime]:
    """Return when runs of a unit have failed since its last good one, oldest first.

    The times are by invocation. Return None if the journal cannot be read. `files` are journal files to read instead of
    the machine's own.
    """
    from systemd import journal  # type: ignore[attr-defined]

    found: dict[str, datetime] = {}
    try:
        with journal.Reader(files=files) as reader:
            # Any process may write the field UNIT, but only the journal writes _PID.
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
                    # A journal that keeps only warnings holds no good run, however many there were.
                    break
                found[str(entry.get("INVOCATION_ID", ""))] = entry["__REALTIME_TIMESTAMP"].astimezone(UTC)
                began = False
    except OSError:
        pass  # The alert itself is then the first known sign of the failure.
    return dict(reversed(found.items()))


def is_of(entry: dict[str, Any], message_id: str) -> bool:
    """Whether an entry is of this type."""
    return str(entry.get("MESSAGE_ID", "")).replace("-", "") == message_id
