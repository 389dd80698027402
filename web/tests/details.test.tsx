// SPDX-License-Identifier: MIT
// The details: what is read of history.json and api/v2, and what is shown of it.
import { renderToStaticMarkup } from "react-dom/server";
import { afterEach, expect, test, vi } from "vitest";
import * as clock from "../src/clock";
import { fetchDetails, fetchRecentDetails, readDetails } from "../src/details";
import { DetailsView } from "../src/DetailsView";
import { messagesFor } from "../src/messages";
import type { PlatformStatus as Status } from "../src/status.types";
import type { Phase } from "../src/useStatus";
import { NOW, status } from "./documents";

const DAYS = [
  { date: "2025-11-07", uptime_percent: null, down_seconds: 0 },
  { date: "2025-11-08", uptime_percent: 100.0, down_seconds: 0 },
  { date: "2025-11-09", uptime_percent: 99.9, down_seconds: 90 },
  { date: "2025-11-10", uptime_percent: 87.5, down_seconds: 10_800 },
];
const HISTORY = {
  updated_at: "2025-11-10T15:30:00Z",
  // Four hours later than that of status.json.
  stale_after: "2025-11-10T20:00:00Z",
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

const OUTAGE = status({ platform_status: "outage", headline: { code: "outage", text: "Service outage" } });

function show(
  details: ReturnType<typeof readDetails>,
  { now = NOW, phase = "judged" as Phase, language = "en", data = status() as Status | null, recent = true } = {},
) {
  const report = { data, error: data ? null : ("http" as const), now, phase };
  const html = renderToStaticMarkup(
    <DetailsView details={details} recent={recent} report={report} messages={messagesFor(language)} />,
  );
  return { html, text: html.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ") };
}

const LATE = { code: "backups_delayed", text: "Platform operational, backups delayed" } as const;
const order = ["outage", "degraded", "unknown", "maintenance", "operational"];

const tones = (html: string) => [...html.matchAll(/<li[^>]*data-tone="(\w+)"/g)].map((match) => match[1]);

vi.mock("../src/clock", { spy: true });

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test("components, days, incidents and maintenance", () => {
  const { html, text } = show(readDetails(HISTORY, INCIDENTS, MAINTENANCE), { data: OUTAGE });
  expect(tones(html)).toEqual(["outage", "outage", "maintenance"]);
  expect(text).toContain("Open incidents Websites unavailable Identified Websites");
  expect(html).toContain('<a href="https://status.example.com/incidents/a.html">Websites unavailable</a>');
  expect(text).toContain("A switch is being replaced. 15m ago");
  expect(text).toContain("Database upgrade Planned from 12 Nov 2025, 22:00 UTC until 13 Nov 2025, 00:00 UTC");
  expect(text).toContain("99.95% in 90 days");
  expect(text).toContain("Past incidents Slow mail Resolved");
  expect(text).not.toContain("Done before");
});

/** The columns of the first chart: their state, step and mark. */
const columns = (html: string) =>
  [...html.split("</div>")[0]!.matchAll(/data-state="(\w+)"(?: data-step="(\d)")?(?: data-work="(\w+)")?/g)].map(
    ([, ...parts]) => parts.filter(Boolean).join(" "),
  );
/** A document with these days of the platform. */
const withDays = (days: object[], more: object = {}) => ({
  ...HISTORY,
  platform: { status: "operational", days },
  components: [],
  ...more,
});

test("a day has the colour of its worst state, and is filled by how long it lasted", () => {
  const { html } = show(
    readDetails(
      withDays([
        { date: "2025-11-02", uptime_percent: null, down_seconds: 0 },
        { date: "2025-11-03", uptime_percent: 100, down_seconds: 0 },
        { date: "2025-11-04", uptime_percent: 99.9, down_seconds: 59 },
        { date: "2025-11-05", uptime_percent: 99.9, down_seconds: 60 },
        { date: "2025-11-06", uptime_percent: 99, down_seconds: 600 },
        { date: "2025-11-07", uptime_percent: 95, down_seconds: 3600, degraded_seconds: 72_000 },
        { date: "2025-11-08", uptime_percent: 70, down_seconds: 21_600 },
        { date: "2025-11-09", uptime_percent: 100, down_seconds: 0, degraded_seconds: 72_000 },
        { date: "2025-11-10", uptime_percent: null, down_seconds: 18_000 },
      ]),
      null,
      null,
    ),
  );
  expect(columns(html)).toEqual([
    "none",
    "up",
    "down 1",
    "down 2",
    "down 3",
    "down 4",
    "down 5",
    "degraded 5",
    "down 4",
  ]);
  expect(html).toContain('title="2025-11-02: no data"');
  expect(html).toContain('title="2025-11-03: no downtime"');
  expect(html).toContain('title="2025-11-07: Down 1 h, Degraded 20 h"');
  expect(html).toContain('title="2025-11-10: Down 5 h"');
  expect(html).toContain(
    'aria-label="The last 90 days. Days with downtime: 6. Days with degradation: 2. Days without evidence: 1"',
  );
});

test("maintenance is marked on its days", () => {
  const days = ["2025-11-07", "2025-11-08"].map((date) => ({ date, uptime_percent: 100 }));
  const work = withDays([days[0]!, { ...days[1], maintenance_seconds: 5490 }]);
  const { html, text } = show(readDetails(work, null, null));
  expect(columns(html)).toEqual(["up", "up true"]);
  expect(html).toContain('title="2025-11-08: Maintenance 1 h 31 min"');
  expect(text).toContain("No evidence Maintenance");
  expect(show(readDetails(withDays(days), null, null)).text).not.toContain("Maintenance");
});

test("a component has its description", () => {
  const mail = { name: "Mail", status: "operational", description: "Sending and <receiving>" };
  const { html } = show(readDetails({ ...HISTORY, components: [mail] }, null, null));
  expect(html).toContain("<bdi>Sending and &lt;receiving&gt;</bdi>");
});

test("a legend explains the columns", () => {
  expect(show(readDetails(HISTORY, null, null)).text).toContain(
    "Up Down under 1 min Down under 10 min Down under 1 h Down under 6 h Down 6 h or more Degraded No evidence",
  );
  expect(show(readDetails(withDays([]), null, null)).text).not.toContain("No evidence");
});

test("every day is a row of a table, without a pointer too", () => {
  const unknown = ["2025-11-01", "2025-11-02", "2025-11-03", "2025-11-05"].map((date) => ({ date }));
  const degraded = { date: "2025-11-10", uptime_percent: 100, down_seconds: 0, degraded_seconds: 72_000 };
  const details = readDetails(withDays([...unknown, ...DAYS.slice(1, 3), degraded]), null, null);
  expect(show(details).text).toContain(
    "Every day in figures Platform Day Down Degraded 2025-11-10 20 h 2025-11-09 1 min 30 s " +
      "No evidence: 2025-11-01 to 2025-11-03, 2025-11-05",
  );
  expect(show(readDetails(withDays([DAYS[1]!]), null, null)).text).toContain(
    "Every day in figures Platform No downtime",
  );
});

test("components that are not operational come first, in the groups that history.json names", () => {
  const components = [
    { name: "Mail", status: "operational", group: "Services" },
    { name: "DNS", status: "operational" },
    { name: "Calendar", status: "outage", group: "Services" },
    { name: "Files", status: "degraded" },
    { name: "Logs", status: "operational", group: "Inside" },
  ];
  const { html } = show(readDetails({ ...HISTORY, components }, null, null));
  const found = [...html.matchAll(/<(summary|h3)><bdi>(\w+)|<details( open="")?>/g)].map(
    (match) => match[2] ?? match[0],
  );
  expect(found).toEqual([
    "Platform",
    '<details open="">',
    "Services",
    "Calendar",
    "Mail",
    "Files",
    "DNS",
    "<details>",
    "Inside",
    "Logs",
  ]);
});

const maintained = status({
  platform_status: "degraded",
  headline: { code: "maintenance", text: "Maintenance in progress" },
});

test.each([
  ["maintenance", maintained, "maintenance", "In maintenance"],
  ["an outage", OUTAGE, "outage", "Outage"],
  ["failed backups", status({ headline: { code: "backups_failed", text: "x" } }), "degraded", "Operational"],
  ["nothing wrong", status(), "operational", "Operational"],
])("the row of the platform says what its card says: %s", (_, data, tone, words) => {
  const details = readDetails({ ...HISTORY, platform: { ...HISTORY.platform, status: "degraded" } }, null, null);
  const { html, text } = show(details, { data });
  expect(tones(html)[0]).toBe(tone);
  expect(text).toContain(`Platform ${words}`);
  // It does not depend on how recent history.json is, but the other rows do.
  expect(tones(show(details, { data, recent: false }).html)).toEqual([tone, "unknown", "unknown"]);
  const late = { data: { ...data, stale_after: "2025-11-11T00:00:00Z" }, now: NOW + 300 * 60_000 };
  expect(tones(show(details, late).html)).toEqual([tone, "unknown", "unknown"]);
});

const named = (code: "outage" | "component_not_operational", ...components: string[]) =>
  status({
    platform_status: code === "outage" ? "outage" : "operational",
    headline: { code, text: "Not all is well", components },
  });
const { headline: _, ...withoutHeadline } = status();

test.each<[string, string, string[], Status, boolean]>([
  ["an outage below a good headline", "operational", ["operational", "outage"], status(), false],
  ["maintenance below a good headline", "operational", ["maintenance", "operational"], status(), false],
  ["an outage below a status without a headline", "operational", ["outage", "outage"], withoutHeadline, false],
  ["another state of the platform", "outage", ["operational", "operational"], status(), false],
  ["an operational platform below an outage", "operational", ["operational", "operational"], OUTAGE, false],
  ["a named component that works", "outage", ["operational", "outage"], named("outage", "Mail", "DNS"), false],
  ["no component that is named", "operational", ["operational", "unknown"], named("outage", "DNS"), false],
  ["all that is named", "outage", ["outage", "outage"], named("outage", "Mail", "DNS"), true],
  ["all but one", "operational", ["outage", "operational"], named("component_not_operational", "Mail"), true],
  ["a component that works", "operational", ["operational", "operational"], status(), true],
  ["late backups", "operational", ["operational", "operational"], status({ headline: LATE }), true],
])("rows contradict no headline: %s", (_, platform, [mail, dns], data, inColour) => {
  const components = [
    { name: "Mail", status: mail, in_maintenance: mail === "maintenance" },
    { name: "DNS", status: dns },
  ];
  const history = { ...HISTORY, platform: { status: platform, days: [] }, components };
  const [first, ...rows] = tones(show(readDetails(history, INCIDENTS, null), { data }).html);
  expect(first).toBe(
    data.headline === LATE || data.headline?.code.startsWith("comp") ? "degraded" : data.platform_status,
  );
  const worst = [mail, dns].sort((one, other) => order.indexOf(one!) - order.indexOf(other!));
  expect(rows).toEqual(inColour ? worst : ["unknown", "unknown"]);
});

test.each([
  ["after stale_after of status.json", { now: NOW + 42 * 60_000 }],
  ["of a cached page", { phase: "rendered" as Phase }],
  ["during a fetch", { phase: "checking" as Phase }],
  ["without a status", { data: null }],
])("a state %s has no colour and no text", (_, at) => {
  const { html, text } = show(readDetails(HISTORY, null, null), { data: OUTAGE, ...at });
  expect(tones(html)).toEqual(["unknown", "unknown", "unknown"]);
  expect(text).not.toContain("Outage");
});

test.each([
  ["after stale_after", { now: NOW + 42 * 60_000 }],
  ["on a cached page", { phase: "rendered" as Phase }],
  ["in an old copy", { recent: false }],
])("announcements %s are those of the last report, and grey", (_, at) => {
  const { html, text } = show(readDetails(HISTORY, INCIDENTS, MAINTENANCE), { data: OUTAGE, ...at });
  expect(text).toContain("Open incidents at the last report Websites unavailable");
  expect(text).toContain("Maintenance at the last report Database upgrade");
  expect(html.match(/<ul class="elytra-entries" data-past="true">/g)).toHaveLength(2);
  const current = show(readDetails(HISTORY, INCIDENTS, MAINTENANCE), { data: OUTAGE });
  expect(current.text).not.toContain("last report");
  expect(current.html).not.toContain("data-past");
});

test("maintenance begins and ends at its times, whatever was published before", () => {
  const work = (name: string, word: string, since: string, until: string | null) => ({
    id: name,
    name,
    status: word,
    scheduled_for: `2025-11-10T${since}Z`,
    scheduled_until: until && `2025-11-10T${until}Z`,
  });
  const windows = [
    work("Over", "in_progress", "14:00:00", "15:35:00"),
    work("Under way", "in_progress", "14:00:00", "15:35:01"),
    work("Begun", "scheduled", "15:35:00", "16:00:00"),
    work("Later", "scheduled", "15:36:00", "16:00:00"),
    work("Open end", "in_progress", "14:00:00", null),
  ];
  const { text } = show(readDetails(HISTORY, null, { scheduled_maintenances: windows }));
  expect(text).not.toContain("Over");
  expect(text).toMatch(/Under way In progress .*Begun In progress .*Later Planned .*Open end In progress/);
  const stale = show(readDetails(HISTORY, null, { scheduled_maintenances: windows }), { now: NOW + 42 * 60_000 });
  expect(stale.text).not.toMatch(/Under way|Begun|Later/);
  expect(stale.text).toContain("Maintenance at the last report Open end");
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
  expect(details!.components).toEqual([
    { name: "DNS", status: "unknown", uptime: null, days: [], group: null, description: null },
  ]);
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

test.each([
  ["10 minutes old", 10, 200, [true], true],
  ["40 minutes old", 40, 200, [true, false], true],
  ["dated 40 minutes in the future", -40, 200, [true, false], true],
  ["without a date", null, 200, [true, false], true],
  ["40 minutes old, and the storage does not answer", 40, 503, [true, false], false],
])("on a server, a copy that is %s", async (_, age, direct, expected, recent) => {
  vi.spyOn(clock, "currentTime").mockReturnValue(NOW);
  const fetches: boolean[] = [];
  const dated: HeadersInit = age === null ? {} : { Date: new Date(NOW - age * 60_000).toUTCString() };
  vi.stubGlobal("fetch", async (url: string, { cache }: RequestInit) => {
    const cached = cache !== "no-store";
    if (url.endsWith("history.json")) fetches.push(cached);
    const headers = cached ? dated : { Date: new Date(NOW).toUTCString() };
    return Response.json(HISTORY, { headers, status: cached ? 200 : direct });
  });
  const found = await fetchRecentDetails("https://status.example.com/status.json");
  expect(fetches).toEqual(expected);
  expect([found.details?.updated_at, found.recent]).toEqual([HISTORY.updated_at, recent]);
});

test("in other languages too", () => {
  const { text, html } = show(readDetails(HISTORY, INCIDENTS, MAINTENANCE), { data: OUTAGE, language: "ar" });
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
