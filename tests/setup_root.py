# SPDX-License-Identifier: MIT
"""The files of a system with a newly installed package, for `elytra-status setup`."""

from __future__ import annotations

from pathlib import Path

from elytra_status.settings import load
from elytra_status.settings.load import Loaded
from tests.in_process import run_words


class Root:
    """The files of a system with a newly installed package."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.etc = directory / "etc" / "elytra-status"
        (self.etc / "conf.d").mkdir(parents=True)
        (self.etc / "credentials").mkdir(mode=0o700)
        (self.etc / "elytra-status.conf").write_text("# Settings of elytra-status.\n")
        self.own = self.etc / "conf.d" / "50-setup.conf"

    def credential(self, name: str) -> Path:
        return self.etc / "credentials" / name.lower()

    def setup(self, *words: str, **answers: object) -> int:
        """Run setup with these answers in a file, and return its exit status."""
        file = self.directory / "answers"
        file.write_text("".join(f'{name}="{value}"\n' for name, value in answers.items()))
        file.chmod(0o600)
        return run_words("setup", "--root", str(self.directory), "--answers", str(file), *words)

    def load(self) -> Loaded:
        return load(None, {}, directory=self.etc, of_this_machine=False)

    def files(self) -> dict[str, bytes]:
        return {str(path.relative_to(self.etc)): path.read_bytes() for path in self.etc.rglob("*") if path.is_file()}
