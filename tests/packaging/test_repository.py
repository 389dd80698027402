# SPDX-License-Identifier: MIT
"""The apt repository: signed, extended, never changed in what it has."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from tests.packaging import workshop

URL = "https://packages.example.com/elytra"


@pytest.fixture(autouse=True)
def programs() -> None:
    workshop.need_program("apt-ftparchive", "apt-utils")
    workshop.need_program("gpg", "gnupg")


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that makes a package of a version and puts it into the repository."""

    def put(version: str, *, key: str = "", content: str = "") -> Path:
        tree = tmp_path / f"tree-{version}"
        (tree / "DEBIAN").mkdir(parents=True, exist_ok=True)
        (tree / "content").write_text(content, encoding="utf-8")
        fields = {
            "Package": "elytra-status",
            "Version": version,
            "Architecture": "all",
            "Maintainer": "A <a@example.com>",
        }
        text = "".join(f"{name}: {value}\n" for name, value in fields.items()) + "Description: for tests\n"
        (tree / "DEBIAN/control").write_text(text, encoding="utf-8")
        packages = tmp_path / "packages"
        packages.mkdir(exist_ok=True)
        file = packages / f"elytra-status_{version}_all.deb"
        subprocess.run(["dpkg-deb", "--root-owner-group", "--build", tree, file], check=True, capture_output=True)
        workshop.publish(packages, tmp_path / "dist/repository", URL, key)
        return tmp_path / "dist/repository"

    return put


def verify(repository: Path) -> str:
    """Check both signatures with the repository's key, and return whose it is."""
    keyring = repository.parent / "key.gpg"
    subprocess.run(
        ["gpg", "--batch", "--yes", "--dearmor", "--output", keyring, repository / "elytra-status.asc"], check=True
    )
    suite = repository / "dists/stable"
    for signed in ([suite / "InRelease"], [suite / "Release.gpg", suite / "Release"]):
        result = subprocess.run(["gpgv", "--keyring", keyring, *signed], capture_output=True, text=True)
        assert result.returncode == 0, result.stderr
    return result.stderr


def hashes(repository: Path) -> dict[str, str]:
    text = (repository / "dists/stable/Release").read_text("utf-8")
    assert "Acquire-By-Hash: yes\n" in text
    return {name: digest for digest, name in re.findall(r"^ ([0-9a-f]{64}) +\d+ (\S+)$", text, re.MULTILINE)}


def test_every_index_is_signed_and_also_available_by_its_hash(put: Callable[..., Path]) -> None:
    repository = put("1-1")
    verify(repository)
    named = hashes(repository)
    assert set(named) == {
        f"main/binary-{architecture}/Packages{end}" for architecture in ("amd64", "arm64") for end in ("", ".gz", ".xz")
    }
    for name, digest in named.items():
        file = repository / "dists/stable" / name
        assert hashlib.sha256(file.read_bytes()).hexdigest() == digest
        assert (file.parent / "by-hash/SHA256" / digest).read_bytes() == file.read_bytes()


def test_what_a_client_needs_is_there(put: Callable[..., Path]) -> None:
    repository = put("1-1")
    assert (repository / "elytra-status.sources").read_text("utf-8").splitlines() == [
        "Types: deb",
        f"URIs: {URL}",
        "Suites: stable",
        "Components: main",
        "Signed-By: /etc/apt/keyrings/elytra-status.asc",
    ]
    assert "PUBLIC KEY" in (repository / "elytra-status.asc").read_text("utf-8")
    assert not any("PRIVATE" in path.read_text("utf-8", "replace") for path in repository.rglob("*") if path.is_file())
    for path in repository.rglob("*"):
        assert path.stat().st_mode & 0o444 == 0o444, path


def test_older_versions_and_indexes_stay(put: Callable[..., Path], tmp_path: Path) -> None:
    first = hashes(put("1-1"))
    (tmp_path / "packages/elytra-status_1-1_all.deb").unlink()
    repository = put("2-1")
    verify(repository)
    assert hashes(repository) != first
    index = (repository / "dists/stable/main/binary-amd64/Packages").read_text("utf-8")
    assert re.findall(r"^Version: (.+)$", index, re.MULTILINE) == ["1-1", "2-1"]
    for name, digest in first.items():
        assert (repository / "dists/stable" / name).parent.joinpath("by-hash/SHA256", digest).exists()


def test_other_content_under_the_same_version_is_refused(put: Callable[..., Path]) -> None:
    repository = put("1-1")
    before = (repository / "dists/stable/InRelease").read_bytes()
    with pytest.raises(workshop.repository.RepositoryError, match="other content; give it a new version"):
        put("1-1", content="changed")
    assert (repository / "dists/stable/InRelease").read_bytes() == before


def test_a_key_for_trials_is_kept_beside_the_repository_for_its_owner_alone_and_used_again(
    put: Callable[..., Path],
) -> None:
    repository = put("1-1")
    key = repository.parent / "repository-trial-key.asc"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert "not to be trusted" in (repository / "dists/stable/Release").read_text("utf-8")
    public = (repository / "elytra-status.asc").read_bytes()
    put("2-1")
    assert (repository / "elytra-status.asc").read_bytes() == public
    assert "not to be trusted" in verify(repository)


