# SPDX-License-Identifier: MIT
"""How the command begins."""

from __future__ import annotations

import signal
import subprocess
import sys

_INTERRUPTED = """
from elytra_status import cli, start

def main():
    raise KeyboardInterrupt

cli.main = main
start.main()
"""


def test_an_interrupt_while_the_program_loads_ends_it_without_a_traceback() -> None:
    done = subprocess.run([sys.executable, "-c", _INTERRUPTED], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (-signal.SIGINT, "")
