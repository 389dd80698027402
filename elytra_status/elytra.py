# SPDX-License-Identifier: MIT
"""Run `elytra NAME …` as `elytra-NAME …`, so that `elytra status summary` works."""

from __future__ import annotations

import os
import re
import shutil
import sys

from elytra_status import __version__
from elytra_status.errors import UNAVAILABLE, USAGE

USAGE_TEXT = "usage: elytra NAME [ARGUMENTS], where elytra-NAME is a command; for example: elytra status summary --json"


def main() -> int:
    """Replace this process with the named command."""
    arguments = sys.argv[1:]
    if not arguments:
        print(USAGE_TEXT, file=sys.stderr)
        return USAGE
    if arguments[0] in ("-h", "--help"):
        print(USAGE_TEXT)
        return 0
    if arguments[0] == "--version":
        print(f"elytra {__version__}")
        return 0
    name = arguments[0]
    beside = os.path.dirname(os.path.abspath(sys.argv[0]))
    found = re.fullmatch("[a-z][a-z0-9-]*", name) and shutil.which(
        f"elytra-{name}", path=f"{beside}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    )
    if not found:
        print(f"elytra: there is no command elytra-{name}; {USAGE_TEXT}", file=sys.stderr)
        return USAGE
    try:
        os.execv(found, [found, *arguments[1:]])
    except OSError as error:
        print(f"elytra: elytra-{name} cannot be started ({error.strerror})", file=sys.stderr)
        return UNAVAILABLE
