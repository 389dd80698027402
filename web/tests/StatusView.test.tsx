// SPDX-License-Identifier: MIT
// What is shown, as HTML from the server and as text.
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import appearances from "../../tests/fixtures/appearances.json";
import { StatusView } from "../src/StatusView";
import { en } from "../src/locale/en";
import type { StatusError } from "../src/fetchStatus";
import type { PlatformStatus as Status } from "../src/status.types";
import { NOW, status } from "./documents";

type Code = NonNullable<Status["headline"]>["code"];
type Phase = "rendered" | "checking" | "judged";
const LATER = NOW + 42 * 60_000;

function show(data: Status | null, { error = null as StatusError | null, now = NOW, phase = "judged" as Phase } = {}) {
  const html = renderToStaticMarkup(
    <StatusView data={data} error={error} now={now} phase={phase} title="Platform" messages={en} />,
  );
  return { html, text: html.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ") };
}

test.each([
  ["operational", "Platform operational"],
  ["degraded", "Service degraded"],
  ["outage", "Service outage"],
  ["unknown", "Status unknown"],
] as const)("%s, from before there were headlines", (word, headline) => {
  const { headline: _, ...before } = status({ platform_status: word });
  const { html, text } = show(before);
  expect(text).toContain(headline);
  expect(text).not.toContain("All systems");
  expect(html).toContain(`data-tone="${word}" data-phase="judged"`);
  expect(text).toContain("Updated 5m ago 5 minutes ago");
});

test("the headline is shown as it was published", () => {
  const headline = { code: "backups_failed", text: "Platform operational, backups failed" } as const;
  const { html, text } = show(status({ headline }));
  expect(text).toContain(headline.text);
  expect(text).not.toContain("All systems");
  expect(html).toContain('data-tone="degraded" data-phase="judged"');
});

test.each(Object.entries(appearances))("the headline %s looks as in the other documents", (code, expected) => {
  const word = expected.platform_status as Status["platform_status"];
  const headline = { code: code as Code, text: en.headlines[code as Code] };
  const { html } = show(status({ platform_status: word, headline }));
  expect(html).toContain(`data-tone="${expected.appearance}" data-phase="judged"`);
});

test("a headline never makes an outage green", () => {
  const headline = { code: "operational", text: "All systems operational" } as const;
  expect(show(status({ platform_status: "outage", headline })).html).toContain('data-tone="outage"');
});

test("maintenance has a look of its own, while it is known", () => {
  const headline = { code: "maintenance", text: "Maintenance in progress" } as const;
  const working = status({ platform_status: "degraded", headline });
  expect(show(working).text).toContain("Maintenance in progress");
  expect(show(working).html).toContain('data-tone="maintenance" data-phase="judged"');
  const later = show(working, { now: LATER });
  expect(later.text).not.toContain("in progress");
  expect(later.html).not.toContain('data-tone="maintenance"');
});

test.each(["operational", "degraded", "outage", "unknown"] as const)("%s that is stale is unknown", (word) => {
  const { html, text } = show(status({ platform_status: word }), { now: LATER });
  expect(text).toContain("Status unknown Last report 47m ago");
  expect(text).toContain("Uptime at the last report");
  expect(html).not.toContain('data-tone="operational"');
});

test.each(["rendered", "checking", "judged"] as const)("nothing is green after its time, when %s", (phase) => {
  const { html, text } = show(status(), { now: LATER, phase });
  expect(html).not.toContain('data-tone="operational"');
  expect(text).not.toContain("All systems operational");
});

test.each(["timeout", "network", "http", "json", "invalid"] as const)("an error (%s) is unknown", (error) => {
  expect(show(null, { error }).text).toContain("Status unknown The report could not be read.");
  const { html, text } = show(status(), { error });
  expect(text).toContain("Status unknown Last report 5m ago");
  expect(html).not.toContain('data-tone="operational"');
});

test("no address is said to be none", () => {
  expect(show(null, { error: "not-configured" }).text).toContain("No address of a report is set.");
});

test("a page that is kept claims no more than what was reported when, without colour", () => {
  const { html, text } = show(status(), { phase: "rendered" });
  expect(text).toContain("All systems operational Updated 10 Nov 2025, 15:30 UTC");
  expect(text).toContain("It holds until 10 Nov 2025, 16:00 UTC");
  expect(text).not.toContain("ago");
  expect(html).not.toContain('data-tone="operational"');
});

test("uptime is shown as it is reported, and what is not known as such", () => {
  const { text } = show(status({ uptime: { last_24h: 100, last_7d: 99.999, last_30d: null } }));
  expect(text).toContain("100%");
  expect(text).toContain("99.999%");
  expect(text).toContain("30 days – not known");
});

test.each([
  ["success", "Up to date", "operational"],
  ["warning", "Late", "degraded"],
  ["failed", "Failed or overdue", "outage"],
  ["unknown", "Not known", "unknown"],
] as const)("backups: %s", (word, words, tone) => {
  const backups = { ...status().backups, last_backup_status: word };
  const { html, text } = show(status({ platform_status: "unknown", backups }));
  expect(text).toContain(`${words} , last complete 13h ago`);
  expect(text).toContain("Nightly backups, 7-day retention");
  expect(html.match(/data-tone="\w+"/g)).toContain(`data-tone="${tone}"`);
});

test("backups of which only the newest is known, or none", () => {
  const backups = { ...status().backups, last_successful_backup: null };
  expect(show(status({ backups })).text).toContain(", newest 13h ago");
  expect(show(status({ backups: { ...backups, last_backup_time: null } })).text).not.toContain("newest");
});

test("infrastructure, or nothing of it", () => {
  const { text } = show(status());
  expect(text).toContain("Dedicated droplet per client");
  expect(text).toContain("monitored 24/7");
  expect(text).toContain("nyc3");
  const { infrastructure: _, notices: __, ...rest } = status();
  expect(show(rest).text).not.toContain("Infrastructure");
});

test("notices with the times that lie ahead", () => {
  const { text } = show(
    status({
      notices: [
        {
          kind: "maintenance",
          text: "The database moves.",
          since: "2025-11-12T22:00:00Z",
          until: "2025-11-13T00:00:00Z",
        },
        { kind: "incident", text: "Sites load slowly.", since: "2025-11-10T15:00:00Z", until: null },
      ],
    }),
  );
  expect(text).toContain(
    "Maintenance The database moves. from 12 Nov 2025, 22:00 UTC until 13 Nov 2025, 00:00 UTC Incident Sites load slowly.",
  );
  expect(text).not.toContain("15:00");
});

test("a notice that has ended is not shown", () => {
  const notices = [
    { kind: "maintenance", text: "The database moves.", since: null, until: "2025-11-10T15:35:00Z" },
    { kind: "override", text: "A switch is replaced.", since: null, until: "2025-11-10T15:35:01Z" },
  ] as const;
  const { text } = show(status({ notices: [...notices] }));
  expect(text).not.toContain("The database moves.");
  expect(text).toContain("A switch is replaced.");
  const { html } = show(status({ notices: [notices[0]] }));
  expect(html).not.toContain("elytra-notices");
});

test.each(["</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "' \" & \u202e"])(
  "hostile text is text: %s",
  (hostile) => {
    const { html } = show(
      status({
        notices: [{ kind: "override", text: hostile }],
        infrastructure: { model: hostile, notes: hostile, regions: [hostile] },
        backups: { ...status().backups, policy: hostile },
      }),
    );
    const escaped = renderToStaticMarkup(<>{hostile}</>);
    expect(html.split(escaped)).toHaveLength(6);
    expect(html).not.toContain("<script");
    expect(html).not.toContain("<img");
  },
);
