// SPDX-License-Identifier: MIT
// The card as a server renders it, with the server's fetch.
import { renderToReadableStream, renderToString } from "react-dom/server";
import { beforeEach, expect, test, vi } from "vitest";
import { FetchedCard, PlatformStatusCard } from "../src/PlatformStatusCard";
import { CardSkeleton } from "../src/CardSkeleton";
import * as clock from "../src/clock";
import { presentation } from "../src/options";
import { PlatformStatusBadge } from "../src/PlatformStatusBadge";
import { PlatformStatusPage } from "../src/PlatformStatusPage";
import { PlatformStatusSection } from "../src/PlatformStatusSection";
import { NOW, status } from "./documents";

vi.mock("next/server", () => ({ connection: async () => {} }));
vi.mock("../src/clock", { spy: true });

beforeEach(() => {
  vi.spyOn(clock, "currentTime").mockReturnValue(NOW);
  vi.spyOn(console, "warn").mockImplementation(() => {});
  vi.stubEnv("NEXT_PUBLIC_STATUS_JSON_URL", "https://status.example.com/status.json");
});

async function html(answer: () => Response, perRequest = false) {
  vi.stubGlobal("fetch", async () => answer());
  return renderToString(await FetchedCard({ perRequest, title: "Platform" }));
}

test("made for a request, it is in colour", async () => {
  const card = await html(() => Response.json(status()), true);
  expect(card).toContain("All systems operational");
  expect(card).toContain('data-tone="operational" data-phase="judged"');
});

test("made to be kept, it is not", async () => {
  const card = await html(() => Response.json(status()));
  expect(card).toContain("All systems operational");
  expect(card).not.toContain('data-tone="operational"');
});

test.each([true, false])("without an answer it says so (made for a request: %s)", async (perRequest) => {
  const card = await html(() => new Response("", { status: 500 }), perRequest);
  expect(card).toContain("Status unknown");
  expect(card).toContain("The report could not be read.");
});

test("the skeleton is the card without its content", () => {
  const skeleton = renderToString(<CardSkeleton title="Platform" {...presentation({})} />);
  expect(skeleton).toContain('aria-hidden="true" inert=""');
  expect(skeleton).not.toContain("All systems");
});

test.each([
  ["false", false],
  ["0", false],
  ["Off", false],
  ["", true],
  ["true", true],
])("NEXT_PUBLIC_STATUS_ENABLED=%s shows the parts: %s", (value, shown) => {
  vi.stubEnv("NEXT_PUBLIC_STATUS_ENABLED", value);
  const parts = [PlatformStatusCard({}), PlatformStatusPage({}), PlatformStatusBadge({})];
  expect(parts.map((part) => part !== null)).toEqual([shown, shown, shown]);
  expect(renderToString(<PlatformStatusSection heading="Watched" />) !== "").toBe(shown);
});

test("the link leads to the published page, to a page of the site, or nowhere", () => {
  expect(presentation({}).href).toBe("https://status.example.com/index.html");
  expect(presentation({ href: "/status" }).href).toBe("/status");
  expect(presentation({ href: null }).href).toBeUndefined();
  vi.stubEnv("NEXT_PUBLIC_STATUS_JSON_URL", "");
  expect(presentation({}).href).toBeUndefined();
});

test("the section has a heading, the site's own words and the card", async () => {
  vi.stubGlobal("fetch", async () => Response.json(status()));
  const stream = await renderToReadableStream(
    <PlatformStatusSection heading="We watch it all the time">
      <p>See for yourself.</p>
    </PlatformStatusSection>,
  );
  await stream.allReady;
  const html = await new Response(stream).text();
  expect(html).toMatch(/<h2 id="([^"]+)">We watch it all the time<\/h2><p>See for yourself.<\/p>/);
  expect(html).toContain("All systems operational");
});
