# SPDX-License-Identifier: MIT
"""Build the package in clean roots of Debian, and serve a repository of it to them."""

from __future__ import annotations

import hashlib
import http.server
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.booted.machine import BASE_PACKAGES, ENVIRONMENT
from tests.booted.releases import SUITES
from tests.needs import need

TREE = Path(__file__).resolve().parents[2]
RUN_SECONDS = 1800
# What an administrator does, and a run of the installed package, by its user and without settings.
INSTALL = "apt-get -y --no-install-recommends install elytra-status"
PUBLISHED = "/var/lib/elytra-status/public/status.json"
RUN = (
    "install -d -o elytra-status -m 0711 /var/lib/elytra-status;"
    " elytra-status config sample > /tmp/sample.conf; chmod 0644 /tmp/sample.conf;"
    " runuser -u elytra-status -- elytra-status run --config /tmp/sample.conf"
)

sys.path.insert(0, os.fspath(TREE / "tools"))

import debian_package  # noqa: E402
import dependencies  # noqa: E402
import manual  # noqa: E402
import repository  # noqa: E402

__all__ = ["SUITES", "debian_package", "dependencies", "manual", "repository"]


def need_program(program: str, package: str) -> None:
    """Skip or fail a test if a program of one of Debian's packages is missing."""
    if not shutil.which(program):
        need(f"{program} is missing (package {package})")


