# SPDX-License-Identifier: MIT
"""Query Prometheus, or a compatible server, for one instant vector."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from elytra_status.errors import SourceError
from elytra_status.net import http
from elytra_status.settings import Settings
from elytra_status.sources import json_api
from elytra_status.sources.prometheus.metric import Labels
from elytra_status.system.clock import Deadline

SERVICE = "Prometheus"
QUERY_PATH = "/api/v1/query"
# An error message that is longer is not quoted.
_LONGEST_WORDS = 200
_NO_VECTOR = (
    "the answer is not an instant vector",
    "PROMETHEUS_METRIC must be a metric, or an expression that gives one value a series",
)
# Prometheus 3 lists remarks on the query together with parts that did not answer.
_ABOUT_THE_QUERY = ("PromQL warning:", "PromQL info:")


@dataclass(frozen=True)
class Vector:
    """The value of each series. `is_partial` says that a part behind did not answer."""

    values: Mapping[Labels, Decimal]
    is_partial: bool


# Returns the result of a query at a time, by a deadline: `instant_query` of one Prometheus.
InstantQuery = Callable[[str, datetime, Deadline], Vector]


def instant_query(settings: Settings, query: str, now: datetime, deadline: Deadline) -> Vector:
    """Return the result of a query at a time, by the deadline. Raise NoAnswerError."""
    seconds = json_api.seconds_until(deadline)
    parameters = {"query": query, "time": f"{now.timestamp():.3f}", "timeout": f"{max(1, int(seconds))}s"}
    return json_api.get_json(
        f"{(settings.prometheus_url or '').rstrip('/')}{QUERY_PATH}?{urlencode(parameters)}",
        dict,
        _read,
        service=SERVICE,
        seconds=seconds,
        headers=_headers(settings),
        ca_bundle=settings.ca_bundle,
        certificate=_certificate(settings.prometheus_client_certificate, settings.prometheus_client_key),
        refusal=_refusal,
    )


def _read(response: Mapping[str, Any]) -> Vector:
    """Return the vector in a response. Raise SourceError if there is none."""
    try:
        if response["status"] != "success" or response["data"]["resultType"] != "vector":
            raise ValueError
        listed = json_api.read_entries(response["data"]["result"], _series, _NO_VECTOR)
        values = dict(listed)
        if len(values) < len(listed):  # If two metrics had the same labels, one would hide the other.
            raise ValueError
        warnings = response.get("warnings") or []
        if not isinstance(warnings, list):
            raise TypeError
    except json_api.MALFORMED:
        raise SourceError(*_NO_VECTOR) from None
    is_partial = any(not str(words).startswith(_ABOUT_THE_QUERY) for words in warnings)
    # A cluster of VictoriaMetrics reports it like this.
    is_partial = is_partial or response.get("isPartial") is True
    return Vector({labels: value for labels, value in values.items() if value.is_finite()}, is_partial)


def _headers(settings: Settings) -> dict[str, str]:
    headers = json_api.authorization(settings.prometheus_token, settings.prometheus_user, settings.prometheus_password)
    if settings.prometheus_tenant:
        headers["X-Scope-OrgID"] = settings.prometheus_tenant
    return headers


def _certificate(certificate: str | None, own_key: str | None) -> tuple[str, str] | None:
    return (certificate, own_key) if certificate and own_key else None


def _series(item: Any) -> tuple[Labels, Decimal]:
    return _labels(item["metric"]), _value(item["value"])


def _labels(metric: Mapping[str, Any]) -> Labels:
    return tuple(sorted((str(name), str(value)) for name, value in metric.items() if name != "__name__"))


def _value(pair: Any) -> Decimal:
    _, text = pair
    if not isinstance(text, str):
        raise TypeError
    # A sample is a float. Read as one, a number such as 1e999999999 does not take all memory when it becomes exact.
    return Decimal(repr(float(text)))


def _refusal(response: http.Response) -> tuple[str, str]:
    if b"no org id" in response.body[:_LONGEST_WORDS].lower():  # Mimir, Cortex and Loki respond like this with 401.
        return f"{response.status}, no tenant is given (no org id)", "set PROMETHEUS_TENANT to the one to query"
    words = {
        400: (
            "400, the query is refused",
            "set PROMETHEUS_METRIC to a metric, or to an expression that gives one value for each series",
        ),
        401: ("401, the key is refused", "see PROMETHEUS_TOKEN, or PROMETHEUS_USER and PROMETHEUS_PASSWORD"),
        403: ("403, access is forbidden", "check the rights of this key, and PROMETHEUS_TENANT"),
        422: ("422, the query cannot be carried out", "check whether PROMETHEUS_METRIC matches too many series"),
        429: ("429, too many requests", "check whether another program uses the same key"),
        503: ("503, the query takes too long, or Prometheus is just starting", "check whether it is overloaded"),
    }
    return words.get(response.status) or json_api.other_status(response.status, SERVICE)
