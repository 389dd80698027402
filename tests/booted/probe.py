# SPDX-License-Identifier: MIT
"""Runs in place of the job in its sandbox, tries what is forbidden and what is needed, and reports the results.

    probe.py HOST PORT [FORBIDDEN DEED]...

It prints one line of JSON: `ok` or the error of each deed. Without names, it tries all forbidden ones.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import json
import mmap
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

STATE = Path("/var/lib/elytra-status")
LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWUSER, CLONE_NEWNS = 0x10000000, 0x00020000
PTRACE_ATTACH = 16
NOBODY = 2**22 + 1
WRITTEN = (
    *("/", "/boot", "/etc", "/etc/elytra-status", "/etc/elytra-status/credentials", "/home", "/home/alice", "/opt"),
    *("/root", "/run", "/run/lock", "/run/user", "/srv", "/usr", "/usr/local", "/usr/lib/python3/dist-packages"),
    *("/var", "/var/cache", "/var/lib", "/var/lib/systemd", "/var/log", "/var/mail", "/var/spool", "/dev", "/dev/shm"),
    *("/dev/mqueue", "/proc", "/sys", "/sys/fs/cgroup"),
)
READ = (
    *("/etc/elytra-status/elytra-status.conf", "/etc/elytra-status/credentials/probe", "/etc/shadow"),
    *("/home/alice/file", "/root/file", "/tmp/of-another", "/var/tmp/of-another", "/proc/1/environ", "/proc/1/cmdline"),
    *("/proc/kallsyms", "/proc/sys/kernel/hostname", "/dev/kmsg", "/dev/mem", "/var/log/journal"),
)


def write(directory: str) -> None:
    path = Path(directory, "written-by-the-probe")
    path.write_text("x")
    path.unlink()


def read(name: str) -> None:
    path = Path(name)
    if not path.is_dir():
        assert path.read_bytes()
        return
    problems = []
    for file in (file for file in path.rglob("*") if file.is_file()):
        try:
            assert file.read_bytes()
        except OSError as error:
            problems.append(error)
        else:
            return
    raise PermissionError(f"nothing in it can be read: {problems}")


def system_call(name: str, *arguments: Any) -> None:
    if getattr(LIBC, name)(*arguments) == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def become_root() -> None:
    os.setuid(0)


def make_suid() -> None:
    path = STATE / "suid"
    path.touch()
    try:
        path.chmod(0o4755)
    finally:
        path.unlink()


def give_away() -> None:
    path = STATE / "given"
    path.touch()
    try:
        os.chown(path, 1, 1)
    finally:
        path.unlink()


def make_device() -> None:
    os.mknod(STATE / "device", 0o020600, os.makedev(1, 5))
    (STATE / "device").unlink()


def see_others() -> None:
    """Succeed if a process of another user is visible."""
    seen = [entry for entry in os.listdir("/proc") if entry.isdigit()]
    others = [entry for entry in seen if os.stat(f"/proc/{entry}").st_uid != os.getuid()]
    if not others:
        raise ProcessLookupError(f"of {len(seen)} processes none is another's")


def attach() -> None:
    """Succeed if processes could be traced, had there been one of that number."""
    if LIBC.ptrace(PTRACE_ATTACH, NOBODY, None, None) == -1 and ctypes.get_errno() != errno.ESRCH:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def write_and_execute() -> None:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()


def raise_limits() -> None:
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))


def open_socket(family: int, kind: int = socket.SOCK_RAW) -> None:
    socket.socket(family, kind).close()


def set_clock() -> None:
    time.clock_settime(time.CLOCK_REALTIME, time.time())


FORBIDDEN: dict[str, Callable[[], None]] = {
    **{f"write {directory}": lambda directory=directory: write(directory) for directory in WRITTEN},  # type: ignore[misc]
    **{f"read {name}": lambda name=name: read(name) for name in READ},  # type: ignore[misc]
    "read of others in /proc": see_others,
    "kill 1": lambda: os.kill(1, 0),
    "attach to another": attach,
    "become root": become_root,
    "make a program that runs as its owner": make_suid,
    "give a file away": give_away,
    "make a device": make_device,
    "make a user namespace": lambda: system_call("unshare", CLONE_NEWUSER),
    "make a mount namespace": lambda: system_call("unshare", CLONE_NEWNS),
    "mount": lambda: system_call("mount", b"tmpfs", b"/tmp", b"tmpfs", 0, None),
    "write and execute memory": write_and_execute,
    "be another kind of machine": lambda: system_call("personality", 8),
    "run in real time": raise_limits,
    "name the host": lambda: socket.sethostname("other"),
    "set the clock": set_clock,
    "open a packet socket": lambda: open_socket(socket.AF_PACKET),
    "open a netlink socket": lambda: open_socket(socket.AF_NETLINK),
    "open a raw socket": lambda: open_socket(socket.AF_INET),
    "log to the kernel": lambda: system_call("klogctl", 3, None, 0),
    "load a module": lambda: system_call("syscall", 175, None, 0, b""),
    "reboot": lambda: system_call("reboot", 0),
}


def need_state() -> None:
    write(os.fspath(STATE))
    with open(STATE / "locked", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
    (STATE / "locked").unlink()


def need_credentials() -> None:
    directory = Path(os.environ["CREDENTIALS_DIRECTORY"])
    assert (directory / "elytra-status.conf").read_text()
    assert (directory / "credentials_probe").read_text() == "a secret\n"


def need_connection() -> None:
    host, port = sys.argv[1:3]
    socket.create_connection((host, int(port)), timeout=10).close()


def need_thread() -> None:
    thread = threading.Thread(target=time.sleep, args=(0,))
    thread.start()
    thread.join()


def need_certificates() -> None:
    assert Path("/etc/ssl/certs/ca-certificates.crt").read_bytes()


def need_name() -> None:
    assert socket.getaddrinfo(sys.argv[1], 443)


def need_temporary() -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"x")


def need_journal() -> None:
    from systemd import journal

    journal.send("from the probe", PROBE="1")


def need_notify() -> None:
    from systemd import daemon

    assert daemon.notify("STATUS=from the probe")


NEEDED: dict[str, Callable[[], None]] = {
    "state": need_state,
    "credentials": need_credentials,
    "name": need_name,
    "connection": need_connection,
    "thread": need_thread,
    "certificates": need_certificates,
    "temporary file": need_temporary,
    "journal": need_journal,
    "notify": need_notify,
    "program": lambda: subprocess.run(["/bin/true"], check=True) and None,
}


def outcome(deed: Callable[[], None]) -> str:
    try:
        deed()
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    return "ok"


def main() -> None:
    signal.signal(signal.SIGSYS, signal.SIG_IGN)
    tried = sys.argv[3:] or FORBIDDEN
    found = {
        "forbidden": {name: outcome(FORBIDDEN[name]) for name in tried},
        "needed": {name: outcome(deed) for name, deed in NEEDED.items()},
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
