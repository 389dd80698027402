# SPDX-License-Identifier: MIT
"""A temporary Ceph object gateway on loopback, the server on which DigitalOcean Spaces is based.

It uses Debian's own packages (see PACKAGES), needs neither systemd nor a `ceph` user nor a disk, keeps everything in
memory and in one directory, and leaves nothing behind. In Python:

    with CephGateway(Path("/tmp/gateway")) as gateway:
        gateway.client(gateway.owner).create_bucket(Bucket="status")

From a shell (it prints one JSON line when it is ready, and runs until SIGTERM):

    python3 -m tests.ceph_gateway --directory /tmp/gateway --http-port 8080 --https-port 8443
    apt-get install --no-install-recommends $(python3 -m tests.ceph_gateway --missing-packages)
"""

from __future__ import annotations

import argparse
import hmac
import http.client
import json
import os
import secrets
import shutil
import signal
import ssl
import subprocess
import sys
import threading
import time
import uuid
from base64 import b64encode
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass
from ipaddress import ip_address
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any
from urllib.parse import quote, urlencode

from tests.ceph_configuration import CEPH_CONF, OPENSSL_CONF, GatewayError, free_port, port_is_free

__all__ = ["PACKAGES", "CephGateway", "GatewayError", "Keys", "missing_packages"]

# Debian packages and the commands that are used here.
PACKAGES = {
    "ceph-mon": ["ceph-mon"],
    "ceph-osd": ["ceph-osd"],
    "ceph-base": ["monmaptool"],
    "ceph-common": ["ceph", "radosgw-admin"],
    "radosgw": ["radosgw"],
    "openssl": ["openssl"],
    "util-linux": ["setpriv"],
}

USERS = ("owner", "other", "reader", "publisher")
LIMITED_USERS = ("reader", "publisher")
# The rights of the limited users in the buckets that were granted to them. They have no other rights.
READER_ACTIONS = ("s3:ListBucket", "s3:GetObject")
PUBLISHER_ACTIONS = ("s3:PutObject", "s3:PutObjectAcl", "s3:GetObject", "s3:DeleteObject")

REGION = "nyc3"
START_SECONDS = 60.0
STOP_SECONDS = 1.5


@dataclass(frozen=True)
class Keys:
    """The keys of one user."""

    access_key: str
    secret_key: str


def missing_packages() -> list[str]:
    """Return the Debian packages that a gateway needs and that are not installed."""
    return [package for package, commands in PACKAGES.items() if not all(shutil.which(name) for name in commands)]


