# SPDX-License-Identifier: MIT
"""Where the command begins. What the command line is read with takes as long to load as all of Python."""

from __future__ import annotations

import gc
import sys

from elytra_status import __version__

# Of python3-openssl and python3-awscrt: urllib3's TLS for old Pythons, and Amazon's own signatures and checksums.
_NOT_USED = ("OpenSSL", "awscrt")


def main() -> int:
    """Say the version at once, or do what the command line says."""
    if sys.argv[1:] == ["--version"]:
        print(f"elytra-status {__version__}")
        return 0
    # Libraries load these if they are installed, for as long as a third of a run, and no command uses what they add.
    sys.modules.update(dict.fromkeys(_NOT_USED))  # type: ignore[arg-type]  # None makes an import fail
    # Every command is short: looking for cycles costs a twentieth of a run, and there is little to find.
    gc.disable()
    try:
        from elytra_status import cli

        return cli.main()
    except KeyboardInterrupt:
        # It came while the program was loading. End as the signal does, so that a shell sees its Ctrl-C.
        import os
        import signal

        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
        return 128 + signal.SIGINT
