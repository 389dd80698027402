// SPDX-License-Identifier: MIT
// @vitest-environment jsdom
// The card in the browser: what it makes of time that passes and of what it is answered.
import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LiveBadge } from "../src/LiveBadge";
import { LiveStatus } from "../src/LiveStatus";
import { en } from "../src/locale/en";
import type { PlatformStatus as Status } from "../src/status.types";
import { NOW, status } from "./documents";

const MINUTE = 60_000;
let answers: () => Promise<Response>;
let asked: number;
let told: string[];
let tests = 0;

const saying = (data: unknown) => async () => Response.json(data);
const later = (updated: string, stale: string, more: Partial<Status> = {}) =>
  status({ updated_at: updated, stale_after: stale, ...more });

async function show(data: Status | null, more: { judged?: boolean; renderedAt?: number } = {}) {
  const { judged = false, renderedAt = NOW } = more;
  render(
    <LiveStatus
      data={data}
      error={data ? null : "http"}
      renderedAt={renderedAt}
      judged={judged}
      title="Platform"
      messages={en}
    />,
  );
  await pass(0);
}

const pass = (milliseconds: number) => act(() => vi.advanceTimersByTimeAsync(milliseconds));
const tone = () => screen.getByRole("region", { name: "Platform" }).dataset.tone;
const said = () => screen.getByRole("status").textContent;
const keep = (event: Event) => told.push((event as CustomEvent).detail.name);

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  // An address for each test: parts with one address share a request.
  vi.stubEnv("NEXT_PUBLIC_STATUS_JSON_URL", `https://status.example.com/${++tests}/status.json`);
  asked = 0;
  told = [];
  answers = saying(status());
  vi.stubGlobal("fetch", async () => {
    asked += 1;
    return answers();
  });
  document.addEventListener("platform-status", keep);
});

afterEach(() => {
  cleanup();
  document.removeEventListener("platform-status", keep);
  vi.useRealTimers();
});

test("a page that was kept past its time is not green, and claims nothing before the answer is there", async () => {
  let answer: (response: Response) => void = () => {};
  answers = () => new Promise((done) => (answer = done));
  vi.setSystemTime(NOW + 300 * MINUTE);
  await show(status());
  expect(tone()).toBe("unknown");
  expect(said()).toBe("Checking status");
  answer(Response.json(later("2025-11-10T20:30:00Z", "2025-11-10T21:00:00Z")));
  await pass(0);
  expect(tone()).toBe("operational");
});

test("a page that still holds is shown at once", async () => {
  answers = () => new Promise(() => {});
  await show(status());
  expect(tone()).toBe("operational");
  expect(said()).toBe("All systems operational");
});

test("it turns stale while it is looked at, when no newer report comes", async () => {
  await show(status());
  await pass(24 * MINUTE);
  expect(tone()).toBe("operational");
  await pass(MINUTE + 5_000);
  expect(tone()).toBe("unknown");
  expect(said()).toBe("Status unknown");
  expect(asked).toBe(26);
  await pass(5 * MINUTE);
  expect(told).toEqual(["status_fetch_success", "status_stale_data"]);
});

test("a clock that is an hour behind is set right by the page", async () => {
  vi.setSystemTime(NOW - 60 * MINUTE);
  await show(status());
  expect(tone()).toBe("operational");
  await pass(25 * MINUTE + 5_000);
  expect(tone()).toBe("unknown");
});

/** An answer of a server whose clock is right, while the visitor's is an hour slow. */
const sentAt =
  (time: number, data: unknown, age = 0) =>
  () =>
    Promise.resolve(
      Response.json(data, { headers: { Date: new Date(time - age * 1000).toUTCString(), Age: `${age}` } }),
    );

test("a slow clock is set right by the server, on a page that was rendered long ago", async () => {
  const hour = 60 * MINUTE;
  vi.setSystemTime(NOW - hour);
  answers = sentAt(NOW + 26 * MINUTE, status(), 120);
  await show(status(), { renderedAt: NOW - 24 * hour });
  expect(tone()).toBe("unknown");
  expect(said()).toBe("Status unknown");
  expect(screen.getByText(/Last report/).textContent).toContain("31 minutes ago");
  answers = sentAt(NOW + 27 * MINUTE, later("2025-11-10T16:01:00Z", "2025-11-10T16:31:00Z"));
  await pass(MINUTE);
  expect(tone()).toBe("operational");
  // Without an answer, it stays right.
  answers = () => Promise.reject(new TypeError("Failed to fetch"));
  await pass(MINUTE);
  expect(screen.getByText(/Last report/).textContent).toContain("2 minutes ago");
  answers = () => new Promise(() => {});
  await pass(29 * MINUTE);
  expect(screen.getByText(/Last report/).textContent).toContain("31 minutes ago");
});

