# SPDX-License-Identifier: MIT
"""What `make run` and `make test` do in a checkout: as which user, where, how often, and without the package index."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.needs import need

pytestmark = [pytest.mark.pure, pytest.mark.slow]

TREE = Path(__file__).resolve().parent.parent
NOBODY = 65534
SECONDS = 600
# Nothing answers there: no test reaches the package index, and requests to it fail.
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "PIP_INDEX_URL": "http://127.0.0.1:9/simple"}
WHEEL = "tiny-1.0-py3-none-any.whl"


@pytest.fixture
def checkout() -> Iterator[Path]:
    """A copy of the sources in a directory that any user may enter, unlike pytest's own."""
    with TemporaryDirectory(prefix="elytra-status-test-") as place:
        Path(place).chmod(0o755)
        yield copy_of_sources(Path(place) / "checkout")


def copy_of_sources(made: Path) -> Path:
    made.mkdir()
    for name in ("Makefile", "setup.py", "README.md", "debian", "tools", "elytra_status"):
        source = TREE / name
        if source.is_dir():
            shutil.copytree(source, made / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, made / name)
    return made


def start(checkout: Path, *command: str, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        cwd=checkout,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def run(checkout: Path, *command: str, **options: Any) -> subprocess.CompletedProcess[str]:
    with start(checkout, *command, **options) as process:
        out, err = process.communicate(timeout=SECONDS)
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def as_nobody(checkout: Path) -> dict[str, Any]:
    """Make an ordinary user the owner of the checkout, and return how to start a process of that user."""
    if os.geteuid() != 0:
        pytest.skip("only root can be two users")
    for path in (checkout, *checkout.rglob("*")):
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []}


def names(directory: Path) -> set[Path]:
    return set(directory.rglob("*"))


def test_make_run_queries_no_package_index_and_leaves_nothing_in_the_checkout(checkout: Path) -> None:
    before = names(checkout)
    done = run(checkout, "make", "run")
    assert done.returncode == 0, done.stderr
    assert "Decided: operational" in done.stdout
    assert names(checkout) == before


def test_make_run_works_for_an_ordinary_user_after_root_and_after_the_checkout_was_renamed(checkout: Path) -> None:
    user = as_nobody(checkout)
    assert run(checkout, "make", "run").returncode == 0
    done = run(checkout, "make", "run", **user)
    assert done.returncode == 0, done.stderr
    done = run(checkout.rename(checkout.with_name("renamed checkout")), "make", "run", **user)
    assert done.returncode == 0, done.stderr


def test_make_run_works_twice_at_once(checkout: Path) -> None:
    both = [start(checkout, "make", "run") for _ in range(2)]
    for process in both:
        out, err = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, err
        assert "Decided: operational" in out


def test_the_command_that_the_demo_names_next_works_in_the_checkout(checkout: Path) -> None:
    printed = run(checkout, "make", "run").stdout.splitlines()
    (command,) = [line.split() for line in printed if line.endswith("--scenario one-down")]
    done = run(checkout, *command)
    assert "Decided: outage" in done.stdout


