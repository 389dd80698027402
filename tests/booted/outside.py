# SPDX-License-Identifier: MIT
"""The network of the machines, and the servers on it.

A bridge of this host joins the machines to the servers, which listen on its address and have names in DOMAIN. No packet
leaves the host.
"""

from __future__ import annotations

import fcntl
import http.server
import json
import os
import re
import socket
import ssl
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elytra_status.demo.replay import ReplayFault, ReplayServer
from elytra_status.system.clock import from_text, to_text
from tests.ceph_gateway import CephGateway

if TYPE_CHECKING:
    from tests.alert_servers import Mailbox

# The object storage has the name of the domain itself: a name below it would be that of a bucket.
DOMAIN = "outside.example"
NAMES = (DOMAIN, f"archive.{DOMAIN}", f"kuma.{DOMAIN}", f"mail.{DOMAIN}")
# Networks for documentation (RFC 5737) and for benchmarks (RFC 2544), which nobody uses. The first free one is taken.
PREFIXES = (*(f"198.18.{number}" for number in range(16)), "198.51.100", "203.0.113", "192.0.2")
BRIDGE = "elytra-"
LOCK = Path("/run/lock/elytra-status-tests")
ORIGIN = "https://www.example.com"
PAGE = "elytra"


@dataclass(frozen=True)
class Network:
    """A bridge, and the address of this host on it."""

    bridge: str
    prefix: str

    @property
    def address(self) -> str:
        """The address on which the servers listen."""
        return f"{self.prefix}.1"


@contextmanager
def network() -> Iterator[Network]:
    """Make a bridge for the machines for the duration of the `with` block."""
    bridge = f"{BRIDGE}{os.getpid()}"
    try:
        with LOCK.open("w") as lock:
            # Others may choose a network at the same time.
            fcntl.flock(lock, fcntl.LOCK_EX)
            remove_what_was_left()
            output("ip", "link", "add", bridge, "type", "bridge")
            taken = output("ip", "-4", "address") + output("ip", "-4", "route")
            free = [prefix for prefix in PREFIXES if f" {prefix}." not in taken]
            assert free, "every network that is nobody's has an address here"
            made = Network(bridge, free[0])
            output("ip", "address", "add", f"{made.address}/24", "dev", bridge)
        output("ip", "link", "set", bridge, "up")
        yield made
    finally:
        subprocess.run(["ip", "link", "delete", bridge], check=False)


def remove_what_was_left() -> None:
    """Remove the bridges of sessions that were killed."""
    for name, process in re.findall(rf"\b({BRIDGE}(\d+)):", output("ip", "-oneline", "link")):
        if not Path("/proc", process).exists():
            output("ip", "link", "delete", name)


def output(*command: str) -> str:
    """Return the output of a command of this host. Raise CalledProcessError if it fails."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def free_port(address: str) -> int:
    """Return a free port."""
    with socket.socket() as one:
        one.bind((address, 0))
        port: int = one.getsockname()[1]
        return port


@dataclass
class Archive:
    """A web server for a repository of packages. `directory` may be changed at any time."""

    directory: Path
    url: str
    requests: list[str] = field(default_factory=list)


@contextmanager
def archive_server(address: str, directory: Path) -> Iterator[Archive]:
    """Serve a directory over HTTP, as any static web server does."""
    archive = Archive(directory, "")

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments, directory=os.fspath(archive.directory))

        def log_message(self, format: str, *arguments: object) -> None:
            archive.requests.append(self.path)

    class Server(http.server.ThreadingHTTPServer):
        def server_bind(self) -> None:
            # HTTPServer would query DNS for the name of this host.
            http.server.socketserver.TCPServer.server_bind(self)

    with Server((address, 0), Handler) as server:
        archive.url = f"http://archive.{DOMAIN}:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield archive
        server.shutdown()


@contextmanager
def mail_server(address: str, gateway: CephGateway, login: tuple[str, str]) -> Iterator[Mailbox]:
    """Run a mail server that requires STARTTLS and a login, with the gateway's certificate, which has all names."""
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import AuthResult, LoginPassword

    from tests.alert_servers import Mailbox

    mailbox = Mailbox(free_port(address))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(gateway.directory / "server.pem", gateway.directory / "server.key")

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        right = (data.login, data.password) == (login[0].encode(), login[1].encode())
        return AuthResult(success=right, handled=right, message=None if right else "535 5.7.8 Error: go away")

    controller = Controller(
        mailbox,
        hostname=address,
        port=mailbox.port,
        ready_timeout=20,
        enable_SMTPUTF8=True,
        tls_context=context,
        require_starttls=True,
        authenticator=check,
        auth_required=True,
    )
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


@dataclass
class Visitor:
    """What a visitor's browser got."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Outside:
    """Everything outside of a machine that it talks to."""

    network: Network
    gateway: CephGateway
    kuma: ReplayServer
    mailbox: Mailbox
    smtp_login: tuple[str, str]

    @property
    def hosts(self) -> str:
        """The lines of /etc/hosts that give the servers their names."""
        return "".join(f"{self.network.address} {name}\n" for name in NAMES)

    @property
    def kuma_url(self) -> str:
        """Uptime Kuma, by its name."""
        return f"http://kuma.{DOMAIN}:{self.kuma.url.rpartition(':')[2]}"

    @property
    def storage_url(self) -> str:
        """The object storage, by its name."""
        return f"https://{DOMAIN}:{self.gateway.https_port}"

    def visit(self, path: str, origin: str = ORIGIN) -> Visitor:
        """Read from the storage as a page of `origin` does: anonymous, over TLS."""
        context = ssl.create_default_context(cafile=str(self.gateway.ca_file))
        request = urllib.request.Request(f"{self.gateway.https_endpoint}/{path}", headers={"Origin": origin})
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        try:
            with opener.open(request, timeout=20) as answer:
                return Visitor(answer.status, dict(answer.headers.items()), answer.read())
        except urllib.error.HTTPError as error:
            return Visitor(error.code, dict(error.headers.items()), error.read())

    def let_status_be_older(self, bucket: str, until: datetime) -> None:
        """Change the published status as if it had been frozen so that it is fresh until then."""
        owner = self.gateway.client(self.gateway.owner)
        place = {"Bucket": bucket, "Key": "status.json"}
        found = owner.get_object(**place)
        document = json.loads(found["Body"].read())
        earlier = from_text(document["stale_after"]) - until
        for name in ("updated_at", "stale_after"):
            document[name] = to_text(from_text(document[name]) - earlier)
        headers = {name: found[name] for name in ("ContentType", "CacheControl", "Metadata")}
        owner.put_object(**place, **headers, Body=json.dumps(document).encode(), ACL="public-read")

    @contextmanager
    def kuma_has(self, fault: ReplayFault, paths: Sequence[str] = ()) -> Iterator[None]:
        """Let every answer of Uptime Kuma have a fault, or those to some paths."""
        self.kuma.faults = dict.fromkeys(paths or self.kuma.recording.answers, fault)
        try:
            yield
        finally:
            self.kuma.faults = {}

    @contextmanager
    def kuma_is_off(self) -> Iterator[None]:
        """Stop Uptime Kuma: nobody listens on its port."""
        self.kuma.__exit__(None, None, None)
        try:
            yield
        finally:
            self.kuma.__enter__()
