# SPDX-License-Identifier: MIT
"""The web servers that the settings name, each once."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from elytra_status.settings import DEFINITIONS, Settings, kinds
from elytra_status.settings.named import every

_WEB = (kinds.URL, kinds.ENDPOINT)


@dataclass(frozen=True)
class Server:
    """A web server, and the first setting that names it.

    `proxy`: the environment configures a proxy for it.
    """

    host: str
    port: int
    is_tls: bool
    setting: str
    proxy: bool

    @property
    def name(self) -> str:
        """The host, with the port if it is not the default of the scheme."""
        return self.host if self.port == (443 if self.is_tls else 80) else f"{self.host}:{self.port}"


def servers(settings: Settings) -> list[Server]:
    """Return the web servers of all addresses that differ from their default."""
    from elytra_status.net.proxies import proxy_for

    found: dict[tuple[str, int], Server] = {}
    for prefix, part in every(settings):
        for definition in DEFINITIONS:
            value = getattr(part, definition.attribute)
            if definition.kind not in _WEB or value in (None, definition.default):
                continue
            parts = urlsplit(value)
            is_tls = parts.scheme == "https"
            host, port = parts.hostname or "", parts.port or (443 if is_tls else 80)
            proxy = proxy_for(value) is not None
            found.setdefault((host, port), Server(host, port, is_tls, prefix + definition.name, proxy))
    return list(found.values())
