# SPDX-License-Identifier: MIT
"""Clean roots, the package built in them, and a repository of it. One build for each release in a session.

The tests can run in several processes, since they mostly wait: those that change the root of a build share one process,
and all share its package.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from tests.booted.machine import copy_of, kept_root, locked, make_root, obstacles
from tests.booted.releases import obstacle
from tests.needs import need
from tests.packaging import workshop

LATER = "99.0.0"
# Plain roots are kept here from session to session. They get no updates: delete the files to get newer ones.
CACHE = Path(os.environ.get("ELYTRA_STATUS_ROOTS", "/var/cache/elytra-status-tests"))

# DEB_BUILD_OPTIONS of the builds with tests, by release: "bookworm=nocheck trixie=noslow" if the omitted tests have run
# before.
BUILD_OPTIONS = dict(word.split("=") for word in os.environ.get("ELYTRA_STATUS_BUILD_OPTIONS", "").split())
HERE = Path(__file__).resolve().parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Group the tests for xdist, and begin with the slowest ones and those that others wait for."""
    order = {"tested": 0, "build": 1}
    groups: dict[pytest.Item, str] = {}
    for item in items:
        if item.path.parent == HERE and hasattr(item, "callspec") and "suite" in item.callspec.params:
            name = next((name for name in order if f"{name}_root" in getattr(item, "fixturenames", ())), item.path.stem)
            groups[item] = name
            if config.pluginmanager.hasplugin("xdist"):
                item.add_marker(pytest.mark.xdist_group(f"{name}-{item.callspec.params['suite']}"))
    items.sort(key=lambda item: order.get(groups.get(item, ""), 2))


def skip_out_of_reach(suite: str) -> None:
    """Skip a test on a release that is not Debian's if its archive is unreachable, which is nobody's fault."""
    if words := obstacle(suite):
        pytest.skip(words)


@pytest.fixture(scope="session")
def plain_root() -> Callable[[str], Path]:
    """Return the plain root of a release. It must not be changed."""
    need(*obstacles())

    def root(suite: str) -> Path:
        skip_out_of_reach(suite)
        return kept_root(suite, cache=CACHE)

    return root


@pytest.fixture(scope="session")
def ready_root() -> Callable[[str], Path]:
    """Return a root of a release with all dependencies of the package. It must not be changed."""
    need(*obstacles())
    _source, binary = workshop.debian_package.stanzas(workshop.TREE / "debian/control")
    # With debhelper's additions. The tests on booted systems want the same, and find it in the cache.
    needed = {*workshop.debian_package.packages(binary["Depends"]), *workshop.dependencies.relations(), "systemd"}

    def root(suite: str) -> Path:
        skip_out_of_reach(suite)
        return kept_root(suite, sorted(needed), cache=CACHE)

    return root


@pytest.fixture
def scratch_root(
    plain_root: Callable[[str], Path], ready_root: Callable[[str], Path], tmp_path: Path
) -> Iterator[Callable[..., Path]]:
    """Return a copy of a root of a release that may be changed: plain, or with all dependencies of the package.

    A plain one installs from Debian's archive. The other knows that archive only on request, since apt would need
    nothing of it.
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
def builds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory for builds, which all processes of xdist share. The last of them removes the roots."""
    base = tmp_path_factory.getbasetemp()
    directory = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "builds"
    directory.mkdir(exist_ok=True)
    with locked(directory / "users", fcntl.LOCK_SH) as descriptor:
        yield directory
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        for root in directory.glob("*/root"):
            shutil.rmtree(root)


def root_with_sources(suite: str, directory: Path) -> Path:
    """Make a root with the sources and only the build dependencies that they declare."""
    need(*obstacles())
    skip_out_of_reach(suite)
    root = make_root(suite, directory, cache=CACHE)
    workshop.copy_tree(root / "build/tree")
    workshop.install_build_dependencies(root)
    return root


@pytest.fixture(scope="session")
def built(builds: Path) -> Callable[[str], Path]:
    """Return a directory with the package built on a release without its tests, and the root of the build."""

    def build(suite: str) -> Path:
        directory = builds / suite
        directory.mkdir(exist_ok=True)
        failure, package = directory / "failure", directory / "package"
        with locked(builds / f"{suite}.lock"):
            if failure.exists():
                pytest.fail(f"the build on {suite} has failed, as was told before", pytrace=False)
            if not (package.exists() and (directory / "root").exists()):
                shutil.rmtree(directory / "root", ignore_errors=True)
                failure.touch()
                root = root_with_sources(suite, directory / "root")
                made = workshop.build(root, DEB_BUILD_OPTIONS="nocheck")
                package.mkdir(exist_ok=True)
                shutil.copy2(made, package)
                failure.unlink()
        return directory

    return build


@pytest.fixture(scope="session")
def build_root(built: Callable[[str], Path]) -> Callable[[str], Path]:
    """Return a root with only the declared build dependencies, in which the package has been built."""
    return lambda suite: built(suite) / "root"


@pytest.fixture(scope="session")
def package(built: Callable[[str], Path]) -> Callable[[str], Path]:
    """Return the package as it was built on a release."""

    def found(suite: str) -> Path:
        (package,) = (built(suite) / "package").iterdir()
        return package

    return found


@pytest.fixture
def tested_root(suite: str, tmp_path: Path) -> Iterator[Path]:
    """A root for a build with its tests, which take minutes, in a process of its own."""
    if BUILD_OPTIONS.get(suite) == "nocheck":
        pytest.skip("its tests have run on this release before, as ELYTRA_STATUS_BUILD_OPTIONS says")
    yield root_with_sources(suite, tmp_path / "root")
    shutil.rmtree(tmp_path / "root")


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
    """A root with all dependencies of the package that knows the repository."""
    made = scratch_root(suite)
    workshop.add_source(made, repository.directory)
    return made
