# SPDX-License-Identifier: MIT
"""The releases of which tests build roots: their archives, and the keys that sign them."""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import urllib.request
from dataclasses import dataclass
from pathlib import Path

# In the order in which they are tested; the package that is installed on all is built on the first.
SUITES = tuple(os.environ.get("ELYTRA_STATUS_SUITES", "bookworm trixie").split())
SECONDS = 30.0


@dataclass(frozen=True)
class Archive:
    """An archive that the debootstrap of this machine does not know.

    `key` is the fingerprint of the key that signs it, which is in the archive's own package `keyring`.
    """

    mirror: str
    components: str
    script: str
    keyring: str
    file: str
    key: str


ARCHIVES = {
    # Debian 12's debootstrap has no script for it; all of Ubuntu's are the same.
    "noble": Archive(
        mirror="http://archive.ubuntu.com/ubuntu",
        components="main,universe",
        script="gutsy",
        keyring="ubuntu-keyring",
        file="usr/share/keyrings/ubuntu-archive-keyring.gpg",
        key="F6ECB3762474EDA9D21B7022871920D1991BC93C",
    ),
}


def obstacle(suite: str) -> str:
    """Return why no root of a release can be made here: its archive is not Debian's, and unreachable."""
    archive = ARCHIVES.get(suite)
    if archive is None:
        return ""
    try:
        _get(f"{archive.mirror}/dists/{suite}/Release")
    except OSError as error:
        return f"{archive.mirror} cannot be reached: {error}"
    return ""


def sources(suite: str) -> str:
    """Return the address of a release's archive and the components that are used; empty for Debian's."""
    archive = ARCHIVES.get(suite)
    return f"{archive.mirror} {archive.components.replace(',', ' ')}" if archive else ""


def bootstrap_options(suite: str, directory: Path) -> tuple[list[str], list[str]]:
    """Return debootstrap's options for a release, before and after the names of the suite and the directory.

    The keys of an archive that it does not know are put into `directory`.
    """
    archive = ARCHIVES.get(suite)
    if archive is None:
        return [], []
    keyring = _keyring(archive, suite, directory)
    script = f"/usr/share/debootstrap/scripts/{archive.script}"
    return [f"--components={archive.components}", f"--keyring={keyring}"], [archive.mirror, script]


def _keyring(archive: Archive, suite: str, directory: Path) -> Path:
    """Get the keys of an archive, and make sure that its signing key is the only one used."""
    index = gzip.decompress(_get(f"{archive.mirror}/dists/{suite}/main/binary-amd64/Packages.gz")).decode()
    stanza = next(one for one in index.split("\n\n") if one.startswith(f"Package: {archive.keyring}\n"))
    (name,) = re.findall(r"(?m)^Filename: (.+)$", stanza)
    package = directory / "keyring.deb"
    package.write_bytes(_get(f"{archive.mirror}/{name}"))
    subprocess.run(["dpkg-deb", "--extract", package, directory / "keyring"], check=True)
    ring = directory / "archive.gpg"
    gpg = ["gpg", "--batch", "--quiet", "--no-default-keyring", f"--homedir={directory}"]
    keys = ["--keyring", directory / "keyring" / archive.file]
    exported = subprocess.run([*gpg, *keys, "--export", archive.key], check=True, stdout=subprocess.PIPE)
    ring.write_bytes(exported.stdout)
    return ring


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=SECONDS) as answer:
        return bytes(answer.read())
