# SPDX-License-Identifier: MIT
"""Debian's nginx and Caddy on loopback, with the configuration in the package: only ports and paths differ."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

EXAMPLES = Path(__file__).parent.parent.parent / "docs" / "examples"
PUBLIC = "/var/lib/elytra-status/public"
PATH = f"{os.environ['PATH']}:/usr/sbin"
START_SECONDS = 30


@dataclass(frozen=True)
class Site:
    """A web server and the directory that it serves. `process` is its main process."""

    url: str
    public: Path
    process: int


@contextmanager
def site(server: str, changes: Mapping[str, str] | None = None) -> Iterator[Site]:
    """Start nginx or Caddy with a changed copy of the example, for a state directory as systemd makes it."""

    def command(directory: Path, port: int) -> list[str]:
        return SERVERS[server](directory, port, {**(changes or {}), PUBLIC: str(directory / "public")})

    with running(command) as found:
        yield found


@contextmanager
def running(command: Callable[[Path, int], list[str]]) -> Iterator[Site]:
    """Start what `command` returns for a new directory, which contains `public`, and a port of loopback."""
    # nginx' workers are www-data, who may enter here as in the real directory, unlike pytest's.
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o711)
        port = _free_port()
        arguments = command(directory, port)
        log = directory / "log"
        with log.open("wb") as output:
            # Caddy keeps its configuration in the home directory.
            process = subprocess.Popen(arguments, stdout=output, stderr=output, env={"PATH": PATH, "HOME": name})
        try:
            _wait(process, port, log)
            yield Site(f"http://127.0.0.1:{port}", directory / "public", process.pid)
        finally:
            process.terminate()
            process.wait(START_SECONDS)


def _nginx(directory: Path, port: int, changes: Mapping[str, str]) -> list[str]:
    listening = {"    listen 80;\n": f"    listen 127.0.0.1:{port};\n", "    listen [::]:80;\n": ""}
    return nginx_command(directory, EXAMPLES / "nginx.conf", {**listening, **changes})


def nginx_command(directory: Path, example: Path, changes: Mapping[str, str]) -> list[str]:
    """Return the command that runs nginx with an example, changed as given. Write the configuration to `directory`."""
    (directory / "site").write_text(changed(example.read_text("utf-8"), changes))
    # Debian's own file stays as it is, to test that the two work together.
    main = Path("/etc/nginx/nginx.conf").read_text("utf-8")
    for pattern, replacement in (
        (r"^pid .*;", f"pid {directory}/pid;"),
        (r"^error_log .*;", "error_log stderr;"),
        (r"access_log .*;", f"access_log {directory}/access;"),
        (r"include /etc/nginx/conf\.d/.*;", ""),
        (r"include /etc/nginx/sites-enabled/.*;", f"include {directory}/site;"),
    ):
        main = re.sub(pattern, replacement, main, flags=re.MULTILINE)
    assert "/var/log/" not in main
    assert f"include {directory}/site;" in main
    (directory / "nginx.conf").write_text(main)
    command = [_path("nginx"), "-c", str(directory / "nginx.conf")]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "[warn]" not in checked.stderr or os.getuid() != 0, checked.stderr
    return [*command, "-g", "daemon off;"]


def _caddy(directory: Path, port: int, changes: Mapping[str, str]) -> list[str]:
    example = changed(
        (EXAMPLES / "Caddyfile").read_text("utf-8"),
        {"\nstatus.example.com {\n": f"\nhttp://127.0.0.1:{port} {{\n", **changes},
    )
    file = directory / "Caddyfile"
    file.write_text(f"{{\n\tadmin off\n}}\n{example}")
    return [_path("caddy"), "run", "--adapter", "caddyfile", "--config", str(file)]


SERVERS: Mapping[str, Callable[[Path, int, Mapping[str, str]], list[str]]] = {"nginx": _nginx, "caddy": _caddy}


def changed(text: str, changes: Mapping[str, str]) -> str:
    """Return a text with replacements, each of which must occur once."""
    for old, new in changes.items():
        assert text.count(old) == 1, f"{old!r} is not there once"
        text = text.replace(old, new)
    return text


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _path(name: str) -> str:
    return shutil.which(name, path=PATH) or name


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), 5):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"the server did not start\n{log.read_text('utf-8', 'replace')[-3000:]}")
