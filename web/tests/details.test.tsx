// SPDX-License-Identifier: MIT
// The details: what is read of history.json and api/v2, and what is shown of it.
import { renderToStaticMarkup } from "react-dom/server";
import { afterEach, expect, test, vi } from "vitest";
import { fetchDetails, readDetails } from "../src/details";
import { DetailsView } from "../src/DetailsView";
import { messagesFor } from "../src/messages";
import { NOW } from "./documents";

const DAYS = [
  { date: "2025-11-07", uptime_percent: null, down_seconds: 0 },
  { date: "2025-11-08", uptime_percent: 100.0, down_seconds: 0 },
  { date: "2025-11-09", uptime_percent: 99.9, down_seconds: 90 },
  { date: "2025-11-10", uptime_percent: 87.5, down_seconds: 10_800 },
];
const HISTORY = {
  updated_at: "2025-11-10T15:30:00Z",
  stale_after: "2025-11-10T16:00:00Z",
  platform: { status: "outage", uptime: { last_90d: 99.95 }, days: DAYS },
  components: [
    { name: "Websites", status: "outage", in_maintenance: false, uptime: { last_90d: null }, days: [] },
    { name: "Mail", status: "degraded", in_maintenance: true, uptime: null, days: DAYS },
  ],
};
const INCIDENTS = {
  incidents: [
    {
      id: "a",
      name: "Websites unavailable",
      status: "identified",
      impact: "major",
      shortlink: "https://status.example.com/incidents/a.html",
      started_at: "2025-11-10T15:00:00.000Z",
      components: [{ name: "Websites" }],
      incident_updates: [
        { body: "A switch is being replaced.", status: "identified", created_at: "2025-11-10T15:20:00.000Z" },
      ],
    },
    { id: "b", name: "Slow mail", status: "resolved", impact: "minor", incident_updates: [] },
  ],
};
const MAINTENANCE = {
  scheduled_maintenances: [
    {
      id: "m",
      name: "Database upgrade",
      status: "scheduled",
      scheduled_for: "2025-11-12T22:00:00Z",
      scheduled_until: "2025-11-13T00:00:00Z",
    },
    { id: "n", name: "Done before", status: "completed" },
  ],
};

