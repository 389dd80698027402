# SPDX-License-Identifier: MIT
"""Put the packages in dist/ into a signed apt repository, dist/repository.

The repository is static: it can be in a bucket or on any web server. Upload pool/ first, then the rest, and InRelease
last: a client that reads in between finds the files that the old InRelease names, since older packages and indexes
(by-hash) stay.

There is one suite, stable, for Debian 12 and 13 and Ubuntu 24.04. The package is the same for all, so the tested
package is the installed one, and an upgrade of the system changes nothing here.

REPOSITORY_KEY  file with a secret key, or the name of one in the GnuPG home of the caller REPOSITORY_URL  where the
repository will be reached, for elytra-status.sources

Without REPOSITORY_KEY a trial key is created and kept next to the repository.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import lzma
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

TREE = Path(__file__).resolve().parent.parent
NAME = "elytra-status"
SUITE, COMPONENT = "stable", "main"
# The package is for all architectures, but apt requests the index of its own.
ARCHITECTURES = ("amd64", "arm64")
POOL = f"pool/{COMPONENT}/{NAME[0]}/{NAME}"
EXAMPLE_URL = "https://packages.elytra-status.example"
KEY_FILE = f"/etc/apt/keyrings/{NAME}.asc"
# After this, apt refuses the index: somebody who holds back new indexes cannot hide an update for longer. Every call of
# this program begins it anew.
VALID_SECONDS = 60 * 86400
TRIAL_KEY_OWNER = "elytra-status trial repository, not to be trusted"
TRIAL_KEY_WARNING = """\
********************************************************************************
* REPOSITORY_KEY is not set. The repository is signed with a key made for      *
* trials, which is kept there, unprotected. Do not publish this repository.    *
********************************************************************************"""


class RepositoryError(Exception):
    """The repository cannot be made; the text says why, with the remedy."""


def call(command: Sequence[str], directory: Path = TREE, data: bytes | None = None) -> bytes:
    """Run a command and return its output. Raise CalledProcessError if it fails."""
    return subprocess.run(command, check=True, cwd=directory, input=data, stdout=subprocess.PIPE).stdout


def gpg(home: Path | None, *arguments: str, data: bytes | None = None) -> bytes:
    """Run gpg in a home directory, None for the caller's own, and return its output."""
    place = [f"--homedir={home}"] if home else []
    return call(["gpg", "--batch", "--quiet", "--yes", *place, *arguments], data=data)


@contextmanager
def signing_key(key: str, trial_key: Path) -> Iterator[tuple[Path | None, str]]:
    """Yield the GnuPG home, None for the caller's own, and the key's fingerprint."""
    if key and not Path(key).is_file():
        yield None, fingerprint(None, key)
        return
    # The path of the agent's socket has a length limit. The agent ends by itself when its home is removed.
    with tempfile.TemporaryDirectory(prefix="gpg-", dir="/tmp") as name:
        home = Path(name)
        try:
            if key:
                gpg(home, "--import", key)
            elif trial_key.exists():
                gpg(home, "--import", os.fspath(trial_key))
            else:
                nothing = ["--passphrase", "", "--pinentry-mode", "loopback"]
                gpg(home, *nothing, "--quick-generate-key", TRIAL_KEY_OWNER, "ed25519", "sign", "1y")
                descriptor = os.open(trial_key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "wb") as file:
                    file.write(gpg(home, *nothing, "--armor", "--export-secret-keys"))
            yield home, fingerprint(home, "")
        finally:
            subprocess.run(["gpgconf", f"--homedir={home}", "--kill", "all"], check=False)


def fingerprint(home: Path | None, key: str) -> str:
    """Return the fingerprint of the one secret key of that name."""
    try:
        listing = gpg(home, "--with-colons", "--list-secret-keys", *([key] if key else [])).decode()
    except subprocess.CalledProcessError:
        raise RepositoryError(f"there is no secret key {key!r}; set REPOSITORY_KEY to one or to its file") from None
    lines = [line.split(":") for line in listing.splitlines()]
    found = [after[9] for before, after in pairwise(lines) if before[0] == "sec"]
    if len(found) != 1:
        raise RepositoryError(f"there are {len(found)} secret keys {key!r}; give the fingerprint of one")
    return found[0]


