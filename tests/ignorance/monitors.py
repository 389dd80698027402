# SPDX-License-Identifier: MIT
"""Monitoring systems for the table: two public monitors and, in some, a private third one."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

from elytra_status.demo.replay import ReplayFault
from elytra_status.sources import probes
from tests import made_kuma
from tests.conftest import API_KEY
from tests.hostile_s3 import HostileS3, Reply, Request
from tests.ignorance.stand import Answer, Stand
from tests.sources import test_gatus, test_healthchecks
from tests.sources.better_stack.test_better_stack import TOKEN, Service, monitor
from tests.sources.test_systemd_units import unit

REFUSED = ReplayFault(status=401, body=b"", content_type=made_kuma.TEXT)


class KumaByBoth(Stand):
    """Uptime Kuma by key and page; the third monitor is not on the page."""

    with_key, with_page = True, True
    has_another_part = True

    def set_up(self) -> None:
        self.server = self.stack.enter_context(made_kuma.kuma(clock=self.right.now))

    def settings(self) -> dict[str, object]:
        named: dict[str, object] = {"UPTIME_KUMA_URL": self.server.url}
        if self.with_key:
            named["UPTIME_KUMA_API_KEY"] = API_KEY
        if self.with_page:
            named["UPTIME_KUMA_STATUS_PAGE"] = "elytra"
        return named

    def give(self, answer: Answer, *, bad: bool) -> None:
        now, bad_state = self.right.now(), 0 if bad else 1
        ids = ["1", "2"] if answer is Answer.ONE_MISSING else ["3", "1", "2"]
        lines = [made_kuma.series(bad_state if one == "2" else 1, one, f"Site {one}") for one in ids]
        public = ids if not self.with_key else [one for one in ids if one != "3"]
        heartbeats = {one: made_kuma.steady(now, [1] * 10 + [bad_state if one == "2" else 1] * 5) for one in public}
        metrics, listed = made_kuma.metrics_text(*lines), made_kuma.heartbeats_json(heartbeats)
        page = made_kuma.page_json(*(made_kuma.listed(int(one)) for one in public))
        if answer is Answer.IN_PART:
            metrics = metrics[: metrics.index(b"\n", metrics.index(b"monitor_status{")) + 9]
            listed = listed if self.with_key else listed[: len(listed) // 2]
        self.server.faults = {
            made_kuma.METRICS: ReplayFault(status=200, body=metrics, content_type=made_kuma.TEXT),
            made_kuma.PAGE: ReplayFault(status=200, body=page, content_type=made_kuma.JSON),
            made_kuma.HEARTBEATS: ReplayFault(status=200, body=listed, content_type=made_kuma.JSON),
        }
        if answer is Answer.REFUSED:
            self.server.faults[made_kuma.METRICS] = REFUSED


class KumaByKey(KumaByBoth):
    """Uptime Kuma by its key alone."""

    with_page = False
    has_another_part = False


class KumaByPage(KumaByBoth):
    """Uptime Kuma by its page alone, which has all monitors."""

    with_key = False
    impossible: ClassVar = {Answer.REFUSED: "a page asks for no key"}


class KumaOfSomeMonitors(KumaByBoth):
    """Uptime Kuma with settings that name each monitor that counts."""

    is_variant = True
    names_what_is_missing = True

    def settings(self) -> dict[str, object]:
        return {**super().settings(), "MONITOR_IDS": "1,2,3"}


class KumaWithCritical(KumaByBoth):
    """Uptime Kuma with a private monitor that the settings call critical."""

    is_variant = True
    names_what_is_missing = True

    def settings(self) -> dict[str, object]:
        return {**super().settings(), "CRITICAL_MONITOR_IDS": "3"}


class KumaWithComponents(KumaByBoth):
    """Uptime Kuma whose monitors are parts of components."""

    is_variant = True

    def settings(self) -> dict[str, object]:
        return {**super().settings(), "COMPONENTS": "Web: 1, 3; Database: 2"}


class NamedKuma(KumaByBoth):
    """Uptime Kuma under its own name, as the second of several would be."""

    is_variant = True

    def settings(self) -> dict[str, object]:
        return {"SOURCES": "uptime_kuma:shop"} | {f"SHOP_{name}": value for name, value in super().settings().items()}


class Prometheus(Stand):
    """Prometheus, with the parts of its query API that are used."""

    def set_up(self) -> None:
        self.server = self.stack.enter_context(HostileS3())
        self.server.now = self.right.now

    def settings(self) -> dict[str, object]:
        return {"PROMETHEUS_URL": self.server.url, "PROMETHEUS_METRIC": "up", "PROMETHEUS_TOKEN": "planted-token"}

    def give(self, answer: Answer, *, bad: bool) -> None:
        hosts = ["a.example:1", "b.example:1", "c.example:1"]
        present = hosts[1:] if answer is Answer.ONE_MISSING else hosts[:1] if answer is Answer.IN_PART else hosts

        def values(request: Request) -> Reply:
            if answer is Answer.REFUSED:
                return Reply(401, b"")
            query, found = request.query["query"], {}
            if query == "up":
                found = {host: int(not bad or host != hosts[-1]) for host in present}
            elif "== 0" in query:
                found = {hosts[-1]: 0} if bad and hosts[-1] in present else {}
            elif query.startswith("timestamp"):
                found = {host: int(self.right.now().timestamp()) for host in present}
            elif query.startswith("count_over_time"):
                found = dict.fromkeys(present if answer is Answer.IN_PART else hosts, 24)
            result = [
                {"metric": {"instance": host, "job": "web"}, "value": [0, str(value)]} for host, value in found.items()
            ]
            body: dict[str, Any] = {"status": "success", "data": {"resultType": "vector", "result": result}}
            if answer is Answer.IN_PART:
                body["warnings"] = ["store 2 did not answer"]
            return Reply(200, json.dumps(body).encode(), {"Content-Type": "application/json"})

        self.server.answer = values


class BetterStack(Stand):
    """Better Stack, whose list comes in two pages."""

    def set_up(self) -> None:
        self.server = self.stack.enter_context(HostileS3())
        self.server.now = self.right.now
        self.service = Service(self.server, [])

    def settings(self) -> dict[str, object]:
        return {"BETTER_STACK_URL": self.server.url, "BETTER_STACK_TOKEN": TOKEN}

    def give(self, answer: Answer, *, bad: bool) -> None:
        checked = (self.right.now() - timedelta(seconds=20)).isoformat()
        identifiers = ["2", "30"] if answer is Answer.ONE_MISSING else ["1", "2", "30"]
        self.service.monitors = [
            monitor(one, "down" if bad and one == "30" else "up", checked=checked) for one in identifiers
        ]

        def values(request: Request) -> Reply:
            if answer is Answer.REFUSED:
                return Reply(401, b"{}", {"Content-Type": "application/json"})
            if answer is Answer.IN_PART and request.query.get("page") == "2":
                return Reply(503)
            return self.service.answer(request)

        self.server.answer = values


class Gatus(Stand):
    """Gatus, which lists all endpoints in one answer."""

    def set_up(self) -> None:
        self.server = self.stack.enter_context(HostileS3())
        self.server.now = self.right.now
        self.service = test_gatus.Service(self.server, [])

    def settings(self) -> dict[str, object]:
        return {"GATUS_URL": self.server.url}

    def give(self, answer: Answer, *, bad: bool) -> None:
        newest = self.right.now() - timedelta(seconds=20)
        names = ["b", "c"] if answer is Answer.ONE_MISSING else ["a", "b", "c"]
        self.service.endpoints = [
            test_gatus.endpoint(one, [0, 0] if bad and one == "c" else [1, 1], newest=newest) for one in names
        ]

        def values(request: Request) -> Reply | None:
            if answer is Answer.REFUSED:
                return Reply(401, b"Unauthorized", {"Content-Type": "text/plain"})
            reply = self.service.answer(request)
            if answer is Answer.IN_PART and request.path == test_gatus.LIST:
                return replace(reply, body=reply.body[: len(reply.body) // 2])
            return reply

        self.server.answer = values


class Healthchecks(Stand):
    """Healthchecks, which lists all checks of a project in one answer."""

    def set_up(self) -> None:
        self.server = self.stack.enter_context(HostileS3())
        self.server.now = self.right.now
        self.service = test_healthchecks.Service(self.server, [])

    def settings(self) -> dict[str, object]:
        return {"HEALTHCHECKS_URL": self.server.url, "HEALTHCHECKS_API_KEY": test_healthchecks.API_KEY}

    def give(self, answer: Answer, *, bad: bool) -> None:
        ago = (test_healthchecks.NOW - self.right.now()).total_seconds() + 60
        numbers = [2, 3] if answer is Answer.ONE_MISSING else [1, 2, 3]
        self.service.checks = [
            test_healthchecks.check(one, "down" if bad and one == 3 else "up", ago=ago) for one in numbers
        ]

        def values(request: Request) -> Reply | None:
            if answer is Answer.REFUSED:
                return Reply(401, b'{"error": "wrong api key"}', {"Content-Type": "application/json"})
            reply = self.service.answer(request)
            return replace(reply, body=reply.body[: len(reply.body) // 2]) if answer is Answer.IN_PART else reply

        self.server.answer = values


class SystemdUnits(Stand):
    """Units, with a systemctl that prints what a test wants."""

    names_what_is_missing = True

    def set_up(self) -> None:
        self.program = self.directory / "systemctl"
        self.patch.setenv("PATH", f"{self.directory}:{os.environ['PATH']}")

    def settings(self) -> dict[str, object]:
        return {"SYSTEMD_UNITS": "one,two,three"}

    def give(self, answer: Answer, *, bad: bool) -> None:
        since = self.right.now() - timedelta(hours=1)
        shown = {name: unit(f"{name}.service", "active", since) for name in ("one", "two", "three")}
        if bad:
            shown["three"] = unit("three.service", "failed", since)
        if answer is Answer.IN_PART:
            del shown["two"]
        if answer is Answer.ONE_MISSING:
            shown["two"] = unit("two.service", "inactive", None, "not-found")
        output = self.directory / "output"
        output.write_text("\n".join(shown.values()))
        self.program.write_text(f"#!/bin/sh\ncat {output}\nexit {int(answer is Answer.REFUSED)}\n")
        self.program.chmod(0o755)


class Probes(Stand):
    """Two addresses."""

    impossible: ClassVar = {
        Answer.IN_PART: "each probe is an answer of its own",
        Answer.REFUSED: "what refuses a visitor is down",
        Answer.ONE_MISSING: "the settings name every probe",
    }

    def set_up(self) -> None:
        self.patch.setattr(probes, "PAUSE_SECONDS", 0.01)
        self.server = self.stack.enter_context(HostileS3())
        self.server.now = self.right.now

    def settings(self) -> dict[str, object]:
        return {"PROBE_URLS": f"{self.server.url}/one,{self.server.url}/two"}

    def give(self, answer: Answer, *, bad: bool) -> None:
        self.server.answer = lambda request: Reply(503 if bad and request.path == "/two" else 200)
