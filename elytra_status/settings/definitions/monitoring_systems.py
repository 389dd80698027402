# SPDX-License-Identifier: MIT
"""The settings of each monitoring system."""

from __future__ import annotations

from dataclasses import dataclass

from elytra_status.secret import Secret
from elytra_status.settings import kinds, secret_kinds
from elytra_status.settings.definitions.definition import setting


@dataclass(frozen=True, init=False, repr=False, eq=False)
class MonitoringSystemSettings:
    """The settings of each monitoring system."""

    uptime_kuma_url: str | None = setting(
        kinds.URL,
        """Address of Uptime Kuma, without a path unless Uptime Kuma itself is below a path.""",
        example="https://kuma.example.com",
        section="Uptime Kuma",
        former_names=("UPTIME_KUMA_METRICS_URL",),
        of="uptime_kuma",
    )
    uptime_kuma_api_key: Secret | None = setting(
        secret_kinds.KEY,
        """API key of Uptime Kuma (Settings, API Keys), for /metrics. Without it, only the public status page is read.
        With both, private monitors count too, and paused monitors are distinguished from stuck monitors.""",
        """Set it unless every monitor that counts is on the status page.""",
        of="uptime_kuma",
    )
    uptime_kuma_user: str | None = setting(
        kinds.TEXT,
        """User of HTTP basic authentication at Uptime Kuma or at a proxy in front of it. With UPTIME_KUMA_API_KEY,
        requests to /metrics carry the key and other requests this login; the proxy must then let /metrics pass without
        a login.""",
        """Set it if a proxy requires a login, or if your Uptime Kuma has no API keys.""",
        example="elytra-status",
        of="uptime_kuma",
        requires="UPTIME_KUMA_PASSWORD",
    )
    uptime_kuma_password: Secret | None = setting(
        secret_kinds.SECRET,
        """Password of UPTIME_KUMA_USER.""",
        of="uptime_kuma",
        requires="UPTIME_KUMA_USER",
    )
    uptime_kuma_headers: Secret | None = setting(
        secret_kinds.HEADERS,
        """Headers of each request to Uptime Kuma. They are sent only to UPTIME_KUMA_URL, and not to an address that it
        redirects to.""",
        """Set it if a proxy in front of Uptime Kuma requires a login by headers. For Cloudflare Access, use the headers
        of a service token: CF-Access-Client-Id: ID.access; CF-Access-Client-Secret: SECRET. For Authelia, use
        Proxy-Authorization: Basic with user:password in base64.""",
        example="X-Proxy-Token: a-value-of-yours",
        of="uptime_kuma",
    )
    uptime_kuma_status_page: str | None = setting(
        kinds.SLUG,
        """Slug of a public status page of Uptime Kuma: what follows /status/ in its address. Without it, only /metrics
        is read, which has neither the times of checks nor uptime for 7 days.""",
        """Set it if you have a status page with the monitors that count.""",
        example="main",
        of="uptime_kuma",
    )
    monitor_ids: tuple[int, ...] = setting(
        kinds.IDS,
        """Ids of the monitors that count: the number in the address of a monitor in Uptime Kuma. A group that is named
        here counts in addition to its children. A monitor that is missing from all responses is unknown.""",
        """Set it if only some monitors are about the platform.""",
        default=(),
        unset="all monitors that are not paused",
        example="1,2,5",
        of="uptime_kuma",
    )
    critical_monitor_ids: tuple[int, ...] = setting(
        kinds.IDS,
        """Ids of monitors that each make an outage alone, whatever OUTAGE_THRESHOLD is, in addition to monitors with
        the tag critical in Uptime Kuma. A critical group counts in addition to its children. A monitor that is missing
        from all responses is unknown.""",
        """Set it if the platform does not work without a certain monitor.""",
        default=(),
        unset="only monitors with the tag critical",
        example="1",
        of="uptime_kuma",
    )
    prometheus_url: str | None = setting(
        kinds.URL,
        """Address of Prometheus, or of a system with its query API (Thanos, Mimir, VictoriaMetrics), without
        /api/v1.""",
        example="https://prometheus.example.com",
        section="Prometheus",
        of="prometheus",
    )
    prometheus_metric: str = setting(
        kinds.TEXT,
        """The metric that is 1 for up and 0 for down; labels in braces select among its series. The metric
        monitor_status of Uptime Kuma is supported, and so are expressions such as max by (instance) (up). An expression
        has no samples that can be counted: a failure is confirmed after six minutes.""",
        """Set it if you do not use the blackbox exporter, or if only some series count.""",
        default="probe_success",
        example='probe_success{job="blackbox"}',
        of="prometheus",
    )
    prometheus_labels: tuple[str, ...] = setting(
        kinds.LABELS,
        """Labels that identify a monitor: series with equal values are one monitor, and the worst of them counts.""",
        """Set it if another label (pod, container) changes with each deployment, or if one instance stands for several
        monitors.""",
        default=(),
        unset="""instance with job; for monitor_status also monitor_id, or name, type and address of the monitor; all
        labels for an expression or if none of these exists""",
        example="namespace,service",
        of="prometheus",
    )
    prometheus_token: Secret | None = setting(
        secret_kinds.KEY,
        """Bearer token for Prometheus.""",
        """Set it if Prometheus or the proxy in front of it requires a token.""",
        of="prometheus",
    )
    prometheus_user: str | None = setting(
        kinds.TEXT,
        """User of HTTP basic authentication at Prometheus or at the proxy in front of it.""",
        """Set it if Prometheus or the proxy requires a login.""",
        example="elytra-status",
        of="prometheus",
        requires="PROMETHEUS_PASSWORD",
    )
    prometheus_password: Secret | None = setting(
        secret_kinds.SECRET,
        """Password of PROMETHEUS_USER.""",
        of="prometheus",
        requires="PROMETHEUS_USER",
    )
    prometheus_tenant: str | None = setting(
        kinds.HEADER,
        """Tenant that the monitors belong to, sent as X-Scope-OrgID.""",
        """Set it if Mimir, Loki or Cortex responds with "no org id".""",
        example="hosting",
        of="prometheus",
    )
    prometheus_client_certificate: str | None = setting(
        kinds.PATH,
        """File with a client certificate (PEM). The user elytra-status must be able to read it.""",
        """Set it if Prometheus requires a client certificate.""",
        example="/etc/elytra-status/client.crt",
        of="prometheus",
        requires="PROMETHEUS_CLIENT_KEY",
    )
    prometheus_client_key: str | None = setting(
        kinds.PATH,
        """File with the key of PROMETHEUS_CLIENT_CERTIFICATE.""",
        example="/etc/elytra-status/client.key",
        of="prometheus",
        requires="PROMETHEUS_CLIENT_CERTIFICATE",
    )
    better_stack_token: Secret | None = setting(
        secret_kinds.KEY,
        """Uptime API token of a Better Stack team.""",
        section="Better Stack",
        of="better_stack",
    )
    better_stack_monitor_ids: tuple[int, ...] = setting(
        kinds.IDS,
        """Ids of the monitors that count: the number in the address of a monitor.""",
        """Set it if only some monitors are about the platform.""",
        default=(),
        unset="all monitors that are not paused",
        example="12,34",
        of="better_stack",
    )
    better_stack_url: str = setting(
        kinds.URL,
        """Address of the API of Better Stack.""",
        """Change it only if Better Stack moves its API.""",
        default="https://uptime.betterstack.com",
        of="better_stack",
    )
    gatus_url: str | None = setting(
        kinds.URL,
        """Address of Gatus, without /api/v1.""",
        example="https://gatus.example.com",
        section="Gatus",
        of="gatus",
    )
    gatus_endpoints: tuple[str, ...] = setting(
        kinds.LIST,
        """Keys of the endpoints that count: what follows /endpoints/ in the address of the page of an endpoint. An
        endpoint that is missing from all responses is unknown.""",
        """Set it if only some endpoints are about the platform.""",
        default=(),
        unset="all endpoints, unless GATUS_GROUPS is set",
        example="core_website,core_database",
        of="gatus",
    )
    gatus_groups: tuple[str, ...] = setting(
        kinds.LIST,
        """Names of the groups whose endpoints count, in addition to GATUS_ENDPOINTS.""",
        """Set it if only some groups are about the platform.""",
        default=(),
        unset="all groups",
        example="core",
        of="gatus",
    )
    gatus_user: str | None = setting(
        kinds.TEXT,
        """User of HTTP basic authentication: the username in security.basic of Gatus, or a user at the proxy in front
        of it. Programs cannot log in to a Gatus that has OpenID Connect alone.""",
        """Set it if Gatus or the proxy requires a login.""",
        example="elytra-status",
        of="gatus",
        requires="GATUS_PASSWORD",
    )
    gatus_password: Secret | None = setting(
        secret_kinds.SECRET,
        """Password of GATUS_USER.""",
        of="gatus",
        requires="GATUS_USER",
    )
    gatus_token: Secret | None = setting(
        secret_kinds.KEY,
        """Bearer token, in place of GATUS_USER.""",
        """Set it if the proxy in front of Gatus requires a token.""",
        of="gatus",
    )
    healthchecks_api_key: Secret | None = setting(
        secret_kinds.KEY,
        """Read-only API key of a project of Healthchecks (Project Settings, API Access).""",
        section="Healthchecks",
        of="healthchecks",
    )
    healthchecks_tags: tuple[str, ...] = setting(
        kinds.LIST,
        """Tags of the checks that count. A check counts if it has any of them.""",
        """Set it if only some checks are about the platform.""",
        default=(),
        unset="all checks of the project that are not paused",
        example="public,production",
        of="healthchecks",
    )
    healthchecks_url: str = setting(
        kinds.URL,
        """Address of Healthchecks, without /api/v3.""",
        """Set it if you run Healthchecks (3.0 or later) yourself.""",
        default="https://healthchecks.io",
        of="healthchecks",
    )
