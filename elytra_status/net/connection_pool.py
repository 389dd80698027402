# SPDX-License-Identifier: MIT
"""The connections of this process: one pool and one TLS context for all requests.

Sources, storage, visitors and notifications share them: loading the system's certificates takes longer than a request
on a fast line, and a handshake takes two round trips. Import this module only where a request is sent, because requests
and urllib3 take long to load.
"""

from __future__ import annotations

import ssl
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import requests
import requests.adapters
import urllib3
import urllib3.exceptions

from elytra_status.net import tls_contexts
from elytra_status.net.limited_connection import LimitedConnection

# Hosts, and kept connections for each host: as many as threads that query one storage.
_HOSTS, _KEPT = 20, 8
_MANAGERS: list[urllib3.PoolManager] = []


# ca_certs=None is passed each time. Otherwise, Debian's urllib3 would load the system's certificates into the context
# with each connection, although CA_BUNDLE replaces them.
@cache
def _manager(context: ssl.SSLContext) -> urllib3.PoolManager:
    manager = urllib3.PoolManager(_HOSTS, maxsize=_KEPT, ssl_context=context, ca_certs=None)
    _limit(manager)
    _MANAGERS.append(manager)
    return manager


def manager(ca_bundle: str | None) -> urllib3.PoolManager:
    """Return the connections of this process that trust `ca_bundle`.

    Raise OSError if it cannot be read.
    """
    return _manager(tls_contexts.for_urllib3(ca_bundle))


def _limit(connections: urllib3.PoolManager) -> None:
    """Limit the responses on a manager's connections."""
    classes = connections.pool_classes_by_scheme
    connections.pool_classes_by_scheme = {scheme: _limited(pool) for scheme, pool in classes.items()}


@cache
def _limited(pool: Any) -> Any:
    if issubclass(pool.ConnectionCls, LimitedConnection):
        return pool
    connection = type("LimitedConnection", (LimitedConnection, pool.ConnectionCls), {})
    return type("LimitedPool", (pool,), {"ConnectionCls": connection})


def close_kept() -> None:
    """Close idle connections: a firewall may have dropped them during a pause."""
    for manager in _MANAGERS:
        manager.clear()


class Adapter(requests.adapters.HTTPAdapter):
    """An adapter for requests on the connections of one context."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *sizes: Any, **more: Any) -> None:
        self.poolmanager = _manager(self._context)

    def proxy_manager_for(self, proxy: str, **more: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **{**more, "ssl_context": self._context, "ca_certs": None})
        if manager not in _MANAGERS:
            _limit(manager)
            _MANAGERS.append(manager)
        return manager

    def cert_verify(self, *of_connection: Any) -> None:
        """Change nothing: the context holds the certificates.

        Without this, requests would have them loaded for each connection.
        """

    def build_connection_pool_key_attributes(self, request: Any, *of_connection: Any) -> Any:
        # requests 2.32 and later call this.
        parts = urlsplit(request.url)
        return {"scheme": parts.scheme.lower(), "host": parts.hostname, "port": parts.port}, {}

    def send(self, request: requests.PreparedRequest, *others: Any, **more: Any) -> requests.Response:
        """Send a request; once more if the server has just closed a kept connection."""
        try:
            return super().send(request, *others, **more)
        except requests.exceptions.ConnectionError as error:
            is_closed = isinstance(error.args[0] if error.args else None, urllib3.exceptions.ProtocolError)
            if not is_closed or request.method not in ("GET", "HEAD") or not _has_kept(self.poolmanager, request.url):
                raise
        return super().send(request, *others, **more)

    def close(self) -> None:
        """Close nothing: other sessions use the same connections."""


def _has_kept(manager: urllib3.PoolManager, url: str | None) -> bool:
    """Whether a connection to the server of `url` has been used more than once."""
    pool = manager.connection_from_url(str(url))
    return pool.num_requests > pool.num_connections


@cache
def _adapter(context: ssl.SSLContext) -> Adapter:
    return Adapter(context)


def adapter(ca_bundle: str | None, client_certificate: tuple[str, str] | None = None) -> Adapter:
    """Return the adapter of all sessions with these certificates.

    `client_certificate` holds the paths of a client certificate and its key. Raise OSError if a file cannot be read.
    """
    return _adapter(tls_contexts.for_urllib3(ca_bundle, client_certificate))
