# SPDX-License-Identifier: MIT
"""Certificates and log of this machine."""

from __future__ import annotations

from dataclasses import dataclass

from elytra_status.settings import kinds
from elytra_status.settings.definitions.definition import setting

FOLLOW = "follow"


@dataclass(frozen=True, init=False, repr=False, eq=False)
class MachineSettings:
    """Certificates, redirects and log of this machine."""

    ca_bundle: str | None = setting(
        kinds.PATH,
        """File with the certificates to trust (PEM).""",
        """Set it if a server has a certificate of your own certificate authority.""",
        unset="the certificates that the system trusts",
        example="/etc/ssl/certs/ca-certificates.crt",
        section="This machine",
    )
    private_redirects: str = setting(
        kinds.choice("refuse", FOLLOW),
        """Whether probes and the check of the public address follow a redirect from a public address to one that is
        not: loopback, link-local or private. Other requests to sources follow no redirect at all.""",
        """Set follow if a public address of yours redirects to a server in your own network.""",
        default="refuse",
    )
    log_level: str = setting(
        kinds.choice("debug", "info", "warning", "error"),
        """The lowest level that is logged. At debug, the journal contains the names of monitors.""",
        """Set debug to investigate a problem.""",
        default="info",
    )
