# SPDX-License-Identifier: MIT
"""Real Debian systems for tests: built by debootstrap, booted by systemd-nspawn, with systemd as PID 1.

    root = kept_root("trixie", ["python3-requests"], cache=Path("/var/cache/roots"))
    with copy_of(root, directory / "copy") as scratch, Machine(scratch) as machine:
        machine.run("systemctl start elytra-status.service")

Needs root, debootstrap, systemd-container and util-linux; `obstacles` says what is missing. The outer
machine need not run systemd itself.
"""

from __future__ import annotations

import fcntl
import hashlib
import itertools
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from tests.booted.releases import bootstrap_options

BASE_PACKAGES = ("systemd", "systemd-sysv", "dbus", "ca-certificates")
BOOT_SECONDS = 300
STOP_SECONDS = 120
RUN_SECONDS = 600
# The exit status of systemd-nspawn if what ran in it asked for a reboot.
REBOOT_STATUS = 133
# Nothing of the caller's environment is passed on.
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "DEBIAN_FRONTEND": "noninteractive",
    "SYSTEMD_PAGER": "",
    "SYSTEMD_COLORS": "0",
}
CGROUPS = Path("/sys/fs/cgroup")

_numbers = itertools.count(1)


class MachineError(RuntimeError):
    """A machine could not be built, booted or stopped."""


def obstacles() -> list[str]:
    """Return why machines cannot be booted here; nothing if they can."""
    found = [] if os.geteuid() == 0 else ["it needs root"]
    programs = {"debootstrap": "debootstrap", "systemd-nspawn": "systemd-container", "setpriv": "util-linux"}
    for program, package in programs.items():
        if shutil.which(program) is None:
            found.append(f"{program} is missing (package {package})")
    return found


