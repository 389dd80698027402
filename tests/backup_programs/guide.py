# SPDX-License-Identifier: MIT
"""The commands, units and settings of docs/backups.md, and a copy of this machine on which they run as written."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "backups.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Files written there are visible only to what runs in the copy.
_COPIED = ("/etc", "/root", "/srv", "/usr", "/var")


class Block(NamedTuple):
    """A block of the guide: its language, its text, and the file named in its first line."""

    language: str
    text: str

    @property
    def file(self) -> str:
        first = self.text.partition("\n")[0]
        return first.removeprefix("# ") if first.startswith("# /") else ""


def blocks(section: str) -> list[Block]:
    """Return the blocks of a section of the guide, in order."""
    (text,) = re.findall(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    return [Block(language, body) for language, body in _BLOCK.findall(text)]


def settings_of(section: str) -> str:
    """Return the settings in a section of the guide, as lines of a settings file."""
    return "".join(block.text for block in blocks(section) if block.language == "conf")


def prepared(upper: Path) -> str:
    """Return shell commands that copy this machine and prepare the copy, to run with private mounts."""
    lines = ["set -eu", "umask 022"]
    for place in _COPIED:
        name = place.strip("/")
        lines += [
            f"mkdir -p {upper}/{name} {upper}/{name}.work",
            f"mount -t overlay overlay -o lowerdir={place},upperdir={upper}/{name},workdir={upper}/{name}.work {place}",
        ]
    lines += [
        "getent group elytra-status >/dev/null || groupadd --system elytra-status",
        f"mkdir -p /usr/share/doc/elytra-status && cp -r {ROOT}/docs/examples /usr/share/doc/elytra-status/",
        "mkdir -p /srv/data /var/cache && echo text > /srv/data/file",
        *commands("Prepare the machine"),
    ]
    return "\n".join(lines)


def commands(section: str) -> list[str]:
    """Return shell commands that write the files of a section, check its units, and run its commands."""
    lines = []
    for block in blocks(section):
        if block.file:
            lines += [f"install -D --mode=0644 /dev/stdin {block.file} <<'END'\n{block.text}END"]
            if block.file.endswith(".service"):
                lines.append(f"systemd-analyze verify --man=no {block.file}")
        elif block.language == "sh":
            lines.append(block.text)
    return lines


def start(section: str, before: str = "") -> str:
    """Return shell commands that do what systemd does when it starts the unit of a section.

    `before` is an ExecStart= of the unit to which a drop-in of the section belongs.
    """
    (unit,) = (block for block in blocks(section) if ".service" in block.file)
    values: dict[str, list[str]] = {"ExecStart": [before] if before else []}
    for line in unit.text.splitlines():
        name, found, value = line.partition("=")
        if found:
            values.setdefault(name, []).append(value)
    environment = " ".join(shlex.join(shlex.split(value)) for value in values.get("Environment", []))
    where = values.get("WorkingDirectory", ["/"])[0]
    user = values.get("User", ["root"])[0]
    clean = f"env --ignore-environment --chdir={where} PATH=$PATH LANG=C.UTF-8 {environment}"
    as_user = f"setpriv --reuid={user} --regid={user} --init-groups {clean}"
    lines = ["status=0"]
    lines += [f"[ $status -ne 0 ] || {as_user} {_words(value)} || status=$?" for value in values["ExecStart"]]
    for value in values.get("ExecStopPost", []):
        by = clean if value.startswith("+") or user == "root" else as_user
        lines.append(f"{by} EXIT_STATUS=$status {_words(value.removeprefix('+'))} || true")
    return "\n".join(lines)


def _words(value: str) -> str:
    return shlex.join(shlex.split(value))