def write(path: Path, content: bytes) -> None:
    """Write a file so that readers see either the old or the new content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.new")
    unfinished.write_bytes(content)
    unfinished.chmod(0o644)
    unfinished.replace(path)


def add_packages(packages: Path, repository: Path) -> list[str]:
    """Copy new packages to the pool, and return their names."""
    added = []
    for package in sorted(packages.glob("*.deb")):
        target = repository / POOL / package.name
        if not target.exists():
            write(target, package.read_bytes())
            added.append(package.name)
        elif target.read_bytes() != package.read_bytes():
            raise RepositoryError(f"{package.name} is in the repository with other content; give it a new version")
    if not any((repository / POOL).glob("*.deb")):
        raise RepositoryError(f"there is no package in {packages}; make deb")
    return added


def write_indexes(repository: Path) -> None:
    """Write the list of packages for each architecture, also under its hash.

    Older lists by hash stay.
    """
    plain = call(["apt-ftparchive", "packages", "pool"], repository)
    versions = {"Packages": plain, "Packages.gz": gzip.compress(plain, mtime=0), "Packages.xz": lzma.compress(plain)}
    for architecture in ARCHITECTURES:
        directory = repository / "dists" / SUITE / COMPONENT / f"binary-{architecture}"
        for content in versions.values():
            write(directory / "by-hash/SHA256" / hashlib.sha256(content).hexdigest(), content)
        for name, content in versions.items():
            write(directory / name, content)


def release(repository: Path, label: str) -> bytes:
    """Return the Release file with the hashes of all indexes."""
    fields = {
        "Origin": NAME,
        "Label": label,
        "Suite": SUITE,
        "Codename": SUITE,
        "Architectures": " ".join(ARCHITECTURES),
        "Components": COMPONENT,
        "Acquire-By-Hash": "yes",
        # apt-ftparchive writes Valid-Until, so many seconds after Date.
        "ValidTime": str(VALID_SECONDS),
    }
    options = [f"APT::FTPArchive::Release::{name}={value}" for name, value in fields.items()]
    # The hash from which the names in by-hash are made.
    options += [f"APT::FTPArchive::{other}=false" for other in ("MD5", "SHA1", "SHA512")]
    # By default, the Release file of the last time is listed too.
    options += ["APT::FTPArchive::Release::Default-Patterns=false"]
    options += [f"APT::FTPArchive::Release::Patterns::={pattern}" for pattern in ("Packages", "Packages.*")]
    arguments = [word for option in options for word in ("-o", option)]
    return call(["apt-ftparchive", *arguments, "release", f"dists/{SUITE}"], repository)


def sources(url: str) -> str:
    """Return elytra-status.sources, with which apt finds the repository."""
    return f"Types: deb\nURIs: {url}\nSuites: {SUITE}\nComponents: {COMPONENT}\nSigned-By: {KEY_FILE}\n"


def make(packages: Path, repository: Path, key: str, url: str) -> list[str]:
    """Make the repository or add to it, and return the names of new packages."""
    repository.mkdir(parents=True, exist_ok=True)
    with signing_key(key, repository.parent / f"{repository.name}-trial-key.asc") as (home, name):
        added = add_packages(packages, repository)
        write_indexes(repository)
        content = release(repository, NAME if key else TRIAL_KEY_OWNER)
        sign = ["--local-user", name, "--digest-algo", "SHA512", "--armor"]
        suite = repository / "dists" / SUITE
        inline = gpg(home, *sign, "--clear-sign", data=content)
        detached = gpg(home, *sign, "--detach-sign", data=content)
        write(repository / f"{NAME}.asc", gpg(home, "--armor", "--export-options", "export-minimal", "--export", name))
        write(repository / f"{NAME}.sources", sources(url).encode())
        write(suite / "Release", content)
        write(suite / "Release.gpg", detached)
        write(suite / "InRelease", inline)
    return added


def main() -> int:
    """Make the repository, and return the exit status."""
    description, _, details = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=description, epilog=details, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--packages", type=Path, default=TREE / "dist", metavar="DIRECTORY", help="default: dist/")
    parser.add_argument(
        "--repository",
        type=Path,
        default=TREE / "dist/repository",
        metavar="DIRECTORY",
        help="default: dist/repository",
    )
    options = parser.parse_args()
    key, url = os.environ.get("REPOSITORY_KEY", ""), os.environ.get("REPOSITORY_URL", EXAMPLE_URL).rstrip("/")
    if not shutil.which("apt-ftparchive") or not shutil.which("gpg"):
        print("apt-ftparchive or gpg is missing: install apt-utils and gnupg", file=sys.stderr)
        return 1
    try:
        added = make(options.packages.resolve(), options.repository.resolve(), key, url)
    except RepositoryError as error:
        print(error, file=sys.stderr)
        return 1
    if not key:
        print(TRIAL_KEY_WARNING, file=sys.stderr)
    print(f"{options.repository}: {', '.join(added) or 'nothing'} added, for {url}")
    print(f"On a new machine: {NAME}.asc goes to {KEY_FILE}, {NAME}.sources to /etc/apt/sources.list.d/; then")
    print(f"apt update && apt install {NAME}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
