# SPDX-License-Identifier: MIT
"""The package as built in clean roots: its content, and that it is the same each time."""

from __future__ import annotations

import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from elytra_status import __version__, schema
from elytra_status.settings.show import sample
from tests.packaging import workshop
from tests.packaging.conftest import BUILD_OPTIONS

pytestmark = [pytest.mark.booted, pytest.mark.parametrize("suite", workshop.SUITES)]
DECADE = 315_360_000


@pytest.fixture
def opened(package: Callable[[str], Path], suite: str, tmp_path: Path) -> Path:
    """The package, unpacked; its control files are in DEBIAN/."""
    subprocess.run(["dpkg-deb", "--raw-extract", package(suite), tmp_path / "opened"], check=True)
    return tmp_path / "opened"


def members(package: Path) -> dict[str, tarfile.TarInfo]:
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as process:
        assert process.stdout
        with tarfile.open(fileobj=process.stdout, mode="r|") as archive:
            return {member.name.removeprefix("./"): member for member in archive}


# How many tests must pass when a package is built. With "noslow" in DEB_BUILD_OPTIONS it is fewer.
LEAST_PASSED = 500


def test_its_tests_pass_with_nothing_but_the_declared_dependencies_and_without_network_and_change_no_byte(
    tested_root: Path, package: Callable[[str], Path], suite: str
) -> None:
    made = workshop.build(tested_root, DEB_BUILD_OPTIONS=BUILD_OPTIONS.get(suite, ""))
    log = (tested_root / "build/tree.log").read_text("utf-8")
    passed = re.search(r"(\d+) passed", log)
    assert passed
    assert int(passed[1]) > LEAST_PASSED
    assert not re.search(r"\d+ (failed|errors?)\b", log)
    assert workshop.digest(made) == workshop.digest(package(suite))


def test_it_is_built_in_its_version(package: Callable[[str], Path], suite: str) -> None:
    assert package(suite).name == f"elytra-status_{__version__}-1_all.deb"


def test_what_a_build_leaves_in_the_tree_is_cleaned_away(build_root: Callable[[str], Path], suite: str) -> None:
    root = build_root(suite)
    workshop.copy_tree(root / "build/fresh")
    workshop.in_root(root, "cp -a /build/tree /build/used; cd /build/used; debian/rules clean")
    difference = subprocess.run(
        ["diff", "--brief", "--recursive", root / "build/fresh", root / "build/used"], capture_output=True, text=True
    )
    shutil.rmtree(root / "build/used")
    shutil.rmtree(root / "build/fresh")
    assert difference.stdout == ""


# Scripts among the examples can be run in place too.
PROGRAMS = (
    *("usr/bin/", "usr/libexec/", "usr/share/doc/elytra-status/examples/backup-evidence"),
    "usr/share/elytra-status/web/bin/",
)


def test_owners_modes_and_times(package: Callable[[str], Path], suite: str) -> None:
    found = members(package(suite))
    assert found["etc/elytra-status/conf.d"].mode == 0o755
    assert found["etc/elytra-status/credentials"].mode == 0o700
    for name, member in found.items():
        assert (member.uid, member.gid, member.uname, member.gname) == (0, 0, "root", "root"), name
        assert member.issym() or not member.mode & 0o7022, name
        if not name.startswith("etc/elytra-status/") and not member.issym():
            program = member.isdir() or name.startswith(PROGRAMS)
            assert member.mode == (0o755 if program else 0o644), name
    assert len({member.mtime for member in found.values()}) == 1


def test_it_holds_what_it_should_and_nothing_else(package: Callable[[str], Path], suite: str) -> None:
    found = set(members(package(suite)))
    for unit in (workshop.TREE / "systemd").glob("*.[st]*[er]"):
        assert f"usr/lib/systemd/system/{unit.name}" in found
    assert "usr/lib/sysusers.d/elytra-status.conf" in found
    assert "usr/share/bash-completion/completions/elytra-status" in found
    for page in ("man8/elytra-status.8", "man5/elytra-status.conf.5", "man1/elytra.elytra-status.1"):
        assert f"usr/share/man/{page}.gz" in found
    for example in (workshop.TREE / "docs/examples").iterdir():
        assert f"usr/share/doc/elytra-status/examples/{example.name}" in found
    for guide in (workshop.TREE / "docs").glob("*.md"):
        place = f"usr/share/doc/elytra-status/docs/{guide.name}"
        assert {place, f"{place}.gz"} & found
    for name in ("bin", "examples", "src", "templates"):
        for part in (workshop.TREE / "web" / name).rglob("*"):
            assert f"usr/share/elytra-status/{part.relative_to(workshop.TREE)}" in found
    recordings = workshop.TREE / "elytra_status/demo/recordings"
    for recording in recordings.rglob("*"):
        place = f"usr/lib/python3/dist-packages/elytra_status/demo/recordings/{recording.relative_to(recordings)}"
        assert place in found
    allowed = re.compile(
        r"(etc/elytra-status|usr/bin/elytra-status|usr/libexec/elytra-status|usr/lib/python3/dist-packages/elytra_status"
        r"|usr/lib/systemd/system|usr/lib/sysusers.d|usr/share/(bash-completion|doc|elytra-status|lintian|man))(/|$|-[\d.]+dist-info)"
    )
    parents = {str(parent) for name in found for parent in Path(name).parents}
    for name in found - parents:
        assert allowed.match(name), name
        assert not re.search(r"(^|/)(tests?|debian|\.git|__pycache__)(/|$)|\.pyc$", name), name