test("a clock that is set right meanwhile is not corrected any more", async () => {
  vi.setSystemTime(NOW - 60 * MINUTE);
  answers = sentAt(NOW, status());
  await show(status(), { renderedAt: NOW - 90 * MINUTE });
  expect(tone()).toBe("operational");
  vi.setSystemTime(NOW + MINUTE);
  answers = sentAt(NOW + MINUTE, status());
  await pass(MINUTE);
  expect(tone()).toBe("operational");
});

test("an older copy replaces no newer report where a slow clock takes that for one of the future", async () => {
  vi.setSystemTime(NOW - 60 * MINUTE);
  const outage = later("2025-11-10T15:34:00Z", "2025-11-10T16:04:00Z", {
    platform_status: "outage",
    headline: { code: "outage", text: "Service outage" },
  });
  answers = sentAt(NOW, status(), 30);
  await show(outage, { renderedAt: NOW - 90 * MINUTE });
  expect(tone()).toBe("outage");
});

test("it follows what is published", async () => {
  await show(status());
  answers = saying(
    later("2025-11-10T15:36:00Z", "2025-11-10T16:06:00Z", {
      platform_status: "outage",
      headline: { code: "outage", text: "Service outage" },
    }),
  );
  await pass(MINUTE);
  expect(said()).toBe("Service outage");
  answers = saying(status()); // from a cache that lags
  await pass(MINUTE);
  expect(said()).toBe("Service outage");
});

test("a report that is dated in the future keeps no later one away", async () => {
  answers = saying(later("2199-12-31T00:00:00Z", "2199-12-31T00:30:00Z", { platform_status: "unknown" }));
  await show(status());
  expect(tone()).toBe("unknown");
  answers = saying(later("2025-11-10T15:40:00Z", "2025-11-10T16:10:00Z"));
  await pass(10 * MINUTE);
  expect(tone()).toBe("operational");
});

test.each([
  ["the network is gone", () => Promise.reject(new TypeError("Failed to fetch"))],
  ["the server is broken", async () => new Response("", { status: 503 })],
  ["it is no JSON", async () => new Response("<!DOCTYPE html>")],
  ["a word is unknown", saying({ ...status(), platform_status: "fine" })],
])("it is unknown where %s, until it works again", async (_, failing) => {
  await show(status());
  answers = failing;
  await pass(MINUTE);
  expect(tone()).toBe("unknown");
  expect(screen.getByText(/Last report/).textContent).toContain("6 minutes ago");
  answers = saying(later("2025-11-10T15:36:00Z", "2025-11-10T16:06:00Z"));
  await pass(MINUTE);
  expect(tone()).toBe("operational");
  expect(told).toEqual(["status_fetch_success", "status_fetch_error", "status_fetch_success"]);
});

test("where the server had nothing, the browser may have it", async () => {
  await show(null);
  expect(tone()).toBe("operational");
});

test("nobody is asked while nobody looks, and at once when somebody does", async () => {
  const visible = vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
  await show(status());
  await pass(40 * MINUTE);
  expect(asked).toBe(0);
  visible.mockReturnValue("visible");
  answers = () => new Promise(() => {});
  await act(async () => document.dispatchEvent(new Event("visibilitychange")));
  expect(asked).toBe(1);
  expect(tone()).toBe("unknown");
});

test("all parts of a page share a request, and count its outcome once", async () => {
  const rendered = { data: status(), error: null, renderedAt: NOW, judged: false, messages: en };
  const parts = (
    <>
      <LiveStatus {...rendered} title="Platform" />
      <LiveStatus {...rendered} title="Again" />
      <LiveBadge {...rendered} href="/status" />
    </>
  );
  answers = saying(status({ platform_status: "outage", headline: { code: "outage", text: "Service outage" } }));
  render(parts);
  await pass(0);
  expect(asked).toBe(1);
  expect(screen.getAllByText("Service outage")).toHaveLength(3);
  await pass(2 * MINUTE);
  expect(asked).toBe(3);
  expect(told).toEqual(["status_fetch_success"]);
});

test("a part that comes later uses an answer of just now, and no older one", async () => {
  await show(status());
  cleanup();
  await pass(9_000);
  await show(status());
  expect(asked).toBe(1);
  cleanup();
  await pass(1_000);
  await show(status());
  expect(asked).toBe(2);
});

test("parts with other addresses ask for themselves", async () => {
  const rendered = { data: status(), error: null, renderedAt: NOW, judged: false, messages: en, title: "Platform" };
  render(
    <>
      <LiveStatus {...rendered} />
      <LiveStatus {...rendered} url={`https://other.example.com/${tests}/status.json`} />
    </>,
  );
  await pass(0);
  expect(asked).toBe(2);
});

test("nothing goes on when it is gone", async () => {
  await show(status());
  cleanup();
  await vi.advanceTimersByTimeAsync(10 * MINUTE);
  expect(asked).toBe(1);
});
