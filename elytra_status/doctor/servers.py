# SPDX-License-Identifier: MIT
"""Check the servers in the settings: DNS, and the lifetime of certificates."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

from elytra_status.doctor.finding import Area, Context, Finding, Level, fault, of_exception, ok, skipped, warning
from elytra_status.model import abbreviate
from elytra_status.net import certificates, tls_contexts, tls_failures
from elytra_status.net.concurrency import DeadlineExceededError, run_all
from elytra_status.settings.servers import Server, servers
from elytra_status.system.clock import Clock, for_people

# For a name, and for a connection.
SECONDS = 4.0
_DAY = 86400.0
# What is left of a certificate's life. Short-lived ones are renewed late, so the smaller of both counts.
_SOON = (14 * _DAY, 1 / 4)
_AT_ONCE = (3 * _DAY, 1 / 10)


def checks(context: Context) -> Iterator[Finding]:
    """Yield for each server its address and when its certificate expires."""
    bundle = context.settings.ca_bundle
    if problem := certificates.problem_of_bundle(bundle):
        yield fault("CA_BUNDLE", problem.problem, problem.remedy)
        bundle = None
    inspected = servers(context.settings)
    tasks = {server.name: (2 * SECONDS + 1, partial(_inspect, server, bundle, context.clock)) for server in inspected}
    for name, finding in run_all(tasks, context.clock).items():
        if isinstance(finding, DeadlineExceededError):
            finding = fault(name, f"did not answer within {2 * SECONDS + 1:.0f} s", "check DNS, and the server")
        if isinstance(finding, Exception):
            finding = of_exception(Level.FAULT, name, finding, "please report it", context)
        yield finding


def _inspect(server: Server, bundle: str | None, clock: Clock) -> Finding:
    if server.proxy:
        return skipped(server.name, "is reached through the proxy that the environment names")
    found = run_all({server.host: (SECONDS, partial(_resolve, server))}, clock)[server.host]
    if isinstance(found, Exception):
        why = "DNS timed out" if isinstance(found, DeadlineExceededError) else "its name is not in DNS"
        return fault(server.name, why, f"check {server.setting} and DNS: resolvectl query {server.host}")
    address = abbreviate(found, 1)
    try:
        with socket.create_connection((server.host, server.port), timeout=SECONDS) as connection:
            if not server.is_tls:
                return ok(server.name, f"{address}, without TLS")
            return _certificate(server, bundle, connection, clock.now(), address)
    except ssl.SSLCertVerificationError as error:
        problem, remedy = certificates.explain_certificate(str(error)) or certificates.DOES_NOT_VERIFY
        return fault(server.name, f"its certificate {problem}", f"{remedy} ({server.setting})")
    except ssl.SSLError as error:
        failure = tls_failures.explain_tls(str(error), server.setting)
        return fault(server.name, failure.problem_of(address), failure.remedy)
    except TimeoutError:
        remedy = f"check {server.setting}, and that no firewall blocks the connection"
        return fault(server.name, f"{address} does not answer within {SECONDS:.0f} s", remedy)
    except OSError as error:
        remedy = f"check {server.setting}, and that the server runs"
        return fault(server.name, f"{address} is unreachable, {error.strerror or 'no connection'}", remedy)


def _resolve(server: Server) -> list[str]:
    found = socket.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _certificate(server: Server, bundle: str | None, connection: socket.socket, now: datetime, address: str) -> Finding:
    with tls_contexts.for_sockets(bundle).wrap_socket(connection, server_hostname=server.host) as encrypted:
        certificate = encrypted.getpeercert() or {}
        version = encrypted.version()
    begins, ends = (
        datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate[name])), UTC)
        for name in ("notBefore", "notAfter")
    )
    left, life = (ends - now).total_seconds(), (ends - begins).total_seconds()
    shown = f"{address}, {version}, certificate good for {for_people(left)}"
    remedy = "renew it (certbot renew), and see why it was not renewed automatically"
    if left < min(_AT_ONCE[0], _AT_ONCE[1] * life):
        return fault(server.name, shown, remedy)
    if left < min(_SOON[0], _SOON[1] * life):
        return warning(server.name, shown, remedy)
    return ok(server.name, shown)


AREA = Area("servers", checks)
