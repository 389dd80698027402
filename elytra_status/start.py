# SPDX-License-Identifier: MIT
"""The entry point.

It is separate because loading argparse takes as long as starting Python.
"""

from __future__ import annotations

import atexit
import gc
import sys

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
    try:
        from elytra_status import cli

        return cli.main()
    except KeyboardInterrupt:
        # The program was still loading. End by the signal itself, so that the shell sees Ctrl-C.
        import os
        import signal

        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
        return 128 + signal.SIGINT
