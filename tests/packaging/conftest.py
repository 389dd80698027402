# SPDX-License-Identifier: MIT
"""Clean roots, the package built in them, and a repository of it. One build for each release in a session."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from tests.booted.machine import copy_of, make_root, obstacles
from tests.booted.releases import obstacle
from tests.needs import need
from tests.packaging import workshop

LATER = "99.0.0"
# Plain roots are kept here from session to session. They get no updates: delete the files to get newer ones.
CACHE = Path(os.environ.get("ELYTRA_STATUS_ROOTS", "/var/cache/elytra-status-tests"))

# Releases on which the package is built without its tests, where those have run on this release before.
WITHOUT_TESTS = tuple(os.environ.get("ELYTRA_STATUS_BUILT_WITHOUT_TESTS", "").split())


def for_tests(root: Path) -> Path:
    """Let dpkg in a root not wait for the disk after each file, and apt not end at the first hiccup of a network."""
    (root / "etc/dpkg/dpkg.cfg.d/unsafe-io").write_text("force-unsafe-io\n", encoding="utf-8")
    (root / "etc/apt/apt.conf.d/retries").write_text('Acquire::Retries "3";\n', encoding="utf-8")
    return root


def skip_out_of_reach(suite: str) -> None:
    """Skip a test on a release that is not Debian's where its archive cannot be reached, which is nobody's fault."""
    if words := obstacle(suite):
        pytest.skip(words)


@pytest.fixture(scope="session")
def plain_root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Path]]:
    """Return the plain root of a release. It must not be changed."""
    need(*obstacles())
    directory = tmp_path_factory.mktemp("plain")
    made: dict[str, Path] = {}

    def root(suite: str) -> Path:
        if suite not in made:
            skip_out_of_reach(suite)
            made[suite] = for_tests(make_root(suite, directory / suite, cache=CACHE))
        return made[suite]

    yield root
    shutil.rmtree(directory)


@pytest.fixture(scope="session")
def ready_root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Path]]:
    """Return a root of a release that has all that the package depends on. It must not be changed."""
    need(*obstacles())
    directory = tmp_path_factory.mktemp("ready")
    made: dict[str, Path] = {}
    _source, binary = workshop.debian_package.stanzas(workshop.TREE / "debian/control")
    # With what debhelper adds. The tests on booted systems want the same, and find it in the cache.
    needed = {*workshop.debian_package.packages(binary["Depends"]), *workshop.dependencies.relations(), "systemd"}

    def root(suite: str) -> Path:
        if suite not in made:
            skip_out_of_reach(suite)
            made[suite] = for_tests(make_root(suite, directory / suite, sorted(needed), cache=CACHE))
        return made[suite]

    yield root
    shutil.rmtree(directory)


@pytest.fixture
def scratch_root(
    plain_root: Callable[[str], Path], ready_root: Callable[[str], Path], tmp_path: Path
) -> Iterator[Callable[..., Path]]:
    """Return a copy of a root of a release that may be changed: plain, or with all that the package depends on.

    A plain one installs from Debian's archive. The other knows it only where it is asked for: there is nothing
    that apt would want of it.
    """
    numbers = count()
    with ExitStack() as stack:

        def root(suite: str, *, plain: bool = False, archive: bool = False) -> Path:
            original = plain_root(suite) if plain else ready_root(suite)
            made = stack.enter_context(copy_of(original, tmp_path / f"copy-{next(numbers)}"))
            if not plain and not archive:
                for sources in (made / "etc/apt/sources.list", *(made / "etc/apt/sources.list.d").iterdir()):
                    sources.unlink(missing_ok=True)
            return made

        yield root


@pytest.fixture(scope="session")
def build_root(
    plain_root: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Path]]:
    """Return a root with nothing beside the declared build dependencies, in which the package has been built.

    It is built on all releases at once: the tests of a build wait more than they work.
    """
    failed: dict[str, str] = {}
    with ExitStack() as stack, ThreadPoolExecutor() as threads:

        def prepare(suite: str) -> Path:
            root = stack.enter_context(copy_of(plain_root(suite), tmp_path_factory.mktemp("build") / suite))
            workshop.copy_tree(root / "build/tree")
            return root

        def build(suite: str) -> None:
            workshop.install_build_dependencies(made[suite])
            workshop.build(made[suite], **({"DEB_BUILD_OPTIONS": "nocheck"} if suite in WITHOUT_TESTS else {}))

        made = {suite: prepare(suite) for suite in workshop.SUITES}
        builds = {suite: threads.submit(build, suite) for suite in workshop.SUITES}

        def root(suite: str) -> Path:
            if suite in failed:
                pytest.fail(f"the build on {suite} has failed, as was told before", pytrace=False)
            if error := builds[suite].exception():
                failed[suite] = str(error)
                raise error
            return made[suite]

        yield root


@pytest.fixture(scope="session")
def package(build_root: Callable[[str], Path]) -> Callable[[str], Path]:
    """Return the package as it was built on a release."""

    def built(suite: str) -> Path:
        (found,) = (build_root(suite) / "build").glob("*.deb")
        return found

    return built


@pytest.fixture(scope="session")
def later_package(package: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return the package of a later version, as it was built on a release."""
    made: dict[str, Path] = {}

    def found(suite: str) -> Path:
        if suite not in made:
            made[suite] = workshop.with_version(package(suite), LATER, tmp_path_factory.mktemp("later"))
        return made[suite]

    return found


@pytest.fixture
def repository(tmp_path: Path, package: Callable[[str], Path]) -> Iterator[workshop.Repository]:
    """A repository with the package as it was built on Debian 12, for both releases."""
    directory = tmp_path / "served/repository"
    directory.mkdir(parents=True)
    with workshop.served(directory) as (url, requests):
        made = workshop.Repository(directory, tmp_path / "packages", url, requests)
        made.add(package(workshop.SUITES[0]))
        yield made


@pytest.fixture
def client(scratch_root: Callable[..., Path], repository: workshop.Repository, suite: str) -> Path:
    """A root that has all that the package depends on, and knows the repository."""
    made = scratch_root(suite)
    workshop.add_source(made, repository.directory)
    return made
