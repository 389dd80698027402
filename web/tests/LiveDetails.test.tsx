// SPDX-License-Identifier: MIT
// @vitest-environment jsdom
// The details in the browser: how they follow status.json, which is published far more often than history.json.
import { act, cleanup, render } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { readDetails } from "../src/details";
import { LiveDetails } from "../src/LiveDetails";
import { en } from "../src/locale/en";
import type { PlatformStatus } from "../src/status.types";
import { NOW, status } from "./documents";

const MINUTE = 60_000;
const component = (name: string, word: string) => ({ name, status: word, days: [] });
const history = (word: string, updated = "2025-11-10T15:30:00Z", stale = "2025-11-10T20:00:00Z") => ({
  updated_at: updated,
  stale_after: stale,
  platform: component("", word),
  components: [component("Websites", word)],
});
const outage = (updated: string, stale: string) =>
  status({
    updated_at: updated,
    stale_after: stale,
    platform_status: "outage",
    headline: { code: "outage", text: "Service outage" },
  });

let published: Record<string, unknown>;
let fetches: string[];
let hold: Promise<void> | null;
let tests = 0;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  // An address for each test: parts with one address share a request.
  vi.stubEnv("NEXT_PUBLIC_STATUS_JSON_URL", `https://status.example.com/${++tests}/status.json`);
  published = { "status.json": status(), "history.json": history("operational") };
  fetches = [];
  hold = null;
  vi.stubGlobal("fetch", async (url: string) => {
    const name = url.split("/").pop()!;
    fetches.push(name);
    if (name === "history.json") await hold;
    return name in published ? Response.json(published[name]) : new Response("", { status: 404 });
  });
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const pass = (milliseconds: number) => act(() => vi.advanceTimersByTimeAsync(milliseconds));
const tones = () => [...document.querySelectorAll("li[data-tone]")].map((one) => (one as HTMLElement).dataset.tone);

async function show(data: PlatformStatus | null, { judged = false, recent = false, renderedAt = NOW } = {}) {
  const report = { data, error: null, renderedAt, judged };
  const details = readDetails(history("operational"), null, null);
  render(<LiveDetails details={details} recent={recent} report={report} messages={en} />);
  await pass(0);
}

test("if the job dies, every row is grey when status.json is stale", async () => {
  await show(status());
  expect(tones()).toEqual(["operational", "operational"]);
  await pass(24 * MINUTE);
  expect(tones()).toEqual(["operational", "operational"]);
  await pass(2 * MINUTE);
  expect(tones()).toEqual(["unknown", "unknown"]);
  await pass(4 * 60 * MINUTE);
  expect(tones()).toEqual(["unknown", "unknown"]);
});

test("a cached page shows no colour before the browser has both documents", async () => {
  let release = () => {};
  hold = new Promise((done) => (release = done));
  await show(status());
  expect(tones()[1]).toBe("unknown");
  release();
  await pass(0);
  expect(tones()).toEqual(["operational", "operational"]);
});

test("a page that is rendered for a request shows its colours at once", async () => {
  hold = new Promise(() => {});
  await show(status(), { judged: true, recent: true });
  expect(tones()).toEqual(["operational", "operational"]);
});

test("after hours in the background, the details of then are grey until they are fetched again", async () => {
  await show(status());
  const visible = vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
  await pass(180 * MINUTE);
  published["status.json"] = status({ updated_at: "2025-11-10T18:30:00Z", stale_after: "2025-11-10T19:00:00Z" });
  let release = () => {};
  hold = new Promise((done) => (release = done));
  visible.mockReturnValue("visible");
  await act(async () => document.dispatchEvent(new Event("visibilitychange")));
  await pass(0);
  expect(tones()[1]).toBe("unknown");
  release();
  await pass(0);
  expect(tones()[1]).toBe("operational");
});

test("a change of the status fetches the details at once", async () => {
  await show(status());
  published = {
    "status.json": outage("2025-11-10T15:36:00Z", "2025-11-10T16:06:00Z"),
    "history.json": history("outage", "2025-11-10T15:36:00Z"),
  };
  await pass(MINUTE + 1);
  expect(tones()).toEqual(["outage", "outage"]);
});

test("rows show no colour below a status that a cache still has, and follow when it goes", async () => {
  published["history.json"] = history("outage", "2025-11-10T15:34:00Z");
  await show(status());
  expect(tones()).toEqual(["operational", "unknown"]);
  published["status.json"] = outage("2025-11-10T15:34:00Z", "2025-11-10T16:04:00Z");
  await pass(MINUTE);
  expect(tones()).toEqual(["outage", "outage"]);
});

test("details that cannot be fetched again are grey, and in colour when they can", async () => {
  await show(status());
  delete published["history.json"];
  await pass(5 * MINUTE);
  expect(tones()[1]).toBe("unknown");
  published["history.json"] = history("operational");
  await pass(5 * MINUTE);
  expect(tones()[1]).toBe("operational");
});

test("a visitor's clock that is an hour slow changes nothing", async () => {
  vi.setSystemTime(NOW - 60 * MINUTE);
  await show(status());
  expect(tones()).toEqual(["operational", "operational"]);
  await pass(26 * MINUTE);
  expect(tones()).toEqual(["unknown", "unknown"]);
});

test("nothing is fetched for the details more often than it must be", async () => {
  await show(status());
  await pass(4 * MINUTE + 59_000);
  expect(fetches.filter((name) => name === "history.json")).toHaveLength(1);
});
