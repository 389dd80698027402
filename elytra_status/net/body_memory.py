# SPDX-License-Identifier: MIT
"""Limits the memory that the bodies of all responses take at once.

Each response has limits of its own, but all sources are polled at once, and one server may stand for many of them. A
body that needs more than the others leave is not read on until they have been parsed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from weakref import WeakSet

from elytra_status.net.response_limits import LARGEST_BODY, LimitExceededError
from elytra_status.system.clock import Deadline
from elytra_status.system.memory import return_large_blocks

# Bytes that all bodies together may have beyond their beginnings. The largest body must fit in.
LARGEST_TOGETHER = 96 * 2**20
# The same for the bodies of one server, so that an ill one leaves some for others.
LARGEST_OF_SERVER = LARGEST_BODY
# Bytes of each body that do not count, and never wait: an Uptime Kuma of 100 monitors sends no more.
BEGINNING = 2**20
# Bytes by which a body grows at once.
_STEP = 2**20
# Seconds between two attempts to read on. A body that is parsed takes longer.
_PAUSE_SECONDS = 0.05
# Seconds before its deadline at which a response is given up, so that its own error is reported.
_EARLIER_SECONDS = 0.5


class BodyMemory:
    """The memory of one body.

    It counts for as long as anything refers to this object, so whatever has the body must keep this too, and nothing
    has to release it: neither an error nor an abandoned thread can leave it behind. `most` is how many bytes the body
    may have, `server` is where it comes from.
    """

    def __init__(self, server: str, most: int) -> None:
        self._server = server
        self._most = max(0, most - BEGINNING)
        self._held = 0

    def grow(self, size: int, deadline: Deadline) -> None:
        """Wait until the body may have this many bytes.

        Raise LimitExceededError if that is not so by the deadline.
        """
        if size - BEGINNING <= self._held:
            return
        ends = deadline.earlier(_EARLIER_SECONDS)
        while not self._try(min(self._most, size - BEGINNING + _STEP)):
            if ends.left() <= 0:
                raise LimitExceededError(
                    "was not read on, as other large responses took all the room for them",
                    "see whether a source sends more than usual, or does not end its response",
                    host=self._server,
                    of_its="response",
                )
            deadline.clock.sleep(_PAUSE_SECONDS)

    def end(self, size: int) -> None:
        """Note that the body has ended, with this many bytes."""
        with _LOCK:
            self._held = self._most = max(0, size - BEGINNING)

    def _try(self, held: int) -> bool:
        """Hold so many bytes, if every body can still be read to its end."""
        return_large_blocks()
        with _LOCK:
            _READ.add(self)
            before, self._held = self._held, held
            of_server = [one for one in _READ if one._server == self._server]
            if _can_end(of_server, LARGEST_OF_SERVER) and _can_end(_READ, LARGEST_TOGETHER):
                return True
            self._held = before
            return False


# Bodies with more than their beginning. An entry disappears with the last reference to it.
_READ: WeakSet[BodyMemory] = WeakSet()
_LOCK = threading.Lock()


def _can_end(bodies: Iterable[BodyMemory], size: int) -> bool:
    """Whether bodies can be read to their ends in some order, in `size` bytes.

    If each were read on while there is room, several could wait for each other until their deadlines. (This is the
    banker's algorithm.)
    """
    needs = sorted((one._most - one._held, one._held) for one in bodies)
    free = size - sum(held for _, held in needs)
    for missing, held in needs:
        if missing > free:
            return False
        free += held
    return True