function show(details: ReturnType<typeof readDetails>, { now = NOW, judged = true, language = "en" } = {}) {
  const html = renderToStaticMarkup(
    <DetailsView details={details} now={now} judged={judged} messages={messagesFor(language)} />,
  );
  return { html, text: html.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ") };
}

const tones = (html: string) => [...html.matchAll(/<li[^>]*data-tone="(\w+)"/g)].map((match) => match[1]);

afterEach(() => vi.unstubAllGlobals());

test("components, days, incidents and maintenance", () => {
  const { html, text } = show(readDetails(HISTORY, INCIDENTS, MAINTENANCE));
  expect(tones(html)).toEqual(["outage", "outage", "maintenance"]);
  expect(text).toContain("Open incidents Websites unavailable Identified Websites");
  expect(html).toContain('<a href="https://status.example.com/incidents/a.html">Websites unavailable</a>');
  expect(text).toContain("A switch is being replaced. 15m ago");
  expect(text).toContain("Database upgrade Planned from 12 Nov 2025, 22:00 UTC until 13 Nov 2025, 00:00 UTC");
  expect(text).toContain("99.95% in 90 days");
  expect(text).toContain("Past incidents Slow mail Resolved");
  expect(text).not.toContain("Done before");
});

test("a day is drawn by how long it was down", () => {
  const { html } = show(readDetails(HISTORY, null, null));
  expect([...html.matchAll(/data-level="(\w+)"/g)].slice(0, 4).map((match) => match[1])).toEqual([
    "unknown",
    "none",
    "short",
    "long",
  ]);
  expect(html).toContain('title="2025-11-09: 2 min down"');
  expect(html).toContain('aria-label="The last 90 days. Days with downtime: 2"');
});

test.each([
  ["of the past", { now: NOW + 42 * 60_000 }],
  ["of a cached page", { judged: false }],
])("a state %s has no colour and is not told", (_, at) => {
  const { html, text } = show(readDetails(HISTORY, null, null), at);
  expect(tones(html)).toEqual(["unknown", "unknown", "unknown"]);
  expect(text).not.toContain("Outage");
});

test("what is not published is left out, and without a history that is said", () => {
  expect(show(readDetails(HISTORY, null, { scheduled_maintenances: "soon" })).text).not.toMatch(
    /incidents|Maintenance/,
  );
  expect(readDetails({}, INCIDENTS, MAINTENANCE)).toBeNull();
  expect(show(null).text).toContain("The details could not be read.");
});

test("an incident with a postmortem is over", () => {
  const over = { id: "c", name: "Disk full", status: "postmortem", resolved_at: "2025-11-09T15:00:00.000Z" };
  const { text } = show(readDetails(HISTORY, { incidents: [over] }, {}));
  expect(text).not.toContain("Open incidents");
  expect(text).toContain("Past incidents Disk full Resolved");
});

test("malformed entries are skipped, and a link is an address of the web", () => {
  const strange = [null, "x", { id: "a" }, { id: "a", name: "A", shortlink: "javascript:alert(1)", status: "fine" }];
  const details = readDetails(
    { ...HISTORY, components: [{}, 7, { name: "DNS", status: "fine" }] },
    { incidents: strange },
    {},
  );
  expect(details!.components).toEqual([{ name: "DNS", status: "unknown", uptime: null, days: [] }]);
  expect(details!.incidents).toMatchObject([{ id: "a", title: "A", link: null, phase: null }]);
});

test("a long list is cut", () => {
  const days = Array.from({ length: 400 }, () => DAYS[1]);
  const many = Array.from({ length: 400 }, (_, index) => ({ id: `${index}`, name: "x" }));
  const details = readDetails({ ...HISTORY, platform: { days }, components: many }, { incidents: many }, {});
  expect([details!.platform.days.length, details!.components.length, details!.incidents!.length]).toEqual([
    90, 200, 50,
  ]);
});

test("they are fetched beside status.json", async () => {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (url: string) => {
    asked.push(url);
    return url.endsWith("history.json") ? Response.json(HISTORY) : new Response("", { status: 404 });
  });
  const details = await fetchDetails("https://status.example.com/folder/status.json");
  expect(asked).toEqual([
    "https://status.example.com/folder/history.json",
    "https://status.example.com/folder/api/v2/incidents.json",
    "https://status.example.com/folder/api/v2/scheduled-maintenances.json",
  ]);
  expect(details).toMatchObject({ incidents: null, maintenance: null });
  expect(await fetchDetails("status.json")).toBeNull();
});

test("in other languages too", () => {
  const { text, html } = show(readDetails(HISTORY, INCIDENTS, MAINTENANCE), { language: "ar" });
  expect(html).toContain('lang="ar" dir="rtl"');
  expect(text).toContain("حوادث مفتوحة");
  // Digits of one kind, and spaces outside of what has a direction of its own.
  expect(text).not.toMatch(/[٠-٩]/);
  expect(html).toContain("<bdi>A switch is being replaced.</bdi> ");
});

test.each(["en", "de"])("formatters are made once, not for each day or update (%s)", (language) => {
  const made: string[] = [];
  for (const name of ["NumberFormat", "DateTimeFormat", "RelativeTimeFormat"] as const) {
    const Original = Intl[name] as unknown as new (...options: unknown[]) => object;
    vi.spyOn(Intl, name).mockImplementation(function (...options: unknown[]) {
      made.push(name);
      return new Original(...options);
    } as never);
  }
  const details = readDetails(HISTORY, INCIDENTS, MAINTENANCE);
  show(details, { language });
  made.length = 0;
  show(details, { language });
  expect(made).toEqual([]);
});
