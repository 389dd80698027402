// SPDX-License-Identifier: MIT
// The card as a server renders it, with the server's fetch.
import { renderToString } from "react-dom/server";
import { beforeEach, expect, test, vi } from "vitest";
import { PlatformStatusCard } from "../components/PlatformStatusCard";
import { NOW, status } from "./documents";

beforeEach(() => {
  vi.spyOn(Date, "now").mockReturnValue(NOW);
  vi.spyOn(console, "warn").mockImplementation(() => {});
  vi.stubEnv("NEXT_PUBLIC_STATUS_JSON_URL", "https://status.example.com/status.json");
});

async function html(answer: () => Response, perRequest = false) {
  vi.stubGlobal("fetch", async () => answer());
  return renderToString(await PlatformStatusCard({ perRequest }));
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