@pytest.fixture
def make_venv(checkout: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that makes .venv with a package that needs no index, in the checkout or at its new place."""
    if not list(Path("/usr/lib").glob("python3*/ensurepip")):
        need("python3-venv is missing")
    with zipfile.ZipFile(checkout / WHEEL, "w") as wheel:
        about = "tiny-1.0.dist-info"
        wheel.writestr("tiny.py", "def main():\n    print('tiny')\n")
        wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/entry_points.txt", "[console_scripts]\ntiny = tiny:main\n")
        wheel.writestr(f"{about}/RECORD", "")

    def make(at: Path = checkout, **options: Any) -> subprocess.CompletedProcess[str]:
        return run(at, "tools/need-venv", ".venv", "--no-index", f"./{WHEEL}", **options)

    return make


Make = Callable[..., subprocess.CompletedProcess[str]]


def test_an_environment_is_kept_until_what_it_was_made_from_changes_or_the_checkout_moves(
    checkout: Path, make_venv: Make
) -> None:
    assert make_venv().returncode == 0
    kept = checkout / ".venv/kept"
    kept.touch()
    assert make_venv().stdout == ""
    assert kept.exists()
    with (checkout / "tools/constraints.txt").open("a") as changed:
        changed.write("# another line\n")
    assert make_venv().stdout == "making .venv\n"
    assert not kept.exists()
    moved = checkout.rename(checkout.with_name("moved"))
    done = make_venv(moved)
    assert done.returncode == 0, done.stderr
    assert run(moved, ".venv/bin/tiny").stdout == "tiny\n"


def test_an_environment_that_was_left_half_made_is_made_anew(checkout: Path, make_venv: Make) -> None:
    (checkout / ".venv/bin").mkdir(parents=True)
    assert make_venv().returncode == 0
    assert run(checkout, ".venv/bin/tiny").stdout == "tiny\n"


def test_two_at_once_make_one_environment(checkout: Path, make_venv: Make) -> None:
    command = ("tools/need-venv", ".venv", "--no-index", f"./{WHEEL}")
    said = []
    for process in [start(checkout, *command) for _ in range(2)]:
        out, err = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, err
        said.append(out)
    assert sorted(said) == ["", "making .venv\n"]


def test_an_environment_of_roots_serves_an_ordinary_user_who_learns_how_to_remove_it(
    checkout: Path, make_venv: Make
) -> None:
    user = as_nobody(checkout)
    assert make_venv().returncode == 0
    assert make_venv(**user).returncode == 0
    assert run(checkout, ".venv/bin/tiny", **user).stdout == "tiny\n"
    (checkout / "tools/constraints.txt").open("a").write("# another line\n")
    without_sudo = checkout / "programs"
    without_sudo.mkdir()
    for name in ("sh", "flock", "cat", "sha256sum", "rm"):
        (without_sudo / name).symlink_to(shutil.which(name, path=ENVIRONMENT["PATH"]) or name)
    done = run(checkout, "env", f"PATH={without_sudo}", "tools/need-venv", ".venv", f"./{WHEEL}", **user)
    assert done.returncode == 1
    assert f"Remove it as root: cd {checkout} && rm -rf .venv\n" in done.stderr


def test_an_index_that_is_unreachable_is_named_with_the_way_out(checkout: Path, make_venv: Make) -> None:
    done = run(checkout, "tools/need-venv", ".venv", "--retries", "0", "not-in-any-index")
    assert done.returncode == 1
    assert "set PIP_INDEX_URL to another. make run and make deb need none." in done.stderr
    # A partial environment is not taken for a complete one.
    assert not (checkout / ".venv/.made-for").exists()


def test_missing_packages_that_cannot_be_installed_are_named(checkout: Path) -> None:
    user = as_nobody(checkout)
    programs = checkout / "programs"
    programs.mkdir()
    for name in ("sh", "id", "dpkg-query"):
        (programs / name).symlink_to(shutil.which(name, path=ENVIRONMENT["PATH"]) or name)
    done = run(
        checkout, "env", f"PATH={programs}", "tools/need-packages", "dpkg", "no-package-1", "no-package-2", **user
    )
    assert done.returncode == 1
    assert done.stderr.endswith("Install them as root: apt-get install no-package-1 no-package-2\n")


def build(checkout: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    if not shutil.which("dpkg-parsechangelog"):
        need("dpkg-parsechangelog is missing (package dpkg-dev)")
    return run(checkout, "/usr/bin/python3", "-B", "tools/debian_package.py", **options)


def test_make_deb_says_what_it_does_and_shows_the_end_of_the_log_when_it_fails(checkout: Path) -> None:
    (checkout / "setup.py").write_text("print('first line\\n' * 100)\nraise SystemExit('setup.py is broken')\n")
    done = build(checkout)
    assert done.returncode == 1
    log = checkout / "dist/build.log"
    assert "To leave them out: DEB_BUILD_OPTIONS=nocheck make deb\n" in done.stdout
    assert done.stdout.endswith(f"Log: {log}\n")
    assert done.stderr.count("first line") < 30
    assert done.stderr.endswith(f"setup.py is broken\n\npython3 ended with 1. The whole log is {log}.\n")
    assert log.read_text("utf-8").count("first line") == 100
    assert [path.name for path in (checkout / "dist").iterdir()] == ["build.log"]


def test_make_deb_says_what_to_do_where_root_has_built_before(checkout: Path) -> None:
    user = as_nobody(checkout)
    (checkout / "dist").mkdir()
    done = build(checkout, **user)
    assert done.returncode == 1
    assert done.stderr == f"{checkout}/dist: belongs to root. Remove it: sudo rm -r {checkout}/dist\n"
