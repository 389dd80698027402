# SPDX-License-Identifier: MIT
"""What the tests of settings share: forms of secrets, credentials, and the faults of a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from elytra_status.problem import SettingsError
from elytra_status.settings import Loaded, load

# Forms of a pasted key: no part of one may be shown.
SECRETS = ("Pl4ntedS3cretOfTheTest", "cGxhbnRlZA==", "AKIAPLANTEDSECRET7", "planted_secret_Aa1", "planted.se/cret+x")
NOBODY = 65534
STORAGE = {
    "SPACES_ENDPOINT": "nyc3.digitaloceanspaces.com",
    "SPACES_ACCESS_KEY": "access",
    "SPACES_SECRET_KEY": "secret",
    "STATUS_BUCKET": "example-status",
}

Read = Callable[..., Loaded]
Refuse = Callable[..., list[str]]


def credentials(tmp_path: Path, **values: str | bytes) -> str:
    directory = tmp_path / "credentials"
    directory.mkdir(exist_ok=True)
    for name, value in values.items():
        (directory / name).write_bytes(value if isinstance(value, bytes) else value.encode())
    return str(directory)


def faults_of(file: Path, **environment: str) -> list[str]:
    try:
        load(file, environment)
    except SettingsError as error:
        return [str(fault) for fault in error.faults]
    return []
