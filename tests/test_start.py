# SPDX-License-Identifier: MIT
"""The entry point of the command."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

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


_LOADED = """
import sys
from elytra_status import cli, start

def main():
    import botocore.httpsession, requests
    print(sys.modules.get("{name}"))

cli.main = main
start.main()
"""


@pytest.mark.parametrize("name", ["OpenSSL", "awscrt"])
def test_libraries_go_without_what_takes_long_to_load_and_is_not_used(name: str, tmp_path: Path) -> None:
    (tmp_path / f"{name}.py").write_text("")
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {_LOADED.format(name=name)}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("None\n", 0), done.stderr


_ENDED = """
import atexit, gc
from elytra_status import cli, start

atexit.register(lambda: print(gc.isenabled(), gc.get_freeze_count() > 1000))
cli.main = lambda: 0
start.main()
"""


def test_nothing_is_searched_for_garbage_at_the_end() -> None:
    done = subprocess.run([sys.executable, "-c", _ENDED], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.returncode) == ("False True\n", 0), done.stderr


# A library that ends badly if its threads are still at work when it is cleaned up, as OpenSSL may.
_BUSY = """
import ctypes, sys, threading
from elytra_status import cli, start

ctypes.pythonapi.Py_AtExit(ctypes.CDLL(None).abort)

def main():
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    print("published")
    return 3

cli.main = main
sys.exit(start.main())
"""


def test_threads_that_still_wait_for_slow_peers_do_not_crash_the_process_at_its_end() -> None:
    done = subprocess.run([sys.executable, "-c", _BUSY], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.returncode) == ("published\n", 3), done.stderr
