# SPDX-License-Identifier: MIT
"""Choose proxies of the environment, and explain their failures.

No message holds the address of a proxy, because it may hold a password: it names the variable.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from importlib.util import find_spec
from urllib.parse import urlsplit

from elytra_status.errors import ProxyError
from elytra_status.net import certificates
from elytra_status.net.http_failures import cause_of
from elytra_status.net.tls_failures import WITHOUT_TLS

LOGIN_REQUIRED = 407
# http.client puts the answer of a proxy to CONNECT into an error.
_OF_TUNNEL = re.compile(r"tunnel connection failed: ([0-9]{3})\b", re.IGNORECASE)
_BROKEN_OFF = ("reset by peer", "closed connection", "broken pipe", "eof occurred")


@dataclass(frozen=True)
class Proxy:
    """A proxy of the environment, and the variable that names it."""

    url: str = field(repr=False)
    variable: str

    def error(self, problem: str, remedy: str, host: str = "") -> ProxyError:
        """Return the error to raise if this proxy gives no connection to `host`."""
        return ProxyError(f"is unreachable, {problem}" if host else problem, remedy, host=host)

    def check(self, host: str = "") -> None:
        """Raise ProxyError if the address of this proxy cannot be used."""
        if self.url.lower().startswith("socks"):
            if find_spec("socks") is None:
                remedy = f"set {self.variable} to an HTTP proxy, http://HOST:PORT, or install python3-socks"
                raise self.error("the proxy is a SOCKS proxy, for which a library is missing", remedy, host)
            return
        if not _is_address(self.url):
            remedy = f"write {self.variable} as http://HOST:PORT; in its password write # as %23, / as %2F and @ as %40"
            raise self.error("the proxy has an invalid address", remedy, host)

    def is_to_blame(self, error: Exception) -> bool:
        """Whether an error of requests or urllib3 may be the fault of this proxy."""
        from urllib3 import exceptions

        cause, text = _cause(error), str(error)
        if isinstance(cause, exceptions.SSLError):
            # Debian's urllib3 does not say whether the certificate is that of the proxy or of the server behind it.
            return self.url.lower().startswith("https:") or not certificates.is_of_server(text)
        if isinstance(cause, exceptions.ReadTimeoutError):
            return urlsplit(str(cause.url)).hostname == urlsplit(self.url).hostname
        to_connect = (exceptions.ProxyError, exceptions.ConnectTimeoutError, exceptions.NewConnectionError)
        return isinstance(cause, to_connect) or _OF_TUNNEL.search(text) is not None

    def explain(self, text: str) -> tuple[str, str]:
        """Return problem and remedy of an error that this proxy is to blame for.

        `text` is the message of requests or urllib3.
        """
        lowered = text.lower()
        if answer := _OF_TUNNEL.search(text):
            return self.explain_status(int(answer[1]))
        if any(sign in lowered for sign in WITHOUT_TLS):
            return (
                "the proxy does not speak TLS, or lets none through",
                f"write {self.variable} as http://HOST:PORT; see the log of the proxy",
            )
        if of_certificate := certificates.explain_certificate(lowered):
            remedy = "if the proxy inspects TLS, name the file of its authority in CA_BUNDLE, or the host in NO_PROXY"
            return f"the proxy passes on a certificate that {of_certificate[0]}", remedy
        if any(sign in lowered for sign in _BROKEN_OFF):
            return "the proxy closed the connection", f"check {self.variable} in the environment, and the proxy's log"
        if "timed out" in lowered:
            remedy = f"check {self.variable} in the environment, and that no firewall blocks the proxy"
            return "the proxy timed out", remedy
        cause = cause_of(text)
        return (
            f"the proxy is unreachable{f', {cause}' if cause else ''}",
            f"check {self.variable} in the environment",
        )

    def explain_status(self, status: int) -> tuple[str, str]:
        """Return problem and remedy if the proxy itself returned a status."""
        if status == LOGIN_REQUIRED:
            remedy = f"write {self.variable} as http://USER:PASSWORD@HOST:PORT"
            return "the proxy returned 407, it requires a login", remedy
        return (
            f"the proxy returned {status} in place of a connection",
            "have it allow this host, or name the host in NO_PROXY; see its log",
        )


def proxy_for(url: str) -> Proxy | None:
    """Return the proxy that the environment names for a URL, None if there is none.

    Its address may be invalid.
    """
    from requests.utils import get_environ_proxies, select_proxy

    chosen = select_proxy(url, get_environ_proxies(url))
    if not chosen:
        return None
    scheme = urlsplit(url).scheme
    return Proxy(chosen, next(filter(None, map(_variable, (scheme, "all"))), "the proxy"))


def _variable(scheme: str) -> str:
    """Return the variable that names the proxy of a scheme, '' if none does.

    The one in lower case counts if there are two, as for other programs.
    """
    name = f"{scheme}_proxy"
    if os.environ.get(name):
        return name
    return next((one for one, value in os.environ.items() if one.lower() == name and value), "")


def _is_address(text: str) -> bool:
    """Whether `text` is [http://][USER:PASSWORD@]HOST[:PORT]."""
    from urllib3.exceptions import LocationParseError
    from urllib3.util import parse_url

    # Without "//", a scheme would be taken for the host.
    if re.match("https?:[^0-9]", text, re.IGNORECASE) and "://" not in text:
        return False
    try:
        parts = parse_url(text if "://" in text else f"http://{text}")
    except LocationParseError:
        return False
    # The rest of a password with one of these characters would follow the host.
    after_host = f"{parts.path or ''}{parts.query or ''}{parts.fragment or ''}"
    return parts.scheme in ("http", "https") and bool(parts.host) and parts.port != 0 and "@" not in after_host


def _cause(error: Exception) -> Exception:
    """Return the error of urllib3 in one of requests, or in that of its retries."""
    from requests.exceptions import RequestException

    while isinstance(error, RequestException) and error.args and isinstance(error.args[0], Exception):
        error = error.args[0]
    reason = getattr(error, "reason", None)
    return reason if isinstance(reason, Exception) else error
