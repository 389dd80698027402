# SPDX-License-Identifier: MIT
"""The credentials that systemd passes to the service.

Units and drop-ins name them. Root can decrypt those that are encrypted.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

UNIT = "elytra-status.service"
ORIGIN = f"credential of {UNIT}"
# The directories in which systemd looks for units and drop-ins; see systemd.unit(5).
DIRECTORIES = tuple(Path(directory, "systemd/system") for directory in ("/etc", "/run", "/usr/local/lib", "/usr/lib"))
_FILES = (UNIT, *(f"{name}.d/*.conf" for name in (UNIT, "elytra-.service", "service")))
_LINE = re.compile(r"^\s*(Load|Set)Credential(Encrypted)?\s*=\s*([^:\s]+)(?::[ \t]*(\S+))?", re.MULTILINE)
PROGRAM = "systemd-creds"
# The environment of root may contain anything.
_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
# A TPM may take a second for each credential.
SECONDS = 15.0


class Credential(NamedTuple):
    """A credential's name, and the path of its file if that is encrypted."""

    name: str
    encrypted: str | None


def credentials() -> Iterator[Credential]:
    """Yield the credentials that units and drop-ins name, in order of their files."""
    for directory in DIRECTORIES:
        for pattern in _FILES:
            for file in sorted(directory.glob(pattern)):
                with suppress(OSError):
                    for how, is_encrypted, name, path in _LINE.findall(file.read_text("utf-8", "replace")):
                        is_file = how == "Load" and is_encrypted and path.startswith("/")
                        yield Credential(name, path if is_file else None)


def decrypted(credential: Credential) -> bytes | None:
    """Return the content of an encrypted credential.

    Return None if it is not encrypted, or if this user may not decrypt it.
    """
    import subprocess

    if credential.encrypted is None or os.geteuid() != 0:
        return None
    command = [PROGRAM, "decrypt", f"--name={credential.name}", credential.encrypted, "-"]
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=True, env=_ENVIRONMENT
        )
        return done.stdout
    return None