def test_the_settings_are_the_sample_and_the_schema_is_the_schema(opened: Path, suite: str) -> None:
    assert (opened / "usr/share/doc/elytra-status/examples/elytra-status.conf").read_text("utf-8") == sample()
    assert not (opened / "DEBIAN/conffiles").exists()
    assert (opened / "usr/share/elytra-status/schema/status.schema.json").read_text("utf-8") == schema.schema_text()


def test_it_depends_on_what_setup_py_asks_for(package: Callable[[str], Path], suite: str) -> None:
    depends = [part.strip() for part in workshop.debian_package.field(package(suite), "Depends").split(",")]
    for relation in (
        "python3 (>= 3.11)",
        "python3-babel (>= 2.10)",
        "python3-boto3 (>= 1.26)",
        "python3-dotenv (>= 0.21)",
        "python3-jsonschema (>= 4.10)",
        "python3-prometheus-client (>= 0.16)",
        "python3-requests (>= 2.28)",
        "python3-systemd (>= 235)",
        "ca-certificates",
    ):
        assert relation in depends


def test_no_path_of_the_build_and_no_machine_is_in_it(opened: Path, suite: str) -> None:
    for path in opened.rglob("*"):
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            assert b"/build/tree" not in content, path
            assert b"/tmp/" not in content or "demo/" in str(path) or path.suffix == ".py", path


def test_every_maintainer_script_runs_under_dash_and_stops_at_errors(opened: Path, suite: str) -> None:
    for name in ("preinst", "postinst", "prerm", "postrm"):
        text = (opened / "DEBIAN" / name).read_text("utf-8")
        assert text.startswith("#!/bin/sh\n")
        assert "\nset -e\n" in text
        assert "#DEBHELPER#" not in text
        assert not re.search(r"#[A-Z]+#", text)
        subprocess.run(["sh", "-n", opened / "DEBIAN" / name], check=True)


def test_services_are_stopped_but_never_started_or_enabled_by_the_package_manager(opened: Path, suite: str) -> None:
    scripts = {name: (opened / "DEBIAN" / name).read_text("utf-8") for name in ("preinst", "postinst", "prerm")}
    for unit in (workshop.TREE / "systemd").glob("*.service"):
        name = unit.name.replace("@.", "@*.")
        assert not re.search(rf"(start|enable)[^\n]*'{re.escape(unit.name)}'", scripts["postinst"])
        for script in ("preinst", "prerm"):
            assert re.search(rf"deb-systemd-invoke stop [^\n]*{re.escape(name)}", scripts[script]), (script, name)
    for unit in (workshop.TREE / "systemd").glob("*.timer"):
        assert re.search(rf"deb-systemd-invoke start [^\n]*'{re.escape(unit.name)}'", scripts["postinst"])
        assert f"deb-systemd-helper enable '{unit.name}'" in scripts["postinst"]
        # An upgrade lets it continue: even if it fails, the next run comes.
        assert unit.name not in scripts["preinst"]
        removal = re.search(r'if \[ "\$1" = remove \][^\n]*\n(.*?)\nfi\n', scripts["prerm"], re.DOTALL)
        assert removal
        # Before any service, or it might start one that was just stopped.
        assert unit.name in re.findall(r"deb-systemd-invoke stop ([^\n]*)", removal[1])[0]


def test_a_build_in_another_directory_time_locale_and_umask_by_another_user_gives_the_same_bytes(
    build_root: Callable[[str], Path], package: Callable[[str], Path], suite: str
) -> None:
    root = build_root(suite)
    place = "/build/second/a-longer-path,with-a-comma"
    workshop.in_root(
        root,
        "apt-get -qq -y --no-install-recommends install faketime locales; "
        "localedef -i de_AT -f UTF-8 de_AT.UTF-8; id builder || useradd --create-home builder",
    )
    tree = workshop.copy_tree(root / place.lstrip("/") / "tree")
    for path in tree.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o700 if path.is_dir() or path.stat().st_mode & 0o100 else 0o600)
    command = (
        f"cd '{place}/tree'; chown -R builder: /build/second; umask 0077;"
        f" runuser -u builder -- faketime -f +{DECADE}s dpkg-buildpackage -us -uc -b"
    )
    different = {
        "TZ": "Pacific/Kiritimati",
        "LC_ALL": "de_AT.UTF-8",
        "LANGUAGE": "de",
        "HOME": "/home/builder",
        "DEB_BUILD_OPTIONS": "nocheck parallel=1",
    }
    workshop.in_root(root, command, private_network=True, environment=different)
    (second,) = (root / place.lstrip("/")).glob("*.deb")
    assert workshop.digest(second) == workshop.digest(package(suite))


def test_a_changelog_of_another_version_than_the_program_is_refused(
    build_root: Callable[[str], Path], suite: str
) -> None:
    root = build_root(suite)
    tree = workshop.copy_tree(root / "build/wrong/tree")
    changelog = tree / "debian/changelog"
    changelog.write_text(changelog.read_text("utf-8").replace(f"({__version__}-1)", "(7.7.7-1)", 1), encoding="utf-8")
    result = workshop.in_root(
        root, "cd /build/wrong/tree; DEB_BUILD_OPTIONS=nocheck dpkg-buildpackage -us -uc -b", check=False
    )
    assert result.returncode != 0
    assert f"elytra_status says version {__version__}, debian/changelog 7.7.7" in result.stdout + result.stderr
