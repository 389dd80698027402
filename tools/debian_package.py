# SPDX-License-Identifier: MIT
"""Build the Debian package, binary and source, into dist/.

stdeb turns the source distribution into a Debian source package in a scratch directory. The kept debian/ is copied over
it, and dpkg-buildpackage builds the result. What stdeb has derived from setup.py is built too and compared with the
kept files: a difference ends the build. A package that was built from the same sources is not built again, unless
dist/.built-from is removed. The output of the programs is in dist/build.log.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import dependencies

TREE = Path(__file__).resolve().parent.parent
PACKAGE = "elytra-status"
PYTHON = "/usr/bin/python3"
# Debian's own programs, even if the caller's shell finds others first.
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
# Generated files, if there is no git to find out.
NOT_SOURCE = (
    *(".git", ".venv*", "build", "dist", "deb_dist", ".pybuild", "__pycache__", "*.egg-info", ".*_cache"),
    *("node_modules", ".next", "screenshots"),
)
LOG = "build.log"
# How many of the last lines are shown if a build fails.
SHOWN_LINES = 25


class BuildError(Exception):
    """The package cannot be built; the text says why, with the remedy."""


@contextmanager
def logged(log: Path) -> Iterator[None]:
    """Redirect the output of this process and its children to a file.

    Raise BuildError if a child fails.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    with log.open("wb") as file:
        for descriptor in (1, 2):
            os.dup2(file.fileno(), descriptor)
    try:
        yield
    except subprocess.CalledProcessError as error:
        last = log.read_text("utf-8", "replace").splitlines()[-SHOWN_LINES:]
        problem = f"{Path(error.cmd[0]).name} ended with {error.returncode}. The whole log is {log}."
        raise BuildError("\n".join([*last, "", problem])) from None
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for descriptor, before in zip((1, 2), kept, strict=True):
            os.dup2(before, descriptor)
            os.close(before)


def run(command: Sequence[str], directory: Path, **environment: str) -> None:
    """Run a command in a directory. Raise CalledProcessError if it fails."""
    subprocess.run(
        command, check=True, cwd=directory, env={**os.environ, "PATH": PATH, "LC_ALL": "C.UTF-8", **environment}
    )


def output(command: Sequence[str], directory: Path = TREE) -> str:
    """Run a command and return its output. Raise CalledProcessError if it fails."""
    return subprocess.run(command, check=True, cwd=directory, stdout=subprocess.PIPE, text=True).stdout


