# SPDX-License-Identifier: MIT
"""Clean roots, and the package built in them. One build for each release in a session."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.packaging import workshop
from tests.system.machine import copy_of, make_root, obstacles

LATER = "99.0.0"
# Plain roots are kept here from session to session. They get no updates: delete the files to get newer ones.
CACHE = Path(os.environ.get("ELYTRA_STATUS_ROOTS", "/var/cache/elytra-status-tests"))


def _need_machines() -> None:
    """Skip a test where no root can be made, or fail it where one has to be."""
    missing = obstacles()
    if missing and (os.environ.get("CI") or os.environ.get("ELYTRA_STATUS_REQUIRE_MACHINES")):
        pytest.fail("; ".join(missing), pytrace=False)
    if missing:
        pytest.skip("; ".join(missing))


@pytest.fixture(scope="session")
def plain_root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Path]]:
    """Return the plain root of a release. It must not be changed."""
    _need_machines()
    directory = tmp_path_factory.mktemp("plain")
    made: dict[str, Path] = {}

    def root(suite: str) -> Path:
        if suite not in made:
            made[suite] = make_root(suite, directory / suite, cache=CACHE)
        return made[suite]

    yield root
    shutil.rmtree(directory)


@pytest.fixture(scope="session")
def ready_root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Path]]:
    """Return a root of a release that has all that the package depends on. It must not be changed."""
    _need_machines()
    directory = tmp_path_factory.mktemp("ready")
    made: dict[str, Path] = {}
    _source, binary = workshop.debian_package.stanzas(workshop.TREE / "debian/control")
    needed = workshop.debian_package.packages(binary["Depends"])

    def root(suite: str) -> Path:
        if suite not in made:
            made[suite] = make_root(suite, directory / suite, sorted(needed), cache=CACHE)
        return made[suite]

    yield root
    shutil.rmtree(directory)


@pytest.fixture
def scratch_root(
    plain_root: Callable[[str], Path], ready_root: Callable[[str], Path], tmp_path: Path
) -> Iterator[Callable[..., Path]]:
    """Return a copy of a root of a release that may be changed: plain, or with all that the package depends on."""
    opened = []

    def root(suite: str, *, plain: bool = False) -> Path:
        original = plain_root(suite) if plain else ready_root(suite)
        context = copy_of(original, tmp_path / f"copy-{len(opened)}")
        opened.append(context)
        return context.__enter__()

    yield root
    for context in reversed(opened):
        context.__exit__(None, None, None)


@pytest.fixture(scope="session")
def build_root(
    plain_root: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Path]]:
    """Return a root with nothing beside the declared build dependencies, in which the package has been built."""
    opened = []
    made: dict[str, Path] = {}
    failed: dict[str, AssertionError] = {}

    def root(suite: str) -> Path:
        if suite in failed:
            raise failed[suite]
        if suite not in made:
            context = copy_of(plain_root(suite), tmp_path_factory.mktemp("build") / suite)
            opened.append(context)
            copy = context.__enter__()
            workshop.copy_tree(copy / "build/tree")
            try:
                workshop.install_build_dependencies(copy)
                workshop.build(copy)
            except AssertionError as error:
                failed[suite] = error
                raise
            made[suite] = copy
        return made[suite]

    yield root
    for context in reversed(opened):
        context.__exit__(None, None, None)


@pytest.fixture(scope="session")
def package(build_root: Callable[[str], Path]) -> Callable[[str], Path]:
    """Return the package as it was built on a release."""

    def built(suite: str) -> Path:
        (found,) = (build_root(suite) / "build").glob("*.deb")
        return found

    return built


@pytest.fixture(scope="session")
def later_package(build_root: Callable[[str], Path]) -> Callable[[str], Path]:
    """Return the package of a later version, built on a release."""

    def built(suite: str) -> Path:
        directory = build_root(suite) / "build/later"
        if not directory.exists():
            workshop.copy_tree(directory / "tree", LATER)
            workshop.build(build_root(suite), "/build/later/tree", DEB_BUILD_OPTIONS="nocheck")
        (found,) = directory.glob("*.deb")
        return found

    return built
