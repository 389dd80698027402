# SPDX-License-Identifier: MIT
"""The demo's storage: an S3 server if moto is installed, else a directory."""

from __future__ import annotations

import importlib.util
import json
import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from elytra_status.net.s3 import Bucket, open_client
from elytra_status.publish import cors
from elytra_status.publish.s3_bucket import status_bucket
from elytra_status.settings import Settings
from elytra_status.system.clock import to_text

STATUS_BUCKET, BACKUP_BUCKET = "example-status", "example-backups"
NIGHTS = 7
# The modules of moto's server. Debian has a package for each.
_S3_MODULES = ("moto", "flask", "flask_cors")
# moto's default account.
_MOTO_ACCOUNT = "123456789012"


@dataclass(frozen=True)
class Storage:
    """A running storage: its description, and its settings.

    `address` is that of status.json. `manifests` is the directory for manifests of backups, None if
    the storage has a bucket for them.
    """

    description: str
    address: str
    settings: dict[str, str]
    manifests: Path | None = None

    def fill(self, settings: Settings, now: datetime, backup_age: timedelta) -> None:
        """Create the buckets with the CORS rule, and backups for some nights.

        At the time `now`, the newest backup has the given age.
        """
        newest = now - backup_age
        nights = [newest - timedelta(days=night) for night in range(NIGHTS)]
        if self.manifests:
            _write_manifests(self.manifests, nights)
        if bucket := status_bucket(settings):
            _fill_buckets(bucket, settings.cors_origins, nights)


def open_storage(directory: Path) -> AbstractContextManager[Storage]:
    """Return a storage to use in a `with` block.

    It is an S3 server if moto is installed, else a directory.
    """
    has_server = all(importlib.util.find_spec(name) for name in _S3_MODULES)
    return _s3_server() if has_server else _web_server(directory)


@contextmanager
def _s3_server() -> Iterator[Storage]:
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    address = f"{url}/{STATUS_BUCKET}/status.json"
    lines = {
        "SPACES_ENDPOINT": url,
        "SPACES_ACCESS_KEY": "demonstration",
        "SPACES_SECRET_KEY": "demonstration-secret",
        "STATUS_BUCKET": STATUS_BUCKET,
        "STATUS_URL": address,
        "BACKUP_BUCKET": BACKUP_BUCKET,
        "BACKUP_PREFIX": "nightly/",
    }
    try:
        yield Storage(f"an S3 server (moto), with {NIGHTS} backups in a bucket", address, lines)
    finally:
        server.stop()


@contextmanager
def _web_server(directory: Path) -> Iterator[Storage]:
    public, manifests = directory / "public", directory / "manifests"
    for path in (public, manifests):
        path.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_StorageHandler, directory=str(public)))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/status.json"
    lines = {
        "PUBLIC_DIRECTORY": str(public),
        "STATUS_URL": address,
        "BACKUP_MANIFEST": str(manifests),
    }
    try:
        yield Storage(f"a directory with a web server, and manifests of {NIGHTS} backups", address, lines, manifests)
    finally:
        server.shutdown()
        server.server_close()


class _StorageHandler(SimpleHTTPRequestHandler):
    """Serve the directory with the headers of docs/examples/nginx.conf for readers."""

    extensions_map = {  # noqa: RUF012
        **SimpleHTTPRequestHandler.extensions_map,
        ".atom": "application/atom+xml; charset=utf-8",
        ".html": "text/html; charset=utf-8",
        ".ics": "text/calendar; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".json": "application/json",
    }

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "public, max-age=300")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Cross-Origin-Resource-Policy", "cross-origin")
        super().end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:
        """Log nothing, so that the output of the demo stays readable."""


def _fill_buckets(bucket: Bucket, origins: Sequence[str], nights: list[datetime]) -> None:
    client = open_client(bucket.account)
    for name in (STATUS_BUCKET, BACKUP_BUCKET):
        client.create_bucket(Bucket=name)
    for moment in nights:
        key = f"nightly/{moment:%Y-%m-%d}.sql.gz"
        client.put_object(Bucket=BACKUP_BUCKET, Key=key, Body=b"not really a backup")
        _made_at(key, moment)
    cors.apply(bucket, origins)


def _made_at(key: str, moment: datetime) -> None:
    """Set the date of an object.

    S3 has no request for this, so moto's memory is changed.
    """
    from moto.s3.models import s3_backends

    objects: Any = s3_backends[_MOTO_ACCOUNT]["aws"].buckets[BACKUP_BUCKET].keys
    objects[key].last_modified = moment.replace(tzinfo=None)


def _write_manifests(directory: Path, nights: list[datetime]) -> None:
    for moment in nights:
        manifest = {
            "group": "customer-0417",
            "key": f"{moment:%Y-%m-%d}.sql.gz",
            "size": 19,
            "exit_status": 0,
            "finished_at": to_text(moment),
        }
        (directory / f"{moment:%Y-%m-%d}.json").write_text(json.dumps(manifest), encoding="utf-8")
