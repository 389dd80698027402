# SPDX-License-Identifier: MIT
"""What is written twice, in debian/ and elsewhere, is the same."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from elytra_status import __version__
from tests.packaging import workshop

DEBIAN = workshop.TREE / "debian"
SOURCE, BINARY = workshop.debian_package.stanzas(DEBIAN / "control")


def test_the_changelog_begins_with_the_version_of_the_program() -> None:
    first = (DEBIAN / "changelog").read_text("utf-8").partition("\n")[0]
    assert first.startswith(f"elytra-status ({__version__}-")


def test_lines_of_the_changelog_are_no_longer_than_debian_allows() -> None:
    """Lintian warns of longer ones, and a warning fails its check. Lines with a date are as long as they are."""
    lines = (DEBIAN / "changelog").read_text("utf-8").splitlines()
    assert [line for line in lines if len(line) > 80 and not line.startswith(" -- ")] == []


def test_each_entry_of_news_has_one_in_the_changelog() -> None:
    versions = re.findall(r"^elytra-status \((.+)\) ", (DEBIAN / "NEWS").read_text("utf-8"), re.MULTILINE)
    for version in versions:
        assert f"elytra-status ({version})" in (DEBIAN / "changelog").read_text("utf-8")


def test_what_the_program_needs_is_written_in_setup_py_alone() -> None:
    named = workshop.debian_package.packages(BINARY["Depends"])
    assert named == {"ca-certificates"}
    assert "${setup:Depends}" in BINARY["Depends"]
    assert set(workshop.dependencies.relations()) <= workshop.debian_package.packages(SOURCE["Build-Depends"])


@pytest.mark.parametrize("requirement", ["requests", "requests==2.28", "requests>=2.28,<3", "requests>=2.28; extra"])
def test_a_requirement_that_debian_cannot_express_is_refused(requirement: str, tmp_path: Path) -> None:
    setup = tmp_path / "setup.py"
    setup.write_text(f'setup(python_requires=">=3.11", install_requires=["boto3>=1.26", "{requirement}"])\n')
    with pytest.raises(ValueError, match="Write the least version alone"):
        workshop.dependencies.relations(setup)


def test_the_short_description_is_short_and_the_same_in_both() -> None:
    summary = BINARY["Description"].partition("\n")[0]
    assert len(summary) <= 60
    assert f'description="{summary}"' in (workshop.TREE / "setup.py").read_text("utf-8")


def test_the_license_is_the_same_in_both() -> None:
    copyright = " ".join((DEBIAN / "copyright").read_text("utf-8").replace("\n .\n", "\n").split())
    license = " ".join((workshop.TREE / "LICENSE").read_text("utf-8").partition("Permission")[2].split())
    assert license in copyright


def test_copyright_is_machine_readable_and_covers_every_file(tmp_path: Path) -> None:
    """It is read as Debian's own tools do (DEP-5)."""
    reader = pytest.importorskip("debian.copyright", reason="needs python3-debian")
    with (DEBIAN / "copyright").open(encoding="utf-8") as file:
        found = reader.Copyright(file, strict=True)
    assert found.header.known_format()
    named = {paragraph.license.synopsis for paragraph in found.all_license_paragraphs()}
    tree = workshop.copy_tree(tmp_path / "tree")
    for path in filter(Path.is_file, tree.rglob("*")):
        paragraph = found.find_files_paragraph(path.relative_to(tree).as_posix())
        assert paragraph, path
        assert paragraph.copyright
        assert paragraph.license.synopsis in named


def test_the_metadata_are_what_dep_12_knows() -> None:
    yaml = pytest.importorskip("yaml", reason="needs python3-yaml")
    metadata = yaml.safe_load((DEBIAN / "upstream/metadata").read_text("utf-8"))
    known = {"Bug-Database", "Bug-Submit", "Changelog", "Contact", "Documentation", "FAQ", "Repository"}
    assert set(metadata) <= known
    assert all(re.match(r"(https://|mailto:)\S+$", value) for value in metadata.values())


@pytest.mark.parametrize("name", ["elytra-status", "elytra_status"])
def test_uscan_finds_a_new_version_by_the_watch_file(name: str, tmp_path: Path) -> None:
    workshop.need_program("uscan", "devscripts")
    releases = tmp_path / "releases"
    releases.mkdir()
    links = "".join(f'<a href="{name}-{version}.tar.gz">' for version in (__version__, "98.1.0", "9.2.0"))
    (releases / "index.html").write_text(links, encoding="utf-8")
    watch = (DEBIAN / "watch").read_text("utf-8")
    assert SOURCE["Homepage"] in watch
    with workshop.served(tmp_path) as (url, _):
        (tmp_path / "watch").write_text(watch.replace(SOURCE["Homepage"], f"{url}/"), encoding="utf-8")
        call = ["uscan", "--report", "--dehs", f"--watchfile={tmp_path / 'watch'}"]
        asked = [*call, "--package=elytra-status", f"--upstream-version={__version__}"]
        result = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True)
    assert "<status>newer package available</status>" in result.stdout, result.stdout + result.stderr
    assert "<upstream-version>98.1.0</upstream-version>" in result.stdout


def test_all_that_tests_need_at_build_time_is_named() -> None:
    named = (DEBIAN / "pybuild.testfiles").read_text("utf-8").split()
    assert {"debian", "pyproject.toml", "schema", "systemd", "tests", "tools"} <= set(named)
    for test in (workshop.TREE / "tests").rglob("test_*.py"):
        for name in re.findall(r'TREE / "([\w.]+)', test.read_text("utf-8")):
            # Tests of the parts for a site, which the package is built without, skip themselves.
            assert name in named or name in ("elytra_status", "dist", "web"), (test.name, name)


def test_the_parts_for_a_website_are_installed_with_what_npm_builds_them_from() -> None:
    """A build of the package has neither npm nor a network, so it installs the sources."""
    lines = (DEBIAN / "elytra-status.install").read_text("utf-8").splitlines()
    installed = {line.split()[0] for line in lines if line.split()[1].startswith("usr/share/elytra-status/web")}
    web = workshop.TREE / "web"
    packed = {*json.loads((web / "package.json").read_text("utf-8"))["files"], "README.md"} - {"dist"}
    build = {"package.json", "package-lock.json", "scripts/build.mjs", "tsconfig.json", "tsconfig.build.json"}
    assert installed == {f"web/{name}" for name in packed | build}
    assert "graft web" in DEBIAN.with_name("MANIFEST.in").read_text("utf-8").splitlines()


def test_links_of_the_guides_to_the_parts_for_a_website_work_as_installed() -> None:
    """The guides are in docs/ below the package's documents, and link to web/ beside it."""
    links = dict(line.split()[::-1] for line in (DEBIAN / "elytra-status.links").read_text("utf-8").splitlines())
    assert links["usr/share/doc/elytra-status/web"] == "usr/share/elytra-status/web"
    for guide in (workshop.TREE / "docs").glob("*.md"):
        for target in re.findall(r"\]\(\.\./web/([^)#]+)", guide.read_text("utf-8")):
            assert target == "README.md", guide.name
    operations = (workshop.TREE / "docs/operations.md").read_text("utf-8")
    assert "/usr/share/elytra-status/web/" in operations


def test_shell_scripts_are_shell() -> None:
    for path in [*DEBIAN.glob("*.p*[nt]st"), *DEBIAN.glob("*.p*rm"), *DEBIAN.glob("tests/[bi]*")]:
        subprocess.run(["sh", "-n", path], check=True)