@contextmanager
def locked(file: Path, how: int = fcntl.LOCK_EX) -> Iterator[int]:
    """Hold a lock on a file, and yield its descriptor."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, how)
        yield descriptor
    finally:
        os.close(descriptor)


def kept_root(suite: str, packages: Sequence[str] = (), *, cache: Path) -> Path:
    """Return a root of the suite with these packages, which is kept in `cache`. It must not be changed or booted.

    The first process that needs it builds it, while others wait. It gets no updates: delete it to get newer ones.
    """
    wanted = sorted(set(packages))
    cache.mkdir(parents=True, exist_ok=True)
    kind = hashlib.sha256("\n".join([*BASE_PACKAGES, "", *wanted]).encode()).hexdigest()[:12]
    kept = cache / f"{suite}-{kind}"
    with locked(cache / f"{kept.name}.lock"):
        if not kept.exists():
            plain = kept_root(suite, cache=cache) if wanted else None
            unfinished = cache / f"{kept.name}.unfinished"
            _remove(unfinished)
            _build(suite, unfinished, plain, wanted)
            unfinished.rename(kept)
    return kept


def make_root(suite: str, directory: Path, *, cache: Path) -> Path:
    """Copy the plain root of the suite, which is kept in `cache`, to a directory that does not exist yet."""
    _copy(kept_root(suite, cache=cache), directory)
    return directory


@contextmanager
def copy_of(root: Path, directory: Path) -> Iterator[Path]:
    """Yield a copy of `root` that may be changed, and leave `root` as it is.

    It is in `directory`, which must not exist yet. It is an overlay if the kernel supports them, which takes no time,
    else a real copy. The original must not be changed or booted meanwhile.
    """
    directory.mkdir(parents=True)
    merged, upper, work = (directory / name for name in ("root", "upper", "work"))
    for path in (merged, upper, work):
        path.mkdir()
    options = f"lowerdir={root},upperdir={upper},workdir={work}"
    overlay = _finish(["mount", "-t", "overlay", "overlay", "-o", options, os.fspath(merged)], check=False)
    try:
        if overlay.returncode != 0:
            _copy(root, merged)
        yield merged
    finally:
        if overlay.returncode == 0:
            _finish(["umount", os.fspath(merged)])
        _remove(directory)


def enter(
    root: Path, command: str | Sequence[str], check: bool = True, timeout: float = RUN_SECONDS
) -> subprocess.CompletedProcess[str]:
    """Run a command in a root that is not booted, to install packages or to inspect it."""
    variables = [f"--setenv={key}={value}" for key, value in ENVIRONMENT.items()]
    arguments = [*_nspawn(root, _new_name()), "--pipe", "--as-pid2", *variables]
    return _finish([*arguments, "--", *_words(command)], check=check, timeout=timeout, environment=_outer(root))


class Machine:
    """A root that is booted for the duration of a `with` block.

    It shares the network of the outer machine, so that servers on the loopback can be reached, unless `private_network`
    is set: then it has only a loopback of its own. It ends with the thread that booted it, so that nothing is left when
    the tests are killed.
    """

    def __init__(self, root: Path, private_network: bool = False, options: Sequence[str] = ()) -> None:
        """`options` are further ones for systemd-nspawn, such as --bind-ro=."""
        self.root = root
        self.private_network = private_network
        self.options = list(options)
        self.name = _new_name()
        self.console = root.parent / f"{root.name}-console.log"
        self._nspawn: subprocess.Popen[bytes] | None = None
        self._leader = 0

    def __enter__(self) -> Machine:
        self.boot()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def boot(self) -> None:
        """Boot, and return when systemd has started everything."""
        if self._nspawn is not None:
            raise MachineError(f"{self.name} runs already")
        command = [*_nspawn(self.root, self.name), "--boot", "--console=pipe", *self.options]
        if self.private_network:
            command.append("--private-network")
        groups = self._make_cgroups()
        # The shell moves itself, and so the whole machine, into control groups of its own: two machines in one group
        # would confuse each other's services.
        moves = "".join(f"echo $$ > {shlex.quote(os.fspath(group / 'cgroup.procs'))}; " for group in groups)
        with self.console.open("ab") as console:
            self._nspawn = subprocess.Popen(
                ["/bin/sh", "-ec", moves + 'exec setpriv --pdeathsig TERM "$@"', "sh", *command],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                env={**os.environ, **_outer(self.root)},
                start_new_session=True,
            )
        try:
            self._wait_for_boot(time.monotonic() + BOOT_SECONDS)
        except BaseException:
            self.stop()
            raise

    @property
    def leader(self) -> int:
        """The process of the outer machine that is number 1 here; its namespaces are this machine's."""
        return self._leader

    def run(
        self,
        command: str | Sequence[str],
        check: bool = True,
        timeout: float = RUN_SECONDS,
        input: str | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as root in the machine: a text is passed to sh, a list is not.

        With `check`, a status other than 0 raises MachineError with the output of the command.
        """
        if self._nspawn is None or not self._leader:
            raise MachineError(f"{self.name} does not run")
        inside = ["env", "-i", *(f"{key}={value}" for key, value in ENVIRONMENT.items()), *_words(command)]
        return _finish(
            ["nsenter", "--target", str(self._leader), "--all", "--", *inside],
            check=check,
            timeout=timeout,
            input=input,
        )

    def wait_for(self, command: str, seconds: float) -> None:
        """Run a command repeatedly until its status is 0."""
        deadline = time.monotonic() + seconds
        while (last := self.run(command, check=False)).returncode != 0:
            if time.monotonic() > deadline:
                raise MachineError(f"{command} did not come true in {seconds} seconds\n{last.stdout}{last.stderr}")
            time.sleep(0.2)

    def show(self, unit: str, *properties: str) -> dict[str, str]:
        """Return properties of a unit, by their names in `systemctl show`."""
        wanted = ["--property=" + name for name in properties]
        output = self.run(["systemctl", "show", *wanted, "--", unit]).stdout
        return dict(line.split("=", 1) for line in output.splitlines() if "=" in line)

    def journal(self, unit: str) -> str:
        """Return the messages of a unit (or of a pattern of units) in the journal, oldest first."""
        self.run(["journalctl", "--sync"])
        return self.run(["journalctl", "--quiet", "--no-pager", "--output=cat", f"--unit={unit}"]).stdout

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """Write a file of the machine, given by its absolute path there; not below /tmp or /run."""
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)
        self._give_to_root(file)

    def copy_in(self, source: Path, path: str) -> None:
        """Copy a file or directory of the outer machine to `path` there; not below /tmp or /run."""
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        _finish(["cp", "-a", "--no-preserve=ownership", os.fspath(source), os.fspath(target)])
        self._give_to_root(target)

    def _give_to_root(self, path: Path) -> None:
        """Give a path and its parents to the machine's root: with --private-users that is another user."""
        root = self.root.stat()
        above = [parent for parent in path.parents if parent.is_relative_to(self.root)]
        for one in (path, *path.rglob("*"), *above):
            if one.lstat().st_uid == 0 != root.st_uid:
                os.chown(one, root.st_uid, root.st_gid, follow_symlinks=False)

    def reboot(self) -> None:
        """Shut down properly and boot again: services are stopped, and /run is empty."""
        if self._nspawn is None:
            raise MachineError(f"{self.name} does not run")
        self.run(["systemctl", "reboot"], check=False)
        status = self._nspawn.wait(STOP_SECONDS)
        self._gone()
        if status not in (0, REBOOT_STATUS):
            raise MachineError(f"{self.name} ended with {status} instead of a reboot\n{self._last_words()}")
        self.boot()

    def stop(self) -> None:
        """Shut down properly, or by force if that takes too long. Nothing of the machine is left running."""
        if self._nspawn is None:
            return
        self._nspawn.terminate()
        try:
            self._nspawn.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._gone()

    def kill(self) -> None:
        """Cut the power: nothing is stopped properly, nothing is written back."""
        if self._nspawn is None:
            return
        if self._leader:
            os.kill(self._leader, signal.SIGKILL)
        self._nspawn.kill()
        self._nspawn.wait(STOP_SECONDS)
        self._gone()

    def _wait_for_boot(self, deadline: float) -> None:
        while time.monotonic() < deadline:
            if self._nspawn is None or self._nspawn.poll() is not None:
                raise MachineError(f"{self.name} ended while booting\n{self._last_words()}")
            self._leader = self._leader or _first_process_in(self._nspawn.pid)
            if self._leader:
                answer = self.run(["systemctl", "is-system-running"], check=False).stdout.strip()
                if answer in ("running", "degraded"):
                    return
            time.sleep(0.1)
        raise MachineError(f"{self.name} did not boot in {BOOT_SECONDS} seconds\n{self._last_words()}")

    def _last_words(self) -> str:
        return self.console.read_text(encoding="utf-8", errors="replace")[-4000:]

    def _gone(self) -> None:
        self._nspawn = None
        self._leader = 0
        for group in self._cgroups():
            # Innermost first. rmdir is all that these directories allow.
            for path in sorted(group.rglob("*/"), reverse=True):
                _remove_cgroup(path)
            _remove_cgroup(group)

    def _cgroups(self) -> list[Path]:
        if (CGROUPS / "cgroup.procs").exists():
            return [CGROUPS / self.name]
        return [place / self.name for place in (CGROUPS / "systemd", CGROUPS / "unified") if place.is_dir()]

    def _make_cgroups(self) -> list[Path]:
        groups = self._cgroups()
        for group in groups:
            group.mkdir(exist_ok=True)
        return groups


def _build(suite: str, directory: Path, plain: Path | None, packages: Sequence[str]) -> None:
    """Build a plain root, or one with packages from a plain one."""
    if plain is None:
        _bootstrap(suite, directory)
        # dpkg does not wait for the disk after each file, and apt survives short network failures.
        (directory / "etc/dpkg/dpkg.cfg.d/unsafe-io").write_text("force-unsafe-io\n", encoding="utf-8")
        (directory / "etc/apt/apt.conf.d/retries").write_text('Acquire::Retries "3";\n', encoding="utf-8")
        return
    _copy(plain, directory)
    enter(directory, ["apt-get", "--quiet", "update"])
    enter(directory, ["apt-get", "--quiet", "--yes", "--no-install-recommends", "install", *packages])
    enter(directory, ["apt-get", "clean"])


def _bootstrap(suite: str, directory: Path) -> None:
    include = "--include=" + ",".join(BASE_PACKAGES)
    with tempfile.TemporaryDirectory() as keys:
        options, further = bootstrap_options(suite, Path(keys))
        _finish(["debootstrap", "--variant=minbase", include, *options, suite, os.fspath(directory), *further])
    # In bookworm this is left to the installer, and without it glibc does not know localhost.
    hosts = directory / "etc/hosts"
    if not hosts.exists():
        hosts.write_text("127.0.0.1 localhost\n::1 localhost ip6-localhost\n", encoding="utf-8")


def _new_name() -> str:
    return f"elytra-{os.getpid()}-{next(_numbers)}"


def _nspawn(root: Path, name: str) -> list[str]:
    # There may be no systemd outside to register with. The caller's time zone is not the machine's.
    fixed = ["--register=no", "--keep-unit", "--link-journal=no", "--timezone=off", "--quiet"]
    return ["systemd-nspawn", "-D", os.fspath(root), f"--machine={name}", *fixed]


def _outer(root: Path) -> dict[str, str]:
    """Return the environment for systemd-nspawn: the type of control groups for the root's systemd.

    systemd 256 and later require the unified hierarchy. Older ones take that of the outer machine.
    """
    codename = ""
    for line in (root / "etc/os-release").read_text(encoding="utf-8").splitlines():
        codename = line.removeprefix("VERSION_CODENAME=") if line.startswith("VERSION_CODENAME=") else codename
    unified = (CGROUPS / "cgroup.procs").exists() or codename != "bookworm"
    return {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1" if unified else "0"}


def _first_process_in(nspawn: int) -> int:
    """Return the process below systemd-nspawn that is number 1 in a process namespace; 0 if there is none yet."""
    for directory in Path("/proc").iterdir():
        if not directory.name.isdigit():
            continue
        try:
            fields = dict(line.split(":", 1) for line in (directory / "status").read_text().splitlines())
        except (OSError, ValueError):
            continue
        if fields["PPid"].split() == [str(nspawn)] and fields["NSpid"].split()[1:] == ["1"]:
            return int(directory.name)
    return 0


def _remove_cgroup(path: Path) -> None:
    for _attempt in range(20):
        try:
            path.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return


def _copy(root: Path, directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    _finish(["cp", "-a", "--reflink=auto", f"{root}/.", os.fspath(directory)])


def _remove(directory: Path) -> None:
    _finish(["rm", "-rf", "--one-file-system", os.fspath(directory)])


def _words(command: str | Sequence[str]) -> list[str]:
    return ["/bin/sh", "-c", command] if isinstance(command, str) else list(command)


def _finish(
    command: Sequence[str],
    check: bool = True,
    timeout: float = RUN_SECONDS,
    input: str | None = None,
    environment: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    result = subprocess.run(
        command,
        check=False,
        timeout=timeout,
        text=True,
        encoding="utf-8",
        errors="replace",
        capture_output=True,
        env={**os.environ, **(environment or {})},
        input=input or "",
    )
    if check and result.returncode != 0:
        raise MachineError(
            f"{shlex.join(command)} ended with {result.returncode}\n{result.stdout}{result.stderr}".rstrip()
        )
    return result
