// SPDX-License-Identifier: MIT
// @vitest-environment jsdom
import { cleanup, render } from "@testing-library/react";
import * as vercelAnalytics from "@vercel/analytics";
import { readFileSync } from "node:fs";
import { afterEach, expect, test, vi } from "vitest";
import type { Track } from "../src/events";
import { fetchStatus } from "../src/fetchStatus";
import { StatusAnalytics } from "../src/StatusAnalytics";

declare global {
  interface Window {
    plausible: (name: string, options: { props: object }) => void;
    gtag: (command: "event", name: string, properties: object) => void;
  }
}

const URL_OF_STATUS = "https://status.example.com/status.json";
const PROPERTIES = { duration: expect.any(Number), status_code: 503, age_minutes: null, reason: "http" };

const vercel: Track = vercelAnalytics.track;
const plausible: Track = (name, properties) => window.plausible(name, { props: properties });
const gtag: Track = (name, properties) => window.gtag("event", name, properties);

afterEach(cleanup);

test("the site's function counts each fetch in the browser, until it is taken away", async () => {
  vi.stubGlobal("fetch", async () => new Response("", { status: 503 }));
  const track = vi.fn();
  const { unmount } = render(<StatusAnalytics track={track} />);
  await fetchStatus({ url: URL_OF_STATUS });
  expect(track.mock.calls).toEqual([["status_fetch_error", PROPERTIES]]);
  unmount();
  await fetchStatus({ url: URL_OF_STATUS });
  expect(track).toHaveBeenCalledTimes(1);
});

// `npm run check` compiles the adapters with the types of each service.
test.each([
  ["Vercel Analytics", "va", vercel, ["event", { name: "status_fetch_error", data: PROPERTIES, options: undefined }]],
  ["Plausible", "plausible", plausible, ["status_fetch_error", { props: PROPERTIES }]],
  ["gtag", "gtag", gtag, ["event", "status_fetch_error", PROPERTIES]],
] as [string, string, Track, unknown[]][])("the adapter for %s passes the event on", async (_, name, track, called) => {
  const service = vi.fn();
  vi.stubGlobal(name, service);
  vi.stubGlobal("fetch", async () => new Response("", { status: 503 }));
  render(<StatusAnalytics track={track} />);
  await fetchStatus({ url: URL_OF_STATUS });
  expect(service.mock.calls).toEqual([called]);
});

test("the adapters of the README are those that are tested", () => {
  const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
  const documented = [...read("../README.md").matchAll(/`(\(name, properties\) => [^`]+)`/g)].map(([, code]) => code!);
  expect(documented).toHaveLength(2);
  for (const code of documented) expect(read("analytics.test.tsx")).toContain(`Track = ${code};`);
});
