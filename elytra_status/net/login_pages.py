# SPDX-License-Identifier: MIT
"""Recognizes login pages, which proxies show in place of the requested page.

Authelia and Cloudflare Access are such proxies.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from elytra_status.errors import FetchError

REMEDY = "let the proxy in front of it pass this machine without a login; see its log"
# Hosts where people log in to other sites.
_HOSTS = ("cloudflareaccess.com", "login.microsoftonline.com", "accounts.google.com", "okta.com", "auth0.com")
# The first label of self-hosted login hosts, or a part of a path there.
_LABELS = frozenset({"auth", "authelia", "authentik", "idp", "keycloak", "login", "signin", "sso"})
_PARTS = _LABELS | {"authorize", "log-in", "oauth", "oauth2", "openid-connect", "saml", "saml2", "sign-in", "sign_in"}
# The beginning of a page is enough to recognise it.
_SEARCHED = 256 * 1024
_FORM = re.compile(
    rb"<input\b[^>]{0,500}\btype\s*=\s*[\"']?password"
    rb"|<title>[^<]{0,200}\b(?:log ?in|sign ?in|authelia|authentik|cloudflare access)\b",
    re.IGNORECASE,
)


class LoginPageError(FetchError):
    """A redirect led to a login page."""


def is_login(url: str) -> bool:
    """Whether a URL is the address of a login page."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if any(host == one or host.endswith(f".{one}") for one in _HOSTS) or host.partition(".")[0] in _LABELS:
        return True
    return any(part.partition(".")[0] in _PARTS for part in parts.path.lower().split("/"))


def is_login_form(content_type: str, body: bytes) -> bool:
    """Whether a response is a page with a password field or the title of a login."""
    return content_type == "text/html" and _FORM.search(body[:_SEARCHED]) is not None
