# SPDX-License-Identifier: MIT
"""An Uptime Kuma, 1.23 or 2.x, that watches the services of a timeline, and answers over HTTP like real ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache

from elytra_status.demo.recording import RecordedResponse
from elytra_status.demo.replay import ReplayFault, ReplayServer, Request
from tests.conftest import API_KEY, recording
from tests.incidents import kuma_figures
from tests.incidents.checks import DOWN, Check, Checks
from tests.incidents.kuma_figures import BADGES, LIST_24H, RATIO_1D, RATIO_30D, Window
from tests.incidents.truth import Kind, Service, Timeline
from tests.made_kuma import (
    HEARTBEATS,
    JSON,
    METRICS,
    PAGE,
    TEXT,
    heartbeat,
    heartbeats_json,
    listed,
    metrics_text,
    page_json,
    quoted,
)

# A path that the web server before Uptime Kuma forwards to an address outside, for CONNECTIVITY_URL.
OUTSIDE = "/outside"
_BADGE = "/api/badge/"
# How many heartbeats of each monitor the page lists.
LISTED_HEARTBEATS = {"v1.23.17": 50, "v2.5.3": 100}
_BYPASS = "x-apicache-bypass"

_recording = cache(recording)


class SimulatedKuma(ReplayServer):
    """Answers like Uptime Kuma at the moment `second`. `url` is its address."""

    def __init__(self, timeline: Timeline, checks: Checks, version: str, second: Callable[[], float]) -> None:
        super().__init__(
            _recording(version, "all-up"),
            api_key=API_KEY,
            clock=lambda: timeline.moment(second() / 60),
        )
        self._timeline = timeline
        self._checks = checks
        self._version = version
        self._second = second

    def fault_of(self, path: str) -> ReplayFault:
        minute = self._second() / 60
        if self._timeline.at(minute, Kind.KUMA_OUT_OF_REACH):
            return ReplayFault(reset=True)
        if self._timeline.at(minute, Kind.KUMA_OFF):
            return ReplayFault(status=502, body=b"Bad Gateway", content_type="text/plain")
        return super().fault_of(path)

    def answer_to(self, request: Request) -> RecordedResponse:
        second = self._second()
        path = request.path.partition("?")[0]
        if self._checks.running_since(second) is None:
            # Never seen: it does not run, so a fault replaces any answer.
            return super().answer_to(request)
        if path == METRICS:
            if self._timeline.at(second / 60, Kind.METRICS_REFUSED):
                request = request._replace(headers={})
            answer = super().answer_to(request)
            return answer if answer.status == 401 else self._metrics(second)
        if path == OUTSIDE:
            return self._outside(second)
        if path in (PAGE, HEARTBEATS) and self._timeline.at(second / 60, Kind.PAGE_REFUSED):
            return super().answer_to(request._replace(path=path.replace("elytra", "no-such-page")))
        if path == PAGE:
            return self._page(self._when_made(request, second, 300))
        if path == HEARTBEATS:
            return self._heartbeats(self._when_made(request, second, 60))
        if path.startswith(_BADGE):
            return self._badge(path, self._when_made(request, second, 300))
        return super().answer_to(request)

    def _when_made(self, request: Request, second: float, kept: int) -> float:
        """Return the time of a public answer.

        Others query it all the time, and their answers are cached for some seconds, unless a header requests a fresh
        one.
        """
        headers = {name.lower() for name in request.headers}
        if _BYPASS in headers and not self._timeline.at(second / 60, Kind.ANSWERS_CACHED):
            return second
        return second // kept * kept

    def _there(self, second: float) -> Iterator[tuple[int, Service]]:
        for identifier, service in enumerate(self._timeline.services, start=1):
            if not self._timeline.at(second / 60, Kind.DELETED, service.name):
                yield identifier, service

    def uptime(self, service: str, second: float, window: Window) -> float:
        """Return Uptime Kuma's figure for a service."""
        stored = self._checks.stored(service, second)
        now = self._timeline.moment(second / 60)
        return float(kuma_figures.uptime(self._version, stored, self._timeline, now, window))

    def _outside(self, second: float) -> RecordedResponse:
        is_reached = self._timeline.at(second / 60, Kind.KUMA_CUT_OFF) is None
        return RecordedResponse(200 if is_reached else 504, (("Content-Type", "text/plain"),), b"from outside")

    def _metrics(self, second: float) -> RecordedResponse:
        started = self._checks.running_since(second)
        assert started is not None
        lines: dict[str, str] = {}
        for identifier, service in self._there(second):
            newest = self._in_metrics(service, second)
            if newest is None:
                continue
            labels = self._labels(identifier, service)
            # The last heartbeat wins if two monitors of Uptime Kuma 1 have the same series.
            key = f"monitor_status{{{labels}}}"
            if key not in lines or newest.stored >= float(lines[key].partition("#")[2]):
                lines[key] = f"{key} {newest.status}#{newest.stored}"
            if self._version.startswith("v2") and service.kind != "push":
                for name, window in (("1d", RATIO_1D), ("30d", RATIO_30D)):
                    ratio = f'monitor_uptime_ratio{{{labels},window="{name}"}}'
                    lines[ratio] = f"{ratio} {self.uptime(service.name, second, window)}"
        text = metrics_text(
            *(line.partition("#")[0] for line in lines.values()),
            version=self._version.removeprefix("v"),
            started=self._timeline.moment(started / 60),
        )
        return RecordedResponse(200, (("Content-Type", TEXT),), text)

    def _in_metrics(self, service: Service, second: float) -> Check | None:
        """Return the heartbeat of a service that /metrics shows, None if it shows none."""
        if self._timeline.at(second / 60, Kind.TAGGED, service.name):
            return None
        if left := self._timeline.at(second / 60, Kind.LEFT_BEHIND, service.name):
            return Check(left.since * 60, left.since * 60, DOWN)
        since = self._checks.shown_since(service, second)
        newest = self._checks.newest(service.name, second)
        return None if since is None or newest is None or newest.stored < since else newest

    def _labels(self, identifier: int, service: Service) -> str:
        labels = {"monitor_id": str(identifier)} if self._version.startswith("v2") else {}
        labels |= {"monitor_name": service.label or service.name, "monitor_type": service.kind}
        if service.critical and self._version.startswith("v2"):
            labels["critical"] = ""
        labels |= {"monitor_url": self._url(service), "monitor_hostname": "null", "monitor_port": "null"}
        return ",".join(f'{name}="{quoted(value)}"' for name, value in labels.items())

    @staticmethod
    def _url(service: Service) -> str:
        if service.kind != "http":
            return "https://"
        return service.url or f"https://{service.name}.example/"

    def _page(self, second: float) -> RecordedResponse:
        monitors = [
            {
                **listed(identifier, service.label or service.name, service.kind),
                "tags": [{"name": "critical", "value": "", "color": "#DC2626"}] if service.critical else [],
            }
            for identifier, service in self._there(second)
            if service.public
        ]
        return RecordedResponse(200, (("Content-Type", JSON),), page_json(*monitors))

    def _heartbeats(self, second: float) -> RecordedResponse:
        heartbeats, figures = {}, {}
        for identifier, service in self._there(second):
            if service.public:
                stored = self._checks.stored(service.name, second)
                listed = stored[-LISTED_HEARTBEATS[self._version] :]
                heartbeats[identifier] = [
                    heartbeat(*self._by_kumas_clock(check, second), check.status) for check in listed
                ]
                figures[identifier] = self.uptime(service.name, second, LIST_24H)
        return RecordedResponse(200, (("Content-Type", JSON),), heartbeats_json(heartbeats, figures))

    def _by_kumas_clock(self, check: Check, second: float) -> tuple[object, float]:
        wrong = self._timeline.at(check.time / 60, Kind.KUMA_CLOCK_WRONG)
        moment = self._timeline.moment(second / 60) + timedelta(minutes=wrong.amount if wrong else 0)
        return moment, second - check.time

    def _badge(self, path: str, second: float) -> RecordedResponse:
        identifier, _, hours = path.removeprefix(_BADGE).partition("/uptime/")
        shown = {str(number): service for number, service in self._there(second) if service.public}
        text = "N/A"
        if identifier in shown:
            figure = self.uptime(shown[identifier].name, second, BADGES[int(hours)])
            text = f"Uptime ({hours}h): {figure * 100:#.4g}%"
        body = f'<svg xmlns="http://www.w3.org/2000/svg"><title>{text}</title></svg>'.encode()
        return RecordedResponse(200, (("Content-Type", "image/svg+xml; charset=utf-8"),), body)