def in_root(
    root: Path,
    command: str,
    *,
    private_network: bool = False,
    check: bool = True,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a shell command as root in a root that is not booted; with `private_network` it has only its own loopback."""
    variables = {**ENVIRONMENT, **(environment or {})}
    options = ["--register=no", "--keep-unit", "--link-journal=no", "--timezone=off", "--quiet", "--pipe", "--as-pid2"]
    options += [f"--setenv={name}={value}" for name, value in variables.items()]
    options += ["--private-network"] if private_network else []
    result = subprocess.run(
        # systemd-nspawn waits for a notification that its machine is ready; the job must not use it.
        ["systemd-nspawn", "-D", os.fspath(root), *options, "--", "/bin/sh", "-ec", f"unset NOTIFY_SOCKET; {command}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=RUN_SECONDS,
        check=False,
    )
    if check:
        assert result.returncode == 0, f"{command}\nended with {result.returncode}\n{result.stdout}{result.stderr}"
    return result


def copy_tree(target: Path) -> Path:
    """Copy the source tree."""
    debian_package.copy_source(target)
    return target


def install_build_dependencies(root: Path, tree: str = "/build/tree") -> None:
    """Install the build dependencies in debian/control of a tree in the root, after removing what boots a root."""
    optional = "dpkg-query --show --showformat='${Priority} ${Package}\\n' | sed -n '/^required /!s/.* //p'"
    in_root(root, f"apt-mark -qq auto $({optional})")
    in_root(root, f"apt-get -qq -y --allow-remove-essential autoremove --purge {' '.join(BASE_PACKAGES)}")
    in_root(root, f"apt-get -qq update; cd {shlex.quote(tree)}; apt-get -qq -y --no-install-recommends build-dep ./")


def build(root: Path, tree: str = "/build/tree", **environment: str) -> Path:
    """Build in a root that has the build dependencies, without network, and return the package."""
    command = f"cd {shlex.quote(tree)}; dpkg-buildpackage -us -uc -b"
    result = in_root(root, command, private_network=True, check=False, environment=environment)
    log = result.stdout + result.stderr
    (root / f"{tree.lstrip('/')}.log").write_text(log, encoding="utf-8")
    assert result.returncode == 0, f"the build ended with {result.returncode}\n{log[-20_000:]}"
    (package,) = (root / tree.lstrip("/")).parent.glob("*.deb")
    return package


@contextmanager
def opened(package: Path, directory: Path, version: str) -> Iterator[tuple[Path, Path]]:
    """Unpack a package to change it, and pack it again with another version.

    Yield the tree, and the package that is made from it when the `with` block ends.
    """
    tree, made = directory / f"tree-{version}", directory / f"elytra-status_{version}-1_all.deb"
    subprocess.run(["dpkg-deb", "--raw-extract", package, tree], check=True)
    control = tree / "DEBIAN/control"
    control.write_text(re.sub(r"(?m)^Version: .+$", f"Version: {version}-1", control.read_text("utf-8")), "utf-8")
    (tree / "DEBIAN/md5sums").unlink(missing_ok=True)
    yield tree, made
    subprocess.run(["dpkg-deb", "--root-owner-group", "--build", tree, made], check=True, capture_output=True)


def with_version(package: Path, version: str, directory: Path) -> Path:
    """Return the package with another version, which is otherwise the same."""
    with opened(package, directory, version) as (tree, made):
        file = tree / "usr/lib/python3/dist-packages/elytra_status/__init__.py"
        file.write_text(re.sub(r'(__version__ = )".+"', rf'\1"{version}"', file.read_text("utf-8")), "utf-8")
    return made


def first_release(package: Path, directory: Path) -> Path:
    """Make 0.1.0 of a package: its maintainer scripts and units, and all settings in a conffile."""
    with opened(package, directory, "0.1.0") as (tree, made):
        shutil.copytree(Path(__file__).with_name("released"), tree / "DEBIAN", dirs_exist_ok=True)
        for script in ("preinst", "postinst", "prerm", "postrm"):
            (tree / "DEBIAN" / script).chmod(0o755)
        (tree / "etc/elytra-status/conf.d").rmdir()
        for unit in (tree / "usr/lib/systemd/system").glob("*.service"):
            unit.write_text(re.sub(r"(?m)^(Load|Set)Credential=conf\.d:.*\n", "", unit.read_text("utf-8")), "utf-8")
        settings = tree / "etc/elytra-status/elytra-status.conf"
        shutil.copy(tree / "usr/share/doc/elytra-status/examples/elytra-status.conf", settings)
        settings.chmod(0o640)
        (tree / "DEBIAN/conffiles").write_text("/etc/elytra-status/elytra-status.conf\n", "utf-8")
    return made


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@contextmanager
def served(directory: Path) -> Iterator[tuple[str, list[str]]]:
    """Serve a directory on loopback, and yield its address and the requested paths."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: object, **options: object) -> None:
            super().__init__(*arguments, directory=os.fspath(directory), **options)  # type: ignore[arg-type]

        def log_message(self, format: str, *arguments: object) -> None:
            requests.append(self.path)

    requests: list[str] = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", requests
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def publish(packages: Path, directory: Path, url: str, key: str = "") -> None:
    """Put packages into a repository. Without a key, a trial key is used."""
    repository.make(packages, directory, key, url)


@dataclass(frozen=True)
class Repository:
    """A repository that is served on loopback, and the requested paths."""

    directory: Path
    packages: Path
    url: str
    requests: list[str]

    def add(self, package: Path) -> None:
        """Publish one more package in it."""
        self.packages.mkdir(exist_ok=True)
        shutil.copy(package, self.packages)
        publish(self.packages, self.directory, self.url)


def add_source(root: Path, directory: Path) -> None:
    """Do what an administrator does: put key and .sources where apt finds them, and update."""
    keyrings = root / "etc/apt/keyrings"
    keyrings.mkdir(mode=0o755, exist_ok=True)
    shutil.copy(directory / "elytra-status.asc", keyrings)
    shutil.copy(directory / "elytra-status.sources", root / "etc/apt/sources.list.d")
    in_root(root, "apt-get -qq update")


def state_of(root: Path) -> dict[str, str]:
    """Return the files of a root, with type, mode, owner and content, except the package manager's own."""
    own = re.compile(
        r"^(var/lib/(dpkg|apt|systemd/deb-systemd-helper|ucf)|var/cache|var/log|var/backups|run|tmp|root|build|proc|sys|dev)(/|$)"
        r"|__pycache__|^etc/(passwd|group|shadow|gshadow|subuid|subgid|ld\.so\.cache|machine-id|resolv\.conf|\.pwd\.lock)-?$"
    )
    found = {}
    for path in root.rglob("*"):
        name = path.relative_to(root).as_posix()
        if own.search(name):
            continue
        information = path.lstat()
        content = digest(path) if path.is_file() and not path.is_symlink() else ""
        target = os.readlink(path) if path.is_symlink() else ""
        found[name] = f"{information.st_mode:o} {information.st_uid}:{information.st_gid} {target}{content}"
    return found
