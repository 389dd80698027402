# SPDX-License-Identifier: MIT
"""How the clients of others are run, and the proxy that leads to us those whose address is built in."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from elytra_status.documents import Publication, render_all
from elytra_status.publish.directory import Directory
from elytra_status.publish.upload import publish
from tests.alert_servers import make_certificate
from tests.conftest import MovableClock
from tests.published import NOW

CLIENTS = Path(__file__).resolve().parents[2] / ".venv-clients"
BIN = CLIENTS / "bin"

Ask = Callable[[Publication], Any]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: Any) -> None:
        pass


class _Proxy(_Quiet):
    """A proxy that ends TLS itself, and answers for every host with what is published."""

    context: ssl.SSLContext

    def do_CONNECT(self) -> None:
        self.send_response(200)
        self.end_headers()
        with self.context.wrap_socket(self.connection, server_side=True) as connection:
            type("Inner", (_Quiet,), {})(connection, self.client_address, self.server, directory=self.directory)
        self.close_connection = True


@contextmanager
def serving(directory: Path) -> Iterator[str]:
    """Serve a directory over HTTP, and yield the address."""
    yield from _served(partial(_Quiet, directory=directory))


@contextmanager
def answering_for(host: str, directory: Path, place: Path) -> Iterator[Mapping[str, str]]:
    """Serve a directory in the place of a host over HTTPS. Yield the environment of a program that shall see it.

    The certificate is made in `place`.
    """
    certificate = make_certificate(place, host=host)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    handler = type("Handler", (_Proxy,), {"context": context})
    for address in _served(partial(handler, directory=directory)):
        trusted = dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), str(certificate))
        yield {**os.environ, **trusted, "HTTPS_PROXY": address, "https_proxy": address, "NO_PROXY": "", "no_proxy": ""}


def _served(handler: Callable[..., Any]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=partial(server.serve_forever, poll_interval=0.02), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def publish_api(directory: Path, given: Publication) -> None:
    """Publish the API to a directory."""
    documents = [document for document in render_all(given, ("statuspage",)) if not document.local]
    clock = MovableClock(NOW)
    assert publish(Directory(directory, clock), documents, NOW, clock=clock).done


def answer_of(tmp_path: Path, site: str, command: list[str], given: Publication, folder: str = "") -> Any:
    """Return what a client makes of a publication in a folder of a site; '' is the root."""
    publish_api(tmp_path / folder, given)
    return json.loads(output([*command, str(CLIENTS), f"{site}/{folder}".rstrip("/")], tmp_path))


def output(command: list[str], directory: Path, environment: Mapping[str, str] | None = None) -> str:
    """Return what a command prints."""
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, cwd=directory, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
