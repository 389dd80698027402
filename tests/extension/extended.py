# SPDX-License-Identifier: MIT
"""A copy of the package with one new source, channel, document and kind of backup evidence, as CONTRIBUTING.md says.

Everything that is added is here: four modules, one line where each is listed, and their settings. A list of names
anywhere else in the package would not know of them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import elytra_status

PACKAGE = Path(elytra_status.__file__).parent
TOYS = Path(__file__).parent / "toys"
MODULES = {
    "abacus": "sources",
    "chest": "sources/backup_evidence",
    "almanac": "documents",
    "bell": "alerts",
}
# Where each is listed: the file, the present line, and its replacement.
LISTED = (
    ("sources/__init__.py", "MODULES = {\n", 'MODULES = {\n    "abacus": "abacus",\n'),
    ("sources/backup_evidence/__init__.py", "KINDS = {\n", 'KINDS = {\n    "chest": "backup_chest",\n'),
    ("documents/__init__.py", "MODULES = {\n", 'MODULES = {\n    "almanac": "almanac",\n'),
    ("alerts/__init__.py", "CHANNELS = {\n", 'CHANNELS = {\n    "bell": "bell_url",\n'),
)
# Their settings. The setting of a document is its value in PUBLISH.
SETTINGS = (
    ("settings/definitions/publishing.py", 'DOCUMENTS = ("status", ', 'DOCUMENTS = ("status", "almanac", '),
    (
        "settings/definitions/monitoring_systems.py",
        "    gatus_url: str | None = setting(\n",
        '''    abacus_token: Secret | None = setting(
        secret_kinds.KEY,
        """Token for the abacus.""",
        section="Toys",
        of="abacus",
        requires="ABACUS_URL",
    )
    abacus_url: str | None = setting(
        kinds.URL,
        """Address of the abacus.""",
        example="https://abacus.example.com",
        of="abacus",
    )
    gatus_url: str | None = setting(
''',
    ),
    (
        "settings/definitions/notifications.py",
        "    ntfy_url: str = setting(",
        '''    bell_url: Secret | None = setting(secret_kinds.ADDRESS, """Address of the bell.""", channel="bell")
    ntfy_url: str = setting(''',
    ),
    (
        "settings/definitions/backups.py",
        "    backup_kopia: str | None = setting(\n",
        '''    backup_chest: str | None = setting(
        kinds.PATH, """What `chest list --json` printed.""", example="/var/lib/chests"
    )
    backup_kopia: str | None = setting(
''',
    ),
)


@dataclass(frozen=True)
class Extended:
    """The copy of the package in `tree`, and a directory with settings and state."""

    tree: Path
    directory: Path

    @property
    def published(self) -> Path:
        """The directory that documents are published to."""
        return self.directory / "public"

    def set(self, values: Mapping[str, object]) -> None:
        """Write the settings of the next commands."""
        file = self.directory / "elytra-status.conf"
        file.write_text("".join(f'{name}="{value}"\n' for name, value in values.items()))
        file.chmod(0o600)

    def run(self, *words: str, with_options: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command of the copy."""
        options = ["--config", str(self.directory / "elytra-status.conf"), "--state-directory", str(self.directory)]
        return self.python("-m", "elytra_status", *words, *(options if with_options else ()))

    def python(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run Python on the copy."""
        return subprocess.run(
            [sys.executable, *words],
            cwd=self.tree,
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONPATH": str(self.tree), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


def extend(tree: Path) -> None:
    """Copy the package to a directory, and add the toys."""
    shutil.copytree(PACKAGE, tree / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    for name, folder in MODULES.items():
        shutil.copy(TOYS / f"{name}.py", tree / PACKAGE.name / folder)
    for path, line, instead in (*LISTED, *SETTINGS):
        file = tree / PACKAGE.name / path
        text = file.read_text("utf-8")
        assert text.count(line) == 1, f"{path} no longer holds {line!r}: say here where it is listed now"
        file.write_text(text.replace(line, instead), "utf-8")
