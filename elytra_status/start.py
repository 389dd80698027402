# SPDX-License-Identifier: MIT
"""The entry point.

It is separate because loading argparse takes as long as starting Python.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
import threading
from contextlib import suppress

from elytra_status import __version__

# From python3-openssl and python3-awscrt: TLS for old Pythons, and signatures and checksums of Amazon.
_NOT_USED = ("OpenSSL", "awscrt")


def main() -> int:
    """Print the version at once, or run the command."""
    if sys.argv[1:] == ["--version"]:
        print(f"elytra-status {__version__}")
        return 0
    # If these are installed, libraries load them for up to a third of a run, but no command uses what they add.
    sys.modules.update(dict.fromkeys(_NOT_USED))  # type: ignore[arg-type]  # None makes an import fail
    # Every command is short. Garbage collection costs a twentieth of a run and finds little.
    gc.disable()
    # At its end, Python searches everything that it has loaded for garbage, which costs another tenth. This exempts it.
    atexit.register(gc.freeze)
    ended: list[int] = []
    atexit.register(_exit_beside_threads, ended)
    try:
        from elytra_status import cli

        ended.append(cli.main())
        return ended[0]
    except KeyboardInterrupt:
        # The program was still loading. End by the signal itself, so that the shell sees Ctrl-C.
        import signal

        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
        return 128 + signal.SIGINT


def _exit_beside_threads(ended: list[int]) -> None:
    """Exit at once with the status in `ended` if threads are still running.

    They wait for peers that are too slow. Without this, OpenSSL frees what they use, and the process ends with a
    segmentation fault although the command has succeeded.
    """
    if ended and threading.active_count() > 1:
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):  # it may be closed
                stream.flush()
        os._exit(ended[0])