class CephGateway:
    """A gateway for the duration of a context: a monitor, an object store in memory and radosgw.

    `directory` is created, or must be empty. A port of 0 is chosen. `host` is the address that radosgw listens on.
    Buckets can also be named in the host name, as in `bucket.domain`; for a browser or openssl to accept such a name,
    `domain` must contain a dot. Above `max_concurrent_requests` the gateway answers 503 SlowDown. The daemons end with
    the thread that opened the context.
    """

    def __init__(
        self,
        directory: Path,
        *,
        host: str = "127.0.0.1",
        http_port: int = 0,
        https_port: int = 0,
        max_concurrent_requests: int | None = None,
        domain: str = "localhost",
    ) -> None:
        self.directory = Path(os.path.abspath(directory))
        self.host = host
        self.domain = domain
        self.max_concurrent_requests = max_concurrent_requests
        self.http_port = http_port
        self.https_port = https_port
        self.ca_file = self.directory / "ca.pem"
        self.keys = {user: _new_keys() for user in USERS}
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}
        self._directory_is_ours = False
        self._session: Any = None
        self._session_lock = threading.Lock()

    @property
    def owner(self) -> Keys:
        """The user with all rights on its own buckets."""
        return self.keys["owner"]

    @property
    def other(self) -> Keys:
        """Another customer without rights on the owner's buckets."""
        return self.keys["other"]

    @property
    def reader(self) -> Keys:
        """A user who may only list and get, in the buckets given to `grant_reading`."""
        return self.keys["reader"]

    @property
    def publisher(self) -> Keys:
        """A user who may only put, set ACLs and get, in the buckets given to `grant_publishing`."""
        return self.keys["publisher"]

    @property
    def http_endpoint(self) -> str:
        """The address of the gateway without TLS."""
        return f"http://{self._address}:{self.http_port}"

    @property
    def https_endpoint(self) -> str:
        """The address of the gateway with TLS and a certificate that `ca_file` verifies."""
        return f"https://{self._address}:{self.https_port}"

    @property
    def _address(self) -> str:
        return "127.0.0.1" if self.host == "0.0.0.0" else self.host

    def client(self, keys: Keys | None, https: bool = True, **configuration: Any) -> Any:
        """Return a boto3 client of S3, which does not sign without keys. `configuration` is botocore's Config."""
        import boto3
        from botocore import UNSIGNED
        from botocore.config import Config

        options: dict[str, Any] = {
            "region_name": REGION,
            "signature_version": "s3v4" if keys else UNSIGNED,
            "s3": {"addressing_style": "path"},
            "connect_timeout": 5,
            "read_timeout": 15,
            # Proxies of the environment do not apply to loopback.
            "proxies": {},
            **configuration,
        }
        checksums = {"request_checksum_calculation": "when_required", "response_checksum_validation": "when_required"}
        try:
            config = Config(**{**checksums, **options})
        except TypeError:  # boto3 before 1.36 does not have these options.
            config = Config(**options)
        # One session reads boto3's description of S3 once. Several threads may use clients, but not the session.
        with self._session_lock:
            self._session = self._session or boto3.session.Session()
            return self._session.client(
                "s3",
                endpoint_url=self.https_endpoint if https else self.http_endpoint,
                verify=str(self.ca_file),
                aws_access_key_id=keys.access_key if keys else None,
                aws_secret_access_key=keys.secret_key if keys else None,
                config=config,
            )

    def grant_reading(self, bucket: str) -> None:
        """Let `reader` list and get in one of the owner's buckets, like a limited key of Spaces."""
        self._grant("reader", bucket, READER_ACTIONS)

    def grant_publishing(self, bucket: str) -> None:
        """Let `publisher` only put and get objects in one of the owner's buckets."""
        self._grant("publisher", bucket, PUBLISHER_ACTIONS)

    def _grant(self, user: str, bucket: str, actions: Sequence[str]) -> None:
        from botocore.exceptions import ClientError

        client = self.client(self.owner)
        try:
            policy = json.loads(client.get_bucket_policy(Bucket=bucket)["Policy"])
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchBucketPolicy":
                raise
            policy = {"Version": "2012-10-17", "Statement": []}
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": [f"arn:aws:iam:::user/{user}"]},
            "Action": list(actions),
            "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        }
        policy["Statement"].append(statement)
        client.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))

    def fill(self, bucket: str, keys: Iterable[str], body: bytes = b"x") -> None:
        """Put many small objects as the owner, more than twice as fast as boto3."""
        everything = list(keys)
        with ThreadPoolExecutor(4) as pool:
            parts = [pool.submit(self._fill, bucket, everything[start::4], body) for start in range(4)]
        for part in parts:
            part.result()

    def _fill(self, bucket: str, keys: Iterable[str], body: bytes) -> None:
        secret_key = self.owner.secret_key.encode()
        expires = int(time.time()) + 3600
        with closing(http.client.HTTPConnection(self._address, self.http_port, timeout=15)) as connection:
            for key in keys:
                path = f"/{bucket}/{quote(key)}"
                # Signature version 2 takes one hash. boto3's version 4 costs more than the request itself.
                digest = hmac.digest(secret_key, f"PUT\n\n\n{expires}\n{path}".encode(), "sha1")
                query = {"AWSAccessKeyId": self.owner.access_key, "Expires": expires, "Signature": b64encode(digest)}
                connection.request("PUT", f"{path}?{urlencode(query)}", body)
                answer = connection.getresponse()
                text = answer.read().decode(errors="replace")
                if answer.status != 200:
                    raise GatewayError(f"put {key} in {bucket}: {answer.status} {text}")

    def logs(self, lines: int = 30) -> str:
        """The last lines of every daemon's log."""
        found = []
        for path in sorted(self.directory.glob("*.log")):
            text = [line for line in path.read_text(errors="replace").splitlines() if line.strip()]
            if text:
                found.append("\n".join([f"---- {path.name}", *text[-lines:]]))
        return "\n".join(found)

    def check(self) -> None:
        """Raise GatewayError if a daemon is no longer running."""
        for name, daemon in self._daemons.items():
            status = daemon.poll()
            if status is not None:
                raise GatewayError(f"{name} ended with status {status}\n{self.logs()}")

    def __enter__(self) -> CephGateway:
        missing = missing_packages()
        if missing:
            raise GatewayError(f"these Debian packages are not installed: {' '.join(missing)}")
        self._make_directory()
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            # A gateway that died explains the failures of its tests, and must not go unnoticed.
            self.check()
        finally:
            self._stop()

    def _make_directory(self) -> None:
        try:
            self.directory.mkdir(parents=True)
            self._directory_is_ours = True
        except FileExistsError:
            if not self.directory.is_dir() or any(self.directory.iterdir()):
                raise GatewayError(f"{self.directory}: not an empty directory") from None

    def _start(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        for name in ("mon", "osd", "rgw"):
            (self.directory / name).mkdir()
        self._make_certificates()
        for port in (self.http_port, self.https_port):
            # Otherwise another server's answers would be taken for those of this gateway.
            if port and not port_is_free(self.host, port):
                raise GatewayError(f"port {port} of {self.host} is in use")
        taken = {self.http_port, self.https_port}
        self.http_port = self.http_port or free_port(self.host, taken)
        self.https_port = self.https_port or free_port(self.host, taken)
        mon_port = free_port("127.0.0.1", taken)
        fsid, osd_uuid = str(uuid.uuid4()), str(uuid.uuid4())
        self._write_configuration(fsid, mon_port)

        monmap = str(self.directory / "monmap")
        addresses = f"[v2:127.0.0.1:{mon_port}]"
        self._run(deadline, "monmaptool", "--create", "--addv", "a", addresses, "--fsid", fsid, monmap)
        self._ceph(deadline, "ceph-mon", "-i", "a", "--mkfs", "--monmap", monmap)
        self._spawn("ceph-mon", "-i", "a")
        self._ceph(deadline, "ceph", "osd", "new", osd_uuid)
        self._ceph(deadline, "ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd_uuid)
        self._spawn("ceph-osd", "-i", "0")
        for user, keys in self.keys.items():
            options = [f"--uid={user}", f"--display-name={user}"]
            options += [f"--access-key={keys.access_key}", f"--secret={keys.secret_key}"]
            if user in LIMITED_USERS:
                options.append(
                    "--max-buckets=-1"
                )  # It means that the user may create no bucket. Without it, every user may.
            self._ceph(deadline, "radosgw-admin", "user", "create", *options)
        self._spawn("radosgw", "-n", "client.rgw")
        self._wait_until_it_answers(deadline)

    def _write_configuration(self, fsid: str, mon_port: int) -> None:
        # Without tcp_nodelay every put of boto3 takes 40 ms longer: each end waits for the other.
        frontends = (
            f"beast endpoint={self.host}:{self.http_port} ssl_endpoint={self.host}:{self.https_port}"
            f" ssl_certificate={self.directory}/server.pem ssl_private_key={self.directory}/server.key tcp_nodelay=1"
        )
        limit = self.max_concurrent_requests
        text = CEPH_CONF.format(
            fsid=fsid,
            mon_port=mon_port,
            directory=self.directory,
            frontends=frontends,
            domain=self.domain,
            more="" if limit is None else f"rgw max concurrent requests = {limit}",
        )
        (self.directory / "ceph.conf").write_text(text)

    def _make_certificates(self) -> None:
        addresses = {ip_address("127.0.0.1"), ip_address(self._address)}
        names = ["localhost", "*.localhost", self.domain, f"*.{self.domain}"]
        alternatives = [f"DNS:{name}" for name in dict.fromkeys(names)] + [f"IP:{address}" for address in addresses]
        (self.directory / "index.txt").touch()
        for section, file_name, signer in (("authority", "ca", "-selfsign"), ("server", "server", "-cert ca.pem")):
            configuration = self.directory / f"{file_name}.conf"
            configuration.write_text(
                OPENSSL_CONF.format(name=f"Test {section}", directory=self.directory, names=",".join(alternatives))
            )
            request = f"req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {file_name}.key"
            self._openssl(configuration, f"{request} -out {file_name}.csr")
            # The dates are far apart, for clients whose clock is wrong on purpose.
            validity = "-startdate 20200101000000Z -enddate 20491231235959Z"
            signing = f"ca -batch -notext -extensions {section} {signer} -keyfile ca.key {validity}"
            self._openssl(configuration, f"{signing} -in {file_name}.csr -out {file_name}.pem")

    def _openssl(self, configuration: Path, arguments: str) -> None:
        command, *rest = arguments.split()
        self._run(time.monotonic() + START_SECONDS, "openssl", command, "-config", str(configuration), *rest)

    def _ceph(self, deadline: float, command: str, *arguments: str) -> None:
        self._run(deadline, command, "--conf", str(self.directory / "ceph.conf"), *arguments)

    def _run(self, deadline: float, *command: str) -> None:
        with (
            open(self.directory / "start.log", "ab") as log,
            self._process(command, subprocess.DEVNULL, log) as process,
        ):
            try:
                # A command waits for ever for a daemon that has died, so both are watched.
                while process.poll() is None:
                    self.check()
                    if time.monotonic() > deadline:
                        raise GatewayError(f"{command[0]} has not ended in time\n{self.logs()}")
                    time.sleep(0.005)
            finally:
                process.kill()
        if process.returncode:
            raise GatewayError(f"{' '.join(command[:4])} ended with status {process.returncode}\n{self.logs()}")

    def _spawn(self, name: str, *arguments: str) -> None:
        command = (name, "--conf", str(self.directory / "ceph.conf"), *arguments, "-f")
        with open(self.directory / f"{name}.out.log", "ab") as log:
            self._daemons[name] = self._process(command, log, log)

    def _process(self, command: Sequence[str], output: Any, log: Any) -> subprocess.Popen[bytes]:
        # Nothing may stay when the test run is killed. Ctrl-C is for the test run, which then stops the daemons.
        return subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=log,
            cwd=self.directory,
            env={name: value for name, value in os.environ.items() if not name.startswith("CEPH_")},
            start_new_session=True,
        )

    def _wait_until_it_answers(self, deadline: float) -> None:
        context = ssl.create_default_context(cafile=str(self.ca_file))
        while True:
            self.check()
            try:
                with (
                    closing(http.client.HTTPConnection(self._address, self.http_port, timeout=5)) as plain,
                    closing(
                        http.client.HTTPSConnection(self._address, self.https_port, timeout=5, context=context)
                    ) as encrypted,
                ):
                    answers = [_status(plain), _status(encrypted)]
                if answers == [200, 200]:
                    return
                trouble = f"it answers {answers}"
            except ssl.SSLCertVerificationError:
                raise
            except (OSError, http.client.HTTPException) as error:
                trouble = str(error)
            if time.monotonic() > deadline:
                raise GatewayError(f"radosgw does not answer: {trouble}\n{self.logs()}")
            time.sleep(0.01)

    def _stop(self) -> None:
        # In reverse, because each daemon says goodbye to those started before it.
        for daemon in reversed(self._daemons.values()):
            daemon.terminate()
            try:
                daemon.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        self._daemons.clear()
        for path in self.directory.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        if self._directory_is_ours:
            self.directory.rmdir()


def _new_keys() -> Keys:
    # In the format of Spaces, with characters in the secret that a URL must encode.
    return Keys(f"DO00{secrets.token_hex(8).upper()}", b64encode(secrets.token_bytes(32)).decode().rstrip("="))


def _status(connection: http.client.HTTPConnection) -> int:
    connection.request("GET", "/")
    return connection.getresponse().status


def main() -> int:
    """Serve until SIGTERM, after printing one line of JSON that says how to reach the gateway."""
    parser = argparse.ArgumentParser(description="A throwaway Ceph object gateway, for tests.")
    parser.add_argument("--missing-packages", action="store_true", help="only name the packages that are not installed")
    parser.add_argument("--directory", type=Path, help="made, or empty; removed or emptied at the end")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--http-port", type=int, default=0, help="default: a free one")
    parser.add_argument("--https-port", type=int, default=0, help="default: a free one")
    parser.add_argument("--domain", default="localhost", help="for buckets named in the host (default: %(default)s)")
    parser.add_argument("--max-concurrent-requests", type=int, help="answer 503 SlowDown above this number")
    options = parser.parse_args()
    if options.missing_packages:
        print(*missing_packages())
        return 0
    if options.directory is None:
        parser.error("--directory is needed")

    def leave(number: int, frame: FrameType | None) -> None:
        # Only once: a second signal would interrupt the cleanup.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        sys.exit(0)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    gateway = CephGateway(
        options.directory,
        host=options.host,
        http_port=options.http_port,
        https_port=options.https_port,
        max_concurrent_requests=options.max_concurrent_requests,
        domain=options.domain,
    )
    try:
        with gateway:
            answer = {
                "http_endpoint": gateway.http_endpoint,
                "https_endpoint": gateway.https_endpoint,
                "ca_file": str(gateway.ca_file),
                "keys": {user: asdict(keys) for user, keys in gateway.keys.items()},
            }
            print(json.dumps(answer), flush=True)
            while True:
                gateway.check()
                time.sleep(0.5)
    except GatewayError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