@pytest.fixture
def own_key(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return the only key in the GnuPG home of the caller."""
    home = Path(subprocess.run(["mktemp", "-d"], capture_output=True, text=True, check=True).stdout.strip())
    monkeypatch.setenv("GNUPGHOME", os.fspath(home))
    call = ["gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", "Maintainer", "ed25519", "sign"]
    subprocess.run(call, check=True)
    yield "Maintainer"
    subprocess.run(["gpgconf", "--kill", "all"], check=False)
    shutil.rmtree(home, ignore_errors=True)


def test_the_key_that_is_given_is_used(put: Callable[..., Path], own_key: str, tmp_path: Path) -> None:
    repository = put("1-1", key=own_key)
    assert '"Maintainer"' in verify(repository)
    assert "Label: elytra-status\n" in (repository / "dists/stable/Release").read_text("utf-8")
    assert not (repository.parent / "repository-trial-key.asc").exists()

    file = tmp_path / "secret.asc"
    file.write_bytes(subprocess.run(["gpg", "--armor", "--export-secret-keys"], capture_output=True).stdout)
    assert '"Maintainer"' in verify(put("2-1", key=os.fspath(file)))


def test_a_key_that_is_not_there_is_an_error_and_nothing_is_written(
    put: Callable[..., Path], own_key: str, tmp_path: Path
) -> None:
    with pytest.raises(workshop.repository.RepositoryError, match="there is no secret key 'Nobody'"):
        put("1-1", key="Nobody")
    assert not list((tmp_path / "dist/repository").iterdir())


def test_without_a_key_the_command_warns_loudly(put: Callable[..., Path], tmp_path: Path) -> None:
    put("1-1")
    command = [workshop.debian_package.PYTHON, workshop.TREE / "tools/repository.py"]
    places = ["--packages", tmp_path / "packages", "--repository", tmp_path / "dist/repository"]
    environment = {"PATH": os.environ["PATH"]}
    result = subprocess.run([*command, *places], capture_output=True, text=True, check=True, env=environment)
    assert "REPOSITORY_KEY is not set" in result.stderr
    assert "Do not publish this repository" in result.stderr


def dates(repository: Path) -> tuple[datetime, datetime]:
    """Return Date and Valid-Until of the signed index."""
    verify(repository)
    text = (repository / "dists/stable/InRelease").read_text("utf-8")
    found = dict(re.findall(r"^(Date|Valid-Until): (.+)$", text, re.MULTILINE))
    return parsedate_to_datetime(found["Date"]), parsedate_to_datetime(found["Valid-Until"])


def test_the_signed_index_is_valid_for_two_months_and_each_call_renews_it(
    put: Callable[..., Path], tmp_path: Path
) -> None:
    repository = put("1-1")
    made, until = dates(repository)
    assert until - made == timedelta(days=60)
    listed = hashes(repository)
    # Without a new package, and without those of before.
    shutil.rmtree(tmp_path / "packages")
    (tmp_path / "packages").mkdir()
    time.sleep(1.1)
    workshop.publish(tmp_path / "packages", repository, URL, "")
    renewed, until_then = dates(repository)
    assert renewed > made
    assert until_then > until
    assert hashes(repository) == listed


def update(repository: Path, directory: Path) -> subprocess.CompletedProcess[str]:
    """Fetch the index of the repository with apt, which keeps everything in a directory."""
    sources = directory / "elytra-status.list"
    for name in ("etc/apt/preferences.d", "lists/partial", "cache/archives/partial"):
        (directory / name).mkdir(parents=True, exist_ok=True)
    signed_by = repository / "elytra-status.asc"
    sources.write_text(f"deb [signed-by={signed_by} arch=amd64] file://{repository} stable main\n", encoding="utf-8")
    options = {
        "Dir::Etc": directory / "etc/apt",
        "Dir::Etc::SourceList": sources,
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State::Lists": directory / "lists",
        "Dir::State::Status": "/dev/null",
        "Dir::Cache": directory / "cache",
        "APT::Sandbox::User": "",
        "APT::Architecture": "amd64",
        # Images for containers and snapshots switch them off.
        "Acquire::Check-Valid-Until": "true",
        "Acquire::Check-Date": "true",
    }
    words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    return subprocess.run(["apt-get", *words, "update"], capture_output=True, text=True, env=environment, check=False)


def test_apt_accepts_the_index_and_refuses_it_when_it_has_expired(
    put: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = put("1-1")
    result = update(repository, tmp_path / "apt")
    assert result.returncode == 0, result.stderr
    assert "W:" not in result.stderr
    monkeypatch.setattr(workshop.repository, "VALID_SECONDS", 1)
    workshop.publish(tmp_path / "packages", repository, URL, "")
    time.sleep(2.1)
    result = update(repository, tmp_path / "apt")
    assert result.returncode == 100, result.stderr
    assert "is expired" in result.stderr
