# SPDX-License-Identifier: MIT
"""The archive as apt sees it: added as the guide says, also from a bucket, half uploaded, and altered in transit."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from elytra_status import __version__
from tests.packaging import workshop

pytestmark = [pytest.mark.booted, pytest.mark.parametrize("suite", workshop.SUITES)]
GUIDE = workshop.TREE / "docs/operations.md"


def commands_of_the_guide(url: str) -> str:
    """Return the guide's commands for the installation from an archive at this address."""
    section = GUIDE.read_text("utf-8").partition("## 1. Install")[2].partition("\n## ")[0]
    block = re.search(r"(?:^    .+\n)+", section, re.MULTILINE)
    assert block
    assert "https://ARCHIVE/" in block[0]
    return block[0].replace("https://ARCHIVE", url)


def test_on_a_fresh_system_it_is_installed_by_name_as_the_guide_says(
    scratch_root: Callable[..., Path], repository: workshop.Repository, suite: str
) -> None:
    root = scratch_root(suite, plain=True)
    workshop.in_root(root, "apt-get -qq update; apt-get -qq -y --no-install-recommends install curl")
    (root / "etc/apt/apt.conf.d/yes").write_text('APT::Get::Assume-Yes "true";\nAPT::Install-Recommends "false";\n')
    workshop.in_root(root, commands_of_the_guide(repository.url))
    assert workshop.in_root(root, "elytra-status --version").stdout == f"elytra-status {__version__}\n"
    assert workshop.in_root(root, "elytra status --version").stdout == f"elytra-status {__version__}\n"
    workshop.in_root(root, workshop.RUN)
    published = root / workshop.PUBLISHED.lstrip("/")
    assert json.loads(published.read_text("utf-8"))["platform_status"] == "unknown"
    assert published.stat().st_mode & 0o777 == 0o644


def test_it_is_installed_from_a_bucket(
    scratch_root: Callable[..., Path],
    package: Callable[[str], Path],
    s3_server: str,
    suite: str,
    tmp_path: Path,
) -> None:
    bucket = f"packages-{suite}"
    packages = tmp_path / "packages"
    packages.mkdir()
    shutil.copy(package(suite), packages)
    repository = tmp_path / "trial/repository"
    workshop.publish(packages, repository, f"{s3_server}/{bucket}")
    login = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url=s3_server, config=Config(s3={"addressing_style": "path"}), **login)
    client.create_bucket(Bucket=bucket)
    for path in repository.rglob("*"):
        if path.is_file():
            key = path.relative_to(repository).as_posix()
            client.put_object(Bucket=bucket, Key=key, Body=path.read_bytes(), ACL="public-read")
    root = scratch_root(suite)
    workshop.add_source(root, repository)
    workshop.in_root(root, workshop.INSTALL)
    workshop.in_root(root, workshop.RUN)


def test_indexes_are_fetched_by_their_hash(client: Path, repository: workshop.Repository, suite: str) -> None:
    indexes = [path for path in repository.requests if "/binary-" in path]
    assert indexes
    assert all("/by-hash/SHA256/" in path for path in indexes)


def test_while_a_later_version_is_being_uploaded_the_one_before_is_installed(
    scratch_root: Callable[..., Path],
    repository: workshop.Repository,
    later_package: Callable[[str], Path],
    suite: str,
) -> None:
    suite_directory = repository.directory / "dists/stable"
    signed = ("InRelease", "Release", "Release.gpg")
    before = {name: (suite_directory / name).read_bytes() for name in signed}
    repository.add(later_package(workshop.SUITES[0]))
    for name, content in before.items():
        (suite_directory / name).write_bytes(content)
    root = scratch_root(suite)
    workshop.add_source(root, repository.directory)
    workshop.in_root(root, "apt-get update --error-on=any")
    workshop.in_root(root, workshop.INSTALL)
    assert workshop.in_root(root, "elytra-status --version").stdout == f"elytra-status {__version__}\n"


def test_an_altered_package_is_refused(client: Path, repository: workshop.Repository, suite: str) -> None:
    (package,) = repository.directory.glob("pool/**/*.deb")
    content = bytearray(package.read_bytes())
    content[-1] ^= 1
    package.write_bytes(content)
    result = workshop.in_root(client, workshop.INSTALL, check=False)
    assert result.returncode != 0
    assert "Hash Sum mismatch" in result.stdout + result.stderr
    assert not (client / "usr/bin/elytra-status").exists()


def alter(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))


def alter_indexes(directory: Path) -> None:
    for path in (directory / "dists").rglob("*"):
        if path.is_file() and "Release" not in path.name:
            path.write_bytes(path.read_bytes().replace(b"elytra", b"alytre")[::-1])


def alter_release(directory: Path) -> None:
    alter(directory / "dists/stable/InRelease", b"Origin: elytra-status", b"Origin: somebody-else")


def drop_signature(directory: Path) -> None:
    (directory / "dists/stable/InRelease").unlink()
    (directory / "dists/stable/Release.gpg").unlink()


def sign_with_another_key(directory: Path) -> None:
    (directory.parent / "repository-trial-key.asc").unlink()
    workshop.publish(directory.parent.parent / "packages", directory, "http://127.0.0.1")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (alter_indexes, "Hash Sum mismatch"),
        (alter_release, "BADSIG|has been manipulated"),
        (drop_signature, "is not signed"),
        (sign_with_another_key, "NO_PUBKEY|[Mm]issing key"),
    ],
)
def test_an_altered_index_is_refused(
    scratch_root: Callable[..., Path],
    repository: workshop.Repository,
    suite: str,
    change: Callable[[Path], None],
    reason: str,
) -> None:
    root = scratch_root(suite)
    key, source = ((repository.directory / f"elytra-status.{end}").read_bytes() for end in ("asc", "sources"))
    change(repository.directory)
    (root / "etc/apt/keyrings").mkdir(exist_ok=True)
    (root / "etc/apt/keyrings/elytra-status.asc").write_bytes(key)
    (root / "etc/apt/sources.list.d/elytra-status.sources").write_bytes(source)
    result = workshop.in_root(root, "apt-get update --error-on=any", check=False)
    assert result.returncode != 0
    assert re.search(reason, result.stdout + result.stderr), result.stdout + result.stderr
    assert workshop.in_root(root, workshop.INSTALL, check=False).returncode != 0
    assert not (root / "usr/bin/elytra-status").exists()