def copy_source(target: Path) -> None:
    """Copy the tree as git sees it, including changes and new files.

    Ignored files are left out. Modes are the two that git knows, whatever the umask at checkout was.
    """
    if (TREE / ".git").exists():
        for name in output(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]).split("\0"):
            source = TREE / name
            if name and (source.is_file() or source.is_symlink()):
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target / name, follow_symlinks=False)
    else:
        shutil.copytree(TREE, target, symlinks=True, ignore=shutil.ignore_patterns(*NOT_SOURCE))
    for path in (target, *target.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def fingerprint(tree: Path) -> str:
    """Return a digest that identifies the sources and the build options."""
    found = hashlib.sha256(os.environ.get("DEB_BUILD_OPTIONS", "").encode())
    for path in sorted(tree.rglob("*")):
        content = os.readlink(path).encode() if path.is_symlink() else path.read_bytes() if path.is_file() else b""
        found.update(f"{path.relative_to(tree)} {path.lstat().st_mode & 0o100} {len(content)}\n".encode() + content)
    return found.hexdigest()


def changelog(field: str, tree: Path) -> str:
    """Return a field of the newest changelog entry."""
    return output(["dpkg-parsechangelog", f"-S{field}"], tree).strip()


def make_source_distribution(tree: Path, target: Path, version: str, epoch: int) -> Path:
    """Make a reproducible source distribution.

    Names are sorted, and there are no times, owners or umask.
    """
    run([PYTHON, "setup.py", "--quiet", "sdist", "--dist-dir", os.fspath(target)], tree)
    (made,) = target.glob("*.tar.gz")
    plain = target / f"{PACKAGE}-{version}.tar.gz.new"
    with tarfile.open(made) as source, plain.open("wb") as file:
        with gzip.GzipFile("", "wb", mtime=epoch, fileobj=file) as packed:
            with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as copy:
                for member in sorted(source.getmembers(), key=lambda member: member.name):
                    member.name = re.sub(r"^[^/]+", f"{PACKAGE}-{version}", member.name)
                    member.mtime = epoch
                    member.uid = member.gid = 0
                    member.uname = member.gname = "root"
                    member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
                    copy.addfile(member, source.extractfile(member) if member.isfile() else None)
    made.unlink()
    return plain.rename(target / f"{PACKAGE}-{version}.tar.gz")


def debianize(tree: Path, distribution: Path, target: Path) -> Path:
    """Make the Debian source package with stdeb, and return its directory."""
    stdeb = ["--command-packages=stdeb.command", "sdist_dsc", f"--use-premade-distfile={distribution}"]
    names = [f"--source={PACKAGE}", f"--package3={PACKAGE}", f"--dist-dir={target}"]
    run([PYTHON, "setup.py", "--quiet", *stdeb, *names], tree, DEB_BUILD_OPTIONS="nocheck")
    (directory,) = (path for path in target.iterdir() if path.is_dir())
    return directory


def build(directory: Path, *options: str, **environment: str) -> Path:
    """Build in a source tree and return the package."""
    run(["dpkg-buildpackage", "--unsigned-source", "--unsigned-changes", *options], directory, **environment)
    (package,) = directory.parent.glob("*.deb")
    return package


def stanzas(control: Path) -> list[dict[str, str]]:
    """Return the fields of each stanza of a control file."""
    text = "\n".join(line for line in control.read_text("utf-8").splitlines() if not line.startswith("#"))
    found = []
    for stanza in text.strip().split("\n\n"):
        fields = re.findall(r"^([\w-]+):[ \t]*(.*(?:\n[ \t].*)*)", stanza, re.MULTILINE)
        found.append({name: value.strip() for name, value in fields})
    return found


def packages(relation: str) -> set[str]:
    """Return the names in a list of dependencies.

    Versions, profiles and substitutions are left out.
    """
    names = (part.split()[0].partition(":")[0] for part in relation.split(",") if part.strip())
    return {name for name in names if not name.startswith("$")}


def field(package: Path, name: str) -> str:
    """Return a control field of a binary package."""
    return output(["dpkg-deb", "--field", os.fspath(package), name]).strip()


def modules(package: Path) -> set[str]:
    """Return the names of Python files in a package, except metadata for pip."""
    listing = output(["dpkg-deb", "--contents", os.fspath(package)])
    names = {line.split(None, 5)[5].partition(" -> ")[0] for line in listing.splitlines()}
    return {name for name in names if "dist-packages/elytra_status/" in name}


def differences(kept: list[dict[str, str]], package: Path, derived: Path) -> list[str]:
    """Return how the kept package differs from the one derived from setup.py."""
    source, _binary = kept
    wanted = packages(field(derived, "Depends")) - {"python3"}
    named = set(dependencies.relations()) - {"python3"}
    faults = [f"tools/dependencies.py does not name {name}, stdeb does" for name in sorted(wanted - named)]
    faults += [f"tools/dependencies.py names {name}, stdeb does not" for name in sorted(named - wanted)]
    build_depends = packages(source["Build-Depends"])
    faults += [f"debian/control does not build-depend on {name}" for name in sorted(wanted - build_depends)]
    for name in ("Package", "Architecture", "Maintainer", "Homepage"):
        if field(package, name) != field(derived, name):
            faults.append(f"{name}: debian/ says {field(package, name)!r}, setup.py {field(derived, name)!r}")
    summaries = [field(one, "Description").partition("\n")[0] for one in (package, derived)]
    if summaries[0] != summaries[1]:
        faults.append(f"Description: debian/ says {summaries[0]!r}, setup.py {summaries[1]!r}")
    versions = [field(one, "Version").rpartition("-")[0] for one in (package, derived)]
    if versions[0] != versions[1]:
        faults.append(f"version: debian/ says {versions[0]}, setup.py {versions[1]}")
    faults += [f"only one of both packages holds {name}" for name in sorted(modules(package) ^ modules(derived))]
    return faults


def build_both(tree: Path, scratch: Path, version: str) -> tuple[Path, Path]:
    """Build the package with the kept debian/, and the one that stdeb derives.

    Return both, the kept one first.
    """
    epoch = int(changelog("Timestamp", tree))
    distribution = make_source_distribution(tree, scratch / "sdist", version, epoch)
    directory = debianize(tree, distribution, scratch / "stdeb")

    derived_tree = scratch / "derived" / directory.name
    shutil.copytree(directory, derived_tree, symlinks=True)
    derived = build(derived_tree, "--build=binary", "--no-check-builddeps", DEB_BUILD_OPTIONS="nocheck")

    for made in scratch.glob("stdeb/*_source.*"):
        made.unlink()
    shutil.rmtree(directory / "debian")
    shutil.copytree(tree / "debian", directory / "debian", symlinks=True)
    return build(directory), derived


def prepare(target: Path) -> None:
    """Create the directory for the package. Raise BuildError on failure."""
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BuildError(f"{target}: cannot be made: {error.strerror}.") from None
    if not os.access(target, os.W_OK | os.X_OK):
        raise BuildError(f"{target}: belongs to {target.owner()}. Remove it: sudo rm -r {target}")


def announce(version: str, log: Path) -> None:
    """Print what will be done, and how long it takes."""
    print(f"Building {PACKAGE} {version}: the source package, and the binary package twice, to compare them.")
    if "nocheck" in os.environ.get("DEB_BUILD_OPTIONS", "").split():
        print("The tests are left out. This takes about a minute.")
    else:
        print("The tests run in the build: about ten minutes. To leave them out: DEB_BUILD_OPTIONS=nocheck make deb")
    print(f"Log: {log}", flush=True)


def make(target: Path) -> None:
    """Build the package into a directory, unless it is there from the same sources.

    Raise BuildError on failure.
    """
    prepare(target)
    with tempfile.TemporaryDirectory(prefix=f"{PACKAGE}-deb-") as name:
        scratch = Path(name)
        tree = scratch / "tree"
        copy_source(tree)
        state, built_from = fingerprint(tree), target / ".built-from"
        version = changelog("Version", tree)
        before = target / f"{PACKAGE}_{version}_all.deb"
        known = built_from.exists() and built_from.read_text("utf-8") == state
        if known and before.exists():
            print(f"{before}: built from these sources before")
            return
        built_from.unlink(missing_ok=True)
        announce(version, target / LOG)
        with logged(target / LOG):
            package, derived = build_both(tree, scratch, version.rpartition("-")[0])
        faults = differences(stanzas(tree / "debian/control"), package, derived)
        if faults:
            raise BuildError("\n".join(["debian/ and setup.py differ:", *faults]))
        for made in sorted(package.parent.iterdir()):
            if made.is_file():
                shutil.copy2(made, target)
        built_from.write_text(state, encoding="utf-8")
        print(f"{target / package.name}: {package.stat().st_size} bytes; debian/ and setup.py agree")
        print(f"To install it, as root: apt install {target / package.name}")


def main() -> int:
    """Build the package, and return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--output", type=Path, default=TREE / "dist", metavar="DIRECTORY", help="default: dist/")
    options = parser.parse_args()
    os.umask(0o022)
    try:
        make(options.output.absolute())
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
